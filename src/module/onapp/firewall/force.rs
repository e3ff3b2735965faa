//! What is known of the rules that are in force. The panel stores rules and applies them by a task; it tells of no rule
//! whether it is in force (reference: onapp-api.md 6.7). So each reading is compared with the one before it, and with the
//! tasks that came between: only a task that we asked for, and that is the first since, is known to have applied the rules
//! that stood there then.

use super::Interface;
use crate::panel::onapp::{Transaction, TransactionStatus};
use serde::{Deserialize, Serialize};

/// The name of the task that applies the rules (reference: onapp-api.md 2).
const APPLIES: &str = "update_custom_firewall_rule";

/// A task that applies the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    id: u64,
    /// None: it waits or runs.
    done: Option<bool>,
}

impl Task {
    /// Those among a machine's tasks, the oldest first.
    pub(crate) fn all(tasks: &[Transaction]) -> Vec<Self> {
        let mut found: Vec<Self> = tasks
            .iter()
            .filter(|task| task.action == APPLIES)
            .map(|task| Self {
                id: task.id,
                done: (!task.is_open()).then_some(task.status == TransactionStatus::Complete),
            })
            .collect();
        found.sort_by_key(|task| task.id);
        found
    }
}

/// What a reading left behind for the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Force {
    /// The newest task that applied rules.
    task: u64,
    known: Known,
}

/// What is in force. A text stands for a machine's rules and defaults as [`effect`] writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Known {
    /// Nothing is known.
    #[default]
    Nothing,
    /// Something was changed since the last task, whatever that applied.
    Others,
    /// These are.
    These(String),
    /// These will be, by a task that we asked for; before, it was as inside.
    Asked(String, Box<Known>),
}

/// How what stands on a page relates to what is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    InForce,
    NotYet,
    Coming,
    Unknown,
}

/// What the rules and defaults do, in one spelling.
fn effect(interfaces: &[Interface]) -> String {
    let all: Vec<_> = interfaces
        .iter()
        .map(|interface| {
            let rules: Vec<_> = interface.rules.iter().map(super::Rule::effect).collect();
            (interface.id, &interface.default, rules)
        })
        .collect();
    serde_json::to_string(&all).unwrap_or_default()
}

impl Force {
    /// What is known after a reading. `before`: what was shown last of this machine. `tasks`: None where they could not be
    /// read. `busy`: a task holds the machine.
    pub(crate) fn read(
        before: Option<(&[Interface], &Self)>,
        now: &[Interface],
        tasks: Option<&[Task]>,
        busy: bool,
    ) -> Self {
        let Some((shown, before)) = before else {
            let newest = tasks.and_then(<[Task]>::last);
            return Self {
                task: newest.map_or(0, |task| task.id),
                known: Known::Nothing,
            };
        };
        let mut after = before.clone();
        if after.known == Known::Nothing && effect(shown) != effect(now) {
            after.known = Known::Others;
        }
        let Some(tasks) = tasks else { return after };
        let newer: Vec<Task> = tasks.iter().copied().filter(|task| task.id > before.task).collect();
        match (newer.as_slice(), after.known) {
            // Nothing came of it.
            ([], Known::Asked(_, was)) if !busy => after.known = *was,
            ([], known) => after.known = known,
            ([Task { done: None, .. }], known @ Known::Asked(..)) => after.known = known,
            ([Task { id, done }], Known::Asked(these, _)) => {
                let applied = *done == Some(true);
                after.known = if applied { Known::These(these) } else { Known::Others };
                after.task = *id;
            }
            // Somebody else applied what was there then.
            ([.., last], _) => {
                after.known = Known::Nothing;
                after.task = last.id;
            }
        }
        after
    }

    /// What is known once the task that applies these rules is asked for.
    pub(crate) fn asked(self, now: &[Interface]) -> Self {
        let was = match self.known {
            Known::Asked(_, was) => was,
            known => Box::new(known),
        };
        Self {
            task: self.task,
            known: Known::Asked(effect(now), was),
        }
    }

