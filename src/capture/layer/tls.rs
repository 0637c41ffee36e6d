//! TLS, and the layer in it.

use std::sync::Arc;

use super::super::tls::{Decryptor, Facts, KeyLog, NoPlaintext, Output};
use super::{Context, Layer};
use crate::http::tls::{self, Alpn};
use crate::http::{Place, Within};

/// The records of a connection, and what they carry.
#[derive(Debug)]
pub(in super::super) struct Tls {
    decryptor: Decryptor,
    inner: Layer,
    /// Why there was no plaintext when the handshake was last told.
    obstacles: [Option<NoPlaintext>; 2],
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            decryptor: Decryptor::new(),
            inner: Layer::new(true),
            obstacles: [None, None],
        }
    }
}

impl Tls {
    /// What the records showed.
    pub(super) const fn facts(&self) -> &Facts {
        self.decryptor.facts()
    }

    /// The layer in it.
    pub(super) const fn inner(&mut self) -> &mut Layer {
        &mut self.inner
    }

    /// How much memory it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        // The handshake is told to those who read the calls in a copy.
        let told = size_of::<tls::Tls>() + self.facts().memory();
        size_of::<Self>() + self.decryptor.memory() + told + self.inner.kept()
    }

    /// Gives up bytes that are kept.
    pub(super) fn shed(&mut self) {
        self.decryptor.shed();
        self.inner.shed();
    }

    /// Has the decryptor do something, and hands on what comes of it.
    pub(super) fn take(
        &mut self,
        context: &mut Context<'_>,
        then: impl FnOnce(&mut Decryptor, &KeyLog, &mut dyn FnMut(Output<'_>)),
    ) {
        // Where in a packet a byte stood is lost with the encryption.
        context.place = context.place.map(|place| match place.within {
            Within::Packet(number) => Place {
                within: Within::Encrypted(number),
                ..place
            },
            _ => place,
        });
        let (inner, keys) = (&mut self.inner, context.keys);
        then(&mut self.decryptor, keys, &mut |output| match output {
            Output::Plaintext(direction, bytes) => inner.bytes(direction, bytes, context),
            Output::Missing(direction, Some(bytes)) => inner.missing(direction, bytes, context),
            Output::Missing(direction, None) => inner.lose(direction, context),
            _ => {}
        });
        self.show(context);
    }

    /// Brings what is told of the handshake up to date, as long as that may change what is known of a call.
    fn show(&mut self, context: &mut Context<'_>) {
        let facts = self.decryptor.facts();
        let seen = context.opened.tls.as_deref();
        if *context.announced && seen.is_some_and(|seen| seen.complete) {
            return;
        }
        let obstacles = [&facts.received.no_plaintext, &facts.sent.no_plaintext];
        let same = self.obstacles.each_ref() == obstacles;
        if same && seen.is_some_and(|seen| is_of(seen, facts)) {
            return;
        }
        self.obstacles = obstacles.map(Clone::clone);
        context.opened.tls = Some(self::seen(facts));
    }
}

/// Returns true if nothing else is to be said of the handshake by now, but for what stands against decrypting.
fn is_of(seen: &tls::Tls, facts: &Facts) -> bool {
    let tls = &facts.tls;
    seen.complete == facts.complete
        && seen.resumed == facts.resumed
        && seen.alpn == alpn(facts)
        && seen.server_name == tls.server_name
        && seen.offered == tls.offered
        && seen.version == tls.version
        && seen.cipher == tls.cipher
        && seen.chain == tls.chain
        && seen.client_certificate == tls.client_certificate
        && seen.failure == tls.failure
}

/// The server's choice of a protocol, or that it made none, if that could be read.
fn alpn(facts: &Facts) -> Alpn {
    let version = facts.tls.version.as_deref();
    let readable = version != Some("TLS 1.3") || facts.received.decrypted > 0;
    match &facts.tls.alpn {
        Alpn::Unseen if version.is_some() && readable => Alpn::Nothing,
        alpn => alpn.clone(),
    }
}

/// What the records of a connection showed, for those who read its calls.
pub(in super::super) fn seen(facts: &Facts) -> Arc<tls::Tls> {
    let why = [&facts.received, &facts.sent];
    Arc::new(tls::Tls {
        alpn: alpn(facts),
        complete: facts.complete,
        resumed: facts.resumed,
        not_decrypted: why
            .iter()
            .find_map(|side| side.no_plaintext.as_ref().map(ToString::to_string)),
        ..facts.tls.clone()
    })
}
