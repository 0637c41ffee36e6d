//! Fields that C-core reads as numbers, codings and times, in whatever block of a response they stand, and what it takes
//! there; measured with grpcio 1.85. On anything else it ends the call.

use std::str::FromStr;

use super::compression::Encoding;
use super::metadata;
use crate::wire::HeaderBlock;
use crate::wire::hpack::Field;

/// How many bytes of `lb-cost-bin` are the cost; its name follows.
const COST_LENGTH: usize = 8;

/// The fields of a block that C-core cannot read: their values, or that `host` stands there again.
pub fn unreadable(block: &HeaderBlock) -> impl Iterator<Item = Field<'_>> {
    let mut hosts = 0;
    block.iter().filter(move |field| {
        hosts += usize::from(field.name == b"host");
        let again = field.name == b"host" && hosts > 1;
        field.unknown.is_none() && (again || !is_readable(field.name, field.value))
    })
}

fn is_readable(name: &[u8], value: &[u8]) -> bool {
    match name {
        b"grpc-encoding" | b"grpc-internal-encoding-request" => Encoding::parse(value).is_some(),
        b"grpc-previous-rpc-attempts" => number::<u32>(value).is_some(),
        b"grpc-retry-pushback-ms" => number::<i64>(value).is_some(),
        // The greatest number stands for none.
        b"grpc-status" => {
            number::<i32>(value).is_some_and(|status| (0..i32::MAX).contains(&status))
        }
        b"grpc-timeout" => is_timeout(value),
        b"grpclb_client_stats" => false,
        // What is no base64 is another fault.
        b"lb-cost-bin" => {
            metadata::decode_one_binary(value).is_none_or(|bytes| bytes.len() >= COST_LENGTH)
        }
        _ => true,
    }
}

fn number<N: FromStr>(value: &[u8]) -> Option<N> {
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

/// Any number of digits and a unit, with spaces between them.
fn is_timeout(value: &[u8]) -> bool {
    let Some((unit, digits)) = value.trim_ascii().split_last() else {
        return false;
    };
    let digits = digits.trim_ascii_end();
    b"numSMH".contains(unit) && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grpcio_takes_is_readable() {
        for (name, values) in [
            ("grpc-encoding", &["gzip", "deflate", "identity"][..]),
            ("grpc-internal-encoding-request", &["gzip"]),
            (
                "grpc-timeout",
                &[
                    "1S",
                    "5  S",
                    "00000000001S",
                    "9999999999999999999999n",
                    "0H",
                    "1u",
                ],
            ),
            (
                "grpc-previous-rpc-attempts",
                &["0", "+1", "01", "4294967295"],
            ),
            (
                "grpc-retry-pushback-ms",
                &["-5", "+1", "-9223372036854775808"],
            ),
            ("grpc-status", &["99", "+1", "0099", "2147483646"]),
            ("lb-cost-bin", &["AAAAAAAAAAA", "!!"]),
            ("x-anything", &["", "abc"]),
        ] {
            for value in values {
                assert!(
                    is_readable(name.as_bytes(), value.as_bytes()),
                    "{name}: {value}"
                );
            }
        }
    }

    #[test]
    fn what_grpcio_refuses_is_not() {
        for (name, values) in [
            (
                "grpc-encoding",
                &["", "GZIP", "br", "gzip,deflate", "gzip;q=1"][..],
            ),
            ("grpc-internal-encoding-request", &["", "x", "gzip,deflate"]),
            (
                "grpc-timeout",
                &["", "abc", "1x", "10", "S", "-1S", "1s", "1.5S", "1S,2S"],
            ),
            (
                "grpc-previous-rpc-attempts",
                &["", "abc", "-1", "-0", "+", "0x1", "4294967296"],
            ),
            (
                "grpc-retry-pushback-ms",
                &["", "abc", "1.5", "1,2", "-", "9223372036854775808"],
            ),
            ("grpc-status", &["", "abc", "-1", "1.0", "2147483647"]),
            ("grpclb_client_stats", &["", "x"]),
            ("lb-cost-bin", &["", "YQ", "YWFhYWFhYQ"]),
        ] {
            for value in values {
                assert!(
                    !is_readable(name.as_bytes(), value.as_bytes()),
                    "{name}: {value}"
                );
            }
        }
    }

    #[test]
    fn host_stands_there_once() {
        let block = |hosts: usize| {
            let field = (&b"host"[..], &b"a"[..]);
            HeaderBlock::of_text(std::iter::repeat_n(field, hosts))
        };
        assert_eq!(unreadable(&block(1)).count(), 0);
        assert_eq!(unreadable(&block(2)).count(), 1);
    }
}
