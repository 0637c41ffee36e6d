//! Bodies and openings as servers and gateways send them by mistake: to complete bytes that a message quotes, and to
//! show what a rule is about. What they are is for the rules and the decoder to say.

use std::time::Duration;

use crate::diagnosis::{Case, Finding, Findings, Severity, Step};
use crate::http::connection::Foreign;
use crate::http::part::{Anchor, Origin};
use crate::http::{self, Call, Connection, End, Half};
use crate::rules::RULES;
use crate::wire::{Decoder, Direction, Protocol, What};

/// Bodies, the commonest with a first byte first.
pub(super) static BODIES: &[&[u8]] = &[
    b"\n\x05Hello",
    b"AAAAAAcKBUhlbGxv",
    b"CgVIZWxsbw==",
    b"gAAAAA9ncnBjLXN0YXR1czowDQo=",
    b"\"AAAAAAcKBUhlbGxv\"",
    b"00000000070a0548656c6c6f",
    b"QUFBQUFBY0tCVWhsYkd4dg==",
    b"\x80\0\0\0\x0fgrpc-status:0\r\n",
    b"\x02\0\0\0\x02{}",
    b"\0\x07\0\0\0\n\x05Hello",
    b"\0\0\0\0\x0c\n\x05Hello",
    b"\0\0\0\0\x03\n\x05Hello",
    b"\0\0\0\0\x64\n\x05Hello",
    b"\0\0\0\x07\n\x05Hello",
    b"\0\x07\n\x05Hello",
    b"\0\0\0",
    b"\0\0\0\0\x07\n\x05Hello\n\n",
    b"Hello, world.",
    b"HTTP/1.1 200 OK\r\n",
    b"<html></html>",
    b"<HTML></HTML>",
    b"<!DOCTYPE html><html></html>",
    b"<!doctype html><html></html>",
    b"<head></head>",
    b"<body></body>",
    b"<a href=\"/\">Found</a>",
    b"\n<html></html>",
    b"\r\n<html></html>",
    b"<?xml version=\"1.0\"?><Error></Error>",
    b"<Error></Error>",
    b"<soap:Envelope></soap:Envelope>",
    b"{\"message\":\"\"}",
    b"{\"Message\":\"\"}",
    b"{\"error\":\"\"}",
    b"{\"statusCode\":500}",
    b"{\"code\":12}",
    b"{\"detail\":\"\"}",
    b"{\"title\":\"\"}",
    b"{\"type\":\"\"}",
    b"{\"timestamp\":\"\"}",
    b"{\"success\":false}",
    b"{\"msg\":\"\"}",
    b"{\"data\":{}}",
    b"{\"result\":{}}",
    b"{\"fault\":{}}",
    b"{\"__type\":\"\"}",
    b"{\n  \"error\": \"\"\n}",
    b"{\r\n  \"error\": \"\"\r\n}",
    b"[{\"code\":1}]",
    b"[\n  {}\n]",
    b"{ \"error\": \"\" }",
    b"Not Found",
    b"404 page not found",
    b"404 Not Found",
    b"404: Not Found",
    b"default backend - 404",
    b"Internal Server Error",
    b"Bad Gateway",
    b"502 Bad Gateway",
    b"Service Unavailable",
    b"503 Service Temporarily Unavailable",
    b"Gateway Timeout",
    b"504 Gateway Time-out",
    b"Unauthorized",
    b"Forbidden",
    b"403 Forbidden",
    b"Access denied",
    b"Method Not Allowed",
    b"Cannot POST /",
    b"Missing Authentication Token",
    b"Client sent an HTTP request to an HTTPS server.",
    b"error code: 521",
    b"upstream connect error or disconnect/reset before headers",
    b"no healthy upstream",
    b"RBAC: access denied",
    b"Jwt is missing",
    b"stream timeout",
    b"fault filter abort",
    b"grpc-status: 0\r\n",
    b"data: {}\n\n",
    b"undefined",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    b"\x15\x03\x03\0\x02\x02\x28",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    b"\xef\xbb\xbf{\"a\":1}",
    b"%PDF-1.4\n",
    b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff",
    b"\0\0\0\0\x07\n\x05H\xef\xbf\xbdllo",
    b"PK\x03\x04\x14\0\0\0",
];

