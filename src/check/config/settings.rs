//! What a target of the file says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::check::expect::{self, Expectations};
use crate::check::header::{HeaderTest, Wanted};
use crate::check::latency::{Budget, Phase};
use crate::check::reply::Reply;

/// A target: what to call, how, and what to expect. The options of `call` have the same names.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub struct Settings {
    /// Its name in every report; no other target has it.
    pub name: Option<String>,
    /// Words by which targets are picked, as in `--only tag:prod`.
    pub tags: Option<Vec<String>>,
    /// What to call: `https://host[:port]/[prefix/]package.Service/Method`, `http://…` for plaintext, `unix:…`, or
    /// `stage:NAME` for the embedded stage.
    pub url: Option<String>,
    /// `.proto` files with the service.
    pub proto: Option<Vec<String>>,
    /// Directories in which imports are looked up.
    pub import_path: Option<Vec<String>>,
    /// Compiled descriptor sets.
    pub protoset: Option<Vec<String>>,
    /// The message as JSON, or `@FILE`.
    pub data: Option<String>,
    /// File with the message's bytes as they are.
    pub data_raw: Option<String>,
    /// File with the whole body as it is, no prefix added.
    pub body_raw: Option<String>,
    /// Compress the message with gzip.
    pub gzip: Option<bool>,
    /// Header fields to send. A value takes the place of a default one, `@unset` removes it.
    #[serde(default)]
    pub headers: BTreeMap<String, OneOrMany>,
    /// Value of `:authority`, instead of the URL's host.
    pub authority: Option<String>,
    /// Host and port to connect to instead of the URL's.
    pub connect_to: Option<String>,
    /// HTTP proxy to go through; empty for none, whatever the environment says.
    pub proxy: Option<String>,
    /// Deadline of each call, as `10s`.
    pub timeout: Option<String>,
    /// Deadline of resolving, connecting and TLS, as `2s`.
    pub connect_timeout: Option<String>,
    /// PEM file of the authorities to trust, instead of `roots`.
    pub cacert: Option<String>,
    /// PEM file of the client certificate.
    pub cert: Option<String>,
    /// PEM file of the client certificate's key.
    pub key: Option<String>,
    /// Which authorities to trust: `webpki` or `system`.
    pub roots: Option<Roots>,
    /// Verify the certificate, say what is wrong with it, and carry on.
    pub insecure: Option<bool>,
    /// Name to send as SNI and to look for in the certificate.
    pub server_name: Option<String>,
    /// ALPN protocols to offer.
    pub alpn: Option<Vec<String>>,
    /// Warn of certificates that expire within so many days; 0 for none.
    pub cert_days: Option<u32>,
    /// How long the stage may take to come up, as `60s`.
    pub wait: Option<String>,
    /// How often a call is made again that failed before there was a response.
    pub retries: Option<u32>,
    /// How many calls are made, all of which have to pass.
    pub repeat: Option<u32>,
    /// Names of headers and trailers that a baseline is not compared by.
    #[serde(default)]
    pub baseline_ignore: Vec<String>,
    /// Names of header fields and message fields that hold secrets, beside those that are known.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// What is expected, beyond that every step passes.
    #[serde(default)]
    pub expect: Expect,
}

/// Which authorities to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Roots {
    /// Mozilla's, built in.
    Webpki,
    /// The operating system's.
    System,
}

/// What is expected of a target, beyond that every step passes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub struct Expect {
    /// The step that has to be reached; those after it may fail.
    pub step: Option<String>,
    /// The gRPC statuses that are right, by name or number; `OK` unless given.
    pub status: Option<OneOrMany>,
    /// Members that the reply has; it may have more.
    pub reply: Option<serde_json::Map<String, serde_json::Value>>,
    /// Tests of fields of the reply, as `items[0].price >= 3`.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Headers and trailers: a text is the value, `true` is there, `false` or `"@unset"` is not there.
    #[serde(default)]
    pub headers: BTreeMap<String, Presence>,
    /// For how many days the certificates are valid at least.
    pub certificate_days: Option<u32>,
    /// How long the phases may take at most: `resolve`, `connect`, `tls`, `first-byte`, `total`.
    #[serde(default)]
    pub within: Within,
    /// Values of the peer's SETTINGS, as `MAX_CONCURRENT_STREAMS>=100`.
    #[serde(default)]
    pub settings: Vec<String>,
    /// Who stands in front, by the name that reports give it; `none` for nobody that is known.
    pub gateway: Option<String>,
    /// Whether a warning fails its step.
    pub strict: Option<bool>,
    /// Whether a warning stays one although clients are known to fail on it.
    pub lenient: Option<bool>,
}

