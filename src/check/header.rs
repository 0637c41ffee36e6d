//! A header field that is expected.

use super::judge::unseen;
use super::rules;
use crate::diagnosis::{Case, Evidence, Finding, Findings, Party, Step, text};
use crate::http::part::Anchor;
use crate::rpc::metadata::is_token;

/// How many bytes of a value a message quotes.
const QUOTED: usize = 200;

/// A test of a field of the headers or the trailers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderTest {
    /// Its name, in lower case.
    pub name: String,
    /// What it should be.
    pub wanted: Wanted,
}

/// What a field should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// There, whatever its value.
    Present,
    /// Not there.
    Absent,
    /// One of its values is this.
    Value(String),
}

impl Wanted {
    /// This value; `@unset` is none.
    #[must_use]
    pub fn of(value: &str) -> Self {
        match value {
            "@unset" => Self::Absent,
            value => Self::Value(value.to_owned()),
        }
    }
}

impl std::str::FromStr for HeaderTest {
    type Err = String;

    /// `name` for one that has to be there, `name: value` for its value, `name: @unset` for one that must not be there.
    fn from_str(option: &str) -> Result<Self, String> {
        let (name, value) = match option.split_once(':') {
            Some((name, value)) => (name, Some(value.trim())),
            None => (option, None),
        };
        let wanted = value.map_or(Wanted::Present, Wanted::of);
        Self::new(name, wanted)
    }
}

impl HeaderTest {
    /// A test of the field of that name.
    ///
    /// # Errors
    /// Where no field can have the name.
    pub fn new(name: &str, wanted: Wanted) -> Result<Self, String> {
        let name = name.trim().to_ascii_lowercase();
        if !is_token(name.as_bytes()) {
            return Err("a header is expected by 'name' or 'name: value'".to_owned());
        }
        Ok(Self { name, wanted })
    }

    pub(super) fn check(&self, case: &Case<'_>, limit: Step) -> Vec<Finding> {
        let response = &case.call.response;
        let blocks = [&response.headers, &response.trailers];
        let fields = blocks.into_iter().flatten().flat_map(|block| {
            let fields = block.fields.iter();
            fields
                .filter(|field| field.name == self.name.as_bytes())
                .map(move |field| (block.origin.anchor, field.value))
        });
        let seen: Vec<(Anchor, &[u8])> = fields.collect();
        let name = &self.name;
        let met = match &self.wanted {
            Wanted::Present => !seen.is_empty(),
            Wanted::Absent => seen.is_empty(),
            Wanted::Value(wanted) => seen.iter().any(|(_, value)| *value == wanted.as_bytes()),
        };
        let mut findings = Findings::new(&rules::UNEXPECTED_HEADER);
        let blind = seen.is_empty() && case.response_headers().is_none();
        if met && !blind {
            return Vec::new();
        }
        let message = match seen.first() {
            None if blind => format!("there is no response to look for {name} in"),
            None => format!("there is no {name}"),
            // The value behind its name and a colon: so it is known for a secret where the name is one's.
            Some((_, value)) => format!(
                "the response has {name}: {}",
                text(&value[..value.len().min(QUOTED)])
            ),
        };
        let finding = findings.add(Party::Server, message);
        finding.expected(match &self.wanted {
            Wanted::Present => format!("{name}, of any value"),
            Wanted::Absent => format!("no {name}"),
            Wanted::Value(wanted) => format!("{name}: {wanted}"),
        });
        if blind && self.wanted == Wanted::Absent {
            finding.severity = unseen(Step::Response, limit);
        }
        if let Some((anchor, _)) = seen.first() {
            finding.evidence(Evidence::field(case.frames, *anchor, name));
        }
        findings.into_list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read() {
        let of = |text: &str| text.parse::<HeaderTest>().unwrap();
        assert_eq!(of("X-Version: 1: 2").name, "x-version");
        assert_eq!(
            of("x-version: 1: 2").wanted,
            Wanted::Value("1: 2".to_owned())
        );
        assert_eq!(of("x-version").wanted, Wanted::Present);
        assert_eq!(of("x-version:").wanted, Wanted::Value(String::new()));
        assert_eq!(of("server: @unset").wanted, Wanted::Absent);
        assert!("a b: c".parse::<HeaderTest>().is_err());
        assert!(":status: 200".parse::<HeaderTest>().is_err());
    }
}
