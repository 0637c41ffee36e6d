//! What kind of exchange a stream carries.

use crate::http::connection::Shown;
use crate::http::{Call, Ended, Half};
use crate::report::decode::Kind;
use crate::rpc::content_type;
use crate::rpc::envelope::PREFIX_LENGTH;

/// The kind of a call: by its request, or where that is not seen, by all that is.
pub(super) fn kind(ended: &Ended) -> Kind {
    let call = &ended.call;
    if call.stream == 0 {
        let tls = ended.connection.security.tls();
        let failed = tls.is_none_or(|tls| tls.failure.is_some());
        return if failed { Kind::Grpc } else { Kind::Sealed };
    }
    let announced = |half: &Half| half.header("content-type").map(of_content_type);
    let (asked, answered) = (announced(&call.request), announced(&call.response));
    if let Some(kind @ (Kind::Grpc | Kind::GrpcWeb)) = asked {
        return kind;
    }
    let te = call.request.header("te");
    if te.is_some_and(|te| te.eq_ignore_ascii_case(b"trailers")) || has_status(call) {
        return Kind::Grpc;
    }
    let request = call.request.headers.as_ref();
    if request.is_some_and(|block| block.fields.is_known()) {
        return Kind::Other;
    }
    match answered {
        Some(kind) => kind,
        // A log or a body is given for what is in it.
        None if ended.connection.shown != Shown::Bytes => Kind::Grpc,
        None if is_framed(&call.request) || is_framed(&call.response) => Kind::Grpc,
        // On a connection that is seen from its start, what the server sends without being asked is no exchange.
        None if ended.connection.from_start => Kind::Grpc,
        None => Kind::Other,
    }
}

fn of_content_type(value: &[u8]) -> Kind {
    if content_type::is_grpc(value) {
        Kind::Grpc
    } else if content_type::is_grpc_web(value) {
        Kind::GrpcWeb
    } else {
        Kind::Other
    }
}

fn has_status(call: &Call) -> bool {
    let response = &call.response;
    let blocks = [&response.headers, &response.trailers];
    let mut fields = blocks
        .into_iter()
        .flatten()
        .flat_map(|block| block.fields.iter());
    fields.any(|field| field.name == b"grpc-status")
}

/// Whether a body begins with a length prefix that leads somewhere.
fn is_framed(half: &Half) -> bool {
    let body = &half.body;
    body.scanner.count > 0 || matches!(body.bytes.get(..PREFIX_LENGTH), Some([0 | 1, 0, ..]))
}
