//! The targets of a check, from the command line or a file, read and prepared before anything is sent.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use super::job::{Effort, Job};
use super::{Check, Patience};
use crate::check::config::{self, Named, Settings};
use crate::check::latency::duration;
use crate::check::{Expectations, Glob, Variables};
use crate::cli::cache::Cache;
use crate::cli::making::{Prepared, Request};
use crate::cli::options::{ALPN, Message, RootsName, SchemaFiles, Sending, Tls, secret_name};
use crate::cli::url::Url;
use crate::diagnosis::case::CERTIFICATE_DAYS;
use crate::report::escape;
use crate::report::redact::{self, Hidden, Names};
use crate::source::{environment, file};
use crate::stage::ATTEMPTS;

/// The deadline of a call, where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What picks targets by their tags.
const TAG: &str = "tag:";

/// Every target, ready to be called.
pub(super) fn jobs(check: &Check) -> anyhow::Result<Vec<Job>> {
    let mut cache = Cache::default();
    match &check.many.config {
        None => of_command_line(check, &mut cache),
        Some(path) => of_file(check, path, &mut cache)
            .map_err(|error| error.context(format!("cannot use {}", path.display()))),
    }
}

fn of_command_line(check: &Check, cache: &mut Cache) -> anyhow::Result<Vec<Job>> {
    // The embedded stage without a name is all of its attempts.
    let urls = check.urls.iter().flat_map(|url| match url {
        Url::Stage(name) if name.is_empty() => ATTEMPTS
            .iter()
            .map(|attempt| Url::Stage(attempt.name.to_owned()))
            .collect(),
        url => vec![url.clone()],
    });
    let mut jobs: Vec<Job> = Vec::new();
    let mut given = HashSet::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for url in urls {
        let prepared = check.request.prepare(&url, cache)?;
        let prepared = prepared.hide(&check.output.secrets.hidden());
        let url = prepared.url.clone();
        // A URL may hold a secret, and a name is shown everywhere.
        let name = redact::scrub(&url, &prepared.hidden);
        if !given.insert(url.clone()) {
            bail!("{name} is given twice");
        }
        let times = names.entry(name.clone()).or_default();
        *times += 1;
        let expected = expected(check, check.expecting.expectations(), &[], &prepared)?;
        jobs.push(Job {
            url,
            name: match times {
                1 => name,
                times => format!("{name} ({times})"),
            },
            prepared,
            expected,
            effort: effort(&check.patience, &Settings::default())?,
            read: check.request.files(),
        });
    }
    Ok(jobs)
}

