//! nginx.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, announced, relayed_settings, unannounced};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::wire::SettingId;

const LOCATION: &str = "nginx.conf, the service's location block";
const SERVER: &str = "nginx.conf, the server block";

/// What nginx opens a connection with; stages of API Gateway do the same.
pub(super) const OPENING: &[Fingerprint] = &[Fingerprint {
    settings: &[
        (SettingId::MAX_CONCURRENT_STREAMS, 128),
        (SettingId::INITIAL_WINDOW_SIZE, 65_536),
        (SettingId::MAX_FRAME_SIZE, 16_777_215),
    ],
    window: Window::Exactly(2_147_418_112),
}];

pub(super) static GATEWAY: Gateway = Gateway {
    name: "nginx",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::when(
            "status 000 and a relayed SETTINGS frame",
            Strength::Strong,
            |answer| answer.status == Some(0) && relayed_settings(answer),
        ),
        // The frame may be lost to a reset that overtakes it.
        Sign::when("status 000", Strength::Weak, |answer| {
            answer.status == Some(0) && !relayed_settings(answer)
        }),
        Sign::server("nginx"),
        Sign::words("<center>nginx", Strength::Weak),
    ],
    fingerprints: OPENING,
    failures: &[
        Failure {
            rules: &[
                "connection-closed",
                "gateway-error-page",
                "missing-content-type",
                "non-200-status",
                "stream-cut",
                "trailing-bytes",
                "truncated-message",
                "unrecognised-body",
            ],
            when: |_, answer| answer.status == Some(0),
            causes: &[Advice {
                cause: "proxy_pass speaks HTTP/1 to a gRPC server, and nginx passes that server's first HTTP/2 frame on as the response",
                fix: "grpc_pass grpc://HOST:PORT; in place of proxy_pass (grpcs:// where the server has TLS)",
                place: LOCATION,
            }],
        },
        Failure {
            rules: &["http1-answer"],
            when: |_, answer| answer.says("The plain HTTP request was sent to HTTPS port"),
            causes: &[Advice {
                cause: "the port takes TLS, and the call was made without",
                fix: "use https:// in the URL",
                place: "the request",
            }],
        },
        Failure {
            rules: &["http1-answer"],
            when: |_, answer| !answer.says("The plain HTTP request was sent to HTTPS port"),
            causes: &[Advice {
                cause: "the listener has no HTTP/2",
                fix: "http2 on; (1.25.1 or later), before that listen PORT http2; or listen 443 ssl http2;",
                place: SERVER,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(502),
            causes: &[
                Advice {
                    cause: "the gRPC server is down, or does not listen where grpc_pass points",
                    fix: "start it, or correct the address; the error log says \"connect() failed\"",
                    place: LOCATION,
                },
                Advice {
                    cause: "the server has TLS, and grpc_pass does not",
                    fix: "grpc_pass grpcs://HOST:PORT;",
                    place: LOCATION,
                },
                Advice {
                    cause: "the server speaks HTTP/1, or refused the request; the three look the same from here, and the error log tells them apart",
                    fix: "point grpc_pass at the gRPC port; \"upstream rejected request with error 2\" in the log may be a server that misses te: trailers, which grpc_pass sends and proxy_pass does not",
                    place: LOCATION,
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(413),
            causes: &[Advice {
                cause: "the request is larger than client_max_body_size, 1m unless it is set",
                fix: "client_max_body_size 16m; or 0 for streams",
                place: LOCATION,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(504),
            causes: &[Advice {
                cause: "the server was silent for longer than grpc_read_timeout, 60s unless it is set",
                fix: "grpc_read_timeout 1h; grpc_send_timeout 1h;",
                place: LOCATION,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(404 | 405)),
            causes: &[Advice {
                cause: "no location passes this path on, and nginx looks for a file",
                fix: "location /{segment}/ { grpc_pass grpc://HOST:PORT; }",
                place: SERVER,
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: announced,
            causes: &[
                Advice {
                    cause: "the application announced trailers, and proxy_pass dropped them",
                    fix: "grpc_pass grpc://HOST:PORT; to a server that speaks gRPC",
                    place: LOCATION,
                },
                Advice {
                    cause: "the application answers over HTTP/1.1 with chunked trailers",
                    fix: "proxy_pass_trailers on; proxy_set_header Connection \"te\"; proxy_set_header TE trailers; (seen with 1.31)",
                    place: LOCATION,
                },
            ],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: unannounced,
            causes: &[Advice {
                cause: "proxy_pass to an application over HTTP/1: nginx drops trailers, if there were any",
                fix: "grpc_pass grpc://HOST:PORT; to a server that speaks gRPC",
                place: LOCATION,
            }],
        },
    ],
};
