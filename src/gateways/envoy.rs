//! Envoy.

use super::Gateway;
use super::answer::Answer;
use super::failure::{Advice, Failure, PAGE, ended};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::diagnosis::Case;
use crate::rpc::Code;
use crate::wire::SettingId;

const CLUSTER: &str = "envoy.yaml, the cluster";
const ROUTES: &str = "envoy.yaml, route_config of the listener";

/// The rules that see an error of Envoy: gRPC callers get a status, others an error page.
const FAILED: &[&str] = &["gateway-error-page", "non-200-status", "non-ok-status"];

/// Whether Envoy gave up on its upstream for that reason.
fn reset(case: &Case<'_>, answer: &Answer<'_>, reason: &str) -> bool {
    ended(case, answer, Code::UNAVAILABLE, "upstream connect error")
        && answer.says(&format!("reset reason: {reason}"))
}

/// Whether the call ended with UNIMPLEMENTED and no words; servers say which method they do not have.
pub(super) fn no_route(case: &Case<'_>, answer: &Answer<'_>) -> bool {
    case.code() == Some(Code::UNIMPLEMENTED)
        && answer.message.is_empty()
        && case.call.response.is_trailers_only()
}

/// Whether the upstream speaks another HTTP version than Envoy does to it.
pub(super) fn wrong_protocol(case: &Case<'_>, answer: &Answer<'_>) -> bool {
    reset(case, answer, "protocol error")
}

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Envoy",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::fields("x-envoy-", Strength::Strong),
        Sign::server("envoy"),
        // A server may hand on what an Envoy of its own told it.
        Sign::words(
            "upstream connect error or disconnect/reset before headers",
            Strength::Weak,
        ),
    ],
    fingerprints: &[Fingerprint {
        settings: &[
            (SettingId::HEADER_TABLE_SIZE, 4096),
            (SettingId::ENABLE_CONNECT_PROTOCOL, 0),
            (SettingId::MAX_CONCURRENT_STREAMS, 1024),
            (SettingId::INITIAL_WINDOW_SIZE, 16_777_216),
        ],
        window: Window::Exactly(25_100_289),
    }],
    failures: &[
        Failure {
            rules: FAILED,
            when: wrong_protocol,
            causes: &[Advice {
                cause: "Envoy speaks HTTP/1 to an upstream that speaks HTTP/2",
                fix: "typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {\"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http2_protocol_options: {}}}}",
                place: CLUSTER,
            }],
        },
        Failure {
            rules: FAILED,
            when: |case, answer| {
                ["remote connection failure", "connection failure"]
                    .iter()
                    .any(|reason| reset(case, answer, reason))
            },
            causes: &[
                Advice {
                    cause: "the upstream is down, or listens elsewhere",
                    fix: "start it, or correct the address of the endpoint",
                    place: CLUSTER,
                },
                Advice {
                    cause: "Envoy and the upstream disagree about TLS",
                    fix: "add transport_socket: {name: envoy.transport_sockets.tls, …} where the upstream has TLS, or take it away",
                    place: CLUSTER,
                },
            ],
        },
        Failure {
            rules: FAILED,
            when: |case, answer| reset(case, answer, "connection termination"),
            causes: &[
                Advice {
                    cause: "the upstream closed the connection: it expects TLS, or another HTTP version, or crashed",
                    fix: "give the cluster a transport_socket with TLS where the upstream has it, and http2_protocol_options; see the upstream's log",
                    place: CLUSTER,
                },
                Advice {
                    cause: "the upstream closes idle connections sooner than Envoy does",
                    fix: "set common_http_protocol_options.idle_timeout below the upstream's",
                    place: CLUSTER,
                },
            ],
        },
        Failure {
            rules: FAILED,
            when: |case, answer| reset(case, answer, "connection timeout"),
            causes: &[Advice {
                cause: "the upstream did not take the connection in time",
                fix: "look at the way to it (address, firewall), then at the cluster's connect_timeout",
                place: CLUSTER,
            }],
        },
        Failure {
            rules: FAILED,
            when: |case, answer| reset(case, answer, "overflow"),
            causes: &[Advice {
                cause: "a circuit breaker is open: too many requests or connections wait for the upstream",
                fix: "raise circuit_breakers.thresholds, or add upstreams",
                place: CLUSTER,
            }],
        },
        Failure {
            rules: FAILED,
            when: |case, answer| reset(case, answer, "remote reset"),
            causes: &[Advice {
                cause: "the upstream reset the stream before it answered",
                fix: "see the upstream's log",
                place: "the service",
            }],
        },
        Failure {
            rules: FAILED,
            when: |case, answer| ended(case, answer, Code::UNAVAILABLE, "no healthy upstream"),
            causes: &[Advice {
                cause: "the cluster has no endpoint that is up",
                fix: "look at its endpoints and health check: GET /clusters on the admin port",
                place: CLUSTER,
            }],
        },
        Failure {
            rules: FAILED,
            when: |_, answer| answer.says("upstream request timeout"),
            causes: &[Advice {
                cause: "the upstream took longer than the route's timeout, whatever the client's deadline is",
                fix: "timeout: 0s in the route, with max_stream_duration: {grpc_timeout_header_max: 0s} to go by the client's",
                place: ROUTES,
            }],
        },
        Failure {
            rules: &["non-ok-status"],
            when: no_route,
            causes: &[Advice {
                cause: "no virtual host or route has this :authority and path: UNIMPLEMENTED without a message is Envoy's own",
                fix: "virtual_hosts: [{domains: [\"*\"], routes: [{match: {prefix: \"/{segment}/\", grpc: {}}, route: {cluster: CLUSTER}}]}]",
                place: ROUTES,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(404),
            causes: &[Advice {
                cause: "no virtual host or route has this :authority and path",
                fix: "virtual_hosts: [{domains: [\"*\"], routes: [{match: {prefix: \"/{segment}/\"}, route: {cluster: CLUSTER}}]}]",
                place: ROUTES,
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: |_, _| true,
            causes: &[
                Advice {
                    cause: "the upstream speaks HTTP/1.1, and Envoy drops its trailers",
                    fix: "enable_trailers: true in http_protocol_options of the listener's connection manager and of the cluster, both",
                    place: "envoy.yaml, the listener and the cluster",
                },
                Advice {
                    cause: "the upstream speaks HTTP/1.1 and sends no trailers",
                    fix: "add the filter envoy.filters.http.grpc_http1_reverse_bridge, which makes them. It answers status 0 to every HTTP 200, whatever grpc-status the upstream sets",
                    place: "envoy.yaml, http_filters of the listener",
                },
            ],
        },
    ],
};
