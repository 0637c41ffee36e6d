//! The document of a report.

use super::connection::connection;
use super::document::{
    Cause, Citation, Client, Document, Evidence, Finding, GrpcStatus, Message, Request, Response,
    StatusDetail, Step, Target, Timing, Verdict,
};
pub(in crate::report) use super::frames::microseconds;
use super::frames::{direction, frame};
use crate::clients::ClientSays;
use crate::diagnosis::{self, Body, Judged, Seen, Shape};
use crate::http::Half;
use crate::report::Report;
use crate::report::redact::placeholder;
use crate::report::view::{View, hex};
use crate::rpc::envelope::PREFIX_LENGTH;
use crate::wire::{Direction, HeaderBlock};

/// Header fields as pairs, and the places of those that stand escaped.
type Pairs = (Vec<[String; 2]>, Vec<usize>);

pub(super) fn document(view: &View<'_>) -> Document {
    let report = view.report;
    let connection = connection(view);
    let frames = report.case.frames.iter();
    let findings = report.diagnosis.findings.iter().enumerate();
    Document {
        format: "grpc-probe.call/1",
        target: Target {
            url: view.text(report.target.url),
            protocol: "grpc",
            authority: view.text(report.target.authority),
            path: view.text(report.target.path),
            peer: connection.peer.clone(),
        },
        verdict: verdict(view),
        steps: report
            .diagnosis
            .steps
            .iter()
            .map(|judged| step(view, judged))
            .collect(),
        findings: findings
            .map(|(index, found)| {
                let clients = report.clients.get(index).map_or(&[][..], Vec::as_slice);
                finding(view, found, clients)
            })
            .collect(),
        connection,
        frames: frames.map(|record| frame(view, record)).collect(),
        request: request(view),
        response: response(view),
        timing: timing(report),
        notes: view.notes(),
    }
}

pub(in crate::report) fn timing(report: &Report<'_>) -> Timing {
    Timing {
        resolve_us: report.timing.resolve.map(microseconds),
        connect_us: report.timing.connect.map(microseconds),
        tls_us: report.timing.tls.map(microseconds),
        first_byte_us: report.timing.first_byte.map(microseconds),
        total_us: microseconds(report.timing.total),
    }
}

pub(in crate::report) fn verdict(view: &View<'_>) -> Verdict {
    let verdict = &view.report.diagnosis.verdict;
    Verdict {
        outcome: if verdict.step.is_some() {
            "fail"
        } else {
            "pass"
        },
        step: verdict.step.map(diagnosis::Step::name),
        rule: verdict.rule,
        summary: view.summary(),
        exit_code: verdict.exit_code,
    }
}

pub(in crate::report) fn step(view: &View<'_>, judged: &Judged) -> Step {
    Step {
        step: judged.step.name(),
        status: judged.status.name(),
        took_us: judged.took.map(microseconds),
        note: judged.note.as_deref().map(|note| view.text(note)),
    }
}

pub(in crate::report) fn finding(
    view: &View<'_>,
    finding: &diagnosis::Finding,
    clients: &[ClientSays],
) -> Finding {
    let citation = &finding.rule.citation;
    Finding {
        rule: finding.rule.name,
        step: finding.rule.step.name(),
        severity: finding.severity.name(),
        party: finding.party.name(),
        message: view.text(&finding.message),
        expected: finding
            .expected
            .as_deref()
            .map(|expected| view.text(expected)),
        citation: Citation {
            spec: citation.spec.title(),
            section: citation.section,
            quote: citation.quote,
            url: citation.spec.url(),
        },
        evidence: finding
            .evidence
            .iter()
            .map(|evidence| self::evidence(view, evidence))
            .collect(),
        causes: finding
            .causes
            .iter()
            .map(|cause| Cause {
                cause: view.advice(&cause.cause),
                fix: cause.fix.as_ref().map(|fix| view.advice(fix)),
                place: cause.place.as_ref().map(|place| view.advice(place)),
            })
            .collect(),
        clients: clients
            .iter()
            .map(|says| Client {
                client: says.client,
                status: says.status,
                message: view.text(&says.message),
                verified: says.verified,
            })
            .collect(),
    }
}

fn evidence(view: &View<'_>, evidence: &diagnosis::Evidence) -> Evidence {
    Evidence {
        frame: evidence.anchor.frame(),
        direction: direction(evidence.direction),
        offset: evidence.offset,
        length: evidence.length,
        hex: hex(&view.secrets.evidence(view.report, evidence)),
        reads_as: evidence
            .reads_as
            .as_deref()
            .map(|reading| view.text(reading)),
    }
}

