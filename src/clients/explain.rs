//! What a client printed, read: who printed it, the status, and what it comes from.

use super::bytes::{self, Reading};
use super::pattern::Found;
use super::row::Row;
use super::unquote::unquote;
use super::wrapper::{self, Wrapper};
use super::{row, rows};
use crate::diagnosis::Step;
use crate::rpc::Code;
use crate::rules;

/// How much of a text is read, in bytes: the longest traces that clients print are a tenth of that.
const READ: usize = 64 * 1024;

/// How often quoting is undone: a message within a message within a log line.
const QUOTED: usize = 3;

/// How many characters have to be fixed in a message that is found within a text that names no client.
const SURE: usize = 24;

/// How many have to be where the text names another client.
const RELAYED: usize = 16;

/// How many candidates are named.
const CANDIDATES: usize = 6;

/// How many rules of one row are named where no bytes tell them apart.
const UNTOLD: usize = 5;

/// The families of clients.
pub(super) const FAMILIES: [&str; 11] = [
    "C-core",
    "connect-es",
    "connect-go",
    "envoy",
    "grpc-dotnet",
    "grpc-go",
    "grpc-java",
    "grpc-js",
    "grpc-swift",
    "grpc-web",
    "tonic",
];

/// What a text comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The client, with what the text tells of its version.
    pub client: Option<&'static str>,
    /// The status that it reports.
    pub status: Option<Code>,
    /// What it may come from, the likeliest first; empty where it is no text of a gRPC client.
    pub candidates: Vec<Candidate>,
}

/// One thing that a text may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The step that fails.
    pub step: Step,
    /// The rule that fires.
    pub rule: &'static str,
    /// Why; holds pieces of the text, which the reports escape.
    pub because: String,
    /// The bytes that a number or a dump in the text stands for.
    pub bytes: Option<Vec<u8>>,
    /// Whether what it rests on was run or read in a client's source.
    pub verified: bool,
}

/// A row whose message stands in the text.
struct Match<'t> {
    row: &'static Row,
    found: Found<'t>,
    /// Whether the row is of the client that the text names.
    own: bool,
}

/// Reads a text that a client printed, one line or many.
#[must_use]
pub fn explain(text: &str) -> Explanation {
    let layers = layers(text);
    let wrapper = layers.iter().find_map(|layer| wrapper::find(layer));
    let family = wrapper.map(|wrapper| family(wrapper.client));
    let mut matches = matches(&layers, wrapper);
    if let (Some(wrapper), Some(layer)) = (wrapper, layers.first())
        && matches.is_empty()
        && !wrapper.weak
        && layer
            .get(wrapper.end..)
            .is_some_and(|rest| rest.trim().is_empty())
    {
        matches = silent(wrapper);
    }
    let named = wrapper.filter(|wrapper| !wrapper.weak || matches.iter().any(|found| found.own));
    let mut explanation = Explanation {
        client: named.map(|wrapper| wrapper.client),
        status: named.and_then(|wrapper| wrapper.code),
        candidates: Vec::new(),
    };
    if let Some(first) = matches.iter().find(|found| found.row.family() != "envoy") {
        let more_precise = family == Some(first.row.family())
            && first.row.client.contains(' ')
            && explanation.client == family;
        if explanation.client.is_none() || more_precise {
            explanation.client = Some(first.row.client);
        }
        explanation.status = explanation
            .status
            .or_else(|| wrapper::code(first.row.status));
    }
    for found in &matches {
        for candidate in candidates(found) {
            let known = explanation
                .candidates
                .iter()
                .any(|other| other.rule == candidate.rule);
            if !known && explanation.candidates.len() < CANDIDATES {
                explanation.candidates.push(candidate);
            }
        }
    }
    if explanation.candidates.is_empty()
        && let Some(wrapper) = named
    {
        explanation.candidates = by_status(wrapper.code);
    }
    explanation
}

