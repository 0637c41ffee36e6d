//! A compressed message is several gzip members.

use crate::diagnosis::{Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step};

pub(super) static RULE: Rule = Rule {
    name: "several-gzip-members",
    step: Step::Compression,
    severity: Severity::Warning,
    summary: "the compressed message is several gzip members",
    citation: Citation {
        spec: Spec::Practice,
        section: "gzip members",
        quote: "C-core reads one gzip member: \"Decompression failed due to not all input consumed\".",
    },
    explain: "\
Data in the gzip format may consist of several members, one after the other (RFC 1952, 2.2), and whoever
decompresses it puts what they hold together. C-core (Python, C++, Ruby, PHP; measured with grpcio 1.85)
reads the first member alone and ends the call with INTERNAL, also where the others are empty. grpc-js reads
them all.

The server compressed a message in pieces, or ended its gzip stream more than once. Compress each message as
one member.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let several = case.body.seen.iter().find_map(|seen| {
        let decompressed = seen.decompressed.as_ref()?.as_ref().ok()?;
        decompressed.several_members.then_some(seen)
    });
    let Some(seen) = several else {
        return;
    };
    let finding = findings.add(Party::Server, format!("{}: C-core reads one", RULE.summary));
    finding.expected("one gzip member");
    if case.body.is_as_it_came() {
        finding.evidence(Evidence::body(
            &case.call.response.body,
            seen.start,
            seen.length.min(16),
        ));
    }
    finding.cause(
        "the server compresses a message in pieces",
        "compress each message as one gzip member",
    );
}
