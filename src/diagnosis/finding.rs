//! A finding: a rule that fired, with its evidence.

use std::borrow::Cow;

use super::{Rule, Severity};
use crate::http::Body;
use crate::http::frames::Frames;
use crate::http::part::Anchor;
use crate::wire::Direction;
use crate::wire::hpack::Field;

/// How many bytes one piece of evidence carries.
const EVIDENCE_KEPT: usize = 64;

/// A rule that fired. Texts may hold wire bytes; the reports escape them.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// Whose fault it is.
    pub party: Party,
    /// What was found, a fragment with this call's values.
    pub message: String,
    /// What should have stood there.
    pub expected: Option<String>,
    /// The bytes that show it.
    pub evidence: Vec<Evidence>,
    /// What may have caused it, the likeliest first, each with its fix.
    pub causes: Vec<Cause>,
}

impl Finding {
    /// Makes it a warning, where this call worked all the same.
    pub fn warns(&mut self) -> &mut Self {
        self.severity = Severity::Warning;
        self
    }

    /// Says what should have stood there.
    pub fn expected(&mut self, expected: impl Into<String>) -> &mut Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds bytes that show it.
    pub fn evidence(&mut self, evidence: impl IntoIterator<Item = Evidence>) -> &mut Self {
        self.evidence.extend(evidence);
        self
    }

    /// Adds a cause with its fix.
    pub fn cause(
        &mut self,
        cause: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) -> &mut Self {
        self.causes.push(Cause {
            cause: cause.into(),
            fix: Some(fix.into()),
            place: None,
        });
        self
    }
}

/// Whose fault something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The application that answers.
    Server,
    /// What stands between.
    Gateway,
    /// The caller, or what it was told to send.
    Client,
    /// The network, or the machine's configuration.
    Network,
}

impl Party {
    /// The party in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Gateway => "gateway",
            Self::Client => "client",
            Self::Network => "network",
        }
    }
}

/// A run of bytes and what it reads as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which way the bytes went.
    pub direction: Direction,
    /// The thing that holds the first of them.
    pub anchor: Anchor,
    /// Where the first stands in its direction.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
    /// The first of them.
    pub bytes: Vec<u8>,
    /// What they read as, a fragment.
    pub reads_as: Option<String>,
}

impl Evidence {
    /// A received frame, whole.
    #[must_use]
    pub fn frame(frames: Frames<'_>, index: usize) -> Option<Self> {
        let record = frames.get(index)?;
        Some(Self {
            direction: record.direction,
            anchor: Anchor::Frame(index),
            offset: record.span.offset,
            length: record.span.length,
            bytes: record.payload[..record.payload.len().min(EVIDENCE_KEPT)].to_vec(),
            reads_as: None,
        })
    }

    /// Bytes of a received body: `length` of them from `start`.
    #[must_use]
    pub fn body(body: &Body, start: usize, length: usize) -> Option<Self> {
        let piece = body.piece_at(start as u64)?;
        let end = start.saturating_add(length).min(body.bytes.len());
        let bytes = body.bytes.get(start..end)?;
        Some(Self {
            direction: Direction::Received,
            anchor: piece.anchor,
            offset: piece.offset + (start as u64 - piece.start),
            length: length as u64,
            bytes: bytes[..bytes.len().min(EVIDENCE_KEPT)].to_vec(),
            reads_as: None,
        })
    }

    /// The thing at an anchor, whole.
    #[must_use]
    pub fn anchored(frames: Frames<'_>, anchor: Anchor) -> Option<Self> {
        Self::frame(frames, anchor.frame()?)
    }

    /// The field called `name` of the header block that begins at `anchor`.
    #[must_use]
    pub fn field(frames: Frames<'_>, anchor: Anchor, name: &str) -> Option<Self> {
        let block = frames.get(anchor.frame()?)?.block.as_ref()?;
        let field = block.iter().find(|field| field.name == name.as_bytes())?;
        Self::this_field(frames, anchor, &field)
    }

    /// A field of the header block that begins at `anchor`, if others may have its name.
    #[must_use]
    pub fn this_field(frames: Frames<'_>, anchor: Anchor, field: &Field<'_>) -> Option<Self> {
        let index = anchor.frame()?;
        let record = frames.get(index)?;
        let start = field.span.offset.checked_sub(record.span.offset)?;
        let start = usize::try_from(start)
            .ok()?
            .checked_sub(crate::wire::frame::HEADER_LENGTH)?;
        let length = usize::try_from(field.span.length).ok()?;
        let encoded = record
            .payload
            .get(start..start.saturating_add(length))
            .unwrap_or_default();
        Some(Self {
            direction: record.direction,
            anchor: Anchor::Frame(index),
            offset: field.span.offset,
            length: field.span.length,
            bytes: encoded[..encoded.len().min(EVIDENCE_KEPT)].to_vec(),
            reads_as: Some(format!(
                "{}: {}",
                super::text(field.name),
                super::text(field.value)
            )),
        })
    }

    /// Received bytes outside of frames.
    #[must_use]
    pub fn received(offset: u64, length: u64, bytes: &[u8]) -> Self {
        Self {
            direction: Direction::Received,
            anchor: Anchor::None,
            offset,
            length,
            bytes: bytes[..bytes.len().min(EVIDENCE_KEPT)].to_vec(),
            reads_as: None,
        }
    }

    /// Says what the bytes read as.
    #[must_use]
    pub fn reads_as(mut self, reading: impl Into<String>) -> Self {
        self.reads_as = Some(reading.into());
        self
    }
}

/// A possible cause. Texts of ours are borrowed; those that are made for the call may hold what the peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What may have happened, a fragment.
    pub cause: Cow<'static, str>,
    /// What to do about it.
    pub fix: Option<Cow<'static, str>>,
    /// Where: a product, a file, a setting.
    pub place: Option<Cow<'static, str>>,
}

/// Collects what one rule finds.
#[derive(Debug)]
pub struct Findings {
    rule: &'static Rule,
    list: Vec<Finding>,
}

impl Findings {
    /// An empty collection for `rule`.
    #[must_use]
    pub const fn new(rule: &'static Rule) -> Self {
        Self {
            rule,
            list: Vec::new(),
        }
    }

    /// Adds a finding of the rule; the rest of it is said by methods of what this returns.
    pub fn add(&mut self, party: Party, message: impl Into<String>) -> &mut Finding {
        let index = self.list.len();
        self.list.push(Finding {
            rule: self.rule,
            severity: self.rule.severity,
            party,
            message: message.into(),
            expected: None,
            evidence: Vec::new(),
            causes: Vec::new(),
        });
        &mut self.list[index]
    }

    /// What was found.
    #[must_use]
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }
}
