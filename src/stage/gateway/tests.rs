use serde_json::json;

use super::*;

fn gateway(binary_media_types: &'static [&'static str]) -> Gateway {
    Gateway {
        binary_media_types,
        forwards_trailers: false,
    }
}

fn request(path: &str) -> Request<Bytes> {
    let uri = format!("http://127.0.0.1:1{path}");
    Request::post(uri)
        .header("content-type", "application/grpc")
        .body(Bytes::from_static(b"\0\xff"))
        .unwrap()
}

fn invocation(payload: Value) -> Invocation {
    Invocation {
        payload,
        trailers: &[("grpc-status", "0")],
    }
}

fn respond(payload: Value) -> Response {
    gateway(&[]).answer(&request("/Prod/hello.HelloService/Hello"), |_| {
        Ok(invocation(payload))
    })
}

#[test]
fn routes() {
    let answer = |request: &Request<Bytes>| {
        let response =
            gateway(&[]).answer(request, |_| Ok(invocation(json!({ "statusCode": 200 }))));
        (
            response.status.as_u16(),
            String::from_utf8(response.body.to_vec()).unwrap(),
        )
    };
    for path in [
        "/Prod/hello.HelloService/Hello",
        "/Prod/HelloService/Hello",
        "/Prod/a.b.HelloService/Hello?x",
    ] {
        assert_eq!(answer(&request(path)), (200, String::new()), "{path}");
    }
    for path in [
        "/",
        "/hello.HelloService/Hello",
        "/Produce/hello.HelloService/Hello",
        "/prod/HelloService/Hello",
    ] {
        assert_eq!(
            answer(&request(path)),
            (403, r#"{"message":"Forbidden"}"#.to_owned()),
            "{path}"
        );
    }
    let missing = (
        403,
        r#"{"message":"Missing Authentication Token"}"#.to_owned(),
    );
    for path in [
        "/Prod",
        "/Prod/",
        "/Prod/x/HelloService/Hello",
        "/Prod/XHelloService/Hello",
        "/Prod/HelloService/Bye",
    ] {
        assert_eq!(answer(&request(path)), missing, "{path}");
    }
    let mut get = request("/Prod/hello.HelloService/Hello");
    *get.method_mut() = Method::GET;
    assert_eq!(answer(&get), missing);
}

#[test]
fn a_custom_domain_needs_no_prefix() {
    let at = |path: &str| {
        let request = Request::post(format!("http://{}:1{path}", super::super::CUSTOM_DOMAIN))
            .body(Bytes::new());
        refuse(&request.unwrap()).is_none()
    };
    assert!(at("/hello.HelloService/Hello"));
    assert!(!at("/Prod/hello.HelloService/Hello"));
}

#[test]
fn a_request_is_text_unless_its_type_is_binary() {
    let request = request("/Prod/hello.HelloService/Hello");
    let text = gateway(&["application/grpc+proto"]).event(&request);
    assert_eq!(
        (text.body.as_str(), text.is_base64_encoded),
        ("\0\u{fffd}", false)
    );
    let binary = gateway(&["application/*"]).event(&request);
    assert_eq!(
        (binary.body.as_str(), binary.is_base64_encoded),
        ("AP8=", true)
    );
}

#[test]
fn a_response_is_decoded_by_what_the_client_accepts() {
    let png = &["image/png"];
    let rows: &[(&'static [&'static str], Option<&str>, bool)] = &[
        (&[], None, false),
        (&[], Some("image/png"), false),
        (png, Some("image/png"), true),
        (png, Some("image/png,image/*,*/*;q=0.8"), true),
        (png, Some("image/png;q=1"), true),
        (png, Some("image/webp,image/png,*/*"), false),
        (png, Some("image/*"), false),
        (png, Some("*/*"), false),
        (png, None, false),
        (&["application/*"], Some("application/anything"), true),
        (&["application/*"], Some("application/*"), true),
        (&["application/*"], Some("application"), false),
        (&["*/test"], Some("random/test"), false),
        (&["*/*"], Some("text/html"), true),
        (&["*/*"], Some("text"), false),
        (&["*/*"], None, true),
    ];
    for &(types, accept, decoded) in rows {
        let mut request = request("/Prod/hello.HelloService/Hello");
        if let Some(accept) = accept {
            request
                .headers_mut()
                .insert(ACCEPT, accept.parse().unwrap());
        }
        let reply = |encoded| {
            invocation(json!({ "statusCode": 200, "body": "AP8=", "isBase64Encoded": encoded }))
        };
        let response = gateway(types).answer(&request, |_| Ok(reply(true)));
        assert_eq!(
            response.body.as_ref() == b"\0\xff",
            decoded,
            "{types:?} {accept:?}"
        );
        assert_eq!(
            gateway(types)
                .answer(&request, |_| Ok(reply(false)))
                .body
                .as_ref(),
            b"AP8="
        );
    }
}

