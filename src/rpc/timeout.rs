//! The `grpc-timeout` field (PROTOCOL-HTTP2, Requests: TimeoutValue TimeoutUnit).

use std::time::Duration;

/// The greatest TimeoutValue: "positive integer as ASCII string of at most 8 digits".
const VALUE_MAX: u128 = 99_999_999;

/// Units from finest to coarsest, with their nanoseconds.
const UNITS: [(char, u128); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60_000_000_000),
    ('H', 3_600_000_000_000),
];

/// The field value for a deadline, in the finest unit in which it fits, rounded up so that the server's deadline is
/// not before ours.
#[must_use]
pub fn format(timeout: Duration) -> String {
    let nanos = timeout.as_nanos().max(1);
    for (unit, size) in UNITS {
        let value = nanos.div_ceil(size);
        if value <= VALUE_MAX {
            return format!("{value}{unit}");
        }
    }
    format!("{VALUE_MAX}H")
}

/// The deadline that a field value stands for; `None` where it does not follow the grammar.
#[must_use]
pub fn parse(value: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?;
    let unit = text.chars().last()?;
    let digits = &text[..text.len() - unit.len_utf8()];
    let (_, size) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: u128 = digits.parse().ok().filter(|value| *value > 0)?;
    let nanos = value * size;
    Some(Duration::new(
        u64::try_from(nanos / 1_000_000_000).ok()?,
        (nanos % 1_000_000_000) as u32,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finest_unit_that_fits() {
        assert_eq!(format(Duration::from_secs(10)), "10000000u");
        assert_eq!(format(Duration::from_millis(20)), "20000000n");
        assert_eq!(format(Duration::from_secs(100)), "100000m");
        assert_eq!(format(Duration::ZERO), "1n");
        assert_eq!(format(Duration::MAX), "99999999H");
    }

    #[test]
    fn round_trip_never_shortens() {
        for nanos in [1u64, 999, 100_000_001, 123_456_789_012, 9_999_999_999_999] {
            let timeout = Duration::from_nanos(nanos);
            assert!(
                parse(format(timeout).as_bytes()).is_some_and(|parsed| parsed >= timeout),
                "{nanos}"
            );
        }
    }

    #[test]
    fn grammar() {
        assert_eq!(parse(b"1S"), Some(Duration::from_secs(1)));
        assert_eq!(
            parse(b"99999999H"),
            Some(Duration::from_secs(99_999_999 * 3600))
        );
        for bad in [
            "",
            "S",
            "1",
            "0S",
            "1s",
            "1.5S",
            "-1S",
            "123456789m",
            "1 S",
            "1\u{e9}",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
