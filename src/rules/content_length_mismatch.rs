//! The content-length is not the length of the content.

use crate::diagnosis::quoted;
use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "content-length-mismatch",
    step: Step::Response,
    severity: Severity::Error,
    summary: "the content-length is not that of the body",
    citation: Citation {
        spec: Spec::Http2,
        section: "8.1.1. Malformed Messages",
        quote: "A request or response is also malformed if the value of a content-length header field does not equal the sum of the DATA frame payload lengths that form the content, unless the message is defined as having no content.",
    },
    explain: "\
gRPC responses need no content-length. Where one is sent it has to be the number of bytes in the DATA
frames, and here it is not, which makes the response malformed: strict clients reset the stream with
PROTOCOL_ERROR, others do not look.

The length was mostly computed before the body was changed: before base64 was decoded, the prefix added, or
the body compressed on the way. Leave the field out.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let counted = case.ended() && !case.call.response.unseen.body;
    let Some(headers) = case.response_headers().filter(|_| counted) else {
        return;
    };
    if matches!(case.http_status(), Some(204 | 304)) {
        return;
    }
    let length = case.call.response.body.length;
    let wrong = headers.fields.all("content-length").find(|value| {
        std::str::from_utf8(value)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse::<u64>().ok())
            != Some(length)
    });
    let Some(value) = wrong else {
        return;
    };
    findings
        .add(
            Party::Gateway,
            format!(
                "content-length is {}, and the body has {length} bytes",
                quoted(value, 24)
            ),
        )
        .expected(format!("content-length: {length}, or none"))
        .evidence(Evidence::field(
            case.frames,
            headers.origin.anchor,
            "content-length",
        ))
        .cause(
            "the length was computed before the body was encoded, decoded or compressed",
            "leave content-length out of gRPC responses",
        );
}
