//! How what was seen is to stand to what is expected.

use std::cmp::Ordering;

/// A relation of two values that have an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Is,
    IsNot,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Relation {
    /// Every relation by its sign; a sign stands before those that it begins with.
    pub(super) const SIGNS: [(&'static str, Self); 6] = [
        ("==", Self::Is),
        ("!=", Self::IsNot),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    /// Whether it is one of more and less.
    pub(super) const fn orders(self) -> bool {
        !matches!(self, Self::Is | Self::IsNot)
    }

    /// Whether it holds of a value that stands so to what is expected.
    pub(super) const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Is => order.is_eq(),
            Self::IsNot => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}
