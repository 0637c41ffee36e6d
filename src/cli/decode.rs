//! `grpc-probe decode`: captured frames, reported as they are read.

mod exchange;
mod filter;
mod out;
mod watcher;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use self::filter::Filter;
use self::out::Out;
use self::watcher::Watcher;
use super::destination::refuse_input;
use super::options::{Format, Output, SchemaFiles};
use super::{Console, EXIT_USAGE, Outcome};
use crate::capture::log::Grammar;
use crate::capture::{self, Copy, Form, Input, KeyLog};
use crate::source::file;

/// The exit code where a call has an error.
const EXIT_FAILED: u8 = 1;

/// Reads what was captured, and judges the calls in it.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code: 0 where no call has an error, 1 where one has, 2 where an input could not be read at all or --pcapng not be written.")]
pub struct Decode {
    /// Captures (pcap, pcapng), HTTP/2 bytes, hexadecimal text, logs (Go http2debug, curl --trace, nghttp -v, Netty,
    /// OkHttp), HAR, in any number; - is standard input, read as it comes
    #[arg(value_name = "FILE", required_unless_present_any = ["sent", "received"])]
    files: Vec<PathBuf>,
    /// What the input is, instead of telling that by its content
    #[arg(long, value_name = "FORM")]
    from: Option<From>,
    /// File with the bytes that the client sent; goes with --received
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "from"])]
    sent: Option<PathBuf>,
    /// File with the bytes that the server sent; goes with --sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "from"])]
    received: Option<PathBuf>,
    /// File of TLS secrets, as SSLKEYLOGFILE has them; that variable names one too
    #[arg(long, value_name = "FILE")]
    keylog: Vec<PathBuf>,
    /// Write what is read as a capture for Wireshark; - for standard output
    #[arg(long, value_name = "FILE")]
    pcapng: Option<PathBuf>,
    #[command(flatten)]
    filter: Filter,
    /// A table of the calls, and what they add up to
    #[arg(long)]
    summary: bool,
    #[command(flatten)]
    schema: SchemaFiles,
    #[command(flatten)]
    output: Output,
}

/// What an input may be said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// Packets: pcap or pcapng
    Pcap,
    /// The bytes of one direction of a connection
    Http2,
    /// One HTTP body
    Body,
    /// Hexadecimal text in any dress, quoted strings, base64
    Hex,
    /// Go's GODEBUG=http2debug=2
    Http2debug,
    /// curl --trace, --trace-ascii, -v
    Curl,
    /// nghttp -v, nghttpd -v
    Nghttp,
    /// Netty's Http2FrameLogger
    Netty,
    /// grpc-java's OkHttpFrameLogger
    Okhttp,
    /// HTTP archive
    Har,
}

impl From {
    const fn form(self) -> Form {
        match self {
            Self::Pcap => Form::Packets,
            Self::Http2 => Form::Http2,
            Self::Body => Form::Body,
            Self::Hex => Form::Text(None),
            Self::Http2debug => Form::Log(Grammar::GoHttp2Debug),
            Self::Curl => Form::Log(Grammar::Curl),
            Self::Nghttp => Form::Log(Grammar::Nghttp),
            Self::Netty => Form::Log(Grammar::Netty),
            Self::Okhttp => Form::Log(Grammar::OkHttp),
            Self::Har => Form::Har,
        }
    }
}

impl Decode {
    pub(super) fn run(self, console: Console<'_>) -> anyhow::Result<Outcome> {
        if self.summary && self.output.format == Format::Json {
            bail!("--summary is a table for people; --format json has a line for each call");
        }
        if let Some(output) = self.output.destination.file() {
            self.refuse_input(output)?;
        }
        let named = self.files.iter().chain(&self.sent).chain(&self.received);
        if named.filter(|path| path.as_os_str() == "-").count() > 1 {
            bail!("standard input is named twice, and can be read once");
        }
        let schema = match self.schema.is_empty() {
            true => None,
            false => Some(self.schema.load()?),
        };
        let mut options = capture::Options {
            form: self.from.map(From::form),
            keys: self.keys()?,
            copy: self.copy()?,
            numbered: 0,
        };
        let target = self
            .output
            .destination
            .file()
            .map(file::create)
            .transpose()?;
        let out = Out::new(target, console);
        let mut watcher = Watcher::new(&self, schema, &out);
        let mut warnings = Vec::new();
        let mut unread = false;
        let mut unwritten = false;
        for (name, input) in self.inputs() {
            let read = input.map_err(capture::Unread::from).and_then(|input| {
                let input = flushing(input, &out);
                capture::read(input, &mut options, &mut |event| watcher.take(event))
            });
            match read {
                Ok(outcome) => watcher.finish(name, outcome),
                Err(error) => {
                    unread = true;
                    let error = anyhow::Error::new(error).context(format!("cannot read {name}"));
                    warnings.push(format!("{error:#}"));
                }
            }
            if out.is_closed() {
                break;
            }
        }
        let failed = watcher.end();
        if let Some(copy) = options.copy.take() {
            let path = self.pcapng.as_deref().unwrap_or(Path::new(""));
            let name = match path.as_os_str() == "-" {
                true => "the capture on standard output".to_owned(),
                false => path.display().to_string(),
            };
            warnings.push(match copy.finish() {
                Ok(0) => format!("{name} holds no packets: no bytes of a connection were read"),
                Ok(_) => format!("what was read was written to {name} as it is, secrets and all"),
                Err(error) => {
                    unwritten = true;
                    format!("cannot write {name}: {error}; what it holds is not all")
                }
            });
        }
        out.finish()?;
        Ok(Outcome {
            report: String::new(),
            output: None,
            warnings,
            exit_code: match (unread || unwritten, failed) {
                (true, _) => EXIT_USAGE,
                (false, true) => EXIT_FAILED,
                (false, false) => 0,
            },
        })
    }

