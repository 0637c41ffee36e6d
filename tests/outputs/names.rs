//! Names for the values of a live command that differ between runs.

/// What follows the number of a duration.
const UNITS: [&str; 4] = [" µs", " ms", " s", " min"];

/// What precedes a number that differs between runs.
const PREFIXES: [(&str, &str); 6] = [
    ("_us\": ", "<time>"),
    ("_us\" value=\"", "<time>"),
    (" time=\"", "<time>"),
    ("127.0.0.1:", "<port>"),
    ("127\\.0\\.0\\.1\\:", "<port>"),
    ("last_run_timestamp_seconds ", "<date>"),
];

/// Replaces durations, ports and dates by names.
pub(crate) fn replaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // Prometheus writes a time without its unit.
        let seconds = line.starts_with("grpc_probe_duration_seconds{");
        let mut rest = line;
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, number) = rest.split_at(at);
            out.push_str(before);
            let length = number
                .find(|c: char| !c.is_ascii_digit() && !".,\\".contains(c))
                .unwrap_or(number.len());
            let (number, after) = number.split_at(length);
            let number = number.trim_end_matches(['.', ',', '\\']);
            let prefix = PREFIXES.iter().find(|(it, _)| out.ends_with(it));
            let is_part = out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
            let unit = UNITS.iter().find(|unit| {
                after
                    .strip_prefix(**unit)
                    .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
            });
            let mut length = at + number.len();
            let name = match (prefix, unit) {
                (Some((_, name)), _) => name,
                (None, Some(unit)) if !is_part => {
                    // Durations in a column are right-aligned.
                    let blanks = out.len() - out.trim_end_matches(' ').len();
                    out.truncate(out.len() - blanks.saturating_sub(1));
                    length += unit.len();
                    "<time>"
                }
                _ if seconds && out.ends_with("} ") => "<time>",
                _ => number,
            };
            out.push_str(name);
            rest = &rest[length..];
        }
        out.push_str(rest);
    }
    out
}
