//! Lambda function URLs.

use super::Gateway;
use super::failure::{Advice, BASE64, Failure, NO_TRAILERS, PAGE, UNFRAMED, always, answered};
use super::sign::{Sign, Strength};

const FUNCTION: &str = "the Lambda function's reply";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Lambda function URL",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::when("host *.lambda-url.*.on.aws", Strength::Weak, |answer| {
            answer.host().is_some_and(|host| {
                let mut labels = host.split(|byte| *byte == b'.');
                host.ends_with(b".on.aws") && labels.any(|label| label == b"lambda-url")
            })
        }),
        Sign::field("x-amzn-requestid", Strength::Hint),
        Sign::field("x-amzn-trace-id", Strength::Hint),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(403),
            causes: &[Advice {
                cause: "the URL's auth type is AWS_IAM and the request is not signed, or no policy lets the caller in",
                fix: "sign the request (Signature Version 4), or set the auth type NONE and allow lambda:InvokeFunctionUrl to everybody",
                place: "Lambda, Configuration, Function URL",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(500 | 502)),
            causes: &[Advice {
                cause: "the function failed, or its reply is not one of payload format 2.0",
                fix: "see its log: aws logs tail /aws/lambda/FUNCTION",
                place: FUNCTION,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(413),
            causes: &[Advice {
                cause: "the body exceeds 6 MB, which no setting raises",
                fix: "send less, or stream the response: invoke mode RESPONSE_STREAM",
                place: "Lambda, Configuration, Function URL",
            }],
        },
        Failure {
            rules: BASE64,
            when: always,
            causes: &[Advice {
                cause: "the function does not say that its body is base64",
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
            causes: &[Advice {
                cause: "a function's reply has no place for trailers, and none are documented for function URLs",
                fix: "speak gRPC-Web or Connect, whose status travels in the body; or run a gRPC server behind an ALB target group of protocol version GRPC",
                place: "client and function, or the service's deployment",
            }],
        },
    ],
};
