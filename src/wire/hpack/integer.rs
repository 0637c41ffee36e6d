//! Integers (RFC 7541, 5.1).

/// Continuation octets that an integer may have: five carry 35 bits, more than the 32 that are accepted.
const CONTINUATIONS: usize = 5;

/// The integer at the start of `bytes`, whose first octet holds `prefix` bits of it (1 to 8), and the number of
/// octets that it takes. `None` where it does not end, has more than five continuation octets, or exceeds 2^32 - 1.
#[inline]
pub(super) fn decode(bytes: &[u8], prefix: u32) -> Option<(u32, usize)> {
    let (&first, rest) = bytes.split_first()?;
    let mask = 0xff_u8 >> (8 - prefix);
    if first & mask != mask {
        return Some((u32::from(first & mask), 1));
    }
    let mut value = u64::from(mask);
    for (place, &octet) in rest.iter().take(CONTINUATIONS).enumerate() {
        value += u64::from(octet & 0x7f) << (7 * place);
        if octet & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, place + 2));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn parses_the_examples_of_appendix_c_1() {
        assert_eq!(decode(&[0b1110_1010], 5), Some((10, 1)));
        assert_eq!(
            decode(&[0b1111_1111, 0b1001_1010, 0b0000_1010], 5),
            Some((1337, 3))
        );
        assert_eq!(decode(&[0b0010_1010], 8), Some((42, 1)));
    }

    #[test]
    fn parses_up_to_the_largest() {
        assert_eq!(decode(&[0x7f, 0x00], 7), Some((127, 2)));
        assert_eq!(
            decode(&[0x7f, 0x80, 0xff, 0xff, 0xff, 0x0f], 7),
            Some((u32::MAX, 6))
        );
        assert_eq!(
            decode(&[0x1f, 0x80, 0x80, 0x80, 0x80, 0x00], 5),
            Some((31, 6))
        );
    }

    #[test]
    fn refuses_what_is_too_large_or_too_long() {
        assert_eq!(decode(&[0x7f, 0x81, 0xff, 0xff, 0xff, 0x0f], 7), None);
        assert_eq!(decode(&[0x7f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 7), None);
        assert_eq!(decode(&[0xff; 16], 7), None);
    }

    #[test]
    fn needs_its_last_octet() {
        assert_eq!(decode(&[], 7), None);
        assert_eq!(decode(&[0x7f], 7), None);
        assert_eq!(decode(&[0x7f, 0x80], 7), None);
    }
}