/// The family of a client as wrappers name it.
fn family(client: &'static str) -> &'static str {
    FAMILIES
        .iter()
        .find(|family| client.contains(&format!("({family})")))
        .copied()
        .unwrap_or_else(|| row::family(client))
}

/// The text with its white space made single spaces, and the same with one level of quoting after the other undone.
fn layers(text: &str) -> Vec<String> {
    let mut end = text.len().min(READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut layers = vec![spaced(&text[..end])];
    while layers.len() <= QUOTED {
        let Some(last) = layers.last() else { break };
        let next = spaced(&String::from_utf8_lossy(&unquote(last)));
        if next == *last {
            break;
        }
        layers.push(next);
    }
    layers
}

/// The rows whose messages stand in the text, the surest first.
fn matches(layers: &[String], wrapper: Option<Wrapper>) -> Vec<Match<'_>> {
    let family = wrapper.map(|wrapper| family(wrapper.client));
    let strong = wrapper.is_some_and(|wrapper| !wrapper.weak);
    let mut matches: Vec<Match<'_>> = rows::all()
        .filter(|row| !row.message.is_empty())
        .filter_map(|row| {
            let (layer, found) = layers
                .iter()
                .find_map(|layer| Some((layer, row.find(layer)?)))?;
            let own = family == Some(row.family());
            let whole = found.start == 0 && found.end == layer.len();
            let known = row.basis.is_verified();
            let told = own
                || whole && known
                || strong && (found.weight >= RELAYED || row.family() == "envoy")
                || !strong && found.weight >= SURE && known;
            told.then_some(Match { row, found, own })
        })
        .collect();
    // Where the client's own words are there, others' are the same words by chance.
    if matches.iter().any(|found| found.own) {
        matches.retain(|found| found.own || found.row.family() == "envoy");
    }
    let envoy = |found: &Match<'_>| found.row.family() == "envoy";
    matches.sort_by_key(|found| {
        std::cmp::Reverse((envoy(found), !found.row.vague, found.found.weight))
    });
    matches
}

/// The rows of a client that prints nothing but a status.
fn silent(wrapper: Wrapper) -> Vec<Match<'static>> {
    let family = family(wrapper.client);
    rows::all()
        .filter(|row| row.message.is_empty() && row.family() == family)
        .filter(|row| wrapper.code.is_some() && wrapper::code(row.status) == wrapper.code)
        .map(|row| Match {
            row,
            found: Found::default(),
            own: true,
        })
        .collect()
}

/// What a message that was found comes from: what its numbers and dumps are, then the rules of its row.
fn candidates(found: &Match<'_>) -> Vec<Candidate> {
    let verified = found.row.basis.is_verified();
    // These look at the flag before the length; C-core says so only of whole messages.
    let framed = ["C-core", "grpc-java", "tonic"].contains(&found.row.family());
    let readings = readings(&found.found, framed);
    let told = !readings.is_empty();
    let mut list: Vec<Candidate> = readings
        .into_iter()
        .filter_map(|reading| {
            Some(Candidate {
                step: rules::rule(reading.rule)?.step,
                rule: reading.rule,
                because: reading.because,
                bytes: Some(reading.bytes).filter(|bytes| !bytes.is_empty()),
                verified: true,
            })
        })
        .collect();
    let about_body = list.iter().any(|candidate| candidate.bytes.is_some());
    let quotes_body = found.found.hole("body").is_some();
    let status = found.found.number("status");
    let rules = found.row.rules.iter().filter_map(|name| rules::rule(name));
    let rules = rules
        .filter(|_| !told || !about_body || quotes_body)
        .filter(|rule| status.is_none_or(|status| fits_status(rule.name, rule.step, status)))
        .take(UNTOLD);
    let of_row: Vec<Candidate> = rules
        .enumerate()
        .map(|(index, rule)| Candidate {
            step: rule.step,
            rule: rule.name,
            because: because(found, rule.summary, index == 0),
            bytes: None,
            verified,
        })
        .collect();
    if quotes_body {
        // The client stopped before the body, so the row's rule comes first.
        list = of_row.into_iter().chain(list).collect();
    } else {
        list.extend(of_row);
    }
    list
}

/// Whether a rule on the HTTP status goes with the status that the text names.
fn fits_status(rule: &str, step: Step, status: i64) -> bool {
    match step {
        Step::HttpStatus if rule == "redirect" => (300..400).contains(&status),
        Step::HttpStatus => status != 200 && !(300..400).contains(&status),
        _ => true,
    }
}

