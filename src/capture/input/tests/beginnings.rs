use super::*;

/// Gives so many bytes at a time.
struct Portioned<'a>(&'a [u8], usize);

impl Read for Portioned<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = into.len().min(self.1);
        self.0.read(&mut into[..room])
    }
}

fn both<'a>(sent: &'a [u8], received: &'a [u8]) -> Input<'a> {
    Input::Directions {
        sent: Some(Box::new(sent)),
        received: Some(Box::new(received)),
    }
}

/// Calls of two connections, one after another: the first has two of them, the second one.
fn two() -> [Vec<u8>; 2] {
    let [first, second] = [calls(2, 0), calls(1, 0)];
    [0, 1].map(|side| [&first[side][..], &second[side]].concat())
}

const TWO: [(u64, &[u32]); 2] = [(1, &[1, 3]), (2, &[1])];

#[test]
fn a_preface_where_a_frame_would_begin_begins_another_connection() {
    let [sent, _] = two();
    let hex: String = sent.iter().map(|byte| format!("{byte:02x}\n")).collect();
    let mut inputs = vec![one(&sent), one(hex.as_bytes())];
    inputs.extend((1..40).map(|size| Input::Directions {
        sent: Some(Box::new(Portioned(&sent, size))),
        received: None,
    }));
    for input in inputs {
        let mut options = Options::default();
        let (found, outcomes) = events(vec![input], &mut options);
        assert_eq!(found, TWO.map(|(number, calls)| (number, calls.to_vec())));
        assert_eq!(outcomes[0].connections, 2);
        assert_eq!(options.numbered, 2);
    }
}

#[test]
fn what_follows_in_a_conversation_is_of_the_connection_that_began_last() {
    let mut text = String::new();
    for [sent, received] in [calls(2, 0), calls(1, 0)] {
        for (mark, bytes) in [('>', sent), ('<', received)] {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            text += &format!("{mark} {digits}\n");
        }
    }
    let mut answered = Vec::new();
    read(
        one(text.as_bytes()),
        &mut Options::default(),
        &mut |event| {
            if let Event::Ended { connection, ended } = event {
                answered.push((
                    connection,
                    ended.call.stream,
                    ended.call.response.trailers.is_some(),
                ));
            }
        },
    )
    .unwrap();
    assert_eq!(answered, [(1, 1, true), (1, 3, true), (2, 1, true)]);
}

#[test]
fn a_preface_within_a_frame_begins_nothing() {
    let mut sent = calls(1, 0)[0].clone();
    sent.extend(frame(0, 0, 3, &[PREFACE, &frame(4, 0, 0, &[])].concat()));
    sent.extend(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r");
    let (found, outcomes) = events(vec![one(&sent)], &mut Options::default());
    assert_eq!(found.len(), 1);
    assert_eq!(outcomes[0].bytes, sent.len() as u64);
}

#[test]
fn the_server_s_side_is_parted_by_what_the_client_acknowledged() {
    let ack = frame(4, 1, 0, &[]);
    let [first, second] = [calls(2, 0), calls(1, 0)];
    // The server changes its settings on the first connection.
    let more = frame(4, 0, 0, &[0, 4, 0, 1, 0, 0]);
    let sent = [&first[0][..], &ack, &ack, &second[0], &ack].concat();
    let received = [&first[1][..], &more, &second[1]].concat();
    let mut answered = Vec::new();
    let outcome = read(
        both(&sent, &received),
        &mut Options::default(),
        &mut |event| match event {
            Event::Ended { connection, ended } => {
                answered.push((
                    connection,
                    ended.call.stream,
                    ended.call.response.trailers.is_some(),
                ));
            }
            Event::Closed { connection, facts } => {
                let both = [facts.sent, facts.received].map(|bytes| bytes as usize);
                let lengths = match connection {
                    1 => [first[0].len() + 2 * ack.len(), first[1].len() + more.len()],
                    _ => [second[0].len() + ack.len(), second[1].len()],
                };
                assert_eq!(both, lengths, "{connection}");
            }
            _ => {}
        },
    )
    .unwrap();
    assert_eq!(answered, [(1, 1, true), (1, 3, true), (2, 1, true)]);
    assert_eq!(
        outcome.notes,
        [
            "2 connections stand one after another: the server's side of each is taken to begin at the first SETTINGS that the client had not acknowledged before"
        ]
    );
}

#[test]
fn what_the_server_did_not_send_on_another_connection_is_said() {
    let [sent, _] = two();
    let [_, received] = calls(2, 0);
    let (found, outcomes) = events(vec![both(&sent, &received)], &mut Options::default());
    assert_eq!(found, TWO.map(|(number, calls)| (number, calls.to_vec())));
    let said = "what the server sent ends before the last of them";
    assert!(
        outcomes[0].notes[0].ends_with(said),
        "{:?}",
        outcomes[0].notes
    );
}

#[test]
fn what_only_the_server_began_is_said() {
    let ack = frame(4, 1, 0, &[]);
    let [sent, once] = calls(1, 0);
    let sent = [&sent[..], &ack].concat();
    let (found, outcomes) = events(
        vec![both(&sent, &once), both(&sent, &once.repeat(2))],
        &mut Options::default(),
    );
    assert_eq!(found, [(1, vec![1]), (2, vec![1])]);
    assert_eq!(outcomes[0].notes, [""; 0]);
    let said = format!(
        "the server sent SETTINGS at byte {} that the client does not acknowledge: if another connection begins there, its calls are not told",
        once.len()
    );
    assert_eq!(outcomes[1].notes, [said]);
}
