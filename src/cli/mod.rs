//! The command line: clap's types, and the few lines that tie a source to a report.

mod cache;
mod destination;
mod making;
mod options;
mod pcapng;

pub mod call;
pub mod check;
pub mod decode;
pub mod explain;
pub mod request;
pub mod stage;
pub mod tour;
pub mod url;
mod usage;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Calls a gRPC method over its own HTTP/2 connection, shows every frame, and says which step fails and why.
#[derive(Debug, Parser)]
#[command(
    name = "grpc-probe",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make one unary call and name every step that fails
    Call(Box<call::Call>),
    /// Check that targets can be called, for build servers
    Check(Box<check::Check>),
    /// Read what was captured, and name every step that fails in its calls
    Decode(Box<decode::Decode>),
    /// Explain a rule, or what a gRPC client printed
    Explain(explain::Explain),
    /// Serve an attempt of the embedded stage for other clients, on loopback
    Stage(stage::Serve),
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// Where it is wrong, or asks for help or the version; the error says so, and repeats no secrets.
    pub fn read() -> Result<Self, clap::Error> {
        Self::try_parse().map_err(usage::discreet)
    }
}

/// What a command has to say once it is done.
#[derive(Debug)]
pub struct Outcome {
    /// The report.
    pub report: String,
    /// Where the report goes; standard output where there is none.
    pub output: Option<PathBuf>,
    /// Sentences for standard error.
    pub warnings: Vec<String>,
    /// The exit code.
    pub exit_code: u8,
}

/// The exit code for what we could not do: bad usage, unreadable input.
pub const EXIT_USAGE: u8 = 2;

/// Says a line to the user while a command still runs.
pub type Say<'a> = &'a dyn Fn(&str);

/// Where a command writes that does not have all of its report at once.
pub struct Console<'a> {
    /// Standard output.
    pub stdout: Box<dyn Write + 'a>,
    /// Says a line on standard error.
    pub say: Say<'a>,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// Where the command could not be carried out; nothing of what the peer does.
    pub fn run(self, console: Console<'_>) -> anyhow::Result<Outcome> {
        match self {
            Self::Call(call) => call.run(),
            Self::Check(check) => check.run(),
            Self::Decode(decode) => decode.run(console),
            Self::Explain(explain) => explain.run(),
            Self::Stage(serve) => serve.run(console.say),
        }
    }
}

/// Runs a future to its end on a runtime of one thread: calls wait for their peers most of the time, also several at a
/// time.
fn block_on<F: Future>(future: F) -> anyhow::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    Ok(runtime
        .context("cannot start the runtime")?
        .block_on(future))
}
