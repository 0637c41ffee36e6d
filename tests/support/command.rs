//! The command as a process, in an environment that says nothing.

use std::process::{Command, Output};
use std::time::Duration;

/// What the environment of a user or a build server may have that changes a run.
const ENVIRONMENT: &[&str] = &[
    "ALL_PROXY",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "GITHUB_STEP_SUMMARY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_COLOR",
    "NO_PROXY",
    "SSLKEYLOGFILE",
    "TERM",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The command, to be spawned.
pub fn process() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("grpc-probe"));
    for name in ENVIRONMENT {
        command.env_remove(name);
    }
    command
}

/// The command, to be run to its end within a minute.
pub fn probe() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::from_std(process());
    command.timeout(Duration::from_secs(60));
    command
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}
