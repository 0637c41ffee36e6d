//! How the connection came to be: look-up, attempts, handshake, certificate.

use std::time::{Duration, UNIX_EPOCH};

use super::foreign;
use crate::http::Dial;
use crate::http::certificate::Certificate;
use crate::http::reach::Attempt;
use crate::http::tls::{CertificateFault, ClientCertificate, Tls, TlsFailure};
use crate::report::style::{Line, Page, Style};
use crate::report::view::{Lens, View, count, milliseconds, number};
use crate::report::wrap;

const LABEL: usize = 9;
const DAY: i64 = 24 * 60 * 60;

/// Addresses or names that a line lists before it counts the rest.
const LISTED: usize = 6;

/// Writes the lines before the frames; none for a capture, which does not show this.
pub(super) fn write(view: &View<'_>, page: &mut Page) {
    let Some(dial) = view.report.case.reach() else {
        return;
    };
    resolve(view, dial, page);
    connect(view, dial, page);
    if let Some(tls) = view.report.case.connection.own_tls() {
        handshake(view, tls, page);
    }
}

fn label(label: &str) -> Line {
    Line::default().dim(wrap::pad(label, LABEL))
}

fn bad(page: &mut Page, text: &str) {
    page.hang(
        Line::indent(LABEL).with(Style::Bad, "\u{2717} "),
        Style::Plain,
        text,
    );
}

fn resolve(view: &View<'_>, dial: &Dial, page: &mut Page) {
    let Some(resolve) = &dial.resolve else {
        return;
    };
    let host = view.text(&dial.host);
    let took = milliseconds(resolve.took);
    match &resolve.result {
        Ok(addresses) => {
            let list = listed(view, addresses);
            page.hang(
                label("resolve"),
                Style::Plain,
                &format!("{host} is {list}, in {took} ms"),
            );
        }
        Err(failure) => {
            page.hang(
                label("resolve"),
                Style::Plain,
                &format!("{host} failed in {took} ms"),
            );
            bad(page, &view.text(&failure.text));
        }
    }
}

fn listed(view: &Lens, names: &[String]) -> String {
    let mut list: Vec<String> = names
        .iter()
        .take(LISTED)
        .map(|name| view.text(name))
        .collect();
    let more = names.len().saturating_sub(LISTED);
    if more > 0 {
        list.push(format!("{more} more"));
    }
    list.join(", ")
}

fn connect(view: &View<'_>, dial: &Dial, page: &mut Page) {
    let mut start = Some(label("connect"));
    for attempt in dial
        .attempts
        .iter()
        .filter(|attempt| attempt.failure.is_some())
    {
        let start = start.take().unwrap_or_else(|| Line::indent(LABEL));
        page.hang(
            start.with(Style::Bad, "\u{2717} "),
            Style::Plain,
            &failed(view, attempt),
        );
    }
    let took = dial
        .connect_took
        .map(|took| format!(" in {} ms", milliseconds(took)));
    if let Some(peer) = &dial.peer {
        let start = start.take().unwrap_or_else(|| Line::indent(LABEL));
        let through = dial.tunnel.as_ref().map_or_else(String::new, |tunnel| {
            format!(" through the proxy {}", view.text(&tunnel.proxy))
        });
        let text = format!("{}{through}{}", view.text(peer), took.unwrap_or_default());
        page.hang(start, Style::Plain, &text);
    } else if let Some(tunnel) = &dial.tunnel {
        let start = start.take().unwrap_or_else(|| Line::indent(LABEL));
        let text = format!(
            "{} through the proxy {}: no tunnel{}",
            view.text(&tunnel.target),
            view.text(&tunnel.proxy),
            took.unwrap_or_default()
        );
        page.hang(start.with(Style::Bad, "\u{2717} "), Style::Plain, &text);
    }
}

fn failed(view: &View<'_>, attempt: &Attempt) -> String {
    let why = attempt
        .failure
        .as_ref()
        .map(|failure| view.text(&failure.text));
    format!(
        "{} in {} ms: {}",
        view.text(&attempt.address),
        milliseconds(attempt.took),
        why.unwrap_or_default()
    )
}

fn handshake(view: &View<'_>, tls: &Tls, page: &mut Page) {
    let took = milliseconds(tls.took);
    let leaf = tls.chain.first();
    let mut parts = Vec::new();
    match (&tls.version, &tls.failure) {
        (Some(version), None) => {
            let cipher = tls.cipher.as_deref().map(cipher).unwrap_or_default();
            parts.push(format!(
                "{}{} in {took} ms",
                view.text(version),
                view.text(&cipher)
            ));
            parts.push(match tls.alpn.selected() {
                Some(alpn) => format!("ALPN {}", view.text(alpn)),
                None => "no ALPN".to_owned(),
            });
        }
        (_, None) => parts.push(format!("stopped after {took} ms")),
        (_, Some(_)) => parts.push(format!("failed after {took} ms")),
    }
    if let Some(leaf) = leaf.filter(|_| tls.faults().is_empty()) {
        parts.push(view.text(&name_for(leaf, &tls.server_name)));
        if let Some(now) = view.report.called_at {
            parts.push(days_left(leaf.not_after - now));
        }
    }
    match tls.client_certificate {
        ClientCertificate::NotRequested => {}
        ClientCertificate::RequestedNoneSent => {
            parts.push("client certificate asked for, none sent".to_owned());
        }
        ClientCertificate::Sent => parts.push("client certificate sent".to_owned()),
    }
    page.hang(label("tls"), Style::Plain, &parts.join(", "));
    if let Some(failure) = &tls.failure {
        failed_handshake(view, failure, page);
    }
    for fault in tls.faults() {
        bad(page, &describe_fault(view, fault));
    }
    if let Some(leaf) = leaf.filter(|_| !tls.faults().is_empty()) {
        certificate(view, leaf, page);
        if tls.insecure {
            page.push(Line::indent(LABEL).dim("going on all the same, as --insecure says"));
        }
    }
}

