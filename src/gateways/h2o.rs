//! h2o.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::wire::SettingId;

pub(super) static GATEWAY: Gateway = Gateway {
    name: "h2o",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::server("h2o"),
        Sign::words("failed to parse the response", Strength::Hint),
    ],
    fingerprints: &[Fingerprint {
        settings: &[
            (SettingId::MAX_CONCURRENT_STREAMS, 100),
            (SettingId::INITIAL_WINDOW_SIZE, 16_777_216),
        ],
        window: Window::AndBody(16_711_681),
    }],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(502),
            causes: &[Advice {
                cause: "h2o speaks HTTP/1 to a gRPC server, or the server is down",
                fix: "put a proxy before the service that speaks HTTP/2 to it and passes trailers on, e.g. Envoy, HAProxy or Caddy: h2o 2.2 does not pass them on anyway",
                place: "h2o.conf, proxy.reverse.url",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "h2o 2.2 drops trailers, and no setting of it is known to change that",
                fix: "put another proxy in its place, e.g. Envoy, HAProxy, Caddy or nginx with grpc_pass",
                place: "the way to the service",
            }],
        },
    ],
};