fn of_file(check: &Check, path: &Path, cache: &mut Cache) -> anyhow::Result<Vec<Job>> {
    let text = String::from_utf8(file::read(path)?).context("it is not UTF-8")?;
    let given: BTreeMap<String, String> = check.many.variables.iter().cloned().collect();
    // Names are shown, wherever they come from.
    let mut of_names = Variables::new(&given, &environment::variable);
    let config = config::File::read(&text, &mut of_names)?;
    let mut names = HashSet::new();
    for target in config.targets() {
        // As they are shown, names tell targets apart in every report.
        if !names.insert(escape::text(&target.name)) {
            bail!("two targets are named {:?}", target.name);
        }
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for pattern in &check.many.only {
        let mut targets = config.targets().iter();
        if !targets.any(|target| wanted(std::slice::from_ref(pattern), target)) {
            bail!("no target fits --only {pattern}");
        }
    }
    let mut jobs = Vec::new();
    for target in config.targets() {
        if !wanted(&check.many.only, target) {
            continue;
        }
        let mut variables = Variables::new(&given, &environment::variable);
        let settings = config.complete(target, &mut variables);
        let mut hidden = check.output.secrets.hidden();
        for value in variables.hidden() {
            hidden.add(value.as_bytes());
        }
        let job = settings.map_err(anyhow::Error::new).and_then(|settings| {
            for name in &settings.secrets {
                secret_name(name).map_err(|why| anyhow!("secrets: {name:?}: {why}"))?;
            }
            hidden.names.extend(&Names::with(&settings.secrets));
            job(check, target, &settings, folder, cache)
        });
        // What is wrong may be a value that nobody is to see.
        let mut job = job.map_err(|error| hide(&error, &hidden))?;
        job.prepared = job.prepared.hide(&hidden);
        jobs.push(job);
    }
    share_secrets(&mut jobs);
    Ok(jobs)
}

/// Hides the secrets of each target in the reports of all, since the server of one may send back what another was sent.
/// Targets whose secrets would take too much memory together keep their own.
fn share_secrets(jobs: &mut [Job]) {
    let mut all = Hidden::default();
    let mut sharing = Vec::new();
    for job in jobs {
        if all.has_room_for(&job.prepared.hidden) {
            all.extend(&job.prepared.hidden);
            sharing.push(job);
        }
    }
    let all = Arc::new(all);
    for job in sharing {
        job.prepared.hidden = Arc::clone(&all);
    }
}

/// Whether a target is picked by one of the patterns.
fn wanted(only: &[String], target: &Named) -> bool {
    let fits = |pattern: &String| match pattern.strip_prefix(TAG) {
        Some(tag) => target.tags.iter().any(|it| Glob::new(tag).fits(it)),
        None => Glob::new(pattern).fits(&target.name),
    };
    only.is_empty() || only.iter().any(fits)
}

fn hide(error: &anyhow::Error, hidden: &Hidden) -> anyhow::Error {
    anyhow!(redact::without_values(&format!("{error:#}"), hidden))
}

fn job(
    check: &Check,
    target: &Named,
    settings: &Settings,
    folder: &Path,
    cache: &mut Cache,
) -> anyhow::Result<Job> {
    let of = || format!("target {:?}", target.name);
    let expected = target.expectations(settings)?;
    let url: Url = settings
        .url
        .as_deref()
        .with_context(|| format!("{} has no url", of()))?
        .parse()
        .with_context(of)?;
    if url == Url::Stage(String::new()) {
        bail!(
            "{}: the embedded stage is called by an attempt's name",
            of()
        );
    }
    let request = request(settings, folder).with_context(of)?;
    let prepared = request.prepare(&url, cache).with_context(of)?;
    let ignored = &settings.baseline_ignore;
    let expected = self::expected(check, expected, ignored, &prepared).with_context(of)?;
    Ok(Job {
        name: target.name.clone(),
        url: target.url().unwrap_or_default().to_owned(),
        prepared,
        expected,
        effort: effort(&check.patience, settings).with_context(of)?,
        read: request.files(),
    })
}

/// What is expected, by the reply's type, which a reply of which something is expected has to have; and what a baseline
/// is not compared by.
fn expected(
    check: &Check,
    mut expected: Expectations,
    ignored: &[String],
    prepared: &Prepared,
) -> anyhow::Result<Expectations> {
    let ignored = ignored.iter().chain(&check.baseline.ignore);
    expected.baseline_ignored = ignored.map(|name| name.to_ascii_lowercase()).collect();
    if !expected.of_reply() {
        return Ok(expected);
    }
    let Some(method) = &prepared.method else {
        bail!("what the reply contains needs the message's type: give a proto or a protoset");
    };
    expected.typed(&method.reply()).map_err(anyhow::Error::msg)
}

/// What the command line says holds for every target, before what the file says.
fn effort(patience: &Patience, settings: &Settings) -> anyhow::Result<Effort> {
    let wait = time("wait", settings.wait.as_deref())?;
    let repeat = patience.repeat.or(settings.repeat).unwrap_or(1);
    if !(1..=super::REPEAT_MAX).contains(&repeat) {
        bail!("repeat: a number from 1 to {}", super::REPEAT_MAX);
    }
    Ok(Effort {
        wait: patience.wait.or(wait),
        retries: patience.retries.or(settings.retries).unwrap_or(0),
        repeat,
    })
}

fn time(key: &'static str, text: Option<&str>) -> anyhow::Result<Option<Duration>> {
    let time = text.map(duration).transpose();
    time.map_err(anyhow::Error::msg).context(key)
}

/// The options of a call that the file gives, its paths from where it is.
fn request(settings: &Settings, folder: &Path) -> anyhow::Result<Request> {
    let path = |name: &String| folder.join(name);
    let maybe = |name: &Option<String>| name.as_ref().map(path);
    let paths = |names: &Option<Vec<String>>| -> Vec<PathBuf> {
        names.iter().flatten().map(path).collect()
    };
    let sent = [&settings.data, &settings.data_raw, &settings.body_raw];
    if sent.iter().filter(|it| it.is_some()).count() > 1 {
        bail!("data, data-raw and body-raw exclude one another");
    }
    let stdin = |name: &&String| matches!(name.as_str(), "-" | "@-");
    if sent.into_iter().flatten().any(|name| stdin(&name)) {
        bail!("a target of a file cannot read standard input");
    }
    let data = settings
        .data
        .as_ref()
        .map(|data| match data.strip_prefix('@') {
            Some(name) => format!("@{}", folder.join(name).display()),
            None => data.clone(),
        });
    let headers = settings.headers.iter().flat_map(|(name, values)| {
        let values = values.texts().into_iter();
        values.map(move |value| format!("{name}: {value}"))
    });
    if settings.key.is_some() && settings.cert.is_none() {
        bail!("key needs a cert");
    }
    if settings.import_path.is_some() && settings.proto.is_none() {
        bail!("import-path needs a proto");
    }
    Ok(Request {
        message: Message {
            data,
            data_raw: maybe(&settings.data_raw),
            body_raw: maybe(&settings.body_raw),
            gzip: settings.gzip.unwrap_or(false),
        },
        schema: SchemaFiles {
            proto: paths(&settings.proto),
            import_path: paths(&settings.import_path),
            protoset: paths(&settings.protoset),
        },
        sending: Sending {
            headers: headers.collect(),
            authority: settings.authority.clone(),
            connect_to: settings.connect_to.clone(),
            proxy: settings.proxy.clone(),
            timeout: time("timeout", settings.timeout.as_deref())?.unwrap_or(TIMEOUT),
            connect_timeout: time("connect-timeout", settings.connect_timeout.as_deref())?,
        },
        tls: Tls {
            cacert: maybe(&settings.cacert),
            cert: maybe(&settings.cert),
            key: maybe(&settings.key),
            roots: match settings.roots {
                Some(config::Roots::System) => RootsName::System,
                Some(config::Roots::Webpki) | None => RootsName::Webpki,
            },
            insecure: settings.insecure.unwrap_or(false),
            server_name: settings.server_name.clone(),
            alpn: settings
                .alpn
                .as_ref()
                .map_or_else(|| ALPN.to_owned(), |names| names.join(",")),
            cert_days: settings.cert_days.unwrap_or(CERTIFICATE_DAYS),
            keylog: None,
        },
    })
}
