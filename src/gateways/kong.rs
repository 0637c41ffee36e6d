//! Kong Gateway.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Sign, Strength};

const SERVICE: &str = "Kong, the service";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Kong",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::fields("x-kong-", Strength::Strong),
        Sign::via("kong"),
        Sign::server("kong"),
        // Kong is built on it, and so is much else.
        Sign::when("server: openresty", Strength::Hint, |answer| {
            answer
                .value("server")
                .is_some_and(|value| value.starts_with(b"openresty"))
        }),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(404),
            causes: &[Advice {
                cause: "no route of Kong takes gRPC on this path",
                fix: "protocols: [grpc, grpcs], paths: [/{segment}]",
                place: "Kong, the route",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(502 | 503)),
            causes: &[Advice {
                cause: "Kong speaks HTTP/1 to a gRPC server, or the server is down",
                fix: "protocol: grpc (grpcs where the server has TLS)",
                place: SERVICE,
            }],
        },
        Failure {
            rules: &["http1-answer", "alpn-http1", "alpn-refused", "alpn-missing"],
            when: always,
            causes: &[Advice {
                cause: "the listener has no HTTP/2",
                fix: "proxy_listen = 0.0.0.0:8000 http2, 0.0.0.0:8443 http2 ssl",
                place: "kong.conf",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the service's protocol is http, for which Kong drops trailers",
                fix: "protocol: grpc, and protocols: [grpc, grpcs] in the route",
                place: SERVICE,
            }],
        },
    ],
};
