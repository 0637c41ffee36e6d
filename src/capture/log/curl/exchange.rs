//! A request and its response, put together from the lines of their header sections and the parts of their bodies.

use std::time::Duration;

use crate::capture::log::What;
use crate::capture::log::build::Fields;
use crate::capture::log::cursor::{contains, split_once};
use crate::http::part::{Place, Within};
use crate::wire::Direction;

/// Where an exchange hands on what is complete.
type To<'o> = dyn FnMut(What<'_>) + 'o;

/// An exchange of a transfer; the next takes its place.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// The fields that curl says it sends over HTTP/2, which are more than the header section in HTTP/1.1's form has.
    announced: Fields,
    /// The header section of the request that is being read, and the version it names.
    request: Option<(String, Fields)>,
    /// That of the response.
    response: Option<(String, Fields)>,
    trailers: Fields,
    /// Whether a response's header section was handed on, and the response did not end.
    answered: bool,
    latest: Option<(Option<Duration>, Place)>,
}

impl Exchange {
    /// Something was heard of it.
    pub(super) fn heard(&mut self, at: Option<Duration>, place: Place) {
        self.latest = Some((at, place));
    }

    /// When and where something was last heard of it.
    pub(super) fn latest(&self) -> (Option<Duration>, Place) {
        let start = Place {
            offset: 0,
            within: Within::Line(1),
        };
        self.latest.unwrap_or((None, start))
    }

    /// The size of the fields that are kept.
    pub(super) fn size(&self) -> usize {
        let section = |section: &Option<(String, Fields)>| {
            let fields = section.as_ref().map(|(_, fields)| fields.size());
            fields.unwrap_or_default()
        };
        self.announced.size()
            + section(&self.request)
            + section(&self.response)
            + self.trailers.size()
    }

    /// A line of a request's header section.
    pub(super) fn request_line(&mut self, line: &[u8], to: &mut To<'_>) {
        if line.is_empty() {
            return self.request(to);
        }
        if let Some((_, fields)) = &mut self.request {
            let Some((name, value)) = split_once(line, ":") else {
                return;
            };
            // As curl itself does it, where it speaks HTTP/2.
            match name.to_ascii_lowercase().as_slice() {
                b"host" => fields.push(b":authority", value.trim_ascii()),
                name => fields.push(name, value.trim_ascii()),
            }
            return;
        }
        let mut words = line.splitn(3, |b| *b == b' ');
        if let (Some(method), Some(path), Some(version)) =
            (words.next(), words.next(), words.next())
            && version.starts_with(b"HTTP/")
        {
            self.end_response(to);
            let mut fields = Fields::default();
            fields.push(b":method", method);
            fields.push(b":path", path);
            self.request = Some((String::from_utf8_lossy(version).into_owned(), fields));
        }
    }

    /// Hands on the request's header section.
    fn request(&mut self, to: &mut To<'_>) {
        if let Some((version, fields)) = self.request.take() {
            let announced = std::mem::take(&mut self.announced);
            let fields = if announced.is_empty() {
                fields
            } else {
                announced
            };
            to(What::Head {
                direction: Direction::Sent,
                version: &version,
                fields: fields.block(),
                incomplete: fields.is_incomplete(),
            });
        }
    }

    /// A line of a response's header section, or of its trailer section; `false` where it can be neither.
    pub(super) fn response_line(&mut self, line: &[u8], to: &mut To<'_>) -> bool {
        if line.starts_with(b"HTTP/") {
            self.flush(to);
            let mut words = line.splitn(3, |b| *b == b' ');
            let version = words.next().unwrap_or_default();
            let mut fields = Fields::default();
            fields.push(b":status", words.next().unwrap_or_default());
            self.response = Some((String::from_utf8_lossy(version).into_owned(), fields));
            return true;
        }
        if line.is_empty() {
            self.head(to);
            return true;
        }
        match &mut self.response {
            Some((_, fields)) => fields.push_line(line),
            None => self.answered && self.trailers.push_line(line),
        }
    }

    /// A part of a body.
    pub(super) fn body(
        &mut self,
        direction: Direction,
        bytes: Option<&[u8]>,
        length: u64,
        to: &mut To<'_>,
    ) {
        if direction == Direction::Received {
            self.flush(to);
        }
        to(What::Body {
            direction,
            bytes,
            length,
        });
    }

    /// A remark of curl's; whether it was about the exchange.
    pub(super) fn remark(&mut self, text: &[u8], to: &mut To<'_>) -> bool {
        if let Some(field) = announced(text) {
            if field.starts_with(b":method: ") {
                self.announced = Fields::default();
            }
            return self.announced.push_line(field);
        }
        if contains(text, "completely uploaded") || contains(text, "upload completely sent off") {
            to(What::End {
                direction: Direction::Sent,
            });
            return true;
        }
        if contains(text, " left intact") {
            self.end_response(to);
            return true;
        }
        false
    }

    /// The response is complete, if there is one.
    fn end_response(&mut self, to: &mut To<'_>) {
        self.flush(to);
        if std::mem::take(&mut self.answered) {
            to(What::End {
                direction: Direction::Received,
            });
        }
    }

    /// Hands on a header section or a trailer section that nothing has ended.
    pub(super) fn flush(&mut self, to: &mut To<'_>) {
        self.head(to);
        let trailers = std::mem::take(&mut self.trailers);
        if !trailers.is_empty() {
            to(What::Trailers {
                direction: Direction::Received,
                fields: trailers.block(),
                incomplete: trailers.is_incomplete(),
            });
        }
    }

    fn head(&mut self, to: &mut To<'_>) {
        if let Some((version, fields)) = self.response.take() {
            self.answered = true;
            to(What::Head {
                direction: Direction::Received,
                version: &version,
                fields: fields.block(),
                incomplete: fields.is_incomplete(),
            });
        }
    }

    /// A field of the section that is being read is missing or could not be told.
    pub(super) fn miss_field(&mut self, direction: Direction) {
        match (direction, &mut self.request, &mut self.response) {
            (Direction::Sent, Some((_, fields)), _)
            | (Direction::Received, _, Some((_, fields))) => {
                fields.mark_incomplete();
            }
            (Direction::Sent, None, _) => {}
            (Direction::Received, _, None) => self.trailers.mark_incomplete(),
        }
    }

    /// Hands on the sections that are being read: the trace ends, though they may go on.
    pub(super) fn cut(&mut self, to: &mut To<'_>) {
        for direction in [Direction::Sent, Direction::Received] {
            self.miss_field(direction);
        }
        self.request(to);
        self.flush(to);
    }
}

/// The field of `h2h3 [name: value]` or `[HTTP/2] [1] [name: value]`, which curl says before it sends it.
fn announced(text: &[u8]) -> Option<&[u8]> {
    let rest = match text.strip_prefix(b"h2h3 [") {
        Some(rest) => rest,
        None => {
            let (_, rest) = split_once(text.strip_prefix(b"[HTTP/2] [")?, "] [")?;
            rest
        }
    };
    rest.strip_suffix(b"]")
}
