//! What is expected of a target, beyond that its steps pass.

use super::{Budget, FieldTest, HeaderTest, Reply, SettingTest, hint};
use crate::diagnosis::Step;
use crate::gateways::GATEWAYS;
use crate::rpc::Code;
use crate::schema::Place;

/// What is expected of a target. The default is what a client needs: that every step passes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectations {
    /// The step that has to be reached; those after it may fail. `None` for all.
    pub step: Option<Step>,
    /// The statuses that are right; OK alone where there are none.
    pub statuses: Vec<Code>,
    /// What the reply contains.
    pub reply: Option<Reply>,
    /// Tests of fields of the reply.
    pub fields: Vec<FieldTest>,
    /// Tests of headers and trailers.
    pub headers: Vec<HeaderTest>,
    /// For how many days the certificates are valid at least.
    pub certificate_days: Option<u32>,
    /// How long the phases may take.
    pub budgets: Vec<Budget>,
    /// Tests of the peer's SETTINGS.
    pub settings: Vec<SettingTest>,
    /// Who stands in front.
    pub gateway: Option<Front>,
    /// Whether a warning fails its step.
    pub strict: bool,
    /// Whether a warning stays one although clients are known to fail on it.
    pub lenient: bool,
    /// Names of headers and trailers that a baseline is not compared by, in lower case.
    pub baseline_ignored: Vec<String>,
}

impl Expectations {
    /// The last step that has to hold.
    pub(super) fn limit(&self) -> Step {
        self.step.unwrap_or(Step::GrpcStatus)
    }

    /// Takes names of the reply's fields for those that its JSON has, by its type.
    ///
    /// # Errors
    /// Where the type has no such field; says which are near.
    pub fn typed(mut self, reply: &Place) -> Result<Self, String> {
        self.reply = self.reply.map(|it| it.typed(reply)).transpose()?;
        let fields = self.fields.into_iter().map(|field| field.typed(reply));
        self.fields = fields.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Whether the reply's contents matter, for which it has to be decoded.
    #[must_use]
    pub fn of_reply(&self) -> bool {
        self.reply.is_some() || !self.fields.is_empty()
    }
}

/// Who is expected in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// Nobody that is known.
    Nobody,
    /// The gateway of this name.
    Gateway(&'static str),
}

impl std::str::FromStr for Front {
    type Err = String;

    /// The name of a gateway in any case, or `none`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::Nobody);
        }
        let names = GATEWAYS.iter().map(|gateway| gateway.name);
        let found = names.clone().find(|name| name.eq_ignore_ascii_case(text));
        found.map(Self::Gateway).ok_or_else(|| {
            format!(
                "no gateway {text:?} is known; {}",
                hint(text, names.chain(["none"]))
            )
        })
    }
}

/// The step of that name.
///
/// # Errors
/// Where there is none; says which are near.
pub fn step(name: &str) -> Result<Step, String> {
    let found = Step::ALL.into_iter().find(|step| step.name() == name);
    found.ok_or_else(|| {
        let hint = hint(name, Step::ALL.iter().map(|step| step.name()));
        format!("there is no step {name:?}; {hint}")
    })
}

/// The status of that name or number: `NOT_FOUND`, `NotFound`, `5`.
///
/// # Errors
/// Where there is none; says which are near.
pub fn status(text: &str) -> Result<Code, String> {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(|c| *c != '_');
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    let codes = (0..=16).map(Code);
    let named = |code: &Code| {
        code.name()
            .is_some_and(|name| letters(name) == letters(text))
    };
    let numbered = Code::parse(text.as_bytes()).filter(|code| code.name().is_some());
    let found = codes.clone().find(named).or(numbered);
    found.ok_or_else(|| {
        let hint = hint(text, codes.filter_map(Code::name));
        format!("there is no status {text:?}; {hint}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(step("http-status"), Ok(Step::HttpStatus));
        assert!(
            step("http_status")
                .unwrap_err()
                .contains("did you mean http-status")
        );
        for text in ["NOT_FOUND", "not_found", "NotFound", "5"] {
            assert_eq!(status(text), Ok(Code(5)), "{text}");
        }
        assert_eq!(status("OK"), Ok(Code::OK));
        for (text, sentence) in [
            ("NOT_FOND", "did you mean NOT_FOUND?"),
            ("17", "there is no status \"17\""),
            ("", "there is no status \"\""),
        ] {
            assert!(status(text).unwrap_err().contains(sentence), "{text}");
        }
    }

    #[test]
    fn gateways_by_name() {
        assert_eq!("none".parse(), Ok(Front::Nobody));
        assert_eq!("ENVOY".parse(), Ok(Front::Gateway("Envoy")));
        let error = "Envoi".parse::<Front>().unwrap_err();
        assert!(error.contains("did you mean Envoy?"), "{error}");
    }
}
