//! Istio: its gateways and sidecars are Envoy.

use super::failure::{Advice, Failure};
use super::sign::Sign;
use super::{Gateway, envoy};

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Istio",
    edge: false,
    built_on: Some(&envoy::GATEWAY),
    managed: false,
    signs: &[Sign::server("istio-envoy")],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: &["gateway-error-page", "non-200-status", "non-ok-status"],
            when: envoy::wrong_protocol,
            causes: &[Advice {
                cause: "the Service's port does not say that it is gRPC, so that Istio speaks HTTP/1 to it",
                fix: "name: grpc-NAME, or appProtocol: grpc",
                place: "the Kubernetes Service, spec.ports",
            }],
        },
        Failure {
            rules: &["non-ok-status"],
            when: envoy::no_route,
            causes: &[Advice {
                cause: "no VirtualService has this host and path, or its Gateway does not take the host",
                fix: "hosts: [HOST] in both, and match: [{uri: {prefix: /{segment}/}}]; istioctl proxy-config routes POD shows what is in force",
                place: "the VirtualService and the Gateway",
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: |_, _| true,
            causes: &[Advice {
                cause: "the Service's port does not say that it is gRPC, and the pod is spoken to in HTTP/1.1",
                fix: "name: grpc-NAME, or appProtocol: grpc",
                place: "the Kubernetes Service, spec.ports",
            }],
        },
    ],
};
