//! Certificates, right and wrong, of a CA that exists once per process.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::script::{Alpn, Certificate, Tls};

/// How long ago the certificate of `tls expiring` became valid, in seconds: 87 days.
pub const EXPIRING_SINCE: i64 = 87 * 24 * 60 * 60;

/// When it ends: in three days and a half.
pub const EXPIRING_IN: i64 = 84 * 60 * 60;

/// The time, in seconds since the Unix epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

struct Ca {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
    /// PKCS #8.
    key: Vec<u8>,
}

fn ca(name: &str) -> Ca {
    let key = KeyPair::generate().unwrap();
    // With names it can stand as a server's certificate itself.
    let names = ["localhost", "127.0.0.1"].map(str::to_owned).to_vec();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).unwrap();
    Ca {
        der: certificate.der().clone(),
        pem: certificate.pem(),
        key: key.serialize_der(),
        issuer: Issuer::new(params, key),
    }
}

fn known() -> &'static Ca {
    static CA: OnceLock<Ca> = OnceLock::new();
    CA.get_or_init(|| ca("known test CA"))
}

/// The CA that a client of these servers is to trust.
pub fn ca_pem() -> String {
    known().pem.clone()
}

/// A certificate and key that a server with `client-cert required` takes.
pub fn client_pem() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &known().issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// A server's side of TLS, as a script wants it.
pub fn server_config(tls: &Tls) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let name = if tls.certificate == Certificate::WrongName {
        "elsewhere.example"
    } else {
        "localhost"
    };
    let mut names = vec![name.to_owned()];
    if tls.certificate != Certificate::WrongName {
        names.push("127.0.0.1".to_owned());
    }
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![match tls.certificate {
        Certificate::ForClients => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    match tls.certificate {
        Certificate::Expired => {
            params.not_before = date_time_ymd(2019, 3, 7);
            params.not_after = date_time_ymd(2019, 6, 5);
        }
        Certificate::NotYetValid => {
            params.not_before = date_time_ymd(2999, 1, 1);
            params.not_after = date_time_ymd(2999, 12, 31);
        }
        Certificate::Expiring => {
            let at = |seconds: i64| {
                date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds.try_into().unwrap())
            };
            params.not_before = at(now() - EXPIRING_SINCE);
            params.not_after = at(now() + EXPIRING_IN);
        }
        _ => {}
    }
    let certificate = match tls.certificate {
        Certificate::SelfSigned => params.self_signed(&key),
        Certificate::UnknownIssuer => params.signed_by(&key, &ca("unknown test CA").issuer),
        _ => params.signed_by(&key, &known().issuer),
    }
    .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if tls.client_cert {
        let mut roots = RootCertStore::empty();
        roots.add(known().der.clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let (chain, key) = match tls.certificate {
        Certificate::Authority => (known().der.clone(), known().key.clone()),
        _ => (certificate.der().clone(), key.serialize_der()),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let mut config = builder.with_single_cert(vec![chain], key).unwrap();
    config.alpn_protocols = match tls.alpn {
        Alpn::H2 => vec![b"h2".to_vec()],
        Alpn::Http11 => vec![b"http/1.1".to_vec()],
        Alpn::None => Vec::new(),
    };
    Arc::new(config)
}
