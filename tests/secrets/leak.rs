//! Looks for parts of secrets in an output.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// This many bytes of a secret are a leak.
const RUN: usize = 8;

/// Each run of eight bytes of each secret, in every form.
pub(crate) struct Leaks {
    /// The forms by their lengths.
    forms: BTreeMap<usize, HashSet<Vec<u8>>>,
    /// The first two bytes of any: most of a text is passed over by them.
    starts: Vec<bool>,
}

impl Leaks {
    pub(crate) fn of(secrets: &[String]) -> Self {
        let mut forms: BTreeMap<usize, HashSet<Vec<u8>>> = BTreeMap::new();
        let mut starts = vec![false; 1 << 16];
        for window in secrets
            .iter()
            .flat_map(|secret| secret.as_bytes().windows(RUN))
        {
            for form in self::forms(window) {
                starts[start(&form)] = true;
                forms.entry(form.len()).or_default().insert(form);
            }
        }
        Self { forms, starts }
    }

    /// Fails if one is in the text.
    pub(crate) fn assert_none(&self, text: &str, what: &str) {
        let plain = without_colour(text);
        // Dumps and wrapped lines put blanks, bars and line ends between bytes.
        let joined: Vec<u8> = plain
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'|')
            .collect();
        for text in [plain.as_bytes(), &joined] {
            for (length, forms) in &self.forms {
                let found = text
                    .windows(*length)
                    .find(|window| self.starts[start(window)] && forms.contains(*window));
                if let Some(found) = found {
                    panic!(
                        "{what}: {:?} is in:\n{plain}",
                        String::from_utf8_lossy(found)
                    );
                }
            }
        }
    }
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// The bytes as text, as hexadecimal digits, and as base64 holds them wherever they begin in it.
fn forms(window: &[u8]) -> Vec<Vec<u8>> {
    let digits = hex(window);
    let mut forms = vec![window.to_vec(), digits.to_uppercase().into(), digits.into()];
    for before in 0..3 {
        let encoded = STANDARD_NO_PAD.encode([&vec![0; before], window].concat());
        // The characters that hold bits of these bytes alone.
        let start = [0, 2, 3][before];
        let end = (before + window.len()) * 8 / 6;
        let inner = &encoded[start..end];
        forms.push(inner.into());
        forms.push(inner.replace('+', "-").replace('/', "_").into());
    }
    forms
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text without the sequences that colour it.
fn without_colour(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[test]
fn leaks_are_found() {
    let secret = Leaks::of(&["0123456789".to_owned()]);
    for text in [
        "x12345678",
        "1234\n    5678",
        "31 32 33 34 | 35 36 37 38",
        "3132333435363738",
        "\x1b[1m1234\x1b[0m5678",
        &STANDARD_NO_PAD.encode("ab12345678c"),
        &STANDARD_NO_PAD.encode("a12345678"),
    ] {
        let found = std::panic::catch_unwind(|| secret.assert_none(text, ""));
        assert!(found.is_err(), "{text}");
    }
    secret.assert_none("0123456 3456789 31 32 33 34 35 36 37", "");
}
