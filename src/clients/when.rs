//! Which calls a client prints something on.

use crate::diagnosis::{Case, Cut};
use crate::http::End;
use crate::rpc::compression::Encoding;
use crate::rpc::envelope::PREFIX_LENGTH;
use crate::rpc::{Code, metadata, typed_field};
use crate::wire::hpack::Field;
use crate::wire::{ErrorCode, Flags, FrameType};

/// The largest message that clients take unless they are told otherwise, in bytes.
pub(super) const LIMIT: u32 = 4 * 1024 * 1024;

/// A test of a call.
pub(super) type Test = fn(&Case<'_>) -> bool;

pub(super) fn always(_: &Case<'_>) -> bool {
    true
}

/// Whether a host was called, and no unix socket.
pub(super) fn has_port(case: &Case<'_>) -> bool {
    case.reach().is_some_and(|dial| dial.port.is_some())
}

pub(super) fn is_compressed(case: &Case<'_>) -> bool {
    case.body.seen.iter().any(|seen| seen.compressed)
}

/// Whether one of the codings that the response names is not known to C-core.
pub(super) fn names_unknown_coding(case: &Case<'_>) -> bool {
    let mut encodings = case
        .response_headers()
        .into_iter()
        .flat_map(|block| block.fields.all("grpc-encoding"));
    encodings.any(|encoding| Encoding::parse(encoding).is_none())
}

/// The fields of the response's headers and trailers, in order.
fn fields<'a>(case: &Case<'a>) -> impl Iterator<Item = Field<'a>> {
    let half = &case.call.response;
    let blocks = half.headers.iter().chain(&half.trailers);
    blocks.flat_map(|block| block.fields.iter())
}

/// The name of the first field of the response that is to carry bytes, and that C-core reads none from.
pub(super) fn malformed_binary_field<'a>(case: &Case<'a>) -> Option<&'a [u8]> {
    let is_malformed = |field: &Field<'_>| {
        field.unknown.is_none()
            && field.name.ends_with(b"-bin")
            && metadata::decode_one_binary(field.value).is_none()
    };
    Some(fields(case).find(is_malformed)?.name)
}

/// The name of the first field of the response that C-core cannot read.
pub(super) fn unreadable_field<'a>(case: &Case<'a>) -> Option<&'a [u8]> {
    let half = &case.call.response;
    let mut blocks = half.headers.iter().chain(&half.trailers);
    blocks.find_map(|block| Some(typed_field::unreadable(&block.fields).next()?.name))
}

pub(super) fn repeats_host(case: &Case<'_>) -> bool {
    unreadable_field(case) == Some(b"host")
}

/// Whether as many DATA frames are empty as C-core bears.
pub(super) fn empty_data_for_c_core(case: &Case<'_>) -> bool {
    case.call.response.body.empty_frames >= 16_384
}

/// Whether as many CONTINUATION frames of one block are empty, and do not end it, as C-core bears.
pub(super) fn empty_continuations_for_c_core(case: &Case<'_>) -> bool {
    let mut empty = 0;
    case.frames.received().any(|(_, record)| {
        if record.header.kind != FrameType::CONTINUATION {
            empty = 0;
        } else if record.header.length == 0 && !record.header.flags.has(Flags::END_HEADERS) {
            empty += 1;
        }
        empty >= 128
    })
}

/// Whether a header block of the response changes the table size more often than HPACK allows.
pub(super) fn resizes_often(case: &Case<'_>) -> bool {
    let half = &case.call.response;
    let mut blocks = half.headers.iter().chain(&half.trailers);
    blocks.any(|block| block.fields.size_updates.len() > 2)
}

pub(super) fn has_prefix(case: &Case<'_>) -> bool {
    case.body.prefix_read().is_some()
}

/// Whether the first byte is no flag.
pub(super) fn misread(case: &Case<'_>) -> bool {
    case.body.prefix_read().is_some_and(|(flag, _)| flag > 1)
}

pub(super) fn too_large(case: &Case<'_>) -> bool {
    case.body
        .prefix_read()
        .is_some_and(|(_, length)| length > LIMIT)
}

/// Whether the length is more than a signed number of 32 bits holds.
pub(super) fn past_i32(case: &Case<'_>) -> bool {
    case.body
        .prefix_read()
        .is_some_and(|(_, length)| i32::try_from(length).is_err())
}

/// Whether as many bytes follow the first prefix as it promises.
pub(super) fn complete(case: &Case<'_>) -> bool {
    let length = case
        .body
        .prefix_read()
        .map_or(0, |(_, length)| length as usize);
    has_prefix(case) && case.body.outer.len() - PREFIX_LENGTH >= length
}

pub(super) fn ends_on_empty_data(case: &Case<'_>) -> bool {
    let Some(End::Data(origin)) = case.call.response.end else {
        return false;
    };
    let frame = origin.anchor.frame();
    frame
        .and_then(|frame| case.frames.get(frame))
        .is_some_and(|record| record.header.length == 0)
}

pub(super) fn http_200(case: &Case<'_>) -> bool {
    case.http_status() == Some(200)
}

pub(super) fn is_ok(case: &Case<'_>) -> bool {
    case.code() == Some(Code::OK)
}

/// Whether the stream ended by a reset of that code.
fn reset_by(case: &Case<'_>, wanted: ErrorCode) -> bool {
    matches!(case.cut(), Some(Cut::Reset { code, .. }) if code == wanted)
}

pub(super) fn reset_internal(case: &Case<'_>) -> bool {
    reset_by(case, ErrorCode::INTERNAL_ERROR)
}

pub(super) fn reset_refused(case: &Case<'_>) -> bool {
    reset_by(case, ErrorCode::REFUSED_STREAM)
}

pub(super) fn reset_cancel(case: &Case<'_>) -> bool {
    reset_by(case, ErrorCode::CANCEL)
}

pub(super) fn reset_calm(case: &Case<'_>) -> bool {
    reset_by(case, ErrorCode::ENHANCE_YOUR_CALM)
}

/// Whether the stream was reset at all.
pub(super) fn reset(case: &Case<'_>) -> bool {
    matches!(case.cut(), Some(Cut::Reset { .. }))
}

/// Whether the stream was reset with a code that grpc-js has no words for.
pub(super) fn reset_other(case: &Case<'_>) -> bool {
    reset(case)
        && !reset_internal(case)
        && !reset_refused(case)
        && !reset_cancel(case)
        && !reset_calm(case)
}

/// Whether the peer's connection ended without a reset or a GOAWAY.
pub(super) fn connection_lost(case: &Case<'_>) -> bool {
    matches!(case.cut(), Some(Cut::Closed | Cut::Broken(_)))
}

pub(super) fn trailers_only(case: &Case<'_>) -> bool {
    case.call.response.is_trailers_only()
}

/// Whether a client finds a whole message in the body.
pub(super) fn has_message(case: &Case<'_>) -> bool {
    case.body.messages.count > 0 && !case.body.is_encoded()
}
