//! One target: called until it passes, or there is no point in calling it again.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::run::Plan;
use crate::check::{self, Again, Expectations, Latency, Shape, Took, pause};
use crate::cli::making::{Made, Prepared};
use crate::report::check::{Checked, Earlier, Unfinished};
use crate::source::clock::{Stopwatch, sleep};

/// How many runs of like failures are told that came before the last; those beyond are counted with the last of them.
const EARLIER_KEPT: usize = 16;

/// How long a call has to run before its failure tells something of the stage, where the end of the waiting cuts it short.
const ENOUGH: Duration = Duration::from_secs(1);

/// A target, ready to be called.
#[derive(Debug)]
pub(super) struct Job {
    /// Its name in every report.
    pub(super) name: String,
    /// Its URL as it was given.
    pub(super) url: String,
    pub(super) prepared: Prepared,
    pub(super) expected: Expectations,
    pub(super) effort: Effort,
    /// The files that it was prepared from.
    pub(super) read: Vec<PathBuf>,
}

/// How often a target is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// How long it may take to come up.
    pub(super) wait: Option<Duration>,
    /// How often a call is made again that failed before there was a response.
    pub(super) retries: u32,
    /// How many calls have to pass.
    pub(super) repeat: u32,
}

/// One call.
struct Once {
    checked: Checked,
    shape: Shape,
    took: Took,
    again: Again,
    /// Whether the call was cut short, not by its own deadline but by the end of the waiting.
    cut: bool,
}

impl Once {
    const fn passes(&self) -> bool {
        self.checked.failing_step().is_none()
    }
}

/// Where what came of calls goes that were not the last.
struct Tries<'a> {
    begun: Stopwatch,
    calls: u32,
    retried: u32,
    earlier: Vec<Earlier>,
    /// What is told of the target where the run is interrupted.
    unfinished: &'a RefCell<Unfinished>,
}

impl Tries<'_> {
    fn add(&mut self, mut earlier: Earlier) {
        let alike = self
            .earlier
            .last()
            .is_some_and(|last| (last.step, last.rule) == (earlier.step, earlier.rule));
        let before = if alike || self.earlier.len() == EARLIER_KEPT {
            self.earlier.pop()
        } else {
            None
        };
        earlier.calls += before.map_or(0, |before| before.calls);
        self.earlier.push(earlier);
    }
}

impl Job {
    /// Calls the target. The shape is that of the call that is reported; `None` where calls differ in it.
    ///
    /// # Errors
    /// Where a call could not be made.
    pub(super) async fn run(
        self: &Arc<Self>,
        plan: &Arc<Plan>,
        unfinished: &RefCell<Unfinished>,
    ) -> anyhow::Result<(Checked, Option<Shape>)> {
        let mut tries = Tries {
            begun: Stopwatch::start(),
            calls: 0,
            retried: 0,
            earlier: Vec::new(),
            unfinished,
        };
        let mut first = self.wait(&mut tries, plan).await?;
        let came_up = tries.begun.elapsed();
        if self.effort.wait.is_some() && !tries.earlier.is_empty() {
            let (seconds, calls) = (came_up.as_secs_f64(), tries.calls);
            first
                .checked
                .note(if first.passes() || !first.again.not_up {
                    format!("the stage came up after {seconds:.1} s, with call {calls}")
                } else {
                    format!("after {seconds:.1} s and {calls} calls the stage is not up")
                });
        }
        let mut took = vec![first.took];
        let (mut failed, mut differs) = (0, false);
        for _ in 1..self.effort.repeat {
            // Of a stage that does not work the first call tells as much as any.
            if took.len() == 1 && !first.passes() {
                break;
            }
            let once = self.retry(&mut tries, plan).await?;
            took.push(once.took);
            differs |= once.shape != first.shape;
            if !once.passes() {
                failed += 1;
                if first.passes() {
                    first = once;
                }
            }
        }
        let Once {
            mut checked, shape, ..
        } = first;
        if failed > 0 {
            checked.note(format!("{failed} of {} calls failed", took.len()));
        }
        if took.len() > 1 {
            checked.latency = Latency::of(&took);
        }
        checked.calls = tries.calls;
        checked.earlier = tries.earlier;
        checked.took = tries.begun.elapsed();
        Ok((checked, (!differs).then_some(shape)))
    }

