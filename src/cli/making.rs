//! The making of a call from its options, which every command that calls shares: everything is read and checked when
//! the call is prepared, so that what is wrong is found before anything is sent; a call that is prepared can be made
//! any number of times.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use super::cache::Cache;
use super::options::{Message, SchemaFiles, Sending, Tls};
use super::request::{self, Headers};
use super::stage;
use super::url::{Path, Url, host_and_port};
use crate::clients;
use crate::diagnosis::{Body, Case, Diagnosis, MethodKind};
use crate::gateways::{self, Identified};
use crate::report::redact::{Hidden, Names, Secrets};
use crate::report::{self, Report, Target};
use crate::rules;
use crate::schema::Method;
use crate::source::live::{self, Capture, DEFAULT_LINGER, Plan, Proxy, Recording, TlsConfig};
use crate::source::{clock, environment, file};
use crate::stage::{Attempt, PATH, Stage};

/// Where an attempt of the embedded stage will listen is not known before it does.
const STAGE_TO_COME: &str = "127.0.0.1:1";

/// What to send, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct Request {
    #[command(flatten)]
    pub(super) message: Message,
    #[command(flatten)]
    pub(super) schema: SchemaFiles,
    #[command(flatten)]
    pub(super) sending: Sending,
    #[command(flatten)]
    pub(super) tls: Tls,
}

/// Fields that `-H` gives.
#[derive(Debug, Default)]
struct Fields {
    all: Vec<String>,
    /// Names of those in files: a value that is kept in one is not to be seen.
    secret: Vec<String>,
}

/// A call that can be made.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The URL, to be shown.
    pub(super) url: String,
    /// The method's types, where a schema is at hand.
    pub(super) method: Option<Method>,
    plan: Plan,
    /// The attempt of the embedded stage that is called; it listens anew for every call.
    attempt: Option<&'static Attempt>,
    /// What no report of the call shows.
    pub(super) hidden: Arc<Hidden>,
    /// Whether `:authority` is as given, and not where the stage comes to listen.
    authority_given: bool,
    certificate_days: u32,
}

/// A call that was made, with what is needed to report it.
#[derive(Debug)]
pub(super) struct Made {
    url: String,
    authority: String,
    path: String,
    method: Option<Method>,
    pub(super) recording: Recording,
    called_at: Option<i64>,
    certificate_days: u32,
    hidden: Arc<Hidden>,
}

/// What was made of a call, for those who have more to say on it before it is reported.
pub(super) struct Judged<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) diagnosis: &'a mut Diagnosis,
    pub(super) gateways: &'a [Identified],
    pub(super) timing: &'a report::Timing,
    /// The clients that fail on each finding of the diagnosis.
    pub(super) refusing: &'a [Vec<&'static str>],
    /// Takes the secrets of the call out of a text.
    pub(super) hide: &'a dyn Fn(&str) -> String,
    /// Sentences that the report is to have beside its findings.
    pub(super) notes: &'a mut Vec<String>,
}

impl Made {
    /// The options of a report, with what it does not show.
    pub(super) fn hiding(&self, options: report::Options) -> report::Options {
        report::Options {
            hidden: Arc::clone(&self.hidden),
            ..options
        }
    }

