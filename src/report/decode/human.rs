//! What was found for people: a line for each connection, and of each call its frames, the ladder and what is wrong.

use super::{Call, Input, Kind, carries_text, place_text, time_text};
use crate::http::connection::Shown;
use crate::http::tls::{Alpn, Tls};
use crate::http::{Carries, Closing, Connection, Opened, Place};
use crate::report::human::{connection, finding, frames, gateway, ladder};
use crate::report::style::{Line, Page, Style};
use crate::report::view::{Lens, View, count, milliseconds, number};
use crate::report::{Options, Report, escape};

/// How many sizes of messages are listed.
const SIZES: usize = 8;

/// The heading of a connection.
#[must_use]
pub fn connection(opened: &Opened, options: &Options) -> String {
    let lens = Lens::human(options);
    let mut page = Page::new(options.width);
    let mut parts = Vec::new();
    if let Some((client, server)) = &opened.ends {
        parts.push(format!("{client} \u{2192} {server}"));
    }
    parts.extend(opened.name.as_deref().map(|name| lens.text(name)));
    parts.push(carries_text(opened.carries).to_owned());
    parts.extend(opened.place.map(place_text));
    parts.extend(opened.at.and_then(time_text));
    let start = Line::default().with(Style::Strong, format!("connection {}  ", opened.number));
    page.hang(start, Style::Plain, &parts.join(", "));
    if opened.carries == Carries::Guessed {
        let text = "a guess: the input begins in the middle of the connection, so that entries of the HPACK tables may be unknown";
        page.hang(Line::indent(2), Style::Dim, text);
    }
    if let Some(seen) = opened.tls.as_deref() {
        page.hang(
            Line::default().dim("tls  "),
            Style::Plain,
            &tls(&lens, seen),
        );
    }
    page.paint(options.color) + "\n"
}

fn tls(lens: &Lens, tls: &Tls) -> String {
    let mut parts = Vec::new();
    if !tls.server_name.is_empty() {
        parts.push(format!("SNI {}", lens.text(&tls.server_name)));
    }
    if let Some(version) = &tls.version {
        let cipher = tls.cipher.as_deref().map(connection::cipher);
        parts.push(lens.text(&format!("{version}{}", cipher.unwrap_or_default())));
    }
    parts.push(match &tls.alpn {
        Alpn::Selected(alpn) => format!("ALPN {}", lens.text(alpn)),
        Alpn::Nothing => "no ALPN selected".to_owned(),
        Alpn::Unseen => format!("ALPN offered: {}", lens.text(&tls.offered.join(", "))),
    });
    if let Some(leaf) = tls.chain.first() {
        let name = connection::name_for(leaf, &tls.server_name);
        parts.push(format!("certificate {}", lens.text(&name)));
    } else if tls.resumed {
        parts.push("resumed, without a certificate".to_owned());
    }
    if let Some(failure) = &tls.failure {
        parts.push(connection::describe_failure(lens, failure));
    }
    if let Some(why) = &tls.not_decrypted {
        parts.push(format!("not decrypted: {}", lens.text(why)));
    }
    parts.join(", ")
}

/// A call.
#[must_use]
pub fn call(call: &Call<'_>, options: &Options) -> String {
    let view = View::human(call.report, options);
    let mut page = Page::new(options.width);
    let judged = matches!(call.kind, Kind::Grpc | Kind::Sealed);
    if options.quiet {
        if judged {
            verdict(&view, call, &mut page);
        }
        return page.paint(options.color);
    }
    heading(&view, call, &mut page);
    if judged {
        page.gap();
        body(&view, &mut page);
        page.gap();
        verdict(&view, call, &mut page);
    }
    page.paint(options.color) + "\n"
}

/// The verdict as one sentence to be copied, with the place of the call.
fn verdict(view: &View<'_>, call: &Call<'_>, page: &mut Page) {
    let style = match view.report.diagnosis.verdict.step {
        Some(_) => Style::Bad,
        None => Style::Good,
    };
    let place = format!("connection {}, stream {}", call.connection, call.stream);
    let what = match (view.report.target.path, view.options.quiet) {
        ("", _) => place,
        (path, false) => view.text(path),
        (path, true) => format!("{place}, {}", view.text(path)),
    };
    let sentence = escape::line(format!("{what}: {}", view.summary()));
    page.push(Line::default().with(style, sentence));
}

