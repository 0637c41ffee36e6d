//! The shape of an exchange: what of it should be the same in the next run.
//!
//! What differs from call to call is left out: values of headers, sizes, times, how a body is cut into frames, frames
//! that belong to the connection, and who issued a certificate, for authorities issue by several in turn.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expectations, conclude, rules};
use crate::diagnosis::{Case, Diagnosis, Finding, Findings, Party, Severity, Status, Step, text};
use crate::http::Block;
use crate::rpc::Code;
use crate::wire::{Direction, Flags, FrameType};

/// The shape of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Every step with what became of it.
    pub steps: BTreeMap<String, String>,
    /// `:status`.
    pub http_status: Option<String>,
    /// `content-type`.
    pub content_type: Option<String>,
    /// The status that the call ended with.
    pub grpc_status: Option<String>,
    /// The names of the headers.
    pub headers: BTreeSet<String>,
    /// The names of the trailers.
    pub trailers: BTreeSet<String>,
    /// The frames of the response; DATA once, however often it comes.
    pub frames: Vec<String>,
    /// Facts of TLS; null on a plaintext connection.
    pub tls: Option<Tls>,
}

/// Facts of TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The version.
    pub version: Option<String>,
    /// The cipher suite.
    pub cipher: Option<String>,
    /// The protocol that the server selected.
    pub alpn: Option<String>,
    /// The public key of the certificate: algorithm and size.
    pub key: Option<String>,
}

impl Shape {
    /// The shape of a call, as judged.
    #[must_use]
    pub fn of(case: &Case<'_>, diagnosis: &Diagnosis) -> Self {
        let response = &case.call.response;
        let header = |name| response.header(name).map(text);
        let steps = diagnosis.steps.iter();
        let tls = case.connection.own_tls();
        Self {
            steps: steps
                .map(|judged| {
                    (
                        judged.step.name().to_owned(),
                        judged.status.name().to_owned(),
                    )
                })
                .collect(),
            http_status: header(":status"),
            content_type: header("content-type"),
            grpc_status: case.code().as_ref().map(Code::to_string),
            headers: names(response.headers.as_ref()),
            trailers: names(response.trailers.as_ref()),
            frames: frames(case),
            tls: tls.map(|tls| Tls {
                version: tls.version.clone(),
                cipher: tls.cipher.clone(),
                alpn: tls.alpn.selected().map(str::to_owned),
                key: tls.chain.first().map(|certificate| certificate.key.clone()),
            }),
        }
    }

    /// The same with every text changed.
    fn with_texts(mut self, change: &dyn Fn(&str) -> String) -> Self {
        let tls = self.tls.as_mut().map(|tls| {
            [
                &mut tls.version,
                &mut tls.cipher,
                &mut tls.alpn,
                &mut tls.key,
            ]
        });
        let texts = [
            &mut self.http_status,
            &mut self.content_type,
            &mut self.grpc_status,
        ];
        let texts = texts.into_iter().chain(tls.into_iter().flatten());
        for text in texts.flatten() {
            *text = change(text);
        }
        for names in [&mut self.headers, &mut self.trailers] {
            *names = names.iter().map(|name| change(name)).collect();
        }
        self
    }

    /// A finding for each difference from the shape that was recorded, but for the headers and trailers that are ignored.
    /// That a step passes which did not is a note, and so is what comes of that alone: another status where the status is
    /// right by now, other frames and trailers, but no other header where the headers passed before.
    fn differences(&self, recorded: &Self, expected: &Expectations) -> Vec<Finding> {
        let limit = expected.limit();
        let status = |shape: &Self, step: Step| shape.steps.get(step.name()).cloned();
        let better = |step: &Step| {
            let (was, is) = (status(recorded, *step), status(self, *step));
            is.as_deref() == Some(Status::Pass.name())
                && is != was
                && was.as_deref() != Some(Status::Skipped.name())
        };
        let mended = Step::ALL.into_iter().find(better);
        let mut found = Differences {
            limit,
            mended,
            list: Vec::new(),
        };
        for step in Step::ALL {
            let (was, is) = (status(recorded, step), status(self, step));
            let severity = if better(&step) || step > limit {
                Severity::Note
            } else {
                Severity::Error
            };
            found.value(step, severity, step.name(), was.as_ref(), is.as_ref());
        }
        let mut value = |step, what: &str, was: &Option<String>, is: &Option<String>| {
            // Whatever step passes by now, it may take other frames.
            let last = if step == Step::Response {
                Step::GrpcStatus
            } else {
                step
            };
            let severity = found.severity(step, last);
            found.value(step, severity, what, was.as_ref(), is.as_ref());
        };
        value(
            Step::HttpStatus,
            ":status",
            &recorded.http_status,
            &self.http_status,
        );
        value(
            Step::ContentType,
            "content-type",
            &recorded.content_type,
            &self.content_type,
        );
        value(
            Step::GrpcStatus,
            "grpc-status",
            &recorded.grpc_status,
            &self.grpc_status,
        );
        let listed = |frames: &[String]| (!frames.is_empty()).then(|| frames.join(", "));
        let (was, is) = (listed(&recorded.frames), listed(&self.frames));
        value(Step::Response, "the frames of the response", &was, &is);
        let facts = |shape: &Self| {
            let tls = shape.tls.clone();
            tls.map_or([None, None, None, None], |tls| {
                [tls.version, tls.cipher, tls.alpn, tls.key]
            })
        };
        let named = [
            (Step::Tls, "the TLS version"),
            (Step::Tls, "the cipher suite"),
            (Step::Alpn, "the protocol by ALPN"),
            (Step::Tls, "the certificate's key"),
        ];
        for ((step, what), (was, is)) in named
            .into_iter()
            .zip(facts(recorded).iter().zip(&facts(self)))
        {
            value(step, what, was, is);
        }
        let compared = |names: &BTreeSet<String>| -> BTreeSet<String> {
            let ignored = &expected.baseline_ignored;
            names
                .iter()
                .filter(|name| !ignored.contains(name))
                .cloned()
                .collect()
        };
        let (was, is) = (compared(&recorded.headers), compared(&self.headers));
        let severity = found.severity(Step::Response, Step::HttpStatus);
        found.names(Step::Response, severity, "header", &was, &is);
        let (was, is) = (compared(&recorded.trailers), compared(&self.trailers));
        let severity = found.severity(Step::Trailers, Step::GrpcStatus);
        found.names(Step::Trailers, severity, "trailer", &was, &is);
        found.list
    }
}

