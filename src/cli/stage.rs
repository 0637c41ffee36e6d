//! `grpc-probe stage`: an attempt of the embedded stage, for other clients.

use anyhow::{Context as _, anyhow};
use clap::Args;

use super::{Outcome, Say};
use crate::stage::{self, ATTEMPTS, Attempt, Stage};

/// Serves one attempt until it is interrupted.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on, of this machine's loopback; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50051")]
    pub listen: String,
    /// Which attempt to serve
    #[arg(long, value_name = "NAME", default_value = "healthy", value_parser = names())]
    pub attempt: String,
}

/// The names of the attempts, for help and completion.
fn names() -> clap::builder::PossibleValuesParser {
    let value = |attempt: &'static Attempt| {
        clap::builder::PossibleValue::new(attempt.name).help(attempt.summary)
    };
    clap::builder::PossibleValuesParser::new(ATTEMPTS.iter().map(value))
}

/// The attempt of that name.
///
/// # Errors
/// Where there is none; the message lists those that there are.
pub fn attempt(name: &str) -> anyhow::Result<&'static Attempt> {
    stage::attempt(name).ok_or_else(|| {
        let names: Vec<&str> = ATTEMPTS.iter().map(|attempt| attempt.name).collect();
        anyhow!(
            "the stage has no attempt {name:?}; there are {}, and stage: alone for all of them",
            names.join(", ")
        )
    })
}

impl Serve {
    pub(super) fn run(self, say: Say<'_>) -> anyhow::Result<Outcome> {
        let attempt = attempt(&self.attempt)?;
        super::block_on(async {
            let stage = Stage::bind(&self.listen, attempt)
                .await
                .with_context(|| format!("cannot listen on {}", self.listen))?;
            let address = stage.address()?;
            say(&format!(
                "{}: http://{address}{}  {}",
                attempt.name,
                stage::PATH,
                attempt.summary
            ));
            stage.serve().await?;
            anyhow::Ok(Outcome {
                report: String::new(),
                output: None,
                warnings: Vec::new(),
                exit_code: 0,
            })
        })?
    }
}
