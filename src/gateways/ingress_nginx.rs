//! ingress-nginx, the Kubernetes ingress controller on nginx.

use super::failure::{Advice, Failure, NO_TRAILERS, PAGE, always};
use super::sign::{Sign, Strength, is_product};
use super::{Gateway, nginx};

const ANNOTATIONS: &str = "the Ingress, metadata.annotations";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "ingress-nginx",
    edge: false,
    built_on: Some(&nginx::GATEWAY),
    managed: false,
    signs: &[
        Sign::certificate("Kubernetes Ingress Controller Fake Certificate"),
        // The controller's own default; nginx has none.
        Sign::when(
            "strict-transport-security: max-age=15724800 of nginx",
            Strength::Weak,
            |answer| {
                let hsts = answer
                    .value("strict-transport-security")
                    .unwrap_or_default();
                let server = answer.value("server").unwrap_or_default();
                hsts.starts_with(b"max-age=15724800")
                    && (is_product(server, "nginx") || answer.says("<center>nginx"))
            },
        ),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: &["certificate-unknown-issuer", "certificate-wrong-name"],
            when: always,
            causes: &[Advice {
                cause: "no Ingress has a TLS secret for this host, so that the controller shows its own certificate",
                fix: "spec.tls: [{hosts: [HOST], secretName: SECRET}], with the secret in the Ingress's namespace",
                place: "the Ingress, spec.tls",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| matches!(answer.status, Some(0 | 502)),
            causes: &[Advice {
                cause: "the controller speaks HTTP/1 to the pods",
                fix: "nginx.ingress.kubernetes.io/backend-protocol: \"GRPC\", or \"GRPCS\" where the pods have TLS",
                place: ANNOTATIONS,
            }],
        },
        Failure {
            rules: NO_TRAILERS,
            when: always,
            causes: &[Advice {
                cause: "the controller speaks HTTP/1 to the pods, and drops trailers",
                fix: "nginx.ingress.kubernetes.io/backend-protocol: \"GRPC\", or \"GRPCS\" where the pods have TLS",
                place: ANNOTATIONS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(404),
            causes: &[Advice {
                cause: "no rule of an Ingress has this host and path",
                fix: "rules: host HOST, path /{segment}, pathType: Prefix; and ingressClassName: nginx",
                place: "the Ingress, spec.rules",
            }],
        },
        Failure {
            rules: &["http1-answer"],
            when: always,
            causes: &[Advice {
                cause: "the controller has HTTP/2 with TLS only",
                fix: "call https://, with spec.tls in the Ingress",
                place: "the Ingress, spec.tls",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(504),
            causes: &[Advice {
                cause: "a stream was silent for longer than 60 s",
                fix: "nginx.ingress.kubernetes.io/server-snippet: grpc_read_timeout 1h; grpc_send_timeout 1h; client_body_timeout 1h;",
                place: ANNOTATIONS,
            }],
        },
    ],
};
