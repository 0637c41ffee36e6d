//! The gateways of the clouds.

use grpc_probe::gateways::Confidence::{High, Low, Medium};

use super::talk::*;

#[test]
fn amazon() {
    let page = |status, fields, body| Talk {
        status,
        fields,
        body,
        ..TALK
    };
    let forbidden = b"{\"message\":\"Forbidden\"}";
    let internal = b"{\"message\": \"Internal server error\"}";
    let rest: &[_] = &[JSON, REST, ID];
    let spoken: &[_] = &[GRPC, REST, ID];
    let high: &[_] = &[("API Gateway REST", High)];
    check(&[
        (
            page("403", rest, b"{\"message\":\"Missing Authentication Token\"}"),
            high,
            "gateway-error-page",
            &["not about authentication"],
        ),
        (
            page("403", rest, forbidden),
            high,
            "gateway-error-page",
            &["no stage can be called hello.HelloService", "there is no stage", "API key", "policy"],
        ),
        (
            Talk { path: STAGE, ..page("403", rest, forbidden) },
            high,
            "gateway-error-page",
            &["there is no stage Prod", "x-api-key", "policy"],
        ),
        (page("502", rest, internal), high, "gateway-error-page", &["proxy response", "failed"]),
        (page("500", rest, internal), high, "gateway-error-page", &["not base64", "may not invoke"]),
        (page("504", rest, b"{\"message\": \"Endpoint request timed out\"}"), high, "gateway-error-page", &["29 s"]),
        (page("200", rest, b"{\"reply\":\"Hello\"}"), high, "wrong-content-type", &["writes application/json"]),
        (
            page("200", spoken, BASE64),
            high,
            "undecoded-base64",
            &["do not send", "-H 'accept: application/grpc'", "last deployment", "does not say"],
        ),
        (
            Talk { sent: &[("accept", "*/*")], ..page("200", spoken, BASE64) },
            high,
            "undecoded-base64",
            &["first media type", "create-deployment"],
        ),
        (page("200", spoken, b"\x0a\x0dHello, world."), high, "missing-length-prefix", &["00, the length"]),
        (page("200", spoken, FRAMED), high, "missing-trailers", &["reverse_bridge", "gRPC-Web", "ALB"]),
        // Alone, the name is good but not borne out; the other fields are those of half of AWS.
        (page("200", &[GRPC, REST], FRAMED), &[("API Gateway REST", Medium)], "", &[]),
        (page("200", &[GRPC, ID], FRAMED), &[], "", &[]),
        (page("500", &[JSON], internal), &[], "", &[]),
        (
            Talk { settings: NGINX, window: Some(2_147_418_112), ..page("200", &[GRPC, ID], FRAMED) },
            &[],
            "",
            &[],
        ),
        (
            page("200", &[GRPC, ("apigw-requestid", "abc=")], BASE64),
            &[("API Gateway HTTP API", Medium)],
            "undecoded-base64",
            &["has no binary media types"],
        ),
        (
            page("500", &[JSON, ("apigw-requestid", "abc=")], b"{\"message\":\"Internal Server Error\"}"),
            &[("API Gateway HTTP API", High)],
            "gateway-error-page",
            &["aws logs tail"],
        ),
        (
            Talk { host: "abc.lambda-url.eu-west-1.on.aws", ..page("200", &[GRPC, ID], FRAMED) },
            &[("Lambda function URL", Medium)],
            "missing-trailers",
            &["no place for trailers"],
        ),
        (
            page("464", &[("server", "awselb/2.0")], b""),
            &[("ALB", Medium)],
            "non-200-status",
            &["--protocol-version GRPC", "not HTTP/2 POST"],
        ),
        (
            page(
                "403",
                &[HTML, ("x-amz-cf-id", "x"), ("via", "1.1 abc.cloudfront.net (CloudFront)")],
                b"<html>This distribution is not configured to allow the HTTP request method that was used</html>",
            ),
            &[("CloudFront", High)],
            "gateway-error-page",
            &["GrpcConfig"],
        ),
        // An edge-optimised stage: the edge drops no trailers that the stage never sends.
        (
            page("200", &[GRPC, REST, ID, ("x-amz-cf-id", "x"), ("x-amz-cf-pop", "FRA2")], FRAMED),
            &[("CloudFront", High), ("API Gateway REST", High)],
            "missing-trailers",
            &["a REST API has no trailers"],
        ),
    ]);
}

#[test]
fn other_clouds() {
    let reset =
        "upstream connect error or disconnect/reset before headers. reset reason: protocol error";
    check(&[
        (
            Talk {
                status: "403",
                fields: &[
                    HTML,
                    ("cf-ray", "230b030023ae2822-SJC"),
                    ("server", "cloudflare"),
                ],
                body: b"<html>403</html>",
                ..TALK
            },
            &[("Cloudflare", High)],
            "gateway-error-page",
            &["gRPC is off", "firewall"],
        ),
        (
            Talk {
                fields: &[GRPC, ("server", "cloudflare")],
                ..TALK
            },
            &[("Cloudflare", Low)],
            "",
            &[],
        ),
        (
            Talk {
                status: "502",
                fields: &[
                    ("content-type", "text/plain"),
                    ("server", "Google Frontend"),
                ],
                body: reset.as_bytes(),
                ..TALK
            },
            // The words are Envoy's, which is part of it and out of its users' reach.
            &[("Google Front End", Medium)],
            "gateway-error-page",
            &["--no-use-http2", "--use-http2"],
        ),
        (
            Talk {
                host: "app-1.azurewebsites.net",
                fields: &[GRPC, ("set-cookie", "ARRAffinity=secret;Path=/")],
                body: FRAMED,
                ..TALK
            },
            &[("Azure App Service", Medium)],
            "missing-trailers",
            &["http20ProxyFlag"],
        ),
        (
            Talk {
                host: "run.app.example.com",
                ..TALK
            },
            &[],
            "",
            &[],
        ),
    ]);
}
