//! Certificates, described.

use std::net::IpAddr;

use ring::digest;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// How much of a certificate that does not parse is shown.
const UNPARSED_SHOWN: usize = 64;

/// A certificate, described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Subject, RFC 4514 form.
    pub subject: String,
    /// Issuer, RFC 4514 form.
    pub issuer: String,
    /// DNS names and addresses it is valid for (subjectAltName).
    pub names: Vec<String>,
    /// Start of validity, seconds since the Unix epoch.
    pub not_before: i64,
    /// End of validity, seconds since the Unix epoch.
    pub not_after: i64,
    /// Serial number, hex.
    pub serial: String,
    /// Public key algorithm and size, `RSA 2048`, `EC P-256`, `Ed25519`.
    pub key: String,
    /// SHA-256 of the certificate, hex.
    pub sha256: String,
}

/// The certificate in `der`. One that does not parse is shown as the hex of its first bytes, `#30820…`, the form that
/// RFC 4514 gives to what has no string; its times are those that fit any clock.
#[must_use]
pub fn describe(der: &[u8]) -> Certificate {
    let sha256 = sha256(der);
    let Ok(parsed) = x509_cert::Certificate::from_der(der) else {
        let shown = &der[..der.len().min(UNPARSED_SHOWN)];
        return Certificate {
            subject: format!("#{}", hex::encode(shown)),
            not_before: i64::MIN,
            not_after: i64::MAX,
            sha256,
            ..Certificate::default()
        };
    };
    let body = parsed.tbs_certificate();
    let validity = body.validity();
    Certificate {
        subject: body.subject().to_string(),
        issuer: body.issuer().to_string(),
        names: match body.get_extension::<SubjectAltName>() {
            Ok(Some((_, names))) => names.0.iter().filter_map(name).collect(),
            _ => Vec::new(),
        },
        not_before: seconds(validity.not_before),
        not_after: seconds(validity.not_after),
        serial: hex::encode(body.serial_number().as_bytes()),
        key: key(body.subject_public_key_info()),
        sha256,
    }
}

fn seconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let address = <[u8; 4]>::try_from(octets)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from));
            Some(address.map_or_else(|_| format!("#{}", hex::encode(octets)), |it| it.to_string()))
        }
        _ => None,
    }
}

fn key(info: &SubjectPublicKeyInfoOwned) -> String {
    match info.algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => match rsa_bits(info.subject_public_key.raw_bytes()) {
            Some(bits) => format!("RSA {bits}"),
            None => "RSA".to_owned(),
        },
        "1.2.840.10045.2.1" => {
            let curve = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok())
                .map(|curve| curve.to_string());
            match curve.as_deref() {
                Some("1.2.840.10045.3.1.7") => "EC P-256".to_owned(),
                Some("1.3.132.0.34") => "EC P-384".to_owned(),
                Some("1.3.132.0.35") => "EC P-521".to_owned(),
                Some(other) => format!("EC {other}"),
                None => "EC".to_owned(),
            }
        }
        "1.3.101.112" => "Ed25519".to_owned(),
        "1.3.101.113" => "Ed448".to_owned(),
        other => other.to_owned(),
    }
}

/// The size of an RSA modulus: the first integer of `RSAPublicKey` (RFC 8017, A.1.1).
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let bits = reader.sequence(|inner| -> x509_cert::der::Result<usize> {
        let modulus = UintRef::decode(inner)?;
        UintRef::decode(inner)?;
        let bytes = modulus.as_bytes();
        let unused = bytes.first().map_or(0, |first| first.leading_zeros());
        Ok(bytes.len() * 8 - unused as usize)
    });
    bits.ok()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber};

    use super::*;

    #[test]
    fn a_certificate_in_words() {
        let mut params =
            CertificateParams::new(vec!["stage.example".to_owned(), "::1".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "stage, the");
        params.not_before = rcgen::date_time_ymd(2024, 1, 1);
        params.not_after = rcgen::date_time_ymd(2060, 1, 1);
        params.serial_number = Some(SerialNumber::from(vec![0x0a, 0x0b]));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let described = describe(certificate.der());
        assert_eq!(described.subject, r"CN=stage\, the");
        assert_eq!(described.issuer, described.subject);
        assert_eq!(described.names, ["stage.example", "::1"]);
        assert_eq!(described.not_before, 1_704_067_200);
        assert_eq!(described.not_after, 2_840_140_800);
        assert_eq!(described.serial, "0a0b");
        assert_eq!(described.key, "EC P-256");
        assert_eq!(described.sha256.len(), 64);
    }

    #[test]
    fn kinds_of_key() {
        for (algorithm, expected) in [
            (&rcgen::PKCS_ECDSA_P384_SHA384, "EC P-384"),
            (&rcgen::PKCS_ED25519, "Ed25519"),
        ] {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let certificate = CertificateParams::new(Vec::new())
                .unwrap()
                .self_signed(&key)
                .unwrap();
            assert_eq!(describe(certificate.der()).key, expected);
        }
    }

    #[test]
    fn the_size_of_an_rsa_key() {
        // SEQUENCE { INTEGER 0x00c001 (16 bits), INTEGER 65537 }
        let key = [
            0x30, 0x0a, 0x02, 0x03, 0x00, 0xc0, 0x01, 0x02, 0x03, 0x01, 0x00, 0x01,
        ];
        assert_eq!(rsa_bits(&key), Some(16));
        assert_eq!(rsa_bits(&key[..5]), None);
    }

    #[test]
    fn no_certificate_at_all() {
        let described = describe(b"junk");
        assert_eq!(described.subject, "#6a756e6b");
        assert_eq!(described.sha256.len(), 64);
        assert_eq!(describe(b"").subject, "#");
        // The digest of nothing (FIPS 180-4 test vector).
        assert!(describe(b"").sha256.starts_with("e3b0c44298fc1c14"));
    }
}
