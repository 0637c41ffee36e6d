//! The Google Front End, which stands before Cloud Run and Google's load balancers.

use super::failure::{Advice, Failure, PAGE, always, ended};
use super::sign::{Sign, Strength};
use super::{Gateway, envoy};
use crate::rpc::Code;

const SERVICE: &str = "Cloud Run, the service, Networking, HTTP/2 end to end";

/// The rules that see an error of the front end.
const FAILED: &[&str] = &["gateway-error-page", "non-200-status", "non-ok-status"];

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Google Front End",
    edge: false,
    built_on: Some(&envoy::GATEWAY),
    managed: true,
    signs: &[
        Sign::server("Google Frontend"),
        Sign::host(".run.app", Strength::Weak),
        Sign::via("google"),
        Sign::field("x-cloud-trace-context", Strength::Hint),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: FAILED,
            when: |case, answer| {
                ended(case, answer, Code::UNAVAILABLE, "upstream connect error")
                    && answer.says("protocol error")
            },
            causes: &[
                Advice {
                    cause: "on Cloud Run, HTTP/2 end to end is on, and the container speaks HTTP/1; the opposite fault has the same text",
                    fix: "gcloud run services update SERVICE --no-use-http2",
                    place: SERVICE,
                },
                Advice {
                    cause: "HTTP/2 end to end is off, and the container speaks HTTP/2 alone; nothing on the wire tells which of the two it is",
                    fix: "gcloud run services update SERVICE --use-http2, or name the port h2c; curl -i --http2-prior-knowledge http://localhost:PORT shows whether the container speaks it",
                    place: SERVICE,
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(401 | 403)),
            causes: &[Advice {
                cause: "the service on Cloud Run wants an identity token that may invoke it",
                fix: "-H \"authorization: Bearer $(gcloud auth print-identity-token)\", or gcloud run services add-iam-policy-binding SERVICE --member=allUsers --role=roles/run.invoker",
                place: "Cloud Run, the service, Security",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the container on Cloud Run is spoken to in HTTP/1, or answers plain HTTP; behind a load balancer the same holds for the backend service",
                fix: "gcloud run services update SERVICE --use-http2, with a container that serves gRPC in HTTP/2 without TLS; for a load balancer gcloud compute backend-services update NAME --global --protocol=HTTP2",
                place: SERVICE,
            }],
        },
    ],
};
