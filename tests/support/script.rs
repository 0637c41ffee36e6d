//! Scripts: what a server does on a connection, one action a line, readable as documentation.
//!
//! A script is a text file, `*.script`. A line that begins with `#` is a comment, and so is the rest of a line after
//! ` #`, except in header fields and in the free text of `url` and `call`. Numbers are decimal or `0x…`. Text stands
//! in quotes, with the escapes `\n \r \t \0 \\ \" \xNN`.
//!
//! **Setup** comes first, in any order:
//!
//! ```text
//! listen tcp|unix|nobody      where (default tcp); at nobody's port connections are refused
//! tls good|expired|expiring|not-yet-valid|wrong-name|unknown-issuer|self-signed|for-clients|authority
//! alpn h2|http/1.1|none       what the server selects (default h2)
//! client-cert required
//! host NAME                   the host that the URL names, in place of 127.0.0.1
//! url TEXT                    the URL to call; `{address}` stands for host and port. Default:
//!                             http(s)://{address}/hello.HelloService/Hello, or unix:PATH
//! call KEY[=VALUE]            one option for the client, its value free text; may be repeated
//! ```
//!
//! **Actions** follow, and every connection runs through all of them:
//!
//! ```text
//! read preface                24 bytes, whatever they are
//! read request                up to the next frame of the client with END_STREAM
//! tunnel                      reads a proxy's request and opens the tunnel; what follows is the server behind it
//! read connect                a proxy's request, up to its empty line
//! read hello                  one TLS record, on a server that speaks no TLS
//! at once                     do not wait for the request
//! wait 50ms|2s
//! settings NAME=V|0xID=V …    RFC 9113 names; alone it is an empty frame
//! settings ack
//! headers [end_stream] [no_end_headers] [padded=N] [priority]      fields follow, indented
//! continuation [end_headers]                                       fields follow, indented
//! push_promise promised=N                                          fields follow, indented
//! data [end_stream] [padded=N] [split=N] [BODY]                    split=N: frames of at most N bytes
//! message [flag=N] [length=N] [end_stream] [padded=N] [split=N] [BODY]
//!                             DATA with a Length-Prefixed-Message; flag defaults to 1 where BODY is gzip, else 0;
//!                             length makes the prefix lie
//! rst CODE                    an RFC 9113 name or a number
//! goaway [last=N] CODE [BODY] the body is the debug data
//! ping [ack] [BODY]           eight bytes
//! window_update N
//! priority [depends=N] [weight=N] [exclusive]
//! frame type=N [flags=N] [length=N] [reserved] [BODY]              any frame; length makes its header lie
//! raw BODY                    bytes that are no frame
//! tls_alert N                 reads a hello and answers it with this fatal alert
//! close                       FIN (after close_notify under TLS), then reads until the client has gone
//! reset                       RST; what the client has not been sent by then is lost, so `wait` before it
//! hang                        reads until the client has gone; also what happens at the end of a script
//! ```
//!
//! Every frame takes `stream=N`. Its default is 1, or 0 where the frame belongs to the connection (also for
//! `window_update` and `frame`). Nothing is sent that is not written, SETTINGS included. Only the wait is implied: before the first of
//! `headers`, `continuation`, `data`, `message`, `rst`, `goaway`, `push_promise` and `frame` the server reads the request, unless
//! the script did so, or says `at once`.
//!
//! BODY is any number of parts, one after the other: `"text"`, `hex 00 0a0d …`, `repeat N "text"`, `gzip PART…` (which
//! compresses all parts that follow it).
//!
//! A **field** is an indented `name: value` with the escapes of text and no quotes, written as a literal without
//! indexing, its name spelled out. Marks before it change that: `!huffman`, `!incremental`, `!never`, `!index=N` (the
//! name by its index). Alone on a line, `!index=N` is an indexed field, `!size=N` a dynamic table size update, and
//! `!raw 82 …` bytes of the block.
//!
//! ```text
//! # A message without its prefix, and no trailers.
//! settings MAX_CONCURRENT_STREAMS=128
//! settings ack
//! headers
//!   !index=8
//!   content-type: application/grpc
//! data "\n\rHello, world."
//! data end_stream
//! ```

use std::time::Duration;

