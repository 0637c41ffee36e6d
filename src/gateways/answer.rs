//! What there is of an answer: HTTP/2 headers and body, or an HTTP/1 response that came in their place.

use crate::http::tls::TlsFailure;
use crate::http::{Call, Connection};
use crate::rpc::metadata;
use crate::wire::{Direction, Payload, Protocol, Setting};

/// How much of a body is looked through for words. Error pages of gateways are shorter.
const WORDS: usize = 4096;

/// An answer, however it came.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) connection: &'a Connection,
    pub(super) call: &'a Call,
    /// The HTTP status.
    pub(super) status: Option<u16>,
    /// The body.
    pub(super) body: &'a [u8],
    /// `grpc-message`, decoded.
    pub(super) message: Vec<u8>,
    fields: Vec<Field<'a>>,
}

/// A field of the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    /// Index of the frame that holds it; `None` in an HTTP/1 answer.
    pub(super) frame: Option<usize>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(connection: &'a Connection, call: &'a Call) -> Self {
        let mut answer = Self {
            connection,
            call,
            status: None,
            body: &call.response.body.bytes,
            message: Vec::new(),
            fields: Vec::new(),
        };
        if let Some(block) = &call.response.headers {
            answer.fields = block
                .fields
                .iter()
                .map(|field| Field {
                    name: field.name,
                    value: field.value,
                    frame: block.origin.anchor.frame(),
                })
                .collect();
            answer.status = answer.value(":status").and_then(status);
            let closing = call.response.closing_block();
            let message = closing.and_then(|block| block.fields.get("grpc-message"));
            answer.message = metadata::decode_message(message.unwrap_or_default());
        } else if let Some(bytes) = http1(connection) {
            answer.read_http1(bytes);
        }
        answer
    }

    /// Takes the status line, the fields and the body of an HTTP/1 response.
    fn read_http1(&mut self, bytes: &'a [u8]) {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 4..]),
            None => (bytes, &[][..]),
        };
        let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let first = lines.next().unwrap_or_default();
        self.status = first.split(|byte| *byte == b' ').nth(1).and_then(status);
        self.fields = lines
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                Some(Field {
                    name: line[..colon].trim_ascii(),
                    value: line[colon + 1..].trim_ascii(),
                    frame: None,
                })
            })
            .collect();
        self.body = body;
    }

    /// The fields of that name, whatever the case of its letters: HTTP/1 servers capitalise.
    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = Field<'a>> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .copied()
    }

    /// The fields whose name begins so.
    pub(super) fn fields_from(&self, prefix: &str) -> impl Iterator<Item = Field<'a>> {
        self.fields
            .iter()
            .filter(move |field| {
                field
                    .name
                    .get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
            })
            .copied()
    }

    /// The first value of a field.
    pub(super) fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.fields(name).next().map(|field| field.value)
    }

    /// Whether an error page or `grpc-message` has these words. What a reply says is the application's.
    pub(super) fn says(&self, words: &str) -> bool {
        let page =
            self.status != Some(200) && contains(&self.body[..self.body.len().min(WORDS)], words);
        page || contains(&self.message, words)
    }

    /// Whether the body is this text and nothing else but white space around it.
    pub(super) fn body_is(&self, text: &str) -> bool {
        self.body.trim_ascii() == text.as_bytes()
    }

    /// The host that was called: the one connected to, or in a capture the one that the request names.
    pub(super) fn host(&self) -> Option<&'a [u8]> {
        // The name that was called says more than the address that was dialled in its place.
        let authority = self.call.request.header(":authority");
        let called = authority.and_then(|authority| authority.split(|byte| *byte == b':').next());
        called.or_else(|| Some(self.connection.reach.as_ref()?.host.as_bytes()))
    }

    /// The first segment of the path that was called.
    pub(super) fn first_segment(&self) -> Option<&'a [u8]> {
        let path = self.call.request.header(":path")?.strip_prefix(b"/")?;
        path.split(|byte| *byte == b'/').next()
    }

    /// Whether the path is a package-qualified service and a method, with nothing before them.
    pub(super) fn lacks_prefix(&self) -> bool {
        let path = self.call.request.header(":path").unwrap_or_default();
        let slashes = path.iter().filter(|byte| **byte == b'/').count();
        slashes == 2
            && self
                .first_segment()
                .is_some_and(|first| first.contains(&b'.'))
    }

    /// The peer's first SETTINGS and the frame that holds them.
    pub(super) fn settings(&self) -> Option<(&'a [Setting], Option<usize>)> {
        let settings = self.connection.settings(Direction::Received);
        let settings = settings.first.as_deref()?;
        let mut frames = self.connection.frames().received();
        let frame = frames.find(|(_, record)| matches!(record.view(), Payload::Settings(_)));
        Some((settings, frame.map(|(index, _)| index)))
    }

    /// By how much the peer first enlarged the window of the connection.
    pub(super) fn window(&self) -> Option<u32> {
        self.connection
            .frames()
            .received()
            .filter(|(_, record)| record.header.stream == 0)
            .find_map(|(_, record)| match record.view() {
                Payload::WindowUpdate(increment) => Some(increment),
                _ => None,
            })
    }
}

/// Three digits as a number.
fn status(value: &[u8]) -> Option<u16> {
    (value.len() == 3).then(|| std::str::from_utf8(value).ok()?.parse().ok())?
}

/// An HTTP/1 response in the place of HTTP/2, or of TLS.
fn http1(connection: &Connection) -> Option<&[u8]> {
    if let Some(foreign) = &connection.foreign {
        return (foreign.protocol == Protocol::Http1Response).then_some(&foreign.bytes);
    }
    match &connection.own_tls()?.failure {
        Some(TlsFailure::NotTls {
            protocol: Some(Protocol::Http1Response),
            bytes,
        }) => Some(bytes),
        _ => None,
    }
}

/// Whether bytes hold a text.
fn contains(bytes: &[u8], text: &str) -> bool {
    let mut windows = bytes.windows(text.len().max(1));
    windows.any(|window| window == text.as_bytes())
}
