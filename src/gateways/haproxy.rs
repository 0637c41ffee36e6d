//! HAProxy. It writes no `server` field; its error pages and its SETTINGS tell it.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::wire::SettingId;

const BACKEND: &str = "haproxy.cfg, the backend's server line";
const INVALID: &str = "The server returned an invalid or incomplete response.";
const NONE: &str = "No server is available to handle this request.";
const SLOW: &str = "The server didn't respond in time.";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "HAProxy",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::words(INVALID, Strength::Weak),
        Sign::words(NONE, Strength::Weak),
        Sign::words(SLOW, Strength::Weak),
    ],
    fingerprints: &[Fingerprint {
        settings: &[
            (SettingId::ENABLE_CONNECT_PROTOCOL, 1),
            (SettingId::MAX_CONCURRENT_STREAMS, 100),
        ],
        window: Window::AndBody(2_147_418_112),
    }],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(502),
            causes: &[Advice {
                cause: "HAProxy speaks HTTP/1 to a gRPC server",
                fix: "server NAME HOST:PORT proto h2, or with TLS: server NAME HOST:PORT ssl verify required ca-file FILE alpn h2",
                place: BACKEND,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(503),
            causes: &[Advice {
                cause: "no server of the backend is up, or no backend fits the request",
                fix: "start it, or correct its address; a check of a gRPC server wants check proto h2",
                place: BACKEND,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(504),
            causes: &[Advice {
                cause: "the server was silent for longer than timeout server",
                fix: "timeout server 1h",
                place: "haproxy.cfg, defaults or the backend",
            }],
        },
        Failure {
            rules: &["alpn-missing", "alpn-http1", "alpn-refused"],
            when: always,
            causes: &[Advice {
                cause: "the bind line has TLS and no ALPN",
                fix: "bind :443 ssl crt FILE alpn h2,http/1.1",
                place: "haproxy.cfg, the frontend's bind line",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the application sends no trailers: HAProxy passes on those that there are",
                fix: "let the application send grpc-status as a trailer",
                place: "the service",
            }],
        },
    ],
};