use super::actions::{Open, duration, field, opened, single};
use super::frames::{self, Frame};
use super::words::{Options, Token, body, number, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    Good,
    Expired,
    /// Valid for three days and a half more.
    Expiring,
    NotYetValid,
    WrongName,
    UnknownIssuer,
    SelfSigned,
    /// Its extended key usage allows clients only.
    ForClients,
    Authority,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    H2,
    Http11,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tls {
    pub certificate: Certificate,
    pub alpn: Alpn,
    pub client_cert: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listen {
    #[default]
    Tcp,
    Unix,
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    ReadPreface,
    ReadRequest,
    ReadHello,
    ReadConnect,
    /// Answers a CONNECT that was read.
    Open,
    Write(Vec<u8>),
    Wait(Duration),
    Close,
    Reset,
    Hang,
}

#[derive(Clone, Debug, Default)]
pub struct Script {
    pub listen: Listen,
    pub tls: Option<Tls>,
    pub host: Option<String>,
    pub url: Option<String>,
    /// Options for the client: key, and value or nothing.
    pub call: Vec<(String, String)>,
    pub actions: Vec<Action>,
}

impl Script {
    /// Reads a script. An error names its line.
    pub fn parse(script: &str) -> Result<Self, String> {
        let mut parser = Parser::default();
        for (index, line) in script.lines().enumerate() {
            parser
                .line(line)
                .map_err(|error| format!("line {}: {error}", index + 1))?;
        }
        parser.finish()
    }

    /// What the client is to be told about `key`.
    pub fn call(&self, key: &str) -> Option<&str> {
        self.call
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a client begins with a ClientHello.
    pub fn is_https(&self) -> bool {
        self.tls.is_some() || self.actions.contains(&Action::ReadHello)
    }
}

#[derive(Default)]
struct Parser {
    script: Script,
    certificate: Option<Certificate>,
    alpn: Option<Alpn>,
    client_cert: bool,
    request_read: bool,
    open: Option<Open>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return Ok(());
        }
        if line.starts_with([' ', '\t']) {
            let open = self
                .open
                .as_mut()
                .ok_or("a field outside a block of headers")?;
            open.block = field(std::mem::take(&mut open.block), trimmed)?;
            return Ok(());
        }
        self.close_block();
        let (verb, rest) = trimmed
            .split_once(char::is_whitespace)
            .unwrap_or((trimmed, ""));
        let rest = rest.trim();
        if self.setup(verb, rest)? {
            return match self.script.actions.is_empty() && !self.request_read {
                true => Ok(()),
                false => Err(format!("`{verb}` must stand before the first action")),
            };
        }
        let tokens = tokens(rest)?;
        if !self.control(verb, &tokens)? {
            self.frame(verb, &tokens)?;
        }
        Ok(())
    }

    fn setup(&mut self, verb: &str, rest: &str) -> Result<bool, String> {
        let free_text = verb == "url" || verb == "call";
        let value = if free_text {
            rest
        } else {
            rest.split(" #").next().unwrap_or(rest).trim()
        };
        match (verb, value) {
            ("listen", "tcp") => self.script.listen = Listen::Tcp,
            ("listen", "unix") => self.script.listen = Listen::Unix,
            ("listen", "nobody") => self.script.listen = Listen::Nobody,
            ("tls", "good") => self.certificate = Some(Certificate::Good),
            ("tls", "expired") => self.certificate = Some(Certificate::Expired),
            ("tls", "expiring") => self.certificate = Some(Certificate::Expiring),
            ("tls", "not-yet-valid") => self.certificate = Some(Certificate::NotYetValid),
            ("tls", "wrong-name") => self.certificate = Some(Certificate::WrongName),
            ("tls", "unknown-issuer") => self.certificate = Some(Certificate::UnknownIssuer),
            ("tls", "self-signed") => self.certificate = Some(Certificate::SelfSigned),
            ("tls", "for-clients") => self.certificate = Some(Certificate::ForClients),
            ("tls", "authority") => self.certificate = Some(Certificate::Authority),
            ("alpn", "h2") => self.alpn = Some(Alpn::H2),
            ("alpn", "http/1.1") => self.alpn = Some(Alpn::Http11),
            ("alpn", "none") => self.alpn = Some(Alpn::None),
            ("client-cert", "required") => self.client_cert = true,
            ("listen" | "tls" | "alpn" | "client-cert", other) => {
                return Err(format!("`{verb}` cannot be `{other}`"));
            }
            ("host" | "url" | "call", "") => return Err(format!("`{verb}` wants a value")),
            ("host", name) => self.script.host = Some(name.to_owned()),
            ("url", url) => self.script.url = Some(url.to_owned()),
            ("call", option) => {
                let (key, value) = option.split_once('=').unwrap_or((option, ""));
                self.script.call.push((key.to_owned(), value.to_owned()));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Actions that are no frame.
    fn control(&mut self, verb: &str, tokens: &[Token]) -> Result<bool, String> {
        let words: Vec<&str> = tokens.iter().map(Token::word).collect();
        let action = match (verb, words.as_slice()) {
            ("read", ["preface"]) => Action::ReadPreface,
            ("read", ["request"]) => {
                self.request_read = true;
                Action::ReadRequest
            }
            ("read", ["hello"]) => Action::ReadHello,
            ("read", ["connect"]) => Action::ReadConnect,
            ("tunnel", []) => {
                self.script.actions.push(Action::ReadConnect);
                Action::Open
            }
            ("at", ["once"]) => {
                self.request_read = true;
                return Ok(true);
            }
            ("wait", [time]) => Action::Wait(duration(time)?),
            ("close", []) => Action::Close,
            ("reset", []) => Action::Reset,
            ("hang", []) => Action::Hang,
            ("raw", _) => Action::Write(body(tokens)?),
            ("tls_alert", [alert]) => {
                self.script.actions.push(Action::ReadHello);
                Action::Write(vec![0x15, 3, 3, 0, 2, 2, number(alert)?])
            }
            ("read" | "at" | "wait" | "close" | "reset" | "hang" | "tls_alert", _) => {
                return Err(format!("`{verb}` cannot take this"));
            }
            _ => return Ok(false),
        };
        self.script.actions.push(action);
        Ok(true)
    }

    fn frame(&mut self, verb: &str, tokens: &[Token]) -> Result<(), String> {
        let mut options = Options::new(tokens)?;
        match verb {
            "headers" | "continuation" | "data" | "message" | "rst" | "goaway" | "push_promise"
            | "frame" => self.await_request(),
            "settings" | "ping" | "window_update" | "priority" => {}
            _ => return Err(format!("no such action: `{verb}`")),
        }
        let stream = match verb {
            "settings" | "ping" | "goaway" | "window_update" | "frame" => 0,
            _ => 1,
        };
        let stream = options.value("stream")?.unwrap_or(stream);
        let padded = options.value("padded")?;
        match verb {
            "headers" | "continuation" | "push_promise" => {
                self.open = Some(opened(verb, &mut options, stream, padded)?)
            }
            "data" => self.data(&mut options, stream, padded, |_, body, _| Ok(body))?,
            "message" => self.data(&mut options, stream, padded, |options, body, gzip| {
                let mut message =
                    frames::message(options.value("flag")?.unwrap_or(u8::from(gzip)), &body);
                if let Some(length) = options.value::<u32>("length")? {
                    message[1..5].copy_from_slice(&length.to_be_bytes());
                }
                Ok(message)
            })?,
            _ => {
                let mut frame = single(verb, &mut options)?;
                frame.stream = stream;
                self.write(&frame, padded);
            }
        }
        options.finish()
    }

    fn data(
        &mut self,
        options: &mut Options<'_>,
        stream: u32,
        padded: Option<u8>,
        body: impl FnOnce(&mut Options<'_>, Vec<u8>, bool) -> Result<Vec<u8>, String>,
    ) -> Result<(), String> {
        let end_stream = options.flag("end_stream");
        let split = options.value("split")?.unwrap_or(usize::MAX).max(1);
        let (bytes, gzip) = options.body()?;
        let bytes = body(options, bytes, gzip)?;
        // An empty body is a frame too.
        let count = bytes.len().div_ceil(split).max(1);
        for index in 0..count {
            let start = index.saturating_mul(split);
            let chunk = &bytes[start..bytes.len().min(start.saturating_add(split))];
            self.write(
                &frames::data(stream, chunk, end_stream && index + 1 == count),
                padded,
            );
        }
        Ok(())
    }

    fn write(&mut self, frame: &Frame, padded: Option<u8>) {
        let bytes = match padded {
            Some(padding) => frame.clone().padded(padding).bytes(),
            None => frame.bytes(),
        };
        self.script.actions.push(Action::Write(bytes));
    }

    fn await_request(&mut self) {
        if !std::mem::replace(&mut self.request_read, true) {
            self.script.actions.push(Action::ReadRequest);
        }
    }

    fn close_block(&mut self) {
        if let Some(mut open) = self.open.take() {
            open.frame.payload.extend(open.block.bytes);
            self.write(&open.frame, open.padded);
        }
    }

    fn finish(mut self) -> Result<Script, String> {
        self.close_block();
        self.script.tls = self.certificate.map(|certificate| Tls {
            certificate,
            alpn: self.alpn.unwrap_or(Alpn::H2),
            client_cert: self.client_cert,
        });
        if self.script.tls.is_none() && (self.alpn.is_some() || self.client_cert) {
            return Err("`alpn` and `client-cert` want `tls`".to_owned());
        }
        if self.script.listen == Listen::Nobody && !self.script.actions.is_empty() {
            return Err("nobody listens, so nobody acts".to_owned());
        }
        Ok(self.script)
    }
}
