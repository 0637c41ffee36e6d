//! Conversations put together from what differs between gateways.

use std::time::Duration;

use grpc_probe::diagnosis::{Case, Diagnosis};
use grpc_probe::gateways::{Confidence, Identified, advise, identify};
use grpc_probe::http::{Assembler, Call, Closing, Connection};
use grpc_probe::rules::diagnose;
use grpc_probe::wire::Direction::{Received, Sent};

use super::support::frames::{self, Block, Frame};

/// What nginx and stages of API Gateway open a connection with.
pub(crate) const NGINX: &[(u16, u32)] = &[(3, 128), (4, 65_536), (5, 16_777_215)];
pub(crate) const ENVOY: &[(u16, u32)] = &[(1, 4096), (8, 0), (3, 1024), (4, 16_777_216)];
pub(crate) const HAPROXY: &[(u16, u32)] = &[(8, 1), (3, 100)];
pub(crate) const CADDY: &[(u16, u32)] = &[
    (5, 1_048_576),
    (3, 250),
    (6, 16_704),
    (1, 4096),
    (4, 1_048_576),
    (9, 1),
];
pub(crate) const TRAEFIK: &[(u16, u32)] = &[
    (5, 1_048_576),
    (3, 250),
    (6, 1_048_896),
    (1, 4096),
    (4, 1_048_576),
];
pub(crate) const FRAMED: &[u8] = b"\0\0\0\0\x0f\x0a\x0dHello, world.";
pub(crate) const BASE64: &[u8] = b"AAAAAA8KDUhlbGxvLCB3b3JsZC4=";
pub(crate) const STAGE: &str = "/Prod/hello.HelloService/Hello";
pub(crate) const BARE: &str = "/hello.HelloService/Hello";

/// A conversation, put together from what differs between gateways.
#[derive(Clone)]
pub(crate) struct Talk<'a> {
    pub(crate) path: &'a str,
    pub(crate) sent: &'a [(&'a str, &'a str)],
    pub(crate) host: &'a str,
    pub(crate) settings: &'a [(u16, u32)],
    pub(crate) window: Option<u32>,
    pub(crate) status: &'a str,
    pub(crate) fields: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
    pub(crate) trailers: Option<&'a [(&'a str, &'a str)]>,
    /// Bytes in the place of HTTP/2.
    pub(crate) foreign: &'a [u8],
}

pub(crate) const TALK: Talk<'static> = Talk {
    path: BARE,
    sent: &[],
    host: "api.example.com",
    settings: &[(3, 77)],
    window: None,
    status: "200",
    fields: &[("content-type", "application/grpc")],
    body: b"",
    trailers: None,
    foreign: b"",
};

pub(crate) fn block(fields: &[(&str, &str)]) -> Block {
    fields.iter().fold(Block::new(), |block, (name, value)| {
        block.field(name, value)
    })
}

impl Talk<'_> {
    pub(crate) fn held(&self) -> (Connection, Call) {
        let mut assembler = Assembler::new();
        let at = Duration::ZERO;
        let request = Block::new()
            .field(":method", "POST")
            .field(":path", self.path)
            .field(":authority", self.host)
            .field("te", "trailers")
            .field("content-type", "application/grpc");
        let request = self
            .sent
            .iter()
            .fold(request, |block, (name, value)| block.field(name, value));
        assembler.feed(Sent, frames::PREFACE, at);
        for frame in [
            frames::settings(&[(2, 0)]),
            frames::headers(1, request.bytes, false),
            frames::data(1, b"\0\0\0\0\x07\x0a\x05Hello".as_slice(), true),
        ] {
            assembler.feed(Sent, &frame.bytes(), at);
        }
        if !self.foreign.is_empty() {
            assembler.feed(Received, self.foreign, at);
        } else {
            for frame in self.answer() {
                assembler.feed(Received, &frame.bytes(), at);
            }
        }
        let (connection, mut calls) = assembler.finish(Duration::from_secs(1), Closing::Peer);
        (connection, calls.remove(&1).unwrap_or_default())
    }

    fn answer(&self) -> Vec<Frame> {
        let head = block(&[(":status", self.status)]);
        let head = self
            .fields
            .iter()
            .fold(head, |block, (name, value)| block.field(name, value));
        let mut answer = vec![frames::settings(self.settings)];
        answer.extend(
            self.window
                .map(|increment| frames::window_update(0, increment)),
        );
        let alone = self.body.is_empty() && self.trailers.is_none();
        answer.push(frames::headers(1, head.bytes, alone));
        if !self.body.is_empty() {
            answer.push(frames::data(1, self.body, false));
        }
        match self.trailers {
            Some(trailers) => answer.push(frames::headers(1, block(trailers).bytes, true)),
            None if !alone => answer.push(frames::data(1, b"".as_slice(), true)),
            None => {}
        }
        answer
    }

    pub(crate) fn identified(&self) -> Vec<(&'static str, Confidence)> {
        let (connection, call) = self.held();
        names(&identify(&connection, &call))
    }

    /// The causes of the finding of `rule`, each as "cause | fix | place".
    pub(crate) fn causes(&self, rule: &str) -> Vec<String> {
        let (connection, call) = self.held();
        causes(&connection, &call, rule)
    }
}

pub(crate) fn names(identified: &[Identified]) -> Vec<(&'static str, Confidence)> {
    identified
        .iter()
        .map(|found| (found.gateway.name, found.confidence))
        .collect()
}

pub(crate) fn judged(connection: &Connection, call: &Call) -> Diagnosis {
    let case = Case::new(connection, call, None);
    let mut diagnosis = diagnose(&case);
    advise(&case, &mut diagnosis.findings);
    diagnosis
}

pub(crate) fn causes(connection: &Connection, call: &Call, rule: &str) -> Vec<String> {
    let diagnosis = judged(connection, call);
    let fired: Vec<&str> = diagnosis.findings.iter().map(|f| f.rule.name).collect();
    let finding = diagnosis
        .findings
        .iter()
        .find(|finding| finding.rule.name == rule)
        .unwrap_or_else(|| panic!("{rule} is not among {fired:?}"));
    let causes = finding.causes.iter().map(|cause| {
        let fix = cause.fix.as_deref().unwrap_or_default();
        let place = cause.place.as_deref().unwrap_or_default();
        format!("{} | {fix} | {place}", cause.cause)
    });
    causes.collect()
}

/// One row: what is called, the conversation, who it is, the rule, and words of its causes in their order.
pub(crate) type Row<'a> = (
    Talk<'a>,
    &'a [(&'static str, Confidence)],
    &'a str,
    &'a [&'a str],
);

pub(crate) const REST: (&str, &str) = ("x-amz-apigw-id", "AbCdEfGhoAMFxyz=");
pub(crate) const ID: (&str, &str) = ("x-amzn-requestid", "d9f7b1c6-0000-4000-8000-000000000000");
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const HTML: (&str, &str) = ("content-type", "text/html");
pub(crate) const GRPC: (&str, &str) = ("content-type", "application/grpc");

pub(crate) fn check(rows: &[Row<'_>]) {
    for (talk, who, rule, words) in rows {
        assert_eq!(talk.identified(), *who, "{rule} {:?}", talk.fields);
        if rule.is_empty() {
            continue;
        }
        let causes = talk.causes(rule);
        for (index, words) in words.iter().enumerate() {
            assert!(
                causes.get(index).is_some_and(|cause| cause.contains(words)),
                "{rule}: cause {index} has no {words:?}: {causes:#?}"
            );
        }
    }
}
