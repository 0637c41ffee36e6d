//! Every scripted conversation, written as packets: the rules find in the capture what they found in the call.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use grpc_probe::capture::Input;
use grpc_probe::http::connection::Closing;

use super::probe::Probed;
use super::reading::Reading;
use super::support::capture::{ACK, PSH, Packet};
use super::support::packets::{Talk, pcapng};
use super::support::script::Script;

/// How many scripts are played at a time: most of them wait for the network or a deadline.
const AT_A_TIME: usize = 8;

/// Rules that a capture of plaintext gives no ground for, and why.
const NOT_IN_A_CAPTURE: &[(&[&str], &str)] = &[
    (
        &["host-not-found", "resolve-timeout"],
        "names are resolved elsewhere",
    ),
    (
        &["connect-timeout", "connection-refused", "unreachable"],
        "there is no connection, and so no call",
    ),
    (
        &["proxy-refused"],
        "a CONNECT that leads nowhere carries no HTTP/2",
    ),
    (
        &[
            "alpn-http1",
            "alpn-missing",
            "alpn-refused",
            "certificate-expired",
            "certificate-expires-soon",
            "certificate-invalid",
            "certificate-is-authority",
            "certificate-not-yet-valid",
            "certificate-unknown-issuer",
            "certificate-wrong-name",
            "client-certificate-required",
            "handshake-alert",
            "handshake-closed",
            "handshake-failed",
            "handshake-timeout",
            "not-a-tls-server",
        ],
        "what is written as packets here is the plaintext",
    ),
];

/// Rules on unary calls: that a method is one is known from its schema alone.
const OF_UNARY_CALLS: &[&str] = &["no-message", "several-messages"];

/// What is told of a connection that has one call, and in a capture is no fault of any call.
const OF_NO_CALL: &str = "rules/misplaced-frame/fires-stream.script";

fn scripts() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut folders = vec![fixtures.join("healthy"), fixtures.join("rules")];
    let mut scripts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "script")
                && !path.ends_with(OF_NO_CALL)
            {
                scripts.push(path);
            }
        }
    }
    scripts.sort();
    scripts
}

/// The packets of a call, in pieces of at most so many bytes.
fn packets(probed: &Probed, size: usize) -> Vec<Packet> {
    let (sent, received) = probed.conversation();
    let mut talk = Talk::opened("192.0.2.1:40000", "198.51.100.2:50051");
    talk.say_in(true, sent, size);
    talk.acknowledge(false);
    talk.say_in(false, received, size);
    talk.acknowledge(true);
    let (how, timeout) = probed.end();
    match how {
        Some(Closing::Peer) => talk.close(false),
        Some(Closing::Broken(_)) => talk.reset(false),
        Some(Closing::Deadline) => {
            talk.wait(u64::try_from(timeout.as_nanos()).unwrap());
            talk.close(true);
        }
        Some(Closing::GaveUp | Closing::Client) => talk.close(true),
        Some(Closing::Unseen) | None => {}
    }
    talk.packets
}

/// Each two packets that follow one another from the same side change places, as on two ways through a network. The
/// handshake and what ends the connection stay.
fn out_of_order(mut packets: Vec<Packet>) -> Vec<Packet> {
    let mut index = 0;
    while let Some([first, second]) = packets.get(index..index + 2) {
        let swapped =
            first.from == second.from && [first, second].iter().all(|it| it.flags == PSH | ACK);
        if swapped {
            let (one, other) = (first.at, second.at);
            packets.swap(index, index + 1);
            (packets[index].at, packets[index + 1].at) = (one, other);
            index += 1;
        }
        index += 1;
    }
    packets
}

/// The rules that find something in the only call of a capture.
fn found(probed: &Probed, packets: &[Packet]) -> Vec<&'static str> {
    let file = pcapng(packets);
    let input = Input::One(Box::new(&file[..]));
    let reading = Reading::of_method(input, "", probed.method()).unwrap();
    let calls = reading.calls.iter().filter(|call| call.stream() == 1);
    calls.flat_map(|call| call.rules()).collect()
}

/// The rules that the call itself gave, but for those that no capture can.
fn expected(probed: &Probed) -> Vec<&'static str> {
    let diagnosis = probed.steady_diagnosis();
    let rules = diagnosis.findings.iter().map(|finding| finding.rule.name);
    rules
        .filter(|rule| {
            let mut groups = NOT_IN_A_CAPTURE.iter();
            groups.all(|(rules, _)| !rules.contains(rule))
                && (probed.method().is_some() || !OF_UNARY_CALLS.contains(rule))
        })
        .collect()
}

/// Plays every script, several at a time; the sentences of those that are not as they should be.
fn play(judge: impl Fn(&Probed) -> Option<String> + Sync) -> Vec<String> {
    let scripts = scripts();
    assert!(scripts.len() > 300, "{}", scripts.len());
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(path) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let text = std::fs::read_to_string(path).unwrap();
                    let probed = Probed::play(&Script::parse(&text).unwrap());
                    if let Some(fault) = judge(&probed) {
                        let fault = format!("{}: {fault}", path.display());
                        faults.lock().unwrap().push(fault);
                    }
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    faults
}

#[test]
fn a_capture_has_the_findings_of_the_call() {
    let faults = play(|probed| {
        let expected = expected(probed);
        let whole = packets(probed, 1_400);
        let small = packets(probed, 29);
        let twice: Vec<_> = small
            .iter()
            .flat_map(|it| [it.clone(), it.clone()])
            .collect();
        let ways = [
            ("whole", whole),
            ("in small pieces", packets(probed, 29)),
            ("twice", twice),
            ("out of order", out_of_order(small)),
        ];
        ways.iter().find_map(|(way, packets)| {
            let now = found(probed, packets);
            let differs = now != expected;
            differs.then(|| format!("{way} has {now:?}, and the call {expected:?}"))
        })
    });
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
