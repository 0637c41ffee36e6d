//! What rules on a response share: evidence that is read in the same way, and causes of the same kind.

use crate::diagnosis::{Case, Cut, Evidence, Finding, Packed, Shape, Text, quoted, shape};
use crate::rpc::envelope::PREFIX_LENGTH;
use crate::rpc::{Code, content_type};
use crate::wire::ErrorCode;

/// The first five bytes of the body as a client reads them: the flag and the length, each as evidence. None where the
/// body is compressed as a whole, which is a fault before all others.
pub(in crate::rules) fn prefix_as_read(case: &Case<'_>) -> Vec<Evidence> {
    if case.body.packed == Packed::No {
        prefix_as_it_came(case)
    } else {
        Vec::new()
    }
}

/// The first five bytes of the body as a client reads them, whatever the body is.
pub(in crate::rules) fn prefix_as_it_came(case: &Case<'_>) -> Vec<Evidence> {
    let body = &case.call.response.body;
    let Some((flag, length)) = case.body.prefix_read() else {
        let all = Evidence::body(body, 0, body.bytes.len());
        return all
            .map(|all| all.reads_as("shorter than a prefix"))
            .into_iter()
            .collect();
    };
    let flag_reads = match flag {
        0 => "the compressed flag: 0".to_owned(),
        1 => "the compressed flag: 1".to_owned(),
        _ => format!("read as the compressed flag: {flag}, must be 0 or 1"),
    };
    let length_reads = match case.body.outer.get(1..PREFIX_LENGTH) {
        Some(bytes) if flag > 1 => format!("read as the length: {length} ({})", quoted(bytes, 4)),
        _ => format!("read as the length: {length}"),
    };
    let flag = Evidence::body(body, 0, 1).map(|evidence| evidence.reads_as(flag_reads));
    let length = Evidence::body(body, 1, 4).map(|evidence| evidence.reads_as(length_reads));
    flag.into_iter().chain(length).collect()
}

/// The bytes after the last whole message.
pub(in crate::rules) fn rest_evidence(case: &Case<'_>) -> Option<Evidence> {
    if !case.body.is_as_it_came() {
        return None;
    }
    let end = case.body.messages.end;
    let rest = case.body.bytes.len().saturating_sub(end);
    Evidence::body(&case.call.response.body, end, rest)
        .map(|evidence| evidence.reads_as("after the last message"))
}

/// The prefix of the second message.
pub(in crate::rules) fn rest_of_messages(case: &Case<'_>) -> Option<Evidence> {
    let second = case
        .body
        .messages
        .whole
        .get(1)
        .filter(|_| case.body.is_as_it_came())?;
    let evidence = Evidence::body(&case.call.response.body, second.start, PREFIX_LENGTH)?;
    Some(evidence.reads_as(format!(
        "the prefix of a second message, length {}",
        second.length
    )))
}

/// A field of the response headers.
pub(in crate::rules) fn header_evidence(case: &Case<'_>, name: &str) -> Option<Evidence> {
    Evidence::field(case.frames, case.response_headers()?.origin.anchor, name)
}

/// A field of the block that ends the stream.
pub(in crate::rules) fn closing_evidence(case: &Case<'_>, name: &str) -> Option<Evidence> {
    Evidence::field(case.frames, case.closing_block()?.origin.anchor, name)
}

/// The five bytes that belong before a message.
pub(in crate::rules) fn expected_prefix(flag: u8, length: u32) -> String {
    let [a, b, c, d] = length.to_be_bytes();
    format!("{flag:02x} {a:02x} {b:02x} {c:02x} {d:02x}, then the message")
}

/// What stands inside an encoded body, in words that follow "inside is".
pub(in crate::rules) fn describe_inside(case: &Case<'_>) -> String {
    match case.body.shape {
        Shape::Framed => match case.body.messages.count {
            1 => "a length-prefixed message".to_owned(),
            count => format!("{count} length-prefixed messages"),
        },
        Shape::Bare => "a message without its length prefix".to_owned(),
        Shape::Text(kind) => kind.describe().to_owned(),
        _ => "a body that is not framed right either".to_owned(),
    }
}

/// Whether the exchange was over TLS.
pub(in crate::rules) fn is_tls(case: &Case<'_>) -> bool {
    case.tls().is_some()
}

