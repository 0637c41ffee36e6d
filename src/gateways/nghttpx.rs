//! nghttpx, the proxy of nghttp2.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::wire::SettingId;

const BACKEND: &str = "nghttpx.conf, backend";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "nghttpx",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::server("nghttpx"),
        Sign::via("nghttpx"),
        Sign::words("<footer>nghttpx", Strength::Weak),
    ],
    fingerprints: &[Fingerprint {
        settings: &[
            (SettingId::MAX_CONCURRENT_STREAMS, 100),
            (SettingId::INITIAL_WINDOW_SIZE, 65_535),
            (SettingId::NO_RFC7540_PRIORITIES, 1),
            (SettingId::ENABLE_CONNECT_PROTOCOL, 1),
        ],
        window: Window::None,
    }],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(502 | 503)),
            causes: &[Advice {
                cause: "the backend is spoken to in HTTP/1, or is down",
                fix: "-b'HOST,PORT;;proto=h2', with ;tls where the server has TLS",
                place: BACKEND,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(504),
            causes: &[Advice {
                cause: "the backend was slower than the read timeout of backends",
                fix: "--backend-read-timeout=1h",
                place: "nghttpx.conf, backend-read-timeout",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the application sends no trailers: nghttpx passes on those that there are; via: 1.1 nghttpx says that the backend is spoken to in HTTP/1",
                fix: "-b'HOST,PORT;;proto=h2' to a server that speaks gRPC",
                place: BACKEND,
            }],
        },
    ],
};
