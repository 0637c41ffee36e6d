//! grpc-status is not a number.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step, quoted, text};

pub(super) static RULE: Rule = Rule {
    name: "malformed-status",
    step: Step::GrpcStatus,
    severity: Severity::Error,
    summary: "grpc-status is not one decimal number",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Responses",
        quote: "The value portion of Status is a decimal-encoded integer as an ASCII string, without any leading zeros.",
    },
    explain: "\
`grpc-status` has a value that is not a decimal integer: a name (\"OK\", \"INTERNAL\"), an empty value,
leading zeros, a sign, or it stands there twice. Clients report UNKNOWN or INTERNAL, whatever it was meant
to say.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(value), Some(block)) = (case.grpc_status(), case.closing_block()) else {
        return;
    };
    let values: Vec<String> = block.fields.all("grpc-status").map(text).collect();
    let (message, cause, fix) = if values.len() > 1 {
        (
            format!(
                "grpc-status stands there {} times: {}",
                values.len(),
                values.join(", ")
            ),
            "the application and something around it (a middleware, a proxy) both write it",
            "write it once: clients differ on which one counts",
        )
    } else if case.code().is_none() {
        (
            format!("grpc-status is {}, not a decimal number", quoted(value, 40)),
            "the application writes the code's name, or formats it",
            "write the code as a plain decimal number",
        )
    } else {
        return;
    };
    findings
        .add(Party::Server, message)
        .expected("one number from 0 to 16")
        .evidence(super::shared::closing_evidence(case, "grpc-status"))
        .cause(cause, fix);
}
