//! The library behind the `grpc-probe` command. Data flows one way:
//!
//! ```text
//! source (live tee · capture files)  →  wire  →  grpc  →  rules  →  report
//!    bytes + time                      frames    calls    findings   text, JSON
//! ```
//!
//! | module | holds | imports |
//! |---|---|---|
//! | [`wire`] | HTTP/2 as bytes: frames, SETTINGS, HPACK. Never judges. | nothing |
//! | [`grpc`] | calls assembled from frames: metadata, messages, status | `wire` |
//! | [`schema`] | message types, JSON ↔ protobuf, schema-less decoding | nothing |
//!
//! Only `source` and `stage` do input and output or read a clock; `wire` never judges, `rules` never format,
//! `report` never decodes.

pub mod grpc;
pub mod schema;
pub mod wire;
