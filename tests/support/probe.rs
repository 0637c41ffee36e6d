//! A script played to its end: the server, the call that it asks for, and what the rules made of it.
//!
//! The one part of the support that uses the crate under test, so each test binary that wants it declares it by itself.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "each test binary uses a part of this, and a fault in its own doing ends it"
)]

use std::path::PathBuf;
use std::time::Duration;

use grpc_probe::cli::request::{Headers, frame};
use grpc_probe::cli::url::Url;
use grpc_probe::clients;
use grpc_probe::diagnosis::{Body, Case, Diagnosis, MethodKind};
use grpc_probe::gateways;
use grpc_probe::http::connection::Closing;
use grpc_probe::http::reach::{Attempt, Dial, Failure, FailureKind, Resolve};
use grpc_probe::report::{self, Options, Report, Target};
use grpc_probe::rules;
use grpc_probe::schema::{Method, Schema};
use grpc_probe::source::live::{
    self, DEFAULT_LINGER, Plan, Proxy, Recording, Roots, TlsConfig, TlsOptions,
};
use grpc_probe::source::proto;
use grpc_probe::stage::{PROTO, PROTO_NAME, REQUEST_JSON};

use super::support::certificates;
use super::support::script::Script;
use super::support::server::Server;

#[path = "steady.rs"]
mod steady;

/// The method that scripts are about.
const METHOD: &str = "hello.HelloService/Hello";

/// How long a call may take, where the script does not say.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the calls name as `:authority`, for the port is another in every run.
const AUTHORITY: &str = "stage.example.com";

/// A call that was made to a script.
pub struct Probed {
    url: String,
    authority: String,
    path: String,
    method: Option<Method>,
    recording: Recording,
    steady: Recording,
    conversation: (Vec<u8>, Vec<u8>),
    timeout: Duration,
}

/// The client's options that a script may set by `call KEY[=VALUE]`.
struct Wishes {
    timeout: Duration,
    connect_timeout: Option<Duration>,
    insecure: bool,
    alpn: Vec<String>,
    /// `schema=hello`: the stage's own types, and its request.
    schema: bool,
    /// `client-cert`: send the certificate that the server takes.
    client_cert: bool,
    /// `te=…` and the like: `header=NAME: VALUE`, as -H takes it.
    headers: Vec<String>,
    /// `authority=…`: what the call names as `:authority`.
    authority: String,
    /// `proxy`: the script is a proxy's.
    proxy: bool,
    /// `dial=…`: what no loopback socket does is told instead of called.
    dial: Option<Dial>,
}

impl Wishes {
    fn of(script: &Script) -> Self {
        let mut wishes = Self {
            timeout: TIMEOUT,
            connect_timeout: None,
            insecure: false,
            alpn: vec!["h2".to_owned()],
            schema: false,
            client_cert: false,
            headers: Vec::new(),
            authority: AUTHORITY.to_owned(),
            proxy: false,
            dial: None,
        };
        for (key, value) in &script.call {
            match (key.as_str(), value.as_str()) {
                ("timeout", time) => wishes.timeout = humantime::parse_duration(time).unwrap(),
                ("connect-timeout", time) => {
                    wishes.connect_timeout = Some(humantime::parse_duration(time).unwrap());
                }
                ("insecure", "") => wishes.insecure = true,
                ("alpn", names) => {
                    wishes.alpn = names
                        .split(',')
                        .filter(|name| !name.is_empty())
                        .map(str::to_owned)
                        .collect();
                }
                ("schema", "hello") => wishes.schema = true,
                ("client-cert", "") => wishes.client_cert = true,
                ("header", field) => wishes.headers.push(field.to_owned()),
                ("authority", name) => wishes.authority = name.to_owned(),
                ("proxy", "") => wishes.proxy = true,
                ("dial", name) => wishes.dial = Some(told(name)),
                (key, value) => panic!("no such option of a call: {key}={value}"),
            }
        }
        wishes
    }
}

/// Dials that end before there is a connection, in ways that depend on the network around the machine.
fn told(name: &str) -> Dial {
    let host = "stage.example.com";
    let failed = |kind, text: &str| Failure {
        kind,
        text: text.to_owned(),
    };
    let resolved = |took, result| Some(Resolve { took, result });
    let found = || resolved(Duration::from_millis(12), Ok(vec!["192.0.2.1".to_owned()]));
    let attempt = |took, failure| {
        vec![Attempt {
            address: "192.0.2.1:443".to_owned(),
            took,
            failure: Some(failure),
        }]
    };
    let (long, short) = (Duration::from_secs(5), Duration::from_millis(3));
    let (resolve, attempts) = match name {
        "resolve-timeout" => {
            let failure = failed(FailureKind::TimedOut, "no answer before the deadline");
            (resolved(long, Err(failure)), Vec::new())
        }
        "connect-timeout" => {
            let failure = failed(FailureKind::TimedOut, "no answer before the deadline");
            (found(), attempt(long, failure))
        }
        "unreachable" => {
            let failure = failed(
                FailureKind::Unreachable,
                "Network is unreachable (os error 101)",
            );
            (found(), attempt(short, failure))
        }
        other => panic!("no such dial: {other}"),
    };
    Dial {
        host: host.to_owned(),
        port: Some(443),
        resolve,
        connect_took: (!attempts.is_empty()).then(|| attempts[0].took),
        attempts,
        ..Dial::default()
    }
}

