//! Bodies that went through text: bytes replaced, widened, or a byte order mark put before them.

use std::borrow::Cow;

use crate::rpc::envelope::{self, Message, Messages, PREFIX_LENGTH, Rest};

use super::shape::{self, Reading};

/// The byte order mark as UTF-8 has it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What text did to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mangling {
    /// Every byte that is no UTF-8 was replaced by U+FFFD. What stood there is lost.
    Replaced,
    /// Bytes were taken for Latin-1 characters and written as UTF-8: each from 0x80 on became two.
    Widened,
    /// A byte order mark stands before the body.
    Marked,
}

/// The bytes as they were, where the damage can be undone: whole messages come out, and there are none as it stands.
pub(super) fn undo(
    bytes: &[u8],
    messages: &Messages,
    reading: &Reading<'_>,
) -> Option<(Mangling, Vec<u8>)> {
    if let Some(rest) = bytes.strip_prefix(BYTE_ORDER_MARK) {
        return is_framed(rest).then(|| (Mangling::Marked, rest.to_vec()));
    }
    if messages.rest == Rest::Nothing {
        return None;
    }
    let narrow = narrow(bytes)?;
    let good = |message: &Message| reading.is_message(message.flag, message.payload(&narrow));
    let whole = envelope::split(&narrow);
    let fits = is_framed(&narrow) && whole.whole.iter().all(good);
    // A length that counts characters instead of bytes looks the same; there the bytes as they stand are the message.
    let counted = bytes
        .split_at_checked(PREFIX_LENGTH)
        .is_some_and(|(prefix, rest)| reading.is_message(prefix[0], rest));
    (fits && !counted).then_some((Mangling::Widened, narrow))
}

fn is_framed(bytes: &[u8]) -> bool {
    let messages = envelope::split(bytes);
    messages.count > 0 && messages.rest == Rest::Nothing
}

/// The Latin-1 bytes of UTF-8 text that has some from 0x80 on, and no character above Latin-1.
fn narrow(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let narrow: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    narrow.filter(|narrow| narrow.len() < bytes.len())
}

/// Bytes with question marks for U+FFFD. In the text of a message that changes nothing; where U+FFFD took the place of
/// a byte of a number, the message is none any more.
pub(super) fn without_marks(bytes: &[u8]) -> Cow<'_, [u8]> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains(char::REPLACEMENT_CHARACTER) => Cow::Owned(
            text.replace(char::REPLACEMENT_CHARACTER, "???")
                .into_bytes(),
        ),
        _ => Cow::Borrowed(bytes),
    }
}

/// Whether bytes of a binary body were replaced by U+FFFD. That the body as it stands is no bare message, and no text,
/// is for the caller to know.
pub(super) fn is_replaced(bytes: &[u8], messages: &Messages) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let count = text.matches(char::REPLACEMENT_CHARACTER).count();
    if count == 0 || shape::text_kind(bytes).is_some() {
        return false;
    }
    // A prefix or a message that begins or ends within a character was not what the sender wrote.
    let splits = |message: &Message| {
        let end = message.payload_start() + message.length as usize;
        !text.is_char_boundary(message.payload_start().min(text.len()))
            || !text.is_char_boundary(end.min(text.len()))
    };
    match messages.rest {
        _ if messages.whole.iter().any(splits) => true,
        Rest::PartialMessage(message) => splits(&message),
        // Each byte that was replaced made the body two bytes longer than its prefix says.
        Rest::Undefined(_) | Rest::PartialPrefix if messages.count == 1 => {
            bytes.len() - messages.end == 2 * count
        }
        Rest::Undefined(_) => messages.count == 0,
        _ => false,
    }
}
