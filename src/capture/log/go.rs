//! Go's `GODEBUG=http2debug=2`: a line for each frame that a Framer reads and writes, and a line for each field.
//!
//! Lines of fields do not name their Framer: those that were read follow the frame, those that are to be written precede
//! it. grpc-go encodes its headers itself, so that the fields of what it sends are not in the log.

mod summary;

use std::time::Duration;

use super::build::Fields;
use super::connections::{Connections, Entry, Role};
use super::cursor::{Cursor, contains, said, split_once};
use super::{Logged, Notes, Out, What};
use crate::capture::text::escape::unquote;
use crate::capture::text::lines::Line;
use crate::wire::FrameType;

/// What tells of something worth showing in lines of the HTTP/2 library that show no frame.
const TELLING: &[&str] = &[
    "rror",
    "failed",
    "failure",
    "closing",
    "looked like an HTTP/1.1 header",
];

/// How every client's error begins; programs mostly log it as it is.
const RPC_ERROR: &str = "rpc error:";

/// Header blocks whose fields may stand intermingled that are kept in mind: 16. A log of more at once tells nothing of
/// their fields anyway.
const BLOCKS_MAX: usize = 16;

/// Reads a log of Go's.
#[derive(Debug, Default)]
pub(super) struct Go {
    connections: Connections,
    /// The Framers that read the latest header block, and those before it that may still have fields to come.
    blocks: Vec<String>,
    /// Whether something else came after them.
    parted: bool,
    /// Fields that are to be written, of the client and of the server.
    encoded: [Encoded; 2],
    /// Whether there was a Framer's line. Without any, `http2debug=1` shows what was read in another form.
    framers: bool,
}

#[derive(Debug, Default)]
struct Encoded {
    fields: Fields,
    /// Whether fields of several header blocks stand here.
    mixed: bool,
}

impl Go {
    pub(super) fn read(&mut self, line: &Line<'_>, notes: &mut Notes, out: &mut Out<'_>) {
        let text = line.text();
        let Some((prefix, rest)) = split_once(text, "http2: ") else {
            if notes.pass_over(line) {
                return;
            }
            if contains(text, RPC_ERROR) {
                let at = notes.stamps.read(text);
                self.say(line, at, out);
            }
            return;
        };
        let at = notes.stamps.read(prefix);
        let mut c = Cursor(rest);
        if c.eat("decoded hpack field header field ") {
            match field(c.0) {
                Some((name, value)) => self.decoded(&name, &value),
                None => {
                    self.miss_field();
                    notes.lose(line.place);
                }
            }
            return;
        }
        if c.eat("Transport encoding header ") {
            return self.encoding(Role::Client, c.0, line, notes);
        }
        if c.eat("server encoding header ") {
            return self.encoding(Role::Server, c.0, line, notes);
        }
        let (wrote, role, name) = if c.eat("Framer ") {
            let name = c.until(b":");
            let wrote = c.eat(": wrote ");
            if !wrote && !c.eat(": read ") {
                return self.other(line, at, out);
            }
            self.framers = true;
            (wrote, None, String::from_utf8_lossy(name).into_owned())
        } else if c.eat("Transport received ") {
            (false, Some(Role::Client), "Transport".to_owned())
        } else if c.eat("server read frame ") {
            (false, Some(Role::Server), "server".to_owned())
        } else {
            return self.other(line, at, out);
        };
        if self.framers && role.is_some() {
            return self.repeated(c.0, out);
        }
        let Some((header, payload)) = summary::read(c.0) else {
            return notes.lose(line.place);
        };
        let entry = Entry {
            at,
            place: line.place,
            wrote,
            role,
            header,
            payload,
            length_known: true,
            fields: None,
            incomplete: false,
            guessed: false,
        };
        if role.is_some() {
            return self.connections.push(&name, entry, false, out);
        }
        self.framed(name, entry, out);
    }

    pub(super) fn finish(&mut self, out: &mut Out<'_>) {
        self.connections.finish(out);
    }

