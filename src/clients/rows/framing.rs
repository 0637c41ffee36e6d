//! Rows on the body: base64, the length prefix, compression.

use crate::clients::row::{Basis, Row, row};
use crate::clients::when::{
    complete, has_prefix, is_compressed, is_ok, misread, names_unknown_coding, past_i32, too_large,
};

/// The rules on a body whose first bytes no client can read as a prefix.
const MISREAD: &[&str] = &[
    "text-body",
    "missing-length-prefix",
    "undecoded-base64",
    "web-trailer-frame",
    "reserved-flag-bits",
    "unrecognised-body",
    "content-encoding-on-body",
    "utf8-mangled-body",
    "double-base64",
    "quoted-base64",
    "hex-text",
    "prefix-without-flag",
    "varint-prefix",
];

/// The rules on a prefix with a defined flag and a length that promises too much.
const TOO_LONG: &[&str] = &[
    "truncated-message",
    "little-endian-prefix",
    "self-counting-prefix",
    "prefix-without-flag",
];

/// The rules on a body that is shorter than it says.
const SHORT: &[&str] = &["truncated-message", "partial-prefix", "text-body"];

/// A message that is whole, and larger than clients take unless they are told otherwise.
const OVERSIZED: &[&str] = &["oversized-message"];

const UNCODED: &[&str] = &["compressed-without-encoding"];
const CODING: &[&str] = &["unknown-encoding"];
const CORRUPT: &[&str] = &["corrupt-compression"];
const BOMB: &[&str] = &["decompression-bomb"];
const INFLATED: &[&str] = &["decompression-bomb", "oversized-message"];

const LARGER: &str = "received message larger than max ({length} vs. {limit})";
const LARGER_JS: &str = "Received message larger than max ({length} vs {limit})";
const TONIC_FLAG: &str = "protocol error: received message with invalid compression flag: {flag} (valid flags are 0 \
                          and 1) while receiving response with status: {status} {reason}";
const NO_REPLY: &str = "(success is reported, and the reply is None)";

