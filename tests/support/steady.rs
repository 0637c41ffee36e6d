//! A recording without what differs from run to run, so that its report can be kept in a file: times, ports, paths
//! of sockets, serial numbers, and the order in which the two directions happened to be seen.

use std::sync::Arc;
use std::time::Duration;

use grpc_probe::http::Assembler;
use grpc_probe::http::connection::Closing;
use grpc_probe::http::reach::{Dial, TunnelEnd};
use grpc_probe::http::tls::{CertificateFault, Security, Tls, TlsFailure, Verified};
use grpc_probe::source::live::{Recording, Timing};
use grpc_probe::wire::Direction;

use super::super::support::certificates;
use super::super::support::frames::{self, ACK, Frame};
use super::super::support::script::{self, Action, Certificate, Script};
use super::super::support::server::Server;

/// The address in reports.
const ADDRESS: &str = "127.0.0.1:50051";

/// The port in reports.
const PORT: u16 = 50051;

/// The unix socket in reports.
const SOCKET: &str = "/run/stage.sock";

/// When a call is made: 7 March 2026.
pub(crate) const CALLED_AT: i64 = 1_772_841_600;

const RESOLVE: Duration = Duration::from_millis(1);
const CONNECT: Duration = Duration::from_millis(2);
const HANDSHAKE: Duration = Duration::from_millis(3);
const ANSWER: Duration = Duration::from_millis(10);

/// A URL without the address of this run.
pub(crate) fn url(url: &str, address: &str) -> String {
    match address.rsplit_once(':') {
        Some((_, port)) => url.replace(&format!(":{port}/"), &format!(":{PORT}/")),
        None => url.replace(address, SOCKET),
    }
}

/// The recording of a script's call as it would be if every machine were as fast, and the client had sent its request
/// before the server began. `deadline` is the one that the call had.
pub(crate) fn steady(
    recording: &Recording,
    script: &Script,
    server: &Server,
    deadline: Duration,
) -> Recording {
    let mut steady = match recording.connection.sent {
        0 => recording.clone(),
        _ => replay(recording, script, &server.received(), deadline),
    };
    let connection = &mut steady.connection;
    if let Some(dial) = &mut connection.reach {
        let mut tls = match &mut connection.security {
            Security::Tls(tls) => Some(Arc::make_mut(tls)),
            Security::Plaintext | Security::Unknown => None,
        };
        let expiring = |tls: &script::Tls| tls.certificate == Certificate::Expiring;
        if script.tls.as_ref().is_some_and(expiring)
            && let Some(own) = tls.as_mut().and_then(|tls| tls.chain.first_mut())
        {
            own.not_before = CALLED_AT - certificates::EXPIRING_SINCE;
            own.not_after = CALLED_AT + certificates::EXPIRING_IN;
        }
        settle(dial, tls.as_deref_mut(), &server.address, deadline);
        steady.timing = Timing {
            resolve: dial.resolve.as_ref().map(|it| it.took),
            connect: dial.connect_took,
            tls: tls.map(|it| it.took),
            first_byte: steady.timing.first_byte.map(|_| ANSWER),
            total: steady.timing.total.map(|_| ANSWER),
        };
    }
    steady
}

/// What the client sent of its own accord, and what the server sent.
pub(crate) fn conversation(
    recording: &Recording,
    script: &Script,
    received: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let mut request = frames::PREFACE.to_vec();
    let after = received.get(frames::PREFACE.len()..).unwrap_or_default();
    for frame in frames::read_all(after)
        .0
        .iter()
        .filter(|frame| belongs(frame))
    {
        request.extend(frame.bytes());
    }
    let mut response: Vec<u8> = Vec::new();
    for action in &script.actions {
        if let Action::Write(bytes) = action {
            response.extend(bytes);
        }
    }
    // What a reset swallowed was written all the same.
    response.truncate(usize::try_from(recording.connection.received).unwrap());
    (request, response)
}

/// What the server received and sent, assembled anew: the request first and all at once.
fn replay(
    recording: &Recording,
    script: &Script,
    received: &[u8],
    deadline: Duration,
) -> Recording {
    let (request, response) = conversation(recording, script, received);
    let mut assembler = Assembler::new();
    assembler.feed(Direction::Sent, &request, Duration::ZERO);
    assembler.feed(Direction::Received, &response, ANSWER);
    let how = recording
        .connection
        .closed
        .as_ref()
        .map_or(Closing::Unseen, |closed| closed.how.clone());
    let end = if how == Closing::Deadline {
        deadline
    } else {
        ANSWER
    };
    // Whether the peer closes within our linger after a response is a matter of luck.
    let over = assembler
        .call(1)
        .is_some_and(|call| call.response.end.is_some());
    let how = if over && how == Closing::Peer {
        Closing::GaveUp
    } else {
        how
    };
    let (mut connection, mut calls) = assembler.finish(end, how);
    if let Some(reach) = recording.connection.reach.clone() {
        connection.security = recording.connection.security.clone();
        connection.called(reach);
    }
    Recording {
        connection,
        call: calls.remove(&1).unwrap_or_default(),
        timing: recording.timing,
    }
}

/// Whether a frame of the client is the request's own. When the others are sent hangs on what arrived by then.
fn belongs(frame: &Frame) -> bool {
    match frame.kind {
        frames::SETTINGS => frame.flags & ACK == 0,
        frames::HEADERS | frames::CONTINUATION | frames::DATA => true,
        _ => false,
    }
}

fn settle(dial: &mut Dial, tls: Option<&mut Tls>, address: &str, deadline: Duration) {
    let named = |text: &mut String| {
        let steady = if address.starts_with('/') {
            SOCKET
        } else {
            ADDRESS
        };
        *text = text.replace(address, steady);
    };
    named(&mut dial.host);
    dial.proxy.iter_mut().for_each(named);
    if let Some(tunnel) = &mut dial.tunnel {
        named(&mut tunnel.proxy);
        named(&mut tunnel.target);
    }
    dial.peer.iter_mut().for_each(named);
    if address.ends_with(
        &dial
            .port
            .map_or_else(String::new, |port| format!(":{port}")),
    ) {
        dial.port = Some(PORT);
    }
    if dial.host == "localhost" {
        // Some machines resolve it to ::1 too, where no script listens.
        dial.attempts.retain(|attempt| attempt.failure.is_none());
        if let Some(resolve) = &mut dial.resolve {
            resolve.result = Ok(vec!["127.0.0.1".to_owned()]);
        }
    }
    for attempt in &mut dial.attempts {
        attempt.took = CONNECT;
        named(&mut attempt.address);
    }
    if let Some(resolve) = &mut dial.resolve {
        resolve.took = RESOLVE;
    }
    let silent = dial
        .tunnel
        .as_ref()
        .is_some_and(|tunnel| tunnel.end == TunnelEnd::TimedOut);
    dial.connect_took = dial
        .connect_took
        .map(|_| if silent { deadline } else { CONNECT });
    let Some(tls) = tls else { return };
    tls.took = if matches!(tls.failure, Some(TlsFailure::TimedOut { .. })) {
        deadline
    } else {
        HANDSHAKE
    };
    for certificate in &mut tls.chain {
        certificate.serial = "01".to_owned();
        certificate.sha256 = "00".repeat(32);
    }
    let Verified::Faults(faults) = &mut tls.verified else {
        return;
    };
    for fault in faults {
        if let CertificateFault::Expired { now, .. } | CertificateFault::NotYetValid { now, .. } =
            fault
        {
            *now = CALLED_AT;
        }
    }
}
