//! Events that own their bytes, and the rule that their spans tile the input.

use grpc_probe::wire::foreign::KEPT;
use grpc_probe::wire::{Event, FrameHeader, HeaderBlock, Protocol, What};

/// An event that owns its bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) what: Owned,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Owned {
    Preface,
    Frame {
        header: FrameHeader,
        payload: Vec<u8>,
        block: Option<HeaderBlock>,
    },
    Foreign {
        protocol: Protocol,
        bytes: Vec<u8>,
    },
    Missing,
    Skipped {
        bytes: Vec<u8>,
    },
    Cut {
        header: Option<FrameHeader>,
        bytes: Vec<u8>,
    },
}

impl Owned {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Preface => "preface",
            Self::Frame { header, .. } => header.kind.name().unwrap_or("unknown"),
            Self::Foreign { .. } => "foreign",
            Self::Missing => "missing",
            Self::Skipped { .. } => "skipped",
            Self::Cut { .. } => "cut",
        }
    }

    pub(crate) fn block(&self) -> Option<&HeaderBlock> {
        if let Self::Frame { block, .. } = self {
            block.as_ref()
        } else {
            None
        }
    }
}

impl From<Event<'_>> for Kept {
    fn from(event: Event<'_>) -> Self {
        let what = match event.what {
            What::Preface => Owned::Preface,
            What::Frame { frame, block } => {
                // A view must hold on any payload, and the fields must read.
                let _ = format!("{:?}", frame.view());
                Owned::Frame {
                    header: frame.header,
                    payload: frame.payload.to_vec(),
                    block: block.cloned(),
                }
            }
            What::Foreign { protocol, bytes } => Owned::Foreign {
                protocol,
                bytes: bytes.to_vec(),
            },
            What::Missing => Owned::Missing,
            What::Skipped { bytes } => Owned::Skipped {
                bytes: bytes.to_vec(),
            },
            What::Cut { header, bytes } => Owned::Cut {
                header,
                bytes: bytes.to_vec(),
            },
        };
        Self {
            offset: event.span.offset,
            length: event.span.length,
            what,
        }
    }
}

#[track_caller]
pub(crate) fn assert_tiles(events: &[Kept], length: usize, name: &str) {
    let mut end = 0;
    for event in events {
        assert_eq!(event.offset, end, "{name}: spans leave no gap");
        end += event.length;
        let bytes = match &event.what {
            Owned::Preface => 24,
            Owned::Frame {
                header,
                payload,
                block,
            } => {
                assert_eq!(header.length as usize, payload.len(), "{name}");
                for field in block.iter().flat_map(HeaderBlock::iter) {
                    assert!(
                        field.span.end() <= end,
                        "{name}: a field stands in what came"
                    );
                }
                9 + payload.len()
            }
            Owned::Foreign { bytes, .. } if bytes.len() == KEPT => event.length as usize,
            Owned::Foreign { bytes, .. } | Owned::Skipped { bytes } | Owned::Cut { bytes, .. } => {
                bytes.len()
            }
            Owned::Missing => panic!("{name}: nothing is missing"),
        };
        assert_eq!(
            event.length as usize, bytes,
            "{name}: a span is as long as its bytes"
        );
    }
    assert_eq!(end as usize, length, "{name}: all bytes are accounted for");
}