fn request(view: &View<'_>) -> Request {
    let half = &view.report.case.call.request;
    let (headers, headers_escaped) = pairs(view, half.headers.as_ref().map(|block| &*block.fields));
    Request {
        headers,
        headers_escaped,
        messages: messages(view, view.report.request, half),
    }
}

pub(in crate::report) fn response(view: &View<'_>) -> Response {
    let case = view.report.case;
    let half = &case.call.response;
    let (headers, headers_escaped) = pairs(view, half.headers.as_ref().map(|block| &*block.fields));
    let (trailers, trailers_escaped) =
        pairs(view, half.trailers.as_ref().map(|block| &*block.fields));
    Response {
        http_status: case.http_status(),
        headers,
        headers_escaped,
        body_length: half.body.length,
        messages: messages(view, &case.body, half),
        trailers,
        trailers_escaped,
        grpc_status: case.code().map(|code| {
            let message = case.grpc_message().unwrap_or_default();
            let message = view.json_value(b"grpc-message", &message);
            GrpcStatus {
                code: code.0,
                name: code.name(),
                message: message.text,
                escaped: message.escaped,
                details: status_details(view),
            }
        }),
    }
}

fn status_details(view: &View<'_>) -> Vec<StatusDetail> {
    let Some(Ok(status)) = &view.report.case.status_details else {
        return Vec::new();
    };
    let details = status.details.iter().map(|detail| StatusDetail {
        type_name: view.text(&detail.type_name),
        text: view.text(&detail.text),
        json: detail
            .json
            .as_ref()
            .map(|json| without_secrets(view, json, false)),
    });
    details.collect()
}

fn pairs(view: &View<'_>, block: Option<&HeaderBlock>) -> Pairs {
    let mut pairs = Vec::new();
    let mut marked = Vec::new();
    for (index, field) in block.into_iter().flat_map(HeaderBlock::iter).enumerate() {
        let name = view.json_value(b"", field.name);
        let value = view.json_value(field.name, field.value);
        if name.escaped || value.escaped {
            marked.push(index);
        }
        pairs.push([name.text, value.text]);
    }
    (pairs, marked)
}

fn messages(view: &View<'_>, body: &Body<'_>, half: &Half) -> Vec<Message> {
    body.seen
        .iter()
        .map(|seen| message(view, body, half, seen))
        .collect()
}

fn message(view: &View<'_>, body: &Body<'_>, half: &Half, seen: &Seen) -> Message {
    let flag = match body.shape {
        Shape::Bare | Shape::WithoutFlag | Shape::VarintPrefix { flag: false, .. } => None,
        Shape::VarintPrefix { flag: true, .. } => body.bytes.first().copied(),
        _ => seen
            .start
            .checked_sub(PREFIX_LENGTH)
            .and_then(|at| body.bytes.get(at))
            .copied(),
    };
    let plain = seen.plain(body);
    // A message has no place of its own on the wire once it is decoded: secrets in it are found by value alone.
    let shown = plain.map(|plain| {
        view.secrets
            .first(Direction::Received, None, plain, view.options.hex)
    });
    let coding = half
        .header("grpc-encoding")
        .filter(|_| matches!(seen.decompressed, Some(Ok(_))));
    Message {
        flag,
        length: seen.length as u64,
        encoding: coding.map(|coding| view.json_value(b"grpc-encoding", coding).text),
        json: match &seen.decoded {
            Some(Ok(decoded)) => Some(without_secrets(view, &decoded.json, false)),
            _ => None,
        },
        fields: seen
            .raw_json(body)
            .map(|fields| without_secrets(view, &fields, false)),
        hex: shown.as_deref().map(hex),
        truncated: shown.as_ref().map(Vec::len) < plain.map(<[_]>::len),
    }
}

/// A value without secrets; nothing but its shape where it stands under the name of one.
fn without_secrets(view: &View<'_>, json: &serde_json::Value, secret: bool) -> serde_json::Value {
    use serde_json::Value;
    match json {
        Value::String(text) if secret && !text.is_empty() => Value::String(placeholder(text.len())),
        Value::String(text) => Value::String(view.secrets.text(text)),
        Value::Number(number) if secret => Value::String(placeholder(number.to_string().len())),
        Value::Array(values) => values
            .iter()
            .map(|value| without_secrets(view, value, secret))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let secret = secret || view.secrets.hides(name.as_bytes());
                (
                    view.secrets.text(name),
                    without_secrets(view, value, secret),
                )
            })
            .collect(),
        other => other.clone(),
    }
}
