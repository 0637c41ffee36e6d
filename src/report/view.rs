//! A report with what every format needs to show it: what to hide, and which findings point where.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Duration;

use super::redact::{Secrets, placeholder};
use super::{Options, Report, escape};
use crate::diagnosis::{Evidence, Finding, Severity};
use crate::http::frames::FrameRecord;
use crate::http::part::Anchor;
use crate::wire::Direction;
use crate::wire::frame::HEADER_LENGTH;

/// How many bytes of a text people are shown.
const TEXT_SHOWN: usize = 1_024;

/// How many bytes of a value from the wire people are shown.
const VALUE_SHOWN: usize = 512;

/// How many bytes of the first error's message the one sentence has.
const MESSAGE_SHOWN: usize = 300;

/// How many bytes all dumps of a report for people show together.
const DUMPED_HUMAN: usize = 256 * 1024;

/// How many bytes the frames of a document hold together.
const DUMPED_JSON: usize = 1024 * 1024;

/// A report to be shown.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) report: &'a Report<'a>,
    lens: Lens,
}

impl Deref for View<'_> {
    type Target = Lens;

    fn deref(&self) -> &Lens {
        &self.lens
    }
}

/// How what came from the wire may be shown.
#[derive(Debug)]
pub(super) struct Lens {
    pub(super) options: Options,
    pub(super) secrets: Secrets,
    /// Whether long texts are cut.
    cuts: bool,
    /// Bytes that dumps may still show.
    dump_left: Cell<usize>,
    /// Dumps for which nothing was left.
    not_dumped: Cell<u64>,
}

/// A header field's value as it may be shown.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) text: String,
    /// Whether bytes that are no UTF-8 stand escaped in it.
    pub(super) escaped: bool,
    pub(super) redacted: bool,
}

impl<'a> View<'a> {
    /// A report for people: long texts are cut, unless it is to be verbose.
    pub(super) fn human(report: &'a Report<'a>, options: &Options) -> Self {
        Self::new(report, options, !options.verbose, DUMPED_HUMAN)
    }

    /// A report for programs: texts are whole.
    pub(super) fn json(report: &'a Report<'a>, options: &Options) -> Self {
        Self::new(report, options, false, DUMPED_JSON)
    }

    fn new(report: &'a Report<'a>, options: &Options, cuts: bool, dump: usize) -> Self {
        let secrets = Secrets::of(report, &options.hidden, options.show_secrets);
        Self {
            report,
            lens: Lens {
                options: options.clone(),
                secrets,
                cuts,
                dump_left: Cell::new(dump),
                not_dumped: Cell::new(0),
            },
        }
    }

    /// The verdict as a sentence: the peer's words in it are cut, since it is there to be pasted. They stand whole in
    /// the finding.
    pub(super) fn summary(&self) -> String {
        let verdict = &self.report.diagnosis.verdict;
        let mut sentence = self.secrets.text(&verdict.summary);
        let mut findings = self.report.diagnosis.findings.iter();
        if let Some(first) = findings.find(|finding| Some(finding.rule.name) == verdict.rule) {
            let message = self.secrets.text(&first.message);
            let short = start(&message, MESSAGE_SHOWN);
            if short.len() < message.len() {
                sentence = sentence.replacen(&message, &format!("{short}\u{2026}"), 1);
            }
        }
        let short = start(&sentence, 2 * MESSAGE_SHOWN);
        let more = if short.len() < sentence.len() {
            "\u{2026}"
        } else {
            ""
        };
        format!("{}{more}", escape::text(short))
    }

    /// Sentences on the run, and with `-v` on secrets that are not searched for.
    pub(super) fn notes(&self) -> Vec<String> {
        let notes = self.report.notes.iter().map(|note| self.text(note));
        let short = self.secrets.short().filter(|_| self.options.verbose);
        let short = short.map(|(name, length)| {
            format!(
                "{}: a value of {} is too short to be searched for in bodies",
                escape::text(name),
                count(length as u64, "byte")
            )
        });
        notes.chain(short).collect()
    }

    /// The evidence that stands in frame `index`, with its findings.
    pub(super) fn evidence_in(
        &self,
        index: usize,
    ) -> impl Iterator<Item = (&'a Finding, &'a Evidence)> {
        let findings = self.report.diagnosis.findings.iter();
        findings.flat_map(move |finding| {
            let evidence = finding.evidence.iter();
            evidence
                .filter(move |evidence| evidence.anchor == Anchor::Frame(index))
                .map(move |evidence| (finding, evidence))
        })
    }

    /// How bad what was found in frame `index` is, of what `fits`.
    pub(super) fn worst_in(
        &self,
        index: usize,
        fits: impl Fn(&Evidence) -> bool,
    ) -> Option<Severity> {
        self.evidence_in(index)
            .filter(|(_, evidence)| fits(evidence))
            .map(|(finding, _)| finding.severity)
            .min()
    }

