//! What TLS is to be spoken with: trust, identity, ALPN, key log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;

use super::keylog::KeyLogFile;

/// Which authorities are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's, as built in.
    #[default]
    Webpki,
    /// The operating system's.
    System,
}

/// TLS as the user asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// PEM file of the authorities to trust, instead of `roots`.
    pub cacert: Option<PathBuf>,
    /// PEM file of the client certificate, its chain after it.
    pub cert: Option<PathBuf>,
    /// PEM file of the client certificate's key; where it is missing, the key is looked for in `cert`.
    pub key: Option<PathBuf>,
    /// Which authorities are trusted.
    pub roots: Roots,
    /// Report what is wrong with the server's certificate, and go on.
    pub insecure: bool,
    /// The name to send as SNI and to look for in the certificate, instead of the host's.
    pub server_name: Option<String>,
    /// The ALPN protocols to offer; none, and the extension is left out.
    pub alpn: Vec<String>,
    /// File to append the secrets of the connection to, in the form that Wireshark reads.
    pub keylog: Option<PathBuf>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            cacert: None,
            cert: None,
            key: None,
            roots: Roots::default(),
            insecure: false,
            server_name: None,
            alpn: vec!["h2".to_owned()],
            keylog: None,
        }
    }
}

/// Why [`TlsConfig::load`] failed. Each names the file, or the value, at fault.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not PEM.
    #[error("{} is not well-formed PEM: {error}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: pem::Error,
    },
    /// A PEM file without a certificate.
    #[error("{} holds no certificate in PEM form", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A PEM file without a key that can be used.
    #[error("{} holds no private key in PEM form (an encrypted one has to be decrypted first)", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A key without a certificate.
    #[error("the key {} is of no use without a client certificate", path.display())]
    KeyAlone {
        /// The key's file.
        path: PathBuf,
    },
    /// A certificate that cannot be an authority.
    #[error("{} holds a certificate that cannot be trusted as an authority: {error}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        error: rustls::Error,
    },
    /// A certificate and a key that do not work together.
    #[error("the certificate {} cannot be used with the key {}: {error}", cert.display(), key.display())]
    Identity {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        error: rustls::Error,
    },
    /// The operating system shows no authorities.
    #[error("the system's certificate authorities cannot be read: {0}")]
    SystemRoots(String),
    /// A name that no certificate can be for.
    #[error("`{0}` is no host name or address that a certificate can be for")]
    ServerName(String),
    /// A protocol name that ALPN cannot carry.
    #[error("`{0}` cannot be offered by ALPN: a protocol name has 1 to 255 bytes")]
    Alpn(String),
    /// The key log cannot be written.
    #[error("cannot write the key log {}: {error}", path.display())]
    KeyLog {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// TLS, ready for a handshake.
#[derive(Clone, Debug)]
pub struct TlsConfig {
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) roots: Arc<RootCertStore>,
    pub(super) identity: Option<Arc<CertifiedKey>>,
    pub(super) insecure: bool,
    pub(super) server_name: ServerName<'static>,
    pub(super) alpn: Vec<String>,
    pub(super) keylog: Option<Arc<KeyLogFile>>,
}

impl TlsConfig {
    /// Reads the files that `options` names, for a connection to `host`.
    ///
    /// # Errors
    ///
    /// Where a file or a value cannot be used.
    pub fn load(options: &TlsOptions, host: &str) -> Result<Self, LoadError> {
        let provider = Arc::new(ring::default_provider());
        Ok(Self {
            roots: Arc::new(roots(options)?),
            identity: identity(options, &provider)?,
            insecure: options.insecure,
            server_name: server_name(options.server_name.as_deref().unwrap_or(host))?,
            alpn: alpn(&options.alpn)?,
            keylog: options.keylog.as_deref().map(keylog).transpose()?,
            provider,
        })
    }

    /// The same with another name to send as SNI and to look for in the certificate.
    ///
    /// # Errors
    ///
    /// Where it is no name.
    pub fn named(&self, name: &str) -> Result<Self, LoadError> {
        Ok(Self {
            server_name: server_name(name)?,
            ..self.clone()
        })
    }
}

fn keylog(path: &Path) -> Result<Arc<KeyLogFile>, LoadError> {
    let opened = KeyLogFile::open(path).map(Arc::new);
    opened.map_err(|error| LoadError::KeyLog {
        path: path.to_owned(),
        error,
    })
}

