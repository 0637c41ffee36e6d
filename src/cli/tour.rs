//! `grpc-probe call stage:`: every attempt of the embedded stage in turn, and a table of them.

use super::Outcome;
use super::call::Call;
use super::options::Format;
use crate::report::tour::{self, Stop};
use crate::stage::ATTEMPTS;

/// Calls each attempt. The tour has worked where every attempt was called, whatever came of it.
///
/// # Errors
/// Where the stage cannot be started, or an option is bad.
pub(super) async fn run(call: &Call) -> anyhow::Result<Outcome> {
    let output = call.output();
    let options = output.options();
    let mut stops = Vec::with_capacity(ATTEMPTS.len());
    for attempt in ATTEMPTS {
        let made = call.on_stage(attempt.name).make().await?;
        stops.push(made.report(&[], |report| {
            let options = made.hiding(options.clone());
            Stop::new(attempt.name, attempt.summary, report, &options)
        }));
    }
    let report = match output.format {
        Format::Human => tour::human(&stops, &options),
        Format::Json => tour::json(&stops),
    };
    Ok(Outcome {
        report,
        output: output.destination.file().map(Into::into),
        warnings: Vec::new(),
        exit_code: 0,
    })
}
