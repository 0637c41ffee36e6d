//! Conversations such as networks and clients make them, written as packets.

use grpc_probe::http::Carries;

use super::lines::{lines, of_kind};
use super::made::{
    CLIENT, GOOD, PATH, SERVER, begun, begun_between, bytes, client_start, file, request,
    request_fields, response, server_start, trailers,
};
use super::reading::{Reading, calls, fixture};
use super::support::capture::{Capture, Packet};
use super::support::frames::{
    Block, Frame, HEADERS, Literal, Name, continuation, data, goaway, headers, message,
    settings_ack,
};
use super::support::packets::{APART, Talk, blocks, pcapng};

#[test]
fn a_connection_seen_from_its_middle_with_the_server_at_the_likelier_clients_port() {
    // Later requests name their path by an entry of a table that nobody saw.
    let (client, server) = ("192.0.2.1:8080", "198.51.100.2:50999");
    let mut talk = Talk::new(client, server);
    let indexed = Block::new()
        .indexed(131)
        .indexed(134)
        .indexed(190)
        .indexed(191);
    for stream in [7, 9] {
        let fields = indexed
            .clone()
            .field("content-type", "application/grpc")
            .field("te", "trailers");
        talk.say(
            true,
            &bytes(&[
                headers(stream, fields.bytes, false),
                data(stream, message(0, b""), true),
            ]),
        );
        talk.say(false, &response(stream, &[b"\x0a\x01a"], "0"));
    }
    let lines = lines(&file(&talk), &[]);
    let opened = of_kind(&lines, "connection").next().unwrap();
    assert_eq!(
        (&opened["client"], &opened["server"]),
        (&client.into(), &server.into()),
        "{opened}"
    );
    assert_eq!(opened["guessed"], true, "{opened}");
    let calls: Vec<_> = of_kind(&lines, "call").collect();
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(
            (&call["path"], &call["protocol"]),
            (&"".into(), &"grpc".into()),
            "{call}"
        );
        assert_eq!(call["response"]["grpc_status"]["code"], 0, "{call}");
    }
    assert_eq!(of_kind(&lines, "finding").count(), 0);
}

