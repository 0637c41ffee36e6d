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

/// Decompresses one message.
///
/// # Errors
/// Where the bytes are not of that coding, go on after its end, or decompress to more than [`DECOMPRESSED_MAX`].
pub fn decompress(encoding: Encoding, bytes: &[u8]) -> Result<Vec<u8>, DecompressError> {
    let mut rest = bytes;
    let (decompressed, left) = match encoding {
        Encoding::Identity => return Ok(bytes.to_vec()),
        Encoding::Gzip => {
            let mut decoder = flate2::bufread::MultiGzDecoder::new(&mut rest);
            (read_bounded(&mut decoder)?, 0)
        }
        Encoding::Deflate => {
            let mut decoder = flate2::bufread::ZlibDecoder::new(&mut rest);
            let decompressed = read_bounded(&mut decoder)?;
            let consumed = usize::try_from(decoder.total_in()).unwrap_or(bytes.len());
            (decompressed, bytes.len() - consumed.min(bytes.len()))
        }
    };
    if left > 0 {
        Err(DecompressError::TrailingBytes(left))
    } else {
        Ok(decompressed)
    }
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

fn read_bounded(decoder: &mut dyn io::Read) -> Result<Vec<u8>, DecompressError> {
    let mut decompressed = Vec::new();
    let limit = DECOMPRESSED_MAX as u64 + 1;
    decoder
        .take(limit)
        .read_to_end(&mut decompressed)
        .map_err(|error| DecompressError::Corrupt(error.to_string()))?;
    if decompressed.len() > DECOMPRESSED_MAX {
        return Err(DecompressError::TooLarge);
    }
    Ok(decompressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_both_ways() {
        let packed = gzip(b"hello").unwrap();
        assert_eq!(decompress(Encoding::Gzip, &packed), Ok(b"hello".to_vec()));
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
            Ok(b"hello".to_vec())
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
    }

    #[test]
    fn codings() {
        assert_eq!(Encoding::parse(b"gzip"), Some(Encoding::Gzip));
        assert_eq!(Encoding::parse(b"snappy"), None);
    }
}
