//! `grpc-probe explain`: a rule, or what a client printed.

use anyhow::{Context as _, bail};
use clap::Args;

use super::destination::Destination;
use super::options::{Format, SecretNames};
use super::{EXIT_USAGE, Outcome};
use crate::check;
use crate::clients;
use crate::report;
use crate::report::redact::Secrets;
use crate::rules;
use crate::source::file;

/// How much of standard input is read, in bytes: more than the reader of texts looks at.
const INPUT: u64 = 256 * 1024;

/// Explains a rule, or what a gRPC client printed.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Exit code: 0 where the rule or the text is known, 2 where it is not.")]
pub struct Explain {
    /// Name of a rule, or what a client printed, of one line or many; standard input where there is none, or -
    #[arg(value_name = "RULE|TEXT", allow_hyphen_values = true)]
    pub text: Option<String>,
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    #[command(flatten)]
    secrets: SecretNames,
    #[command(flatten)]
    destination: Destination,
}

impl Explain {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let text = match self.text.as_deref() {
            Some(text) if text != "-" => text.to_owned(),
            _ => {
                let bytes = file::read_stdin(INPUT).context("cannot read standard input")?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        let options = self.destination.looks();
        let name = text.trim();
        if let Some(rule) = rules::rule(name).or_else(|| check::rules::rule(name)) {
            let report = match self.format {
                Format::Human => report::explain::rule(rule, &options),
                Format::Json => report::explain::rule_json(rule),
            };
            return Ok(self.outcome(report, 0));
        }
        if is_name(name) {
            match clients::nearest(name).join(", ").as_str() {
                "" => bail!("there is no rule {name}"),
                nearest => bail!("there is no rule {name}; the nearest: {nearest}"),
            }
        }
        let explanation = clients::explain(&text);
        let secrets = Secrets::of_text(&text, &self.secrets.hidden());
        let report = match self.format {
            Format::Human => report::explain::text(&text, &explanation, &secrets, &options),
            Format::Json => report::explain::text_json(&explanation, &secrets),
        };
        let known = !explanation.candidates.is_empty();
        Ok(self.outcome(report, if known { 0 } else { EXIT_USAGE }))
    }

    fn outcome(self, report: String, exit_code: u8) -> Outcome {
        Outcome {
            report,
            output: self.destination.file().map(Into::into),
            warnings: Vec::new(),
            exit_code,
        }
    }
}

/// Whether a text looks like the name of a rule: words of small letters and digits, joined by dashes.
fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.contains('-')
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}
