//! Scripts of servers that send back the secrets of a request.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The part of a response with the secrets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Echo {
    Header,
    HuffmanHeader,
    GrpcMessage,
    Details,
    Page,
    EscapedPage,
    Http1Page,
    Json,
    EscapedJson,
    Form,
    Message,
    GzipMessage,
    Base64Body,
    HexBody,
    TrailingBytes,
    GoAway,
}

impl Echo {
    pub(crate) const ALL: [Self; 16] = [
        Self::Header,
        Self::HuffmanHeader,
        Self::GrpcMessage,
        Self::Details,
        Self::Page,
        Self::EscapedPage,
        Self::Http1Page,
        Self::Json,
        Self::EscapedJson,
        Self::Form,
        Self::Message,
        Self::GzipMessage,
        Self::Base64Body,
        Self::HexBody,
        Self::TrailingBytes,
        Self::GoAway,
    ];

    pub(crate) fn script(self, secrets: &[String]) -> String {
        let all = secrets.join(" and ");
        match self {
            Self::Header | Self::HuffmanHeader => {
                let mark = if matches!(self, Self::Header) {
                    ""
                } else {
                    "!huffman "
                };
                let mut script = "settings\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n".to_owned();
                for (index, secret) in secrets.iter().enumerate() {
                    let value = field(secret.as_bytes());
                    writeln!(script, "  {mark}x-echo-{index}: you sent {value}").unwrap();
                }
                script + "  grpc-status: 13\n"
            }
            Self::GrpcMessage => {
                let encoded: String = format!("bad key {all}")
                    .bytes()
                    .map(|byte| match byte {
                        b'%' => "%25".to_owned(),
                        b' '..=b'~' => char::from(byte).to_string(),
                        _ => format!("%{byte:02X}"),
                    })
                    .collect();
                status(&format!("  grpc-message: {}\n", field(encoded.as_bytes())))
            }
            Self::Details => {
                let info = protobuf(
                    2,
                    &[&protobuf(1, b"key"), &protobuf(2, all.as_bytes())[..]].concat(),
                );
                let any = [
                    protobuf(1, b"type.googleapis.com/google.rpc.ErrorInfo"),
                    protobuf(2, &[protobuf(1, b"BAD"), protobuf(3, &info[2..])].concat()),
                ];
                let details = [
                    vec![0x08, 13],
                    protobuf(2, format!("no {all}").as_bytes()),
                    protobuf(3, &any.concat()),
                ];
                let details = STANDARD.encode(details.concat());
                status(&format!("  grpc-status-details-bin: {details}\n"))
            }
            Self::Page => page("text/html", format!("<html><p>{all}</p>").as_bytes(), 1),
            Self::EscapedPage => {
                let escaped = all.replace('&', "&amp;").replace('<', "&lt;");
                let escaped = escaped.replace('"', "&quot;").replace('\u{e9}', "&#xe9;");
                page("text/html", format!("<html><p>{escaped}</p>").as_bytes(), 1)
            }
            Self::Http1Page => {
                let answer = format!(
                    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nX-Echo: {}\r\n\r\nno {all}\r\n",
                    secrets.first().map_or("", String::as_str)
                );
                format!("read preface\nraw {}\nclose\n", bytes(answer.as_bytes()))
            }
            Self::Json => {
                let json = serde_json::json!({ "message": format!("no {all}"), "keys": secrets });
                page("application/json", json.to_string().as_bytes(), 1)
            }
            Self::EscapedJson => {
                let mut json = String::new();
                for c in serde_json::json!({ "keys": secrets }).to_string().chars() {
                    match c {
                        '/' => json.push_str("\\/"),
                        c if c.is_ascii() => json.push(c),
                        c => write!(json, "\\u{:04x}", u32::from(c)).unwrap(),
                    }
                }
                page("application/json", json.as_bytes(), 1)
            }
            Self::Form => {
                let encoded: String = all
                    .bytes()
                    .map(|byte| match byte {
                        b' ' => "+".to_owned(),
                        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                        _ => format!("%{byte:02x}"),
                    })
                    .collect();
                let body = format!("error=invalid&echo={encoded}");
                page("application/x-www-form-urlencoded", body.as_bytes(), 1)
            }
            Self::Message => reply("message", &protobuf(1, all.as_bytes())),
            Self::GzipMessage => reply("message gzip", &protobuf(1, all.as_bytes())),
            Self::Base64Body => {
                let body = framed(&protobuf(1, format!("no {all}").as_bytes()));
                page("application/grpc", STANDARD.encode(body).as_bytes(), 1)
            }
            Self::HexBody => {
                let body = framed(&protobuf(1, all.as_bytes()));
                let text: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
                page("application/grpc", text.as_bytes(), 1)
            }
            Self::TrailingBytes => {
                // The prefix counts to the middle of a secret.
                let message = protobuf(1, all.as_bytes());
                let half = secrets.first().map_or(0, String::len) / 2;
                let mut body = framed(&message[..half]);
                body.extend_from_slice(&message[half..]);
                page("application/grpc", &body, 1)
            }
            Self::GoAway => format!(
                "settings\nread request\ngoaway ENHANCE_YOUR_CALM {}\nclose\n",
                bytes(all.as_bytes())
            ),
        }
    }
}

/// A response with this body, in `frames` DATA frames, and no trailers.
pub(crate) fn page(content_type: &str, body: &[u8], frames: usize) -> String {
    let mut script = format!("settings\nheaders\n  :status: 200\n  content-type: {content_type}\n");
    for frame in body.chunks(body.len().div_ceil(frames).max(1)) {
        writeln!(script, "data {}", bytes(frame)).unwrap();
    }
    script + "data end_stream\n"
}

/// A response whose body is split at a place.
pub(crate) fn in_two(content_type: &str, body: &[u8], at: usize) -> String {
    let (first, second) = body.split_at(at);
    format!(
        "settings\nheaders\n  :status: 200\n  content-type: {content_type}\ndata {}\ndata {}\ndata end_stream\n",
        bytes(first),
        bytes(second)
    )
}

pub(crate) fn reply(action: &str, message: &[u8]) -> String {
    let (action, packed) = action.split_once(' ').unwrap_or((action, ""));
    let coding = if packed.is_empty() {
        ""
    } else {
        "  grpc-encoding: gzip\n"
    };
    format!(
        "settings\nheaders\n  :status: 200\n  content-type: application/grpc\n{coding}{action} {packed} {}\nheaders end_stream\n  grpc-status: 0\n",
        bytes(message)
    )
}

/// A Trailers-Only response with these fields.
fn status(fields: &str) -> String {
    format!(
        "settings\nheaders end_stream\n  :status: 200\n  content-type: application/grpc\n  grpc-status: 13\n{fields}"
    )
}

/// Bytes as a script has them.
fn bytes(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hex {digits}")
}

/// The value of a field as a script has it.
fn field(value: &[u8]) -> String {
    value
        .iter()
        .map(|byte| match byte {
            b'\\' => "\\\\".to_owned(),
            b' '..=b'~' => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// A field of protobuf that holds bytes.
pub(crate) fn protobuf(number: u8, value: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = value.len();
    while length >= 0x80 {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend_from_slice(value);
    field
}

/// A message with its prefix.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.extend_from_slice(message);
    framed
}