    /// How what stands there relates to what is in force. `whole`: the tasks could be read.
    pub(crate) fn standing(&self, now: &[Interface], whole: bool) -> Standing {
        match &self.known {
            Known::Nothing => Standing::Unknown,
            _ if !whole => Standing::Unknown,
            Known::Others => Standing::NotYet,
            Known::These(these) if *these == effect(now) => Standing::InForce,
            Known::Asked(these, _) if *these == effect(now) => Standing::Coming,
            Known::These(_) | Known::Asked(..) => Standing::NotYet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(default: &str) -> Vec<Interface> {
        vec![Interface {
            id: 1,
            label: "eth0".to_owned(),
            default: Some(default.to_owned()),
            rules: Vec::new(),
        }]
    }

    fn task(id: u64, done: Option<bool>) -> Task {
        Task { id, done }
    }

    /// Reads again, with the same rules as before unless others are given.
    fn next(force: &Force, before: &str, now: &str, tasks: &[Task], busy: bool) -> Force {
        Force::read(Some((&rules(before), force)), &rules(now), Some(tasks), busy)
    }

    fn standing(force: &Force, now: &str) -> Standing {
        force.standing(&rules(now), true)
    }

    #[test]
    fn only_a_finished_task_that_was_asked_for_puts_rules_into_force() {
        let old = [task(4, Some(true))];
        let first = Force::read(None, &rules("ACCEPT"), Some(&old), false);
        assert_eq!(standing(&first, "ACCEPT"), Standing::Unknown);
        let changed = next(&first, "ACCEPT", "DROP", &old, false);
        assert_eq!(standing(&changed, "DROP"), Standing::NotYet);
        let asked = changed.clone().asked(&rules("DROP"));
        assert_eq!(standing(&asked, "DROP"), Standing::Coming);
        let running = next(&asked, "DROP", "DROP", &[task(4, Some(true)), task(7, None)], true);
        assert_eq!(standing(&running, "DROP"), Standing::Coming);
        let done = [task(4, Some(true)), task(7, Some(true))];
        let applied = next(&running, "DROP", "DROP", &done, false);
        assert_eq!(standing(&applied, "DROP"), Standing::InForce);
        let other = next(&applied, "DROP", "ACCEPT", &done, false);
        assert_eq!(standing(&other, "ACCEPT"), Standing::NotYet);
        assert_eq!(standing(&other, "DROP"), Standing::InForce, "changed back");
        let failed = next(&asked, "DROP", "DROP", &[task(7, Some(false))], false);
        assert_eq!(standing(&failed, "DROP"), Standing::NotYet);
    }

    #[test]
    fn what_somebody_else_applies_is_not_known() {
        let applied = Force {
            task: 4,
            known: Known::These(effect(&rules("DROP"))),
        };
        let by_others = next(&applied, "DROP", "DROP", &[task(5, Some(true))], false);
        assert_eq!(standing(&by_others, "DROP"), Standing::Unknown);
        let both = next(
            &applied.clone().asked(&rules("DROP")),
            "DROP",
            "DROP",
            &[task(5, Some(true)), task(6, Some(true))],
            false,
        );
        assert_eq!(standing(&both, "DROP"), Standing::Unknown);
        assert_eq!(
            applied.standing(&rules("DROP"), false),
            Standing::Unknown,
            "tasks unread"
        );
    }

    #[test]
    fn an_application_of_which_nothing_came_leaves_what_was() {
        let applied = Force {
            task: 4,
            known: Known::These(effect(&rules("DROP"))),
        };
        let asked = applied.clone().asked(&rules("DROP")).asked(&rules("DROP"));
        assert_eq!(next(&asked, "DROP", "DROP", &[task(4, Some(true))], false), applied);
        assert_eq!(next(&asked, "DROP", "DROP", &[task(4, Some(true))], true), asked);
    }
}
