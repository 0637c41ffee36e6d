//! The request as the HTTP/2 client takes it, or why it does not.

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};

use super::{Plan, PlanError};

/// The fields that HTTP/2 has no place for (RFC 9113, 8.2.2), and that the HTTP/2 client refuses to send.
const CONNECTION_SPECIFIC: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// The request head of `plan`.
pub(super) fn head(plan: &Plan) -> Result<Request<()>, PlanError> {
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri(plan)?;
    let headers = request.headers_mut();
    for (name, value) in &plan.headers {
        let (name, value) = field(name, value)?;
        let refused = headers.try_append(name, value);
        refused.map_err(|_| PlanError::TooManyHeaders)?;
    }
    Ok(request)
}

fn uri(plan: &Plan) -> Result<Uri, PlanError> {
    let bad_authority = || PlanError::Authority(plan.authority.clone());
    let bad_path = || PlanError::Path(plan.path.clone());
    let authority = Authority::try_from(plan.authority.as_str()).map_err(|_| bad_authority())?;
    let path = PathAndQuery::try_from(plan.path.as_str()).map_err(|_| bad_path())?;
    // A fragment would be left out without a word.
    if path.as_str() != plan.path || !plan.path.starts_with('/') {
        return Err(bad_path());
    }
    let scheme = if plan.tls.is_some() {
        Scheme::HTTPS
    } else {
        Scheme::HTTP
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(scheme);
    parts.authority = Some(authority);
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| bad_path())
}

fn field(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), PlanError> {
    let bad_name = || PlanError::HeaderName(name.to_owned());
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad_name())?;
    let refused = CONNECTION_SPECIFIC.contains(&parsed.as_str())
        || parsed == header::TE && value != b"trailers";
    if refused {
        return Err(PlanError::ConnectionHeader(parsed.to_string()));
    }
    let value =
        HeaderValue::from_bytes(value).map_err(|_| PlanError::HeaderValue(parsed.to_string()))?;
    Ok((parsed, value))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::super::{DEFAULT_LINGER, Target};
    use super::*;

    fn plan(authority: &str, path: &str, headers: &[(&str, &str)]) -> Plan {
        Plan {
            target: Target::Tcp {
                host: "localhost".to_owned(),
                port: 1,
                connect_to: None,
            },
            authority: authority.to_owned(),
            path: path.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: Bytes::new(),
            proxy: None,
            tls: None,
            timeout: Duration::from_secs(1),
            connect_timeout: None,
            linger: DEFAULT_LINGER,
            capture: None,
        }
    }

    #[test]
    fn a_request_goes_out_as_it_stands() {
        let headers = [
            ("te", "trailers"),
            ("x-two", "b"),
            ("x-one", "a"),
            ("X-Two", "c"),
        ];
        let request = head(&plan("stage:443", "/Prod/a.B/C?d=%20", &headers)).unwrap();
        assert_eq!(
            request.uri().to_string(),
            "http://stage:443/Prod/a.B/C?d=%20"
        );
        let sent: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(
            sent,
            [
                ("te", "trailers"),
                ("x-two", "b"),
                ("x-two", "c"),
                ("x-one", "a")
            ]
        );
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        for (authority, path, header, expected) in [
            ("a b", "/", ("a", "b"), "`a b` is no authority"),
            ("a", "no-slash", ("a", "b"), "`no-slash` is no path"),
            ("a", "/a#b", ("a", "b"), "`/a#b` is no path"),
            ("a", "/", ("a b", "c"), "`a b` is no header name"),
            ("a", "/", (":path", "c"), "`:path` is no header name"),
            ("a", "/", ("a", "b\nc"), "the value of `a`"),
            ("a", "/", ("te", "gzip"), "this value of `te`"),
            (
                "a",
                "/",
                ("Connection", "close"),
                "this value of `connection`",
            ),
        ] {
            let error = head(&plan(authority, path, &[header])).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
