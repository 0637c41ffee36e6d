//! Header blocks of a connection, each after its length in two bytes: nghttp2 reads the same fields in them, and
//! refuses those that have a fault.

#![no_main]

#[path = "hpack/nghttp2.rs"]
mod nghttp2;

use grpc_probe::wire::hpack::{Block, Decoder, FaultKind};
use grpc_probe::wire::{HeaderBlock, Span};
use libfuzzer_sys::fuzz_target;

use self::nghttp2::Inflater;

/// The largest dynamic table that nghttp2 lets a sender choose: the initial SETTINGS_HEADER_TABLE_SIZE.
const TABLE_SIZE: u64 = 4096;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes;
    let (mut decoder, mut inflater) = (Decoder::new(), Inflater::new());
    let mut block = HeaderBlock::default();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (encoded, rest) = rest.split_at(length);
        bytes = rest;
        let encoded = Block {
            bytes: encoded,
            places: &[],
            missing: None,
        };
        decoder.decode(encoded, &mut block);
        let inflated = inflater.inflate(encoded.bytes);
        if block
            .faults
            .iter()
            .any(|fault| fault.kind == FaultKind::TooLarge)
        {
            return;
        }
        let Some(inflated) = inflated else {
            assert!(
                is_refused(&block),
                "nghttp2 refuses {:02x?}: {block:?}",
                encoded.bytes
            );
            return;
        };
        assert!(
            !is_refused(&block),
            "nghttp2 reads {:02x?}: {block:?}",
            encoded.bytes
        );
        let fields: Vec<_> = block
            .iter()
            .map(|field| (field.name, field.value))
            .collect();
        let theirs: Vec<_> = inflated
            .iter()
            .map(|(name, value)| (&name[..], &value[..]))
            .collect();
        assert_eq!(fields, theirs);
        assert_tiles(&block, length);
    }
});

/// Whether a block has what RFC 7541 calls an error. Size updates are faults only for who knows the settings.
fn is_refused(block: &HeaderBlock) -> bool {
    let mut updates = block.size_updates.iter();
    !block.is_known() || updates.any(|update| update.after_fields > 0 || update.size > TABLE_SIZE)
}

/// Fields and size updates make up the block.
fn assert_tiles(block: &HeaderBlock, length: usize) {
    let fields = block.iter().map(|field| field.span);
    let updates = block.size_updates.iter().map(|update| update.span);
    let end = updates.chain(fields).fold(0, |end, span: Span| {
        assert_eq!(span.offset, end, "spans leave no gap");
        span.end()
    });
    assert_eq!(end, length as u64, "all bytes are accounted for");
}
