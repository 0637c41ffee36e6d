//! Compares all output of the probe with what it was: the JSON and the text of every script, capture, log and client
//! text of the tests, of the embedded stage, and of a check in each report format.
//!
//! `cargo test --test outputs` lists the inputs whose output differs from the committed files. After `--`:
//!
//! - `--bless` rewrites the committed files: `verdicts.jsonl`, the facts of each input, and `digests.txt`, a digest of
//!   each output.
//! - `--write DIR` writes every output to a file, so that `diff -r` shows the difference between two commits.
//! - `--capture FILE` writes the capture for which `.ci/instructions` counts instructions.
//!
//! Calls of scripts are reported from a steady recording (`tests/support/steady.rs`). In the output of live commands,
//! names replace what differs between runs.
//!
//! Not included:
//!
//! - The report of `call` on a script as the process prints it: the order of the two directions depends on the network.
//! - Conversations that tests build in code (`tests/gateways`, `tests/decode`, unit tests): they exist only inside of the
//!   tests that assert on them.
//! - `fixtures/report` and the `.txt` files of rules: other tests compare them byte for byte.
//! - Captures that `--pcapng` writes: `tests/pcapng.rs` and `tests/cli/pcapng.rs` read them back.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "fixtures are read from disk, differences are printed, and an error of the test ends it"
)]

#[path = "../texts/clients.rs"]
mod clients;
mod committed;
#[path = "../chunking/inputs.rs"]
#[expect(dead_code, reason = "only the conversations are decoded here")]
mod conversations;
mod entry;
mod facts;
mod inputs;
mod names;
#[path = "../support/probe.rs"]
mod probe;
mod process;
#[path = "../support/mod.rs"]
mod support;
#[path = "../../benches/decode/writer.rs"]
#[expect(dead_code, reason = "only captures are written here")]
mod writer;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use entry::Entry;

/// The number of inputs that run at a time. Most scripts wait for the network or a deadline.
const AT_A_TIME: usize = 8;

/// The number of calls in the capture for counting: reading it costs many times more than starting the probe.
const CALLS: u32 = 2_000;

/// The length of each of their replies, in bytes.
const REPLY: usize = 40;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            let (count, differences) = committed::compare(&entries());
            if differences.is_empty() {
                println!("{count} inputs, no difference");
                return ExitCode::SUCCESS;
            }
            println!("{}\n", differences.join("\n"));
            println!(
                "{} of {count} inputs differ. `cargo test --test outputs -- --write DIR` at both commits and `diff -r` \
                 show how, `-- --bless` accepts it.",
                differences.len()
            );
            ExitCode::FAILURE
        }
        ["--bless"] => {
            committed::bless(&entries());
            ExitCode::SUCCESS
        }
        ["--write", folder] => {
            for entry in entries() {
                entry.write(Path::new(folder));
            }
            ExitCode::SUCCESS
        }
        ["--capture", file] => {
            std::fs::write(file, writer::Capture::of_calls(CALLS, REPLY)).unwrap();
            ExitCode::SUCCESS
        }
        _ => {
            println!("arguments: none, --bless, --write DIR or --capture FILE");
            ExitCode::FAILURE
        }
    }
}

/// Runs every input. The entries are in the order of their names.
fn entries() -> Vec<Entry> {
    let inputs = inputs::all();
    let (next, entries) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(input) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let run = input.run();
                    entries.lock().unwrap().extend(run);
                }
            });
        }
    });
    let mut entries: Vec<Entry> = entries.into_inner().unwrap();
    assert!(entries.len() > 1_000, "only {} inputs", entries.len());
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    entries
}
