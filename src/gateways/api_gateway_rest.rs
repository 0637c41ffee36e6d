//! Amazon API Gateway, REST APIs, mostly with a Lambda behind.

use super::Gateway;
use super::failure::{Advice, BASE64, Failure, NO_TRAILERS, PAGE, UNFRAMED, always, answered};
use super::nginx;
use super::sign::{Sign, Strength};

const METHODS: &str = "API Gateway, REST API, Resources";
const SETTINGS: &str = "API Gateway, REST API, API settings, Binary media types";
const FUNCTION: &str = "the Lambda function's reply";
const LIMITS: &str = "API Gateway, REST API quotas";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "API Gateway REST",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::field("x-amz-apigw-id", Strength::Strong),
        Sign::fields("x-amzn-remapped-", Strength::Weak),
        Sign::words(
            "{\"message\":\"Missing Authentication Token\"}",
            Strength::Weak,
        ),
        // Many services of AWS sign with these.
        Sign::field("x-amzn-requestid", Strength::Hint),
        Sign::field("x-amzn-errortype", Strength::Hint),
        Sign::field("x-amzn-trace-id", Strength::Hint),
        // Python's json module puts the same space.
        Sign::words("{\"message\": \"Internal server error\"}", Strength::Hint),
        // HTTP APIs are called by the same hosts.
        Sign::when("host execute-api", Strength::Hint, |answer| {
            answer.host().is_some_and(|host| {
                let mut labels = host.split(|byte| *byte == b'.');
                labels.any(|label| label == b"execute-api")
            })
        }),
    ],
    fingerprints: nginx::OPENING,
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer.status == Some(403)
                    && answer.body_is("{\"message\":\"Missing Authentication Token\"}")
            },
            causes: &[Advice {
                cause: "the API has no resource of this path, or not with the method POST; in spite of its words this is not about authentication",
                fix: "add the method POST or ANY on the resource, e.g. /{proxy+}, and deploy: aws apigateway create-deployment --rest-api-id ID --stage-name STAGE",
                place: METHODS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer.status == Some(403)
                    && answer.body_is("{\"message\":\"Forbidden\"}")
                    && answer.lacks_prefix()
            },
            causes: &[Advice {
                cause: "the first segment of the path is the stage, and no stage can be called {segment}: names of stages have no dot. Clients that put nothing before the service cannot call this host",
                fix: "map a domain of your own to the stage, with an empty base path: aws apigateway create-base-path-mapping --domain-name DOMAIN --rest-api-id ID --stage STAGE; or try it with the stage in the URL: /STAGE/{segment}/…",
                place: "API Gateway, Custom domain names, API mappings",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer.status == Some(403) && answer.body_is("{\"message\":\"Forbidden\"}")
            },
            causes: &[
                Advice {
                    cause: "there is no stage {segment}",
                    fix: "look for the stage's name: aws apigateway get-stages --rest-api-id ID",
                    place: "API Gateway, REST API, Stages",
                },
                Advice {
                    cause: "the method asks for an API key, and none or a wrong one was sent",
                    fix: "send one of the stage's usage plan: -H 'x-api-key: KEY'",
                    place: "API Gateway, Usage plans",
                },
                Advice {
                    cause: "a resource policy or the stage's web ACL refuses the caller",
                    fix: "let it allow the caller's address; a resource policy takes effect with the next deployment",
                    place: "API Gateway, REST API, Resource policy; AWS WAF",
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer.status == Some(502)
                    && answer.body_is("{\"message\": \"Internal server error\"}")
            },
            causes: &[
                Advice {
                    cause: "the function answered with something other than a proxy response: one unknown key is enough",
                    fix: "return an object of isBase64Encoded, statusCode, headers, multiValueHeaders and body alone",
                    place: FUNCTION,
                },
                Advice {
                    cause: "the function failed, or ran into its own timeout",
                    fix: "see its log: aws logs tail /aws/lambda/FUNCTION",
                    place: "CloudWatch, the function's log group",
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |case, answer| {
                let sent = &case.call.request.body.bytes;
                answer.status == Some(502) && !sent.is_ascii()
            },
            causes: &[Advice {
                cause: "the function got a damaged request and failed on it: where the request's content-type is not among the binary media types, each byte from 80 on reaches it as EF BF BD",
                fix: "aws apigateway update-rest-api --rest-api-id ID --patch-operations op=add,path='/binaryMediaTypes/*~1*', then aws apigateway create-deployment --rest-api-id ID --stage-name STAGE; the function then gets every body as base64",
                place: SETTINGS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer.status == Some(500)
                    && answer.body_is("{\"message\": \"Internal server error\"}")
            },
            causes: &[
                Advice {
                    cause: "the function says isBase64Encoded: true, and its body is not base64",
                    fix: "base64-encode the whole body, with the standard alphabet and padding, or say isBase64Encoded: false",
                    place: FUNCTION,
                },
                Advice {
                    cause: "the API may not invoke the function, or its integration is set up wrong",
                    fix: "aws lambda add-permission --function-name FUNCTION --statement-id apigateway --action lambda:InvokeFunction --principal apigateway.amazonaws.com",
                    place: "Lambda, the function's resource-based policy",
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(504),
            causes: &[Advice {
                cause: "the function took longer than the integration's timeout, 29 s unless it was raised",
                fix: "make the handler faster, or ask for a longer integration timeout",
                place: LIMITS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(413),
            causes: &[Advice {
                cause: "the request exceeds 10 MB, which no setting raises",
                fix: "send less, or hand large data over by way of S3",
                place: LIMITS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(415),
            causes: &[Advice {
                cause: "the integration passes on only content-types that it has a template for",
                fix: "set passthroughBehavior to WHEN_NO_MATCH and deploy",
                place: "API Gateway, REST API, Integration request",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(429),
            causes: &[Advice {
                cause: "the stage's throttle or a usage plan's quota is used up",
                fix: "raise the rate, burst or quota, or slow down",
                place: "API Gateway, the stage's throttling, Usage plans",
            }],
        },
        Failure {
            rules: &["json-from-lambda-default", "wrong-content-type"],
            when: |case, answer| {
                answered(case, answer)
                    && answer
                        .value("content-type")
                        .is_some_and(|value| value.starts_with(b"application/json"))
            },
            causes: &[Advice {
                cause: "the function sets no content-type, and the gateway writes application/json",
                fix: "return \"headers\": {\"content-type\": \"application/grpc+proto\"}",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: BASE64,
            when: |_, answer| answer.call.request.header("accept").is_none(),
            causes: &[
                Advice {
                    cause: "no binary media type fits, so that the gateway takes the body for text. It goes by the request's Accept, which gRPC clients do not send, and never by the response's content-type",
                    fix: "aws apigateway update-rest-api --rest-api-id ID --patch-operations op=add,path='/binaryMediaTypes/*~1*', then aws apigateway create-deployment --rest-api-id ID --stage-name STAGE",
                    place: SETTINGS,
                },
                Advice {
                    cause: "the list has the type, and a request without Accept does not match it",
                    fix: "compare with -H 'accept: application/grpc'; if that body is decoded, add */* as well, and let the client send Accept where it can",
                    place: SETTINGS,
                },
            ],
        },
        Failure {
            rules: BASE64,
            when: |_, answer| answer.call.request.header("accept").is_some(),
            causes: &[Advice {
                cause: "the first media type of the request's Accept is not among the binary media types; */* in Accept matches only */* in the list",
                fix: "aws apigateway update-rest-api --rest-api-id ID --patch-operations op=add,path='/binaryMediaTypes/*~1*', then aws apigateway create-deployment --rest-api-id ID --stage-name STAGE",
                place: SETTINGS,
            }],
        },
        Failure {
            rules: BASE64,
            when: always,
            causes: &[
                Advice {
                    cause: "the binary media types were changed after the last deployment",
                    fix: "aws apigateway create-deployment --rest-api-id ID --stage-name STAGE",
                    place: "API Gateway, REST API, Stages",
                },
                Advice {
                    cause: "the function does not say that its body is base64",
                    fix: "return \"isBase64Encoded\": true",
                    place: FUNCTION,
                },
            ],
        },
        Failure {
            rules: UNFRAMED,
            when: answered,
            causes: &[Advice {
                cause: "the function returns the message, or text, as it is",
                fix: "return as body the base64 of 00, the length as four bytes, big-endian, and the message; with \"isBase64Encoded\": true, and */* among the API's binary media types",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: NO_TRAILERS,
            when: always,
            causes: &[
                Advice {
                    cause: "a REST API has no trailers: no setting of it, and nothing that the function returns, sends any",
                    fix: "put Envoy with the filter envoy.filters.http.grpc_http1_reverse_bridge in front, which makes them. It answers status 0 to every HTTP 200, whatever grpc-status the function sets, so that the function has to tell errors by another HTTP status",
                    place: "Envoy, http_filters of the listener before the stage",
                },
                Advice {
                    cause: "plain gRPC is the wrong protocol for this path",
                    fix: "speak gRPC-Web or Connect, whose status travels in the body; that takes another client",
                    place: "client and function",
                },
                Advice {
                    cause: "the service is behind the wrong gateway",
                    fix: "move it to a gRPC server behind an ALB target group of protocol version GRPC, an NLB, or CloudFront with gRPC; none of these takes a Lambda for gRPC",
                    place: "the service's deployment",
                },
            ],
        },
    ],
};
