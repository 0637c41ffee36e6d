//! The grpc-message is not percent-encoded as it should be.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted};
use crate::rpc::metadata;

pub(super) static RULE: Rule = Rule {
    name: "malformed-grpc-message",
    step: Step::GrpcStatus,
    severity: Severity::Warning,
    summary: "grpc-message is not encoded right",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "Percent-Byte-Unencoded → 1*( %x20-%x24 / %x26-%x7E ) ; space and VCHAR, except %",
    },
    explain: "\
`grpc-message` is UTF-8, in which every byte outside of printable ASCII, and `%` itself, is written as
`%` and two hex digits. Clients must not fail on a value that is not, and show it in part, raw or with
replacement characters; HTTP/2 libraries may refuse bytes that no field may have.

Something writes the field by hand: encode it, or leave it to the gRPC library.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(value) = case
        .closing_block()
        .and_then(|block| block.fields.get("grpc-message"))
    else {
        return;
    };
    let what = if let Some(at) = metadata::broken_percent(value) {
        format!(
            "a percent sign without two hex digits behind it, at byte {at}: {}",
            quoted(&value[at..], 12)
        )
    } else if let Some(at) = value.iter().position(|byte| !matches!(byte, 0x20..=0x7e)) {
        format!(
            "a byte that has to be encoded: {:02x}, at byte {at}",
            value[at]
        )
    } else if std::str::from_utf8(&metadata::decode_message(value)).is_err() {
        "what is encoded is no UTF-8".to_owned()
    } else {
        return;
    };
    findings
        .add(Party::Server, format!("grpc-message has {what}"))
        .expected("UTF-8, percent-encoded")
        .evidence(super::shared::closing_evidence(case, "grpc-message"))
        .cause(
            "the field is written by hand",
            "percent-encode its UTF-8: every byte outside of 20 to 7e, and 25",
        );
}
