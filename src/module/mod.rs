//! The registry: job name to function, and each module's own tables. A job is a straight line from the host's input to
//! panel and host and back; it decides, the host does.

pub mod backupserver;
mod common;
pub mod onapp;
#[cfg(feature = "sample-module")]
pub mod sample;
pub mod singlehop;

pub use common::action::ActionRule;

use crate::host::{Failure, Host, Running};
use crate::http::{ReadOnly, Transport};
use serde_json::Value;
use std::sync::Arc;

/// What jobs need from the outside besides the host.
#[derive(Clone)]
pub struct Env {
    /// How panels are reached.
    pub transport: Arc<dyn Transport>,
}

impl Env {
    /// What a job of this name works with: an action that is listed as one that changes nothing can change no panel.
    #[must_use]
    pub fn for_job(self, name: &str) -> Self {
        if !only_reads(name) {
            return self;
        }
        Self {
            transport: Arc::new(ReadOnly(self.transport)),
        }
    }
}

/// A job: takes the host port, the environment and the host's input.
pub type Job = fn(Host, Env, Value) -> Running;

/// The jobs of every module.
const ALL: &[&[(&str, Job)]] = &[onapp::JOBS, singlehop::JOBS, backupserver::JOBS];

/// The actions of every module that has pages.
const ACTIONS: &[(&str, &[ActionRule])] = &[
    ("onapp", onapp::ACTIONS),
    ("singlehop", singlehop::ACTIONS),
    ("backupserver", backupserver::ACTIONS),
    #[cfg(feature = "sample-module")]
    ("sample", sample::ACTIONS),
];

/// The module that the tests of the page kit drive; a shipped build does not have it.
#[cfg(feature = "sample-module")]
const FOR_TESTS: &[(&str, Job)] = sample::JOBS;
#[cfg(not(feature = "sample-module"))]
const FOR_TESTS: &[(&str, Job)] = &[];

/// True for an action that its module lists as one that changes nothing.
pub fn only_reads(job: &str) -> bool {
    let rule = |(module, rules): &(&str, &'static [ActionRule])| {
        let name = job.strip_prefix(module)?.strip_prefix('.')?;
        rules.iter().find(|rule| rule.name == name)
    };
    ACTIONS.iter().find_map(rule).is_some_and(|rule| !rule.changes)
}

/// The job of that name, such as `onapp.create`.
pub fn find(name: &str) -> Option<Job> {
    ALL.iter()
        .flat_map(|jobs| jobs.iter())
        .chain(FOR_TESTS)
        .find(|(job, _)| *job == name)
        .map(|(_, function)| *function)
}

/// The names of all jobs.
pub fn names() -> impl Iterator<Item = &'static str> {
    let all = ALL.iter().flat_map(|jobs| jobs.iter()).chain(FOR_TESTS);
    all.map(|(name, _)| *name)
}

/// What an async job returns.
pub type Report = Result<Value, Failure>;
