//! Azure App Service.

use super::Gateway;
use super::failure::{Advice, Failure, PAGE, always};
use super::sign::{Sign, Strength};

const SETTINGS: &str = "App Service, Configuration, General settings and Application settings";

pub(super) static GATEWAY: Gateway = Gateway {
    name: "Azure App Service",
    edge: false,
    built_on: None,
    managed: false,
    signs: &[
        Sign::host(".azurewebsites.net", Strength::Weak),
        // Its front ends balance by IIS's request routing, which others can run as well.
        Sign::when("cookie ARRAffinity", Strength::Weak, |answer| {
            answer
                .fields("set-cookie")
                .any(|field| field.value.starts_with(b"ARRAffinity"))
        }),
    ],
    fingerprints: &[],
    failures: &[
        Failure {
            rules: &["http1-answer", "alpn-http1", "alpn-missing", "alpn-refused"],
            when: always,
            causes: &[Advice {
                cause: "the app's HTTP version is 1.1",
                fix: "set the HTTP version 2.0 and the HTTP 2.0 proxy to gRPC Only: az webapp config set --name APP --resource-group GROUP --http20-enabled true --generic-configurations '{\"http20ProxyFlag\": 2}'",
                place: SETTINGS,
            }],
        },
        Failure {
            rules: PAGE,
            when: |_, answer| answer.status.is_some_and(|status| status >= 500),
            causes: &[Advice {
                cause: "the front end does not reach the app's HTTP/2 port",
                fix: "add the application setting HTTP20_ONLY_PORT=8585, and let the app take HTTP/2 without TLS on that port",
                place: SETTINGS,
            }],
        },
        Failure {
            rules: &["dropped-trailers", "missing-trailers"],
            when: always,
            causes: &[Advice {
                cause: "the HTTP 2.0 proxy is off, and the app is spoken to in HTTP/1.1",
                fix: "set the HTTP 2.0 proxy to gRPC Only (http20ProxyFlag 2), HTTP version 2.0, and HTTP20_ONLY_PORT=8585",
                place: SETTINGS,
            }],
        },
    ],
};
