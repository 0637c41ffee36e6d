//! The key that opens records of one direction, and how it is derived from a secret.

use std::ops::Range;

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};

use super::keylog::{RANDOM_LENGTH, Secret};
use super::record::{ContentType, HEADER_LENGTH, Header};
use super::suite::Suite;
use crate::wire::Direction;

/// The longest key, in bytes: that of AES-256 and of ChaCha20.
const KEY_MAX: usize = 32;

/// Length of the authentication tag of every suite, in bytes.
const TAG_LENGTH: usize = 16;

/// Length of the explicit nonce that AES-GCM has in each record of TLS 1.2, in bytes (RFC 5288, 3).
const EXPLICIT_NONCE_LENGTH: usize = 8;

/// What opens records of one direction, until its key changes.
#[derive(Debug)]
pub(super) struct RecordKey {
    key: LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
    form: Form,
}

/// How a record is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// RFC 8446, 5.2.
    Tls13,
    /// AES-GCM (RFC 5288).
    ExplicitNonce,
    /// ChaCha20-Poly1305 (RFC 7905).
    ImplicitNonce,
}

impl Form {
    /// The form of a suite in TLS 1.2.
    fn tls12(suite: Suite) -> Self {
        if suite.aead == &aead::CHACHA20_POLY1305 {
            Self::ImplicitNonce
        } else {
            Self::ExplicitNonce
        }
    }

    const fn explicit_nonce_length(self) -> usize {
        match self {
            Self::Tls13 | Self::ImplicitNonce => 0,
            Self::ExplicitNonce => EXPLICIT_NONCE_LENGTH,
        }
    }
}

/// The bytes of a record that are not plaintext, where it is not padded; its header is among them.
pub(super) fn overhead(suite: Suite, is_tls13: bool) -> usize {
    let beside = if is_tls13 {
        // The content type.
        1
    } else {
        Form::tls12(suite).explicit_nonce_length()
    };
    HEADER_LENGTH + beside + TAG_LENGTH
}

impl RecordKey {
    /// The key that TLS 1.3 makes of a secret (RFC 8446, 7.3).
    pub(super) fn tls13(suite: Suite, secret: &Secret) -> Option<Self> {
        let mut key = [0; KEY_MAX];
        let key = key.get_mut(..suite.aead.key_len())?;
        expand_label(suite, secret, b"key", key)?;
        let mut iv = [0; aead::NONCE_LEN];
        expand_label(suite, secret, b"iv", &mut iv)?;
        let key = UnboundKey::new(suite.aead, key).ok()?;
        Some(Self {
            key: LessSafeKey::new(key),
            iv,
            form: Form::Tls13,
        })
    }

    /// The key that TLS 1.2 makes of the master secret for a direction (RFC 5246, 6.3).
    pub(super) fn tls12(
        suite: Suite,
        master: &Secret,
        randoms: &[[u8; RANDOM_LENGTH]; 2],
        direction: Direction,
    ) -> Option<Self> {
        let form = Form::tls12(suite);
        let iv_length = aead::NONCE_LEN - form.explicit_nonce_length();
        let key_length = suite.aead.key_len();
        let [client_random, server_random] = randoms;
        let seed = [b"key expansion", &server_random[..], client_random].concat();
        let block = pseudo_random(suite, master, &seed, 2 * (key_length + iv_length));
        // The client's key, the server's, the client's IV, the server's.
        let place = usize::from(direction == Direction::Received);
        let key = block.get(place * key_length..)?.get(..key_length)?;
        let fixed = block.get(2 * key_length + place * iv_length..)?;
        let fixed = fixed.get(..iv_length)?;
        let mut iv = [0; aead::NONCE_LEN];
        iv.get_mut(..iv_length)?.copy_from_slice(fixed);
        let key = UnboundKey::new(suite.aead, key).ok()?;
        Some(Self {
            key: LessSafeKey::new(key),
            iv,
            form,
        })
    }

    /// Opens a record in place, and answers what it carries and where that stands. A record that does not open is gone.
    pub(super) fn open(
        &self,
        sequence: u64,
        record: &mut [u8],
    ) -> Option<(ContentType, Range<usize>)> {
        let (header, payload) = record.split_first_chunk_mut::<HEADER_LENGTH>()?;
        let Header { kind, .. } = Header::parse(header);
        let mut nonce = self.iv;
        let start = self.form.explicit_nonce_length();
        if self.form == Form::ExplicitNonce {
            let explicit = payload.first_chunk::<EXPLICIT_NONCE_LENGTH>()?;
            *nonce.last_chunk_mut()? = *explicit;
        } else {
            let counter: &mut [u8; 8] = nonce.last_chunk_mut()?;
            *counter = (u64::from_be_bytes(*counter) ^ sequence).to_be_bytes();
        }
        let ciphertext = payload.get_mut(start..)?;
        let length = ciphertext.len().checked_sub(TAG_LENGTH)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let content = if self.form == Form::Tls13 {
            let aad = Aad::from(*header);
            self.key.open_in_place(nonce, aad, ciphertext).ok()?
        } else {
            let mut aad = [0; 8 + HEADER_LENGTH];
            *aad.first_chunk_mut()? = sequence.to_be_bytes();
            *aad.last_chunk_mut()? = *header;
            *aad.last_chunk_mut()? = u16::try_from(length).ok()?.to_be_bytes();
            self.key
                .open_in_place(nonce, Aad::from(aad), ciphertext)
                .ok()?
        };
        let start = HEADER_LENGTH + start;
        if self.form != Form::Tls13 {
            return Some((kind, start..start + length));
        }
        // Padding is zeros; the last byte before it is the type (RFC 8446, 5.4).
        let end = content.iter().rposition(|byte| *byte != 0)?;
        let kind = ContentType(*content.get(end)?);
        Some((kind, start..start + end))
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446, 7.1).
fn expand_label(suite: Suite, secret: &Secret, label: &[u8], out: &mut [u8]) -> Option<()> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    const PREFIX: &[u8] = b"tls13 ";
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let label_length = [u8::try_from(PREFIX.len() + label.len()).ok()?];
    let info: [&[u8]; 5] = [&length, &label_length, PREFIX, label, &[0]];
    let secret = hkdf::Prk::new_less_safe(suite.hkdf, secret.bytes());
    let expanded = secret.expand(&info, Length(out.len())).ok()?;
    expanded.fill(out).ok()
}

