//! Every fault of a certificate chain, each apart.
//!
//! The TLS library stops at the first fault, so that an unknown issuer would hide a wrong name. Here name, times and
//! trust are judged by themselves and written down, and the handshake is let through, so that version, cipher and
//! ALPN are seen too. Nothing is sent on a connection with faults afterwards, unless the user said so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use crate::http::certificate;
use crate::http::certificate::Certificate;
use crate::http::tls::CertificateFault;

/// What a verifier saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The certificates, the server's own first.
    pub(super) chain: Vec<Certificate>,
    /// What is wrong with them.
    pub(super) faults: Vec<CertificateFault>,
    /// Whether the server's certificate is an authority's, and is itself trusted.
    pub(super) authority_as_server: bool,
    /// Whether the verifier ended the handshake for these faults.
    pub(super) stopped: bool,
}

/// Writes down what it sees.
#[derive(Debug)]
pub(super) struct Verifier {
    roots: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
    /// Whether a fault ends the handshake: where a client certificate would go to a server that is not the one meant.
    strict: bool,
    seen: Mutex<Seen>,
}

impl Verifier {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        algorithms: WebPkiSupportedAlgorithms,
        strict: bool,
    ) -> Self {
        Self {
            roots,
            algorithms,
            strict,
            seen: Mutex::default(),
        }
    }

    /// What was seen so far.
    pub(super) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a certificate is one of the trusted ones: the same name and the same key.
    fn is_trusted_itself(&self, certificate: &CertificateDer<'_>) -> bool {
        let mut own = RootCertStore::empty();
        own.add(certificate.clone().into_owned()).is_ok()
            && own.roots.iter().all(|own| self.roots.roots.contains(own))
    }

    fn faults(
        &self,
        chain: &[Certificate],
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Vec<CertificateFault> {
        let parsed = match ParsedCertificate::try_from(end_entity) {
            Ok(parsed) => parsed,
            Err(error) => {
                let mut faults: Vec<_> = time_faults(chain, now).collect();
                faults.push(trust_fault(chain, &error));
                return faults;
            }
        };
        let trust = |at| {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.roots,
                intermediates,
                at,
                self.algorithms.all,
            )
        };
        let mut faults = Vec::new();
        if let Err(error) = trust(now) {
            // Only where the chain does not hold: a server may send more certificates than the path needs, and what
            // is wrong with the others is nobody's trouble.
            faults.extend(time_faults(chain, now));
            let hidden_by_time = is_about_time(&error);
            let fault = if hidden_by_time {
                trust(within_validity(chain, now)).err()
            } else {
                Some(error)
            };
            match fault {
                Some(still) if is_about_time(&still) && !faults.is_empty() => {}
                Some(still) => faults.push(trust_fault(chain, &still)),
                None => {}
            }
        }
        if let Err(error) = verify_server_name(&parsed, server_name) {
            faults.push(name_fault(chain, server_name, &error));
        }
        faults
    }
}

/// The faults of times as each certificate states them.
fn time_faults(chain: &[Certificate], now: UnixTime) -> impl Iterator<Item = CertificateFault> {
    let now = seconds(now);
    chain
        .iter()
        .enumerate()
        .filter_map(move |(certificate, it)| {
            if now > it.not_after {
                Some(CertificateFault::Expired {
                    certificate,
                    not_after: it.not_after,
                    now,
                })
            } else if now < it.not_before {
                Some(CertificateFault::NotYetValid {
                    certificate,
                    not_before: it.not_before,
                    now,
                })
            } else {
                None
            }
        })
}

/// A time at which all of the chain is valid, or else its first certificate.
fn within_validity(chain: &[Certificate], now: UnixTime) -> UnixTime {
    let start = chain.iter().map(|it| it.not_before).max();
    let end = chain.iter().map(|it| it.not_after).min();
    let at = match (start, end, chain.first()) {
        (Some(start), Some(end), _) if start <= end => seconds(now).clamp(start, end),
        (_, _, Some(first)) if first.not_before <= first.not_after => {
            seconds(now).clamp(first.not_before, first.not_after)
        }
        _ => return now,
    };
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)))
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn is_about_time(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}