/// An HTTP status that is neither 200 nor a redirect.
pub(in crate::rules) fn error_status(case: &Case<'_>) -> Option<u16> {
    case.http_status()
        .filter(|status| *status != 200 && !(300..400).contains(status))
}

/// The body of an error page: text that is not a gRPC body.
pub(in crate::rules) fn error_page(case: &Case<'_>) -> Option<Text> {
    let announced = case
        .call
        .response
        .header("content-type")
        .is_some_and(content_type::is_grpc);
    if announced {
        None
    } else {
        // A page that is compressed is one all the same.
        match case.body.packed {
            Packed::Known(_) => shape::text_kind(&case.body.bytes),
            _ => shape::text_kind(case.body.outer),
        }
    }
}

/// What an HTTP status usually comes from.
pub(in crate::rules) fn status_causes(status: u16, finding: &mut Finding) {
    let (cause, fix) = match status {
        400 => (
            "the gateway could not read the request",
            "see the gateway's log for what it rejected",
        ),
        401 => (
            "the gateway asks for credentials",
            "send them: -H \"authorization: $TOKEN\"",
        ),
        403 => (
            "the gateway refused the path or the caller; API Gateway says 403 also for a path that it does not know",
            "check the stage and path of the URL, then credentials and API key",
        ),
        404 => (
            "no route has this path",
            "check the URL's prefix and service, and the gateway's routes",
        ),
        405 => ("the route does not take POST", "allow POST on it"),
        413 => (
            "the request is too large for the gateway",
            "raise its limit, e.g. nginx client_max_body_size",
        ),
        415 => (
            "the content-type of the request is not taken",
            "let the route pass application/grpc",
        ),
        429 => (
            "the gateway limits the rate",
            "slow down, or raise the limit",
        ),
        464 => (
            "an AWS load balancer's target group has another protocol version",
            "create it with protocol version GRPC",
        ),
        502 => (
            "the gateway could not speak with its backend: it is down, or speaks another protocol (HTTP/1.1 for h2c)",
            "set the backend's protocol to gRPC or h2c, e.g. nginx grpc_pass, Traefik h2c://",
        ),
        503 => (
            "the gateway has no backend that is up",
            "start the backend, and look at its health check",
        ),
        504 => (
            "the backend took longer than the gateway waits",
            "raise the gateway's timeout, or look at the backend",
        ),
        500..600 => ("the handler, or the gateway, failed", "see its log"),
        _ => (
            "something that knows no gRPC answered",
            "look at who answered (server, via), and mend the route",
        ),
    };
    finding.cause(cause, fix);
}

/// What a cut of the response usually comes from.
pub(in crate::rules) fn cut_causes(cut: &Cut<'_>, finding: &mut Finding) {
    let (cause, fix) = match cut {
        Cut::Reset { code, .. } => match (*code, Code::from_reset(*code)) {
            (ErrorCode::CANCEL, _) => (
                "the server, or a proxy's timeout, cancelled the call",
                "look for a timeout on the way",
            ),
            (ErrorCode::ENHANCE_YOUR_CALM, _) => {
                ("the server found the load excessive", "see its limits")
            }
            (ErrorCode::INTERNAL_ERROR, _) => (
                "the server, or a proxy's backend, failed",
                "see the log of both",
            ),
            _ => ("the server broke the stream off", "see its log"),
        },
        Cut::Goaway(_) => (
            "the server shut the connection down",
            "see its log; retry on another connection",
        ),
        Cut::Closed | Cut::Broken(_) => (
            "the server crashed or restarted, or a proxy cut the connection",
            "see the log of both",
        ),
        Cut::Deadline => (
            "the handler is slower than the deadline",
            "give it a longer deadline (`call --timeout 60s`), or look at the handler",
        ),
        Cut::Cancelled(_) => (
            "the caller cancelled the call, or its deadline passed",
            "look at the deadline that the client sets, and at what cancels its context",
        ),
        Cut::GaveUp(_) => (
            "the server broke HTTP/2's rules before",
            "see the findings of the response step",
        ),
    };
    finding.cause(cause, fix);
}

/// Whether the messages are protobuf by their content-type: no codec is named, or `proto`.
pub(in crate::rules) fn claims_protobuf(case: &Case<'_>) -> bool {
    let Some(value) = case.call.response.header("content-type") else {
        return true;
    };
    match content_type::media_type(value).split(|b| *b == b'+').nth(1) {
        Some(codec) => codec.eq_ignore_ascii_case(b"proto"),
        None => true,
    }
}
