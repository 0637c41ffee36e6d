//! The library behind the `grpc-probe` command. Data flows one way:
//!
//! ```text
//! source (live tee, files)  →  capture             →  wire    →  http       →  rpc   →  rules     →  report
//!    bytes + time              packets, TLS, logs     frames     exchanges     gRPC     findings     text, JSON
//! ```
//!
//! | module | holds | imports |
//! |---|---|---|
//! | [`wire`] | HTTP/2 as bytes: frames, SETTINGS, HPACK. Never judges. | nothing |
//! | [`http`] | exchanges assembled from frames: headers, body, trailers; the connection and the way to it | `wire` |
//! | [`rpc`] | gRPC in an exchange: messages, metadata, status, compression | `http`, `wire` |
//! | [`schema`] | message types, JSON ↔ protobuf, schema-less decoding | nothing |
//! | [`diagnosis`] | the words: step, rule, finding, verdict; what a body is | `http`, `rpc`, `schema`, `wire` |
//! | [`rules`] | the catalogue, one file a rule, and the ladder they judge | `diagnosis` and below |
//! | [`gateways`] | who stands in front, and what each is known to do | `diagnosis` and below |
//! | [`clients`] | what each mainstream client prints on each rule, and texts of theirs read back | `rules` and below |
//! | [`check`] | what a check expects, the shape of an exchange, and the file that says so | `diagnosis`, `gateways`, `http`, `rpc`, `schema`, `wire` |
//! | [`capture`] | readers of captures: packets, TCP, TLS records, logs, text | `http`, `rpc`, `wire` |
//! | [`source`] | where bytes come from: the IO shell | `capture`, `http`, `rpc`, `schema`, `wire` |
//! | [`stage`] | the embedded stage, an API Gateway with a Lambda behind it | nothing |
//! | [`report`] | one report, one file per format | everything above but `capture`, `source` and `stage` |
//! | [`cli`] | one file per command, tying a source to a report | everything |
//!
//! Only `source` and `stage` do input and output or read a clock; `wire` never judges, `rules` never format,
//! `report` never decodes.

pub mod capture;
pub mod check;
pub mod cli;
pub mod clients;
pub mod diagnosis;
pub mod gateways;
pub mod http;
pub mod report;
pub mod rpc;
pub mod rules;
pub mod schema;
pub mod source;
pub mod stage;
pub mod wire;
