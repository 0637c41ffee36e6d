//! The request has no te: trailers.

use crate::diagnosis::{Case, Citation, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "missing-te",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "the request was sent without te: trailers",
    citation: Citation {
        spec: Spec::GrpcOverHttp2,
        section: "Requests",
        quote: "TE → \"te\" \"trailers\" # Used to detect incompatible proxies",
    },
    explain: "\
`te: trailers` tells every hop that the client takes trailers, and servers use it to notice proxies that
do not. Servers on C-core reset a stream without it (INTERNAL_ERROR), and some proxies send trailers only
to who asks for them. Here it was left out, or taken out with -H 'te: @unset', so that what fails may
fail for that.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let request = case.call.request.headers.as_ref();
    let Some(block) = request.filter(|block| block.fields.is_known()) else {
        return;
    };
    let trailers = |value: &[u8]| {
        value
            .split(|byte| *byte == b',')
            .any(|part| part.trim_ascii().eq_ignore_ascii_case(b"trailers"))
    };
    if block.fields.all("te").any(trailers) {
        return;
    }
    findings
        .add(Party::Client, RULE.summary)
        .expected("te: trailers")
        .cause(
            "the request was built without it, or it was taken out",
            "send te: trailers, as every gRPC client does",
        );
}
