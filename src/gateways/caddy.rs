//! Caddy.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always, empty};
use super::sign::{Fingerprint, Sign, Window};
use crate::wire::SettingId;

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Caddy",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[Sign::server("Caddy"), Sign::via("Caddy")],
    fingerprints: &[Fingerprint {
        settings: &[
            (SettingId::MAX_FRAME_SIZE, 1_048_576),
            (SettingId::MAX_CONCURRENT_STREAMS, 250),
            (SettingId::MAX_HEADER_LIST_SIZE, 16_704),
            (SettingId::HEADER_TABLE_SIZE, 4096),
            (SettingId::INITIAL_WINDOW_SIZE, 1_048_576),
            (SettingId::NO_RFC7540_PRIORITIES, 1),
        ],
        window: Window::Exactly(983_041),
    }],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(502),
            causes: &[Advice {
                cause: "reverse_proxy speaks HTTP/1 to a gRPC server, or the server is down",
                fix: "reverse_proxy h2c://HOST:PORT, or https://HOST:PORT where the server has TLS",
                place: "Caddyfile, the site's reverse_proxy",
            }],
        },
        Failure {
            rules: &["missing-content-type", "missing-grpc-status"],
            when: |case, answer| answer.status == Some(200) && empty(case),
            causes: &[Advice {
                cause: "no route takes this path: Caddy answers with an empty 200 then",
                fix: "reverse_proxy /{segment}/* h2c://HOST:PORT",
                place: "Caddyfile, the site",
            }],
        },
        Failure {
            rules: &["http1-answer"],
            when: always,
            causes: &[Advice {
                cause: "the listener has no HTTP/2 without TLS",
                fix: "servers { protocols h1 h2 h2c }",
                place: "Caddyfile, global options",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the application sends no trailers: Caddy passes on those that there are",
                fix: "reverse_proxy h2c://HOST:PORT to a server that speaks gRPC; via: 1.1 Caddy says that it speaks HTTP/1 now",
                place: "Caddyfile, the site's reverse_proxy",
            }],
        },
    ],
};
