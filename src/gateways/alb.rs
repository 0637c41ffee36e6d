//! AWS Application Load Balancer.

use super::Gateway;
use super::failure::{Advice, Failure, NO_TRAILERS, PAGE, always};
use super::sign::{Sign, Strength};

const TARGETS: &str = "EC2, Target groups; on EKS the Ingress";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "ALB",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::server("awselb"),
        Sign::host(".elb.amazonaws.com", Strength::Weak),
        Sign::when("status 464", Strength::Weak, |answer| {
            answer.status == Some(464)
        }),
        Sign::when("cookie AWSALB", Strength::Hint, |answer| {
            answer
                .fields("set-cookie")
                .any(|field| field.value.starts_with(b"AWSALB"))
        }),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(464),
            causes: &[
                Advice {
                    cause: "the target group's protocol version is HTTP1, which takes no gRPC; it is fixed when the group is made",
                    fix: "aws elbv2 create-target-group --name NAME --protocol HTTP --protocol-version GRPC --port 50051 --vpc-id VPC --matcher GrpcCode=0-99, and forward the listener to it; on EKS the annotation alb.ingress.kubernetes.io/backend-protocol-version: GRPC",
                    place: TARGETS,
                },
                Advice {
                    cause: "the group is GRPC, and the request is not HTTP/2 POST",
                    fix: "send POST over HTTP/2",
                    place: "the request",
                },
            ],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(460),
            causes: &[Advice {
                cause: "the client closed the connection before the answer: its deadline is shorter than the load balancer's idle timeout",
                fix: "raise the client's deadline",
                place: "the client",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(463),
            causes: &[Advice {
                cause: "x-forwarded-for has more than 30 addresses",
                fix: "look for proxies that call each other in a circle",
                place: "the way to the load balancer",
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(502),
            causes: &[Advice {
                cause: "the target closed the connection, or answered with something other than the group's protocol",
                fix: "let the target speak HTTP/2 on the group's port, with TLS only where the group's protocol is HTTPS; a Lambda cannot be a target for gRPC",
                place: TARGETS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(503),
            causes: &[Advice {
                cause: "the target group has no registered target",
                fix: "register targets by instance or address: aws elbv2 describe-target-health --target-group-arn ARN",
                place: TARGETS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status == Some(504),
            causes: &[Advice {
                cause: "the target did not take the connection, or was slower than the idle timeout",
                fix: "look at the target's security group and at idle_timeout.timeout_seconds of the load balancer",
                place: "EC2, Load balancers, Attributes",
            }],
        },
        Failure {
            rules: NO_TRAILERS,
            when: always,
            causes: &[Advice {
                cause: "the target is no gRPC server: a group of protocol version GRPC passes trailers on, and a Lambda target has none",
                fix: "forward to a group of protocol version GRPC whose targets are gRPC servers",
                place: TARGETS,
            }],
        },
    ],
};
