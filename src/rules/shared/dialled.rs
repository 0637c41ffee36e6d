//! What rules on the way to a connection look at. A predicate that two rules share stands here, so that they cannot
//! both speak of one fault.

use super::words::took;
use crate::diagnosis::{Case, Finding};
use crate::http::Dial;
use crate::http::reach::FailureKind;
use crate::http::tls::{CertificateFault, ClientCertificate, Tls, TlsFailure};

/// The dial of a call that got no connection, where the failures of its attempts add up to `kind`: refused where one
/// address refused, else timed out where one did not answer, else unreachable (which stands for all other reasons).
pub(in crate::rules) fn connect_failure<'a>(
    case: &Case<'a>,
    kind: FailureKind,
) -> Option<&'a Dial> {
    let dial = case.reach()?;
    let resolved = dial
        .resolve
        .as_ref()
        .is_none_or(|resolve| resolve.result.as_ref().is_ok_and(|found| !found.is_empty()));
    // What went wrong past the connection to a proxy is that tunnel's.
    if dial.peer.is_some() || dial.tunnel.is_some() || !resolved {
        return None;
    }
    let failures: Vec<FailureKind> = dial
        .attempts
        .iter()
        .filter_map(|attempt| Some(attempt.failure.as_ref()?.kind))
        .collect();
    let overall = if failures.contains(&FailureKind::Refused) {
        FailureKind::Refused
    } else if failures.contains(&FailureKind::TimedOut) || failures.is_empty() {
        FailureKind::TimedOut
    } else {
        FailureKind::Unreachable
    };
    (overall == kind).then_some(dial)
}

/// What became of each attempt to connect: `192.0.2.1:443 timed out after 5 s`.
pub(in crate::rules) fn each_attempt(dial: &Dial) -> String {
    const SHOWN: usize = 6;
    let tried: Vec<String> = dial
        .attempts
        .iter()
        .take(SHOWN)
        .map(|attempt| match &attempt.failure {
            Some(failure) if failure.kind == FailureKind::TimedOut => {
                format!(
                    "{} did not answer in {}",
                    attempt.address,
                    took(attempt.took)
                )
            }
            Some(failure) => format!("{}: {}", attempt.address, failure.text),
            None => format!("{} had not answered yet", attempt.address),
        })
        .collect();
    if tried.is_empty() {
        return format!("no attempt at {} came to an end", dial.host);
    }
    let rest = dial.attempts.len().saturating_sub(SHOWN);
    let rest = match rest {
        0 => String::new(),
        rest => format!("; and {rest} more"),
    };
    let whose = if dial.proxy.is_some() {
        "the proxy, "
    } else {
        ""
    };
    format!("{whose}{}{rest}", tried.join("; "))
}

/// Why the handshake did not complete.
pub(in crate::rules) fn tls_failure<'a>(case: &Case<'a>) -> Option<&'a TlsFailure> {
    case.tls()?.failure.as_ref()
}

/// Everything wrong with the certificates.
pub(in crate::rules) fn certificate_faults<'a>(case: &Case<'a>) -> &'a [CertificateFault] {
    let tls = case.tls();
    tls.map_or(&[], Tls::faults)
}

/// A certificate of the chain for a message.
pub(in crate::rules) fn certificate_name(case: &Case<'_>, index: usize) -> String {
    let tls = case.tls();
    let whose = match index {
        0 => "the server's certificate".to_owned(),
        index => format!("certificate {} of the chain", index + 1),
    };
    match tls.and_then(|tls| tls.chain.get(index)) {
        Some(certificate) if !certificate.subject.is_empty() => {
            format!("{whose} ({})", certificate.subject)
        }
        _ => whose,
    }
}

/// Whether the server ended the handshake for want of a client certificate. TLS 1.3 has an alert for that; in TLS 1.2
/// it is one of two others, after the server asked and got none.
pub(in crate::rules) fn wants_client_certificate(case: &Case<'_>) -> bool {
    /// `certificate_required` (RFC 8446, 6.2).
    const REQUIRED: u8 = 116;
    /// `handshake_failure` and `bad_certificate`.
    const FOR_WANT_OF_ONE: [u8; 2] = [40, 42];
    let asked = case
        .tls()
        .is_some_and(|tls| tls.client_certificate == ClientCertificate::RequestedNoneSent);
    match tls_failure(case) {
        Some(TlsFailure::Alert { description, .. }) => {
            *description == REQUIRED || asked && FOR_WANT_OF_ONE.contains(description)
        }
        _ => false,
    }
}

/// The ALPN protocols offered, for a message.
pub(in crate::rules) fn offered(case: &Case<'_>) -> String {
    let tls = case.tls();
    tls.map_or_else(String::new, |tls| tls.offered.join(", "))
}

/// The causes and fixes of a TLS listener without HTTP/2.
pub(in crate::rules) fn enable_http2(finding: &mut Finding) {
    finding
        .cause(
            "the listener has no HTTP/2",
            "nginx: `http2 on;` (1.25.1 or later) or `listen 443 ssl http2;`; HAProxy: `alpn h2,http/1.1` on the bind line",
        )
        .cause(
            "a load balancer or TLS proxy in front allows HTTP/1.1 only",
            "enable HTTP/2 on it, or let it pass TLS through to the server",
        );
}
