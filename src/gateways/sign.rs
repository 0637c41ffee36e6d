//! What tells a gateway.

use super::answer::{Answer, Field};
use crate::diagnosis::text;
use crate::wire::SettingId;

/// How much of a field's value a clue quotes.
const QUOTED: usize = 60;

/// How much a sign is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Not confirmed, or shared with others. Bears out what other signs say, and decides nothing.
    Hint,
    /// A value that an operator can set, or words that others may use.
    Weak,
    /// A name that one product alone writes.
    Strong,
}

impl Strength {
    /// The strength in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Weak => "weak",
            Self::Strong => "strong",
        }
    }
}

/// A sign that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clue {
    /// What was seen: `x-amz-apigw-id`, `server: nginx/1.22.1`. May hold wire bytes; the reports escape them.
    pub what: String,
    /// Index of the frame that holds it; `None` outside of frames.
    pub frame: Option<usize>,
    /// How much it is worth.
    pub strength: Strength,
}

/// One sign of a gateway.
#[derive(Debug)]
pub(super) struct Sign {
    on: On,
    strength: Strength,
}

/// Where a sign stands.
#[derive(Debug)]
enum On {
    /// A response field, whatever its value.
    Field(&'static str),
    /// A response field whose name begins so.
    Fields(&'static str),
    /// A response field whose value names this product, with or without its version.
    Product(&'static str, &'static str),
    /// A `via` entry of this product.
    Via(&'static str),
    /// Words in the body or in `grpc-message`.
    Words(&'static str),
    /// Words in the name of the server's certificate.
    Certificate(&'static str),
    /// The host that was called ends so.
    Host(&'static str),
    /// Something else, with its description.
    Answer(&'static str, fn(&Answer<'_>) -> bool),
}

impl Sign {
    const fn new(on: On, strength: Strength) -> Self {
        Self { on, strength }
    }

    /// A response field that nothing else writes.
    pub(super) const fn field(name: &'static str, strength: Strength) -> Self {
        Self::new(On::Field(name), strength)
    }

    /// Response fields with a common start of their names.
    pub(super) const fn fields(prefix: &'static str, strength: Strength) -> Self {
        Self::new(On::Fields(prefix), strength)
    }

    /// A product in the `server` field. An operator can change it, so that it is weak.
    pub(super) const fn server(product: &'static str) -> Self {
        Self::new(On::Product("server", product), Strength::Weak)
    }

    /// A product in the `via` field. An operator can change it, so that it is weak.
    pub(super) const fn via(product: &'static str) -> Self {
        Self::new(On::Via(product), Strength::Weak)
    }

    /// Words in the body or in `grpc-message`.
    pub(super) const fn words(words: &'static str, strength: Strength) -> Self {
        Self::new(On::Words(words), strength)
    }

    /// Words in the subject of the server's certificate, which it made itself.
    pub(super) const fn certificate(words: &'static str) -> Self {
        Self::new(On::Certificate(words), Strength::Strong)
    }

    /// The end of the host that was called.
    pub(super) const fn host(suffix: &'static str, strength: Strength) -> Self {
        Self::new(On::Host(suffix), strength)
    }

    /// Anything else.
    pub(super) const fn when(
        what: &'static str,
        strength: Strength,
        seen: fn(&Answer<'_>) -> bool,
    ) -> Self {
        Self::new(On::Answer(what, seen), strength)
    }

    /// Whether it can name a gateway by itself.
    #[cfg(test)]
    pub(super) fn decides(&self) -> bool {
        self.strength > Strength::Hint
    }

    /// The clue where an answer has the sign.
    pub(super) fn clue(&self, answer: &Answer<'_>) -> Option<Clue> {
        let (what, frame) = match self.on {
            On::Field(name) => named(answer.fields(name).next()?),
            On::Fields(prefix) => named(answer.fields_from(prefix).next()?),
            On::Product(name, product) => {
                valued(answer.fields(name).find(|f| is_product(f.value, product))?)
            }
            On::Via(product) => valued(
                answer
                    .fields("via")
                    .find(|field| passed(field.value, product))?,
            ),
            On::Words(words) => {
                let frame = answer.call.response.body.pieces.first();
                let seen = answer.says(words).then(|| format!("\"{words}\""));
                (seen?, frame.and_then(|piece| piece.anchor.frame()))
            }
            On::Certificate(words) => {
                let tls = answer.connection.own_tls()?;
                let subject = &tls.chain.first()?.subject;
                let seen = subject.contains(words);
                (seen.then(|| format!("certificate of {words}"))?, None)
            }
            On::Host(suffix) => {
                let host = answer.host()?;
                let start = host.len().checked_sub(suffix.len())?;
                let seen = host[start..].eq_ignore_ascii_case(suffix.as_bytes());
                (seen.then(|| format!("host *{suffix}"))?, None)
            }
            On::Answer(what, seen) => (seen(answer).then(|| what.to_owned())?, None),
        };
        Some(Clue {
            what,
            frame,
            strength: self.strength,
        })
    }
}

fn named(field: Field<'_>) -> (String, Option<usize>) {
    (text(field.name).to_ascii_lowercase(), field.frame)
}

fn valued(field: Field<'_>) -> (String, Option<usize>) {
    let shown = &field.value[..field.value.len().min(QUOTED)];
    let more = if shown.len() < field.value.len() {
        "…"
    } else {
        ""
    };
    let name = text(field.name).to_ascii_lowercase();
    (format!("{name}: {}{more}", text(shown)), field.frame)
}

/// Whether a value begins with a product: its name, and then nothing, a version or a comment (RFC 9110, 10.2.4).
pub(super) fn is_product(value: &[u8], product: &str) -> bool {
    let Some((start, rest)) = value.trim_ascii().split_at_checked(product.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(product.as_bytes())
        && matches!(rest.first(), None | Some(b'/' | b' '))
}

/// Whether an entry of a `via` value is this product's, as its pseudonym or in its comment (RFC 9110, 7.6.3).
pub(super) fn passed(value: &[u8], product: &str) -> bool {
    value
        .split(|byte| matches!(byte, b',' | b' ' | b'(' | b')'))
        .any(|word| is_product(word, product))
}

/// How a product opens a connection where nobody changed its defaults. Others open it the same way, so that this bears
/// out what other signs say and decides nothing.
#[derive(Debug)]
pub(super) struct Fingerprint {
    /// The first SETTINGS, in wire order.
    pub(super) settings: &'static [(SettingId, u32)],
    /// What the first WINDOW_UPDATE of the connection adds.
    pub(super) window: Window,
}

/// The first WINDOW_UPDATE of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Window {
    /// There is none.
    None,
    /// It adds so much.
    Exactly(u32),
    /// It adds so much, and gives back what the request's body took.
    AndBody(u32),
}

impl Fingerprint {
    /// The clue where the peer opened the connection so.
    pub(super) fn clue(&self, answer: &Answer<'_>) -> Option<Clue> {
        let (settings, frame) = answer.settings()?;
        let same = settings
            .iter()
            .map(|setting| (setting.id, setting.value))
            .eq(self.settings.iter().copied());
        let window = match (self.window, answer.window()) {
            (Window::None, None) => true,
            (Window::Exactly(wanted), Some(seen)) => seen == wanted,
            (Window::AndBody(least), Some(seen)) => seen
                .checked_sub(least)
                .is_some_and(|more| u64::from(more) <= answer.call.request.body.length),
            _ => false,
        };
        (same && window).then(|| Clue {
            what: "SETTINGS and WINDOW_UPDATE".to_owned(),
            frame,
            strength: Strength::Hint,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_entries() {
        for value in ["nginx", "nginx/1.22.1", "NGINX (Ubuntu)", " nginx "] {
            assert!(is_product(value.as_bytes(), "nginx"), "{value}");
        }
        for value in ["", "nginxy", "not nginx", "ngin", "nginx-like/1"] {
            assert!(!is_product(value.as_bytes(), "nginx"), "{value}");
        }
        for value in [
            "2.0 Caddy",
            "1.1 a.example, 1.1 Caddy",
            "1.1 x (Caddy)",
            "caddy/2",
        ] {
            assert!(passed(value.as_bytes(), "Caddy"), "{value}");
        }
        for value in ["", "2.0 Caddyshack", "1.1 not-caddy"] {
            assert!(!passed(value.as_bytes(), "Caddy"), "{value}");
        }
    }
}