    /// Where evidence in frame `index` stands, as offset and length, and how bad it is.
    pub(super) fn marked_in(&self, index: usize) -> BTreeMap<(u64, u64), Severity> {
        let mut marked = BTreeMap::new();
        for (finding, evidence) in self.evidence_in(index) {
            let worst = marked
                .entry((evidence.offset, evidence.length))
                .or_insert(finding.severity);
            *worst = finding.severity.min(*worst);
        }
        marked
    }
}

impl Lens {
    /// For programs, one piece after the other: texts are whole, and each has its own room for dumps.
    pub(super) fn json(options: &Options) -> Self {
        Self {
            options: options.clone(),
            secrets: Secrets::new(&options.hidden, options.show_secrets),
            cuts: false,
            dump_left: Cell::new(usize::MAX),
            not_dumped: Cell::new(0),
        }
    }

    /// For people, one piece after the other.
    pub(super) fn human(options: &Options) -> Self {
        Self {
            cuts: !options.verbose,
            ..Self::json(options)
        }
    }

    /// A text for one line: without secrets, escaped.
    pub(super) fn text(&self, text: &str) -> String {
        self.shown(self.secrets.text(text), TEXT_SHOWN)
    }

    /// Advice for one line. What is the same for every call holds no secret, though it may name one.
    #[expect(
        clippy::ptr_arg,
        reason = "whether the text is borrowed says whose it is"
    )]
    pub(super) fn advice(&self, text: &Cow<'static, str>) -> String {
        match text {
            Cow::Borrowed(text) => self.shown((*text).to_owned(), TEXT_SHOWN),
            Cow::Owned(text) => self.text(text),
        }
    }

    /// Wire bytes as text for one line: without secrets, escaped.
    pub(super) fn wire_text(&self, bytes: &[u8]) -> String {
        let text = self.secrets.text(&crate::diagnosis::text(bytes));
        self.shown(text, VALUE_SHOWN)
    }

    /// What is cut is said in bytes of the text as it would stand.
    fn shown(&self, text: String, limit: usize) -> String {
        let start = start(&text, limit);
        if self.cuts && start.len() < text.len() {
            let more = count((text.len() - start.len()) as u64, "more byte");
            format!("{}\u{2026} {more}", escape::text(start))
        } else {
            escape::text(&text)
        }
    }

    /// How many of so many bytes a dump may show. All dumps together have a limit, so that a report does not grow with
    /// the body.
    pub(super) fn dump(&self, length: usize) -> usize {
        let left = self.dump_left.get();
        let wanted = length.min(self.options.hex);
        if wanted > 0 && left == 0 {
            self.not_dumped.set(self.not_dumped.get() + 1);
        }
        self.dump_left.set(left.saturating_sub(wanted));
        wanted.min(left)
    }

    /// How many dumps there was no room for.
    pub(super) fn not_dumped(&self) -> u64 {
        self.not_dumped.get()
    }

    /// The value of a header field for one line.
    pub(super) fn field_value(&self, name: &[u8], value: &[u8]) -> String {
        if self.secrets.hides(name) {
            placeholder(value.len())
        } else {
            self.wire_text(value)
        }
    }

    /// Wire bytes as the value of a JSON string.
    pub(super) fn json_value(&self, name: &[u8], value: &[u8]) -> Value {
        let redacted = self.secrets.hides(name);
        let (text, escaped) = if redacted {
            (placeholder(value.len()), false)
        } else {
            let (text, escaped) = escape::json_value(value);
            (self.secrets.text(&text), escaped)
        };
        Value {
            text,
            escaped,
            redacted,
        }
    }

    /// The bytes of evidence in hexadecimal without spaces, `**` for each that is hidden.
    pub(super) fn hex(&self, direction: Direction, offset: Option<u64>, bytes: &[u8]) -> String {
        hex(&self.secrets.bytes(direction, offset, bytes))
    }
}

/// The start of a text, of at most `limit` bytes.
fn start(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Octets in hexadecimal without spaces, `**` for each that is hidden.
pub(super) fn hex(bytes: &[Option<u8>]) -> String {
    bytes.iter().flat_map(|byte| octet(*byte)).collect()
}

/// The two digits of an octet in hexadecimal, `**` where it is hidden.
pub(super) fn octet(byte: Option<u8>) -> [char; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0xf)]);
    byte.map_or(['*'; 2], |byte| [digit(byte >> 4), digit(byte)])
}

/// Where the bytes of a frame that may be padded start in its direction.
pub(super) fn data_offset(record: &FrameRecord, padding: Option<u8>) -> u64 {
    record.span.offset + HEADER_LENGTH as u64 + u64::from(padding.is_some())
}

/// A number with its digits in threes.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "1 byte", "4,096 bytes".
pub(super) fn count(amount: u64, unit: &str) -> String {
    let plural = if amount == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", number(amount))
}

/// Milliseconds with one decimal: "12.1".
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
