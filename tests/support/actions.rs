//! One line of a script turned into a frame, a header field or a time.

use std::time::Duration;

use super::frames::{self, Block, Frame, Literal, Name};
use super::server::LIMIT;
use super::words::{Options, body, number, text, tokens};

/// A frame whose fields are still to come.
pub struct Open {
    pub frame: Frame,
    pub block: Block,
    pub padded: Option<u8>,
}

/// The beginning of a frame that carries fields.
pub fn opened(
    verb: &str,
    options: &mut Options<'_>,
    stream: u32,
    padded: Option<u8>,
) -> Result<Open, String> {
    let frame = match verb {
        "headers" => {
            let mut frame = frames::headers(stream, [], options.flag("end_stream"));
            if options.flag("no_end_headers") {
                frame.flags &= !frames::END_HEADERS;
            }
            if options.flag("priority") {
                frame.flags |= frames::PRIORITY_FLAG;
                frame.payload = frames::priority_fields(false, 0, 16);
            }
            frame
        }
        "continuation" => frames::continuation(stream, [], options.flag("end_headers")),
        _ => frames::push_promise(
            stream,
            options
                .value("promised")?
                .ok_or("`push_promise` wants `promised=N`")?,
            &[],
        ),
    };
    Ok(Open {
        frame,
        block: Block::new(),
        padded,
    })
}

/// A frame that stands on one line.
pub fn single(verb: &str, options: &mut Options<'_>) -> Result<Frame, String> {
    Ok(match verb {
        "settings" if options.flag("ack") => frames::settings_ack(),
        "settings" => {
            let mut parameters = Vec::new();
            while let Some((name, value)) = options.pair() {
                parameters.push((named(frames::SETTING_NAMES, name)?, number(value)?));
            }
            frames::settings(&parameters)
        }
        "rst" => frames::rst_stream(0, named(frames::ERROR_NAMES, options.word()?)?),
        "goaway" => {
            let last = options.value("last")?.unwrap_or(0);
            let code = named(frames::ERROR_NAMES, options.word()?)?;
            frames::goaway(last, code, &options.body()?.0)
        }
        "ping" => {
            let ack = options.flag("ack");
            let (mut opaque, _) = options.body()?;
            opaque.resize(8, 0);
            let opaque = opaque.try_into().map_err(|_| "a ping has eight bytes")?;
            frames::ping(ack, opaque)
        }
        "window_update" => frames::window_update(0, number(options.word()?)?),
        "priority" => {
            let (depends, weight) = (
                options.value("depends")?.unwrap_or(0),
                options.value("weight")?.unwrap_or(16),
            );
            Frame::new(
                frames::PRIORITY,
                0,
                0,
                frames::priority_fields(options.flag("exclusive"), depends, weight),
            )
        }
        _ => {
            let kind = options.value("type")?.ok_or("`frame` wants `type=N`")?;
            let flags = options.value("flags")?.unwrap_or(0);
            let mut frame = Frame::new(kind, flags, 0, options.body()?.0);
            frame.length = options.value("length")?;
            frame.reserved = options.flag("reserved");
            frame
        }
    })
}

fn named<T: TryFrom<u64>>(names: &[(&str, u32)], word: &str) -> Result<T, String> {
    match names.iter().find(|(name, _)| *name == word) {
        Some((name, value)) => {
            T::try_from(u64::from(*value)).map_err(|_| format!("`{name}` does not fit"))
        }
        None => number(word),
    }
}

pub fn duration(word: &str) -> Result<Duration, String> {
    let time = match (word.strip_suffix("ms"), word.strip_suffix('s')) {
        (Some(millis), _) => Duration::from_millis(number(millis)?),
        (None, Some(seconds)) => Duration::from_secs(number(seconds)?),
        _ => return Err(format!("`{word}` is no time: write 50ms or 2s")),
    };
    if time < LIMIT {
        Ok(time)
    } else {
        Err(format!("`{word}`: a connection is limited to {LIMIT:?}"))
    }
}

pub fn field(mut block: Block, line: &str) -> Result<Block, String> {
    let (mut literal, mut huffman, mut index) = (Literal::Without, false, None);
    let mut rest = line;
    while let Some(marked) = rest.strip_prefix('!') {
        let (mark, after) = marked
            .split_once(char::is_whitespace)
            .unwrap_or((marked, ""));
        rest = after.trim_start();
        match mark.split_once('=') {
            None if mark == "huffman" => huffman = true,
            None if mark == "never" => literal = Literal::Never,
            None if mark == "incremental" => literal = Literal::Incremental,
            None if mark == "raw" => return Ok(block.raw(&body(&tokens(&format!("hex {rest}"))?)?)),
            Some(("index", value)) => index = Some(number(value)?),
            Some(("size", value)) if rest.is_empty() => return Ok(block.size(number(value)?)),
            _ => return Err(format!("no such mark: `!{mark}`")),
        }
    }
    if let (Some(index), "") = (index, rest) {
        return Ok(block.indexed(index));
    }
    // The colon of a pseudo-header field is part of its name.
    let colon = rest
        .char_indices()
        .skip(1)
        .find(|(_, char)| *char == ':')
        .map(|(at, _)| at);
    let (name, value) = rest.split_at(colon.ok_or("a field is `name: value`")?);
    let (name, value) = (text(name)?, text(value[1..].trim_start())?);
    let name = index.map_or(Name::Text(&name), Name::Index);
    block = block.literal(literal, name, &value, huffman);
    Ok(block)
}
