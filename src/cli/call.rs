//! `grpc-probe call`: one call, reported.

use anyhow::{Context as _, bail};
use clap::Args;

use super::options::{Message, Output, SchemaFiles, Sending, Tls};
use super::request::{self, Headers};
use super::url::{Path, Url};
use super::{Outcome, block_on, stage, tour};
use crate::clients;
use crate::diagnosis::{Body, Case};
use crate::gateways;
use crate::report::{self, Report, Target};
use crate::rules;
use crate::schema::{Method, Schema};
use crate::source::live::{self, DEFAULT_LINGER, Plan, Proxy, Recording, TlsConfig};
use crate::source::{clock, environment, file, proto};
use crate::stage::{PATH, PROTO, PROTO_NAME, REQUEST_JSON, Stage};

/// Makes one unary call.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Exit code: 0 where every step passes, 10 to 22 for the first failing step in the order resolve, connect, tls, alpn, \
preface, response, http-status, content-type, base64, length-prefix, compression, message, trailers; 64 and the code \
where the wire is sound and grpc-status is not OK; 2 where the call could not be made.")]
pub struct Call {
    /// The target.
    #[arg(
        help = "https://host[:port]/[prefix/]package.Service/Method, http://… for plaintext, \
                unix:/socket/package.Service/Method, stage:NAME for the embedded stage, stage: for all of its attempts"
    )]
    pub url: Url,

    #[command(flatten)]
    message: Message,
    #[command(flatten)]
    schema: SchemaFiles,
    #[command(flatten)]
    sending: Sending,
    #[command(flatten)]
    tls: Tls,
    #[command(flatten)]
    output: Output,
}

/// A call that was made, with what is needed to report it.
#[derive(Debug)]
pub(super) struct Made {
    url: String,
    authority: String,
    path: String,
    method: Option<Method>,
    recording: Recording,
    called_at: Option<i64>,
    certificate_days: u32,
}

impl Made {
    /// Judges the call and hands its report to `then`.
    pub(super) fn report<T>(&self, notes: &[String], then: impl FnOnce(&Report<'_>) -> T) -> T {
        let Recording {
            connection,
            call,
            timing,
        } = &self.recording;
        let method = self.method.as_ref();
        let case = Case::new(connection, call, method)
            .called_at(self.called_at)
            .certificate_days(self.certificate_days);
        let mut diagnosis = rules::diagnose(&case);
        let gateways = gateways::advise(&case, &mut diagnosis.findings);
        let clients: Vec<_> = diagnosis
            .findings
            .iter()
            .map(|finding| clients::say(finding, &case))
            .collect();
        let coding = call.request.header("grpc-encoding");
        let request = Body::read_request(&call.request.body, coding, method);
        then(&Report {
            target: Target {
                url: &self.url,
                authority: &self.authority,
                path: &self.path,
            },
            case: &case,
            diagnosis: &diagnosis,
            gateways: &gateways,
            clients: &clients,
            request: &request,
            timing: report::Timing {
                resolve: timing.resolve,
                connect: timing.connect,
                tls: timing.tls,
                first_byte: timing.first_byte,
                total: timing.total.unwrap_or_default(),
            },
            called_at: self.called_at,
            notes,
        })
    }
}

impl Call {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        // Before anything is sent: a report that cannot be written is a call made for nothing.
        if let Some(path) = &self.output.output {
            file::check_writable(path)?;
        }
        if self.url == Url::Stage(String::new()) {
            return block_on(tour::run(&self))?;
        }
        let encrypted = matches!(self.url, Url::Host { tls: true, .. });
        let mut warnings = if encrypted {
            Vec::new()
        } else {
            self.tls.needless()
        };
        let made = block_on(self.make())??;
        let mut notes = Vec::new();
        if let Some(path) = self.tls.keylog().filter(|_| {
            made.recording
                .connection
                .dial
                .as_ref()
                .is_some_and(|d| d.tls.is_some())
        }) {
            warnings.push(format!(
                "TLS secrets were appended to {}: they decrypt this call",
                path.display()
            ));
            notes.push(format!("TLS secrets were appended to {}", path.display()));
        }
        let (report, exit_code) = made.report(&notes, |report| {
            (
                self.output.render(report),
                report.diagnosis.verdict.exit_code,
            )
        });
        Ok(Outcome {
            report,
            output: self.output.output,
            warnings,
            exit_code,
        })
    }

    /// Makes the call, to the embedded stage where the URL says so.
    pub(super) async fn make(&self) -> anyhow::Result<Made> {
        let Url::Stage(name) = &self.url else {
            return self.call(&self.url, &self.url_text()).await;
        };
        let attempt = stage::attempt(name)?;
        let stage = Stage::bind("127.0.0.1:0", attempt)
            .await
            .context("cannot start the stage")?;
        let url: Url = format!("http://{}{PATH}", stage.address()?).parse()?;
        let serving = tokio::spawn(stage.serve());
        let made = self.call(&url, &format!("stage:{name}")).await;
        serving.abort();
        made
    }

