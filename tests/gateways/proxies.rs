//! The proxies that people run themselves.

use grpc_probe::gateways::Confidence::{High, Low, Medium};

use super::talk::*;

#[test]
fn proxies() {
    let trailers_only = |settings, fields| Talk {
        settings,
        fields,
        ..TALK
    };
    let page = |status, fields, body| Talk {
        status,
        fields,
        body,
        ..TALK
    };
    let relayed = b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff";
    let nginx_page: &[u8] = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";
    let server = ("server", "nginx/1.22.1");
    check(&[
        // A field that anybody can set is enough for a name, not for more.
        (page("200", &[GRPC, ("server", "nginx/1.22")], FRAMED), &[("nginx", Low)], "missing-trailers", &["grpc_pass"]),
        (
            Talk { settings: NGINX, window: Some(2_147_418_112), ..page("502", &[HTML, server], nginx_page) },
            &[("nginx", Medium)],
            "gateway-error-page",
            &["is down", "grpcs://", "error log"],
        ),
        (
            page("200", &[GRPC, server, ("trailer", "grpc-status")], FRAMED),
            &[("nginx", Low)],
            "dropped-trailers",
            &["proxy_pass dropped them", "proxy_pass_trailers on"],
        ),
        (page("000", &[server], relayed), &[("nginx", High)], "non-200-status", &["grpc_pass grpc://"]),
        (page("000", &[], relayed), &[("nginx", Medium)], "non-200-status", &["grpc_pass grpc://"]),
        // The frame may be lost to a reset that overtakes it.
        (page("000", &[server], b""), &[("nginx", Medium)], "non-200-status", &["grpc_pass grpc://"]),
        // A message may begin like that, too, where the status says that all is well.
        (page("200", &[GRPC], relayed), &[], "", &[]),
        (
            page("502", &[HTML, server, ("strict-transport-security", "max-age=15724800; includeSubDomains")], nginx_page),
            &[("ingress-nginx", Medium)],
            "gateway-error-page",
            &["backend-protocol: \"GRPC\"", "is down"],
        ),
        (page("200", &[GRPC, ("strict-transport-security", "max-age=15724800; includeSubDomains")], FRAMED), &[], "", &[]),
        (
            Talk {
                window: Some(25_100_289),
                ..trailers_only(ENVOY, &[GRPC, ("grpc-status", "14"), ("server", "envoy"),
                    ("grpc-message", "upstream connect error or disconnect/reset before headers. reset reason: protocol error")])
            },
            &[("Envoy", Medium)],
            "non-ok-status",
            &["http2_protocol_options"],
        ),
        (
            trailers_only(ENVOY, &[GRPC, ("grpc-status", "14"), ("server", "envoy"),
                ("grpc-message", "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure")]),
            &[("Envoy", Medium)],
            "non-ok-status",
            &["is down", "TLS"],
        ),
        (
            trailers_only(ENVOY, &[GRPC, ("grpc-status", "12"), ("server", "envoy")]),
            &[("Envoy", Low)],
            "non-ok-status",
            &["prefix: \"/hello.HelloService/\""],
        ),
        (
            trailers_only(ENVOY, &[GRPC, ("grpc-status", "14"), ("server", "istio-envoy"), ("x-envoy-upstream-service-time", "1"),
                ("grpc-message", "upstream connect error or disconnect/reset before headers. reset reason: protocol error")]),
            &[("Istio", High)],
            "non-ok-status",
            &["appProtocol: grpc", "http2_protocol_options"],
        ),
        (
            Talk {
                settings: HAPROXY,
                window: Some(2_147_418_112 + 12),
                ..page("502", &[HTML], b"<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n")
            },
            &[("HAProxy", Medium)],
            "gateway-error-page",
            &["proto h2"],
        ),
        (
            page("503", &[HTML], b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"),
            &[("HAProxy", Low)],
            "gateway-error-page",
            &["no server of the backend"],
        ),
        (
            page("504", &[HTML], b"<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n"),
            &[("HAProxy", Low)],
            "gateway-error-page",
            &["timeout server"],
        ),
        (
            Talk { settings: CADDY, window: Some(983_041), ..page("502", &[("server", "Caddy")], b"") },
            &[("Caddy", Medium)],
            "non-200-status",
            &["h2c://"],
        ),
        (page("200", &[("server", "Caddy")], b""), &[("Caddy", Low)], "missing-content-type", &["no route takes this path"]),
        (
            Talk { settings: TRAEFIK, window: Some(983_041), ..page("502", &[], b"Bad Gateway") },
            &[("Traefik", Medium)],
            "gateway-error-page",
            &["h2c://"],
        ),
        (
            Talk { settings: TRAEFIK, window: Some(983_041), ..page("500", &[], b"Internal Server Error") },
            &[("Traefik", Medium)],
            "gateway-error-page",
            &["h2c://"],
        ),
        (page("500", &[("content-type", "text/plain")], b"Internal Server Error"), &[], "", &[]),
        // Any server of Go's net/http answers and opens a connection like this.
        (
            Talk {
                settings: TRAEFIK,
                window: Some(983_041),
                ..page("404", &[("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")], b"404 page not found\n")
            },
            &[],
            "",
            &[],
        ),
        (
            page("502", &[HTML, ("server", "nghttpx"), ("via", "1.1 nghttpx")], b"<html><footer>nghttpx</footer></html>"),
            &[("nghttpx", Medium)],
            "gateway-error-page",
            &["proto=h2"],
        ),
        (page("200", &[GRPC, ("server", "h2o/2.2.5")], FRAMED), &[("h2o", Low)], "missing-trailers", &["drops trailers"]),
        (
            page("500", &[HTML, ("server", "Apache/2.4.71 (Debian)")], b"<html><address>Apache/2.4.71</address></html>"),
            &[("Apache", Medium)],
            "gateway-error-page",
            &["ProxyPass / h2c://"],
        ),
        (
            page("404", &[JSON, ("x-kong-response-latency", "1"), ("server", "kong/3.4.0")], b"{\"message\":\"no Route matched with those values\"}"),
            &[("Kong", High)],
            "gateway-error-page",
            &["paths: [/hello.HelloService]"],
        ),
    ]);
}
