//! An input, told by its content.

use std::fmt;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::bare::Bare;
use super::log::Grammar;
use super::portions::{AT_ONCE, read_whole};
use super::text::Dress;
use super::utf16::{self, Utf16};
use super::{Copy, KeyLog, captured, exchanges, har, log, logged, packets, text};
use crate::http::{EventSink, Outcome};
use crate::rpc::envelope::{self, Rest};

/// How much of an input is looked at to tell what it is, in bytes.
const START: usize = AT_ONCE;

/// The largest archive that is read, in bytes: it is parsed as a whole.
const ARCHIVE_MAX: u64 = 64 * 1024 * 1024;

/// The first bytes of a gzip member (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What an input may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Packets: pcap or pcapng.
    Packets,
    /// The bytes of one direction of a connection.
    Http2,
    /// One HTTP body.
    Body,
    /// Bytes as text.
    Text(Option<Dress>),
    /// A log.
    Log(Grammar),
    /// An HTTP archive.
    Har,
}

/// What to read.
pub enum Input<'a> {
    /// One input, whatever it is.
    One(Box<dyn Read + 'a>),
    /// The bytes of both directions of a connection, each by itself.
    Directions {
        /// What the client sent.
        sent: Option<Box<dyn Read + 'a>>,
        /// What the server sent.
        received: Option<Box<dyn Read + 'a>>,
    },
}

/// How to read it.
#[derive(Debug, Default)]
pub struct Options {
    /// What it is, where that is not to be told by its content.
    pub form: Option<Form>,
    /// TLS secrets.
    pub keys: KeyLog,
    /// A capture to write what is read to.
    pub copy: Option<Copy>,
    /// How many connections were numbered: those of the next input are numbered on from there.
    pub numbered: u64,
}

/// Why nothing of an input could be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is nothing that is known.
    #[error(
        "it is none of these: pcap or pcapng, HTTP/2 bytes (a client's preface or frames), length-prefixed messages, hexadecimal text or base64, a log of Go's http2debug, curl, nghttp, Netty or OkHttp, HAR; --from says which one it is, and --from body judges any bytes as an HTTP body"
    )]
    Unknown,
    /// It is not what it was said to be.
    #[error("{0}")]
    Unfit(String),
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One(_) => "One",
            Self::Directions { .. } => "Directions",
        })
    }
}

/// Reads an input to its end, or as far as it can be read, and tells what it finds as it goes.
///
/// # Errors
/// Where nothing of it could be read.
pub fn read(
    input: Input<'_>,
    options: &mut Options,
    emit: EventSink<'_>,
) -> Result<Outcome, Unread> {
    let outcome = match input {
        Input::One(reader) => one(reader, options, emit),
        Input::Directions { sent, received } => {
            let bare = Bare::of_directions([sent.is_some(), received.is_some()], options);
            bare.directions(sent, received, options, emit)
        }
    }?;
    options.numbered += outcome.connections;
    Ok(outcome)
}

fn one(
    reader: Box<dyn Read + '_>,
    options: &mut Options,
    emit: EventSink<'_>,
) -> Result<Outcome, Unread> {
    let reader = unpacked(reader, options.form)?;
    let (mut reader, utf16) = decoded(reader, options.form)?;
    let (start, end) = start(&mut *reader, options.form)?;
    let ended = end.is_some();
    if let Some(Err(error)) = end {
        reader = Box::new(Failing(Some(error)));
    }
    if start.is_empty() {
        return Err(Unread::Empty);
    }
    if start.starts_with(&GZIP) && options.form != Some(Form::Body) {
        let why = "it is gzip within gzip, which is unpacked once: unpack it, and it is read";
        return Err(Unread::Unfit(why.to_owned()));
    }
    let form = match options.form {
        Some(form) => form,
        None => recognise(&start, ended).ok_or_else(|| unknown(&start))?,
    };
    let dress = match form {
        Form::Text(dress) => dress.or_else(|| text::recognise(&start, ended)),
        _ => None,
    };
    let by_content = options.form.is_none();
    let whole = io::Cursor::new(start).chain(reader);
    let outcome = match form {
        Form::Packets => captured::read(whole, options, emit),
        Form::Log(grammar) => logged::read(grammar, whole, options, emit),
        Form::Har => {
            let text = read_whole(whole, ARCHIVE_MAX)?;
            exchanges::read(&text, options.numbered + 1, emit)
        }
        Form::Text(_) => {
            let dress = dress.unwrap_or(Dress::Hex { indented: false });
            Bare::of_stream(options).undress(dress, whole, options, emit)
        }
        Form::Http2 => Bare::of_stream(options).whole(whole, options, emit),
        Form::Body => Bare::of_body(options).whole(whole, options, emit),
    };
    let mut outcome = outcome.map_err(|error| match error {
        Unread::Unfit(why) if by_content => Unread::Unfit(format!(
            "{why}; it begins like that, and --from says what else it is"
        )),
        error => error,
    })?;
    if utf16 {
        outcome.format.push_str(", in UTF-16");
    }
    Ok(outcome)
}

