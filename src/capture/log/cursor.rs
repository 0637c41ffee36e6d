//! Taking a line apart from its front.

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    /// Takes `text`, if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text.as_bytes());
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes what comes before the first of `ends`, or all there is.
    pub(super) fn until(&mut self, ends: &[u8]) -> &'a [u8] {
        let at = self.0.iter().position(|b| ends.contains(b));
        let (word, rest) = self.0.split_at(at.unwrap_or(self.0.len()));
        self.0 = rest;
        word
    }

    /// Takes a decimal number.
    pub(super) fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        decimal(number)
    }

    /// Takes `text`, and the decimal number after it.
    pub(super) fn number_after<T: std::str::FromStr>(&mut self, text: &str) -> Option<T> {
        self.eat(text).then(|| self.number())?
    }
}

/// All of a text as a decimal number.
pub(super) fn decimal<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// All of a text as a hexadecimal number, after `0x`.
pub(super) fn hexadecimal(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"0x")?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// What comes before and after the first place of `needle`.
pub(super) fn split_once<'a>(text: &'a [u8], needle: &str) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, needle.as_bytes())?;
    Some((&text[..at], &text[at + needle.len()..]))
}

/// Whether `needle` is somewhere in a text.
pub(super) fn contains(text: &[u8], needle: &str) -> bool {
    memchr::memmem::find(text, needle.as_bytes()).is_some()
}

/// A line as a person reads it.
pub(super) fn said(text: &[u8]) -> String {
    String::from_utf8_lossy(text.trim_ascii()).into_owned()
}
