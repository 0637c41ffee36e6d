//! Rows on the response's way to its headers: resets, GOAWAY, lost connections, deadlines, header blocks.

use crate::clients::row::{Basis, Row, row};
use crate::clients::when::{
    connection_lost, empty_continuations_for_c_core, empty_data_for_c_core, repeats_host, reset,
    reset_calm, reset_cancel, reset_internal, reset_other, reset_refused, resizes_often,
};

const RESET: &[&str] = &["stream-reset", "stream-refused", "stream-cut"];
const REFUSED: &[&str] = &["stream-refused"];
const GOAWAY: &[&str] = &["goaway"];
const EARLY_GOAWAY: &[&str] = &["early-goaway"];
const LOST: &[&str] = &["connection-closed", "stream-cut", "closed-before-settings"];
const HIDDEN: &[&str] = &[
    "no-response",
    "silent-server",
    "connect-timeout",
    "handshake-timeout",
    "resolve-timeout",
];
const NOT_CONNECTED: &[&str] = &[
    "connect-timeout",
    "handshake-timeout",
    "silent-server",
    "connection-refused",
    "resolve-timeout",
];
const TOO_LARGE: &[&str] = &["header-list-too-large"];
const HIDES: &str = "the client hides the step: its deadline passed, wherever the call then stood";
const PINGS: &str = "the client pings more often than the server allows: raise its keep-alive time, or the server's \
                     minimum (in grpc-go EnforcementPolicy.MinTime)";

