//! The record layer (RFC 8446, 5.1; RFC 5246, 6.2): bytes of one direction in, records out.

/// Length of a record header, in bytes.
pub(super) const HEADER_LENGTH: usize = 5;

/// The largest fragment, in bytes, with the room that TLS 1.2 allows encryption to add (RFC 5246, 6.2.3).
const FRAGMENT_MAX: u16 = 16_384 + 2048;

/// The `legacy_record_version` of every record after the hellos (RFC 8446, 5.1).
const LEGACY_VERSION: u16 = 0x0303;

/// What a record carries. Unknown values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentType(pub(super) u8);

impl ContentType {
    /// From here on the direction is encrypted (TLS 1.2).
    pub(super) const CHANGE_CIPHER_SPEC: Self = Self(20);
    /// An alert.
    pub(super) const ALERT: Self = Self(21);
    /// Handshake messages.
    pub(super) const HANDSHAKE: Self = Self(22);
    /// Plaintext of the application, or anything encrypted in TLS 1.3.
    pub(super) const APPLICATION_DATA: Self = Self(23);
    /// The last that is registered: heartbeat (RFC 6520).
    const LAST: Self = Self(24);
}

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// What the record carries, as far as it is told in the clear.
    pub(super) kind: ContentType,
    version: u16,
    /// Bytes after the header.
    pub(super) length: u16,
}

impl Header {
    /// Reads a header, whatever it says.
    pub(super) const fn parse(bytes: &[u8; HEADER_LENGTH]) -> Self {
        let [kind, major, minor, high, low] = *bytes;
        Self {
            kind: ContentType(kind),
            version: u16::from_be_bytes([major, minor]),
            length: u16::from_be_bytes([high, low]),
        }
    }

    /// The length of the whole record, in bytes.
    pub(super) const fn record_length(self) -> usize {
        HEADER_LENGTH + self.length as usize
    }

    /// Whether a record can have this header: a content type and a length that there are, SSL 3.0 to TLS 1.3.
    const fn is_plausible(self) -> bool {
        ContentType::CHANGE_CIPHER_SPEC.0 <= self.kind.0
            && self.kind.0 <= ContentType::LAST.0
            && 0x0300 <= self.version
            && self.version <= 0x0304
            && 1 <= self.length
            && self.length <= FRAGMENT_MAX
    }

    /// Whether five bytes in the middle of anything are taken for a header: stricter, as random bytes must not be. One
    /// place in some twenty million looks so by chance.
    fn is_convincing(self) -> bool {
        self.is_plausible()
            && self.version == LEGACY_VERSION
            && matches!(
                self.kind,
                ContentType::ALERT | ContentType::HANDSHAKE | ContentType::APPLICATION_DATA
            )
    }
}

/// Whether the first bytes of a direction are a TLS record; `None` where more of them are needed, five at most.
#[must_use]
pub fn is_tls(start: &[u8]) -> Option<bool> {
    if let Some(header) = start.first_chunk() {
        return Some(Header::parse(header).is_plausible());
    }
    let fits = match start {
        [] => true,
        [kind, rest @ ..] => {
            let version = rest.first().is_none_or(|major| *major == 3);
            version && (ContentType::CHANGE_CIPHER_SPEC.0..=ContentType::LAST.0).contains(kind)
        }
    };
    (!fits).then_some(false)
}

/// What was found in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A whole record; [`Records::record`] has it.
    Record(Header),
    /// A record of which a part is missing.
    Lost(Header),
    /// This many bytes, headers included, in which no record is known to begin; another record follows them.
    Gap(u64),
}

/// Finds the records of one direction, and finds them again after bytes that are missing: by the length of the record
/// they are missing from, else by looking for a header.
#[derive(Debug, Default)]
pub(super) struct Records {
    state: State,
    /// A record as far as it came, or the last one that was found.
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// At a record, as much of which as came is in the buffer.
    #[default]
    Record,
    /// The record in the buffer was found.
    Found,
    /// In a record that is lost, with so many bytes to go.
    Lost { left: u64 },
    /// Nowhere: looking for a header, so many bytes after the last record.
    Lookout { bytes: u64 },
}

