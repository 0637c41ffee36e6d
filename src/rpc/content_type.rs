//! Content types that gRPC and its relatives use.

/// The media type without parameters.
#[must_use]
pub fn media_type(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|b| *b == b';').unwrap_or(value.len());
    value[..end].trim_ascii()
}

/// Whether a value announces gRPC over HTTP/2: `application/grpc`, or that followed by `+` or `;`.
#[must_use]
pub fn is_grpc(value: &[u8]) -> bool {
    let Some(rest) = strip_prefix_ignoring_case(value, b"application/grpc") else {
        return false;
    };
    matches!(rest.trim_ascii_start().first(), None | Some(b'+' | b';'))
}

/// Whether a value announces gRPC-Web, binary or text (PROTOCOL-WEB).
#[must_use]
pub fn is_grpc_web(value: &[u8]) -> bool {
    strip_prefix_ignoring_case(value, b"application/grpc-web").is_some()
}

fn strip_prefix_ignoring_case<'a>(value: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = value.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_and_its_relatives() {
        for good in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc; charset=utf-8",
            "Application/gRPC",
        ] {
            assert!(is_grpc(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "application/json",
            "application/grpc-web",
            "application/grpcx",
            "text/html",
            "application/gr",
        ] {
            assert!(!is_grpc(bad.as_bytes()), "{bad}");
        }
        assert!(is_grpc_web(b"application/grpc-web-text+proto"));
        assert_eq!(media_type(b"text/html ; charset=x"), b"text/html");
    }
}
