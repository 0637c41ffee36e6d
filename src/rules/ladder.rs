//! The ladder: every step judged, from what the rules found and from what there is evidence of.

use std::time::Duration;

use super::RULES;
use crate::diagnosis::{
    Case, Diagnosis, Finding, Findings, Judged, Packed, Severity, Shape, Status, Step, Verdict,
    open_step,
};
use crate::http::connection::{Role, Shown};
use crate::http::tls::{Alpn, Security, TlsFailure};
use crate::http::{Dial, End};
use crate::rpc::Code;
use crate::wire::{Direction, Span};

/// The TLS alert by which a server refuses every protocol that was offered (RFC 7301, 3.2).
pub(super) const NO_APPLICATION_PROTOCOL: u8 = 120;

/// Runs every rule on a call and judges every step.
///
/// A step fails where a rule of it found an error. Otherwise it passes where there is evidence that it holds, is
/// skipped where it does not apply, and is unknown where there is no evidence.
#[must_use]
pub fn diagnose(case: &Case<'_>) -> Diagnosis {
    let mut findings: Vec<Finding> = Vec::new();
    for rules in RULES.chunk_by(|before, rule| before.step == rule.step) {
        let step = rules[0].step;
        // What the source does not show may be right or wrong. Frames and fields of other kinds are judged all the same.
        if step != Step::Response && case.unseen(step).is_some() {
            continue;
        }
        for rule in rules {
            let mut found = Findings::new(rule);
            (rule.check)(case, &mut found);
            findings.extend(found.into_list());
        }
    }
    too_late(case, &mut findings);
    findings.sort_by_key(|finding| (finding.rule.step, finding.severity));
    let steps: Vec<Judged> = Step::ALL
        .iter()
        .map(|step| judge(*step, case, &findings))
        .collect();
    let verdict = verdict(case, &steps, &findings);
    Diagnosis {
        steps,
        findings,
        verdict,
    }
}

/// Makes notes of the findings of the connection that are about bytes after the response's end: clients have the reply
/// by then, and whether such bytes are seen is a matter of time.
fn too_late(case: &Case<'_>, findings: &mut [Finding]) {
    let Some(End::Headers(origin) | End::Data(origin)) = case.call.response.end else {
        return;
    };
    let Some(end) = origin.span.map(Span::end) else {
        return;
    };
    let late = findings.iter_mut().filter(|finding| {
        let evidence = finding.evidence.first();
        let after =
            evidence.is_some_and(|it| it.direction == Direction::Received && it.offset >= end);
        after && finding.rule.step <= Step::Response && finding.severity < Severity::Note
    });
    for finding in late {
        finding.severity = Severity::Note;
        finding.message.push_str(" (after the response had ended)");
    }
}

/// The diagnosis of an exchange that is none of gRPC: no step applies to it.
#[must_use]
pub fn not_judged() -> Diagnosis {
    Diagnosis {
        steps: Vec::new(),
        findings: Vec::new(),
        verdict: Verdict::passed("not judged: this is no gRPC over HTTP/2".to_owned()),
    }
}

fn judge(step: Step, case: &Case<'_>, findings: &[Finding]) -> Judged {
    let failed = findings
        .iter()
        .find(|finding| finding.rule.step == step && finding.severity == Severity::Error);
    let took = took(step, case);
    if let Some(finding) = failed {
        return Judged {
            step,
            status: Status::Fail,
            took,
            note: Some(finding.message.clone()),
        };
    }
    let (status, note) = match refused(step, case, findings) {
        Some(words) => {
            let note = format!("the h2 crate, and tonic with it, refuses this response: {words}");
            (Status::Unknown, Some(note))
        }
        None => {
            let (status, note) = evidence(step, case);
            (status, note.map(str::to_owned))
        }
    };
    Judged {
        step,
        status,
        took,
        note,
    }
}

/// The words of a strict client that refuses a response in which no rule finds a fault: it fails here, and that is no
/// pass.
fn refused<'a>(step: Step, case: &'a Case<'_>, findings: &[Finding]) -> Option<&'a str> {
    let witness = case.connection.witness.as_ref()?;
    let applies = step == Step::Response && witness.refused && case.unseen(step).is_none();
    (applies && !has_error(findings)).then_some(&witness.words)
}

fn has_error(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
}

