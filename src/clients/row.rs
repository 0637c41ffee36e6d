//! One row of the table: what one client prints where one of some rules fires, and how far that is known.

use super::pattern;
use super::when::{Test, always};

/// How far it is known that a client prints something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The client was run, and printed it.
    Run,
    /// It stands in the client's source.
    Source,
    /// It was seen in a public report, or follows from the client's source, and was not run.
    Derived,
    /// It is known from memory alone.
    Recalled,
}

impl Basis {
    /// Whether it may be said without a mark.
    #[must_use]
    pub const fn is_verified(self) -> bool {
        matches!(self, Self::Run | Self::Source)
    }
}

/// What one client prints.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The rules that it prints this on, the likeliest first, for when the text is read and its bytes do not tell.
    pub(super) rules: &'static [&'static str],
    /// The client, with the versions that print this where they differ. Its first word is the family.
    pub(super) client: &'static str,
    /// The status that it reports, in its own spelling.
    pub(super) status: &'static str,
    /// What it prints, with holes for the call's values (see [`pattern`]).
    pub(super) message: &'static str,
    /// Which calls it prints this on.
    pub(super) when: Test,
    /// Whether it is only there to be read: versions too old to be worth a line, and texts that a call's bytes do not
    /// foretell.
    pub(super) read_only: bool,
    /// Whether it says that something failed and not what, so that any other message in the text says more.
    pub(super) vague: bool,
    /// How far this is known.
    pub(super) basis: Basis,
    /// What a reader of the message should know, a fragment; empty where the rules say it all.
    pub(super) note: &'static str,
}

/// A row read in the client's source, for every call that one of the rules fires on.
pub(super) const fn row(
    rules: &'static [&'static str],
    client: &'static str,
    status: &'static str,
    message: &'static str,
) -> Row {
    Row {
        rules,
        client,
        status,
        message,
        when: always,
        read_only: false,
        vague: false,
        basis: Basis::Source,
        note: "",
    }
}

impl Row {
    /// Only on calls that pass a test.
    pub(super) const fn when(mut self, when: Test) -> Self {
        self.when = when;
        self
    }

    /// Only to be read.
    pub(super) const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Said of many failures, and only to be read.
    pub(super) const fn vague(mut self) -> Self {
        self.vague = true;
        self.read_only = true;
        self
    }

    /// Known on another ground than the source.
    pub(super) const fn by(mut self, basis: Basis) -> Self {
        self.basis = basis;
        self
    }

    /// With something a reader should know.
    pub(super) const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Whether the message is a client's text and not our remark on what it does.
    pub(super) fn is_text(&self) -> bool {
        !self.message.starts_with('(')
    }

    /// The family of the client.
    pub(super) fn family(&self) -> &'static str {
        family(self.client)
    }

    /// Where the message stands in a text.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<pattern::Found<'t>> {
        if self.is_text() {
            pattern::find(self.message, text)
        } else {
            None
        }
    }
}

/// The family of a client: `C-core` for all that are built on it, else the first word of its name.
pub(super) fn family(client: &'static str) -> &'static str {
    let first = client.split([' ', ',']).next().unwrap_or(client);
    match first {
        "grpcio" | "Ruby" | "C++" | "PHP" => "C-core",
        "grpcurl" => "grpc-go",
        _ => first,
    }
}
