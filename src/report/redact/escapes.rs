//! Escapes of URLs, JSON, program text, protobuf text and HTML.

/// Up to four bytes, their number, and the length of the text that stands for them.
pub(super) type Unescaped = ([u8; 4], usize, usize);

/// Reads the start of a text: an escape, or one byte. Returns the bytes that it stands for, their number and its length.
pub(super) fn unescape(text: &[u8]) -> Unescaped {
    let one = |byte: u8, consumed| ([byte, 0, 0, 0], 1, consumed);
    let escape = match text {
        [b'%', high, low, ..] => hex_byte(*high, *low).map(|byte| one(byte, 3)),
        [b'\\', rest @ ..] => backslash(rest),
        [b'&', rest @ ..] => entity(rest),
        _ => None,
    };
    escape.unwrap_or_else(|| one(text.first().copied().unwrap_or_default(), 1))
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

fn of_char(c: char, consumed: usize) -> Unescaped {
    let mut bytes = [0; 4];
    let length = c.encode_utf8(&mut bytes).len();
    (bytes, length, consumed)
}

/// Reads the rest of an escape after its backslash.
fn backslash(rest: &[u8]) -> Option<Unescaped> {
    let simple = |byte: u8| Some(([byte, 0, 0, 0], 1, 2));
    match rest {
        [b'n', ..] => simple(b'\n'),
        [b'r', ..] => simple(b'\r'),
        [b't', ..] => simple(b'\t'),
        [mark @ (b'"' | b'\'' | b'\\' | b'/'), ..] => simple(*mark),
        [b'x', high, low, ..] => Some(([hex_byte(*high, *low)?, 0, 0, 0], 1, 4)),
        [b'u', b'{', digits @ ..] => {
            let end = digits.iter().take(7).position(|byte| *byte == b'}')?;
            Some(of_char(
                char::from_u32(number(&digits[..end], 16)?)?,
                end + 4,
            ))
        }
        [b'u', ..] => {
            let unit = number(rest.get(1..5)?, 16)?;
            if let Some(c) = char::from_u32(unit) {
                return Some(of_char(c, 6));
            }
            let low = rest.get(5..)?.strip_prefix(b"\\u")?;
            let pair = [unit, number(low.get(..4)?, 16)?].map(u16::try_from);
            let [Ok(high), Ok(low)] = pair else {
                return None;
            };
            let c = char::decode_utf16([high, low]).next()?.ok()?;
            Some(of_char(c, 12))
        }
        [b'U', ..] => Some(of_char(char::from_u32(number(rest.get(1..9)?, 16)?)?, 10)),
        [b'0'..=b'3', ..] => {
            let byte = u8::try_from(number(rest.get(..3)?, 8)?).ok()?;
            Some(([byte, 0, 0, 0], 1, 4))
        }
        _ => None,
    }
}

/// The longest name or number of an entity, with its semicolon.
const ENTITY_MAX: usize = 10;

/// Reads the rest of an HTML entity after its ampersand.
fn entity(rest: &[u8]) -> Option<Unescaped> {
    let end = rest
        .iter()
        .take(ENTITY_MAX)
        .position(|byte| *byte == b';')?;
    let c = match &rest[..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some(of_char(c, end + 2))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(digits, radix).ok()
}
