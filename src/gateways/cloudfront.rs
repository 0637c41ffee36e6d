//! Amazon CloudFront.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE};
use super::sign::{Sign, Strength};

const BEHAVIOUR: &str = "CloudFront, the distribution's cache behaviour";
const ORIGIN: &str = "CloudFront, the distribution's origin";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "CloudFront",
    edge: true,
    built_on: None,
    managed: false,
    signs: &[
        Sign::field("x-amz-cf-id", Strength::Strong),
        Sign::field("x-amz-cf-pop", Strength::Strong),
        Sign::via("CloudFront"),
        Sign::when("x-cache of CloudFront", Strength::Weak, |answer| {
            answer.fields("x-cache").any(|field| {
                field
                    .value
                    .to_ascii_lowercase()
                    .ends_with(b" from cloudfront")
            })
        }),
        Sign::host(".cloudfront.net", Strength::Weak),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer.status == Some(403)
                    && answer.says("not configured to allow the HTTP request method")
            },
            causes: &[Advice {
                cause: "the behaviour does not allow POST",
                fix: "set AllowedMethods to GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE and GrpcConfig to {\"Enabled\": true}",
                place: BEHAVIOUR,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(502 | 504)),
            causes: &[Advice {
                cause: "CloudFront cannot reach the origin as gRPC needs it",
                fix: "let it use HTTPS to the origin (OriginProtocolPolicy https-only), with a certificate for the origin's name and HTTP/2 there",
                place: ORIGIN,
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            // A stage of API Gateway behind the edge sends none itself.
            when: |_, answer| {
                answer.value("x-amz-apigw-id").is_none()
                    && answer.value("apigw-requestid").is_none()
            },
            causes: &[Advice {
                cause: "the behaviour does not have gRPC switched on",
                fix: "set GrpcConfig to {\"Enabled\": true}, with HTTP/2 on for the distribution and HTTPS to the origin",
                place: BEHAVIOUR,
            }],
        },
    ],
};
