//! What is read of ClientHello, ServerHello, EncryptedExtensions and Certificate.

use super::keylog::RANDOM_LENGTH;
use super::reader::Reader;

/// Protocols kept of an ALPN offer. Clients offer two or three.
const OFFERED_MAX: usize = 32;

/// Certificates kept of a chain. Chains in use have two to four.
const CHAIN_MAX: usize = 16;

/// The longest host name, in bytes (RFC 1035, 2.3.4). What is longer is cut.
const NAME_MAX: usize = 255;

/// The random that makes a ServerHello a HelloRetryRequest (RFC 8446, 4.1.3).
const HELLO_RETRY_REQUEST: [u8; RANDOM_LENGTH] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The extensions that are read (IANA, TLS ExtensionType Values).
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const ALPN: u16 = 16;
    pub(super) const PRE_SHARED_KEY: u16 = 41;
    pub(super) const EARLY_DATA: u16 = 42;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
}

/// ClientHello (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2).
#[derive(Debug)]
pub(super) struct ClientHello<'a> {
    pub(super) random: [u8; RANDOM_LENGTH],
    pub(super) session_id: &'a [u8],
    /// SNI (RFC 6066, 3).
    pub(super) server_name: Option<String>,
    /// The protocols offered (RFC 7301).
    pub(super) offered: Vec<String>,
    /// Whether early data is to follow.
    pub(super) early_data: bool,
}

impl<'a> ClientHello<'a> {
    /// Reads the body of the message; extensions as far as they can be read.
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(body);
        reader.u16()?;
        let mut hello = Self {
            random: reader.array()?,
            session_id: reader.vector8()?.0,
            server_name: None,
            offered: Vec::new(),
            early_data: false,
        };
        reader.vector16()?;
        reader.vector8()?;
        for (kind, content) in extensions(&mut reader) {
            match kind {
                extension::SERVER_NAME => hello.server_name = server_name(content),
                extension::ALPN => hello.offered = protocols(content).take(OFFERED_MAX).collect(),
                extension::EARLY_DATA => hello.early_data = true,
                _ => {}
            }
        }
        Some(hello)
    }
}

/// ServerHello (RFC 8446, 4.1.3; RFC 5246, 7.4.1.3).
#[derive(Debug)]
pub(super) struct ServerHello<'a> {
    /// The version that was selected, wherever it says so.
    pub(super) version: u16,
    pub(super) random: [u8; RANDOM_LENGTH],
    pub(super) session_id: &'a [u8],
    pub(super) suite: u16,
    /// The protocol that was selected (TLS 1.2).
    pub(super) alpn: Option<String>,
    /// Whether a pre-shared key was accepted, which is how TLS 1.3 resumes.
    pub(super) pre_shared_key: bool,
}

impl<'a> ServerHello<'a> {
    /// Reads the body of the message; extensions as far as they can be read.
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(body);
        let mut hello = Self {
            version: reader.u16()?,
            random: reader.array()?,
            session_id: reader.vector8()?.0,
            suite: reader.u16()?,
            alpn: None,
            pre_shared_key: false,
        };
        reader.u8()?;
        for (kind, mut content) in extensions(&mut reader) {
            match kind {
                extension::ALPN => hello.alpn = protocols(content).next(),
                extension::PRE_SHARED_KEY => hello.pre_shared_key = true,
                extension::SUPPORTED_VERSIONS => {
                    hello.version = content.u16().unwrap_or(hello.version);
                }
                _ => {}
            }
        }
        Some(hello)
    }

    /// Whether it asks the client for another ClientHello instead of answering the first.
    pub(super) fn is_retry_request(&self) -> bool {
        self.random == HELLO_RETRY_REQUEST
    }
}

/// EncryptedExtensions (RFC 8446, 4.3.1).
#[derive(Debug, Default)]
pub(super) struct EncryptedExtensions {
    /// The protocol that was selected.
    pub(super) alpn: Option<String>,
    /// Whether early data was accepted.
    pub(super) early_data: bool,
}

impl EncryptedExtensions {
    /// Reads the body of the message, as far as it can be read.
    pub(super) fn parse(body: &[u8]) -> Self {
        let mut read = Self::default();
        for (kind, content) in extensions(&mut Reader(body)) {
            match kind {
                extension::ALPN => read.alpn = protocols(content).next(),
                extension::EARLY_DATA => read.early_data = true,
                _ => {}
            }
        }
        read
    }
}

/// The certificates of a Certificate message (RFC 8446, 4.4.2; RFC 5246, 7.4.2), as far as they can be read.
pub(super) fn certificates(body: &[u8], is_tls13: bool) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader(body);
    if is_tls13 {
        // The context of a request that is answered.
        reader.vector8();
    }
    let mut list = reader.vector24().unwrap_or(Reader(&[]));
    let next = move || {
        let certificate = list.vector24()?.0;
        if is_tls13 {
            list.vector16();
        }
        Some(certificate)
    };
    std::iter::from_fn(next).take(CHAIN_MAX)
}

/// Each extension's type and content; none where there is no such list.
fn extensions<'a>(reader: &mut Reader<'a>) -> impl Iterator<Item = (u16, Reader<'a>)> + use<'a> {
    let mut list = reader.vector16().unwrap_or(Reader(&[]));
    std::iter::from_fn(move || Some((list.u16()?, list.vector16()?)))
}

/// The first host name of a ServerNameList.
fn server_name(mut content: Reader<'_>) -> Option<String> {
    let mut list = content.vector16()?;
    let name = std::iter::from_fn(|| Some((list.u8()?, list.vector16()?)))
        .find_map(|(kind, name)| (kind == 0).then_some(name.0))?;
    let name = name.get(..NAME_MAX).unwrap_or(name);
    Some(String::from_utf8_lossy(name).into_owned())
}

/// The names of a ProtocolNameList.
fn protocols(mut content: Reader<'_>) -> impl Iterator<Item = String> {
    let mut list = content.vector16().unwrap_or(Reader(&[]));
    std::iter::from_fn(move || {
        let name = list.vector8()?.0;
        Some(String::from_utf8_lossy(name).into_owned())
    })
}
