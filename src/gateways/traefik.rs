//! Traefik. It signs nothing; its error texts and its own certificate tell it.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Fingerprint, Sign, Strength, Window};
use crate::wire::SettingId;

const SERVICE: &str = "Traefik's dynamic configuration, http.services";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Traefik",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::certificate("TRAEFIK DEFAULT CERT"),
        Sign::when(
            "the status's words and no content-type",
            Strength::Weak,
            |answer| {
                let words: &[u8] = match answer.status {
                    Some(500) => b"Internal Server Error",
                    Some(502) => b"Bad Gateway",
                    _ => return false,
                };
                answer.body == words
                    && answer.value("content-type").is_none()
                    && answer.value("server").is_none()
            },
        ),
        // So answers any server that is made of Go's net/http.
        Sign::when("\"404 page not found\"", Strength::Hint, |answer| {
            answer.status == Some(404) && answer.body_is("404 page not found")
        }),
    ],
    // Any server of Go's net/http opens so.
    fingerprints: &[Fingerprint {
        settings: &[
            (SettingId::MAX_FRAME_SIZE, 1_048_576),
            (SettingId::MAX_CONCURRENT_STREAMS, 250),
            (SettingId::MAX_HEADER_LIST_SIZE, 1_048_896),
            (SettingId::HEADER_TABLE_SIZE, 4096),
            (SettingId::INITIAL_WINDOW_SIZE, 1_048_576),
        ],
        window: Window::Exactly(983_041),
    }],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(500 | 502)),
            causes: &[Advice {
                cause: "the service's URL is http://, so that Traefik speaks HTTP/1 to a gRPC server; or the server is down",
                fix: "loadBalancer: {servers: [{url: \"h2c://HOST:PORT\"}]}; as a label traefik.http.services.NAME.loadbalancer.server.scheme=h2c",
                place: SERVICE,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(404),
            causes: &[Advice {
                cause: "no router has a rule for this host and path",
                fix: "rule: Host(`HOST`) && PathPrefix(`/{segment}`), on the entry point that is called",
                place: "Traefik's dynamic configuration, http.routers",
            }],
        },
        Failure {
            rules: &["certificate-unknown-issuer", "certificate-wrong-name"],
            when: always,
            causes: &[Advice {
                cause: "Traefik has no certificate for this host, and shows its own",
                fix: "tls: {certResolver: NAME} in the router, or tls.certificates in the dynamic configuration",
                place: "Traefik's dynamic configuration, tls",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the application sends no trailers: Traefik passes on those that there are",
                fix: "url: \"h2c://HOST:PORT\" of a server that speaks gRPC",
                place: SERVICE,
            }],
        },
    ],
};