fn roots(options: &TlsOptions) -> Result<RootCertStore, LoadError> {
    let mut store = RootCertStore::empty();
    if let Some(path) = &options.cacert {
        for certificate in certificates(path, &read(path)?)? {
            store
                .add(certificate)
                .map_err(|error| LoadError::Authority {
                    path: path.clone(),
                    error,
                })?;
        }
        return Ok(store);
    }
    match options.roots {
        Roots::Webpki => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            // Single certificates of a system's store can be beyond the library; the others serve.
            store.add_parsable_certificates(found.certs);
            if store.is_empty() {
                let why = found
                    .errors
                    .first()
                    .map_or_else(|| "there are none".to_owned(), ToString::to_string);
                return Err(LoadError::SystemRoots(why));
            }
        }
    }
    Ok(store)
}

fn identity(
    options: &TlsOptions,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>, LoadError> {
    let (cert, key) = match (&options.cert, &options.key) {
        (None, None) => return Ok(None),
        (None, Some(key)) => return Err(LoadError::KeyAlone { path: key.clone() }),
        (Some(cert), key) => (cert, key.as_ref().unwrap_or(cert)),
    };
    let chain = certificates(cert, &read(cert)?)?;
    let secret = match PrivateKeyDer::from_pem_slice(&read(key)?) {
        Ok(secret) => secret,
        Err(pem::Error::NoItemsFound) => return Err(LoadError::NoKey { path: key.clone() }),
        Err(error) => {
            return Err(LoadError::Pem {
                path: key.clone(),
                error,
            });
        }
    };
    match CertifiedKey::from_der(chain, secret, provider) {
        Ok(identity) => Ok(Some(Arc::new(identity))),
        Err(error) => Err(LoadError::Identity {
            cert: cert.clone(),
            key: key.clone(),
            error,
        }),
    }
}

fn certificates(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, LoadError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found {
        Ok(found) if found.is_empty() => Err(LoadError::NoCertificate {
            path: path.to_owned(),
        }),
        Ok(found) => Ok(found),
        Err(error) => Err(LoadError::Pem {
            path: path.to_owned(),
            error,
        }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|error| LoadError::Read {
        path: path.to_owned(),
        error,
    })
}

fn server_name(name: &str) -> Result<ServerName<'static>, LoadError> {
    // An IPv6 address as a URL has it.
    let inner = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    ServerName::try_from(inner.to_owned()).map_err(|_| LoadError::ServerName(name.to_owned()))
}

fn alpn(protocols: &[String]) -> Result<Vec<String>, LoadError> {
    match protocols
        .iter()
        .find(|it| it.is_empty() || it.len() > usize::from(u8::MAX))
    {
        Some(bad) => Err(LoadError::Alpn(bad.clone())),
        None => Ok(protocols.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["stage.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn sentence(options: &TlsOptions, host: &str) -> String {
        TlsConfig::load(options, host).unwrap_err().to_string()
    }

    #[test]
    fn each_failure_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Some(path)
        };
        let (certificate, key) = pair();
        let cert = file("cert.pem", &certificate);
        let key = file("key.pem", &key);
        let other = file("other.pem", &pair().1);
        let missing = Some(folder.path().join("missing.pem"));
        let defaults = TlsOptions::default;

        let options = TlsOptions {
            cacert: missing.clone(),
            ..defaults()
        };
        assert!(sentence(&options, "a").contains("missing.pem: No such file"));
        let options = TlsOptions {
            cacert: key.clone(),
            ..defaults()
        };
        assert!(sentence(&options, "a").ends_with("key.pem holds no certificate in PEM form"));
        let options = TlsOptions {
            cert: cert.clone(),
            ..defaults()
        };
        assert!(sentence(&options, "a").contains("cert.pem holds no private key"));
        let options = TlsOptions {
            key: key.clone(),
            ..defaults()
        };
        assert!(sentence(&options, "a").contains("key.pem is of no use without"));
        let options = TlsOptions {
            cert: cert.clone(),
            key: other,
            ..defaults()
        };
        assert!(sentence(&options, "a").contains("other.pem: "));
        let options = TlsOptions {
            keylog: Some(folder.path().join("no/such/log")),
            ..defaults()
        };
        assert!(sentence(&options, "a").contains("no/such/log"));
        let options = TlsOptions {
            alpn: vec![String::new()],
            ..defaults()
        };
        assert!(sentence(&options, "a").contains("ALPN"));
        assert!(sentence(&defaults(), "not a name").starts_with("`not a name` is no host"));

        let options = TlsOptions {
            cacert: cert.clone(),
            cert,
            key,
            ..defaults()
        };
        let config = TlsConfig::load(&options, "[::1]").unwrap();
        assert!(config.identity.is_some());
        assert_eq!(config.roots.len(), 1);
        assert_eq!(config.server_name.to_str(), "::1");
    }

    #[test]
    fn mozillas_roots_are_the_default() {
        let config = TlsConfig::load(&TlsOptions::default(), "stage.example").unwrap();
        assert!(config.roots.len() > 50);
        assert_eq!(config.alpn, ["h2"]);
    }
}
