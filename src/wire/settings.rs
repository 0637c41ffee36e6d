//! SETTINGS parameters (RFC 9113, 6.5.2, and the registry that it opened).

/// The identifier of a setting. Unknown values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SettingId(pub u16);

impl SettingId {
    /// Size of the dynamic table that the sender's decoder allows, in bytes.
    pub const HEADER_TABLE_SIZE: Self = Self(0x1);
    /// Whether the sender accepts PUSH_PROMISE.
    pub const ENABLE_PUSH: Self = Self(0x2);
    /// How many streams the sender lets its peer open.
    pub const MAX_CONCURRENT_STREAMS: Self = Self(0x3);
    /// Initial window of each stream, in bytes.
    pub const INITIAL_WINDOW_SIZE: Self = Self(0x4);
    /// Largest frame payload that the sender accepts, in bytes.
    pub const MAX_FRAME_SIZE: Self = Self(0x5);
    /// Largest field section that the sender accepts, in bytes, 32 added for each field.
    pub const MAX_HEADER_LIST_SIZE: Self = Self(0x6);
    /// Extended CONNECT (RFC 8441).
    pub const ENABLE_CONNECT_PROTOCOL: Self = Self(0x8);
    /// The sender ignores RFC 7540 priorities (RFC 9218).
    pub const NO_RFC7540_PRIORITIES: Self = Self(0x9);
    /// gRPC C-core: binary metadata may be sent without base64.
    pub const GRPC_ALLOW_TRUE_BINARY_METADATA: Self = Self(0xfe03);

    /// The setting's name without its `SETTINGS_` prefix, if it is known.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::HEADER_TABLE_SIZE => "HEADER_TABLE_SIZE",
            Self::ENABLE_PUSH => "ENABLE_PUSH",
            Self::MAX_CONCURRENT_STREAMS => "MAX_CONCURRENT_STREAMS",
            Self::INITIAL_WINDOW_SIZE => "INITIAL_WINDOW_SIZE",
            Self::MAX_FRAME_SIZE => "MAX_FRAME_SIZE",
            Self::MAX_HEADER_LIST_SIZE => "MAX_HEADER_LIST_SIZE",
            Self::ENABLE_CONNECT_PROTOCOL => "ENABLE_CONNECT_PROTOCOL",
            Self::NO_RFC7540_PRIORITIES => "NO_RFC7540_PRIORITIES",
            Self::GRPC_ALLOW_TRUE_BINARY_METADATA => "GRPC_ALLOW_TRUE_BINARY_METADATA",
            _ => return None,
        })
    }
}

impl std::fmt::Display for SettingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:x}", self.0),
        }
    }
}

/// One parameter of a SETTINGS frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Which.
    pub id: SettingId,
    /// Its value.
    pub value: u32,
}

/// The parameters of a SETTINGS payload, in wire order; a rest shorter than six bytes is left out.
pub fn parse(payload: &[u8]) -> impl Iterator<Item = Setting> + '_ {
    payload.chunks_exact(6).map(|entry| Setting {
        id: SettingId(u16::from_be_bytes([entry[0], entry[1]])),
        value: u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_order_and_a_rest_is_left_out() {
        let settings: Vec<_> =
            parse(&[0, 5, 0, 0, 0x40, 0, 0xfe, 3, 0, 0, 0, 1, 0, 1, 0]).collect();
        let size = Setting {
            id: SettingId::MAX_FRAME_SIZE,
            value: 16_384,
        };
        let binary = Setting {
            id: SettingId::GRPC_ALLOW_TRUE_BINARY_METADATA,
            value: 1,
        };
        assert_eq!(settings, [size, binary]);
        assert_eq!(parse(&[]).count(), 0);
        assert_eq!(parse(&[0, 1, 0, 0, 0]).count(), 0);
    }

    #[test]
    fn unknown_settings_are_shown_as_numbers() {
        assert_eq!(SettingId::ENABLE_PUSH.to_string(), "ENABLE_PUSH");
        assert_eq!(SettingId(0xabc).to_string(), "0xabc");
    }
}