    /// The same call to an attempt of the embedded stage.
    pub(super) fn on_stage(&self, name: &str) -> Self {
        Self {
            url: Url::Stage(name.to_owned()),
            ..self.clone()
        }
    }

    pub(super) const fn output(&self) -> &Output {
        &self.output
    }

    fn url_text(&self) -> String {
        match &self.url {
            Url::Host {
                tls,
                authority,
                path,
                ..
            } => {
                format!(
                    "{}://{authority}{}",
                    if *tls { "https" } else { "http" },
                    path.whole
                )
            }
            Url::Unix { socket, path } => format!("unix:{}:{}", socket.display(), path.whole),
            Url::Stage(name) => format!("stage:{name}"),
        }
    }

    async fn call(&self, url: &Url, text: &str) -> anyhow::Result<Made> {
        let (target, authority, path, tls) = self.address(url)?;
        let method = self.method(path)?;
        let (body, headers) = self.request(method.as_ref())?;
        let authority = self.sending.authority.clone().unwrap_or(authority);
        let plan = Plan {
            authority: authority.clone(),
            path: path.whole.clone(),
            headers: headers.into_vec(),
            body: body.into(),
            proxy: self.proxy(&target, tls.is_some())?,
            tls,
            timeout: self.sending.timeout,
            connect_timeout: self.sending.connect_timeout,
            linger: DEFAULT_LINGER,
            target,
        };
        let called_at = clock::unix_seconds();
        let recording = live::call(plan).await?;
        Ok(Made {
            url: text.to_owned(),
            authority,
            path: path.whole.clone(),
            method,
            recording,
            called_at,
            certificate_days: self.tls.cert_days,
        })
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
                    .then(|| TlsConfig::load(&self.tls.options(), host))
                    .transpose()?;
                Ok((target, authority.clone(), path, tls))
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
    fn method(&self, path: &Path) -> anyhow::Result<Option<Method>> {
        let mut sets = Vec::new();
        if !self.schema.proto.is_empty() {
            sets.push(proto::compile(
                &self.schema.proto,
                &self.schema.import_path,
            )?);
        }
        for file in &self.schema.protoset {
            sets.push(proto::read_protoset(file)?);
        }
        if sets.is_empty() && matches!(self.url, Url::Stage(_)) {
            sets.push(proto::compile_source(PROTO_NAME, PROTO)?);
        }
        if sets.is_empty() {
            return Ok(None);
        }
        let files = self.schema.proto.iter().chain(&self.schema.protoset);
        let schema = Schema::from_descriptor_sets(&sets).with_context(|| {
            let names: Vec<_> = files.map(|file| file.display().to_string()).collect();
            format!("cannot use {}", names.join(", "))
        })?;
        let method = schema.method(&path.method)?;
        if method.client_streaming || method.server_streaming {
            bail!(
                "{} is a streaming method; a call is unary",
                method.full_name
            );
        }
        Ok(Some(method))
    }

    fn request(&self, method: Option<&Method>) -> anyhow::Result<(Vec<u8>, Headers)> {
        let mut headers = Headers::new(self.sending.timeout, self.message.gzip);
        headers.apply(&self.sending.headers)?;
        if let Some(path) = &self.message.body_raw {
            return Ok((file::read(path)?, headers));
        }
        let message = match (&self.message.data_raw, self.json()?) {
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
        Ok((request::frame(&message, self.message.gzip)?, headers))
    }

    fn json(&self) -> anyhow::Result<Option<String>> {
        let Some(data) = &self.message.data else {
            let on_stage = matches!(self.url, Url::Stage(_)) && self.schema.proto.is_empty();
            return Ok(on_stage.then(|| REQUEST_JSON.to_owned()));
        };
        let Some(name) = data.strip_prefix('@') else {
            return Ok(Some(data.clone()));
        };
        let bytes = file::read(std::path::Path::new(name))?;
        Ok(Some(
            String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?,
        ))
    }
}

fn is_empty_json(json: &str) -> bool {
    json.chars().filter(|c| !c.is_whitespace()).eq("{}".chars()) || json.trim().is_empty()
}

fn host_and_port(text: &str) -> anyhow::Result<(String, u16)> {
    let parts = text
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok().filter(|p| *p != 0)?)));
    let (host, port) =
        parts.with_context(|| format!("--connect-to takes HOST:PORT ({text:?} is not that)"))?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    if host.is_empty() {
        bail!("--connect-to takes HOST:PORT ({text:?} has no host)");
    }
    Ok((host.to_owned(), port))
}
