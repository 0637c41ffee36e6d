//! The words of a script's line.

use std::fmt::Display;
use std::io::Write as _;
use std::str::FromStr;

use flate2::Compression;
use flate2::write::GzEncoder;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(String),
    Text(Vec<u8>),
}

impl Token {
    /// The word, or what no word equals.
    pub fn word(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Text(_) => "\"",
        }
    }
}

/// Takes a line apart, up to its comment.
pub fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = closing_quote(quoted).ok_or("a quote is not closed")?;
            tokens.push(Token::Text(text(&quoted[..end])?));
            rest = &quoted[end + 1..];
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        end
    })
}

/// Text with its escapes resolved.
pub fn text(escaped: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut rest = escaped;
    while let Some(at) = rest.find('\\') {
        out.extend(rest[..at].bytes());
        let escape = rest[at + 1..]
            .chars()
            .next()
            .ok_or("a backslash escapes nothing")?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        out.push(match escape {
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            '0' => 0,
            '\\' | '"' => escape as u8,
            'x' => {
                let digits = rest.get(..2).ok_or("`\\x` wants two digits")?;
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).map_err(|_| format!("`\\x{digits}` is no byte"))?
            }
            other => return Err(format!("no such escape: `\\{other}`")),
        });
    }
    out.extend(rest.bytes());
    Ok(out)
}

/// A number, decimal or hexadecimal, of the width that is asked for.
pub fn number<T: TryFrom<u64>>(word: &str) -> Result<T, String> {
    let value = match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => u64::from_str(word),
    };
    let value = value.map_err(|_| format!("`{word}` is no number"))?;
    T::try_from(value).map_err(|_| format!("`{word}` is too large"))
}

/// Bytes, part after part.
pub fn body(tokens: &[Token]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut tokens = tokens.iter();
    let mut hex = false;
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => {
                hex = false;
                out.extend(text);
            }
            Token::Word(word) if word == "hex" => hex = true,
            Token::Word(word) if word == "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder
                    .write_all(&body(tokens.as_slice())?)
                    .map_err(message)?;
                out.extend(encoder.finish().map_err(message)?);
                return Ok(out);
            }
            Token::Word(word) if word == "repeat" => {
                hex = false;
                let (Some(Token::Word(count)), Some(Token::Text(text))) =
                    (tokens.next(), tokens.next())
                else {
                    return Err("`repeat` wants a number and text".to_owned());
                };
                out.extend(text.repeat(number(count)?));
            }
            Token::Word(word) if hex => {
                out.extend(hex::decode(word).map_err(|_| format!("`{word}` is no hex"))?)
            }
            Token::Word(word) => return Err(format!("`{word}` does not belong here")),
        }
    }
    Ok(out)
}

fn message(error: impl Display) -> String {
    error.to_string()
}

/// The options of an action, taken one by one. What nobody takes is an error.
pub struct Options<'a> {
    words: Vec<&'a str>,
    body: Option<&'a [Token]>,
}

impl<'a> Options<'a> {
    pub fn new(tokens: &'a [Token]) -> Result<Self, String> {
        let starts_body = |token: &Token| match token {
            Token::Text(_) => true,
            Token::Word(word) => matches!(word.as_str(), "hex" | "gzip" | "repeat"),
        };
        let split = tokens.iter().position(starts_body).unwrap_or(tokens.len());
        let (words, rest) = tokens.split_at(split);
        let words: Vec<_> = words.iter().map(Token::word).collect();
        let body = (!rest.is_empty()).then_some(rest);
        Ok(Self { words, body })
    }

    /// Whether the word is there.
    pub fn flag(&mut self, name: &str) -> bool {
        let at = self.words.iter().position(|word| *word == name);
        at.map(|at| self.words.remove(at)).is_some()
    }

    /// The number of `name=N`.
    pub fn value<T: TryFrom<u64>>(&mut self, name: &str) -> Result<Option<T>, String> {
        let value = |word: &&'a str| {
            word.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='))
        };
        let at = self.words.iter().position(|word| value(word).is_some());
        let word = at.map(|at| self.words.remove(at));
        word.as_ref().and_then(value).map(number).transpose()
    }

    /// The next `name=value`.
    pub fn pair(&mut self) -> Option<(&'a str, &'a str)> {
        let at = self.words.iter().position(|word| word.contains('='))?;
        self.words.remove(at).split_once('=')
    }

    /// The next plain word.
    pub fn word(&mut self) -> Result<&'a str, String> {
        let at = self
            .words
            .iter()
            .position(|word| !word.contains('='))
            .ok_or("a value is missing")?;
        Ok(self.words.remove(at))
    }

    /// The bytes, and whether they are gzip from the start.
    pub fn body(&mut self) -> Result<(Vec<u8>, bool), String> {
        let Some(tokens) = self.body.take() else {
            return Ok((Vec::new(), false));
        };
        Ok((body(tokens)?, tokens[0].word() == "gzip"))
    }

    pub fn finish(self) -> Result<(), String> {
        match self.words.first() {
            Some(word) => Err(format!("no such option here: `{word}`")),
            None if self.body.is_some() => Err("no bytes belong here".to_owned()),
            None => Ok(()),
        }
    }
}
