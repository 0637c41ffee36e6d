//! What clients put around a message: their own name, and the status.

use super::pattern;
use crate::rpc::Code;

/// A wrapper found in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrapper {
    /// Who prints it, with what its form tells of the version.
    pub(super) client: &'static str,
    /// The status in it.
    pub(super) code: Option<Code>,
    /// Where the message starts.
    pub(super) end: usize,
    /// Whether other software prints the like of it.
    pub(super) weak: bool,
}

/// Who prints what. The holes `code` and `number` hold the status.
static FORMS: &[(&str, &str)] = &[
    ("grpc-go", "rpc error: code = {code} desc ="),
    ("grpcurl (grpc-go)", "ERROR: Code: {code} Message:"),
    ("grpcurl (grpc-go)", "Failed to dial target host \""),
    ("grpc-java", "io.grpc.StatusRuntimeException: {code}"),
    ("grpc-java", "io.grpc.StatusException: {code}"),
    ("grpc-java", "Status{code={code}, description="),
    (
        "grpcio (Python)",
        "_InactiveRpcError of RPC that terminated with: status = StatusCode.{code} details =",
    ),
    (
        "grpcio (Python)",
        "_MultiThreadedRendezvous of RPC that terminated with: status = StatusCode.{code} details =",
    ),
    (
        "grpcio (Python)",
        "Rendezvous of RPC that terminated with: status = StatusCode.{code} details =",
    ),
    (
        "grpcio (Python)",
        "Rendezvous of RPC that terminated with (StatusCode.{code},",
    ),
    (
        "grpcio (Python)",
        "AioRpcError of RPC that terminated with: status = StatusCode.{code} details =",
    ),
    ("grpcio (Python)", "status = StatusCode.{code} details ="),
    ("Ruby (C-core)", "GRPC::{name}: {number}:"),
    ("Ruby (C-core)", "GRPC::{name} ({number}:"),
    ("Ruby (C-core)", "GRPC::BadStatus: {number}:"),
    ("PHP (C-core)", "[code] => {number} [details] =>"),
    ("PHP (C-core)", "[details] => {text} [code] => {number}"),
    ("C-core", "ssl_transport_security.cc:"),
    (
        "C-core (C#)",
        "Status(StatusCode=\"{code}\", Detail=\"{text}\", DebugException=\"Grpc.Core.Internal.CoreErrorDetailException",
    ),
    ("grpc-dotnet", "Status(StatusCode=\"{code}\", Detail=\""),
    ("grpc-dotnet", "Status(StatusCode={code}, Detail=\""),
    ("tonic", "Status { code: {code}, message: \""),
    ("tonic up to 0.14.1", "status: {code}, message: \""),
    ("tonic from 0.14.3", "code: '{text}', message: \""),
    ("tonic", "tonic::transport::Error("),
    ("connect-es", "ConnectError: [{code}]"),
    ("grpc-web (Google)", "RpcError({code}):"),
];

/// The names that tonic's Display has for the codes, from 0.14.3 on.
static TONIC: [(&str, u32); 17] = [
    ("The operation completed successfully", 0),
    ("The operation was cancelled", 1),
    ("Unknown error", 2),
    ("Client specified an invalid argument", 3),
    ("Deadline expired before operation could complete", 4),
    ("Some requested entity was not found", 5),
    ("Some entity that we attempted to create already exists", 6),
    (
        "The caller does not have permission to execute the specified operation",
        7,
    ),
    ("Some resource has been exhausted", 8),
    (
        "The system is not in a state required for the operation's execution",
        9,
    ),
    ("The operation was aborted", 10),
    ("Operation was attempted past the valid range", 11),
    ("Operation is not implemented or not supported", 12),
    ("Internal error", 13),
    ("The service is currently unavailable", 14),
    ("Unrecoverable data loss or corruption", 15),
    (
        "The request does not have valid authentication credentials",
        16,
    ),
];