    /// The TLS secrets of the files given, or that the environment names.
    fn keys(&self) -> anyhow::Result<KeyLog> {
        let mut keys = KeyLog::default();
        for path in &self.keylog {
            let added = keys.add(&file::read(path)?);
            if added.secrets == 0 {
                bail!("{} has no TLS secret in it", path.display());
            }
        }
        if self.keylog.is_empty()
            && let Some(path) = file::keylog_of_environment()
            && let Ok(text) = file::read(&path)
        {
            keys.add(&text);
        }
        Ok(keys)
    }

    fn copy(&self) -> anyhow::Result<Option<Copy>> {
        let Some(path) = &self.pcapng else {
            return Ok(None);
        };
        if path.as_os_str() == "-" && self.output.destination.file().is_none() {
            bail!("--pcapng - takes standard output from the report: give that a file by --output");
        }
        if self
            .output
            .destination
            .file()
            .is_some_and(|it| file::is_same(it, path))
        {
            bail!("--pcapng needs a file of its own");
        }
        self.refuse_input(path)?;
        let copy = file::create_private(path).and_then(|to| Copy::new(to, self.filter.connection));
        Ok(Some(copy.with_context(|| {
            format!("cannot write {}", path.display())
        })?))
    }

    /// Refuses to write to a file that is read.
    fn refuse_input(&self, path: &Path) -> anyhow::Result<()> {
        let inputs = self.files.iter().chain(&self.sent).chain(&self.received);
        let schema = self.schema.proto.iter().chain(&self.schema.protoset);
        let inputs = inputs.chain(&self.keylog).chain(schema);
        refuse_input(path, inputs.map(PathBuf::as_path))
    }

    /// Every input with its name.
    fn inputs(&self) -> Vec<(String, io::Result<Input<'static>>)> {
        if self.sent.is_some() || self.received.is_some() {
            let names: Vec<String> = [&self.sent, &self.received]
                .into_iter()
                .flatten()
                .map(|path| path.display().to_string())
                .collect();
            let open = || {
                Ok(Input::Directions {
                    sent: self.sent.as_deref().map(file::open).transpose()?,
                    received: self.received.as_deref().map(file::open).transpose()?,
                })
            };
            return vec![(names.join(" and "), open())];
        }
        let one = |path: &PathBuf| {
            let name = match path.as_os_str() == "-" {
                true => "standard input".to_owned(),
                false => path.display().to_string(),
            };
            (name, file::open(path).map(Input::One))
        };
        self.files.iter().map(one).collect()
    }
}

/// The input, with what was printed shown before it is waited for.
fn flushing<'a>(input: Input<'a>, out: &'a Out<'_>) -> Input<'a> {
    let wrap =
        |inner: Box<dyn Read + 'a>| -> Box<dyn Read + 'a> { Box::new(Flushing { inner, out }) };
    match input {
        Input::One(reader) => Input::One(wrap(reader)),
        Input::Directions { sent, received } => Input::Directions {
            sent: sent.map(wrap),
            received: received.map(wrap),
        },
    }
}

/// A reader that lets what was printed be seen before it waits for more, and ends where nobody reads what is printed.
struct Flushing<'a, 'o> {
    inner: Box<dyn Read + 'a>,
    out: &'a Out<'o>,
}

impl Read for Flushing<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.out.flush();
        if self.out.is_closed() {
            return Ok(0);
        }
        self.inner.read(buffer)
    }
}
