//! A value that is expected in the peer's SETTINGS.

use std::cmp::Ordering;

use super::relation::Relation;
use super::{hint, rules};
use crate::diagnosis::{Case, Finding, Findings, Party};
use crate::http::{End, FrameRecord};
use crate::wire::{Direction, FrameType, Payload, SettingId};

/// The settings that an endpoint has a default for, with it (RFC 9113, 6.5.2); `None` is no limit.
const DEFAULTS: [(SettingId, Option<u32>); 6] = [
    (SettingId::HEADER_TABLE_SIZE, Some(4_096)),
    (SettingId::ENABLE_PUSH, Some(1)),
    (SettingId::MAX_CONCURRENT_STREAMS, None),
    (SettingId::INITIAL_WINDOW_SIZE, Some(65_535)),
    (SettingId::MAX_FRAME_SIZE, Some(16_384)),
    (SettingId::MAX_HEADER_LIST_SIZE, None),
];

/// A test of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingTest {
    id: SettingId,
    relation: Relation,
    value: u32,
}

impl std::str::FromStr for SettingTest {
    type Err = String;

    /// `MAX_CONCURRENT_STREAMS>=100`, `<=` or `=`.
    fn from_str(text: &str) -> Result<Self, String> {
        let relations = [
            (">=", Relation::AtLeast),
            ("<=", Relation::AtMost),
            ("=", Relation::Is),
        ];
        let parts = relations.into_iter().find_map(|(sign, relation)| {
            let (name, value) = text.split_once(sign)?;
            Some((name.trim(), relation, value.trim()))
        });
        let (name, relation, value) = parts.ok_or_else(|| {
            format!("a setting is expected by NAME>=NUMBER, NAME<=NUMBER or NAME=NUMBER ({text:?} is not that)")
        })?;
        let upper = name.to_ascii_uppercase();
        let wanted = upper.strip_prefix("SETTINGS_").unwrap_or(&upper);
        let known = DEFAULTS.iter().map(|(id, _)| *id);
        let id = known.clone().find(|id| id.name() == Some(wanted));
        let id = id.ok_or_else(|| {
            let names = known.filter_map(SettingId::name);
            format!("there is no setting {name:?}; {}", hint(wanted, names))
        })?;
        let value = value
            .parse()
            .map_err(|_| format!("{value:?} is no value of a setting, a number below 2^32"))?;
        Ok(Self {
            id,
            relation,
            value,
        })
    }
}

impl SettingTest {
    pub(super) fn check(self, case: &Case<'_>) -> Option<Finding> {
        let id = self.id;
        let mut frames = settings(case).peekable();
        let any = frames.peek().is_some();
        // Of several values, in one frame or in several, the last one holds (RFC 9113, 6.5.3).
        let sent = frames.fold(None, |last, frame| {
            let settings = frame.settings().filter(|it| it.id == id);
            settings.last().map(|it| it.value).or(last)
        });
        let default = DEFAULTS.iter().find(|(of, _)| *of == id);
        let value = match sent {
            Some(value) => Some(value),
            None => default.and_then(|(_, value)| *value),
        };
        // What has no limit is greater than any value.
        let order = value.map_or(Ordering::Greater, |value| value.cmp(&self.value));
        let met = any && self.relation.holds(order);
        if met {
            return None;
        }
        let message = match (any, sent, value) {
            (false, ..) => "the server sent no SETTINGS".to_owned(),
            (_, Some(value), _) => format!("{id} is {value}"),
            (_, None, Some(value)) => format!("{id} is not set, and {value} by default"),
            (_, None, None) => format!("{id} is not set, and has no limit by default"),
        };
        let mut findings = Findings::new(&rules::UNEXPECTED_SETTING);
        let finding = findings.add(Party::Server, message);
        let relation = match self.relation {
            Relation::AtLeast => "at least",
            Relation::AtMost => "at most",
            _ => "exactly",
        };
        finding.expected(format!("{relation} {}", self.value));
        findings.into_list().pop()
    }
}

