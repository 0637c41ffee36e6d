use super::*;

fn units(records: &mut Records, mut input: &[u8]) -> Vec<Unit> {
    std::iter::from_fn(|| records.next(&mut input)).collect()
}

fn lost(records: &mut Records, mut bytes: u64) -> Option<Unit> {
    let unit = records.missing(&mut bytes);
    assert_eq!(records.missing(&mut bytes), None);
    unit
}

fn header(kind: u8, length: u16) -> Header {
    Header {
        kind: ContentType(kind),
        version: 0x0303,
        length,
    }
}

/// An alert, then 300 bytes of application data.
fn two() -> Vec<u8> {
    let mut bytes = vec![21, 3, 3, 0, 2, 1, 0, 23, 3, 3, 1, 44];
    bytes.resize(12 + 300, 0xaa);
    bytes
}

const ALERT: Header = Header {
    kind: ContentType::ALERT,
    version: 0x0303,
    length: 2,
};

#[test]
fn records_in_any_chunking() {
    let bytes = two();
    for size in 1..=bytes.len() {
        let mut records = Records::default();
        let mut found = Vec::new();
        for mut chunk in bytes.chunks(size) {
            while let Some(unit) = records.next(&mut chunk) {
                let record = records.take();
                found.push((unit, record.len()));
                records.give_back(record);
            }
        }
        let expected = [
            (Unit::Record(ALERT), 7),
            (Unit::Record(header(23, 300)), 305),
        ];
        assert_eq!(found, expected, "{size}");
        assert_eq!(records.finish(), None);
    }
}

#[test]
fn missing_bytes_within_a_record_lose_that_record() {
    let bytes = two();
    for (from, to) in [(12, 13), (20, 100), (200, 312), (13, 312)] {
        let mut records = Records::default();
        assert_eq!(units(&mut records, &bytes[..from]), [Unit::Record(ALERT)]);
        let unit = lost(&mut records, (to - from) as u64);
        assert_eq!(unit, Some(Unit::Lost(header(23, 300))));
        let mut rest = bytes[to..].to_vec();
        rest.extend_from_slice(&bytes);
        let found = units(&mut records, &rest);
        let expected = [Unit::Record(ALERT), Unit::Record(header(23, 300))];
        assert_eq!(found, expected, "{from}..{to}");
    }
}

#[test]
fn missing_headers_are_looked_for() {
    let bytes = two();
    // Before the first record, between records, and in the second header.
    for (from, gap, unread) in [(0, 9, 0), (7, 100, 0), (9, 100, 2), (11, 1, 4)] {
        let mut records = Records::default();
        units(&mut records, &bytes[..from]);
        assert_eq!(lost(&mut records, gap), None);
        let noise = [0x17, 3, 3, 0xff, 0xff, 9, 9];
        assert_eq!(units(&mut records, &noise), []);
        let found = units(&mut records, &bytes);
        let expected = [
            Unit::Gap(gap + unread + 7),
            Unit::Record(ALERT),
            Unit::Record(header(23, 300)),
        ];
        assert_eq!(found, expected, "{from}");
    }
}

#[test]
fn what_is_no_record_is_passed_over() {
    let mut records = Records::default();
    let mut bytes = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let length = bytes.len() as u64;
    assert_eq!(units(&mut records, &bytes), []);
    bytes = two();
    assert_eq!(units(&mut records, &bytes)[0], Unit::Gap(length));
    assert_eq!(units(&mut records, b"end of it"), []);
    assert_eq!(records.finish(), Some(Unit::Gap(9)));
}

#[test]
fn a_gap_can_be_longer_than_the_record_it_begins_in() {
    let bytes = two();
    let mut records = Records::default();
    units(&mut records, &bytes[..20]);
    assert!(lost(&mut records, 292 + 50).is_some());
    let expected = [Unit::Gap(50), Unit::Record(ALERT)];
    assert_eq!(units(&mut records, &bytes[..7]), expected);
    assert_eq!(lost(&mut records, u64::MAX), None);
    assert_eq!(lost(&mut records, u64::MAX), None);
    assert_eq!(units(&mut records, &bytes)[0], Unit::Gap(u64::MAX));
}

#[test]
fn the_first_bytes_of_a_record() {
    for more in [&[][..], &[22], &[20, 3], &[24, 3, 1, 0x40]] {
        assert_eq!(is_tls(more), None, "{more:?}");
    }
    for tls in [[22, 3, 1, 0, 1], [23, 3, 3, 0x48, 0]] {
        assert_eq!(is_tls(&tls), Some(true), "{tls:?}");
    }
    for other in [
        &b"H"[..],
        b"PRI * HTTP/2.0",
        &[0, 0, 18, 4],
        &[22, 0],
        &[22, 3, 5, 0, 1],
        &[22, 3, 3, 0, 0],
        &[23, 3, 3, 0x48, 1],
    ] {
        assert_eq!(is_tls(other), Some(false), "{other:?}");
    }
}
