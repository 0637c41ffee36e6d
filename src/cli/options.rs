//! The options of a call, by what they are about.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::destination::Destination;
use crate::check::latency::duration;
use crate::diagnosis::case::CERTIFICATE_DAYS;
use crate::report::redact::{Hidden, Names};
use crate::report::{self, Options, Report};
use crate::rpc::metadata::is_token;
use crate::schema::Schema;
use crate::source::live::{Roots, TlsOptions};
use crate::source::{file, proto};
use crate::stage::{PROTO, PROTO_NAME, REQUEST_JSON};

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Message")]
pub(super) struct Message {
    /// Message as JSON, @FILE, or @- for standard input; needs a schema
    #[arg(short, long, value_name = "JSON")]
    pub(super) data: Option<String>,
    /// File with the message's bytes as they are; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(super) data_raw: Option<PathBuf>,
    /// File with the whole body as it is, no prefix added; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "data_raw", "gzip"])]
    pub(super) body_raw: Option<PathBuf>,
    /// Compress the message with gzip
    #[arg(long)]
    pub(super) gzip: bool,
}

/// Where message types come from.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(next_help_heading = "Schema")]
pub(super) struct SchemaFiles {
    /// .proto file with the service; may be given again
    #[arg(long, value_name = "FILE")]
    pub(super) proto: Vec<PathBuf>,
    /// Directory in which imports are looked up; may be given again
    #[arg(short = 'I', long, value_name = "DIRECTORY", requires = "proto")]
    pub(super) import_path: Vec<PathBuf>,
    /// Compiled descriptor set (protoc --descriptor_set_out, buf build); may be given again
    #[arg(long, value_name = "FILE")]
    pub(super) protoset: Vec<PathBuf>,
}

impl SchemaFiles {
    /// Whether none are given.
    pub(super) fn is_empty(&self) -> bool {
        self.proto.is_empty() && self.protoset.is_empty()
    }

    /// The schema that the files make up; the stage's own where none are given.
    pub(super) fn load(&self) -> anyhow::Result<Schema> {
        let mut sets = Vec::new();
        if !self.proto.is_empty() {
            sets.push(proto::compile(&self.proto, &self.import_path)?);
        }
        for file in &self.protoset {
            sets.push(proto::read_protoset(file)?);
        }
        if sets.is_empty() {
            sets.push(proto::compile_source(PROTO_NAME, PROTO)?);
        }
        let files = self.proto.iter().chain(&self.protoset);
        Schema::from_descriptor_sets(&sets).with_context(|| {
            let names: Vec<_> = files.map(|file| file.display().to_string()).collect();
            format!("cannot use {}", names.join(", "))
        })
    }
}

/// How to send it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Request")]
pub(super) struct Sending {
    /// Header field; may be given again, takes the place of a default, @unset removes one, -bin values are base64;
    /// @FILE has one field in each line
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(super) headers: Vec<String>,
    /// Value of :authority, instead of the URL's host
    #[arg(long, value_name = "AUTHORITY")]
    pub(super) authority: Option<String>,
    /// Connect to this host and port instead of the URL's
    #[arg(long, value_name = "HOST:PORT")]
    pub(super) connect_to: Option<String>,
    /// HTTP proxy to go through, http://[user:password@]host[:port]; empty for none, whatever https_proxy, http_proxy
    /// and all_proxy say
    #[arg(long, value_name = "URL")]
    pub(super) proxy: Option<String>,
    /// Deadline of the whole call, also sent as grpc-timeout; a plain number is seconds
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(super) timeout: Duration,
    /// Deadline of resolving, connecting and TLS
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) connect_timeout: Option<Duration>,
}

/// What is offered by ALPN unless something else is asked for.
pub(super) const ALPN: &str = "h2";

/// How to speak TLS.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Tls {
    /// PEM file of the authorities to trust, instead of --roots
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
    /// PEM file of the client certificate
    #[arg(long, value_name = "FILE")]
    pub(super) cert: Option<PathBuf>,
    /// PEM file of the client certificate's key
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key: Option<PathBuf>,
    /// Which authorities to trust
    #[arg(long, value_name = "ROOTS", default_value = "webpki")]
    pub(super) roots: RootsName,
    /// Verify the certificate, say what is wrong with it, and carry on
    #[arg(long)]
    pub(super) insecure: bool,
    /// Name to send as SNI and to look for in the certificate
    #[arg(long, value_name = "NAME")]
    pub(super) server_name: Option<String>,
    /// ALPN protocols to offer, parted by commas; empty for none
    #[arg(long, value_name = "PROTOCOLS", default_value = ALPN)]
    pub(super) alpn: String,
    /// Warn of certificates that expire within so many days; 0 for none
    #[arg(long, value_name = "DAYS", default_value_t = CERTIFICATE_DAYS)]
    pub(super) cert_days: u32,
    /// File to append TLS secrets to, for Wireshark; SSLKEYLOGFILE names one too
    #[arg(long, value_name = "FILE")]
    pub(super) keylog: Option<PathBuf>,
}