#[test]
fn what_is_no_base64_fails_only_where_it_is_decoded() {
    let reply = || {
        Ok(invocation(
            json!({ "statusCode": 200, "body": "!", "isBase64Encoded": true }),
        ))
    };
    let request = request("/Prod/hello.HelloService/Hello");
    assert_eq!(gateway(&["*/*"]).answer(&request, |_| reply()).status, 500);
    assert_eq!(
        gateway(&[]).answer(&request, |_| reply()).body.as_ref(),
        b"!"
    );
}

#[test]
fn a_malformed_reply_is_a_bad_gateway() {
    for payload in [
        json!("text"),
        json!({}),
        json!([]),
        json!({ "statusCode": "x" }),
        json!({ "statusCode": 100 }),
        json!({ "statusCode": 200, "reply": "Hello" }),
        json!({ "statusCode": 200, "body": {} }),
        json!({ "statusCode": 200, "headers": { "a": {} } }),
        json!({ "statusCode": 200, "headers": { "a b": "" } }),
        json!({ "statusCode": 200, "multiValueHeaders": { "a": "b" } }),
    ] {
        let response = respond(payload.clone());
        assert_eq!(response.status, 502, "{payload}");
        assert_eq!(
            response.body.as_ref(),
            br#"{"message": "Internal server error"}"#
        );
        assert_eq!(
            response.headers["x-amzn-errortype"],
            "InternalServerErrorException"
        );
    }
    let thrown = gateway(&[]).answer(&request("/Prod/hello.HelloService/Hello"), |_| {
        Err(FunctionError)
    });
    assert_eq!(thrown.status, 502);
}

#[test]
fn a_well_formed_reply_may_leave_much_out() {
    let response = respond(json!({ "statusCode": "201", "headers": null }));
    assert_eq!(response.status, 201);
    assert_eq!(response.headers["content-type"], "application/json");
    assert!(response.body.is_empty());
    assert!(response.trailers.is_none());
}

#[test]
fn the_gateways_own_headers_are_remapped() {
    let response = respond(json!({
        "statusCode": 200,
        "headers": { "Server": "mine", "Transfer-Encoding": "chunked", "Content-Length": 7, "x-a": true },
        "multiValueHeaders": { "x-b": ["1", "2"] },
    }));
    assert_eq!(response.headers["x-amzn-remapped-server"], "mine");
    assert_eq!(response.headers["x-amzn-remapped-content-length"], "7");
    assert_eq!(response.headers["x-a"], "true");
    assert_eq!(response.headers.get_all("x-b").iter().count(), 2);
    assert!(!response.headers.contains_key("transfer-encoding"));
    assert!(!response.headers.contains_key("server"));
}

#[test]
fn only_a_hop_that_forwards_trailers_sends_them() {
    let hop = Gateway {
        binary_media_types: &[],
        forwards_trailers: true,
    };
    let request = request("/Prod/hello.HelloService/Hello");
    let response = hop.answer(&request, |_| Ok(invocation(json!({ "statusCode": 200 }))));
    assert_eq!(response.trailers.unwrap()["grpc-status"], "0");
}

#[test]
fn identifiers_have_the_real_shapes() {
    let [request_id, api_id, trace_id] = identifiers(1);
    let lengths: Vec<_> = request_id.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert!(api_id.len() == 16 && api_id.ends_with('='), "{api_id}");
    let parts: Vec<_> = trace_id.split('-').map(str::len).collect();
    assert_eq!(parts, [6, 8, 24]);
    assert_ne!(identifiers(1), identifiers(2));
    assert_eq!(identifiers(2), identifiers(2));
}

#[test]
fn a_signed_error_is_not_traced() {
    let mut response = Response::forbidden();
    response.sign(0);
    assert!(response.headers.contains_key("x-amzn-requestid"));
    assert!(!response.headers.contains_key("x-amzn-trace-id"));
    assert_eq!(response.headers["content-length"], "23");
}