/// The outermost wrapper of a text whose white space is single spaces.
pub(super) fn find(text: &str) -> Option<Wrapper> {
    let forms = FORMS.iter().filter_map(|(client, form)| {
        let found = pattern::find(form, text)?;
        let code = match found.hole("code").or(found.hole("number")) {
            Some(name) => Some(code(name)?),
            None => found
                .hole("text")
                .and_then(|text| TONIC.iter().find(|(name, _)| *name == text))
                .map(|(_, number)| Code(*number)),
        };
        let holds = code.is_some() || !form.starts_with("code: '");
        let wrapper = Wrapper {
            client,
            code,
            end: found.end,
            weak: false,
        };
        holds.then_some((found.start, wrapper))
    });
    forms
        .chain(numbered(text))
        .min_by_key(|(start, _)| *start)
        .map(|(_, wrapper)| wrapper)
        .or_else(|| opening(text))
}

/// grpc-js's `13 INTERNAL: `.
fn numbered(text: &str) -> Option<(usize, Wrapper)> {
    (0..=16)
        .filter_map(|number| {
            let form = format!("{number} {}: ", Code(number).name()?);
            let start = text.find(&form)?;
            let apart = !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
            let wrapper = Wrapper {
                client: "grpc-js",
                code: Some(Code(number)),
                end: start + form.len(),
                weak: false,
            };
            apart.then_some((start, wrapper))
        })
        .min_by_key(|(start, _)| *start)
}

/// Wrappers that are no more than the status before the message, as other software has them too.
fn opening(text: &str) -> Option<Wrapper> {
    let (client, name, end) = if let Some(rest) = text.strip_prefix('[') {
        let end = rest.find(']')?;
        ("connect-es", &rest[..end], end + 2)
    } else {
        let end = text.find(": ")?;
        let name = &text[..end];
        let client = match text.as_bytes().get(end + 2) {
            _ if name.ends_with(')') => "grpc-swift 1",
            Some(b'"') => "grpc-swift 2",
            _ if name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => "grpc-java",
            _ => "connect-go",
        };
        // grpc-swift 1 has the number after the name: `internalError (13): `.
        (client, name.split(" (").next().unwrap_or(name), end + 2)
    };
    Some(Wrapper {
        client,
        code: Some(code(name)?),
        end: end.min(text.len()),
        weak: true,
    })
}

/// The status of that name or number, in any client's spelling: `ResourceExhausted`, `resource_exhausted`, `8`.
pub(super) fn code(name: &str) -> Option<Code> {
    if let Ok(number) = name.parse::<u32>() {
        return (number <= 16).then_some(Code(number));
    }
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| c.to_ascii_uppercase())
            .collect()
    };
    let wanted = match plain(name).as_str() {
        "CANCELED" => "CANCELLED".to_owned(),
        "INTERNALERROR" => "INTERNAL".to_owned(),
        other => other.to_owned(),
    };
    (0..=16)
        .map(Code)
        .find(|code| code.name().is_some_and(|name| plain(name) == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_gives_client_and_status() {
        for (text, client, number) in [
            ("rpc error: code = Unknown desc = ", "grpc-go", 2),
            ("Error: 13 INTERNAL: x", "grpc-js", 13),
            (
                "code: 'Internal error', message: \"x\"",
                "tonic from 0.14.3",
                13,
            ),
            ("status: Unknown, message: \"x\"", "tonic up to 0.14.1", 2),
            (
                "Status{code=INTERNAL, description=http2 exception",
                "grpc-java",
                13,
            ),
            ("GRPC::Unavailable: 14:failed", "Ruby (C-core)", 14),
            ("[unavailable] HTTP 502", "connect-es", 14),
            ("canceled: x", "connect-go", 1),
        ] {
            let wrapper = find(text).unwrap();
            assert_eq!(
                (wrapper.client, wrapper.code),
                (client, Some(Code(number))),
                "{text}"
            );
        }
        assert!(find("ERROR: relation \"x\" does not exist").is_none());
        assert!(find("113 INTERNAL: x").is_none());
    }
}
