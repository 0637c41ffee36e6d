//! Text in UTF-16, as PowerShell redirects it, read as UTF-8.

use std::io::{self, Read};

/// How much is read at a time, in bytes.
const AT_ONCE: usize = 4 * 1024;

/// The first bytes of a text in UTF-16: its byte order mark.
pub(super) const MARK_LENGTH: usize = 2;

/// Reads the text after its mark. What is no character is read as U+FFFD.
pub(super) struct Utf16<R> {
    reader: R,
    big_endian: bool,
    /// The first byte of a unit, and the first unit of a character that has two.
    byte: Option<u8>,
    unit: Option<u16>,
    /// The characters that were read, and how many bytes of them were handed on.
    text: String,
    handed_on: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    /// What comes after the mark, if it is one.
    pub(super) fn new(mark: &[u8], reader: R) -> Result<Self, R> {
        let big_endian = match mark {
            [0xff, 0xfe] => false,
            [0xfe, 0xff] => true,
            _ => return Err(reader),
        };
        Ok(Self {
            reader,
            big_endian,
            byte: None,
            unit: None,
            text: String::new(),
            handed_on: 0,
            ended: false,
        })
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut bytes = [0; AT_ONCE];
        let count = self.reader.read(&mut bytes)?;
        self.text.clear();
        self.handed_on = 0;
        for &byte in &bytes[..count] {
            match self.byte.take() {
                Some(first) if self.big_endian => self.take(u16::from_be_bytes([first, byte])),
                Some(first) => self.take(u16::from_le_bytes([first, byte])),
                None => self.byte = Some(byte),
            }
        }
        self.ended = count == 0;
        if self.ended && (self.byte.is_some() || self.unit.is_some()) {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        Ok(())
    }

    fn take(&mut self, unit: u16) {
        let first = self.unit.take();
        if first.is_none() && matches!(unit, 0xd800..0xdc00) {
            self.unit = Some(unit);
            return;
        }
        let units = first.into_iter().chain([unit]);
        self.text
            .extend(char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.handed_on == self.text.len() && !self.ended {
            self.fill()?;
        }
        let count = (&self.text.as_bytes()[self.handed_on..]).read(into)?;
        self.handed_on += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_order_and_what_is_no_character() {
        let text = "G\u{fc}\u{df} \u{1f600}\r\n";
        let bytes = |big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        let read = |mark: &[u8], bytes: &[u8]| {
            let mut read = String::new();
            let mut utf16 = Utf16::new(mark, bytes).ok().unwrap();
            utf16.read_to_string(&mut read).unwrap();
            read
        };
        assert_eq!(read(&[0xff, 0xfe], &bytes(false)), text);
        assert_eq!(read(&[0xfe, 0xff], &bytes(true)), text);
        assert_eq!(
            read(&[0xff, 0xfe], b"\0\xdca\0\0\xd8b\0c"),
            "\u{fffd}a\u{fffd}b\u{fffd}"
        );
        assert_eq!(read(&[0xff, 0xfe], b"\x3d\xd8"), "\u{fffd}");
        assert!(Utf16::new(&[0xef, 0xbb], &b""[..]).is_err());
        let long = "a".repeat(10_000);
        let bytes: Vec<u8> = long.bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(read(&[0xff, 0xfe], &bytes), long);
    }
}
