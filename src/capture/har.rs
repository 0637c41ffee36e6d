//! HTTP Archives (HAR 1.2), as browsers, proxies and nghttp write them: the exchanges that speak gRPC or gRPC-Web.
//!
//! An archive has no place for trailers, so that those of gRPC are not in it; gRPC-Web's are part of the body.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

/// Base64 as archives have it, padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A request and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its place among the archive's entries, from 0.
    pub entry: usize,
    /// When it started, as the archive has it (ISO 8601).
    pub started: String,
    /// The URL.
    pub url: String,
    /// The method.
    pub method: String,
    /// The protocol's version as the archive has it, such as `HTTP/2.0`, `http/2.0` or `h2`.
    pub http_version: String,
    /// The request's header fields, in order.
    pub request_headers: Vec<(String, String)>,
    /// The request's body. `None` where the archive does not have it.
    pub request_body: Option<Vec<u8>>,
    /// The response's status code; 0 where there was no response.
    pub status: u16,
    /// The response's header fields, in order.
    pub response_headers: Vec<(String, String)>,
    /// The response's body. `None` where the archive does not have it.
    pub response_body: Option<Vec<u8>>,
}

/// The exchanges of an archive whose request or response has a content-type of gRPC's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The program that wrote it.
    pub creator: String,
    /// How many entries the archive has.
    pub entries: usize,
    /// Those that speak gRPC, in order.
    pub exchanges: Vec<Exchange>,
}

/// Whether a text that starts with `start` is an archive: a JSON object with `log`, and in it what HAR demands.
#[must_use]
pub fn recognise(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let log = [&b"{"[..], b"\"log\"", b":", b"{"]
        .iter()
        .try_fold(start, |text, token| {
            text.trim_ascii_start().strip_prefix(*token)
        });
    log.is_some_and(|log| {
        ["\"creator\"", "\"entries\"", "\"version\""]
            .iter()
            .any(|name| memchr::memmem::find(log, name.as_bytes()).is_some())
    })
}

/// Reads an archive.
///
/// # Errors
/// Where the text is no JSON, or no archive; the error tells the line and the column.
pub fn read(text: &[u8]) -> Result<Archive, serde_json::Error> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let Har { log } = serde_json::from_slice(text)?;
    let entries = log.entries.len();
    let exchanges = log
        .entries
        .into_iter()
        .enumerate()
        .filter(|(_, entry)| entry.request.message.is_grpc() || entry.response.message.is_grpc())
        .map(|(place, entry)| entry.exchange(place))
        .collect();
    Ok(Archive {
        creator: log.creator.name,
        entries,
        exchanges,
    })
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    creator: Creator,
    entries: Vec<Entry>,
}

#[derive(Default, Deserialize)]
struct Creator {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    started_date_time: String,
    request: Request,
    #[serde(default)]
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    post_data: Option<Content>,
    #[serde(flatten)]
    message: Message,
}

#[derive(Default, Deserialize)]
struct Response {
    /// Some writers have a negative number, or none, where there was no response.
    #[serde(default)]
    status: serde_json::Value,
    content: Option<Content>,
    #[serde(flatten)]
    message: Message,
}

/// What requests and responses have alike.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(default)]
    http_version: String,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
}

impl Message {
    /// Whether its content-type is gRPC's or gRPC-Web's.
    fn is_grpc(&self) -> bool {
        self.headers.iter().any(|header| {
            header.name.eq_ignore_ascii_case("content-type")
                && header
                    .value
                    .trim()
                    .get(.."application/grpc".len())
                    .is_some_and(|start| start.eq_ignore_ascii_case("application/grpc"))
        })
    }

    fn headers(self) -> Vec<(String, String)> {
        let pair = |header: Header| (header.name, header.value);
        self.headers.into_iter().map(pair).collect()
    }
}

impl Content {
    /// The bytes. Text without an encoding stands for its UTF-8; that of a `binary` body, where it has no characters
    /// beyond U+00FF, for a byte with each of them, as browsers write it.
    fn bytes(self, binary: bool) -> Option<Vec<u8>> {
        let text = self.text?;
        let is_base64 = |encoding: String| encoding.eq_ignore_ascii_case("base64");
        if self.encoding.is_some_and(is_base64) {
            let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
            return BASE64.decode(digits).ok();
        }
        let bytes = binary.then(|| text.chars().map(|c| u8::try_from(c).ok()).collect());
        Some(bytes.flatten().unwrap_or_else(|| text.into_bytes()))
    }
}