impl Records {
    /// The next unit of `input`, which is moved past the bytes taken; `None` when all were taken.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Option<Unit> {
        loop {
            match &mut self.state {
                State::Record => match self.gather(input)? {
                    header if header.is_plausible() => {
                        self.state = State::Found;
                        return Some(Unit::Record(header));
                    }
                    _ => self.state = State::Lookout { bytes: 0 },
                },
                State::Found => {
                    self.buffer.clear();
                    self.state = State::Record;
                }
                State::Lost { left } => {
                    // At most the input's length.
                    let skipped = skipped(left, input.len() as u64) as usize;
                    *input = input.get(skipped..).unwrap_or_default();
                    if *left > 0 {
                        return None;
                    }
                    self.state = State::Record;
                }
                State::Lookout { bytes } => {
                    if !look_out(&mut self.buffer, input, bytes) {
                        return None;
                    }
                    let bytes = *bytes;
                    self.state = State::Record;
                    return Some(Unit::Gap(bytes));
                }
            }
        }
    }

    /// Takes note that `bytes` are missing here, and answers what was lost by it that can be told at once. To be asked
    /// until it answers `None`; `bytes` is moved on as input is.
    pub(super) fn missing(&mut self, bytes: &mut u64) -> Option<Unit> {
        while *bytes > 0 {
            match &mut self.state {
                State::Found => {
                    self.buffer.clear();
                    self.state = State::Record;
                }
                State::Record => {
                    let held = self.buffer.len() as u64;
                    let header = self.buffer.first_chunk().map(Header::parse);
                    self.buffer.clear();
                    if let Some(header) = header.filter(|it| it.is_plausible()) {
                        let left = (header.record_length() as u64).saturating_sub(held);
                        self.state = State::Lost { left };
                        return Some(Unit::Lost(header));
                    }
                    self.state = State::Lookout { bytes: held };
                }
                State::Lost { left } => {
                    *bytes -= skipped(left, *bytes);
                    if *left == 0 {
                        self.state = State::Record;
                    }
                }
                State::Lookout { bytes: looked } => {
                    *looked = looked.saturating_add(self.buffer.len() as u64 + *bytes);
                    self.buffer.clear();
                    *bytes = 0;
                }
            }
        }
        None
    }

    /// The bytes after the last record, where the direction ended with no other record found in them.
    pub(super) fn finish(&mut self) -> Option<Unit> {
        match std::mem::take(&mut self.state) {
            State::Lookout { bytes } => {
                Some(Unit::Gap(bytes.saturating_add(self.buffer.len() as u64)))
            }
            State::Record | State::Found | State::Lost { .. } => None,
        }
    }

    /// Lends out the record that was found, to be opened in place, and to be given back.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Takes back what [`Self::take`] lent out.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        self.buffer = buffer;
    }

    /// How much memory it takes beside itself, in bytes.
    pub(super) const fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// Lets go of a record that was lent out and is not needed again.
    pub(super) fn shed(&mut self) {
        if let State::Found = self.state {
            self.buffer = Vec::new();
            self.state = State::Record;
        }
    }

    /// Moves bytes from `input` to the buffer, until a record is whole there, or a header that cannot be one.
    fn gather(&mut self, input: &mut &[u8]) -> Option<Header> {
        self.fill(input, HEADER_LENGTH);
        let header = Header::parse(self.buffer.first_chunk()?);
        if header.is_plausible() {
            self.fill(input, header.record_length());
            if self.buffer.len() < header.record_length() {
                return None;
            }
        }
        Some(header)
    }

    /// Moves bytes from `input` to the buffer until that holds `length`.
    fn fill(&mut self, input: &mut &[u8], length: usize) {
        let wanted = length.saturating_sub(self.buffer.len()).min(input.len());
        let (taken, rest) = input.split_at(wanted);
        self.buffer.extend_from_slice(taken);
        *input = rest;
    }
}

/// Skips what it can of `left`, with `available` bytes at hand, and answers how many bytes that were.
fn skipped(left: &mut u64, available: u64) -> u64 {
    let bytes = available.min(*left);
    *left -= bytes;
    bytes
}

/// Looks for a header that convinces, which is in `buffer` then. Counts the bytes that came before it.
fn look_out(buffer: &mut Vec<u8>, input: &mut &[u8], bytes: &mut u64) -> bool {
    loop {
        if let Some(header) = buffer.first_chunk() {
            if Header::parse(header).is_convincing() {
                return true;
            }
            buffer.remove(0);
            *bytes = bytes.saturating_add(1);
        }
        let Some((&byte, rest)) = input.split_first() else {
            return false;
        };
        buffer.push(byte);
        *input = rest;
    }
}

#[cfg(test)]
mod tests;
