//! The TLS handshake and what it shows.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use rustls::client::{ClientConfig, ResolvesClientCert, Resumption};
use rustls::sign::CertifiedKey;
use rustls::{ClientConnection, ProtocolVersion, SignatureScheme};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::capture::Capture;
use super::keylog::Secrets;
use super::tee::{Beneath, Ending, Tee, Transport, tls_error};
use super::tls::TlsConfig;
use super::verify::Verifier;
use crate::http::tls::{Alpn, ClientCertificate, Tls, TlsFailure, Verified};
use crate::wire::{Protocol, alert};

/// How long to wait for the rest of an answer that is no TLS.
const QUIET: Duration = Duration::from_millis(50);

/// Shakes hands over `transport`, and lets a capture have the secrets. The stream is there whenever the handshake completed, faults of the chain or not.
pub(super) async fn handshake(
    transport: Box<dyn Transport>,
    config: &TlsConfig,
    capture: Option<&Capture>,
    deadline: Instant,
) -> (Tls, Option<Box<dyn Transport>>) {
    let mut tls = Tls {
        server_name: config.server_name.to_str().into_owned(),
        offered: config.alpn.clone(),
        insecure: config.insecure,
        alpn: Alpn::Nothing,
        ..Tls::default()
    };
    let strict = config.identity.is_some() && !config.insecure;
    let verifier = Arc::new(Verifier::new(
        Arc::clone(&config.roots),
        config.provider.signature_verification_algorithms,
        strict,
    ));
    let identity = Arc::new(Identity::new(config.identity.clone()));
    let secrets = Secrets {
        file: config.keylog.clone(),
        capture: capture.cloned(),
    };
    let client = match client(config, &verifier, &identity, secrets) {
        Ok(client) => client,
        Err(error) => {
            tls.failure = Some(TlsFailure::Other(error.to_string()));
            return (tls, None);
        }
    };
    let tee = Tee::new(transport, Beneath::default());
    let connector = TlsConnector::from(Arc::new(client));
    let started = Instant::now();
    let connecting = connector.connect(config.server_name.clone(), tee.clone());
    let result = timeout_at(deadline, connecting).await;
    tls.took = started.elapsed();
    let seen = verifier.seen();
    tls.chain = seen.chain;
    tls.verified = match seen.faults {
        faults if !faults.is_empty() => Verified::Faults(faults),
        _ if tls.chain.is_empty() => Verified::NotChecked,
        _ => Verified::Yes,
    };
    tls.authority_as_server = seen.authority_as_server;
    tls.client_certificate = match identity.asked() {
        // It was to follow the server's certificate, and that was as far as it went.
        ClientCertificate::Sent if seen.stopped => ClientCertificate::RequestedNoneSent,
        asked => asked,
    };
    match result {
        Ok(Ok(stream)) => {
            describe(&mut tls, stream.get_ref().1);
            tls.complete = true;
            (tls, Some(Box::new(stream)))
        }
        // The faults say it all.
        Ok(Err(_)) if seen.stopped => (tls, None),
        Ok(Err(error)) => {
            tls.failure = Some(failure(&tee, Some(&error), deadline).await);
            (tls, None)
        }
        Err(_) => {
            tls.failure = Some(failure(&tee, None, deadline).await);
            (tls, None)
        }
    }
}

fn client(
    config: &TlsConfig,
    verifier: &Arc<Verifier>,
    identity: &Arc<Identity>,
    secrets: Secrets,
) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&config.provider));
    let mut client = builder
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::<Verifier>::clone(verifier))
        .with_client_cert_resolver(Arc::<Identity>::clone(identity));
    client.alpn_protocols = config.alpn.iter().map(|it| it.clone().into()).collect();
    // Every call shows a whole handshake.
    client.resumption = Resumption::disabled();
    client.key_log = Arc::new(secrets);
    Ok(client)
}

fn describe(tls: &mut Tls, connection: &ClientConnection) {
    tls.version = connection.protocol_version().map(|version| match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    });
    tls.cipher = connection
        .negotiated_cipher_suite()
        .map(|cipher| format!("{:?}", cipher.suite()));
    tls.alpn = connection
        .alpn_protocol()
        .map(|protocol| String::from_utf8_lossy(protocol).into_owned())
        .into();
}

