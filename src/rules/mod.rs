//! The catalogue: one file per rule, and the list of them.
//!
//! To add a rule: its file, its two lines here, and a folder `fixtures/rules/<rule>` with a conversation that fires it
//! and the nearest one that does not.

mod ladder;
mod shared;

mod alpn_http1;
mod alpn_missing;
mod alpn_refused;
mod bad_grpc_timeout;
mod broken_header_block;
mod certificate_expired;
mod certificate_expires_soon;
mod certificate_invalid;
mod certificate_is_authority;
mod certificate_not_yet_valid;
mod certificate_unknown_issuer;
mod certificate_wrong_name;
mod client_certificate_required;
mod closed_before_settings;
mod compressed_without_encoding;
mod connect_timeout;
mod connection_closed;
mod connection_refused;
mod connection_specific_field;
mod content_encoding_on_body;
mod content_length_mismatch;
mod content_type_parameters;
mod continuation_flood;
mod corrupt_compression;
mod decompression_bomb;
mod double_base64;
mod dropped_trailers;
mod early_goaway;
mod empty_data_flood;
mod first_frame_not_settings;
mod flow_control_exceeded;
mod foreign_protocol;
mod gateway_error_page;
mod goaway;
mod grpc_web_content_type;
mod handshake_alert;
mod handshake_closed;
mod handshake_failed;
mod handshake_timeout;
mod header_list_too_large;
mod hex_text;
mod host_not_found;
mod http1_answer;
mod informational_end_stream;
mod interim_response;
mod invalid_field;
mod invalid_status_field;
mod json_from_lambda_default;
mod json_message;
mod little_endian_prefix;
mod malformed_binary_value;
mod malformed_frame;
mod malformed_grpc_message;
mod malformed_status;
mod misplaced_frame;
mod missing_content_type;
mod missing_grpc_status;
mod missing_length_prefix;
mod missing_status_field;
mod missing_te;
mod missing_trailers;
mod no_message;
mod no_response;
mod non_200_status;
mod non_ok_status;
mod not_a_tls_server;
mod not_all_kept;
mod oversized_frame;
mod oversized_message;
mod package_behind_stage;
mod padded_data;
mod partial_prefix;
mod prefix_without_flag;
mod proxy_refused;
mod pseudo_field_order;
mod quoted_base64;
mod redirect;
mod relayed_preface;
mod request_content_type;
mod reserved_flag_bits;
mod resolve_timeout;
mod self_counting_prefix;
mod several_gzip_members;
mod several_messages;
mod short_prefix;
mod silent_server;
mod status_details_mismatch;
mod status_in_headers;
mod status_mismatch;
mod stream_cut;
mod stream_refused;
mod stream_reset;
mod text_body;
mod tls_answer;
mod trailers_without_end;
mod trailing_bytes;
mod truncated_message;
mod undecodable_message;
mod undecoded_base64;
mod unknown_encoding;
mod unknown_status;
mod unreachable;
mod unreadable_field;
mod unrecognised_body;
mod uppercase_field_name;
mod utf8_mangled_body;
mod varint_prefix;
mod web_trailer_frame;
mod wrong_content_type;

pub use ladder::{diagnose, not_judged};

use crate::diagnosis::Rule;

/// Every rule, by step and then by name.
pub static RULES: &[&Rule] = &[
    // resolve
    &host_not_found::RULE,
    &resolve_timeout::RULE,
    // connect
    &connect_timeout::RULE,
    &connection_refused::RULE,
    &proxy_refused::RULE,
    &unreachable::RULE,
    // tls
    &certificate_expired::RULE,
    &certificate_expires_soon::RULE,
    &certificate_invalid::RULE,
    &certificate_is_authority::RULE,
    &certificate_not_yet_valid::RULE,
    &certificate_unknown_issuer::RULE,
    &certificate_wrong_name::RULE,
    &client_certificate_required::RULE,
    &handshake_alert::RULE,
    &handshake_closed::RULE,
    &handshake_failed::RULE,
    &handshake_timeout::RULE,
    &not_a_tls_server::RULE,
    // alpn
    &alpn_http1::RULE,
    &alpn_missing::RULE,
    &alpn_refused::RULE,
    // preface
    &closed_before_settings::RULE,
    &first_frame_not_settings::RULE,
    &foreign_protocol::RULE,
    &http1_answer::RULE,
    &silent_server::RULE,
    &tls_answer::RULE,
    // response
    &bad_grpc_timeout::RULE,
    &broken_header_block::RULE,
    &connection_closed::RULE,
    &connection_specific_field::RULE,
    &content_length_mismatch::RULE,
    &continuation_flood::RULE,
    &early_goaway::RULE,
    &empty_data_flood::RULE,
    &flow_control_exceeded::RULE,
    &goaway::RULE,
    &header_list_too_large::RULE,
    &informational_end_stream::RULE,
    &interim_response::RULE,
    &invalid_field::RULE,
    &invalid_status_field::RULE,
    &malformed_binary_value::RULE,
    &malformed_frame::RULE,
    &misplaced_frame::RULE,
    &missing_status_field::RULE,
    &missing_te::RULE,
    &no_response::RULE,
    &not_all_kept::RULE,
    &oversized_frame::RULE,
    &padded_data::RULE,
    &pseudo_field_order::RULE,
    &request_content_type::RULE,
    &stream_refused::RULE,
    &stream_reset::RULE,
    &unreadable_field::RULE,
    &uppercase_field_name::RULE,
    // http-status
    &gateway_error_page::RULE,
    &non_200_status::RULE,
    &package_behind_stage::RULE,
    &redirect::RULE,
    // content-type
    &content_type_parameters::RULE,
    &grpc_web_content_type::RULE,
    &json_from_lambda_default::RULE,
    &missing_content_type::RULE,
    &wrong_content_type::RULE,
    // base64
    &double_base64::RULE,
    &hex_text::RULE,
    &quoted_base64::RULE,
    &undecoded_base64::RULE,
    // length-prefix
    &little_endian_prefix::RULE,
    &missing_length_prefix::RULE,
    &partial_prefix::RULE,
    &prefix_without_flag::RULE,
    &relayed_preface::RULE,
    &reserved_flag_bits::RULE,
    &self_counting_prefix::RULE,
    &short_prefix::RULE,
    &text_body::RULE,
    &trailing_bytes::RULE,
    &truncated_message::RULE,
    &unrecognised_body::RULE,
    &utf8_mangled_body::RULE,
    &varint_prefix::RULE,
    &web_trailer_frame::RULE,
    // compression
    &compressed_without_encoding::RULE,
    &content_encoding_on_body::RULE,
    &corrupt_compression::RULE,
    &decompression_bomb::RULE,
    &several_gzip_members::RULE,
    &unknown_encoding::RULE,
    // message
    &json_message::RULE,
    &no_message::RULE,
    &oversized_message::RULE,
    &several_messages::RULE,
    &undecodable_message::RULE,
    // trailers
    &dropped_trailers::RULE,
    &missing_grpc_status::RULE,
    &missing_trailers::RULE,
    &status_in_headers::RULE,
    &status_mismatch::RULE,
    &stream_cut::RULE,
    &trailers_without_end::RULE,
    // grpc-status
    &malformed_grpc_message::RULE,
    &malformed_status::RULE,
    &non_ok_status::RULE,
    &status_details_mismatch::RULE,
    &unknown_status::RULE,
];

/// The rule of that name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}