/// An input, unpacked where it is gzipped. A body is judged as it is.
fn unpacked<'a>(
    mut reader: Box<dyn Read + 'a>,
    form: Option<Form>,
) -> io::Result<Box<dyn Read + 'a>> {
    let mut magic = Vec::new();
    (&mut reader)
        .take(GZIP.len() as u64)
        .read_to_end(&mut magic)?;
    let gzipped = magic == GZIP && form != Some(Form::Body);
    let whole = io::Cursor::new(magic).chain(reader);
    Ok(if gzipped {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    })
}

/// An input, decoded where it is text in UTF-16, and whether it is. Bytes that are no text are left as they are.
fn decoded<'a>(
    mut reader: Box<dyn Read + 'a>,
    form: Option<Form>,
) -> io::Result<(Box<dyn Read + 'a>, bool)> {
    if matches!(form, Some(Form::Packets | Form::Http2 | Form::Body)) {
        return Ok((reader, false));
    }
    let mut mark = Vec::new();
    (&mut reader)
        .take(utf16::MARK_LENGTH as u64)
        .read_to_end(&mut mark)?;
    Ok(match Utf16::new(&mark, reader) {
        Ok(text) => (Box::new(text), true),
        Err(reader) => (Box::new(io::Cursor::new(mark).chain(reader)), false),
    })
}

/// An input that cannot be read on.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// What an input is that starts so.
fn recognise(start: &[u8], ended: bool) -> Option<Form> {
    if packets::recognise(start) {
        return Some(Form::Packets);
    }
    if let Some(grammar) = log::recognise(start) {
        return Some(Form::Log(grammar));
    }
    if har::recognise(start) {
        return Some(Form::Har);
    }
    if let Some(dress) = text::recognise(start, ended) {
        return Some(Form::Text(Some(dress)));
    }
    if Bare::looks_like_http2(start, ended) {
        return Some(Form::Http2);
    }
    let messages = envelope::split(start);
    let framed = messages.count > 0
        && (messages.rest == Rest::Nothing
            || !ended && matches!(messages.rest, Rest::PartialMessage(_)));
    framed.then_some(Form::Body)
}

/// Why an input that starts so is nothing that can be read.
fn unknown(start: &[u8]) -> Unread {
    let added = KeyLog::default().add(start);
    if added.secrets > 0 {
        let why = "it holds TLS secrets: give it as --keylog, along with a capture";
        return Unread::Unfit(why.to_owned());
    }
    Unread::Unknown
}

/// Reads the start of an input, as much as it takes to tell what it is, and how it ends, where that is all of it. What
/// comes through a pipe is not waited for any longer than that.
fn start(
    reader: &mut dyn Read,
    form: Option<Form>,
) -> io::Result<(Vec<u8>, Option<io::Result<()>>)> {
    let mut start = Vec::new();
    let mut buffer = vec![0; START];
    while start.len() < START {
        let room = START - start.len();
        let count = match reader.read(&mut buffer[..room]) {
            Ok(0) => return Ok((start, Some(Ok(())))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A corrupt archive: what came before is read all the same.
            Err(error) if !start.is_empty() => return Ok((start, Some(Err(error)))),
            Err(error) => return Err(error),
        };
        start.extend_from_slice(&buffer[..count]);
        let told = form.is_some() || packets::recognise(&start) || log::recognise(&start).is_some();
        if told {
            break;
        }
    }
    Ok((start, None))
}

#[cfg(test)]
mod tests;
