//! Bodies that are compressed as a whole, as HTTP does it (`content-encoding`) and gRPC does not.

use crate::rpc::compression::{self, DecompressError, Encoding};
use crate::rpc::envelope::{self, Rest};

use super::shape;

/// The first bytes of a gzip stream with the one method that there is (RFC 1952, 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// Whether a body is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// It is not, whatever `content-encoding` says.
    No,
    /// It is, by a coding that is known; what is inside is what is judged.
    Known(Encoding),
    /// It is, and cannot be seen through: another coding, damage, or more than is decompressed here.
    Opaque,
}

/// Takes a body out of its `content-encoding`. A gzip stream is known by its first bytes too, for the field may have
/// been lost on the way.
pub(super) fn open(outer: &[u8], whole: bool, named: Option<&[u8]>) -> (Packed, Option<Vec<u8>>) {
    let named = named
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
    let looks = outer.starts_with(GZIP);
    if outer.is_empty() || named.is_none() && !looks {
        return (Packed::No, None);
    }
    let coding = if looks {
        Some(Encoding::Gzip)
    } else {
        named.and_then(coding)
    };
    let opened = coding
        .filter(|_| whole)
        .map(|coding| (coding, compression::decompress(coding, outer)));
    match opened {
        Some((coding, Ok(inner))) => (Packed::Known(coding), Some(inner.bytes)),
        Some((_, Err(DecompressError::TooLarge))) => (Packed::Opaque, None),
        _ if named.is_some() && (looks || !is_readable(outer)) => (Packed::Opaque, None),
        _ => (Packed::No, None),
    }
}

fn coding(name: &[u8]) -> Option<Encoding> {
    let name = name.to_ascii_lowercase();
    Encoding::parse(name.strip_prefix(b"x-").unwrap_or(&name))
}

/// Whether bytes are plainly not compressed: whole messages, or text.
fn is_readable(bytes: &[u8]) -> bool {
    let messages = envelope::split(bytes);
    messages.count > 0 && messages.rest == Rest::Nothing || shape::text_kind(bytes).is_some()
}
