//! The `grpc-probe` command: parse, run, exit code. The only file that prints.

use std::io::{self, Write as _};
use std::process::ExitCode;

use grpc_probe::cli::{Cli, Console, EXIT_USAGE, Outcome};

fn main() -> ExitCode {
    let outcome = match Cli::read()
        .unwrap_or_else(|error| error.exit())
        .command
        .run(Console {
            stdout: Box::new(io::stdout()),
            say: &say,
        }) {
        Ok(outcome) => outcome,
        Err(error) => {
            say(&format!("grpc-probe: {error:#}"));
            return ExitCode::from(EXIT_USAGE);
        }
    };
    for warning in &outcome.warnings {
        say(&format!("grpc-probe: {warning}"));
    }
    match deliver(&outcome) {
        // A reader that has seen enough closes the pipe: `grpc-probe … | head`. The verdict stands all the same.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("grpc-probe: {error}"));
            ExitCode::from(EXIT_USAGE)
        }
        _ => ExitCode::from(outcome.exit_code),
    }
}

fn deliver(outcome: &Outcome) -> io::Result<()> {
    match &outcome.output {
        Some(path) => grpc_probe::source::file::replace(path, outcome.report.as_bytes()),
        None => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(outcome.report.as_bytes())?;
            stdout.flush()
        }
    }
}

/// Writes a line to standard error. Where that is closed too nobody is left to tell.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
