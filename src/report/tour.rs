//! The tour through the embedded stage: each attempt in short, and a table of them all.

use serde::Serialize;
use serde_json::value::RawValue;

use super::style::{Line, Page, Style};
use super::{Options, Report, human, json, wrap};
use crate::diagnosis::{Status, Step};

/// One attempt, called and reported.
#[derive(Debug)]
pub struct Stop {
    name: &'static str,
    summary: &'static str,
    failing: Vec<Step>,
    human: String,
    json: String,
}

impl Stop {
    /// An attempt of that name, with a sentence on what it does wrong.
    #[must_use]
    pub fn new(
        name: &'static str,
        summary: &'static str,
        report: &Report<'_>,
        options: &Options,
    ) -> Self {
        let failed = report
            .diagnosis
            .steps
            .iter()
            .filter(|judged| judged.status == Status::Fail);
        let human = if options.verbose {
            human::render(report, options)
        } else {
            human::brief(report, options)
        };
        Self {
            name,
            summary,
            failing: failed.map(|judged| judged.step).collect(),
            human: if options.quiet { String::new() } else { human },
            json: json::render(report, options),
        }
    }
}

/// Every stop for people, and the table.
#[must_use]
pub fn human(stops: &[Stop], options: &Options) -> String {
    let mut text = String::new();
    if !options.quiet {
        for (index, stop) in stops.iter().enumerate() {
            let mut heading = Page::new(options.width);
            let name = Line::default().with(Style::Name, format!("stage:{}", stop.name));
            heading.push(name.dim(format!("   {} of {}", index + 1, stops.len())));
            heading.hang(Line::default(), Style::Plain, stop.summary);
            text.push_str(&heading.paint(options.color));
            text.push('\n');
            text.push_str(&stop.human);
            text.push('\n');
        }
    }
    text.push_str(&table(stops, options));
    text
}

fn table(stops: &[Stop], options: &Options) -> String {
    const ATTEMPT: usize = 13;
    const FIRST: usize = 15;
    let mut page = Page::new(options.width);
    page.push(Line::default().dim(format!(
        "{:<ATTEMPT$}{:<FIRST$}all failing steps",
        "attempt", "first failing"
    )));
    for stop in stops {
        let line = Line::default().plain(wrap::pad(stop.name, ATTEMPT));
        let all: Vec<&str> = stop.failing.iter().map(|step| step.name()).collect();
        match all.first() {
            Some(first) => page.hang(
                line.with(Style::Bad, wrap::pad(first, FIRST)),
                Style::Plain,
                &all.join(", "),
            ),
            None => page.push(line.with(Style::Good, "none: the call works")),
        }
    }
    if !options.quiet {
        page.gap();
        let hint = "grpc-probe call stage:json shows the frames of one attempt, call stage: -v those of all.";
        page.hang(Line::default(), Style::Dim, hint);
    }
    page.paint(options.color)
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    attempts: Vec<Attempt<'a>>,
}

#[derive(Serialize)]
struct Attempt<'a> {
    attempt: &'static str,
    summary: &'static str,
    failing: Vec<&'static str>,
    call: &'a RawValue,
}

/// Every stop as one document, `grpc-probe.tour/1`: a `grpc-probe.call/1` for each attempt.
#[must_use]
pub fn json(stops: &[Stop]) -> String {
    let attempts = stops.iter().filter_map(|stop| {
        Some(Attempt {
            attempt: stop.name,
            summary: stop.summary,
            failing: stop.failing.iter().map(|step| step.name()).collect(),
            call: serde_json::from_str(&stop.json).ok()?,
        })
    });
    let document = Document {
        format: "grpc-probe.tour/1",
        attempts: attempts.collect(),
    };
    serde_json::to_string_pretty(&document).map_or_else(|_| String::new(), |text| text + "\n")
}