/// How to report it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Report")]
pub(super) struct Output {
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) destination: Destination,
    /// HPACK representation of each field, and offsets
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// The verdict alone
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// How many bytes a hex dump shows, up to 65536; all dumps together show 256 KiB, in JSON the frames hold 1 MiB
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = dumped)]
    pub(super) hex: usize,
    #[command(flatten)]
    pub(super) secrets: SecretNames,
    /// Show secrets: authorization, cookies, tokens, keys
    #[arg(long)]
    pub(super) show_secrets: bool,
}

/// Names that are added to those of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct SecretNames {
    /// Name of a header field or message field that holds a secret, beside those that are known; can be repeated
    #[arg(long = "secret", value_name = "NAME", value_parser = secret_name)]
    names: Vec<String>,
}

impl SecretNames {
    pub(super) fn hidden(&self) -> Hidden {
        Hidden::of(Names::with(&self.names))
    }
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// One document, by the schema grpc-probe.call/1
    Json,
}

/// Which authorities to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RootsName {
    /// Mozilla's, built in
    Webpki,
    /// The operating system's
    System,
}

impl Message {
    /// The message as JSON, where it is given so; where it is not, the embedded stage's own.
    pub(super) fn json(&self, own: bool) -> anyhow::Result<Option<String>> {
        let Some(data) = &self.data else {
            return Ok(own.then(|| REQUEST_JSON.to_owned()));
        };
        let Some(name) = data.strip_prefix('@') else {
            return Ok(Some(data.clone()));
        };
        let bytes = file::read(Path::new(name))?;
        let text = String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?;
        Ok(Some(text))
    }
}

impl Tls {
    /// The options as the source takes them.
    pub(super) fn options(&self) -> TlsOptions {
        let alpn = self
            .alpn
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        TlsOptions {
            cacert: self.cacert.clone(),
            cert: self.cert.clone(),
            key: self.key.clone(),
            roots: match self.roots {
                RootsName::Webpki => Roots::Webpki,
                RootsName::System => Roots::System,
            },
            insecure: self.insecure,
            server_name: self.server_name.clone(),
            alpn: alpn.map(str::to_owned).collect(),
            keylog: self.keylog(),
        }
    }

    /// The file that TLS secrets are appended to.
    pub(super) fn keylog(&self) -> Option<PathBuf> {
        self.keylog.clone().or_else(file::keylog_of_environment)
    }

    /// A sentence for each option that has no effect on a plaintext connection.
    pub(super) fn needless(&self) -> Vec<String> {
        let given = [
            ("--cacert", self.cacert.is_some()),
            ("--cert", self.cert.is_some()),
            ("--roots", matches!(self.roots, RootsName::System)),
            ("--alpn", self.alpn != ALPN),
            ("--insecure", self.insecure),
            ("--server-name", self.server_name.is_some()),
            ("--keylog", self.keylog.is_some()),
        ];
        let needless = given.into_iter().filter(|(_, given)| *given);
        needless
            .map(|(name, _)| format!("{name} has no effect: the connection is plaintext"))
            .collect()
    }
}

impl Output {
    pub(super) fn options(&self) -> Options {
        Options {
            verbose: self.verbose,
            quiet: self.quiet,
            hex: self.hex,
            show_secrets: self.show_secrets,
            hidden: Arc::new(self.secrets.hidden()),
            ..self.destination.looks()
        }
    }

    pub(super) fn render(&self, report: &Report<'_>, options: &Options) -> String {
        match self.format {
            Format::Human => report::human::render(report, options),
            Format::Json => report::json::render(report, options),
        }
    }
}

/// The name of a secret.
///
/// # Errors
/// If no field can have it.
pub(super) fn secret_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    match is_token(name.to_ascii_lowercase().as_bytes()) {
        true => Ok(name.to_owned()),
        false => Err("give the name of a field alone, as in x-tenant".to_owned()),
    }
}

/// The longest dump.
const HEX_MAX: usize = 65_536;

fn dumped(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().filter(|bytes| *bytes <= HEX_MAX);
    bytes.ok_or_else(|| format!("a dump shows 0 to {HEX_MAX} bytes"))
}
