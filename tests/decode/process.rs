//! The command as a process: pipes that stay open, and those that close.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::made::{begun, cancel, file, request, response};
use super::reading::fixture;
use super::support::packets::Talk;

/// How long a line may take that has to come while the pipe is open.
const SOON: Duration = Duration::from_secs(20);

fn command(arguments: &[&str]) -> Command {
    let mut command = super::support::command::process();
    command.arg("decode").args(arguments);
    command
}

/// The command while it reads standard input.
struct Live {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Live {
    fn start(arguments: &[&str]) -> Self {
        let mut command = command(&[arguments, &["-"]].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Self {
            child,
            lines: lines_of(stdout),
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(bytes).unwrap();
        stdin.flush().unwrap();
    }

    /// The next line that begins so.
    fn wait_for(&self, start: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(SOON) {
                Ok(line) if line.starts_with(start) => return line,
                Ok(line) => before.push(line),
                Err(_) => panic!("{start} does not come while the pipe is open: {before:?}"),
            }
        }
    }

    /// Closes the pipe; the exit code.
    fn end(mut self) -> i32 {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

fn lines_of(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    receive
}

/// A call that both sides have acknowledged.
fn answered() -> Talk {
    let mut talk = begun();
    talk.say(true, &request(1, "/a.B/C"));
    talk.acknowledge(false);
    talk.say(false, &response(1, &[b""], "0"));
    talk.acknowledge(true);
    talk
}

#[test]
fn a_call_is_told_before_the_pipe_is_closed() {
    for arguments in [&[][..], &["--summary"], &["-q"], &["--format", "json"]] {
        let mut live = Live::start(arguments);
        live.write(&file(&answered()));
        let start = match arguments {
            ["--summary"] => "/a.B/C ",
            ["--format", ..] => "{\"kind\":\"call\"",
            ["-q"] => "connection 1, stream 1, /a.B/C: ",
            _ => "/a.B/C: ",
        };
        let line = live.wait_for(start);
        assert!(
            line.contains("works")
                || arguments.contains(&"--summary")
                || line.contains(r#""outcome":"pass""#),
            "{line}"
        );
        assert_eq!(live.end(), 0, "{arguments:?}");
    }
}

#[test]
fn a_call_that_is_cancelled_is_told_too() {
    let mut talk = begun();
    talk.say(true, &request(1, "/a.B/C"));
    talk.say(true, &cancel(1));
    talk.acknowledge(false);
    let mut live = Live::start(&["-q"]);
    live.write(&file(&talk));
    let line = live.wait_for("connection 1, stream 1, /a.B/C: ");
    assert!(
        line.contains("the client reset the stream (CANCEL)"),
        "{line}"
    );
    assert_eq!(live.end(), 1);
}

#[test]
fn a_log_is_told_before_the_pipe_is_closed() {
    let log = fixture("captures/http2debug_noprefix.log");
    let mut live = Live::start(&["-q"]);
    live.write(&log);
    let line = live.wait_for("connection 1, stream 1: ");
    assert!(line.contains("length-prefix fails"), "{line}");
    assert_eq!(live.end(), 1);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let mut talk = begun();
    for stream in (1..4_000).step_by(2) {
        talk.say(true, &request(stream, "/a.B/C"));
        talk.say(false, &response(stream, &[b"\x0a\x01a"], "0"));
    }
    let mut input = tempfile::NamedTempFile::new().unwrap();
    input.write_all(&file(&talk)).unwrap();
    let name = input.path().to_str().unwrap();
    for arguments in [&[][..], &["--format", "json"], &["--summary"]] {
        let mut command = command(&[arguments, &[name]].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut start = [0; 10];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut start).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), said.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_report_goes_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.jsonl");
    let to = path.to_str().unwrap();
    let input = "fixtures/captures/grpc.pcapng";
    let printed = command(&["--format", "json", input]).output().unwrap();
    let output = command(&["--format", "json", "-o", to, input])
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(1), &b""[..])
    );
    assert_eq!(std::fs::read(&path).unwrap(), printed.stdout);
    let nowhere = folder.path().join("none/report");
    let output = command(&["-o", nowhere.to_str().unwrap(), input])
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(2), &b""[..])
    );
    let output = command(&["-o", input, input]).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(2),
        "what is read is not written over"
    );
    assert!(fixture("captures/grpc.pcapng").len() > 10_000);
}
