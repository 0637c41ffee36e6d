//! The server ends the connection with its first frames, and answers on it all the same.

use super::shared::all_seen;
use crate::diagnosis::{
    Case, Citation, Evidence, Findings, Party, Rule, Severity, Spec, Step, quoted,
};
use crate::wire::Direction;

pub(super) static RULE: Rule = Rule {
    name: "early-goaway",
    step: Step::Response,
    severity: Severity::Warning,
    summary: "GOAWAY comes with the server's first frames",
    citation: Citation {
        spec: Spec::Http2,
        section: "6.8. GOAWAY",
        quote: "Receivers of a GOAWAY frame MUST NOT open additional streams on the connection, although a new connection can be established for new streams.",
    },
    explain: "\
A server that shuts down says so by GOAWAY, and goes on with the calls that it has. Here it came before the
server had acknowledged our SETTINGS: the connection was at its end from the start. A call that was sent with
the preface is answered; gRPC clients wait for the server's SETTINGS before they send one, have GOAWAY by
then, and connect anew, to the same server as long as the name leads there.

Mostly it is an instance that is going away and still accepts connections: it has to close its listener
first, or the load balancer has to stop sending connections to it.
",
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(headers) = case.call.response.headers.as_ref() else {
        return;
    };
    let Some(goaway) = case.connection.goaways.first() else {
        return;
    };
    // What is not seen of a capture may have been there.
    if !case.vantage.from_start || !all_seen(case, Direction::Received) {
        return;
    }
    let mut acknowledgements = case.frames.iter().filter(|frame| {
        frame.direction == Direction::Received && frame.is_settings_acknowledgement()
    });
    let late = acknowledgements
        .next()
        .is_some_and(|frame| frame.index < goaway.frame);
    let before = |index| index < goaway.frame;
    if late
        || headers.origin.anchor.frame().is_some_and(before)
        || goaway.last_stream < case.call.stream
    {
        return;
    }
    let text = if goaway.debug.is_empty() {
        String::new()
    } else {
        format!(", {}", quoted(&goaway.debug, 120))
    };
    findings
        .add(
            Party::Server,
            format!(
                "GOAWAY ({}{text}) came with the server's first frames: clients that wait for its SETTINGS send no call",
                goaway.code
            ),
        )
        .expected("GOAWAY at the end of a connection")
        .evidence(Evidence::frame(case.frames, goaway.frame))
        .cause(
            "the instance is shutting down, and still accepts connections",
            "close the listener before the connections, or take the instance out of the load balancer first",
        );
}
