//! Secrets that a call sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Names of secrets: each that the table lists, one for each word and each end that it knows, and names in capitals.
const NAMES: [&str; 26] = [
    "Authorization",
    "proxy-authorization",
    "Cookie",
    "x-api-key",
    "x-api_key",
    "apikey",
    "x-password-of",
    "client-secret",
    "x-session",
    "x-amz-security-token",
    "x-auth-key",
    "x-functions-key",
    "ocp-apim-subscription-key",
    "x-access-key",
    "x-auth",
    "x-jwt",
    "x-passwd",
    "x-credential",
    "x-any-key",
    "x-any-token",
    "x-any-secret",
    "x-any-password",
    "x-any-credential",
    "x-any-jwt",
    "x-binary-key-bin",
    "X-Upper-Key",
];

/// Options that send a secret under each name, and the secrets.
pub(crate) fn headers() -> (Vec<String>, Vec<String>) {
    let mut arguments = Vec::new();
    let mut secrets = Vec::new();
    for (index, name) in NAMES.iter().enumerate() {
        let random = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Each has what some encoding writes in another way.
        let odd = ["\u{e9}=", "/+", "\"x", "\\u", "%41", "<&>", "a b", "-_"][index % 8];
        let secret = format!("v{random:016x}{odd}{:x}", random.rotate_left(13));
        let value = match *name {
            "Authorization" => format!("Bearer {}=b", secret.replace(' ', "")),
            "proxy-authorization" => {
                let user = format!("name:{secret}");
                secrets.push(STANDARD.encode(&user));
                format!("Basic {}", STANDARD.encode(user))
            }
            "Cookie" => format!("theme=dark; sid={secret}"),
            "x-binary-key-bin" => STANDARD.encode(&secret),
            _ => secret.clone(),
        };
        arguments.extend(["-H".to_owned(), format!("{name}: {value}")]);
        secrets.push(secret);
    }
    (arguments, secrets)
}