impl Probed {
    /// Plays a script and makes the call that it asks for.
    pub fn play(script: &Script) -> Self {
        let server = Server::start(script);
        let wishes = Wishes::of(script);
        let url = match server.url.strip_prefix("unix:") {
            // The socket's name has no method in it.
            Some(socket) if !socket.ends_with(METHOD) => format!("unix:{socket}/{METHOD}"),
            _ => server.url.clone(),
        };
        let parsed: Url = url.parse().unwrap();
        let method = wishes.schema.then(hello);
        let request = method.as_ref().map_or_else(Vec::new, |method| {
            method.encode_request(REQUEST_JSON).unwrap()
        });
        let mut headers = Headers::new(wishes.timeout, false);
        headers.apply(&wishes.headers).unwrap();
        let (target, path, tls) = match parsed {
            Url::Host {
                tls,
                host,
                port,
                path,
                ..
            } => {
                let tls = tls.then(|| tls_config(&server, &wishes, &host));
                let target = live::Target::Tcp {
                    host,
                    port,
                    connect_to: None,
                };
                (target, path.whole, tls)
            }
            Url::Unix { socket, path } => (live::Target::Unix(socket), path.whole, None),
            Url::Stage(_) => panic!("scripts do not call the stage"),
        };
        let recording = match &wishes.dial {
            Some(dial) => {
                let mut recording = Recording::default();
                recording.connection.called(dial.clone());
                recording
            }
            None => run(Plan {
                target,
                authority: wishes.authority.clone(),
                path: path.clone(),
                headers: headers.into_vec(),
                body: frame(&request, false).unwrap().into(),
                proxy: wishes
                    .proxy
                    .then(|| Proxy::parse(&format!("http://{}", server.address)).unwrap()),
                tls,
                timeout: wishes.timeout,
                connect_timeout: wishes.connect_timeout,
                linger: DEFAULT_LINGER,
                capture: None,
            }),
        };
        // What was told has no times or ports of this run.
        let steady = match wishes.dial {
            Some(_) => recording.clone(),
            None => steady::steady(&recording, script, &server, wishes.timeout),
        };
        let conversation = steady::conversation(&recording, script, &server.received());
        Self {
            conversation,
            timeout: wishes.timeout,
            url: steady::url(&url, &server.address),
            authority: wishes.authority,
            path,
            method,
            recording,
            steady,
        }
    }

    fn case<'a>(&'a self, recording: &'a Recording, called_at: i64) -> Case<'a> {
        Case::new(&recording.connection, &recording.call, self.method.as_ref())
            .called_at(Some(called_at))
            .kind(MethodKind::Unary)
    }

    /// What the client sent of its own accord, and what the server sent, without TLS.
    pub fn conversation(&self) -> (&[u8], &[u8]) {
        (&self.conversation.0, &self.conversation.1)
    }

    /// How the connection ended, and how long the call could take.
    pub fn end(&self) -> (Option<&Closing>, Duration) {
        let closed = self.steady.connection.closed.as_ref();
        (closed.map(|closed| &closed.how), self.timeout)
    }

    /// The method's types, where the script has them.
    pub fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }

    /// What the rules make of the call.
    pub fn diagnosis(&self) -> Diagnosis {
        rules::diagnose(&self.case(&self.recording, certificates::now()))
    }

    /// What the rules make of the same bytes without their times.
    pub fn steady_diagnosis(&self) -> Diagnosis {
        rules::diagnose(&self.case(&self.steady, steady::CALLED_AT))
    }

    /// The report for people, the same in every run.
    pub fn report(&self) -> String {
        self.reported(|report| report::human::render(report, &Options::default()))
    }

    /// Hands the report, the same in every run, to `then`.
    pub fn reported<T>(&self, then: impl FnOnce(&Report<'_>) -> T) -> T {
        let case = self.case(&self.steady, steady::CALLED_AT);
        let mut diagnosis = self.steady_diagnosis();
        let gateways = gateways::advise(&case, &mut diagnosis.findings);
        let clients: Vec<_> = diagnosis
            .findings
            .iter()
            .map(|finding| clients::say(finding, &case))
            .collect();
        let sent = &case.call.request;
        let request = Body::read_request(
            &sent.body,
            sent.header("grpc-encoding"),
            self.method.as_ref(),
        );
        let timing = self.steady.timing;
        then(&Report {
            target: Target {
                url: &self.url,
                authority: &self.authority,
                path: &self.path,
            },
            case: &case,
            diagnosis: &diagnosis,
            clients: &clients,
            gateways: &gateways,
            request: &request,
            timing: report::Timing {
                resolve: timing.resolve,
                connect: timing.connect,
                tls: timing.tls,
                first_byte: timing.first_byte,
                total: timing.total.unwrap_or_default(),
            },
            called_at: Some(steady::CALLED_AT),
            notes: &[],
        })
    }
}

fn hello() -> Method {
    let set = proto::compile_source(PROTO_NAME, PROTO).unwrap();
    let schema = Schema::from_descriptor_sets(&[set]).unwrap();
    schema.method(METHOD).unwrap()
}

fn run(plan: Plan) -> Recording {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(live::call(plan)).unwrap()
}

fn tls_config(server: &Server, wishes: &Wishes, host: &str) -> TlsConfig {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (cert, key) = match server.client_pem.as_ref().filter(|_| wishes.client_cert) {
        Some((cert, key)) => (Some(file("cert.pem", cert)), Some(file("key.pem", key))),
        None => (None, None),
    };
    let options = TlsOptions {
        cacert: server.ca_pem.as_deref().map(|pem| file("ca.pem", pem)),
        cert,
        key,
        roots: Roots::Webpki,
        insecure: wishes.insecure,
        server_name: None,
        alpn: wishes.alpn.clone(),
        keylog: None,
    };
    TlsConfig::load(&options, host).unwrap()
}