type Evidence = (Status, Option<&'static str>);

const PASS: Evidence = (Status::Pass, None);
const UNKNOWN: Evidence = (Status::Unknown, None);

const fn pass_if(holds: bool) -> Evidence {
    if holds { PASS } else { UNKNOWN }
}

const fn skipped(why: &'static str) -> Evidence {
    (Status::Skipped, Some(why))
}

/// What there is evidence of at a step that no error was found at.
fn evidence(step: Step, case: &Case<'_>) -> Evidence {
    if let Some(why) = case.unseen(step) {
        return (Status::Unknown, Some(why));
    }
    if step >= Step::Preface && case.is_sealed() {
        return (Status::Unknown, Some("within TLS, and not decrypted"));
    }
    match step {
        Step::Resolve | Step::Connect | Step::Tls | Step::Alpn => match case.reach() {
            Some(dial) => dialled(step, dial, case),
            None => captured(step, case),
        },
        Step::Preface => pass_if(case.speaks_http2()),
        Step::Response => pass_if(case.response_headers().is_some()),
        // What a broken block does not show may still have stood in it.
        Step::ContentType if case.call.response.header("content-type").is_none() => UNKNOWN,
        Step::HttpStatus | Step::ContentType => pass_if(case.response_headers().is_some()),
        Step::Base64 | Step::LengthPrefix | Step::Compression | Step::Message => {
            of_body(step, case)
        }
        Step::Trailers => trailers(case),
        Step::GrpcStatus => grpc_status(case),
    }
}

fn dialled(step: Step, dial: &Dial, case: &Case<'_>) -> Evidence {
    match step {
        Step::Resolve if dial.resolve.is_none() => skipped("an address was given"),
        Step::Resolve => PASS,
        Step::Connect => pass_if(dial.peer.is_some()),
        _ if dial.peer.is_none() => UNKNOWN,
        _ => match (case.tls(), step) {
            (None, _) => skipped("plaintext"),
            (Some(tls), Step::Tls) => match tls.failure {
                Some(TlsFailure::Alert {
                    description: NO_APPLICATION_PROTOCOL,
                    ..
                }) => (Status::Unknown, Some("the handshake stopped at ALPN")),
                Some(_) => UNKNOWN,
                None => pass_if(tls.faults().is_empty()),
            },
            _ if super::alpn_missing::worked_all_the_same(case) => (
                Status::Pass,
                Some("nothing was selected, and the server speaks HTTP/2 all the same"),
            ),
            (Some(tls), _) => pass_if(tls.failure.is_none() && tls.alpn.selected() == Some("h2")),
        },
    }
}

fn captured(step: Step, case: &Case<'_>) -> Evidence {
    const NOT_THERE: Evidence = (Status::Unknown, Some("not in a capture"));
    let asked = case.call.request.headers.is_some();
    let tls = match (step, &case.connection.security) {
        (Step::Resolve, _) => return NOT_THERE,
        // An archive or a body shows no connection.
        (Step::Connect, _) => return pass_if(case.connection.shown != Shown::Messages || asked),
        (_, Security::Plaintext) => return skipped("plaintext"),
        (_, Security::Unknown) => return NOT_THERE,
        (_, Security::Tls(tls)) => tls,
    };
    match step {
        Step::Tls if tls.failure.is_some() => UNKNOWN,
        Step::Tls if tls.complete => (
            Status::Pass,
            Some("a capture does not tell whether the certificate is trusted"),
        ),
        Step::Tls => (Status::Unknown, Some("the handshake is not captured whole")),
        _ if super::alpn_missing::worked_all_the_same(case) => (
            Status::Pass,
            Some("nothing was selected, and the server speaks HTTP/2 all the same"),
        ),
        _ if tls.alpn == Alpn::Unseen => {
            (Status::Unknown, Some("the server's answer is encrypted"))
        }
        _ => pass_if(tls.alpn.selected() == Some("h2")),
    }
}

fn of_body(step: Step, case: &Case<'_>) -> Evidence {
    let body = &case.body;
    if case.response_headers().is_none() && !case.call.response.unseen.headers {
        return UNKNOWN;
    }
    if body.shape == Shape::Empty {
        return match (case.ended(), case.code()) {
            (true, Some(code)) if code != Code::OK => skipped("an error has no message"),
            (true, _) if step != Step::Message => skipped("no body"),
            _ => UNKNOWN,
        };
    }
    match step {
        Step::Base64 if body.packed == Packed::Opaque => UNKNOWN,
        Step::Compression | Step::Message if !body.whole && body.shape == Shape::Framed => {
            of_large_message(step, case)
        }
        Step::Base64 => PASS,
        Step::LengthPrefix => pass_if(body.shape == Shape::Framed),
        Step::Compression => match () {
            () if body.seen.is_empty() => UNKNOWN,
            () if body.shape == Shape::Framed || body.seen.iter().any(|seen| seen.compressed) => {
                pass_if(body.seen.iter().all(|seen| seen.plain(body).is_some()))
            }
            // Without a flag octet nothing says whether the message is compressed.
            () => UNKNOWN,
        },
        _ => match body.seen.first() {
            Some(seen) if seen.plain(body).is_some() => seen_as(case),
            _ => UNKNOWN,
        },
    }
}

/// A message that is too large to keep: its flag says whether it is compressed, and it is not read. Clients refuse it
/// unless they are told to take more, which a warning says.
fn of_large_message(step: Step, case: &Case<'_>) -> Evidence {
    match (step, case.body.prefix_read()) {
        (Step::Compression, Some((0, _))) => PASS,
        (Step::Compression, _) => (Status::Unknown, Some("the message is too large to keep")),
        _ => skipped("the message is too large to keep"),
    }
}

/// A pass of `message`, with how the message was seen where a client would not have seen it.
fn seen_as(case: &Case<'_>) -> Evidence {
    let how = match (case.body.is_encoded(), case.body.shape) {
        (false, Shape::Framed) if case.body.packed == Packed::No => None,
        (false, Shape::Framed) => Some("seen once the body is decompressed"),
        (true, Shape::Framed) => Some("seen once the text is decoded"),
        (true, _) => Some("seen once decoded, and past its prefix"),
        (false, Shape::Bare) => Some("seen without its prefix"),
        (false, Shape::Mangled(_)) => Some("seen once its bytes are mended"),
        (false, _) => Some("seen past its prefix"),
    };
    (Status::Pass, how)
}

fn trailers(case: &Case<'_>) -> Evidence {
    if case.grpc_status().is_none() {
        return UNKNOWN;
    }
    if case.call.response.is_trailers_only() {
        return (
            Status::Pass,
            Some("Trailers-Only: not proven that trailers after a message get through"),
        );
    }
    PASS
}

fn grpc_status(case: &Case<'_>) -> Evidence {
    if case.grpc_status().is_some() {
        return PASS;
    }
    let in_headers = case
        .call
        .response
        .header("grpc-status")
        .and_then(Code::parse);
    match in_headers {
        Some(Code::OK) => (
            Status::Pass,
            Some("seen in the initial headers, where clients do not look for it"),
        ),
        _ => UNKNOWN,
    }
}

fn took(step: Step, case: &Case<'_>) -> Option<Duration> {
    let dial = case.reach()?;
    match step {
        Step::Resolve => Some(dial.resolve.as_ref()?.took),
        Step::Connect => dial.connect_took,
        Step::Tls => Some(case.tls()?.took),
        _ => None,
    }
}

fn verdict(case: &Case<'_>, steps: &[Judged], findings: &[Finding]) -> Verdict {
    let failing = steps
        .iter()
        .filter(|judged| judged.status == Status::Fail)
        .map(|judged| judged.step);
    let failing: Vec<Step> = failing.collect();
    Verdict::failed(case, &failing, findings).unwrap_or_else(|| passed(case, steps))
}

/// The verdict where no rule found an error. A live call has to get to the end of the ladder to pass; in a capture a
/// step may be out of sight.
fn passed(case: &Case<'_>, steps: &[Judged]) -> Verdict {
    let open = steps.iter().find(|judged| judged.status == Status::Unknown);
    match open {
        Some(judged) if case.vantage.role == Role::Caller => Verdict::open(case, judged),
        Some(_) => Verdict::passed(captured_summary(case, steps)),
        None => Verdict::passed(Verdict::works(case).to_owned()),
    }
}

/// The verdict on a call of a capture that no rule found an error in.
fn captured_summary(case: &Case<'_>, steps: &[Judged]) -> String {
    if let Some(tls) = case.tls().filter(|_| case.is_sealed()) {
        let why = tls.not_decrypted.as_deref();
        let why = why.unwrap_or("it was not decrypted");
        return format!("what is inside TLS is not known: {why}");
    }
    match open_step(steps) {
        None => "no step that a capture shows fails: the call works".to_owned(),
        Some(Judged { step, note, .. }) => {
            let why = note
                .as_ref()
                .map_or_else(String::new, |note| format!(": {note}"));
            format!("no step that was seen fails, and {step} is unknown{why}")
        }
    }
}
