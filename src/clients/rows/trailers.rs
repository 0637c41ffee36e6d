//! Rows on the end of the stream.

use crate::clients::row::{Basis, Row, row};
use crate::clients::when::{ends_on_empty_data, has_message, http_200, trailers_only};

const TRAILERS: &[&str] = &["missing-trailers", "dropped-trailers"];
const STATUS: &[&str] = &["missing-grpc-status"];
const EITHER: &[&str] = &[
    "missing-trailers",
    "dropped-trailers",
    "missing-grpc-status",
];
const UNENDED: &[&str] = &["trailers-without-end"];
const SUCCESS: &str = "(success is reported where a message came)";

pub(super) static ROWS: &[Row] = &[
    row(TRAILERS, "grpc-go", "Internal", "server closed the stream without sending trailers"),
    row(TRAILERS, "grpc-java from 1.35", "INTERNAL", "Received unexpected EOS on empty DATA frame from server")
        .when(ends_on_empty_data),
    row(TRAILERS, "grpc-java from 1.35", "INTERNAL", "Received unexpected EOS on non-empty DATA frame from server")
        .when(|case| !ends_on_empty_data(case)),
    row(TRAILERS, "grpc-java 1.1 to 1.34", "INTERNAL", "Received unexpected EOS on DATA frame from server").read_only(),
    row(TRAILERS, "grpcio from 1.81", "UNKNOWN", "Stream removed (Data frame with END_STREAM flag received)")
        .by(Basis::Run),
    row(&["missing-trailers", "non-200-status", "wrong-content-type"], "C-core up to 1.80", "UNKNOWN", "Stream removed")
        .vague()
        .by(Basis::Derived)
        .note("up to 1.80 C-core says no more than this; its debug string may"),
    row(TRAILERS, "grpc-js from 1.10.7", "INTERNAL", "Received RST_STREAM with code 0 (Call ended without gRPC status)")
        .note("no RST_STREAM was on the wire: Node reports code 0 for a stream that ends in the usual way"),
    row(TRAILERS, "grpc-js up to 1.10.6", "INTERNAL", "Received RST_STREAM with code 0")
        .read_only()
        .note("no RST_STREAM was on the wire: Node reports code 0 for a stream that ends in the usual way"),
    row(TRAILERS, "tonic up to 0.14.5", "OK", SUCCESS).when(|case| http_200(case) && has_message(case)),
    row(TRAILERS, "tonic up to 0.14.5", "Internal", "Missing response message.")
        .when(|case| http_200(case) && !has_message(case) && case.body.outer.is_empty()),
    row(TRAILERS, "tonic after 0.14.5", "Unknown",
        "protocol error: missing grpc-status trailer, stream was terminated without a final status"),
    row(EITHER, "grpc-dotnet", "Cancelled", "No grpc-status found on response."),
    row(TRAILERS, "connect-go from 1.10", "internal", "protocol error: no Grpc-Status trailer: unexpected EOF"),
    row(TRAILERS, "connect-go up to 1.9", "internal", "gRPC protocol error: no Grpc-Status trailer").read_only(),
    row(EITHER, "connect-es", "internal", "protocol error: missing status"),
    row(TRAILERS, "grpc-swift 2", "internalError", "Server sent EOS alongside a data frame, but server is only allowed to \
         close by sending status and trailers."),
    row(TRAILERS, "grpc-web (Google)", "UNKNOWN", "Incomplete response"),
    row(EITHER, "grpc-web (improbable-eng)", "", "Response closed without grpc-status").read_only(),
    row(EITHER, "grpc-web (improbable-eng)", "", "Response closed without headers").read_only(),
    row(STATUS, "grpc-go", "Unknown", ""),
    row(STATUS, "grpc-java", "UNKNOWN", "missing GRPC status in response").when(|case| !trailers_only(case)),
    row(STATUS, "grpc-java", "UNKNOWN", "HTTP status code 200 missing GRPC status, inferred error from HTTP status code")
        .when(|case| trailers_only(case) && http_200(case)),
    row(STATUS, "C-core", "UNKNOWN", "No status received"),
    row(STATUS, "grpc-js", "UNKNOWN", "Received HTTP status code 200").when(http_200),
    row(STATUS, "tonic up to 0.14.5", "OK", SUCCESS).when(|case| http_200(case) && has_message(case)),
    row(STATUS, "tonic", "Unknown", "grpc-status header missing, mapped from HTTP status code 200").read_only(),
    row(STATUS, "connect-go", "unknown", "protocol error: no Grpc-Status trailer: unexpected EOF"),
    row(STATUS, "grpc-swift 2", "unknown", "No 'grpc-status' value in trailers"),
    row(UNENDED, "grpc-go", "Internal", "a HEADERS frame cannot appear in the middle of a stream"),
    row(UNENDED, "grpc-java", "INTERNAL", "Received headers twice"),
    row(UNENDED, "C-core", "", "Trailing metadata frame received without an end-o-stream"),
];