    /// A frame of a Framer's.
    fn framed(&mut self, name: String, mut entry: Entry, out: &mut Out<'_>) {
        let kind = entry.header.kind;
        let opens = !entry.wrote && [FrameType::HEADERS, FrameType::PUSH_PROMISE].contains(&kind);
        if entry.wrote && kind == FrameType::HEADERS {
            self.take_encoded(&name, &mut entry);
        }
        // What a Framer reads after a header block, other than more of it, shows that all of its fields have come.
        if !entry.wrote && kind != FrameType::CONTINUATION {
            self.connections.close(&name, out);
            self.blocks.retain(|block| *block != name);
        }
        self.connections.push(&name, entry, opens, out);
        if !opens {
            self.parted = true;
            return;
        }
        if std::mem::take(&mut self.parted) {
            // Those that have their fields have them all.
            let open = &mut self.connections;
            self.blocks
                .retain(|block| open.open(block).is_some_and(|entry| entry.fields.is_none()));
        }
        self.blocks.push(name);
        if self.blocks.len() > BLOCKS_MAX {
            self.blocks.remove(0);
        }
    }

    /// A frame that a Framer's line has shown already: net/http handles it after it was read whole.
    fn repeated(&mut self, summary: &[u8], out: &mut Out<'_>) {
        if summary.starts_with(b"HEADERS")
            && let [block] = &self.blocks[..]
        {
            self.connections.close(block, out);
            self.blocks.clear();
        }
    }

    /// A line that shows neither a frame nor a field.
    fn other(&mut self, line: &Line<'_>, at: Option<Duration>, out: &mut Out<'_>) {
        if TELLING.iter().any(|needle| contains(line.text(), needle)) {
            self.say(line, at, out);
        }
    }

    fn say(&mut self, line: &Line<'_>, at: Option<Duration>, out: &mut Out<'_>) {
        self.parted = true;
        out(Logged {
            connection: "",
            at,
            place: line.place,
            what: What::Said(said(line.text())),
        });
    }

    /// A field that was read: of the latest header block.
    fn decoded(&mut self, name: &[u8], value: &[u8]) {
        if self.blocks.len() > 1 {
            for block in &self.blocks {
                if let Some(entry) = self.connections.open(block) {
                    entry.guessed = true;
                }
            }
        }
        if let Some(block) = self.blocks.last() {
            self.connections.push_field(block, name, value);
        }
    }

    /// A field that was read could not be told.
    fn miss_field(&mut self) {
        if let Some(block) = self.blocks.last()
            && let Some(entry) = self.connections.open(block)
        {
            entry.incomplete = true;
        }
    }

    /// A field that is to be written: of the next header block.
    fn encoding(&mut self, role: Role, text: &[u8], line: &Line<'_>, notes: &mut Notes) {
        let encoded = &mut self.encoded[role as usize];
        let Some((name, value)) = field(text) else {
            encoded.fields.mark_incomplete();
            return notes.lose(line.place);
        };
        // A header block has a pseudo-field once.
        let again = std::str::from_utf8(&name).is_ok_and(|name| encoded.fields.has(name));
        encoded.mixed |= name.starts_with(b":") && again;
        encoded.fields.push(&name, &value);
    }

    /// Gives a header block that was written the fields before it.
    fn take_encoded(&mut self, name: &str, entry: &mut Entry) {
        let role = self.connections.role(name);
        let roles = [Role::Client, Role::Server];
        let taken = roles
            .into_iter()
            .filter(|of| role.is_none_or(|role| role == *of))
            .map(|of| of as usize)
            .find(|of| !self.encoded[*of].fields.is_empty());
        if let Some(of) = taken {
            let Encoded { fields, mixed } = std::mem::take(&mut self.encoded[of]);
            entry.fields = Some(fields);
            entry.guessed = mixed;
        }
    }
}

/// The name and the value of `"name" = "value"`.
fn field(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (name, rest) = unquote(text.strip_prefix(b"\"")?)?;
    let (value, _) = unquote(rest.strip_prefix(b" = \"")?)?;
    Some((name, value))
}
