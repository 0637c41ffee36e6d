//! The article's deploys: what its author tried, one mistake after another, up to the one that works.
//!
//! An attempt is no canned answer. It names what the function answers and how the gateway in front of it is
//! set up, and the two of them make the mistake together.

use super::gateway::Gateway;
use super::lambda::Behaviour;

/// One deploy of the article.
#[derive(Debug)]
pub struct Attempt {
    /// Its name on the command line.
    pub name: &'static str,
    /// What this deploy did wrong, in one sentence.
    pub summary: &'static str,
    pub(super) behaviour: Behaviour,
    pub(super) gateway: Gateway,
}

/// A REST API as it is created: no body is binary.
const TEXT_ONLY: Gateway = Gateway {
    binary_media_types: &[],
    forwards_trailers: false,
};

/// After `binaryMediaTypes` was set. Trailers are still dropped, and no setting of a REST API changes that.
const BINARY: Gateway = Gateway {
    binary_media_types: &["application/grpc+proto", "*/*"],
    forwards_trailers: false,
};

/// Every attempt, in the order in which the article made them.
pub static ATTEMPTS: &[Attempt] = &[
    Attempt {
        name: "json",
        summary: "The function answers JSON and names no content-type, so the gateway says application/json.",
        behaviour: Behaviour::Json,
        gateway: TEXT_ONLY,
    },
    Attempt {
        name: "raw-text",
        summary: "The content-type is right, but the body is the bare text of the reply.",
        behaviour: Behaviour::Text,
        gateway: TEXT_ONLY,
    },
    Attempt {
        name: "base64",
        summary: "The function answers a whole message in base64, and the gateway has no binaryMediaTypes to decode it.",
        behaviour: Behaviour::Framed,
        gateway: TEXT_ONLY,
    },
    Attempt {
        name: "no-prefix",
        summary: "The gateway decodes base64, but the message has no 5-byte length prefix.",
        behaviour: Behaviour::Unframed,
        gateway: BINARY,
    },
    Attempt {
        name: "no-trailers",
        summary: "The body is right, but a REST stage has no trailers, so grpc-status never arrives.",
        behaviour: Behaviour::Framed,
        gateway: BINARY,
    },
    Attempt {
        name: "healthy",
        summary: "Nothing is wrong: the same function behind a hop that forwards its trailers.",
        behaviour: Behaviour::Framed,
        gateway: Gateway {
            forwards_trailers: true,
            ..BINARY
        },
    },
];

/// The attempt of that name.
pub fn attempt(name: &str) -> Option<&'static Attempt> {
    ATTEMPTS.iter().find(|attempt| attempt.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempts_are_in_the_articles_order() {
        let names: Vec<_> = ATTEMPTS.iter().map(|attempt| attempt.name).collect();
        assert_eq!(
            names,
            [
                "json",
                "raw-text",
                "base64",
                "no-prefix",
                "no-trailers",
                "healthy"
            ]
        );
        for name in names {
            assert_eq!(attempt(name).map(|attempt| attempt.name), Some(name));
        }
        assert!(attempt("").is_none());
    }

    #[test]
    fn a_summary_is_one_sentence() {
        for attempt in ATTEMPTS {
            assert!(attempt.summary.ends_with('.'), "{}", attempt.name);
            assert!(!attempt.summary.contains(". "), "{}", attempt.name);
        }
    }
}
