//! What several rules share.

mod dialled;
mod frames;
mod opening;
mod response;
mod words;

pub(super) use dialled::{
    certificate_faults, certificate_name, connect_failure, each_attempt, enable_http2, offered,
    tls_failure, wants_client_certificate,
};
pub(super) use frames::{
    Place, all_seen, blocks, broken_wire, concerns, cut_before_headers, cut_frame, largest_frame,
    limits_known, our_setting,
};
pub(super) use opening::{
    as_record, closed_without_frames, foreign, foreign_evidence, frames_begin_well, http1_gist,
    is_http1, page_gist, without_frames, wrong_first_frame,
};
pub(super) use response::{
    claims_protobuf, closing_evidence, cut_causes, describe_inside, error_page, error_status,
    expected_prefix, header_evidence, is_tls, prefix_as_it_came, prefix_as_read, rest_evidence,
    rest_of_messages, status_causes,
};
pub(super) use words::{frame_name, instant, more, names, took};
