//! Rows on the message, and on `grpc-status` itself.

use crate::clients::row::{Basis, Row, row};

const NONE: &[&str] = &["no-message"];
const SEVERAL: &[&str] = &["several-messages"];
const UNDECODABLE: &[&str] = &["undecodable-message"];
const MALFORMED: &[&str] = &["malformed-status"];
const NON_OK: &[&str] = &["non-ok-status"];

pub(super) static ROWS: &[Row] = &[
    row(NONE, "grpc-go from 1.76", "Internal",
        "cardinality violation: received no response message from non-server-streaming RPC"),
    row(NONE, "grpc-java", "INTERNAL", "No value received for unary call"),
    row(NONE, "grpcio (Python)", "OK", "(success is reported, and the reply is None)").by(Basis::Run),
    row(NONE, "C++", "UNIMPLEMENTED", "No message returned for unary request"),
    row(NONE, "grpc-js", "UNIMPLEMENTED", "No message received"),
    row(NONE, "tonic", "Internal", "Missing response message."),
    row(NONE, "grpc-dotnet", "Internal", "Failed to deserialize response message."),
    row(NONE, "connect-go", "unimplemented", "unary response has zero messages"),
    row(NONE, "connect-es", "unimplemented", "protocol error: missing output message for unary method"),
    row(SEVERAL, "grpc-go from 1.76", "Internal",
        "cardinality violation: expected <EOF> for non server-streaming RPCs, but received another message"),
    row(SEVERAL, "grpc-java", "INTERNAL", "More than one value received for unary call"),
    row(SEVERAL, "grpcio (Python)", "DEADLINE_EXCEEDED", "(waits until its deadline)").by(Basis::Run),
    row(UNDECODABLE, "grpc-go", "Internal", "grpc: failed to unmarshal the received message"),
    row(UNDECODABLE, "grpc-java", "CANCELLED", "Failed to read message."),
    row(UNDECODABLE, "grpc-java", "INTERNAL", "Invalid protobuf byte sequence").by(Basis::Recalled),
    row(UNDECODABLE, "grpcio (Python)", "INTERNAL", "Exception deserializing response!"),
    row(UNDECODABLE, "grpc-js from 1.0.4", "INTERNAL", "Response message parsing error:"),
    row(UNDECODABLE, "tonic", "Internal", "failed to decode Protobuf message:"),
    row(UNDECODABLE, "grpc-dotnet", "Internal", "Error starting gRPC call. InvalidProtocolBufferException:")
        .by(Basis::Derived),
    row(UNDECODABLE, "connect-go", "invalid_argument", "unmarshal message:"),
    row(UNDECODABLE, "grpc-web (Google)", "INTERNAL", "Error when deserializing response data;"),
    row(MALFORMED, "grpcio (Python)", "INTERNAL", "Stream removed (Error parsing 'grpc-status' metadata)")
        .by(Basis::Run)
        .read_only(),
    row(MALFORMED, "grpc-go from 1.78", "Unknown",
        "transport: malformed grpc-status: strconv.ParseInt: parsing \"{grpc-status}\": invalid syntax"),
    row(MALFORMED, "grpc-go up to 1.77", "Internal", "transport: malformed grpc-status:").read_only(),
    row(MALFORMED, "grpc-dotnet", "Cancelled", "Unexpected grpc-status value: {grpc-status}"),
    row(MALFORMED, "connect-go", "unknown", "protocol error: invalid error code \"{grpc-status}\""),
    row(MALFORMED, "connect-es", "internal", "invalid grpc-status: {grpc-status}"),
    row(MALFORMED, "grpc-swift 2", "unknown", "Invalid 'grpc-status' in trailers ({grpc-status})"),
    row(&["malformed-grpc-message", "non-ok-status"], "connect-go", "internal", "protocol error: invalid error message \"{text}\"")
        .read_only(),
    row(NON_OK, "connect-go", "internal", "server returned invalid grpc-status-details-bin trailer:").read_only(),
    // A status that a proxy made.
    row(NON_OK, "envoy", "", "upstream connect error or disconnect/reset before headers. reset reason: {reset}")
        .read_only()
        .note("Envoy made this status itself: its connection to the server failed, so look behind it"),
    row(NON_OK, "envoy", "", "upstream connect error or disconnect/reset before headers")
        .read_only()
        .note("Envoy made this status itself: its connection to the server failed, so look behind it"),
    row(NON_OK, "envoy", "", "no healthy upstream").by(Basis::Recalled)
        .read_only()
        .note("Envoy made this status itself: it knows no healthy server for this route"),
    row(NON_OK, "envoy", "", "upstream request timeout").by(Basis::Recalled)
        .read_only()
        .note("Envoy made this status itself: the server did not answer within the route's timeout"),
    row(NON_OK, "envoy", "", "RBAC: access denied").by(Basis::Recalled)
        .read_only()
        .note("Envoy made this status itself: an RBAC policy (in Istio an AuthorizationPolicy) denies the call"),
    row(NON_OK, "grpc-go", "Unimplemented", "unknown method {text} for service {text}")
        .read_only()
        .note("the server is reached and sound, and does not have this method"),
    row(NON_OK, "grpc-go", "Unimplemented", "unknown service {text}")
        .read_only()
        .note("the server is reached and sound, and does not have this service"),
    row(NON_OK, "grpc-java", "UNIMPLEMENTED", "Method not found: {text}")
        .read_only()
        .note("the server is reached and sound, and does not have this method"),
];
