//! What rules on frames and header blocks look at.

use super::opening::frames_begin_well;
use crate::diagnosis::{Case, Cut, Evidence};
use crate::http::Block;
use crate::rules::{broken_header_block, malformed_frame, misplaced_frame, oversized_frame};
use crate::wire::{Direction, SettingId};

/// Whether a frame on `stream` can break our call: it is on our stream, or on none.
pub(in crate::rules) fn concerns(case: &Case<'_>, stream: u32) -> bool {
    stream == 0 || stream == case.call.stream
}

/// Whether the frames are broken by themselves, which explains all that follows.
pub(in crate::rules) fn broken_wire(case: &Case<'_>) -> bool {
    !malformed_frame::faults(case).is_empty()
        || !misplaced_frame::faults(case).is_empty()
        || !oversized_frame::found(case).is_empty()
        || broken_header_block::found(case).is_some()
}

/// What cut the response off before its headers.
pub(in crate::rules) fn cut_before_headers<'a>(case: &Case<'a>) -> Option<Cut<'a>> {
    let unseen = case.call.response.unseen.headers;
    if !frames_begin_well(case) || case.response_headers().is_some() || unseen {
        return None;
    }
    // A call that never got a stream is left out by any GOAWAY.
    if case.call.stream == 0
        && let Some(goaway) = case.connection.goaways.first()
    {
        return Some(Cut::Goaway(goaway));
    }
    case.cut()
}

/// The frame that the peer began and did not finish.
pub(in crate::rules) fn cut_frame(case: &Case<'_>) -> Option<Evidence> {
    let cut = case.connection.cut.as_ref()?;
    Some(Evidence::received(
        cut.span.offset,
        cut.span.length,
        &cut.bytes,
    ))
}

/// The greatest value that we gave a setting.
pub(in crate::rules) fn our_setting(case: &Case<'_>, id: SettingId) -> Option<u32> {
    case.connection.settings(Direction::Sent).values(id).max()
}

/// Whether our limits are known: they stand in our SETTINGS, which a capture may have missed.
pub(in crate::rules) fn limits_known(case: &Case<'_>) -> bool {
    case.vantage.from_start && all_seen(case, Direction::Sent)
}

/// Whether no byte of a direction is missing from a capture, so that what does not show was not sent.
pub(in crate::rules) fn all_seen(case: &Case<'_>, direction: Direction) -> bool {
    let [sent, received] = case.vantage.whole;
    match direction {
        Direction::Sent => sent,
        Direction::Received => received,
    }
}

/// The largest frame that we allow.
pub(in crate::rules) fn largest_frame(case: &Case<'_>) -> u32 {
    /// What holds where SETTINGS say nothing (RFC 9113, 6.5.2).
    const DEFAULT: u32 = 16_384;
    our_setting(case, SettingId::MAX_FRAME_SIZE).map_or(DEFAULT, |size| size.max(DEFAULT))
}

/// Where a header block stands in a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Place {
    /// An interim response.
    Interim,
    /// The final response's headers.
    Headers,
    /// The trailers.
    Trailers,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Interim => "the headers of an interim response",
            Self::Headers => "the response headers",
            Self::Trailers => "the trailers",
        })
    }
}

/// The header blocks of the response, in order.
pub(in crate::rules) fn blocks<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a Block, Place)> {
    let half = &case.call.response;
    let interim = half
        .informational
        .iter()
        .map(|block| (block, Place::Interim));
    let headers = half.headers.iter().map(|block| (block, Place::Headers));
    let trailers = half.trailers.iter().map(|block| (block, Place::Trailers));
    interim.chain(headers).chain(trailers)
}
