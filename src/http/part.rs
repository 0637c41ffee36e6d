//! Where bytes stand in the input that they were read from.

/// A place in an input: a capture file, a log. Live connections have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Bytes of the input before it. In a compressed capture, of what that unpacks to.
    pub offset: u64,
    /// What holds it.
    pub within: Within,
}

/// What holds a place in an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Within {
    /// Nothing but the input's own bytes.
    #[default]
    Bytes,
    /// A packet, by its number in the capture, from 1.
    Packet(u64),
    /// A packet, from 1, that holds the end of what the bytes were decrypted from; the offset is that of its payload.
    Encrypted(u64),
    /// A line of text, by its number, from 1.
    Line(u64),
    /// An entry of an archive, by its number, from 1; no offset of it is known.
    Entry(u64),
}
