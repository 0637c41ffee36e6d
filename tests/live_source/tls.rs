//! Calls over TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use grpc_probe::http::connection::Closing;
use grpc_probe::http::tls::{Alpn, CertificateFault, ClientCertificate, TlsFailure};
use grpc_probe::source::live::{Recording, TlsConfig, TlsOptions};
use grpc_probe::wire::Protocol;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncReadExt;

use super::*;
struct Authority(CertifiedIssuer<'static, KeyPair>);

struct Leaf {
    name: &'static str,
    last_year: i32,
    alpn: &'static [&'static [u8]],
    versions: Vec<&'static rustls::SupportedProtocolVersion>,
    client_certificate: bool,
}

impl Default for Leaf {
    fn default() -> Self {
        Self {
            name: "stage.example",
            last_year: 2060,
            alpn: &[b"h2"],
            versions: rustls::ALL_VERSIONS.to_vec(),
            client_certificate: false,
        }
    }
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn sign(&self, name: &str, last_year: i32) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(last_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    fn roots(&self) -> rustls::RootCertStore {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    fn server(&self, leaf: &Leaf) -> rustls::ServerConfig {
        let (certificate, key) = self.sign(leaf.name, leaf.last_year);
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&leaf.versions)
            .unwrap();
        let builder = if leaf.client_certificate {
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
                Arc::new(self.roots()),
                provider,
            );
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = leaf.alpn.iter().map(|it| it.to_vec()).collect();
        config
    }

    /// A file with the authority's certificate.
    fn file(&self, folder: &Path) -> PathBuf {
        write(folder, "authority.pem", &self.0.pem())
    }
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn tls_peer(config: rustls::ServerConfig) -> SocketAddr {
    peer(|stream| async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        if let Ok(stream) = acceptor.accept(stream).await {
            serve(stream, Bytes::from_static(b"\0\0\0\0\0")).await;
        }
    })
    .await
}

async fn tls_call(address: SocketAddr, options: &TlsOptions) -> Recording {
    let mut plan = plan(address.port());
    plan.tls = Some(TlsConfig::load(options, "stage.example").unwrap());
    plan.timeout = 3 * SECOND;
    record(plan).await
}

/// A call to a server of `authority`, trusting `trusted`.
async fn between(authority: &Authority, leaf: &Leaf, trusted: &Authority) -> Recording {
    let folder = tempfile::tempdir().unwrap();
    let address = tls_peer(authority.server(leaf)).await;
    let options = TlsOptions {
        cacert: Some(trusted.file(folder.path())),
        ..TlsOptions::default()
    };
    tls_call(address, &options).await
}

#[tokio::test]
async fn a_good_call_over_tls() {
    let authority = Authority::new("Root");
    let recording = between(&authority, &Leaf::default(), &authority).await;
    let tls = tls(&recording);
    assert_eq!(tls.faults(), []);
    assert_eq!(tls.failure, None);
    assert_eq!(tls.version.as_deref(), Some("TLS 1.3"));
    assert!(tls.cipher.as_deref().unwrap().starts_with("TLS13_"));
    assert_eq!(tls.alpn.selected(), Some("h2"));
    assert_eq!(tls.server_name, "stage.example");
    assert_eq!(tls.chain[0].names, ["stage.example"]);
    assert_eq!(tls.client_certificate, ClientCertificate::NotRequested);
    assert!(recording.call.response.trailers.is_some());
    assert!(recording.timing.tls.is_some());
    assert_eq!(*how(&recording), Closing::GaveUp);
}

#[tokio::test]
async fn nothing_is_sent_on_a_faulty_chain() {
    let (authority, other) = (Authority::new("Root"), Authority::new("Other"));
    let leaf = Leaf {
        name: "other.example",
        last_year: 2001,
        ..Leaf::default()
    };
    let recording = between(&authority, &leaf, &other).await;
    let tls = tls(&recording);
    assert!(matches!(
        tls.faults()[..],
        [
            CertificateFault::Expired { .. },
            CertificateFault::UnknownIssuer { .. },
            CertificateFault::WrongName { .. }
        ]
    ));
    assert_eq!(tls.failure, None);
    assert!(!tls.usable());
    assert_eq!(tls.alpn.selected(), Some("h2"));
    assert_eq!(recording.connection.sent, 0);
}

#[tokio::test]
async fn insecure_reports_and_goes_on() {
    let authority = Authority::new("Root");
    let address = tls_peer(authority.server(&Leaf::default())).await;
    let options = TlsOptions {
        insecure: true,
        ..TlsOptions::default()
    };
    let recording = tls_call(address, &options).await;
    assert_eq!(tls(&recording).faults().len(), 1);
    assert!(recording.call.response.trailers.is_some());
}

#[tokio::test]
async fn a_server_without_alpn() {
    let authority = Authority::new("Root");
    let leaf = Leaf {
        alpn: &[],
        versions: vec![&rustls::version::TLS12],
        ..Leaf::default()
    };
    let recording = between(&authority, &leaf, &authority).await;
    assert_eq!(tls(&recording).alpn, Alpn::Nothing);
    assert_eq!(tls(&recording).version.as_deref(), Some("TLS 1.2"));
    assert!(recording.call.response.trailers.is_some());
}

#[tokio::test]
async fn a_server_of_another_protocol() {
    let authority = Authority::new("Root");
    let leaf = Leaf {
        alpn: &[b"http/1.1"],
        ..Leaf::default()
    };
    let recording = between(&authority, &leaf, &authority).await;
    assert_eq!(
        tls(&recording).failure,
        Some(TlsFailure::Alert {
            description: 120,
            name: "no_application_protocol"
        })
    );
}

#[tokio::test]
async fn a_client_certificate_that_is_missing() {
    for (version, during) in [
        (&rustls::version::TLS12, true),
        (&rustls::version::TLS13, false),
    ] {
        let authority = Authority::new("Root");
        let leaf = Leaf {
            versions: vec![version],
            client_certificate: true,
            ..Leaf::default()
        };
        let recording = between(&authority, &leaf, &authority).await;
        let tls = tls(&recording);
        assert_eq!(
            tls.client_certificate,
            ClientCertificate::RequestedNoneSent,
            "{version:?}"
        );
        assert!(
            matches!(tls.failure, Some(TlsFailure::Alert { .. })),
            "{version:?} {:?} {:?}",
            tls.failure,
            recording.connection.closed
        );
        // Only TLS 1.3 lets the client believe that the handshake is over.
        assert_eq!(tls.version.is_none(), during);
    }
}

#[tokio::test]
async fn a_client_certificate() {
    let authority = Authority::new("Root");
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.sign("me.example", 2060);
    let options = TlsOptions {
        cacert: Some(authority.file(folder.path())),
        cert: Some(write(folder.path(), "cert.pem", &certificate.pem())),
        key: Some(write(folder.path(), "key.pem", &key.serialize_pem())),
        keylog: Some(folder.path().join("keys")),
        ..TlsOptions::default()
    };
    let leaf = Leaf {
        client_certificate: true,
        ..Leaf::default()
    };
    let address = tls_peer(authority.server(&leaf)).await;
    let recording = tls_call(address, &options).await;
    assert_eq!(tls(&recording).client_certificate, ClientCertificate::Sent);
    assert_eq!(tls(&recording).failure, None);
    assert!(recording.call.response.trailers.is_some());
    let keys = std::fs::read_to_string(folder.path().join("keys")).unwrap();
    assert!(keys.contains("CLIENT_TRAFFIC_SECRET_0 "));

    // A server that is not the one meant does not get it.
    let stranger = Authority::new("Stranger");
    let address = tls_peer(stranger.server(&leaf)).await;
    let recording = tls_call(address, &options).await;
    let tls = tls(&recording);
    assert!(matches!(
        tls.faults()[..],
        [CertificateFault::UnknownIssuer { .. }]
    ));
    assert_eq!(tls.failure, None);
    assert_eq!(tls.version, None);
    assert_ne!(tls.client_certificate, ClientCertificate::Sent);
}

#[tokio::test]
async fn tls_to_a_plaintext_port() {
    let options = TlsOptions::default();
    let address = saying(vec![(0, b"HTTP/1.1 400 Bad Request\r\n\r\nno".to_vec())]).await;
    let recording = tls_call(address, &options).await;
    let Some(TlsFailure::NotTls { protocol, bytes }) = &tls(&recording).failure else {
        panic!("{:?}", tls(&recording).failure);
    };
    assert_eq!(*protocol, Some(Protocol::Http1Response));
    assert!(bytes.ends_with(b"no"));

    let address = saying(vec![(0, settings(&[(3, 100)]))]).await;
    let recording = tls_call(address, &options).await;
    let Some(TlsFailure::NotTls { protocol, .. }) = &tls(&recording).failure else {
        panic!("{:?}", tls(&recording).failure);
    };
    assert_eq!(*protocol, None);
}

#[tokio::test]
async fn tls_to_a_server_that_leaves() {
    let address = peer(|mut stream| async move {
        let _ = stream.read(&mut [0; 65536]).await;
    })
    .await;
    let recording = tls_call(address, &TlsOptions::default()).await;
    assert_eq!(
        tls(&recording).failure,
        Some(TlsFailure::Closed {
            received: 0,
            error: None
        })
    );
}

#[tokio::test]
async fn tls_to_silence() {
    let address = saying(Vec::new()).await;
    let mut plan = plan(address.port());
    plan.tls = Some(TlsConfig::load(&TlsOptions::default(), "stage.example").unwrap());
    plan.connect_timeout = Some(SECOND / 4);
    let started = Instant::now();
    let recording = record(plan).await;
    assert!(started.elapsed() < SECOND);
    assert_eq!(
        tls(&recording).failure,
        Some(TlsFailure::TimedOut { received: 0 })
    );
    assert_eq!(recording.connection.sent, 0);
}

#[tokio::test]
async fn a_tls_port() {
    let authority = Authority::new("Root");
    let server = authority.server(&Leaf::default());
    let address = peer(|stream| async move {
        let _ = tokio_rustls::TlsAcceptor::from(Arc::new(server))
            .accept(stream)
            .await;
    })
    .await;
    let recording = call(address).await;
    let foreign = recording.connection.foreign.as_ref().unwrap();
    assert!(
        matches!(foreign.protocol, Protocol::TlsAlert { .. }),
        "{foreign:?}"
    );
}