/// Why a handshake failed: what the server sent says more than the error, which is absent at the deadline.
async fn failure(tee: &Tee<Beneath>, error: Option<&io::Error>, deadline: Instant) -> TlsFailure {
    if tee.watch(|it| is_not_tls(&it.first)) {
        gather(tee, deadline).await;
        let bytes = tee.watch(|it| std::mem::take(&mut it.first));
        let protocol = Protocol::recognise(&bytes);
        return TlsFailure::NotTls { protocol, bytes };
    }
    let (received, ending) = tee.watch(|it| (it.received, it.ending.clone()));
    let Some(error) = error else {
        return TlsFailure::TimedOut { received };
    };
    match (tls_error(error), ending) {
        (Some(rustls::Error::AlertReceived(description)), _) => alert_failure(*description),
        (Some(other), _) => TlsFailure::Other(other.to_string()),
        (None, Some(Ending::Closed)) => TlsFailure::Closed {
            received,
            error: None,
        },
        (None, Some(Ending::Broken { text, .. })) => TlsFailure::Closed {
            received,
            error: Some(text),
        },
        // The end showed in a write.
        (None, None) => TlsFailure::Closed {
            received,
            error: Some(error.to_string()),
        },
    }
}

/// The failure that an alert means.
pub(super) fn alert_failure(description: rustls::AlertDescription) -> TlsFailure {
    let description = u8::from(description);
    TlsFailure::Alert {
        description,
        name: alert::name(description),
    }
}

/// Whether bytes cannot begin a TLS record: its content types are 20 to 24, its major version is 3 (RFC 8446, 5.1).
fn is_not_tls(first: &[u8]) -> bool {
    match first {
        [] => false,
        [kind] => !(20..=24).contains(kind),
        [kind, major, ..] => !(20..=24).contains(kind) || *major != 3,
    }
}

/// Reads the rest of an answer, such as an HTTP/1.1 error page: the TLS library stopped at its first bytes.
async fn gather(tee: &Tee<Beneath>, deadline: Instant) {
    let mut tee = tee.clone();
    let mut scratch = [0; 1024];
    let reading = async {
        while let Ok(Ok(1..)) = timeout(QUIET, tee.read(&mut scratch)).await {
            if tee.watch(|it| it.received > it.first.len() as u64) {
                break;
            }
        }
    };
    // What has come until the deadline is what there is.
    let _ = timeout_at(deadline, reading).await;
}

const NOT_ASKED: u8 = 0;
const NOTHING_TO_SEND: u8 = 1;
const SENT: u8 = 2;

/// Hands out the client certificate, and remembers that it was asked for.
#[derive(Debug)]
struct Identity {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicU8,
}

impl Identity {
    fn new(key: Option<Arc<CertifiedKey>>) -> Self {
        Self {
            key,
            asked: AtomicU8::new(NOT_ASKED),
        }
    }

    fn asked(&self) -> ClientCertificate {
        match self.asked.load(Ordering::Relaxed) {
            SENT => ClientCertificate::Sent,
            NOTHING_TO_SEND => ClientCertificate::RequestedNoneSent,
            _ => ClientCertificate::NotRequested,
        }
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // A key that can sign in none of the ways asked for is not sent.
        let fitting = self
            .key
            .as_ref()
            .filter(|key| key.key.choose_scheme(schemes).is_some());
        let asked = if fitting.is_some() {
            SENT
        } else {
            NOTHING_TO_SEND
        };
        self.asked.store(asked, Ordering::Relaxed);
        fitting.cloned()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_of_a_record() {
        for tls in [&[][..], &[22], &[21, 3], &[22, 3, 1, 0]] {
            assert!(!is_not_tls(tls), "{tls:?}");
        }
        for other in [&b"H"[..], b"HTTP/1.1", &[0, 0, 18, 4], &[22, 0], b"SSH-2.0"] {
            assert!(is_not_tls(other), "{other:?}");
        }
    }

    #[test]
    fn alerts_have_names() {
        assert_eq!(
            alert_failure(rustls::AlertDescription::CertificateRequired),
            TlsFailure::Alert {
                description: 116,
                name: "certificate_required"
            }
        );
        assert_eq!(
            alert_failure(rustls::AlertDescription::Unknown(200)),
            TlsFailure::Alert {
                description: 200,
                name: "unknown"
            }
        );
    }
}