#[test]
fn http2_after_an_upgrade() {
    let mut talk = Talk::opened(CLIENT, SERVER);
    talk.say(true, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    let own = bytes(&[headers(1, Block::new().field(":status", "204").bytes, true)]);
    talk.say(false, &[&switch[..], &server_start(), &own].concat());
    talk.say(true, &[client_start(), request(3, PATH)].concat());
    talk.say(false, &response(3, &[b""], "0"));
    talk.close(true);
    let reading = Reading::of(&file(&talk));
    assert_eq!(reading.opened, [(1, Carries::Upgraded)]);
    let call = reading
        .calls
        .iter()
        .find(|call| call.stream() == 3)
        .unwrap();
    assert_eq!(
        (call.path(), call.steps()),
        (PATH.to_owned(), GOOD.to_owned()),
        "{:?}",
        call.rules()
    );
    // The request of the upgrade is no gRPC.
    let lines = lines(&file(&talk), &[]);
    let kinds: Vec<_> = of_kind(&lines, "call")
        .map(|it| (&it["stream"], it["protocol"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, [(&1.into(), "other"), (&3.into(), "grpc")]);
}

/// A tunnel that a proxy opened.
fn tunnel() -> Talk {
    let mut talk = Talk::opened(CLIENT, "198.51.100.2:3128");
    talk.say(
        true,
        b"CONNECT stage.example.com:443 HTTP/1.1\r\nHost: stage.example.com:443\r\n\r\n",
    );
    talk.say(false, b"HTTP/1.1 200 Connection established\r\n\r\n");
    talk
}

#[test]
fn http2_in_a_tunnel() {
    let mut talk = tunnel();
    talk.say(true, &[client_start(), request(1, PATH)].concat());
    talk.say(false, &[server_start(), response(1, &[b""], "0")].concat());
    talk.close(true);
    assert_eq!(calls(&file(&talk)), [(1, 1, GOOD.to_owned(), vec![])]);
}

#[test]
fn tls_in_a_tunnel() {
    // The packets of a real connection over TLS, which `capture` cannot read for their options.
    let capture = fixture("captures/tls.pcapng");
    let mut talk = tunnel();
    for (kind, body) in blocks(&capture) {
        if kind != 6 {
            continue;
        }
        let ip = &body[20 + 14..];
        let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
        let tcp = &ip[20..total];
        let payload = &tcp[usize::from(tcp[12] >> 4) * 4..];
        let from_client = u16::from_be_bytes([tcp[2], tcp[3]]) == 50_954;
        if !payload.is_empty() {
            talk.say(from_client, payload);
        }
    }
    talk.close(true);
    let keys = String::from_utf8(fixture("captures/tls.keys.log")).unwrap();
    let reading = Reading::try_of(&file(&talk), &keys).unwrap();
    let [call] = &reading.calls[..] else {
        panic!("{} calls", reading.calls.len());
    };
    assert_eq!(
        (call.path().as_str(), call.steps().as_str()),
        ("/t.T/ok", "uppppppppppppp")
    );
}

#[test]
fn grpc_over_http1_is_named() {
    let mut talk = Talk::opened(CLIENT, SERVER);
    talk.say(true, b"POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0");
    talk.say(false, b"HTTP/1.1 464 \r\nContent-Length: 0\r\n\r\n");
    talk.close(true);
    let reading = Reading::of(&file(&talk));
    let [note] = &reading.notes[..] else {
        panic!("{:?}", reading.notes);
    };
    assert!(
        note.contains("\"POST /a.B/C HTTP/1.1\"") && note.contains("gRPC needs HTTP/2"),
        "{note}"
    );
    assert_eq!(reading.calls.len(), 0);
}

#[test]
fn connections_that_interleave() {
    let mut packets: Vec<Packet> = Vec::new();
    for number in 0..20_u64 {
        let client = format!("192.0.2.1:{}", 40_000 + number);
        let mut talk = begun_between(&client, SERVER);
        let status = if number == 7 { "13" } else { "0" };
        talk.say(true, &request(1, PATH));
        talk.say(false, &response(1, &[b""], status));
        talk.close(true);
        packets.extend(talk.packets.into_iter().map(|it| Packet {
            at: it.at + number * 1000,
            ..it
        }));
    }
    packets.sort_by_key(|packet| packet.at);
    let mut found = calls(&pcapng(&packets));
    found.sort();
    assert_eq!(found.len(), 20);
    for (index, (connection, stream, _, rules)) in found.into_iter().enumerate() {
        assert_eq!((connection, stream), (index as u64 + 1, 1));
        assert_eq!(
            rules,
            if index == 7 {
                vec!["non-ok-status"]
            } else {
                vec![]
            }
        );
    }
}

#[test]
fn ports_that_are_used_again() {
    let mut packets = Vec::new();
    for number in 0..3_u32 {
        let mut talk = begun();
        talk.say(true, &request(1, &format!("/a.B/C{number}")));
        talk.say(false, &response(1, &[b""], "0"));
        // The second is left open, and its ports are used by the third all the same.
        if number != 1 {
            talk.close(true);
        }
        for packet in talk.packets {
            let at = packet.at + u64::from(number) * 100 * APART;
            let sequence = packet.sequence.wrapping_add(number * 1_000_003);
            let acknowledgment = packet.acknowledgment.wrapping_add(number * 1_000_003);
            packets.push(Packet {
                at,
                sequence,
                acknowledgment,
                ..packet
            });
        }
    }
    let reading = Reading::of(&pcapng(&packets));
    let paths: Vec<_> = reading
        .calls
        .iter()
        .map(|it| (it.connection, it.path(), it.rules().len()))
        .collect();
    assert_eq!(
        paths,
        (0..3)
            .map(|number| (number + 1, format!("/a.B/C{number}"), 0))
            .collect::<Vec<_>>()
    );
}

#[test]
fn goaway_before_and_after() {
    // A graceful one covers the call; one that leaves it out cuts it.
    for (last, rules) in [(1, vec![]), (0, vec!["goaway"])] {
        let mut talk = begun();
        talk.say(true, &request(1, PATH));
        talk.say(false, &goaway(last, 0, b"bye").bytes());
        if last == 1 {
            talk.say(false, &response(1, &[b""], "0"));
        }
        talk.close(false);
        let calls = calls(&file(&talk));
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].3, rules, "last stream {last}");
    }
}

#[test]
fn padding_and_continuation() {
    let mut talk = begun();
    let block = request_fields(PATH).bytes;
    let frames = [
        Frame::new(HEADERS, 0, 1, &block[..30]).padded(9),
        continuation(1, &block[30..40], false),
        continuation(1, [], false),
        continuation(1, &block[40..], true),
        data(1, message(0, b""), true).padded(200),
    ];
    talk.say_in(true, &bytes(&frames), 7);
    let named = Block::new()
        .literal(Literal::Incremental, Name::Text(b":status"), b"200", true)
        .field("content-type", "application/grpc");
    let frames = [
        headers(1, named.bytes, false).padded(3),
        data(1, message(0, b"\x0a\x01a"), false).padded(0),
        trailers(1, "0").padded(17),
    ];
    talk.say_in(false, &bytes(&frames), 11);
    talk.say(true, &settings_ack().bytes());
    talk.close(true);
    let calls = calls(&file(&talk));
    assert_eq!(calls, [(1, 1, GOOD.to_owned(), vec!["padded-data"])]);
}

#[test]
fn what_is_written_here_is_sound() {
    let mut talk = begun();
    talk.say(true, &request(1, PATH));
    talk.close(true);
    let capture = Capture::read(&pcapng(&talk.packets));
    let written: Vec<&Packet> = capture.packets().collect();
    assert_eq!(written, talk.packets.iter().collect::<Vec<_>>());
    let sent = capture.stream(talk.client, talk.server);
    assert_eq!(
        sent,
        [client_start(), settings_ack().bytes(), request(1, PATH)].concat()
    );
}
