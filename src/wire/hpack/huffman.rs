//! Huffman-coded strings (RFC 7541, 5.2 and Appendix B).
//!
//! The next [`WINDOW`] bits index a table that gives the one or two symbols standing there; that covers all of a
//! usual header. Codes longer than the window are found by comparison, for the code is canonical: left-aligned,
//! codes ascend with their length and then with their symbol.

use super::huffman_code::{CODES, EOS};

/// Bits looked up at once: two symbols of 5 to 7 bits mostly fit, and the table still takes only 16 KiB.
const WINDOW: u32 = 12;

/// The longest code, EOS, in bits.
const LONGEST: u32 = 30;

/// The shortest code, in bits.
const SHORTEST: u32 = 5;

/// What a window of bits starts with.
#[derive(Clone, Copy)]
struct Step {
    symbols: [u8; 2],
    /// Bits of the first symbol; 0 where its code is longer than the window.
    first: u8,
    /// Bits of all the symbols whose codes end in the window: of the first, or of both.
    bits: u8,
}

static STEPS: [Step; 1 << WINDOW] = steps();

/// The codes of one length.
#[derive(Clone, Copy)]
struct Row {
    bits: u32,
    /// The lowest of them, left-aligned in 32 bits.
    lowest: u32,
    /// Where their symbols start in [`BY_CODE`].
    start: usize,
}

/// One row for each length that has codes, ascending; lengths without any repeat the row before.
static ROWS: [Row; (LONGEST - SHORTEST + 1) as usize] = rows();

/// The symbols in the order of their left-aligned codes.
static BY_CODE: [u16; CODES.len()] = by_code();

/// Appends the text that `encoded` stands for to `text`. Returns whether the code is good; if it is not (EOS within,
/// or padding that is longer than 7 bits or not all ones), `text` is left as it was.
pub(super) fn decode(encoded: &[u8], text: &mut Vec<u8>) -> bool {
    let start = text.len();
    // Two more than there can be: a step always writes both of its symbols, then counts those that are real.
    text.resize(start + encoded.len() * 8 / SHORTEST as usize + 2, 0);
    let written = decode_into(encoded, &mut text[start..]);
    text.truncate(start + written.unwrap_or(0));
    written.is_some()
}

fn decode_into(encoded: &[u8], text: &mut [u8]) -> Option<usize> {
    let mut written = 0;
    // The bits not decoded yet, left-aligned. Below the topmost `bits` stand zeros or bits that will follow.
    let mut buffer: u64 = 0;
    let mut bits: u32 = 0;
    let mut rest = encoded;

    while let Some(word) = rest.first_chunk() {
        buffer |= u64::from_be_bytes(*word) >> bits;
        rest = &rest[((63 - bits) / 8) as usize..];
        bits |= 56;
        while bits >= WINDOW {
            let step = STEPS[(buffer >> (64 - WINDOW)) as usize];
            if step.bits != 0 {
                text[written..written + 2].copy_from_slice(&step.symbols);
                written += 1 + usize::from(step.bits != step.first);
                buffer <<= step.bits;
                bits -= u32::from(step.bits);
            } else if bits >= LONGEST {
                let (symbol, length) = long(buffer);
                text[written] = u8::try_from(symbol).ok()?;
                written += 1;
                buffer <<= length;
                bits -= length;
            } else {
                break;
            }
        }
    }

    loop {
        while bits < 56
            && let Some((&octet, after)) = rest.split_first()
        {
            buffer |= u64::from(octet) << (56 - bits);
            bits += 8;
            rest = after;
        }
        // Ones after the end: then padding reads as the start of EOS, and never as a symbol.
        let padded = buffer | (u64::MAX >> bits);
        let step = STEPS[(padded >> (64 - WINDOW)) as usize];
        let used = if step.bits != 0 && u32::from(step.bits) <= bits {
            text[written..written + 2].copy_from_slice(&step.symbols);
            written += 1 + usize::from(step.bits != step.first);
            u32::from(step.bits)
        } else if step.bits != 0 && u32::from(step.first) <= bits {
            text[written] = step.symbols[0];
            written += 1;
            u32::from(step.first)
        } else {
            let (symbol, length) = long(padded);
            if length > bits {
                let all_ones = padded == u64::MAX;
                return (bits < 8 && all_ones).then_some(written);
            }
            text[written] = u8::try_from(symbol).ok()?;
            written += 1;
            length
        };
        buffer <<= used;
        bits -= used;
    }
}

/// The symbol whose code starts `window`, left-aligned, and the bits of the code.
fn long(window: u64) -> (u16, u32) {
    let window = (window >> 32) as u32;
    // The lowest code of all is zero, so a row is always found.
    let row = ROWS
        .iter()
        .rev()
        .find(|row| row.lowest <= window)
        .unwrap_or(&ROWS[0]);
    let symbol = row.start + ((window - row.lowest) >> (32 - row.bits)) as usize;
    // Above EOS, thirty ones, there is nothing, so the index is in range.
    (BY_CODE[symbol.min(EOS)], row.bits)
}

const fn by_code() -> [u16; CODES.len()] {
    let mut symbols = [0; CODES.len()];
    let mut filled = 0;
    let mut length = SHORTEST;
    while length <= LONGEST {
        let mut symbol = 0;
        while symbol < CODES.len() {
            if CODES[symbol].1 == length {
                symbols[filled] = symbol as u16;
                filled += 1;
            }
            symbol += 1;
        }
        length += 1;
    }
    symbols
}

