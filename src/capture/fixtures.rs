//! Real captures, for the tests of what reads them.

/// The contents of a file of `fixtures/captures`.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let bytes: &[u8] = match name {
        "curl_trace_noprefix.log" => {
            include_bytes!("../../fixtures/captures/curl_trace_noprefix.log")
        }
        "curl_trace_ok.log" => include_bytes!("../../fixtures/captures/curl_trace_ok.log"),
        "curl_traceascii_ok.log" => {
            include_bytes!("../../fixtures/captures/curl_traceascii_ok.log")
        }
        "curl_v.log" => include_bytes!("../../fixtures/captures/curl_v.log"),
        "follow.hexdump.txt" => include_bytes!("../../fixtures/captures/follow.hexdump.txt"),
        "follow.raw.txt" => include_bytes!("../../fixtures/captures/follow.raw.txt"),
        "http2debug_noprefix.log" => {
            include_bytes!("../../fixtures/captures/http2debug_noprefix.log")
        }
        "http2debug_ok.log" => include_bytes!("../../fixtures/captures/http2debug_ok.log"),
        "nghttp.har" => include_bytes!("../../fixtures/captures/nghttp.har"),
        "nghttp_nv_noprefix.log" => {
            include_bytes!("../../fixtures/captures/nghttp_nv_noprefix.log")
        }
        "nghttp_v_color.log" => include_bytes!("../../fixtures/captures/nghttp_v_color.log"),
        "nghttp_v_ok.log" => include_bytes!("../../fixtures/captures/nghttp_v_ok.log"),
        "nghttpd_v.log" => include_bytes!("../../fixtures/captures/nghttpd_v.log"),
        "tls.keys.log" => include_bytes!("../../fixtures/captures/tls.keys.log"),
        "tls.pcapng" => include_bytes!("../../fixtures/captures/tls.pcapng"),
        "unary.hex" => include_bytes!("../../fixtures/captures/unary.hex"),
        _ => panic!("{name} is not in the list"),
    };
    bytes.to_vec()
}
