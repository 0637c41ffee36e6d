//! Payloads and field lists put together from what a log says of them.

use crate::wire::hpack::{FIELD_OVERHEAD, LIST_LIMIT};
use crate::wire::{ErrorCode, FrameType, HeaderBlock, SettingId};

/// The type that a name stands for.
pub(super) fn frame_type(name: &[u8]) -> Option<FrameType> {
    (0..=FrameType::CONTINUATION.0)
        .chain([0xa, 0xc, 0x10])
        .map(FrameType)
        .find(|kind| kind.name().is_some_and(|known| known.as_bytes() == name))
}

/// The error code that a name stands for.
pub(super) fn error_code(name: &[u8]) -> Option<ErrorCode> {
    (0..=ErrorCode::HTTP_1_1_REQUIRED.0)
        .map(ErrorCode)
        .find(|code| code.name().is_some_and(|known| known.as_bytes() == name))
}

/// The setting that a name without `SETTINGS_` stands for.
pub(super) fn setting_id(name: &[u8]) -> Option<SettingId> {
    (SettingId::HEADER_TABLE_SIZE.0..=SettingId::NO_RFC7540_PRIORITIES.0)
        .chain([SettingId::GRPC_ALLOW_TRUE_BINARY_METADATA.0])
        .map(SettingId)
        .find(|id| id.name().is_some_and(|known| known.as_bytes() == name))
}

/// Appends a parameter of SETTINGS.
pub(super) fn push_setting(payload: &mut Vec<u8>, id: SettingId, value: u32) {
    payload.extend_from_slice(&id.0.to_be_bytes());
    payload.extend_from_slice(&value.to_be_bytes());
}

/// The payload of GOAWAY.
pub(super) fn goaway(last_stream: u32, code: ErrorCode, debug: &[u8]) -> Vec<u8> {
    let mut payload = last_stream.to_be_bytes().to_vec();
    payload.extend_from_slice(&code.0.to_be_bytes());
    payload.extend_from_slice(debug);
    payload
}

/// The payload of PRIORITY; logs have the weight as it is meant, 1 to 256.
pub(super) fn priority(dependency: u32, weight: u16, exclusive: bool) -> Option<Vec<u8>> {
    let weight = u8::try_from(weight.checked_sub(1)?).ok()?;
    let mut payload = (dependency & 0x7fff_ffff | u32::from(exclusive) << 31)
        .to_be_bytes()
        .to_vec();
    payload.push(weight);
    Some(payload)
}

/// The payload of padded DATA. `padding` counts the Pad Length octet, too. Where the data are not all shown nothing can
/// come after them.
pub(super) fn padded(data: &[u8], padding: usize, whole: bool) -> Option<Vec<u8>> {
    let pad_length = u8::try_from(padding.checked_sub(1)?).ok()?;
    let mut payload = Vec::with_capacity(data.len() + padding);
    payload.push(pad_length);
    payload.extend_from_slice(data);
    if whole {
        payload.resize(data.len() + padding, 0);
    }
    Some(payload)
}

/// Fields that are gathered line by line. What exceeds [`LIST_LIMIT`] is not kept, and makes them incomplete.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    list: Vec<(Vec<u8>, Vec<u8>)>,
    size: usize,
    incomplete: bool,
}

impl Fields {
    pub(super) fn push(&mut self, name: &[u8], value: &[u8]) {
        let size = self.size + name.len() + value.len() + FIELD_OVERHEAD;
        if size <= LIST_LIMIT {
            self.size = size;
            self.list.push((name.to_vec(), value.to_vec()));
        } else {
            self.incomplete = true;
        }
    }

    /// Appends what a line of the form `name: value` says; `false` where it is none.
    pub(super) fn push_line(&mut self, line: &[u8]) -> bool {
        // The colon that a pseudo-field begins with parts nothing.
        let Some(colon) = line.iter().skip(1).position(|b| *b == b':') else {
            return false;
        };
        let (name, value) = line.split_at(colon + 1);
        self.push(name, value[1..].trim_ascii());
        !name.contains(&b' ')
    }

    /// Says that fields may be missing.
    pub(super) fn mark_incomplete(&mut self) {
        self.incomplete = true;
    }

    pub(super) fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|(has, _)| has == name.as_bytes())
    }

    /// The fields as a block.
    pub(super) fn block(&self) -> HeaderBlock {
        let mut block = HeaderBlock::of_text(self.list.iter().map(|(n, v)| (&n[..], &v[..])));
        if self.incomplete {
            block.mark_incomplete();
        }
        block
    }

    /// The size of the list, as SETTINGS_MAX_HEADER_LIST_SIZE counts it.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}