/// `TLS13_AES_128_GCM_SHA256` as " AES-128-GCM".
pub(in crate::report) fn cipher(name: &str) -> String {
    let short = name
        .strip_prefix("TLS13_")
        .or_else(|| name.strip_prefix("TLS_"))
        .unwrap_or(name);
    let short = short
        .strip_suffix("_SHA256")
        .or_else(|| short.strip_suffix("_SHA384"))
        .unwrap_or(short);
    format!(" {}", short.replace('_', "-"))
}

/// The name of a certificate that is most like the one asked for.
pub(in crate::report) fn name_for(certificate: &Certificate, wanted: &str) -> String {
    let names = &certificate.names;
    let parent = wanted
        .split_once('.')
        .map(|(_, parent)| format!("*.{parent}"));
    names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(wanted))
        .or_else(|| names.iter().find(|name| Some(*name) == parent.as_ref()))
        .or_else(|| names.first())
        .unwrap_or(&certificate.subject)
        .clone()
}

fn days_left(seconds: i64) -> String {
    match seconds.div_euclid(DAY) {
        1 => "1 day left".to_owned(),
        days if days >= 0 => format!("{} days left", number(days.unsigned_abs())),
        _ => "expired".to_owned(),
    }
}

/// `2027-01-31 23:59:59 UTC`.
fn date(seconds: i64) -> String {
    let time = u64::try_from(seconds)
        .ok()
        .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        // The formatter knows years of four digits.
        .filter(|_| seconds < 253_402_300_800);
    time.map_or_else(
        || format!("{seconds} s from 1970"),
        |time| {
            let text = humantime::format_rfc3339_seconds(time).to_string();
            text.replace('T', " ").replace('Z', " UTC")
        },
    )
}

fn which(certificate: usize) -> String {
    match certificate {
        0 => "the certificate".to_owned(),
        number => format!("certificate {number} of the chain"),
    }
}

fn days(seconds: i64) -> String {
    count(seconds.max(0).unsigned_abs() / DAY.unsigned_abs(), "day")
}

/// A fault of a certificate chain, in words.
pub(in crate::report) fn describe_fault(view: &Lens, fault: &CertificateFault) -> String {
    match fault {
        CertificateFault::Expired {
            certificate,
            not_after,
            now,
        } => format!(
            "{} expired {} ({} ago)",
            which(*certificate),
            date(*not_after),
            days(now.saturating_sub(*not_after))
        ),
        CertificateFault::NotYetValid {
            certificate,
            not_before,
            now,
        } => format!(
            "{} is valid only from {} (in {})",
            which(*certificate),
            date(*not_before),
            days(not_before.saturating_sub(*now))
        ),
        CertificateFault::UnknownIssuer {
            self_signed: true, ..
        } => "the certificate is self-signed, and not among the roots that are trusted".to_owned(),
        CertificateFault::UnknownIssuer { issuer, .. } => {
            format!(
                "the chain ends at {}, which is not trusted",
                view.text(issuer)
            )
        }
        CertificateFault::WrongName { wanted, names } => {
            let names = match names.as_slice() {
                [] => "no name".to_owned(),
                names => listed(view, names),
            };
            format!(
                "the certificate is not for {}: it has {names}",
                view.text(wanted)
            )
        }
        CertificateFault::Other(text) => view.text(text),
    }
}

fn certificate(view: &View<'_>, leaf: &Certificate, page: &mut Page) {
    let rows = [
        ("subject", view.text(&leaf.subject)),
        ("issuer", view.text(&leaf.issuer)),
        ("names", listed(view, &leaf.names)),
        (
            "valid",
            format!("{} to {}", date(leaf.not_before), date(leaf.not_after)),
        ),
    ];
    for (name, text) in rows {
        if !text.is_empty() {
            page.hang(
                Line::indent(LABEL).dim(wrap::pad(name, LABEL)),
                Style::Plain,
                &text,
            );
        }
    }
}

/// Why a handshake did not complete, in words.
pub(in crate::report) fn describe_failure(view: &Lens, failure: &TlsFailure) -> String {
    match failure {
        TlsFailure::Alert { description, name } => {
            format!("the server sent a fatal alert: {name} ({description})")
        }
        TlsFailure::NotTls { protocol, .. } => {
            let what = protocol.map_or_else(|| "an HTTP/2 frame".to_owned(), foreign::describe);
            format!("the server answered with {what}, not TLS")
        }
        TlsFailure::Closed {
            received: 0,
            error: None,
        } => "the server closed the connection without a byte".to_owned(),
        TlsFailure::Closed { received, error } => {
            let how = error
                .as_deref()
                .map(|error| format!(" ({})", view.text(error)));
            let how = how.unwrap_or_default();
            format!(
                "the server closed the connection after {}{how}",
                count(*received, "byte")
            )
        }
        TlsFailure::TimedOut { received } => {
            format!(
                "the deadline passed; the server had sent {}",
                count(*received, "byte")
            )
        }
        TlsFailure::Other(text) => view.text(text),
    }
}

fn failed_handshake(view: &View<'_>, failure: &TlsFailure, page: &mut Page) {
    bad(page, &describe_failure(view, failure));
    if let TlsFailure::NotTls { protocol, bytes } = failure {
        foreign::write(view, *protocol, None, bytes, LABEL + 2, page);
    }
}
