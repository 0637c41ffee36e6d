//! A client and a server of rustls, and a wire between them that is listened to.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, OnceLock};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection,
    SupportedProtocolVersion,
};

use crate::wire::Direction;

/// The versions, by name.
pub(super) const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;
pub(super) const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;

/// How the two are to speak.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) version: &'static SupportedProtocolVersion,
    /// The one suite of the server; any, where there is none.
    pub(super) suite: Option<CipherSuite>,
    /// Whether the server allows only a group that the client does not begin with.
    pub(super) retry: bool,
    /// Whether the server asks for a certificate of the client, and whether that has one.
    pub(super) client_certificate: Option<bool>,
    /// Whether the client sends early data when it resumes.
    pub(super) early_data: bool,
}

impl Setting {
    pub(super) fn new(version: &'static SupportedProtocolVersion) -> Self {
        Self {
            version,
            suite: None,
            retry: false,
            client_certificate: None,
            early_data: false,
        }
    }
}

/// The secrets that the client writes down.
#[derive(Debug, Default)]
struct Lines(Mutex<String>);

impl rustls::KeyLog for Lines {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let [random, secret] = [client_random, secret].map(hex::encode);
        let line = format!("{label} {random} {secret}\n");
        self.0.lock().unwrap().push_str(&line);
    }
}

/// A CA, and a certificate for `stage.example` of it.
struct Certificates {
    authority: CertificateDer<'static>,
    own: CertificateDer<'static>,
    key: Vec<u8>,
}

fn certificates() -> &'static Certificates {
    static ONCE: OnceLock<Certificates> = OnceLock::new();
    ONCE.get_or_init(|| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let names = vec!["stage.example".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        Certificates {
            authority,
            own: params.signed_by(&key, &issuer).unwrap().der().clone(),
            key: key.serialize_der(),
        }
    })
}

fn identity() -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let all = certificates();
    let key = PrivatePkcs8KeyDer::from(all.key.clone());
    let chain = vec![all.own.clone(), all.authority.clone()];
    (chain, PrivateKeyDer::Pkcs8(key))
}

fn roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add(certificates().authority.clone()).unwrap();
    Arc::new(roots)
}

fn provider(groups: &[&'static dyn SupportedKxGroup]) -> CryptoProvider {
    CryptoProvider {
        kx_groups: groups.to_vec(),
        ..ring::default_provider()
    }
}

/// Both sides' configurations. Connections made of the same ones resume.
#[derive(Clone)]
pub(super) struct Configs {
    pub(super) client: ClientConfig,
    pub(super) server: ServerConfig,
    keys: Arc<Lines>,
}

impl Configs {
    pub(super) fn new(setting: &Setting) -> Self {
        let groups = [ring::kx_group::X25519, ring::kx_group::SECP256R1];
        let mut answering = provider(if setting.retry { &groups[1..] } else { &groups });
        if let Some(suite) = setting.suite {
            answering.cipher_suites.retain(|it| it.suite() == suite);
        }
        let answering = Arc::new(answering);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&answering))
            .with_protocol_versions(&[setting.version])
            .unwrap();
        let builder = match setting.client_certificate {
            None => builder.with_no_client_auth(),
            Some(_) => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(roots(), answering)
                    .allow_unauthenticated()
                    .build()
                    .unwrap(),
            ),
        };
        let (chain, key) = identity();
        let mut server = builder.with_single_cert(chain, key).unwrap();
        server.alpn_protocols = vec![b"h2".to_vec()];
        if setting.early_data {
            server.max_early_data_size = 16 * 1024;
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(provider(&groups)))
            .with_protocol_versions(&[setting.version])
            .unwrap()
            .with_root_certificates(roots());
        let mut client = if setting.client_certificate == Some(true) {
            let (chain, key) = identity();
            builder.with_client_auth_cert(chain, key).unwrap()
        } else {
            builder.with_no_client_auth()
        };
        let keys = Arc::new(Lines::default());
        client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        client.key_log = Arc::<Lines>::clone(&keys);
        client.enable_early_data = setting.early_data;
        client.resumption = Resumption::in_memory_sessions(4);
        Self {
            client,
            server,
            keys,
        }
    }
}

/// A connection, and what went over the wire.
pub(super) struct Peers {
    pub(super) client: ClientConnection,
    pub(super) server: ServerConnection,
    keys: Arc<Lines>,
    /// The bytes as they were written, with their direction.
    pub(super) wire: Vec<(Direction, Vec<u8>)>,
    /// The plaintext that arrived.
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
}

impl Peers {
    pub(super) fn new(configs: &Configs) -> Self {
        let name = ServerName::try_from("stage.example").unwrap();
        Self {
            client: ClientConnection::new(Arc::new(configs.client.clone()), name).unwrap(),
            server: ServerConnection::new(Arc::new(configs.server.clone())).unwrap(),
            keys: Arc::clone(&configs.keys),
            wire: Vec::new(),
            sent: Vec::new(),
            received: Vec::new(),
        }
    }

    /// A connection with its handshake done.
    pub(super) fn connected(configs: &Configs) -> Self {
        let mut peers = Self::new(configs);
        peers.pump();
        assert!(!peers.client.is_handshaking() && !peers.server.is_handshaking());
        peers
    }

    /// Every secret so far.
    pub(super) fn keys(&self) -> String {
        self.keys.0.lock().unwrap().clone()
    }

    /// Carries bytes until both sides have nothing to say. A side that fails says so to the other.
    pub(super) fn pump(&mut self) {
        loop {
            let mut bytes = Vec::new();
            while self.client.wants_write() {
                self.client.write_tls(&mut bytes).unwrap();
            }
            let mut rest = bytes.as_slice();
            while !rest.is_empty() && self.server.read_tls(&mut rest).unwrap() > 0 {
                if let Ok(state) = self.server.process_new_packets() {
                    let mut plain = vec![0; state.plaintext_bytes_to_read()];
                    if let Some(mut early) = self.server.early_data() {
                        early.read_to_end(&mut self.sent).unwrap();
                    }
                    self.server.reader().read_exact(&mut plain).unwrap();
                    self.sent.extend_from_slice(&plain);
                }
            }
            let mut answer = Vec::new();
            while self.server.wants_write() {
                self.server.write_tls(&mut answer).unwrap();
            }
            let mut rest = answer.as_slice();
            while !rest.is_empty() && self.client.read_tls(&mut rest).unwrap() > 0 {
                if let Ok(state) = self.client.process_new_packets() {
                    let mut plain = vec![0; state.plaintext_bytes_to_read()];
                    self.client.reader().read_exact(&mut plain).unwrap();
                    self.received.extend_from_slice(&plain);
                }
            }
            let quiet = bytes.is_empty() && answer.is_empty();
            for (direction, bytes) in [(Direction::Sent, bytes), (Direction::Received, answer)] {
                if !bytes.is_empty() {
                    self.wire.push((direction, bytes));
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// The client sends a request, and the server a reply of `length` bytes.
    pub(super) fn exchange(&mut self, request: &[u8], length: usize) {
        self.client.writer().write_all(request).unwrap();
        self.pump();
        let reply: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let mut rest = reply.as_slice();
        while !rest.is_empty() {
            let written = self.server.writer().write(rest).unwrap();
            rest = &rest[written..];
            self.pump();
        }
    }

    /// Both sides say goodbye.
    pub(super) fn close(&mut self) {
        self.client.send_close_notify();
        self.pump();
        self.server.send_close_notify();
        self.pump();
    }
}