const fn rows() -> [Row; (LONGEST - SHORTEST + 1) as usize] {
    let symbols = by_code();
    let mut rows = [Row {
        bits: SHORTEST,
        lowest: 0,
        start: 0,
    }; (LONGEST - SHORTEST + 1) as usize];
    let mut row = 0;
    let mut place = 0;
    while row < rows.len() {
        let length = SHORTEST + row as u32;
        if place < symbols.len() && CODES[symbols[place] as usize].1 == length {
            let code = CODES[symbols[place] as usize].0;
            rows[row] = Row {
                bits: length,
                lowest: code << (32 - length),
                start: place,
            };
            while place < symbols.len() && CODES[symbols[place] as usize].1 == length {
                place += 1;
            }
        } else if row > 0 {
            rows[row] = rows[row - 1];
        }
        row += 1;
    }
    rows
}

const fn steps() -> [Step; 1 << WINDOW] {
    let mut singles = [Step {
        symbols: [0; 2],
        first: 0,
        bits: 0,
    }; 1 << WINDOW];
    let mut symbol = 0;
    while symbol < EOS {
        let (code, length) = CODES[symbol];
        if length <= WINDOW {
            let lowest = (code << (WINDOW - length)) as usize;
            let mut window = lowest;
            while window < lowest + (1 << (WINDOW - length)) {
                singles[window] = Step {
                    symbols: [symbol as u8, 0],
                    first: length as u8,
                    bits: length as u8,
                };
                window += 1;
            }
        }
        symbol += 1;
    }
    let mut steps = singles;
    let mut window = 0;
    while window < steps.len() {
        let first = singles[window];
        let second = singles[(window << first.bits) & ((1 << WINDOW) - 1)];
        if first.bits != 0 && second.bits != 0 && (first.bits + second.bits) as u32 <= WINDOW {
            steps[window] = Step {
                symbols: [first.symbols[0], second.symbols[0]],
                first: first.bits,
                bits: first.bits + second.bits,
            };
        }
        window += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodes as RFC 7541, 5.2 says.
    fn encode(text: &[u8]) -> Vec<u8> {
        let mut bits = String::new();
        for &octet in text {
            let (code, length) = CODES[usize::from(octet)];
            bits.push_str(&format!("{code:032b}")[32 - length as usize..]);
        }
        pack(&bits)
    }

    fn pack(bits: &str) -> Vec<u8> {
        let mut bits = bits.to_owned();
        while !bits.len().is_multiple_of(8) {
            bits.push('1');
        }
        bits.as_bytes()
            .chunks(8)
            .map(|octet| {
                octet
                    .iter()
                    .fold(0, |value, &bit| value << 1 | (bit - b'0'))
            })
            .collect()
    }

    fn decoded(encoded: &[u8]) -> Option<Vec<u8>> {
        let mut text = b"before".to_vec();
        let good = decode(encoded, &mut text);
        assert!(text.starts_with(b"before"));
        if !good {
            assert_eq!(text, b"before", "a bad code leaves nothing");
        }
        good.then(|| text.split_off(6))
    }

    #[test]
    fn the_code_is_canonical() {
        let aligned: Vec<u32> = BY_CODE
            .iter()
            .map(|&symbol| CODES[usize::from(symbol)])
            .map(|(code, length)| code << (32 - length))
            .collect();
        assert!(aligned.is_sorted_by(|a, b| a < b));
        assert_eq!(usize::from(BY_CODE[EOS]), EOS);
    }

    #[test]
    fn every_octet_comes_back_at_every_alignment() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decoded(&encode(&all)), Some(all));
        for octet in 0..=255 {
            for before in 0..24 {
                for after in 0..12 {
                    let mut text = vec![b'0'; before];
                    text.push(octet);
                    text.extend(vec![b'a'; after]);
                    assert_eq!(decoded(&encode(&text)), Some(text));
                }
            }
        }
    }

    #[test]
    fn every_pair_of_octets_comes_back() {
        for pair in 0..=u16::MAX {
            let text = pair.to_be_bytes().to_vec();
            assert_eq!(decoded(&encode(&text)), Some(text));
        }
    }

    #[test]
    fn the_empty_string_is_good() {
        assert_eq!(decoded(&[]), Some(Vec::new()));
    }

    #[test]
    fn padding_is_fewer_than_eight_ones() {
        assert_eq!(decoded(&[0xff]), None, "eight ones");
        assert_eq!(decoded(&[0x07]), Some(b"0".to_vec()), "0, and three ones");
        assert_eq!(decoded(&[0x06]), None, "0, and 110");
        assert_eq!(decoded(&[0x07, 0xff]), None, "0, and eleven ones");
        assert_eq!(decoded(&[0xf8]), Some(b"&".to_vec()), "exactly eight bits");
        assert_eq!(decoded(&[0xf8, 0xff]), None, "an octet of padding");
        assert_eq!(decoded(&[0xfe]), None, "the start of a longer code");
    }

    #[test]
    fn eos_is_refused_wherever_it_stands() {
        for before in 0..20 {
            for after in [0, 1, 20] {
                let bits = "00000".repeat(before) + &"1".repeat(30) + &"00000".repeat(after);
                assert_eq!(decoded(&pack(&bits)), None);
            }
        }
    }
}
