//! Amazon API Gateway, HTTP APIs.

use super::Gateway;
use super::failure::{Advice, BASE64, Failure, NO_TRAILERS, PAGE, UNFRAMED, always, answered};
use super::sign::{Sign, Strength};

const FUNCTION: &str = "the Lambda function's reply";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "API Gateway HTTP API",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::field("apigw-requestid", Strength::Strong),
        Sign::words("{\"message\":\"Internal Server Error\"}", Strength::Hint),
        Sign::words("{\"message\":\"Service Unavailable\"}", Strength::Hint),
        Sign::words("{\"message\":\"Not Found\"}", Strength::Hint),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(404),
            causes: &[Advice {
                cause: "no route of the API has this path, or the stage in the path is missing",
                fix: "add the route POST /{segment}/…, or $default; call the $default stage, which has no name in the path",
                place: "API Gateway, HTTP API, Routes",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(500 | 502)),
            causes: &[Advice {
                cause: "the function failed, or its reply is not one of the format that the integration expects",
                fix: "see its log: aws logs tail /aws/lambda/FUNCTION; return statusCode, headers, body and isBase64Encoded",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(503 | 504)),
            causes: &[Advice {
                cause: "the integration took longer than its timeout, 30 s at most",
                fix: "make the handler faster; no setting raises the limit",
                place: "API Gateway, HTTP API quotas",
            }],
        },
        Failure {
            rules: &["json-from-lambda-default", "wrong-content-type"],
            when: answered,
            causes: &[Advice {
                cause: "the function sets no content-type, or returns something without statusCode, which becomes a 200 of application/json",
                fix: "return statusCode and \"headers\": {\"content-type\": \"application/grpc+proto\"}",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: BASE64,
            when: always,
            causes: &[Advice {
                cause: "the function does not say that its body is base64; an HTTP API decodes whatever says so, and has no binary media types",
                fix: "return \"isBase64Encoded\": true",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: UNFRAMED,
            when: answered,
            causes: &[Advice {
                cause: "the function returns the message, or text, as it is",
                fix: "return as body the base64 of 00, the length as four bytes, big-endian, and the message; with \"isBase64Encoded\": true",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: NO_TRAILERS,
            when: always,
            causes: &[
                Advice {
                    cause: "an HTTP API has no trailers: it reserves the field and calls back ends over HTTP/1.1",
                    fix: "put Envoy with the filter envoy.filters.http.grpc_http1_reverse_bridge in front, which makes them, and tell errors by the HTTP status; or speak gRPC-Web or Connect",
                    place: "what stands before the API, or client and function",
                },
                Advice {
                    cause: "the service is behind the wrong gateway",
                    fix: "move it to a gRPC server behind an ALB target group of protocol version GRPC, an NLB, or CloudFront with gRPC",
                    place: "the service's deployment",
                },
            ],
        },
    ],
};