fn unknown_issuer(chain: &[Certificate]) -> CertificateFault {
    CertificateFault::UnknownIssuer {
        issuer: missing_issuer(chain),
        self_signed: is_self_signed(chain),
    }
}

fn is_self_signed(chain: &[Certificate]) -> bool {
    chain.first().is_some_and(|own| own.subject == own.issuer)
}

fn trust_fault(chain: &[Certificate], error: &Error) -> CertificateFault {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => unknown_issuer(chain),
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
            let words = inner.to_string();
            // What its maker meant is that it be trusted by itself, which it is not.
            if words == CA_AS_SERVER && is_self_signed(chain) {
                return unknown_issuer(chain);
            }
            CertificateFault::Other(in_words(words))
        }
        other => CertificateFault::Other(other.to_string()),
    }
}

/// What is wrong with an authority's certificate that stands as a server's, as `openssl req -x509` makes them.
const AUTHORITY_AS_SERVER: &str = "it is an authority's certificate (its CA flag is set) and stands as a server's, \
                                   which rustls refuses; Go and OpenSSL let it pass";

/// Whether a fault is that one, in either of the forms in which it is told.
fn is_authority_as_server(fault: &CertificateFault) -> bool {
    match fault {
        CertificateFault::Other(words) => words == AUTHORITY_AS_SERVER,
        CertificateFault::UnknownIssuer { self_signed, .. } => *self_signed,
        _ => false,
    }
}

/// The library's name for it.
const CA_AS_SERVER: &str = "CaUsedAsEndEntity";

/// The library's words, where they are words: some faults have a name alone.
fn in_words(fault: String) -> String {
    match fault.as_str() {
        CA_AS_SERVER => AUTHORITY_AS_SERVER.to_owned(),
        "UnsupportedCertVersion" => {
            "it is of X.509 version 1, which has no names; version 3 is needed".to_owned()
        }
        _ => fault,
    }
}

/// The issuer at which the way up through the certificates sent ends.
fn missing_issuer(chain: &[Certificate]) -> String {
    let Some(mut current) = chain.first() else {
        return String::new();
    };
    // A way longer than the chain goes in a circle.
    for _ in chain {
        let above = chain.iter().find(|it| it.subject == current.issuer);
        match above {
            Some(above) if above.subject != current.subject => current = above,
            _ => break,
        }
    }
    current.issuer.clone()
}

