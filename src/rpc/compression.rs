//! Message compression (grpc/grpc `doc/compression.md`): the codings that clients know, with a bound.

use std::io::{self, Read as _, Write as _};

/// The most that one message may decompress to here. Above the 4 MiB that clients take by default, and far enough
/// below the 64 MiB that one run may hold for a body and its text form to stand beside it.
pub const DECOMPRESSED_MAX: usize = 8 * 1024 * 1024;

/// A message coding (`grpc-encoding`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not compressed.
    Identity,
    /// RFC 1952.
    Gzip,
    /// The zlib format of RFC 1950, as HTTP's "deflate".
    Deflate,
}

impl Encoding {
    /// The coding that a `grpc-encoding` value names, of those that can be decompressed here.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        match value.trim_ascii() {
            b"identity" => Some(Self::Identity),
            b"gzip" => Some(Self::Gzip),
            b"deflate" => Some(Self::Deflate),
            _ => None,
        }
    }
}

/// Why a message does not decompress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecompressError {
    /// The bytes are not of the coding, or end too soon; in the decompressor's words.
    Corrupt(String),
    /// More than [`DECOMPRESSED_MAX`] bytes come out.
    TooLarge,
    /// Bytes follow the end of the compressed data: how many.
    TrailingBytes(usize),
}

/// What a message was before it was compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decompressed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether they came in several gzip members (RFC 1952, 2.2).
    pub several_members: bool,
}

/// Decompresses one message.
///
/// # Errors
/// Where the bytes are not of that coding, go on after its end, or decompress to more than [`DECOMPRESSED_MAX`].
pub fn decompress(encoding: Encoding, bytes: &[u8]) -> Result<Decompressed, DecompressError> {
    let mut rest = bytes;
    let mut decompressed = Decompressed {
        bytes: Vec::new(),
        several_members: false,
    };
    match encoding {
        Encoding::Identity => decompressed.bytes.extend_from_slice(bytes),
        Encoding::Gzip => {
            let mut decoder = flate2::bufread::GzDecoder::new(&mut rest);
            read_bounded(&mut decoder, &mut decompressed.bytes)?;
            decompressed.several_members = !rest.is_empty();
            if decompressed.several_members {
                let mut decoder = flate2::bufread::MultiGzDecoder::new(&mut rest);
                read_bounded(&mut decoder, &mut decompressed.bytes)?;
            }
        }
        Encoding::Deflate => {
            let mut decoder = flate2::bufread::ZlibDecoder::new(&mut rest);
            read_bounded(&mut decoder, &mut decompressed.bytes)?;
            let consumed = usize::try_from(decoder.total_in()).unwrap_or(bytes.len());
            let left = bytes.len().saturating_sub(consumed);
            if left > 0 {
                return Err(DecompressError::TrailingBytes(left));
            }
        }
    }
    Ok(decompressed)
}

/// Compresses a message with gzip.
///
/// # Errors
/// None in practice: the writer is memory.
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Reads what a decoder has on to the end of `decompressed`.
fn read_bounded(
    decoder: &mut dyn io::Read,
    decompressed: &mut Vec<u8>,
) -> Result<(), DecompressError> {
    let limit = (DECOMPRESSED_MAX - decompressed.len()) as u64 + 1;
    decoder
        .take(limit)
        .read_to_end(decompressed)
        .map_err(|error| DecompressError::Corrupt(error.to_string()))?;
    if decompressed.len() > DECOMPRESSED_MAX {
        return Err(DecompressError::TooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8], several_members: bool) -> Result<Decompressed, DecompressError> {
        let bytes = bytes.to_vec();
        Ok(Decompressed {
            bytes,
            several_members,
        })
    }

    #[test]
    fn gzip_both_ways() {
        let packed = gzip(b"hello").unwrap();
        assert_eq!(decompress(Encoding::Gzip, &packed), whole(b"hello", false));
        let twice = [packed.clone(), gzip(b", world").unwrap()].concat();
        assert_eq!(
            decompress(Encoding::Gzip, &twice),
            whole(b"hello, world", true)
        );
        assert!(matches!(
            decompress(Encoding::Gzip, &[&packed[..], b"\0"].concat()),
            Err(DecompressError::Corrupt(_))
        ));
        assert!(matches!(
            decompress(Encoding::Gzip, &packed[..packed.len() - 3]),
            Err(DecompressError::Corrupt(_))
        ));
        assert!(matches!(
            decompress(Encoding::Gzip, b"plain"),
            Err(DecompressError::Corrupt(_))
        ));
    }

    #[test]
    fn deflate_is_zlib() {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(b"hello").unwrap();
        let mut packed = encoder.finish().unwrap();
        assert_eq!(
            decompress(Encoding::Deflate, &packed),
            whole(b"hello", false)
        );
        packed.push(0);
        assert_eq!(
            decompress(Encoding::Deflate, &packed),
            Err(DecompressError::TrailingBytes(1))
        );
    }

    #[test]
    fn bombs_are_bounded() {
        let packed = gzip(&vec![0; DECOMPRESSED_MAX + 1]).unwrap();
        assert!(packed.len() < 64 * 1024);
        assert_eq!(
            decompress(Encoding::Gzip, &packed),
            Err(DecompressError::TooLarge)
        );
        let half = gzip(&vec![0; DECOMPRESSED_MAX / 2 + 1]).unwrap();
        assert_eq!(
            decompress(Encoding::Gzip, &half.repeat(2)),
            Err(DecompressError::TooLarge)
        );
    }

    #[test]
    fn codings() {
        assert_eq!(Encoding::parse(b"gzip"), Some(Encoding::Gzip));
        assert_eq!(Encoding::parse(b"snappy"), None);
    }
}