    /// Judges the call and hands its report to `then`.
    pub(super) fn report<T>(&self, notes: &[String], then: impl FnOnce(&Report<'_>) -> T) -> T {
        let also = |call: Judged<'_>| call.notes.extend_from_slice(notes);
        self.report_with(also, |report, ()| then(report))
    }

    /// Judges the call, lets `also` judge it too, and hands its report to `then` with what came of that.
    pub(super) fn report_with<A, T>(
        &self,
        also: impl FnOnce(Judged<'_>) -> A,
        then: impl FnOnce(&Report<'_>, A) -> T,
    ) -> T {
        let Recording {
            connection,
            call,
            timing,
        } = &self.recording;
        let method = self.method.as_ref();
        let case = Case::new(connection, call, method)
            .called_at(self.called_at)
            .certificate_days(self.certificate_days)
            .kind(MethodKind::Unary);
        let mut diagnosis = rules::diagnose(&case);
        let gateways = gateways::advise(&case, &mut diagnosis.findings);
        let timing = report::Timing {
            resolve: timing.resolve,
            connect: timing.connect,
            tls: timing.tls,
            first_byte: timing.first_byte,
            total: timing.total.unwrap_or_default(),
        };
        let target = Target {
            url: &self.url,
            authority: &self.authority,
            path: &self.path,
        };
        let coding = call.request.header("grpc-encoding");
        let request = Body::read_request(&call.request.body, coding, method);
        let secrets = OnceCell::new();
        let findings = diagnosis.findings.iter();
        let refusing: Vec<_> = findings.map(|it| clients::refusing(it, &case)).collect();
        let mut notes = Vec::new();
        let more = also(Judged {
            case: &case,
            diagnosis: &mut diagnosis,
            gateways: &gateways,
            timing: &timing,
            refusing: &refusing,
            hide: &|text| {
                let secrets = secrets.get_or_init(|| {
                    let report = Report {
                        target,
                        case: &case,
                        diagnosis: &rules::not_judged(),
                        gateways: &[],
                        clients: &[],
                        request: &request,
                        timing,
                        called_at: None,
                        notes: &[],
                    };
                    Secrets::of(&report, &self.hidden, false)
                });
                secrets.text(text)
            },
            notes: &mut notes,
        });
        let clients: Vec<_> = diagnosis
            .findings
            .iter()
            .map(|finding| clients::say(finding, &case))
            .collect();
        let report = Report {
            target,
            case: &case,
            diagnosis: &diagnosis,
            gateways: &gateways,
            clients: &clients,
            request: &request,
            timing,
            called_at: self.called_at,
            notes: &notes,
        };
        then(&report, more)
    }
}

impl Prepared {
    /// Makes the call, which takes no longer than its own timeout, nor than `within`.
    pub(super) async fn call(&self, within: Option<Duration>) -> anyhow::Result<Made> {
        let mut plan = self.plan.clone();
        plan.timeout = within.map_or(plan.timeout, |within| plan.timeout.min(within));
        let Some(attempt) = self.attempt else {
            return self.send(plan).await;
        };
        let stage = Stage::bind("127.0.0.1:0", attempt)
            .await
            .context("cannot start the stage")?;
        let address = stage.address()?;
        plan.target = live::Target::Tcp {
            host: address.ip().to_string(),
            port: address.port(),
            connect_to: None,
        };
        if !self.authority_given {
            plan.authority = address.to_string();
        }
        let serving = tokio::spawn(stage.serve());
        let made = self.send(plan).await;
        serving.abort();
        made
    }

    /// The same, with what is sent and received captured.
    pub(super) fn captured(mut self, capture: Option<Capture>) -> Self {
        self.plan.capture = capture;
        self
    }

    /// Adds to the secrets that no report of the call shows.
    pub(super) fn hide(mut self, more: &Hidden) -> Self {
        let hidden = Arc::make_mut(&mut self.hidden);
        hidden.extend(more);
        hide_fields(hidden, &self.plan);
        self
    }

    /// Whether the call is made over TLS.
    pub(super) const fn is_encrypted(&self) -> bool {
        self.plan.tls.is_some()
    }

    /// The call's own timeout.
    pub(super) const fn timeout(&self) -> Duration {
        self.plan.timeout
    }

    async fn send(&self, plan: Plan) -> anyhow::Result<Made> {
        let called_at = clock::unix_seconds();
        let (authority, path) = (plan.authority.clone(), plan.path.clone());
        let recording = live::call(plan).await?;
        Ok(Made {
            url: self.url.clone(),
            authority,
            path,
            method: self.method.clone(),
            recording,
            called_at,
            certificate_days: self.certificate_days,
            hidden: Arc::clone(&self.hidden),
        })
    }
}

impl Request {
    /// The files that it names, all of which are read.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let Self {
            message,
            schema,
            tls,
            ..
        } = self;
        let headers = self.sending.headers.iter();
        let headers = headers.filter_map(|header| header.strip_prefix('@'));
        let data = message
            .data
            .as_ref()
            .and_then(|data| data.strip_prefix('@'));
        let whole = [&message.data_raw, &message.body_raw];
        let one_each = whole.into_iter().chain([&tls.cacert, &tls.cert, &tls.key]);
        let several = schema.proto.iter().chain(&schema.protoset);
        let named = one_each.flatten().chain(several).cloned();
        let named = named.chain(headers.chain(data).map(PathBuf::from));
        named.filter(|path| path.as_os_str() != "-").collect()
    }

    /// Reads what the call needs and checks that it can be made.
    ///
    /// # Errors
    /// Where it cannot: a file, a value or a URL that is wrong.
    pub(super) fn prepare(&self, url: &Url, cache: &mut Cache) -> anyhow::Result<Prepared> {
        let (attempt, called): (_, Url) = match url {
            Url::Stage(name) => {
                let attempt = stage::attempt(name)?;
                (
                    Some(attempt),
                    format!("http://{STAGE_TO_COME}{PATH}").parse()?,
                )
            }
            url => (None, url.clone()),
        };
        let (target, authority, path, tls) = self.address(&called, cache)?;
        let on_stage = attempt.is_some();
        let method = self.method(path, on_stage, cache)?;
        let mut headers = Headers::new(self.sending.timeout, self.message.gzip);
        let fields = self.headers()?;
        headers.apply(&fields.all)?;
        let full_name = method.as_ref().map(|method| method.full_name.clone());
        let of = (
            self.message.clone(),
            self.schema.clone(),
            full_name,
            on_stage,
        );
        let body = cache.body(of, || self.body(method.as_ref(), on_stage))?;
        let proxy = self.proxy(&target, tls.is_some())?;
        let mut hidden = Hidden::of(Names::with(&fields.secret));
        for secret in proxy.as_ref().and_then(Proxy::user).into_iter().flatten() {
            hidden.add(secret.as_bytes());
        }
        let plan = Plan {
            authority: self.sending.authority.clone().unwrap_or(authority),
            path: path.whole.clone(),
            headers: headers.into_vec(),
            body,
            proxy,
            tls,
            timeout: self.sending.timeout,
            connect_timeout: self.sending.connect_timeout,
            linger: DEFAULT_LINGER,
            capture: None,
            target,
        };
        plan.check()?;
        hide_fields(&mut hidden, &plan);
        Ok(Prepared {
            url: url.text(),
            method,
            plan,
            attempt,
            hidden: Arc::new(hidden),
            authority_given: self.sending.authority.is_some(),
            certificate_days: self.tls.cert_days,
        })
    }

    /// The fields of `-H`, those of its files among them.
    fn headers(&self) -> anyhow::Result<Fields> {
        let mut fields = Fields::default();
        for option in &self.sending.headers {
            let Some(name) = option.strip_prefix('@') else {
                fields.all.push(option.clone());
                continue;
            };
            let bytes = file::read(std::path::Path::new(name))?;
            let text = String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?;
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            for (index, line) in text.lines().enumerate() {
                if line.trim().is_empty() {
                    continue;
                }
                let Some((field, _)) = line.split_once(':').filter(|(it, _)| !it.is_empty()) else {
                    bail!("{name}: line {} is not 'name: value'", index + 1);
                };
                if !request::is_default(field) {
                    fields.secret.push(field.to_owned());
                }
                fields.all.push(line.to_owned());
            }
        }
        Ok(fields)
    }

    /// The proxy to go through: the one given, or that of the environment.
    fn proxy(&self, target: &live::Target, tls: bool) -> anyhow::Result<Option<Proxy>> {
        let live::Target::Tcp {
            host,
            port,
            connect_to,
        } = target
        else {
            return match self.sending.proxy.as_deref() {
                None | Some("") => Ok(None),
                Some(_) => bail!("a unix socket is not reached through a --proxy"),
            };
        };
        match self.sending.proxy.as_deref() {
            Some("") => Ok(None),
            Some(text) => Ok(Some(Proxy::parse(text).context("--proxy cannot be used")?)),
            None => {
                let (host, port) = connect_to
                    .as_ref()
                    .map_or((host, *port), |(host, port)| (host, *port));
                Proxy::of_environment(environment::variable, tls, host, port).map_err(
                    |(name, error)| {
                        anyhow::Error::new(error)
                            .context(format!("{name} cannot be used (--proxy '' does without)"))
                    },
                )
            }
        }
    }

    fn address<'a>(
        &self,
        url: &'a Url,
        cache: &mut Cache,
    ) -> anyhow::Result<(live::Target, String, &'a Path, Option<TlsConfig>)> {
        match url {
            Url::Host {
                tls,
                host,
                port,
                authority,
                path,
            } => {
                let connect_to = self
                    .sending
                    .connect_to
                    .as_deref()
                    .map(host_and_port)
                    .transpose()?;
                let target = live::Target::Tcp {
                    host: host.clone(),
                    port: *port,
                    connect_to,
                };
                let tls = tls
                    .then(|| cache.tls(self.tls.options(), host))
                    .transpose()?;
                Ok((target, authority.clone(), path, tls))
            }
            Url::Unix { .. } if self.sending.connect_to.is_some() => {
                bail!("--connect-to is for hosts, and a unix socket is a place by itself")
            }
            Url::Unix { socket, path } => Ok((
                live::Target::Unix(socket.clone()),
                "localhost".to_owned(),
                path,
                None,
            )),
            Url::Stage(name) => bail!("stage:{name} has to be started before it is called"),
        }
    }

