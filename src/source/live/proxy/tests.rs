use super::*;

fn of(
    variables: &[(&str, &str)],
    tls: bool,
    host: &str,
) -> Result<Option<String>, (&'static str, ProxyError)> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Proxy::of_environment(variable, tls, host, 443)
        .map(|proxy| proxy.map(|proxy| authority(&proxy.host, proxy.port)))
}

#[test]
fn urls_of_proxies() {
    for (text, host, port, credentials) in [
        ("http://proxy", "proxy", 80, None),
        ("proxy", "proxy", 1080, None),
        ("HTTP://proxy:3128/", "proxy", 3128, None),
        ("http://[::1]:3128", "::1", 3128, None),
        ("http://me:p%40ss@proxy:1", "proxy", 1, Some("bWU6cEBzcw==")),
        ("http://me@proxy:1", "proxy", 1, Some("bWU6")),
    ] {
        let proxy = Proxy::parse(text).unwrap();
        assert_eq!(proxy.address(), (host, port), "{text}");
        assert_eq!(proxy.credentials.as_deref(), credentials, "{text}");
        assert!(!format!("{proxy:?}").contains("me"), "{text}");
    }
    for bad in ["https://proxy", "socks5://proxy:1"] {
        assert_eq!(Proxy::parse(bad), Err(ProxyError::Scheme), "{bad}");
    }
    for bad in ["", "http://", "http://proxy:0", "http://proxy:x", "a b"] {
        assert_eq!(Proxy::parse(bad), Err(ProxyError::Form), "{bad}");
    }
}

#[test]
fn variables_by_target() {
    let all = [
        ("http_proxy", "http://plain:1"),
        ("HTTPS_PROXY", "http://secure:2"),
        ("all_proxy", "http://all:3"),
    ];
    let some = |text: &str| Ok(Some(text.to_owned()));
    assert_eq!(of(&all, true, "example.com"), some("secure:2"));
    assert_eq!(of(&all, false, "example.com"), some("plain:1"));
    assert_eq!(of(&all[1..], false, "example.com"), some("secure:2"));
    assert_eq!(of(&all[2..], true, "example.com"), some("all:3"));
    assert_eq!(
        of(&[("HTTP_PROXY", "http://a:1")], false, "example.com"),
        Ok(None)
    );
    assert_eq!(of(&all, true, "localhost"), Ok(None));
    assert_eq!(of(&all, true, "127.0.0.2"), Ok(None));
    assert_eq!(
        of(&[("https_proxy", "socks5://a")], true, "example.com"),
        Err(("https_proxy", ProxyError::Scheme))
    );
}

#[test]
fn names_that_need_no_proxy() {
    let list = "internal, .example.com,192.0.2.7 other.test:8443";
    for host in [
        "internal",
        "a.internal",
        "example.com",
        "A.b.Example.com",
        "192.0.2.7",
    ] {
        assert!(is_excepted(list, host, 443), "{host}");
    }
    for host in [
        "notinternal",
        "example.org",
        "192.0.2.70",
        "1.192.0.2.7.test",
        "other.test",
    ] {
        assert!(!is_excepted(list, host, 443), "{host}");
    }
    assert!(is_excepted(list, "other.test", 8443));
    assert!(is_excepted("*", "anything", 1));
    assert!(!is_excepted("", "anything", 1));
}

#[test]
fn what_is_said_back_is_blotted() {
    let mut answer = b"you sent bWU6 and bWU6".to_vec();
    blot(&mut answer, b"bWU6");
    assert_eq!(answer, b"you sent **** and ****");
}

#[test]
fn statuses() {
    assert_eq!(status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
    assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
    assert_eq!(status(b"HTTP/1.1 OK\r\n\r\n"), None);
    assert_eq!(status(b"SSH-2.0"), None);
}
