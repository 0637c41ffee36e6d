//! Usage errors that do not repeat secrets: a command line that is wrong may have them in the wrong place.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::report::redact;

/// The error with what it quotes of the command line hidden where that may be a secret.
pub(super) fn discreet(mut error: Error) -> Error {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let hidden = ContextValue::String(without_secrets(value));
        error.insert(ContextKind::InvalidValue, hidden);
    }
    // A word that belongs nowhere may be of an option that was not quoted: `-H authorization: Bearer …`.
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && !argument.starts_with('-')
    {
        let hidden = ContextValue::String("…".to_owned());
        error.insert(ContextKind::InvalidArg, hidden);
    }
    error
}

fn without_secrets(value: &str) -> String {
    match value.rsplit_once('@') {
        // A URL's user, also where the URL is not one.
        Some((_, host)) if value.contains(':') => {
            format!("…@{}", redact::scrub(host, &redact::Hidden::default()))
        }
        _ => redact::scrub(value, &redact::Hidden::default()),
    }
}