    /// The method's types: from the files given, or the stage's own.
    fn method(
        &self,
        path: &Path,
        on_stage: bool,
        cache: &mut Cache,
    ) -> anyhow::Result<Option<Method>> {
        if !on_stage && self.schema.is_empty() {
            return Ok(None);
        }
        let method = cache.schema(&self.schema)?.method(&path.method)?;
        if method.client_streaming || method.server_streaming {
            bail!(
                "{} is a streaming method; a call is unary",
                method.full_name
            );
        }
        Ok(Some(method))
    }

    fn body(&self, method: Option<&Method>, on_stage: bool) -> anyhow::Result<Vec<u8>> {
        if let Some(path) = &self.message.body_raw {
            return Ok(file::read(path)?);
        }
        let own = on_stage && self.schema.proto.is_empty();
        let message = match (&self.message.data_raw, self.message.json(own)?) {
            (Some(path), _) => file::read(path)?,
            (None, None) => Vec::new(),
            (None, Some(json)) => match method {
                Some(method) => method
                    .encode_request(&json)
                    .context("the JSON does not fit")?,
                None if is_empty_json(&json) => Vec::new(),
                None => bail!(
                    "JSON needs the message's type: give --proto or --protoset, or bytes by --data-raw"
                ),
            },
        };
        request::frame(&message, self.message.gzip)
    }
}

/// Adds the secrets that a call sends, whatever becomes of its frames.
fn hide_fields(hidden: &mut Hidden, plan: &Plan) {
    for (name, value) in &plan.headers {
        hidden.add_field(name.as_bytes(), value);
    }
    hidden.add_field(b":authority", plan.authority.as_bytes());
}

fn is_empty_json(json: &str) -> bool {
    json.chars().filter(|c| !c.is_whitespace()).eq("{}".chars()) || json.trim().is_empty()
}