fn name_fault(chain: &[Certificate], wanted: &ServerName<'_>, error: &Error) -> CertificateFault {
    match error {
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => CertificateFault::WrongName {
            wanted: wanted.to_str().into_owned(),
            names: chain.first().map_or_else(Vec::new, |own| own.names.clone()),
        },
        other => CertificateFault::Other(other.to_string()),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|der| certificate::describe(der))
            .collect();
        let trusted_itself = self.is_trusted_itself(end_entity);
        let mut faults = self.faults(&chain, end_entity, intermediates, server_name, now);
        let listed = faults.len();
        faults.retain(|fault| !(trusted_itself && is_authority_as_server(fault)));
        let authority_as_server = faults.len() < listed;
        let stopped = self.strict && !faults.is_empty();
        *self.lock() = Seen {
            chain,
            faults,
            authority_as_server,
            stopped,
        };
        if stopped {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
    };

    use super::*;

    const NOW: u64 = 1_750_000_000;

    fn authority(name: &str, last_year: i32) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn leaf(
        issuer: &CertifiedIssuer<'static, KeyPair>,
        name: &str,
        years: (i32, i32),
    ) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, issuer).unwrap().der().clone()
    }

    fn verify(
        root: &CertifiedIssuer<'static, KeyPair>,
        chain: &[CertificateDer<'static>],
        strict: bool,
    ) -> (Seen, bool) {
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        let verifier = Verifier::new(Arc::new(roots), algorithms, strict);
        let result = verifier.verify_server_cert(
            &chain[0],
            &chain[1..],
            &ServerName::try_from("stage.example").unwrap(),
            &[],
            UnixTime::since_unix_epoch(Duration::from_secs(NOW)),
        );
        (verifier.seen(), result.is_ok())
    }

    #[test]
    fn a_good_chain_has_no_faults() {
        let root = authority("Root", 2060);
        let chain = [leaf(&root, "stage.example", (2020, 2060))];
        let (seen, passed) = verify(&root, &chain, true);
        assert_eq!(seen.faults, []);
        assert!(passed);
        assert_eq!(seen.chain[0].issuer, "CN=Root");
    }

    #[test]
    fn every_fault_is_named() {
        let root = authority("Root", 2060);
        let stranger = authority("Stranger", 2060);
        let chain = [leaf(&stranger, "other.example", (2020, 2021))];
        let (seen, passed) = verify(&root, &chain, false);
        assert!(passed);
        assert!(!seen.stopped);
        assert_eq!(
            seen.faults,
            [
                CertificateFault::Expired {
                    certificate: 0,
                    not_after: 1_609_459_200,
                    now: NOW as i64,
                },
                CertificateFault::UnknownIssuer {
                    issuer: "CN=Stranger".to_owned(),
                    self_signed: false,
                },
                CertificateFault::WrongName {
                    wanted: "stage.example".to_owned(),
                    names: vec!["other.example".to_owned()],
                },
            ]
        );
        assert!(verify(&root, &chain, true).0.stopped);
        assert!(!verify(&root, &chain, true).1);
    }

    #[test]
    fn time_alone() {
        let root = authority("Root", 2060);
        let (seen, _) = verify(&root, &[leaf(&root, "stage.example", (2040, 2041))], false);
        assert!(matches!(
            seen.faults[..],
            [CertificateFault::NotYetValid { certificate: 0, .. }]
        ));
    }

    #[test]
    fn an_expired_certificate_that_the_path_does_not_need() {
        let root = authority("Root", 2060);
        let old = authority("Old", 2010);
        let chain = [
            leaf(&root, "stage.example", (2020, 2060)),
            old.der().clone(),
        ];
        assert_eq!(verify(&root, &chain, true).0.faults, []);
    }

    #[test]
    fn self_signed() {
        let root = authority("Root", 2060);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["stage.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let (seen, _) = verify(&root, &[own.der().clone()], false);
        assert!(matches!(
            seen.faults[..],
            [CertificateFault::UnknownIssuer {
                self_signed: true,
                ..
            }]
        ));
    }

    /// What `openssl req -x509` makes, and `--cacert` names: OpenSSL and Go take it.
    #[test]
    fn an_authority_that_is_trusted_may_serve() {
        let root = authority("stage.example", 2060);
        let (seen, _) = verify(&root, &[root.der().clone()], false);
        assert_eq!(
            seen.faults.len(),
            1,
            "it has no such name: {:?}",
            seen.faults
        );
        assert!(matches!(
            seen.faults[..],
            [CertificateFault::WrongName { .. }]
        ));
        assert!(seen.authority_as_server);
        let other = authority("stage.example", 2060);
        let (seen, _) = verify(&root, &[other.der().clone()], false);
        assert!(!seen.authority_as_server);
        let self_signed = |fault: &CertificateFault| {
            matches!(
                fault,
                CertificateFault::UnknownIssuer {
                    self_signed: true,
                    ..
                }
            )
        };
        assert!(seen.faults.iter().any(self_signed), "{:?}", seen.faults);
    }

    #[test]
    fn no_certificate_at_all() {
        let root = authority("Root", 2060);
        let (seen, _) = verify(&root, &[CertificateDer::from(b"junk".to_vec())], false);
        assert!(matches!(seen.faults[..], [CertificateFault::Other(_)]));
    }
}
