//! The cipher suites that can be decrypted.

use ring::{aead, hkdf, hmac};

/// An AEAD and a hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    /// What records are encrypted with.
    pub(super) aead: &'static aead::Algorithm,
    /// What TLS 1.3 derives keys with.
    pub(super) hkdf: hkdf::Algorithm,
    /// What TLS 1.2 derives keys with.
    pub(super) hmac: hmac::Algorithm,
}

impl Suite {
    const AES_128_GCM_SHA256: Self = Self {
        aead: &aead::AES_128_GCM,
        hkdf: hkdf::HKDF_SHA256,
        hmac: hmac::HMAC_SHA256,
    };
    const AES_256_GCM_SHA384: Self = Self {
        aead: &aead::AES_256_GCM,
        hkdf: hkdf::HKDF_SHA384,
        hmac: hmac::HMAC_SHA384,
    };
    const CHACHA20_POLY1305_SHA256: Self = Self {
        aead: &aead::CHACHA20_POLY1305,
        hkdf: hkdf::HKDF_SHA256,
        hmac: hmac::HMAC_SHA256,
    };

    /// The suite with this code (IANA, TLS Cipher Suites); `None` for those that are not of AES-GCM or
    /// ChaCha20-Poly1305. How the key exchange went is no matter: the key log has what came of it.
    pub(super) const fn of(code: u16) -> Option<Self> {
        Some(match code {
            0x1301
            // RSA, DHE, DH, DH_anon, PSK: by turns with AES-128 and AES-256 (RFC 5288, RFC 5487).
            | 0x009c | 0x009e | 0x00a0 | 0x00a2 | 0x00a4 | 0x00a6 | 0x00a8 | 0x00aa | 0x00ac
            // ECDHE, ECDH (RFC 5289), ECDHE_PSK (RFC 8442).
            | 0xc02b | 0xc02d | 0xc02f | 0xc031 | 0xd001 => Self::AES_128_GCM_SHA256,
            0x1302
            | 0x009d | 0x009f | 0x00a1 | 0x00a3 | 0x00a5 | 0x00a7 | 0x00a9 | 0x00ab | 0x00ad
            | 0xc02c | 0xc02e | 0xc030 | 0xc032 | 0xd002 => Self::AES_256_GCM_SHA384,
            // RFC 7905.
            0x1303 | 0xcca8..=0xccae => Self::CHACHA20_POLY1305_SHA256,
            _ => return None,
        })
    }

    /// The suite's name as our TLS library has it.
    pub(super) fn name(code: u16) -> String {
        format!("{:?}", rustls::CipherSuite::from(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_of_a_kind_that_can_be_decrypted() {
        let mut known = 0;
        for code in 0..=u16::MAX {
            let name = Suite::name(code);
            let aead = if name.contains("AES_128_GCM_SHA256") {
                Some(&aead::AES_128_GCM)
            } else if name.contains("AES_256_GCM_SHA384") {
                Some(&aead::AES_256_GCM)
            } else if name.contains("CHACHA20_POLY1305_SHA256") {
                Some(&aead::CHACHA20_POLY1305)
            } else {
                None
            };
            // Those that the TLS library has no name for are pre-shared keys'.
            if !name.contains("(0x") {
                let found = Suite::of(code).map(|it| it.aead);
                assert_eq!(found, aead, "{name}");
            }
            known += usize::from(aead.is_some());
        }
        assert!(known >= 9, "{known}");
    }

    #[test]
    fn the_hash_goes_with_the_cipher() {
        let hash = |code| Suite::of(code).map(|it| it.hkdf.hmac_algorithm());
        assert_eq!(hash(0x1302), Some(hmac::HMAC_SHA384));
        assert_eq!(hash(0xd001), Some(hmac::HMAC_SHA256));
        assert_eq!(hash(0xccac), Some(hmac::HMAC_SHA256));
        assert_eq!(Suite::name(0x1301), "TLS13_AES_128_GCM_SHA256");
        assert_eq!(Suite::name(0xc009), "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA");
    }
}
