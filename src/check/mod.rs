//! What `check` adds to a diagnosis: what is expected of a target beyond that its steps pass, the shape of an exchange
//! that is kept to be compared with later ones, when a call is worth another try, and the file that says all that.
//!
//! Nothing here does IO or knows the time: texts, variables and durations come in as arguments.

mod again;
pub mod baseline;
pub mod config;
pub mod expect;
mod field;
mod glob;
mod header;
mod judge;
pub mod latency;
mod relation;
mod reply;
pub mod rules;
mod setting;
mod shape;
mod variables;

pub use again::{Again, pause};
pub use expect::Expectations;
pub use field::FieldTest;
pub use glob::Glob;
pub use header::HeaderTest;
use judge::conclude;
pub use judge::{Seen, judge};
pub use latency::{Budget, Latency, Phase, Took};
pub use reply::Reply;
pub use setting::SettingTest;
pub use shape::{Shape, compare};
pub use variables::{VariableError, Variables};

use crate::schema::nearest::nearest;

/// Says which of the known names were meant, as the end of a sentence.
fn hint<'a>(wanted: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = nearest(wanted, names.clone());
    if near.is_empty() {
        format!("there are {}", names.collect::<Vec<_>>().join(", "))
    } else {
        format!("did you mean {}?", near.join(" or "))
    }
}
