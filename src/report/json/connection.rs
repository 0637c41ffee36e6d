//! The connection of the document.

use super::frames::{kind, microseconds};
use super::wire::{
    Certificate, CertificateFault, Closed, Clue, Connection, Cut, Foreign, Gateway, Tls,
};
use crate::gateways::Identified;
use crate::http::Closing;
use crate::http::certificate;
use crate::http::tls::{self, ClientCertificate};
use crate::report::human;
use crate::report::redact::Secrets;
use crate::report::view::{Lens, View, hex};
use crate::wire::Direction;

/// Lines of an answer in another protocol.
const LINES: usize = 64;
/// Columns after which such a line goes on in the next.
const LINE: usize = 1_000;

pub(super) fn connection(view: &View<'_>) -> Connection {
    let connection = view.report.case.connection;
    let dial = view.report.case.reach();
    let received = connection.settings(Direction::Received);
    Connection {
        peer: dial
            .and_then(|dial| dial.peer.as_deref())
            .map(|peer| view.text(peer)),
        proxy: dial
            .and_then(|dial| dial.proxy.as_deref())
            .map(|proxy| view.text(proxy)),
        tls: connection.own_tls().map(|tls| self::tls(view, tls)),
        gateway: view
            .report
            .gateways
            .iter()
            .map(|found| gateway(view, found))
            .collect(),
        settings: received.first.as_ref().map(|settings| {
            let named = settings
                .iter()
                .map(|setting| (setting.id.to_string(), setting.value));
            named.collect()
        }),
        closed: connection.closed.as_ref().map(|closed| Closed {
            at_us: microseconds(closed.at),
            how: match closed.how {
                Closing::Peer => "peer",
                Closing::Broken(_) => "broken",
                Closing::Deadline => "deadline",
                Closing::GaveUp | Closing::Client => "ours",
                Closing::Unseen => "unseen",
            },
            error: match &closed.how {
                Closing::Broken(error) => Some(view.text(error)),
                _ => None,
            },
        }),
        sent: connection.sent,
        received: connection.received,
        frames_seen: connection.frames_seen,
        foreign: connection.foreign.as_ref().map(|foreign| {
            let offset = Some(foreign.span.offset);
            let masked = view
                .secrets
                .bytes(Direction::Received, offset, &foreign.bytes);
            let lines = if Secrets::is_text(foreign.protocol) {
                human::foreign::lines(view, &foreign.bytes, LINES, LINE)
            } else {
                Vec::new()
            };
            Foreign {
                protocol: human::foreign::describe(foreign.protocol),
                at_us: microseconds(foreign.at),
                offset: foreign.span.offset,
                length: foreign.span.length,
                hex: hex(&masked[..masked.len().min(view.options.hex)]),
                lines,
            }
        }),
        cut: connection.cut.as_ref().map(|cut| Cut {
            kind: cut.header.map(|header| kind(header.kind)),
            stream: cut.header.map(|header| header.stream),
            length: cut.header.map(|header| header.length),
            offset: cut.span.offset,
            arrived: cut.span.length,
        }),
        witness: connection
            .witness
            .as_ref()
            .map(|witness| view.text(&witness.words)),
    }
}

fn gateway(view: &View<'_>, found: &Identified) -> Gateway {
    let clues = found.clues.iter().map(|clue| Clue {
        what: view.text(&clue.what),
        frame: clue.frame,
        strength: clue.strength.name(),
    });
    Gateway {
        name: found.gateway.name,
        confidence: found.confidence.name(),
        clues: clues.collect(),
    }
}

pub(in crate::report) fn tls(view: &Lens, tls: &tls::Tls) -> Tls {
    let text = |text: &String| view.text(text);
    Tls {
        server_name: view.text(&tls.server_name),
        offered: tls.offered.iter().map(text).collect(),
        version: tls.version.as_ref().map(text),
        cipher: tls.cipher.as_ref().map(text),
        alpn: tls.alpn.selected().map(|it| view.text(it)),
        chain: tls
            .chain
            .iter()
            .map(|certificate| self::certificate(view, certificate))
            .collect(),
        faults: tls
            .faults()
            .iter()
            .map(|fault| self::fault(view, fault))
            .collect(),
        client_certificate: match tls.client_certificate {
            ClientCertificate::NotRequested => "not-requested",
            ClientCertificate::RequestedNoneSent => "requested-none-sent",
            ClientCertificate::Sent => "sent",
        },
        insecure: tls.insecure,
        failure: tls
            .failure
            .as_ref()
            .map(|failure| human::connection::describe_failure(view, failure)),
    }
}

fn certificate(view: &Lens, certificate: &certificate::Certificate) -> Certificate {
    Certificate {
        subject: view.text(&certificate.subject),
        issuer: view.text(&certificate.issuer),
        names: certificate
            .names
            .iter()
            .map(|name| view.text(name))
            .collect(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        serial: view.text(&certificate.serial),
        key: view.text(&certificate.key),
        sha256: view.text(&certificate.sha256),
    }
}

fn fault(view: &Lens, fault: &tls::CertificateFault) -> CertificateFault {
    CertificateFault {
        fault: match fault {
            tls::CertificateFault::Expired { .. } => "expired",
            tls::CertificateFault::NotYetValid { .. } => "not-yet-valid",
            tls::CertificateFault::UnknownIssuer { .. } => "unknown-issuer",
            tls::CertificateFault::WrongName { .. } => "wrong-name",
            tls::CertificateFault::Other(_) => "other",
        },
        message: human::connection::describe_fault(view, fault),
    }
}