fn heading(view: &View<'_>, call: &Call<'_>, page: &mut Page) {
    let report = call.report;
    let path = match report.target.path {
        "" if call.kind == Kind::Sealed => "(not decrypted)".to_owned(),
        "" => "(its path is not in this source)".to_owned(),
        path => view.text(path),
    };
    let mut parts = vec![format!("connection {}", call.connection)];
    if call.stream != 0 {
        parts.push(format!("stream {}", call.stream));
    }
    parts.extend(call.place.map(place_text));
    parts.extend(call.took.map(|took| format!("{} ms", milliseconds(took))));
    let what = match call.kind {
        Kind::Grpc => "call  ",
        Kind::GrpcWeb => "gRPC-Web  ",
        Kind::Other => "not gRPC  ",
        Kind::Sealed => "TLS  ",
    };
    let start = Line::default().with(Style::Strong, what);
    page.hang(start, Style::Name, &path);
    if matches!(call.kind, Kind::GrpcWeb | Kind::Other) {
        let half = &report.case.call.response;
        let status = report.case.http_status();
        parts.extend(status.map(|status| format!(":status {status}")));
        parts.push(count(half.body.length, "byte"));
    }
    page.hang(Line::indent(2), Style::Dim, &parts.join(", "));
    if let Some(web) = call.web {
        let messages = count(web.messages.len() as u64, "message");
        let lengths: Vec<String> = web
            .messages
            .iter()
            .take(SIZES)
            .map(|it| number(*it))
            .collect();
        let sizes = match lengths.is_empty() {
            true => String::new(),
            false => format!(" ({} bytes)", lengths.join(", ")),
        };
        let trailers = match &web.trailers {
            Some(trailers) => format!("trailers {}", view.wire_text(trailers)),
            None => "no trailers in the body".to_owned(),
        };
        page.hang(
            Line::indent(2),
            Style::Plain,
            &format!("{messages}{sizes}, {trailers}"),
        );
    }
}

fn body(view: &View<'_>, page: &mut Page) {
    let report = view.report;
    gateway::write(view, page);
    page.gap();
    match report.case.connection.shown {
        Shown::Bytes => {}
        Shown::Frames => {
            page.push(Line::indent(2).dim("header block bytes are not in this source"))
        }
        Shown::Messages => {
            page.push(Line::indent(2).dim("frames are not in this source, only what they carry"));
        }
    }
    frames::write(view, page);
    page.gap();
    ladder::write(view, page);
    for (index, found) in report.diagnosis.findings.iter().enumerate() {
        page.gap();
        let clients = report.clients.get(index).map_or(&[][..], Vec::as_slice);
        finding::write(view, found, clients, page);
    }
}

/// Frames of a connection that stand with no call.
#[must_use]
pub fn rest(report: &Report<'_>, options: &Options) -> String {
    let view = View::human(report, options);
    let mut page = Page::new(options.width);
    page.push(Line::default().dim("frames with no call"));
    frames::write(&view, &mut page);
    page.paint(options.color) + "\n"
}

/// The end of a connection, where there is something to say of it.
#[must_use]
pub fn closed(connection: u64, facts: &Connection, options: &Options) -> String {
    let mut parts = Vec::new();
    for (missing, who) in facts.missing.iter().zip(["the client", "the server"]) {
        if *missing > 0 {
            let bytes = count(*missing, "byte");
            parts.push(format!("{bytes} of {who} are missing or were passed over"));
        }
    }
    if facts.late > 0 {
        let frames = count(facts.late as u64, "frame");
        parts.push(format!("{frames} came after the end of their stream"));
    }
    if facts.not_kept.streams > 0 {
        let streams = count(facts.not_kept.streams as u64, "call");
        parts.push(format!(
            "{streams} were told of before they ended: more are open at a time than are kept"
        ));
    }
    if let Some(Closing::Broken(why)) = facts.closed.as_ref().map(|closed| &closed.how) {
        parts.push(why.clone());
    }
    if parts.is_empty() {
        return String::new();
    }
    let mut page = Page::new(options.width);
    let start = Line::default().dim(format!("connection {connection} ended: "));
    page.hang(start, Style::Plain, &parts.join("; "));
    page.paint(options.color) + "\n"
}

/// A sentence on the input.
#[must_use]
pub fn note(
    connection: Option<u64>,
    place: Option<Place>,
    text: &str,
    options: &Options,
) -> String {
    let lens = Lens::human(options);
    let mut page = Page::new(options.width);
    let mut start = String::from("note  ");
    if let Some(number) = connection {
        start.push_str(&format!("connection {number}: "));
    }
    if let Some(place) = place {
        start.push_str(&format!("{}: ", place_text(place)));
    }
    page.hang(Line::default().dim(start), Style::Plain, &lens.text(text));
    page.paint(options.color) + "\n"
}

/// What was read of an input.
#[must_use]
pub fn input(input: &Input, options: &Options) -> String {
    let lens = Lens::human(options);
    let mut page = Page::new(options.width);
    let outcome = &input.outcome;
    let mut parts = vec![outcome.format.clone(), count(outcome.bytes, "byte")];
    parts.extend(outcome.packets.map(|packets| count(packets, "packet")));
    let told = input.connections;
    let all = outcome.connections.max(told);
    parts.push(if told == all {
        count(told, "connection")
    } else {
        format!("{} of {}", number(told), count(all, "connection"))
    });
    parts.push(count(input.frames, "frame"));
    let (calls, failed) = input.calls;
    parts.push(if failed == 0 {
        count(calls, "call")
    } else {
        format!("{}, {} failed", count(calls, "call"), number(failed))
    });
    page.hang(Line::default(), Style::Strong, &lens.text(&input.name));
    page.hang(Line::indent(2), Style::Plain, &parts.join(", "));
    for note in &outcome.notes {
        page.hang(Line::indent(2), Style::Dim, &lens.text(note));
    }
    if let Some((offset, why)) = &outcome.stopped {
        let start = Line::indent(0).with(Style::Bad, "\u{2717} ");
        let text = format!("stopped at byte {}: {}", number(*offset), lens.text(why));
        page.hang(start, Style::Plain, &text);
    }
    page.paint(options.color)
}