/// What peers send in place of a SETTINGS frame.
pub(super) static OPENINGS: &[&[u8]] = &[
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"HTTP/1.0 400 Bad Request\r\n\r\n",
    b"\x15\x03\x01\0\x02\x02\x46",
    b"\x15\x03\x03\0\x02\x02\x28",
    b"\x15\x03\x03\0\x02\x02\x0a",
    b"SSH-2.0-OpenSSH_9.2",
    b"220 smtp.example ESMTP",
    b"-ERR wrong number of arguments",
    b"<html><head>",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST / HTTP/1.1\r\n",
];

/// What the rules on a body find in one, in their order.
pub(super) fn findings(body: &[u8]) -> Vec<Finding> {
    let connection = Connection::default();
    let call = Call {
        response: Half {
            body: http::Body {
                bytes: body.to_vec(),
                length: body.len() as u64,
                ended: true,
                ..http::Body::default()
            },
            end: Some(End::Headers(Origin {
                anchor: Anchor::None,
                at: Duration::ZERO,
                span: None,
                place: None,
            })),
            ..Half::default()
        },
        ..Call::default()
    };
    let case = Case::new(&connection, &call, None);
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| {
        matches!(rule.step, Step::Base64 | Step::LengthPrefix) && rule.severity == Severity::Error
    }) {
        let mut findings = Findings::new(rule);
        (rule.check)(&case, &mut findings);
        found.extend(findings.into_list());
    }
    found
}

/// What the peer's first bytes are; `None` where they may be HTTP/2.
pub(super) fn opening(bytes: &[u8]) -> Option<Foreign> {
    let mut decoder = Decoder::new(Direction::Received);
    let mut input = bytes;
    while decoder.next(&mut input, Duration::ZERO).is_some() {}
    let event = decoder.finish(Duration::ZERO)?;
    match event.what {
        What::Foreign { protocol, bytes } => Some(Foreign {
            protocol,
            bytes: bytes.to_vec(),
            span: event.span,
            at: event.at,
        }),
        _ => None,
    }
}

/// What a protocol is called.
pub(super) const fn describe(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http1Response => "an HTTP/1 response",
        Protocol::Http1Request => "an HTTP/1 request",
        Protocol::TlsAlert { .. } => "a TLS alert",
        Protocol::TlsRecord => "a TLS record",
        Protocol::Ssh => "an SSH server's greeting",
        Protocol::Greeting => "the greeting of a mail or file server",
        Protocol::Text => "text of another protocol",
        Protocol::Binary => "bytes of another protocol",
    }
}

/// The smallest body that a rule fires on, and what it finds there; `None` for rules on anything but the body.
#[must_use]
pub fn example(rule: &str) -> Option<(&'static [u8], Finding)> {
    BODIES.iter().find_map(|body| {
        let finding = findings(body)
            .into_iter()
            .find(|finding| finding.rule.name == rule)?;
        Some((*body, finding))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_on_the_body_have_examples() {
        let without: Vec<&str> = RULES
            .iter()
            .filter(|rule| matches!(rule.step, Step::Base64 | Step::LengthPrefix))
            .filter(|rule| rule.severity == Severity::Error && example(rule.name).is_none())
            .map(|rule| rule.name)
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn every_body_is_found_fault_with() {
        for body in BODIES {
            assert!(!findings(body).is_empty(), "{body:?}");
        }
        for bytes in OPENINGS {
            assert!(opening(bytes).is_some(), "{bytes:?}");
        }
    }
}
