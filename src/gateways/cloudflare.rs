//! Cloudflare.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE};
use super::sign::{Sign, Strength};

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Cloudflare",
    edge: true,
    built_on: None,
    managed: false,
    signs: &[
        Sign::field("cf-ray", Strength::Strong),
        Sign::server("cloudflare"),
        Sign::field("cf-cache-status", Strength::Hint),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(403),
            causes: &[
                Advice {
                    cause: "gRPC is off for the zone, and Cloudflare refuses gRPC requests then",
                    fix: "switch gRPC on; it needs port 443, TLS and HTTP/2. Mind that Cloudflare Access does not look at gRPC traffic",
                    place: "Cloudflare dashboard, the zone, Network, gRPC",
                },
                Advice {
                    cause: "a firewall rule refuses the caller",
                    fix: "look the cf-ray up among the zone's security events",
                    place: "Cloudflare dashboard, the zone, Security, Events",
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| {
                answer
                    .status
                    .is_some_and(|status| (520..=530).contains(&status))
            },
            causes: &[Advice {
                cause: "Cloudflare cannot talk to the origin; gRPC through a public hostname of a tunnel is not supported",
                fix: "let the origin take TLS with h2 by ALPN on port 443, from Cloudflare's addresses",
                place: "the origin server",
            }],
        },
    ],
};