/// How long the phases of a call may take, as `200ms`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, expecting = "a table")]
pub struct Within {
    /// Looking the name up.
    pub resolve: Option<String>,
    /// Connecting.
    pub connect: Option<String>,
    /// The TLS handshake.
    pub tls: Option<String>,
    /// From the first byte sent over HTTP/2 to the first byte received.
    pub first_byte: Option<String>,
    /// From the start to the end of the exchange.
    pub total: Option<String>,
}

/// A text or a list of them; numbers are texts too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub enum OneOrMany {
    /// One.
    One(Word),
    /// Several.
    Many(Vec<Word>),
}

/// A text, or a number in its place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Word {
    /// A text.
    Text(String),
    /// A number.
    Number(u32),
}

impl OneOrMany {
    /// The texts.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let words = match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        };
        let text = |word: &Word| match word {
            Word::Text(text) => text.clone(),
            Word::Number(number) => number.to_string(),
        };
        words.iter().map(text).collect()
    }
}

/// What a header is expected to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, true or false")]
pub enum Presence {
    /// Whether it is there.
    There(bool),
    /// Its value.
    Value(String),
}

/// The key of a value that means nothing, and why.
type Fault = (&'static str, String);

impl Expect {
    /// The expectations.
    ///
    /// # Errors
    /// Where a value means nothing: its key, and why.
    pub fn expectations(&self) -> Result<Expectations, Fault> {
        let at = |key: &'static str| move |message: String| (key, message);
        let step = self.step.as_deref().map(expect::step).transpose();
        let reply = self.reply.clone().map(serde_json::Value::Object);
        let gateway = self.gateway.as_deref().map(str::parse).transpose();
        let statuses = self.status.as_ref().map(OneOrMany::texts);
        let statuses = statuses.unwrap_or_default();
        let headers = self.headers.iter().map(|(name, presence)| {
            let wanted = match presence {
                Presence::There(true) => Wanted::Present,
                Presence::There(false) => Wanted::Absent,
                Presence::Value(value) => Wanted::of(value),
            };
            HeaderTest::new(name, wanted).map_err(at("headers"))
        });
        let [strict, lenient] = [self.strict, self.lenient].map(|it| it.unwrap_or(false));
        if strict && lenient {
            return Err(("lenient", "it and strict exclude one another".to_owned()));
        }
        Ok(Expectations {
            step: step.map_err(at("step"))?,
            statuses: parsed(&statuses, expect::status).map_err(at("status"))?,
            reply: reply.map(Reply::new).transpose().map_err(at("reply"))?,
            fields: parsed(&self.fields, str::parse).map_err(at("fields"))?,
            headers: headers.collect::<Result<_, _>>()?,
            certificate_days: self.certificate_days,
            budgets: self.within.budgets().map_err(at("within"))?,
            settings: parsed(&self.settings, str::parse).map_err(at("settings"))?,
            gateway: gateway.map_err(at("gateway"))?,
            strict,
            lenient,
            baseline_ignored: Vec::new(),
        })
    }
}

fn parsed<T>(
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    texts.iter().map(|text| parse(text)).collect()
}

impl Within {
    fn budgets(&self) -> Result<Vec<Budget>, String> {
        let times = [
            &self.resolve,
            &self.connect,
            &self.tls,
            &self.first_byte,
            &self.total,
        ];
        let given = Phase::ALL.into_iter().zip(times);
        given
            .filter_map(|(phase, time)| Some((phase, time.as_deref()?)))
            .map(|(phase, time)| {
                let within = crate::check::latency::duration(time)?;
                Ok(Budget { phase, within })
            })
            .collect()
    }
}
