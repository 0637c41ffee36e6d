//! Words and numbers for messages.

use std::time::{Duration, UNIX_EPOCH};

use crate::diagnosis::text;
use crate::wire::FrameType;

/// A time for a message: `1.25 s`, `40 ms`.
pub(in crate::rules) fn took(time: Duration) -> String {
    if time >= Duration::from_secs(1) {
        let text = format!("{:.2}", time.as_secs_f64());
        return format!("{} s", text.trim_end_matches('0').trim_end_matches('.'));
    }
    format!("{} ms", time.as_millis())
}

/// An instant for a message, RFC 3339 in UTC; the number where it is outside of what that can say.
pub(in crate::rules) fn instant(seconds: i64) -> String {
    /// The last second of the year 9999.
    const LAST: u64 = 253_402_300_799;
    match u64::try_from(seconds) {
        Ok(seconds) if seconds <= LAST => {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            humantime::format_rfc3339_seconds(time).to_string()
        }
        _ => format!("{seconds} s from 1970"),
    }
}

/// ` (and 2 more)`, where a finding stands for several like it.
pub(in crate::rules) fn more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    }
}

/// A frame type for a message.
pub(in crate::rules) fn frame_name(kind: FrameType) -> String {
    kind.name()
        .map_or_else(|| format!("type {}", kind.0), str::to_owned)
}

/// Field names, quoted, at most eight of them.
pub(in crate::rules) fn names(names: &[&[u8]]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| text(name)).collect();
    let rest = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{rest}", shown.join(", "))
}