/// The secret that follows another at a key update (RFC 8446, 7.2).
pub(super) fn updated(suite: Suite, secret: &Secret) -> Option<Secret> {
    let mut bytes = vec![0; secret.bytes().len()];
    expand_label(suite, secret, b"traffic upd", &mut bytes)?;
    Secret::new(&bytes)
}

/// At least `length` bytes of the PRF of TLS 1.2 (RFC 5246, 5).
fn pseudo_random(suite: Suite, secret: &Secret, seed: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(suite.hmac, secret.bytes());
    let mut out = Vec::new();
    let mut chain = hmac::sign(&key, seed);
    while out.len() < length {
        let mut block = hmac::Context::with_key(&key);
        block.update(chain.as_ref());
        block.update(seed);
        out.extend_from_slice(block.sign().as_ref());
        chain = hmac::sign(&key, chain.as_ref());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: u16 = 0x1301;

    fn bytes(digits: &str) -> Vec<u8> {
        hex::decode(digits.replace(' ', "")).unwrap()
    }

    fn secret(digits: &str) -> Secret {
        Secret::new(&bytes(digits)).unwrap()
    }

    /// The server's handshake key of RFC 8448, 3.
    #[test]
    fn keys_of_tls13() {
        let suite = Suite::of(SUITE).unwrap();
        let secret = secret("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let mut key = [0; 16];
        expand_label(suite, &secret, b"key", &mut key).unwrap();
        assert_eq!(hex::encode(key), "3fce516009c21727d0f2e4e86ee403bc");
        let key = RecordKey::tls13(suite, &secret).unwrap();
        assert_eq!(hex::encode(key.iv), "5d313eb2671276ee13000b30");
    }

    /// The test vector for the PRF with SHA-256 that the TLS working group published for RFC 5246.
    #[test]
    fn the_pseudo_random_function_of_tls12() {
        let suite = Suite::of(0x009c).unwrap();
        let secret = secret("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let seed = [b"test label".to_vec(), seed].concat();
        let out = pseudo_random(suite, &secret, &seed, 100);
        assert_eq!(
            hex::encode(&out[..100]),
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af\
             0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
             87347b66"
        );
    }

    #[test]
    fn padding_is_taken_off() {
        let suite = Suite::of(SUITE).unwrap();
        let secret = secret(&"07".repeat(32));
        let key = RecordKey::tls13(suite, &secret).unwrap();
        for (inner, expected) in [
            (
                &b"text\x17"[..],
                Some((ContentType::APPLICATION_DATA, 5..9)),
            ),
            (
                b"text\x00\x17\x00\x00",
                Some((ContentType::APPLICATION_DATA, 5..10)),
            ),
            (b"\x17\x00", Some((ContentType::APPLICATION_DATA, 5..5))),
            (b"\x01\x00\x15", Some((ContentType::ALERT, 5..7))),
            // All padding, which is an error of the sender.
            (b"\x00\x00", None),
        ] {
            let length = u8::try_from(inner.len() + TAG_LENGTH).unwrap();
            let mut record = vec![23, 3, 3, 0, length];
            let mut sealed = inner.to_vec();
            let mut nonce = key.iv;
            nonce[11] ^= 9;
            key.key
                .seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&record[..]),
                    &mut sealed,
                )
                .unwrap();
            record.extend_from_slice(&sealed);
            assert_eq!(key.open(8, &mut record.clone()), None);
            assert_eq!(key.open(9, &mut record), expected);
        }
    }

    #[test]
    fn records_that_are_too_short() {
        for code in [0x1301, 0xc02b, 0xcca9] {
            let suite = Suite::of(code).unwrap();
            let master = secret(&"07".repeat(48));
            let key = if code == SUITE {
                RecordKey::tls13(suite, &master)
            } else {
                RecordKey::tls12(suite, &master, &[[1; 32], [2; 32]], Direction::Sent)
            };
            for length in 0..40 {
                assert_eq!(key.as_ref().unwrap().open(0, &mut vec![23; length]), None);
            }
        }
    }
}
