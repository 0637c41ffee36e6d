//! All targets of a check, several at a time.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use tokio::task::{JoinSet, LocalSet};

use super::job::Job;
use crate::check::Shape;
use crate::check::baseline::Baseline;
use crate::report::Options;
use crate::report::check::{Checked, Run, Target, Unfinished};
use crate::report::redact;
use crate::source::clock::{self, Stopwatch};
use crate::source::interrupt::interrupted;
use crate::source::terminal::Progress;

/// How a run is to go.
#[derive(Debug)]
pub(super) struct Plan {
    /// How many targets are called at a time.
    pub(super) concurrency: usize,
    pub(super) options: Options,
    /// Whether the whole reports of calls that fail are wanted.
    pub(super) whole: bool,
    /// What calls are compared with.
    pub(super) recorded: Baseline,
    /// Whether the shapes of calls are wanted.
    pub(super) records: bool,
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) run: Run,
    /// The shapes of the exchanges of targets that pass.
    pub(super) shapes: BTreeMap<String, Shape>,
}

/// Calls every target, until all are done or the user has had enough. A call that cannot be made fails its target.
pub(super) async fn run(jobs: Vec<Job>, plan: Plan) -> Done {
    LocalSet::new().run_until(all(jobs, plan)).await
}

async fn all(jobs: Vec<Job>, plan: Plan) -> Done {
    let begun = Stopwatch::start();
    let progress = Progress::start(!plan.options.quiet);
    let plan = Arc::new(plan);
    let mut targets: Vec<Target> = jobs
        .iter()
        .map(|job| Target::new(&job.name, &job.url, &job.prepared.hidden))
        .collect();
    let mut shapes = BTreeMap::new();
    let mut under_way: Vec<Rc<RefCell<Unfinished>>> = Vec::new();
    under_way.resize_with(targets.len(), Rc::default);
    let mut waiting = jobs.into_iter().zip(&under_way).enumerate();
    let mut calling = JoinSet::new();
    let mut places = HashMap::new();
    let (mut done, mut failed) = (0, 0);
    let stop = interrupted();
    tokio::pin!(stop);
    loop {
        while calling.len() < plan.concurrency
            && let Some((index, (job, unfinished))) = waiting.next()
        {
            let called = one(Arc::new(job), Arc::clone(&plan), Rc::clone(unfinished));
            let task = calling.spawn_local(called);
            places.insert(task.id(), index);
        }
        let more = if failed > 0 {
            format!(", {failed} failed")
        } else {
            String::new()
        };
        progress.say(&format!("{done} of {} targets{more}", targets.len()));
        let joined = tokio::select! {
            joined = calling.join_next_with_id() => joined,
            () = &mut stop => break,
        };
        let (task, called) = match joined {
            None => break,
            Some(Ok((task, called))) => (task, called),
            Some(Err(error)) => (error.id(), Err(error.into())),
        };
        let target = places
            .remove(&task)
            .and_then(|index| targets.get_mut(index));
        let Some(target) = target else { continue };
        done += 1;
        match called {
            Ok((name, checked, shape)) => {
                if checked.failing_step().is_some() {
                    failed += 1;
                } else if let Some(shape) = shape.filter(|_| plan.records) {
                    shapes.insert(name, shape);
                }
                target.checked = Some(checked);
            }
            // What one target takes and cannot have is no matter of the others.
            Err(error) => {
                failed += 1;
                target.checked = Some(Checked::not_made(target, &format!("{error:#}")));
            }
        }
    }
    for (target, unfinished) in targets.iter_mut().zip(&under_way) {
        if target.checked.is_none() {
            target.unfinished = unfinished.take();
        }
    }
    drop(progress);
    Done {
        run: Run {
            targets,
            took: begun.elapsed(),
            ended_at: clock::unix_seconds(),
        },
        shapes,
    }
}

/// What came of the target of a name.
type One = (String, Checked, Option<Shape>);

async fn one(
    job: Arc<Job>,
    plan: Arc<Plan>,
    unfinished: Rc<RefCell<Unfinished>>,
) -> anyhow::Result<One> {
    let done = job.run(&plan, &unfinished).await;
    let (mut checked, shape) = done.map_err(|error| {
        anyhow::anyhow!(redact::without_values(
            &format!("{error:#}"),
            &job.prepared.hidden
        ))
    })?;
    if plan.records && !plan.recorded.targets.contains_key(&job.name) {
        checked.note(match (checked.failing_step(), &shape) {
            (Some(_), _) => "no shape is recorded in the baseline: the target fails",
            (None, None) => "no shape is recorded in the baseline: the calls differ in it",
            (None, Some(_)) => "the shape of the exchange is recorded in the baseline",
        });
    }
    Ok((job.name.clone(), checked, shape))
}
