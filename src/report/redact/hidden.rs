//! Secrets that are known before a report is made.

use std::sync::Arc;

use super::values::{Owner, Values};
use super::{Names, credentials, owner, scrub};
use crate::wire::{Direction, Field, HeaderBlock, Representation};

/// The number of bytes of a DATA frame that are searched for secrets.
const SEARCHED: usize = 4 * 1024;

/// The secrets that the user names, and those that earlier calls showed.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// The names of secrets.
    pub names: Names,
    /// Their values, shared by the reports of many calls.
    pub(super) known: Arc<Values>,
}

impl Hidden {
    /// These names, beside those of the table.
    #[must_use]
    pub fn of(names: Names) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }

    /// Adds a value that is secret wherever it appears.
    pub fn add(&mut self, value: &[u8]) {
        self.add_parts(b"", value, Owner::Client);
    }

    /// Adds the value of a header field of ours, if its name is a secret's.
    pub fn add_field(&mut self, name: &[u8], value: &[u8]) {
        if self.names.contain(name) {
            self.add_parts(name, value, Owner::Client);
        }
        self.add_user(name, value, Owner::Client);
    }

    /// Adds names and values.
    pub fn extend(&mut self, more: &Self) {
        self.names.extend(&more.names);
        if !more.known.is_empty() {
            Arc::make_mut(&mut self.known).extend(&more.known);
        }
    }

    /// Returns true if `more` may be added without taking too much memory.
    #[must_use]
    pub fn has_room_for(&self, more: &Self) -> bool {
        self.known.have_room_for(&more.known)
    }

    /// Adds the secrets of a header block, whose values may appear in later frames and calls.
    pub fn learn(&mut self, block: &HeaderBlock, direction: Direction) {
        if self.known.are_full() {
            // Of a long capture the newest are known.
            self.known = Arc::default();
        }
        let owner = owner(direction);
        // An indexed field was learnt from the block that put it into the table.
        let new = |field: &Field<'_>| field.representation != Representation::Indexed;
        for field in block.iter().filter(new) {
            if self.names.contain(field.name) {
                self.add_parts(field.name, field.value, owner);
            } else {
                self.add_named(field.value, owner);
                self.add_user(field.name, field.value, owner);
            }
        }
    }

    /// Adds the secrets that the bytes of a DATA frame name.
    pub fn learn_text(&mut self, bytes: &[u8], direction: Direction) {
        self.add_named(&bytes[..bytes.len().min(SEARCHED)], owner(direction));
    }

    fn add_named(&mut self, text: &[u8], owner: Owner) {
        for range in scrub::find(text, &self.names) {
            if scrub::is_value(&text[range.clone()]) {
                self.add_parts(b"", &text[range], owner);
            }
        }
    }

    fn add_user(&mut self, name: &[u8], value: &[u8], owner: Owner) {
        for part in credentials::user_of_authority(name, value) {
            self.add_parts(b"", part, owner);
        }
    }

    fn add_parts(&mut self, name: &[u8], value: &[u8], owner: Owner) {
        for part in credentials::searched(name, value, owner) {
            if !self.known.know(&part) {
                Arc::make_mut(&mut self.known).add(&part, owner);
            }
        }
    }
}
