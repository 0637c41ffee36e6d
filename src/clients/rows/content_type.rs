//! Rows on the content-type.

use crate::clients::row::{Row, row};
use crate::clients::when::http_200;
use crate::diagnosis::Case;

const WRONG: &[&str] = &[
    "wrong-content-type",
    "json-from-lambda-default",
    "grpc-web-content-type",
];
const MISSING: &[&str] = &["missing-content-type"];

const PARAMETERS: &[&str] = &["content-type-parameters"];

/// Whether the content-type is that of gRPC but for capital letters, and not one with parameters or of another codec.
fn is_capital(case: &Case<'_>) -> bool {
    let value = case.call.response.header("content-type");
    value.is_some_and(|value| !value.starts_with(b"application/grpc") && !value.contains(&b';'))
}

pub(super) static ROWS: &[Row] = &[
    row(WRONG, "grpc-go from 1.82", "Unknown",
        "unexpected HTTP status code received from server: 200 (OK); transport: received unexpected content-type \
         \"{content-type}\" data: \"{body}\"")
        .read_only(),
    row(WRONG, "grpc-go from 1.77", "Unknown",
        "unexpected HTTP status code received from server: 200 (OK); transport: received unexpected content-type \
         \"{content-type}\"")
        .when(http_200),
    row(WRONG, "grpc-go 1.40 to 1.76", "Unknown", "transport: received unexpected content-type \"{content-type}\"")
        .when(http_200),
    row(WRONG, "grpc-go 1.20 to 1.39", "Unknown",
        "OK: HTTP status code 200; transport: received the unexpected content-type \"{content-type}\"")
        .read_only(),
    row(WRONG, "grpc-go 1.9 to 1.19", "Internal", "transport: received the unexpected content-type \"{content-type}\"")
        .when(http_200),
    row(WRONG, "grpc-java", "UNKNOWN",
        "HTTP status code 200 invalid content-type: {content-type} headers: Metadata({text}) \
         DATA----------------------------- {page}")
        .read_only(),
    row(WRONG, "grpc-java", "UNKNOWN", "HTTP status code {status} invalid content-type: {content-type} headers: Metadata(\u{2026})"),
    row(WRONG, "grpc-java", "UNKNOWN", "HTTP status code 200 invalid content-type: {content-type} headers: Metadata(")
        .read_only(),
    row(WRONG, "grpc-dotnet", "Cancelled", "Bad gRPC response. Invalid content-type value: {content-type}")
        .when(http_200),
    row(WRONG, "connect-go from 1.15", "unknown", "invalid content-type: \"{content-type}\"; expecting \"application/grpc")
        .when(http_200),
    row(WRONG, "connect-es", "unknown", "unsupported content type {content-type}").when(http_200),
    row(WRONG, "grpc-swift 2", "internalError", "Missing content-type header").when(http_200)
        .note("grpc-swift 2 says this also where the header is there and wrong"),
    row(WRONG, "grpc-swift 1", "INTERNAL", "Invalid 'content-type' header: '{content-type}'").when(http_200),
    row(WRONG, "grpc-web (Google)", "UNKNOWN", "Unknown Content-type received.").when(http_200),
    row(WRONG, "grpcio, grpc-js, tonic", "(none)", "(they do not look at the content-type, and fail at a later step)")
        .when(http_200),
    row(PARAMETERS, "grpc-go", "Unknown", "transport: received unexpected content-type \"{content-type}\"").when(is_capital),
    row(PARAMETERS, "connect-go from 1.15", "unknown", "invalid content-type: \"{content-type}\"; expecting \"application/grpc")
        .when(|case| !is_capital(case)),
    row(PARAMETERS, "connect-es", "unknown", "unsupported content type {content-type}").when(|case| !is_capital(case)),
    row(MISSING, "grpc-go from 1.77", "Unknown",
        "unexpected HTTP status code received from server: 200 (OK); malformed header: missing HTTP content-type")
        .when(http_200),
    row(MISSING, "grpc-go 1.40 to 1.76", "Unknown", "malformed header: missing HTTP content-type").when(http_200),
    row(MISSING, "grpc-go 1.20 to 1.39", "Unknown", "OK: HTTP status code 200; transport: missing content-type field")
        .read_only(),
    row(MISSING, "grpc-java from 1.82", "UNKNOWN", "HTTP status code {status} missing content-type in response headers")
        .when(http_200),
    row(MISSING, "grpc-java 1.1 to 1.81", "UNKNOWN", "HTTP status code {status} invalid content-type: null")
        .when(http_200),
    row(MISSING, "grpc-java 1.1 to 1.81", "UNKNOWN", "HTTP status code 200 invalid content-type: null headers: Metadata(")
        .read_only(),
    row(MISSING, "grpc-dotnet", "Cancelled", "Bad gRPC response. Response did not have a content-type header.")
        .when(http_200),
    row(MISSING, "connect-go", "unknown", "invalid content-type: \"\"; expecting \"application/grpc").when(http_200),
    row(MISSING, "connect-es", "unknown", "unsupported content type null").when(http_200),
    row(MISSING, "grpc-swift 2", "internalError", "Missing content-type header").when(http_200),
    row(MISSING, "grpc-swift 1", "INTERNAL", "Missing 'content-type' header").when(http_200),
];