pub(super) static ROWS: &[Row] = &[
    row(&["malformed-binary-value"], "grpcio (Python)", "INTERNAL",
        "Stream removed (Error parsing '{binary-field}' metadata: illegal base64 encoding)").by(Basis::Run),
    row(&["unreadable-field"], "grpcio (Python)", "INTERNAL", "Stream removed (Error parsing '{unreadable-field}' metadata)")
        .when(|case| !repeats_host(case))
        .by(Basis::Run),
    row(&["unreadable-field"], "grpcio (Python)", "INTERNAL", "Stream removed (Duplicate 'host' header received)")
        .when(repeats_host)
        .by(Basis::Run),
    row(&["continuation-flood"], "grpc-js", "INTERNAL", "Received RST_STREAM with code 2 triggered by internal client \
         error: Too many CONTINUATION frames following a HEADER frame")
        .by(Basis::Run),
    row(&["continuation-flood"], "grpcio (Python)", "INTERNAL", "Stream removed (Failed parsing HTTP/2 (Too many zero length \
         continuation frames without end_headers flag set))")
        .when(empty_continuations_for_c_core)
        .by(Basis::Run),
    row(&["empty-data-flood"], "grpc-js", "INTERNAL",
        "Received RST_STREAM with code 2 triggered by internal client error: Too many invalid HTTP/2 frames")
        .by(Basis::Run),
    row(&["empty-data-flood"], "grpcio (Python)", "UNKNOWN",
        "Stream removed (Failed parsing HTTP/2 (Too many zero length data frames))")
        .when(empty_data_for_c_core)
        .by(Basis::Run),
    row(&["broken-header-block"], "grpcio (Python)", "INTERNAL", "Stream removed (Failed parsing HTTP/2 (More than two max \
         table size changes in a single frame))")
        .when(resizes_often)
        .by(Basis::Run),
    // Resets.
    row(RESET, "grpc-go", "", "stream terminated by RST_STREAM with error code: {reset}").when(reset),
    row(RESET, "grpc-java (netty) from 1.34", "", "RST_STREAM closed stream. HTTP/2 error code: {reset}").when(reset),
    row(RESET, "grpc-java (netty) up to 1.33", "", "HTTP/2 error code: {reset} Received Rst Stream").read_only(),
    row(RESET, "grpc-java (okhttp)", "", "Rst Stream").read_only(),
    row(RESET, "C-core from 1.81", "", "Stream removed (Received RST_STREAM with error code {number} (RST_STREAM))")
        .by(Basis::Derived)
        .when(reset),
    row(RESET, "C-core up to 1.80", "", "Received RST_STREAM with error code {number}").when(reset),
    row(RESET, "grpc-js", "INTERNAL", "Received RST_STREAM with code 2 (Internal server error)").when(reset_internal),
    row(RESET, "grpc-js", "INTERNAL", "Received RST_STREAM with code {number} triggered by internal client error:")
        .read_only(),
    row(REFUSED, "grpc-js", "UNAVAILABLE", "Stream refused by server").when(reset_refused),
    row(RESET, "grpc-js", "CANCELLED", "Call cancelled").when(reset_cancel),
    row(RESET, "grpc-js", "RESOURCE_EXHAUSTED", "Bandwidth exhausted or memory limit exceeded").when(reset_calm),
    row(RESET, "grpc-js", "", "Received RST_STREAM with code {number}").when(reset_other),
    row(&["stream-cut", "stream-reset", "connection-closed"], "tonic", "", "h2 protocol error: error reading a body from connection")
        .when(|case| reset(case) || connection_lost(case)),
    row(&["stream-cut", "connection-closed"], "tonic", "Unknown", "error reading a body from connection")
        .by(Basis::Derived)
        .read_only(),
    row(RESET, "grpc-dotnet", "", "The HTTP/2 server reset the stream. HTTP/2 error code '{reset}' (0x{hex}).")
        .by(Basis::Derived)
        .when(reset),
    row(RESET, "connect-go", "", "stream error: stream ID {stream}; {reset}; received from peer").when(reset),
    row(RESET, "connect-es", "", "http/2 stream closed with error code {reset} (0x{hex})").when(reset),
    row(RESET, "grpc-swift 2", "unavailable", "Stream unexpectedly closed: received RST_STREAM frame ({text}).").read_only(),
    row(RESET, "tonic", "", "stream error received: {text}").read_only(),
    // GOAWAY.
    row(GOAWAY, "grpc-go from 1.38", "Unavailable", "closing transport due to: connection error: desc = \"error reading from \
         server: EOF\", received prior goaway: code: {reset}, debug data: \"{debug}\""),
    row(GOAWAY, "grpc-go from 1.38", "Unavailable", "received prior goaway: code: {reset}, debug data: \"{debug}\"").read_only(),
    row(GOAWAY, "grpc-go", "Unavailable", "the stream is rejected because server is draining the connection").read_only(),
    row(GOAWAY, "grpc-go", "Unavailable", "the connection is draining").read_only(),
    row(GOAWAY, "grpc-go", "Unavailable", "received goaway and there are no active streams").read_only(),
    row(GOAWAY, "grpc-java (netty)", "UNAVAILABLE", "GOAWAY shut down transport. HTTP/2 error code: {reset}, debug data: {debug}"),
    row(GOAWAY, "grpc-java (netty)", "", "Abrupt GOAWAY closed unsent stream. HTTP/2 error code: {reset}").read_only(),
    row(GOAWAY, "grpc-java (netty)", "", "Abrupt GOAWAY closed sent stream. HTTP/2 error code: {reset}").read_only(),
    row(GOAWAY, "grpc-java (netty)", "", "Connection closed after GOAWAY. HTTP/2 error code: {reset}").read_only(),
    row(GOAWAY, "C-core from 1.54", "UNAVAILABLE", "GOAWAY received; Error code: {number}; Debug Text: {debug}"),
    row(EARLY_GOAWAY, "grpcio (Python)", "UNAVAILABLE", "Stream removed (GOAWAY received; Error code: {number}; Debug Text: {debug})")
        .by(Basis::Run),
    row(GOAWAY, "C-core up to 1.50", "UNAVAILABLE", "GOAWAY received").read_only(),
    row(GOAWAY, "tonic", "", "GoAway(b\"{debug}\", {reset}, Remote)").read_only(),
    row(GOAWAY, "tonic", "", "connection error received: {text}").read_only(),
    row(GOAWAY, "grpc-dotnet", "", "The HTTP/2 server closed the connection. HTTP/2 error code '{reset}'").by(Basis::Recalled),
    row(GOAWAY, "grpc-go", "Unavailable", "too_many_pings").read_only().note(PINGS),
    row(GOAWAY, "grpc-java", "UNAVAILABLE", "Too many pings").by(Basis::Recalled).read_only().note(PINGS),
    // Lost connections.
    row(LOST, "grpc-go from 1.38", "Unavailable", "error reading from server: EOF").when(connection_lost),
    row(LOST, "grpc-go from 1.38", "Unavailable", "error reading from server: {text}: connection reset by peer").read_only(),
    row(LOST, "grpc-go up to 1.37", "Unavailable", "transport is closing").read_only(),
    row(LOST, "grpc-java", "UNAVAILABLE", "Network closed for unknown reason").when(connection_lost),
    row(LOST, "grpc-java", "UNAVAILABLE", "Connection reset by peer").by(Basis::Derived).read_only(),
    row(LOST, "grpc-java (okhttp)", "UNAVAILABLE", "End of stream or IOException").when(connection_lost),
    row(LOST, "C-core", "UNAVAILABLE", "Socket closed").when(connection_lost),
    row(LOST, "C-core", "UNAVAILABLE", "Endpoint read failed").read_only(),
    row(LOST, "grpc-js", "UNAVAILABLE", "Connection dropped").when(connection_lost),
    row(LOST, "grpc-js", "UNAVAILABLE", "read ECONNRESET").read_only(),
    row(LOST, "tonic", "", "stream closed because of a broken pipe").read_only(),
    row(LOST, "grpc-dotnet", "", "The response ended prematurely").by(Basis::Derived).read_only(),
    row(LOST, "grpc-swift 2", "unavailable", "The TCP connection was dropped unexpectedly.").when(connection_lost),
    row(LOST, "grpc-swift 1", "UNAVAILABLE", "Transport became inactive").by(Basis::Derived).read_only(),
    row(LOST, "grpc-swift 2", "unavailable", "Stream unexpectedly closed.").read_only(),
    row(&["connection-closed", "no-response"], "grpc-go", "Unavailable", "keepalive ping failed to receive ACK within timeout")
        .read_only()
        .note("the connection was dead without having been closed, as a firewall or a NAT table leaves it"),
    row(&["connection-closed", "no-response"], "C-core", "UNAVAILABLE", "keepalive timeout")
        .read_only()
        .note("the connection was dead without having been closed, as a firewall or a NAT table leaves it"),
    row(&["connection-closed", "no-response"], "C-core", "UNAVAILABLE", "keepalive watchdog timeout")
        .by(Basis::Derived)
        .read_only()
        .note("the connection was dead without having been closed, as a firewall or a NAT table leaves it"),
    row(&["connection-closed", "no-response"], "grpc-java", "UNAVAILABLE", "Keepalive failed. The connection is likely gone")
        .by(Basis::Recalled)
        .read_only()
        .note("the connection was dead without having been closed, as a firewall or a NAT table leaves it"),
    // Deadlines.
    row(NOT_CONNECTED, "grpc-go", "DeadlineExceeded", "context deadline exceeded while waiting for connections to become ready")
        .read_only()
        .note("no connection came about before the deadline, and the client hides at which step"),
    row(NOT_CONNECTED, "grpc-go", "DeadlineExceeded", "latest balancer error: {text}")
        .read_only()
        .note("no connection came about before the deadline"),
    row(&["connect-timeout", "connection-refused", "not-a-tls-server", "tls-answer", "silent-server"], "grpcurl", "",
        "Failed to dial target host \"{text}\": context deadline exceeded")
        .read_only()
        .note("grpcurl waits for a usable connection and hides at which step it got stuck"),
    row(HIDDEN, "grpc-go", "DeadlineExceeded", "context deadline exceeded").read_only().note(HIDES),
    row(HIDDEN, "grpc-java", "DEADLINE_EXCEEDED", "deadline exceeded after {text}").by(Basis::Derived).read_only().note(HIDES),
    row(HIDDEN, "C-core", "DEADLINE_EXCEEDED", "Deadline Exceeded").by(Basis::Run).note(HIDES),
    row(HIDDEN, "grpc-js", "DEADLINE_EXCEEDED", "Deadline exceeded").by(Basis::Derived).read_only().note(HIDES),
    row(HIDDEN, "tonic", "Cancelled", "Timeout expired").by(Basis::Derived).read_only().note(HIDES),
    row(HIDDEN, "grpc-dotnet", "DeadlineExceeded", "StatusCode=\"DeadlineExceeded\"").by(Basis::Derived).read_only().note(HIDES),
    row(HIDDEN, "connect-es", "deadline_exceeded", "the operation timed out").by(Basis::Derived).read_only().note(HIDES),
    // Header blocks.
    row(&["missing-status-field"], "grpc-go", "Internal", "malformed header: missing HTTP status"),
    row(&["missing-status-field"], "grpc-java", "INTERNAL", "Missing HTTP status code"),
    row(&["missing-status-field"], "grpc-swift 2", "unknown", "HTTP Status Code is missing."),
    row(&["invalid-status-field"], "grpc-go", "Internal", "transport: malformed http-status:"),
    row(&["informational-end-stream"], "grpc-go from 1.76", "Internal", "protocol error: informational header with status \
         code {number} must not have END_STREAM set")
        .read_only(),
    row(TOO_LARGE, "grpc-go", "Internal", "peer header list size exceeded limit"),
    row(TOO_LARGE, "grpc-java", "RESOURCE_EXHAUSTED", "of size {size} exceeded Metadata size soft limit: {limit}").read_only(),
    row(TOO_LARGE, "grpc-java", "", "Header size exceeded max allowed size").read_only(),
    row(TOO_LARGE, "C-core", "RESOURCE_EXHAUSTED", "received metadata size exceeds {code} limit ({size} vs. {limit})").read_only(),
    row(&["misplaced-frame"], "grpc-java", "INTERNAL", "headers not received before payload"),
    row(&["misplaced-frame"], "grpc-swift 2", "internalError", "Server sent a DATA frame before sending initial metadata."),
    row(&["malformed-frame", "oversized-frame"], "C-core", "", "Frame size {size} is larger than max frame size {limit}").read_only(),
    row(&["oversized-frame", "http1-answer"], "grpc-java (netty)", "", "Frame length: {frame-length} exceeds maximum: {limit}")
        .read_only(),
];