    /// Calls until the stage is up, or the time for that is over.
    async fn wait(
        self: &Arc<Self>,
        tries: &mut Tries<'_>,
        plan: &Arc<Plan>,
    ) -> anyhow::Result<Once> {
        let Some(wait) = self.effort.wait else {
            return self.retry(tries, plan).await;
        };
        let mut last = self.call(tries, Some(wait), plan).await?;
        while !last.passes() && last.again.not_up {
            let left = wait.saturating_sub(tries.begun.elapsed());
            sleep(pause(tries.calls).min(left)).await;
            let left = wait.saturating_sub(tries.begun.elapsed());
            if left.is_zero() {
                break;
            }
            let once = self.call(tries, Some(left), plan).await?;
            // A call that the end of the waiting cut short at once says nothing but that.
            if once.cut && !once.passes() {
                break;
            }
            let before = std::mem::replace(&mut last, once);
            tries.add(before.checked.into_earlier());
        }
        Ok(last)
    }

    /// Calls, and again where the call failed by chance, as often as that is allowed.
    async fn retry(
        self: &Arc<Self>,
        tries: &mut Tries<'_>,
        plan: &Arc<Plan>,
    ) -> anyhow::Result<Once> {
        loop {
            let once = self.call(tries, None, plan).await?;
            if once.passes() || !once.again.by_chance || tries.retried >= self.effort.retries {
                return Ok(once);
            }
            tries.retried += 1;
            tries.add(once.checked.into_earlier());
            sleep(pause(tries.retried)).await;
        }
    }

    async fn call(
        self: &Arc<Self>,
        tries: &mut Tries<'_>,
        within: Option<Duration>,
        plan: &Arc<Plan>,
    ) -> anyhow::Result<Once> {
        tries.calls += 1;
        tries.unfinished.borrow_mut().calls = tries.calls;
        let watch = Stopwatch::start();
        let made = self.prepared.call(within).await?;
        let cut = within.is_some_and(|within| {
            within < self.prepared.timeout().min(ENOUGH) && watch.elapsed() >= within
        });
        // On another thread: a long answer must not keep calls waiting whose time is measured.
        let (job, plan) = (Arc::clone(self), Arc::clone(plan));
        let judging = tokio::task::spawn_blocking(move || job.judge(&made, &plan, cut));
        let once = judging.await?;
        if !once.passes() {
            tries.unfinished.borrow_mut().failed = Some(once.checked.summary().to_owned());
        }
        Ok(once)
    }

    fn judge(&self, made: &Made, plan: &Plan, cut: bool) -> Once {
        made.report_with(
            |call| {
                let took = call.timing.took();
                let seen = check::Seen {
                    gateways: call.gateways,
                    took: &took,
                    refusing: call.refusing,
                };
                let notes = check::judge(call.case, call.diagnosis, seen, &self.expected);
                call.notes.extend(notes);
                let recorded = plan.recorded.targets.get(&self.name);
                let shape = check::compare(
                    call.case,
                    call.diagnosis,
                    recorded,
                    &self.expected,
                    call.hide,
                );
                (shape, took, Again::of(call.case, call.diagnosis))
            },
            |report, (shape, took, again)| Once {
                checked: Checked::new(report, &made.hiding(plan.options.clone()), plan.whole),
                shape,
                took,
                again,
                cut,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_alike_are_counted_together() {
        let mut tries = Tries {
            begun: Stopwatch::start(),
            calls: 0,
            retried: 0,
            earlier: Vec::new(),
            unfinished: &RefCell::default(),
        };
        let earlier = |step, summary: &str| Earlier {
            step: Some(step),
            rule: None,
            summary: summary.to_owned(),
            calls: 1,
        };
        for summary in ["a", "b", "c"] {
            tries.add(earlier("connect", summary));
        }
        tries.add(earlier("response", "d"));
        let told: Vec<_> = tries
            .earlier
            .iter()
            .map(|it| (it.step, it.summary.as_str(), it.calls))
            .collect();
        assert_eq!(
            told,
            [(Some("connect"), "c", 3), (Some("response"), "d", 1)]
        );
        for turn in 0..40 {
            let step = if turn % 2 == 0 { "connect" } else { "response" };
            tries.add(earlier(step, "e"));
        }
        assert_eq!(tries.earlier.len(), EARLIER_KEPT);
        let calls: u32 = tries.earlier.iter().map(|it| it.calls).sum();
        assert_eq!(calls, 44);
    }
}