/// The SETTINGS frames of the peer, but for acknowledgements, and for those after the response: whether they are seen is a
/// matter of time.
fn settings<'a>(case: &Case<'a>) -> impl Iterator<Item = Payload<'a>> {
    let end = match case.call.response.end {
        Some(End::Headers(origin) | End::Data(origin)) => origin.anchor.frame(),
        _ => None,
    };
    let frames = case.frames.iter();
    let received = frames.filter(move |frame| {
        frame.direction == Direction::Received
            && frame.header.kind == FrameType::SETTINGS
            && !frame.is_settings_acknowledgement()
            && end.is_none_or(|end| frame.index < end)
    });
    received.map(FrameRecord::view)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::{Assembler, Call, Closing, Connection};

    /// A connection on which these SETTINGS frames are received.
    fn connection(frames: &[&[(SettingId, u32)]]) -> Connection {
        let mut assembler = Assembler::default();
        for settings in frames {
            let length = u8::try_from(settings.len() * 6).unwrap();
            let mut bytes = vec![0, 0, length, FrameType::SETTINGS.0, 0, 0, 0, 0, 0];
            for (id, value) in *settings {
                bytes.extend(id.0.to_be_bytes());
                bytes.extend(value.to_be_bytes());
            }
            assembler.feed(Direction::Received, &bytes, Duration::ZERO);
        }
        assembler.finish(Duration::ZERO, Closing::GaveUp).0
    }

    #[test]
    fn values_and_their_defaults() {
        let streams = SettingId::MAX_CONCURRENT_STREAMS;
        for (test, frames, seen) in [
            (
                "MAX_CONCURRENT_STREAMS>=100",
                &[&[(streams, 128)][..]][..],
                None,
            ),
            (
                "max_concurrent_streams >= 100",
                &[&[(streams, 99)]],
                Some("MAX_CONCURRENT_STREAMS is 99"),
            ),
            (
                "SETTINGS_MAX_CONCURRENT_STREAMS<=100",
                &[&[]],
                Some("MAX_CONCURRENT_STREAMS is not set, and has no limit by default"),
            ),
            ("MAX_CONCURRENT_STREAMS>=100", &[&[]], None),
            (
                "MAX_CONCURRENT_STREAMS=1",
                &[&[(streams, 5), (streams, 1)]],
                None,
            ),
            (
                "MAX_CONCURRENT_STREAMS>=100",
                &[&[(streams, 128)], &[(streams, 1)], &[]],
                Some("MAX_CONCURRENT_STREAMS is 1"),
            ),
            ("MAX_FRAME_SIZE=16384", &[&[]], None),
            (
                "MAX_FRAME_SIZE=16385",
                &[&[]],
                Some("MAX_FRAME_SIZE is not set, and 16384 by default"),
            ),
            (
                "MAX_CONCURRENT_STREAMS>=1",
                &[],
                Some("the server sent no SETTINGS"),
            ),
        ] {
            let (connection, call) = (connection(frames), Call::default());
            let case = Case::new(&connection, &call, None);
            let finding = test.parse::<SettingTest>().unwrap().check(&case);
            let message = finding.map(|finding| finding.message);
            assert_eq!(message.as_deref(), seen, "{test}");
        }
    }

    #[test]
    fn what_is_no_test() {
        for (text, sentence) in [
            ("MAX_FRAME_SIZE", "NAME>=NUMBER"),
            ("MAX_FRAMES_SIZE=1", "did you mean MAX_FRAME_SIZE?"),
            ("MAX_FRAME_SIZE=x", "no value of a setting"),
            ("MAX_FRAME_SIZE>=4294967296", "no value of a setting"),
        ] {
            let error = text.parse::<SettingTest>().expect_err(text);
            assert!(error.contains(sentence), "{error}");
        }
    }
}
