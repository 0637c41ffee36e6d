//! gRPC over HTTP: length-prefixed messages, metadata, status, compression, and gRPC-Web.
//!
//! Nothing here judges.

pub mod compression;
pub mod content_type;
pub mod envelope;
pub mod metadata;
pub mod progress;
pub mod status;
pub mod timeout;
pub mod typed_field;
pub mod web;

pub use envelope::Message;
pub use status::Code;