/// Compares a call, as judged, with the shape that was recorded of an earlier one, and adds each difference to its
/// diagnosis. Returns the shape of the call. Its texts are what `hide` makes of them, and hold no secrets then.
pub fn compare(
    case: &Case<'_>,
    diagnosis: &mut Diagnosis,
    recorded: Option<&Shape>,
    expected: &Expectations,
    hide: &dyn Fn(&str) -> String,
) -> Shape {
    let shape = Shape::of(case, diagnosis).with_texts(hide);
    if let Some(recorded) = recorded {
        let differences = shape.differences(recorded, expected);
        conclude(case, diagnosis, differences, expected);
    }
    shape
}

struct Differences {
    /// The last step that has to hold.
    limit: Step,
    /// The first step that passes by now, and did not.
    mended: Option<Step>,
    list: Vec<Finding>,
}

impl Differences {
    /// How bad a difference is that is about this step, and that any step up to `last` may bring when it passes by now.
    fn severity(&self, step: Step, last: Step) -> Severity {
        if step > self.limit || self.mended.is_some_and(|mended| mended <= last) {
            Severity::Note
        } else {
            Severity::Error
        }
    }

    fn add(&mut self, step: Step, severity: Severity, message: String, was: String) {
        let mut findings = Findings::new(rules::baseline_difference(step));
        let finding = findings.add(Party::Server, message);
        finding.severity = severity;
        finding.expected(was);
        self.list.extend(findings.into_list());
    }

    fn value(
        &mut self,
        step: Step,
        severity: Severity,
        what: &str,
        was: Option<&String>,
        is: Option<&String>,
    ) {
        if was == is {
            return;
        }
        let shown = |value: Option<&String>| value.map_or("absent", String::as_str).to_owned();
        let (was, is) = (shown(was), shown(is));
        let verb = if what.ends_with("response") {
            ("were", "are")
        } else {
            ("was", "is")
        };
        let message = format!("{what} {} {was}, {} {is}", verb.0, verb.1);
        self.add(step, severity, message, was);
    }

    fn names(
        &mut self,
        step: Step,
        severity: Severity,
        what: &str,
        was: &BTreeSet<String>,
        is: &BTreeSet<String>,
    ) {
        for gone in was.difference(is) {
            let message = format!("the {what} {gone} was there, is gone");
            self.add(step, severity, message, gone.clone());
        }
        for new in is.difference(was) {
            let message = format!("the {what} {new} was not there, is now");
            self.add(step, severity, message, format!("no {new}"));
        }
    }
}

fn names(block: Option<&Block>) -> BTreeSet<String> {
    let fields = block.into_iter().flat_map(|block| block.fields.iter());
    fields
        .filter(|field| !field.name.starts_with(b":"))
        .map(|field| text(field.name))
        .collect()
}

fn frames(case: &Case<'_>) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let received = case.frames.iter();
    let ours = received.filter(|record| {
        record.direction == Direction::Received && record.header.stream == case.call.stream
    });
    for record in ours {
        let header = record.header;
        let kind = header.kind;
        if !matches!(
            kind,
            FrameType::HEADERS | FrameType::DATA | FrameType::RST_STREAM
        ) {
            continue;
        }
        // A body may end with its last bytes or by an empty frame, as it happens to be written.
        if kind == FrameType::DATA && frames.last().is_some_and(|last| last == "DATA") {
            frames.pop();
        }
        let ends = kind != FrameType::RST_STREAM && header.flags.has(Flags::END_STREAM);
        let name = kind.name().unwrap_or_default();
        frames.push(if ends {
            format!("{name} END_STREAM")
        } else {
            name.to_owned()
        });
        // What comes after the end is a matter of time.
        if ends {
            break;
        }
    }
    frames
}
