//! Rows on the HTTP status.

use crate::clients::row::{Basis, Row, row};
use crate::clients::when::misread;

const STATUS: &[&str] = &["gateway-error-page", "non-200-status", "redirect"];

pub(super) static ROWS: &[Row] = &[
    row(
        STATUS,
        "grpc-go from 1.82",
        "",
        "unexpected HTTP status code received from server: {status} ({reason}); \
         transport: received unexpected content-type \"{content-type}\" data: \"{body}\"",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-go from 1.40",
        "",
        "unexpected HTTP status code received from server: {status} ({reason}); \
         transport: received unexpected content-type \"{content-type}\"",
    )
    .when(|case| case.call.response.header("content-type").is_some()),
    row(
        STATUS,
        "grpc-go from 1.40",
        "",
        "unexpected HTTP status code received from server: {status} ({reason}); \
         malformed header: missing HTTP content-type",
    )
    .when(|case| case.call.response.header("content-type").is_none()),
    row(
        STATUS,
        "grpc-go 1.40 to 1.76",
        "",
        "unexpected HTTP status code received from server: {status} ({reason})",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-go 1.20 to 1.39",
        "",
        "{reason}: HTTP status code {status}; transport: received the unexpected \
         content-type \"{content-type}\"",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-go 1.20 to 1.39",
        "",
        "{reason}: HTTP status code {status}; transport: missing content-type field",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-java",
        "",
        "HTTP status code {status} invalid content-type: {content-type} headers: Metadata(",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-java",
        "",
        "HTTP status code {status} missing GRPC status, inferred error from HTTP status code",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-java",
        "",
        "HTTP status code {status} trailers: Metadata(",
    )
    .read_only(),
    row(STATUS, "grpc-java", "", "HTTP status code {status}").read_only(),
    row(
        STATUS,
        "C-core",
        "",
        "Received http2 header with status: {status}",
    )
    .by(Basis::Run),
    row(
        STATUS,
        "grpc-js from 1.10.7",
        "",
        "Received HTTP status code {status}",
    ),
    row(
        STATUS,
        "tonic",
        "",
        "grpc-status header missing, mapped from HTTP status code {status}",
    )
    .when(|case| !misread(case)),
    row(
        STATUS,
        "tonic",
        "",
        "while receiving response with status: {status} {reason}",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-dotnet from 2.24",
        "",
        "Bad gRPC response. HTTP status code: {status}",
    ),
    row(
        STATUS,
        "grpc-dotnet 2.23",
        "",
        "Bad gRPC response. Expected HTTP status code 200. Got status code: {status}",
    )
    .read_only(),
    row(
        &["alpn-http1"],
        "grpc-dotnet from 2.25",
        "Internal",
        "Bad gRPC response. Response protocol downgraded to HTTP/1",
    ),
    row(STATUS, "connect-go", "", "HTTP status {status} {reason}"),
    row(STATUS, "connect-es", "", "HTTP {status}"),
    row(
        STATUS,
        "grpc-swift 2",
        "",
        "Unexpected non-200 HTTP Status Code ({status}",
    ),
    row(
        STATUS,
        "grpc-swift 1",
        "",
        "Invalid HTTP response status: {status}",
    ),
    row(
        STATUS,
        "grpc-web (Google)",
        "",
        "Http response at 400 or 500 level",
    )
    .read_only(),
    row(
        STATUS,
        "grpc-web (Google)",
        "",
        "Http response at 400 or 500 level, http status code: {status}",
    ),
    row(
        STATUS,
        "C-core 1.44 to 1.61",
        "UNKNOWN",
        "(Stream removed, where the page is HTML)",
    )
    .by(Basis::Derived),
    row(
        &["interim-response"],
        "grpcio (Python)",
        "UNKNOWN",
        "Received http2 header with status: {interim}",
    )
    .by(Basis::Run),
];