pub(super) static ROWS: &[Row] = &[
    // The stream ends within a prefix, or the message after it.
    row(SHORT, "grpc-go", "Internal", "unexpected EOF").when(|case| !has_prefix(case) && case.ended()),
    // The body's first five bytes, taken for a prefix.
    row(MISREAD, "grpc-go", "ResourceExhausted", "grpc: received message larger than max ({length} vs. {limit})")
        .when(|case| misread(case) && too_large(case)),
    row(MISREAD, "grpc-go", "Internal", "grpc: received unexpected payload format {flag}")
        .when(|case| misread(case) && !too_large(case) && complete(case)),
    row(MISREAD, "grpc-go", "Internal", "unexpected EOF")
        .when(|case| !has_prefix(case) || misread(case) && !too_large(case) && !complete(case)),
    row(MISREAD, "grpc-java", "INTERNAL", "gRPC frame header malformed: reserved bits not zero").when(misread),
    row(MISREAD, "grpcio (Python)", "OK", NO_REPLY)
        .when(|case| misread(case) && is_ok(case))
        .by(Basis::Run),
    row(MISREAD, "C++", "UNIMPLEMENTED", "No message returned for unary request")
        .when(|case| misread(case) && is_ok(case))
        .by(Basis::Derived),
    row(MISREAD, "grpc-js", "RESOURCE_EXHAUSTED", LARGER_JS).when(|case| misread(case) && too_large(case)),
    row(MISREAD, "tonic", "Internal", TONIC_FLAG).when(|case| misread(case) && case.http_status().is_some()),
    row(MISREAD, "grpc-dotnet", "Internal", "InvalidDataException: Unexpected compressed flag value in message header.")
        .read_only(),
    row(MISREAD, "grpc-dotnet", "Internal",
        "Error starting gRPC call. InvalidDataException: Unexpected compressed flag value in message header.")
        .when(misread),
    row(MISREAD, "connect-go", "invalid_argument",
        "protocol error: promised {length} bytes in enveloped message, got {received} bytes")
        .when(|case| misread(case) && !complete(case)),
    row(MISREAD, "connect-go", "internal", "protocol error: invalid envelope flags {flag}")
        .when(|case| misread(case) && complete(case)),
    row(MISREAD, "connect-es", "invalid_argument", "protocol error: incomplete envelope")
        .when(|case| misread(case) && !complete(case)),
    row(MISREAD, "grpc-swift 1", "UNIMPLEMENTED", "The compression used is not supported").when(misread),
    row(MISREAD, "grpc-web (Google)", "UNKNOWN", "Error in parsing response body").when(misread),
    row(MISREAD, "grpc-web (Google)", "UNKNOWN", "Error: invalid frame byte").read_only(),
    row(MISREAD, "C-core", "", "Bad GRPC frame type 0x{flag-hex}")
        .read_only()
        .note("C-core writes this to its log and keeps it out of the status"),
    // Pieces of these, as logs and people cut them.
    row(MISREAD, "grpc-go", "Internal", "unexpected payload format {flag}").read_only(),
    row(MISREAD, "grpc-go", "Internal", "payload format {flag}").read_only(),
    row(MISREAD, "tonic", "Internal", "invalid compression flag: {flag}").read_only(),
    row(MISREAD, "connect-go", "internal", "invalid envelope flags {flag}").read_only(),
    row(MISREAD, "grpc-dotnet", "Internal", "Unexpected compressed flag value in message header.").read_only(),
    // A defined flag, and a length that promises too much.
    row(TOO_LONG, "grpc-go", "ResourceExhausted", "grpc: received message larger than max ({length} vs. {limit})")
        .when(|case| !misread(case) && too_large(case)),
    row(TOO_LONG, "grpc-go", "Internal", "unexpected EOF")
        .when(|case| has_prefix(case) && !misread(case) && !too_large(case) && case.ended()),
    row(TOO_LONG, "grpc-java from 1.11", "RESOURCE_EXHAUSTED", "gRPC message exceeds maximum size {limit}: {signed-length}")
        .when(|case| !misread(case) && too_large(case)),
    row(TOO_LONG, "grpc-java up to 1.10", "RESOURCE_EXHAUSTED", "Frame size {length} exceeds maximum: {limit}.")
        .read_only(),
    row(TOO_LONG, "grpc-java", "INTERNAL", "Encountered end-of-stream mid-frame")
        .when(|case| has_prefix(case) && !misread(case) && !too_large(case) && is_ok(case)),
    row(TOO_LONG, "grpcio (Python)", "OK", NO_REPLY)
        .when(|case| has_prefix(case) && !misread(case) && is_ok(case))
        .by(Basis::Run),
    row(TOO_LONG, "C-core from 1.65", "RESOURCE_EXHAUSTED", "CLIENT: Received message larger than max ({length} vs. {limit})")
        .read_only()
        .note("C-core says this only once the whole message has arrived, so its length is a true one"),
    row(TOO_LONG, "C-core up to 1.62", "RESOURCE_EXHAUSTED", "Received message larger than max ({length} vs. {limit})")
        .read_only()
        .note("C-core, and grpc-js up to 1.10.8, say this only once the whole message has arrived"),
    row(TOO_LONG, "grpc-go", "ResourceExhausted", LARGER).read_only(),
    row(&["padded-data"], "grpcio (Python)", "INTERNAL", "unsupported data flags: 0x08").by(Basis::Run),
    row(OVERSIZED, "grpc-go", "ResourceExhausted", "grpc: received message larger than max ({length} vs. {limit})")
        .when(too_large),
    row(OVERSIZED, "grpc-java from 1.11", "RESOURCE_EXHAUSTED", "gRPC message exceeds maximum size {limit}: {signed-length}")
        .when(too_large),
    row(OVERSIZED, "grpc-js", "RESOURCE_EXHAUSTED", LARGER_JS).when(too_large),
    row(TOO_LONG, "grpc-js", "RESOURCE_EXHAUSTED", LARGER_JS).when(|case| !misread(case) && too_large(case)),
    row(TOO_LONG, "tonic from 0.12", "OutOfRange",
        "Error, decoded message length too large: found {length} bytes, the limit is: {limit} bytes")
        .when(|case| !misread(case) && too_large(case)),
    row(TOO_LONG, "tonic 0.9 to 0.11", "OutOfRange",
        "Error, message length too large: found {length} bytes, the limit is: {limit} bytes")
        .read_only(),
    row(TOO_LONG, "grpc-dotnet", "ResourceExhausted", "Received message exceeds the maximum configured message size.")
        .when(|case| !misread(case) && too_large(case) && !past_i32(case)),
    row(TOO_LONG, "grpc-dotnet", "Internal", "Error starting gRPC call. InvalidDataException: Message too large.")
        .when(|case| !misread(case) && past_i32(case)),
    row(TOO_LONG, "connect-go", "resource_exhausted", "message size {length} is larger than configured max {limit}")
        .read_only(),
    row(TOO_LONG, "connect-es", "resource_exhausted", "message size {length} is larger than configured readMaxBytes {limit}")
        .read_only(),
    row(TOO_LONG, "grpc-swift 2", "internalError",
        "Message has exceeded the configured maximum payload size (max: {limit}, actual: {length})")
        .when(|case| !misread(case) && too_large(case)),
    row(TOO_LONG, "grpc-swift 1", "RESOURCE_EXHAUSTED", "Payload length exceeds limit ({length} > {limit})")
        .when(|case| !misread(case) && too_large(case)),
    // The stream ends within a message.
    row(SHORT, "tonic", "Internal", "Unexpected EOF decoding stream.").read_only(),
    row(SHORT, "grpc-dotnet", "Internal",
        "InvalidDataException: Unexpected end of content while reading the message header.")
        .when(|case| !has_prefix(case)),
    row(SHORT, "grpc-dotnet", "Internal",
        "InvalidDataException: Unexpected end of content while reading the message content.")
        .when(|case| has_prefix(case) && !misread(case) && !too_large(case)),
    row(SHORT, "connect-go", "invalid_argument",
        "protocol error: promised {length} bytes in enveloped message, got {received} bytes")
        .when(|case| has_prefix(case) && !misread(case) && !complete(case)),
    row(SHORT, "connect-go", "invalid_argument", "protocol error: incomplete envelope: unexpected EOF")
        .when(|case| !has_prefix(case)),
    row(SHORT, "connect-es", "invalid_argument", "protocol error: incomplete envelope")
        .when(|case| !misread(case) && !complete(case)),
    row(&["trailing-bytes", "short-prefix"], "grpc-dotnet", "Internal", "Unexpected data after finished reading message."),
    row(&["trailing-bytes", "short-prefix"], "grpcio (Python)", "DEADLINE_EXCEEDED", "(waits until its deadline)")
        .by(Basis::Run),
    row(&["reserved-flag-bits"], "connect-go", "internal", "corrupt response: {number} extra bytes after end of stream")
        .read_only(),
    // Compression.
    row(UNCODED, "grpc-go", "Internal", "grpc: compressed flag set with identity or empty encoding"),
    row(UNCODED, "grpc-java", "INTERNAL", "Can't decode compressed gRPC message as compression not configured"),
    row(UNCODED, "grpcio (Python)", "INTERNAL", "Compression bit set but no encoding configured").by(Basis::Run),
    row(UNCODED, "grpc-js", "", "Received compressed message but \"grpc-encoding\" header was identity")
        .by(Basis::Derived),
    row(UNCODED, "tonic", "Internal",
        "protocol error: received message with compressed-flag but no grpc-encoding was specified"),
    row(UNCODED, "grpc-dotnet", "Internal", "Request did not include grpc-encoding value with compressed message.")
        .note("it says \"Request\" and means the response"),
    row(UNCODED, "grpc-dotnet", "Internal", "Request sent 'identity' grpc-encoding value with compressed message.")
        .read_only()
        .note("it says \"Request\" and means the response"),
    row(UNCODED, "connect-go", "internal", "protocol error: sent compressed message without compression support"),
    row(UNCODED, "connect-es", "internal", "received compressed envelope, but do not know how to decompress"),
    row(UNCODED, "grpc-swift 2", "internalError",
        "Received a compressed message payload, but no decompressor has been configured."),
    row(CODING, "grpc-go", "Internal", "grpc: Decompressor is not installed for grpc-encoding \"{encoding}\"").when(is_compressed),
    row(CODING, "grpcio (Python)", "INTERNAL", "Stream removed (Error parsing 'grpc-encoding' metadata)")
        .when(names_unknown_coding)
        .by(Basis::Run),
    row(CODING, "grpc-java", "INTERNAL", "Can't find decompressor for {encoding}"),
    row(CODING, "grpc-js", "", "Received message compressed with unsupported compression method {encoding}")
        .when(is_compressed)
        .by(Basis::Derived),
    row(CODING, "tonic", "Unimplemented", "Content is compressed with `{encoding}` which isn't supported"),
    row(CODING, "grpc-dotnet", "Unimplemented", "Unsupported grpc-encoding value '{encoding}'."),
    row(CODING, "connect-go", "internal", "unknown encoding \"{encoding}\": accepted encodings are"),
    row(CODING, "connect-es", "internal", "unsupported response encoding \"{encoding}\""),
    row(CODING, "grpc-swift 2", "internalError",
        "The server picked a compression algorithm ('{encoding}') the client does not know about."),
    row(&["several-gzip-members"], "grpcio (Python)", "INTERNAL", "Decompression failed due to not all input consumed")
        .by(Basis::Run),
    row(CORRUPT, "grpcio (Python)", "INTERNAL", "Decompression failed due to not all input consumed")
        .by(Basis::Run)
        .read_only(),
    row(CORRUPT, "grpc-go", "Internal", "grpc: failed to decompress the message:"),
    row(CORRUPT, "grpc-go", "Internal", "grpc: failed to read decompressed data:").read_only(),
    row(CORRUPT, "C-core", "INTERNAL", "Unexpected error decompressing data for algorithm"),
    row(CORRUPT, "tonic", "Internal", "Error decompressing:"),
    row(INFLATED, "grpc-go", "ResourceExhausted", "grpc: received message after decompression larger than max {limit}")
        .when(|case| !too_large(case)),
    row(BOMB, "grpc-go", "ResourceExhausted", "grpc: message after decompression larger than max ({length} vs. {limit})")
        .read_only(),
    row(INFLATED, "grpc-java", "RESOURCE_EXHAUSTED", "Decompressed gRPC message exceeds maximum size {limit}")
        .when(|case| !too_large(case)),
    row(INFLATED, "grpc-js", "RESOURCE_EXHAUSTED", "Received message that decompresses to a size larger than {limit}")
        .when(|case| !too_large(case)),
];
