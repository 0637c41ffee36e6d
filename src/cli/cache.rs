//! What calls are prepared from and several of them share: schemas, TLS and bodies, read once.

use anyhow::Context as _;
use bytes::Bytes;

use super::options::{Message, SchemaFiles};
use crate::schema::Schema;
use crate::source::live::{TlsConfig, TlsOptions};

/// What is read from files once, however many calls need it.
#[derive(Debug, Default)]
pub(super) struct Cache {
    schemas: Vec<(SchemaFiles, Schema)>,
    tls: Vec<(TlsOptions, TlsConfig)>,
    bodies: Vec<(BodyOf, Bytes)>,
}

/// What a body is made of: the message, its type by these files and the method's name, and whether the call is to the
/// embedded stage, which has a message of its own.
type BodyOf = (Message, SchemaFiles, Option<String>, bool);

impl Cache {
    /// The schema of these files; the stage's own where there are none.
    pub(super) fn schema(&mut self, files: &SchemaFiles) -> anyhow::Result<&Schema> {
        let known = self.schemas.iter().position(|(of, _)| of == files);
        let at = match known {
            Some(at) => at,
            None => {
                self.schemas.push((files.clone(), files.load()?));
                self.schemas.len() - 1
            }
        };
        let found = self.schemas.get(at).context("no schema")?;
        Ok(&found.1)
    }

    /// The body that is made of this, by `make` where it is the first such.
    pub(super) fn body(
        &mut self,
        of: BodyOf,
        make: impl FnOnce() -> anyhow::Result<Vec<u8>>,
    ) -> anyhow::Result<Bytes> {
        if let Some((_, body)) = self.bodies.iter().find(|(known, _)| *known == of) {
            return Ok(body.clone());
        }
        let body = Bytes::from(make()?);
        self.bodies.push((of, body.clone()));
        Ok(body)
    }

    /// TLS by these options, to `host`.
    pub(super) fn tls(&mut self, options: TlsOptions, host: &str) -> anyhow::Result<TlsConfig> {
        if let Some((_, config)) = self.tls.iter().find(|(of, _)| *of == options) {
            let name = options.server_name.as_deref().unwrap_or(host);
            return Ok(config.named(name)?);
        }
        let config = TlsConfig::load(&options, host)?;
        self.tls.push((options, config.clone()));
        Ok(config)
    }
}
