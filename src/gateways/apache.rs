//! Apache httpd.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::wire::SettingId;

const HOST: &str = "httpd.conf, the virtual host";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Apache",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::server("Apache"),
        Sign::words("<address>Apache", Strength::Weak),
    ],
    fingerprints: &[Fingerprint {
        settings: &[(SettingId::MAX_CONCURRENT_STREAMS, 100)],
        window: Window::Exactly(2_147_418_112),
    }],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(500 | 502)),
            causes: &[Advice {
                cause: "ProxyPass speaks HTTP/1 to a gRPC server, or the server is down",
                fix: "ProxyPass / h2c://HOST:PORT/ (h2:// where the server has TLS), with mod_proxy_http2 loaded",
                place: HOST,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(503),
            causes: &[Advice {
                cause: "the server behind ProxyPass is down, and Apache waits before it tries again",
                fix: "start it; retry=0 at the end of ProxyPass stops the waiting",
                place: HOST,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(404 | 405)),
            causes: &[Advice {
                cause: "no ProxyPass takes this path, and Apache looks for a file",
                fix: "ProxyPass /{segment}/ h2c://HOST:PORT/{segment}/",
                place: HOST,
            }],
        },
        Failure {
            rules: &["http1-answer", "alpn-http1", "alpn-refused", "alpn-missing"],
            when: always,
            causes: &[Advice {
                cause: "the virtual host has no HTTP/2",
                fix: "Protocols h2 h2c http/1.1, with mod_http2 loaded",
                place: HOST,
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the application sends no trailers: Apache passes on those that there are",
                fix: "ProxyPass / h2c://HOST:PORT/ to a server that speaks gRPC",
                place: HOST,
            }],
        },
    ],
};
