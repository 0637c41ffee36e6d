//! What each mainstream client prints on each rule, read in the clients' sources or seen when they were run; and the
//! same table read backwards, from what a client printed to the rule.
//!
//! | module | holds |
//! |---|---|
//! | `rows` | the table, one file a part of the ladder |
//! | `pattern` | messages with holes, filled or found again |
//! | `wrapper` | what clients put around a message: their name, the status |
//! | `bytes` | numbers and dumps in messages turned back into bytes, for the rules to judge |
//! | `sample` | bodies and openings to complete such bytes with |
//! | [`nearest`] | the rules nearest to what is not known |
//! | [`mod@explain`] | a text in, the client, the status and the likely rules out |

mod bytes;
pub mod explain;
mod nearest;
mod pattern;
mod row;
mod rows;
mod sample;
mod unquote;
mod when;
mod wrapper;

use crate::diagnosis::{Case, Cut, Finding, Packed, Step, text};
use crate::http::connection::Goaway;
use crate::rpc::envelope::PREFIX_LENGTH;

pub use explain::{Candidate, Explanation, explain};
pub use nearest::nearest;
pub use row::Basis;
pub use sample::example;

/// What one client makes of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSays {
    /// The client, with the versions that print this where they differ: `grpc-go`, `tonic up to 0.14.5`.
    pub client: &'static str,
    /// The status that it reports, in its own spelling; `OK` where it reports success.
    pub status: &'static str,
    /// The message that it prints; empty where it prints none.
    pub message: String,
    /// Whether the client was run, or its source read; else the row is derived or remembered.
    pub verified: bool,
}

/// The rule on a body that is compressed as a whole.
const PACKED: &str = "content-encoding-on-body";

/// What clients print on a finding, with the numbers filled in from the call's bytes; empty where it is not known.
#[must_use]
pub fn say(finding: &Finding, case: &Case<'_>) -> Vec<ClientSays> {
    let mut list: Vec<ClientSays> = Vec::new();
    // What clients make of the first bytes of a body that is compressed as a whole is said with that finding.
    if case.body.packed != Packed::No
        && finding.rule.step <= Step::Message
        && finding.rule.name != PACKED
    {
        return list;
    }
    for row in rows::of(finding.rule.name).filter(|row| (row.when)(case)) {
        let Some(message) = pattern::fill(row.message, &|hole| value(hole, case)) else {
            continue;
        };
        add(row, message, &mut list);
    }
    list
}

/// The clients that fail on a finding, of those whose words are known.
#[must_use]
pub fn refusing(finding: &Finding, case: &Case<'_>) -> Vec<&'static str> {
    let mut clients: Vec<&'static str> = Vec::new();
    for says in say(finding, case) {
        if says.status != "OK" && !clients.contains(&says.client) {
            clients.push(says.client);
        }
    }
    clients
}

/// What clients print where a rule fires, with the holes for a call's values left open.
#[must_use]
pub fn say_of(rule: &str) -> Vec<ClientSays> {
    let mut list = Vec::new();
    for row in rows::of(rule) {
        add(row, row.message.to_owned(), &mut list);
    }
    list
}

/// Adds what a row says, unless another row says the same.
fn add(row: &row::Row, message: String, list: &mut Vec<ClientSays>) {
    let says = ClientSays {
        client: row.client,
        status: row.status,
        message,
        verified: row.basis.is_verified(),
    };
    if !list.contains(&says) {
        list.push(says);
    }
}

/// The GOAWAY that cut the call; the first, where none did.
fn goaway<'a>(case: &Case<'a>) -> Option<&'a Goaway> {
    match case.cut() {
        Some(Cut::Goaway(goaway)) => Some(goaway),
        Some(_) => None,
        None => case.connection.goaways.first(),
    }
}

/// A call's value for a hole.
fn value(hole: &str, case: &Case<'_>) -> Option<String> {
    let prefix = case.body.prefix_read();
    Some(match hole {
        "flag" => prefix?.0.to_string(),
        "length" => prefix?.1.to_string(),
        "signed-length" => prefix?.1.cast_signed().to_string(),
        "limit" => when::LIMIT.to_string(),
        "received" => case
            .body
            .outer
            .len()
            .checked_sub(PREFIX_LENGTH)?
            .to_string(),
        "content-type" => text(case.call.response.header("content-type")?),
        "encoding" => {
            let mut all = case.response_headers()?.fields.all("grpc-encoding");
            // Which of several counts is not known of each client.
            text(all.next().filter(|_| all.next().is_none())?)
        }
        "grpc-status" => text(case.grpc_status()?),
        "status" => case.http_status()?.to_string(),
        "reason" => http::StatusCode::from_u16(case.http_status()?)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default()
            .to_owned(),
        "stream" => case.call.stream.to_string(),
        "interim" => {
            let interim = case.call.response.informational.first()?;
            text(interim.fields.get(":status")?)
        }
        "binary-field" => text(when::malformed_binary_field(case)?),
        "unreadable-field" => text(when::unreadable_field(case)?),
        "reset" => match case.cut()? {
            Cut::Reset { code, .. } => code.to_string(),
            Cut::Goaway(goaway) => goaway.code.to_string(),
            _ => return None,
        },
        "number" => match case.cut() {
            Some(Cut::Reset { code, .. }) => code.0.to_string(),
            _ => goaway(case)?.code.0.to_string(),
        },
        "hex" => match case.cut()? {
            Cut::Reset { code, .. } => format!("{:x}", code.0),
            _ => return None,
        },
        "debug" => text(&goaway(case)?.debug),
        "host" => case.reach()?.host.clone(),
        _ => return None,
    })
}
