//! What those that gather logs put in front of every line: `web-1  | `, a time, the host and the process.

/// How far into a line its own text is looked for, in bytes.
const PREFIX_MAX: usize = 256;

/// What stands before the first line that is the log's own, and so before all others.
#[derive(Debug, Default)]
pub(super) struct Prefix(Option<Vec<u8>>);

impl Prefix {
    /// How many bytes of a line stand before its own text; `None` where it has not what stands before the others, so that
    /// another wrote it. `own` tells whether a text is how a line of the log begins.
    pub(super) fn length(&mut self, line: &[u8], own: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let Some(prefix) = &self.0 else {
            let start = start(line, own);
            self.0 = start.map(|start| line[..start].to_vec());
            return Some(start.unwrap_or(0));
        };
        // Blanks that it ends with may be lost before an empty line.
        let empty = || like(line, prefix.trim_ascii_end()).filter(|end| *end == line.len());
        let length = like(line, prefix).or_else(empty);
        if length.is_none() && own(line) {
            // Whatever it was that stood before the first, nothing stands before all lines.
            self.0 = Some(Vec::new());
            return Some(0);
        }
        length
    }
}

/// Where in a line a text begins that `own` knows: at its start, or after a blank.
pub(super) fn start(line: &[u8], own: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let blank = |at: usize| matches!(line[at - 1], b' ' | b'\t');
    (0..line.len().min(PREFIX_MAX)).find(|at| (*at == 0 || blank(*at)) && own(&line[*at..]))
}

/// How much of a text is like a prefix: only numbers change, with the time, and the blanks before them.
fn like(text: &[u8], prefix: &[u8]) -> Option<usize> {
    let (mut text_rest, mut rest) = (text, prefix);
    while !rest.is_empty() {
        let (digits, after) = number(rest);
        let (others, text_after) = number(text_rest);
        if digits > 0 && others > 0 {
            (text_rest, rest) = (text_after, after);
        } else {
            let ((byte, after), (other, text_after)) =
                (rest.split_first()?, text_rest.split_first()?);
            if byte != other {
                return None;
            }
            (text_rest, rest) = (text_after, after);
        }
    }
    Some(text.len() - text_rest.len())
}

/// How many digits a text begins with, after blanks, and what follows them.
fn number(text: &[u8]) -> (usize, &[u8]) {
    let start = text.trim_ascii_start();
    let digits = start.iter().take_while(|b| b.is_ascii_digit()).count();
    (digits, &start[digits..])
}