impl Entry {
    fn exchange(self, entry: usize) -> Exchange {
        let Self {
            started_date_time,
            request,
            response,
        } = self;
        let version = request.message.http_version.clone();
        let body = |content: Option<Content>, of: &Message| content?.bytes(of.is_grpc());
        let request_body = body(request.post_data, &request.message);
        let response_body = body(response.content, &response.message);
        Exchange {
            entry,
            started: started_date_time,
            url: request.url,
            method: request.method,
            http_version: if version.is_empty() {
                response.message.http_version.clone()
            } else {
                version
            },
            request_headers: request.message.headers(),
            request_body,
            status: response
                .status
                .as_u64()
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or_default(),
            response_headers: response.message.headers(),
            response_body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::fixtures::fixture;

    /// As Chrome saves a call of gRPC-Web: the reply `{1: "Hi"}`, and the trailers in the body.
    const WEB: &str = r#"{"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": [],
      "entries": [
        {"startedDateTime": "2026-11-22T13:26:38.001Z", "time": 1.5,
         "request": {"method": "GET", "url": "https://example.com/", "httpVersion": "h2", "headers": []},
         "response": {"status": 200, "httpVersion": "h2", "headers": [{"name": "content-type", "value": "text/html"}],
                      "content": {"size": 2, "mimeType": "text/html", "text": "hi"}}},
        {"startedDateTime": "2026-11-22T13:26:39.002Z",
         "request": {"method": "POST", "url": "https://example.com/a.B/C", "httpVersion": "h2",
                     "headers": [{"name": "Content-Type", "value": "Application/gRPC-Web+proto"}],
                     "postData": {"mimeType": "application/grpc-web+proto", "text": "\u0000\u0000\u0000\u0000\u0003\b\u00ac\u0002"}},
         "response": {"status": 200, "httpVersion": "h2",
                      "headers": [{"name": "content-type", "value": "application/grpc-web+proto"}, {"name": "vary", "value": "a"}],
                      "content": {"size": 29, "mimeType": "application/grpc-web+proto", "encoding": "base64",
                                  "text": "AAAAAAQKAkhpgAAAAA9ncnBjLXN0YXR1czogMA0K"}}},
        {"request": {"method": "POST", "url": "https://example.com/a.B/D", "httpVersion": "",
                     "headers": [{"name": "content-type", "value": "application/grpc"}]},
         "response": {"status": -1, "headers": [], "content": {}}}
      ]}}"#;

    #[test]
    fn calls_are_told_by_their_content_type() {
        let archive = read(WEB.as_bytes()).unwrap();
        assert_eq!((&*archive.creator, archive.entries), ("WebInspector", 3));
        let [web, plain] = &archive.exchanges[..] else {
            panic!("{archive:?}")
        };
        assert_eq!(
            *web,
            Exchange {
                entry: 1,
                started: "2026-11-22T13:26:39.002Z".to_owned(),
                url: "https://example.com/a.B/C".to_owned(),
                method: "POST".to_owned(),
                http_version: "h2".to_owned(),
                request_headers: vec![(
                    "Content-Type".to_owned(),
                    "Application/gRPC-Web+proto".to_owned()
                )],
                request_body: Some(b"\0\0\0\0\x03\x08\xac\x02".to_vec()),
                status: 200,
                response_headers: vec![
                    (
                        "content-type".to_owned(),
                        "application/grpc-web+proto".to_owned()
                    ),
                    ("vary".to_owned(), "a".to_owned())
                ],
                response_body: Some(
                    b"\0\0\0\0\x04\n\x02Hi\x80\0\0\0\x0fgrpc-status: 0\r\n".to_vec()
                ),
            }
        );
        assert_eq!((plain.entry, plain.status), (2, 0));
        assert_eq!((&plain.request_body, &plain.response_body), (&None, &None));
    }

    #[test]
    fn text_without_an_encoding_is_bytes_where_it_can_be() {
        let bytes = |text: &str, encoding: Option<&str>| {
            Content {
                text: Some(text.to_owned()),
                encoding: encoding.map(str::to_owned),
            }
            .bytes(true)
        };
        assert_eq!(bytes("\u{0}\u{ff}", None).unwrap(), [0, 0xff]);
        assert_eq!(
            bytes("\u{ff}\u{100}", None).unwrap(),
            "\u{ff}\u{100}".as_bytes()
        );
        assert_eq!(bytes("AAE\n=", Some("base64")).unwrap(), [0, 1]);
        assert_eq!(bytes("?", Some("base64")), None);
        let page = Content {
            text: Some("\u{e9}".to_owned()),
            encoding: None,
        };
        assert_eq!(page.bytes(false).unwrap(), "\u{e9}".as_bytes());
    }

    #[test]
    fn an_archive_of_nghttp_s_has_no_bodies() {
        let text = fixture("nghttp.har");
        assert!(recognise(&text));
        let archive = read(&text).unwrap();
        assert_eq!((&*archive.creator, archive.entries), ("nghttp", 1));
        let exchange = &archive.exchanges[0];
        assert_eq!(exchange.method, "POST");
        assert_eq!(exchange.http_version, "HTTP/2.0");
        assert_eq!(exchange.status, 200);
        let pseudo = (":method".to_owned(), "POST".to_owned());
        assert_eq!(exchange.request_headers[0], pseudo);
        assert_eq!(exchange.response_body, None);
    }

    #[test]
    fn what_is_no_archive_is_said_with_its_place() {
        for text in [
            "{\"log\": {\"entries\"",
            "\u{feff} {\n \"log\" : { \"version\": \"1.2\",",
            WEB,
        ] {
            assert!(recognise(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "{}",
            "{\"log\": {}}",
            "[{\"log\": {\"entries\": []}}]",
            "log entries",
        ] {
            assert!(!recognise(text.as_bytes()), "{text}");
        }
        let error = read(b"{\"log\": {\"entries\": [\n{}]}}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "missing field `request` at line 2 column 2"
        );
        for end in 0..WEB.len() {
            if let Some(start) = WEB.get(..end) {
                assert!(read(start.as_bytes()).is_err(), "{end}");
            }
        }
    }
}
