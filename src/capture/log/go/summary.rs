//! What Go's Framer says of a frame: `TYPE flags=A|B stream=N len=N`, and what depends on the type.

use super::super::build::{self, error_code, frame_type, push_setting, setting_id};
use super::super::cursor::{Cursor, decimal, hexadecimal, split_once};
use super::unquote;
use crate::wire::{ErrorCode, Flags, FrameHeader, FrameType, SettingId};

/// The frame, with its payload as far as it is shown.
pub(super) fn read(summary: &[u8]) -> Option<(FrameHeader, Vec<u8>)> {
    let mut c = Cursor(summary);
    let kind = kind(c.until(b" "))?;
    let flags = if c.eat(" flags=") {
        c.until(b" ")
            .split(|b| *b == b'|')
            .try_fold(0, |all, name| Some(all | flag(name)?))?
    } else {
        0
    };
    let stream = if c.eat(" stream=") { c.number()? } else { 0 };
    let length: u32 = c.number_after(" len=")?;
    let header = FrameHeader {
        length,
        kind,
        flags: Flags(flags),
        reserved: false,
        stream,
    };
    let payload = match kind {
        FrameType::DATA => data(c, &header),
        FrameType::SETTINGS if length > 0 => settings(c)?,
        FrameType::WINDOW_UPDATE => {
            c.eat(" (conn)");
            c.number_after::<u32>(" incr=")?.to_be_bytes().to_vec()
        }
        FrameType::PING => quoted(c, " ping=\"")?,
        FrameType::RST_STREAM => code(&mut c)?.0.to_be_bytes().to_vec(),
        FrameType::GOAWAY => {
            let last_stream = c.number_after(" LastStreamID=")?;
            let code = code(&mut c)?;
            build::goaway(
                last_stream,
                code,
                &quoted(c, " Debug=\"").unwrap_or_default(),
            )
        }
        _ => Vec::new(),
    };
    // Someone may have taken something out of the line: then it is not what was sent.
    let fits = payload.len() <= length as usize;
    Some((header, if fits { payload } else { Vec::new() }))
}

fn kind(name: &[u8]) -> Option<FrameType> {
    match name.strip_prefix(b"UNKNOWN_FRAME_TYPE_") {
        Some(number) => decimal(number).map(FrameType),
        None => frame_type(name),
    }
}

fn flag(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"END_STREAM" => Flags::END_STREAM,
        b"ACK" => Flags::ACK,
        b"END_HEADERS" => Flags::END_HEADERS,
        b"PADDED" => Flags::PADDED,
        b"PRIORITY" => Flags::PRIORITY,
        _ => u8::try_from(hexadecimal(name)?).ok()?,
    })
}

/// The payload of DATA: the first 256 bytes of its data are shown, and how many are not. It is left empty where that
/// does not come to the frame's length.
fn data(mut c: Cursor<'_>, header: &FrameHeader) -> Vec<u8> {
    let Some((data, rest)) = c.eat(" data=\"").then(|| unquote(c.0)).flatten() else {
        return Vec::new();
    };
    let omitted = Cursor(rest).number_after(" (").unwrap_or(0_usize);
    let Some(padding) = (header.length as usize)
        .checked_sub(data.len())
        .and_then(|rest| rest.checked_sub(omitted))
    else {
        return Vec::new();
    };
    match (header.flags.has(Flags::PADDED), padding) {
        (true, _) => build::padded(&data, padding, omitted == 0).unwrap_or_default(),
        (false, 0) => data,
        (false, _) => Vec::new(),
    }
}

fn settings(mut c: Cursor<'_>) -> Option<Vec<u8>> {
    let mut payload = Vec::new();
    if !c.eat(", settings: ") {
        return None;
    }
    for setting in c.0.split(|b| *b == b',') {
        let (name, value) = split_once(setting.trim_ascii(), "=")?;
        let id = match name.strip_prefix(b"UNKNOWN_SETTING_") {
            Some(number) => SettingId(decimal(number)?),
            None => setting_id(name)?,
        };
        push_setting(&mut payload, id, decimal(value)?);
    }
    Some(payload)
}

fn code(c: &mut Cursor<'_>) -> Option<ErrorCode> {
    if !c.eat(" ErrCode=") {
        return None;
    }
    if c.eat("unknown error code ") {
        return hexadecimal(c.until(b" ")).map(ErrorCode);
    }
    error_code(c.until(b" "))
}

fn quoted(mut c: Cursor<'_>, name: &str) -> Option<Vec<u8>> {
    c.eat(name).then(|| unquote(c.0))?.map(|(bytes, _)| bytes)
}
