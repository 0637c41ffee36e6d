//! A service with a package is called where API Gateway expects a stage.

use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};

pub(super) static RULE: Rule = Rule {
    name: "package-behind-stage",
    step: Step::HttpStatus,
    severity: Severity::Warning,
    summary: "a service with a package stands where API Gateway expects a stage",
    citation: Citation {
        spec: Spec::Practice,
        section: "Amazon API Gateway, stage names",
        quote: "Stage names can only contain alphanumeric characters, hyphens, and underscores.",
    },
    explain: "\
The first segment of a path at an execute-api host is the stage, and a stage's name has no dot. A path
that begins with `package.Service` therefore matches none, and the answer is 403
{\"message\":\"Forbidden\"}, whatever the credentials. gRPC clients cannot put a prefix before the path.

Map the stage to the root of a domain of your own, or name the service without a package, as its stage.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(block) = case.call.request.headers.as_ref() else {
        return;
    };
    let (Some(authority), Some(path)) = (block.fields.get(":authority"), block.fields.get(":path"))
    else {
        return;
    };
    let first = path
        .strip_prefix(b"/")
        .and_then(|path| path.split(|byte| *byte == b'/').next())
        .unwrap_or_default();
    // The $default stage of an HTTP API has no segment, and says 404 where it knows no route.
    let unknown_stage = case.http_status().is_none_or(|status| status == 403);
    if !unknown_stage || !is_execute_api(authority) || !first.contains(&b'.') {
        return;
    }
    findings
        .add(
            Party::Client,
            format!(
                "{} stands where API Gateway expects the name of a stage, which has no dot",
                quoted(first, 80)
            ),
        )
        .expected("/STAGE/package.Service/Method, or a domain that maps to the stage")
        .evidence(Evidence::field(case.frames, block.origin.anchor, ":path"))
        .cause(
            "the path begins with a package, and the host is API Gateway's own",
            "call a domain of your own: `aws apigateway create-base-path-mapping --domain-name NAME --rest-api-id ID --stage STAGE`; with this tool, put the stage before the service",
        );
}

/// Whether a host is one that API Gateway gives to an API: `ID.execute-api.REGION.amazonaws.com`.
fn is_execute_api(authority: &[u8]) -> bool {
    let host = authority
        .split(|byte| *byte == b':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut labels = host.split(|byte| *byte == b'.');
    let second = labels
        .nth(1)
        .is_some_and(|label| label.starts_with(b"execute-api"));
    second && labels.any(|label| label == b"amazonaws")
}