/// Why a rule of a row is a candidate.
fn because(found: &Match<'_>, summary: &str, first: bool) -> String {
    let mut text = if found.row.note.is_empty() || !first {
        summary.to_owned()
    } else {
        found.row.note.to_owned()
    };
    let code = found.found.hole("reset").map(str::to_owned).or_else(|| {
        let number = u32::try_from(found.found.number("number")?).ok()?;
        found
            .row
            .message
            .contains("RST_STREAM with")
            .then(|| crate::wire::ErrorCode(number).to_string())
    });
    for (what, value) in [
        ("code", code),
        ("status", found.found.hole("status").map(str::to_owned)),
        (
            "debug data",
            found
                .found
                .hole("debug")
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
        ),
        (
            "content-type",
            found.found.hole("content-type").map(str::to_owned),
        ),
        ("coding", found.found.hole("encoding").map(str::to_owned)),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("; {what} {}", short(&value)));
        }
    }
    text
}

/// A value from the text, cut to what fits in a sentence.
fn short(value: &str) -> String {
    const SHOWN: usize = 120;
    match value.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}\u{2026}", &value[..at]),
        None => value.to_owned(),
    }
}

/// What the numbers and dumps in a message are.
fn readings(found: &Found<'_>, framed: bool) -> Vec<Reading> {
    let number = |hole: &str| {
        found
            .number(hole)
            .and_then(|number| u32::try_from(number).ok())
    };
    let octet = |hole: &str| number(hole).and_then(|number| u8::try_from(number).ok());
    // A client that holds lengths in signed numbers prints the large ones negative.
    let signed = || {
        let number = i32::try_from(found.number("signed-length")?).ok();
        number
            .map(i32::cast_unsigned)
            .or(number_u32(found, "signed-length"))
    };
    let dump = |hole: &str| {
        let digits = found.hole(hole)?;
        hex::decode(&digits[..digits.len() & !1]).ok()
    };
    if let Some(length) = number("length").or_else(signed) {
        return bytes::length(octet("flag"), length, framed);
    }
    if let Some(flag) = octet("flag") {
        return bytes::flag(flag);
    }
    if let Some(length) = number("frame-length") {
        return bytes::frame_length(length).into_iter().collect();
    }
    if let Some(kind) = octet("frame-kind") {
        return bytes::frame_kind(kind).into_iter().collect();
    }
    if let Some(length) = number("record-length").and_then(|length| u16::try_from(length).ok()) {
        return bytes::record_length(length).into_iter().collect();
    }
    if let Some(quoted) = found.hole("body") {
        return bytes::body(&unquote(quoted));
    }
    if let Some(dump) = dump("record-dump") {
        return vec![bytes::record(&dump)];
    }
    if let Some(dump) = dump("dump") {
        return bytes::opening(&dump).into_iter().collect();
    }
    let flag = found.hole("flag-hex");
    let flag = flag.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    flag.map_or_else(Vec::new, bytes::flag)
}

fn number_u32(found: &Found<'_>, hole: &str) -> Option<u32> {
    u32::try_from(found.number(hole)?).ok()
}

/// What a status comes from where its message is of no client: the application wrote it.
fn by_status(code: Option<Code>) -> Vec<Candidate> {
    const DEADLINE: Code = Code(4);
    let names: &[(&str, &str)] = if code == Some(DEADLINE) {
        &[
            (
                "no-response",
                "the client hides the step: its deadline passed, wherever the call then stood",
            ),
            (
                "non-ok-status",
                "or the server itself gave up on its deadline",
            ),
        ]
    } else {
        &[(
            "non-ok-status",
            "no client is known to say this, so the server, or something in front of it, may have sent this status: then the wire is sound",
        )]
    };
    names
        .iter()
        .filter_map(|(name, because)| {
            let rule = rules::rule(name)?;
            Some(Candidate {
                step: rule.step,
                rule: rule.name,
                because: (*because).to_owned(),
                bytes: None,
                verified: true,
            })
        })
        .collect()
}
