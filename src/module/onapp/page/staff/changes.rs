//! What Change Package would do now, as staff see it before they press it: each resource as ordered and as it is, what is
//! refused, and when the VM was backed up last.

use crate::host::{Failure, Service};
use crate::module::common::refusal::refusal;
use crate::module::onapp::addresses::{existing_second, joins};
use crate::module::onapp::change::plan::{Actual, Line, Plan, Resource, Verdict, assignments};
use crate::module::onapp::page::clock::Clock;
use crate::module::onapp::page::look::{Place, Seen};
use crate::module::onapp::page::storage::{backups, disks};
use crate::module::onapp::product::options::ProductOptions;
use crate::module::onapp::product::ordered::Ordered;
use crate::panel::onapp::{Nic, PanelError};
use crate::view::{Column, Fact, Notice, Section, Tone, Words};

/// The plan as the staff's tab shows it.
pub(crate) struct Changes {
    pub(crate) table: Section,
    pub(crate) notices: Vec<Notice>,
    /// When the VM was backed up last.
    pub(crate) backup: Fact,
}

impl Changes {
    /// Reads what the plan needs beside the VM and its interfaces.
    pub(crate) fn read(
        place: &Place,
        seen: &Seen,
        nics: &Result<Vec<Nic>, PanelError>,
        service: &Service,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let options = ProductOptions::read(&service.product.options)?;
        let ordered = Ordered::of_existing(&options, &service.options)?;
        let nics = nics
            .as_ref()
            .map_err(|e| refusal("The interfaces could not be read", e))?;
        let disks = place
            .either(|panel| panel.disks(place.vm_id))
            .map_err(|e| refusal("The disks could not be read", &e))?
            .unwrap_or_default();
        let joins = assignments(nics, || joins(&place.panel, place.vm_id))?;
        let second = match &ordered.secondary {
            Some(second) => existing_second(&place.panel, &seen.vm, nics, options.hypervisor_zone, second.network)?,
            None => None,
        };
        let actual = Actual::new(&seen.vm, nics, &disks, joins.as_deref(), second.as_ref());
        let plan = Plan::of(&ordered, &actual);
        let backup = match place.either(|panel| panel.backups(place.vm_id)) {
            Ok(found) => last(backups::last(&found.unwrap_or_default(), disks::first(&disks)), clock),
            Err(e) => Words::raw(refusal("The backups could not be read", &e).to_string()),
        };
        let mut notices = Vec::new();
        if let Some(refused) = plan.refusal() {
            notices.push(Notice::new(Tone::Warning, Words::raw(refused.to_string())));
        } else if !plan.steps.is_empty() || plan.lacks_addresses() {
            let text = "Change Package applies what differs. Take a backup first, with Back up now: the date of the last one \
                        stands below.";
            notices.push(Notice::new(Tone::Info, Words::new("staff.change", text)));
        }
        Ok(Self {
            table: table(&plan),
            notices,
            backup: Fact::new(Words::new("upgrade.last_backup", "Last backup"), backup),
        })
    }
}

/// The moment of the last backup.
pub(crate) fn last(at: Option<crate::time::Instant>, clock: &Clock) -> Words {
    match at {
        Some(at) => Words::raw(clock.show(at)),
        None => Words::new("upgrade.no_backup", "None yet"),
    }
}

/// What a resource is called.
pub(crate) fn name(resource: Resource) -> Words {
    match resource {
        Resource::Memory => Words::new("vm.memory", "Memory"),
        Resource::Cpus => Words::new("vm.cpus", "CPU cores"),
        Resource::CpuShares => Words::new("vm.cpu_shares", "CPU priority"),
        Resource::PortSpeed => Words::new("vm.port_speed", "Port speed"),
        Resource::Disk => Words::new("vm.disk", "Disk space"),
        Resource::Addresses => Words::new("vm.addresses", "IP addresses"),
        Resource::Secondary => Words::new("staff.secondary", "IP addresses in the second network"),
        Resource::SecondaryPortSpeed => Words::new("staff.secondary_speed", "Port speed in the second network"),
        Resource::Template => Words::new("vm.template", "Template"),
    }
}

/// A value with its unit.
pub(crate) fn value(resource: Resource, value: u64) -> Words {
    match (resource, value) {
        (Resource::PortSpeed | Resource::SecondaryPortSpeed, 0) => Words::new("vm.unlimited", "Unlimited"),
        (Resource::Template, id) => Words::with("vm.template_id", "Template {id}", [("id", id.to_string())]),
        _ => Words::raw(resource.show(value)),
    }
}

fn table(plan: &Plan) -> Section {
    let row = |line: &Line| {
        let verdict = match line.verdict {
            Verdict::Same => Words::new("staff.same", "as ordered"),
            Verdict::Changes { restarts: false } => Words::new("staff.changes", "differs: Change Package changes it"),
            Verdict::Changes { restarts: true } => Words::new(
                "staff.restarts",
                "differs: Change Package changes it, and the VM restarts for it",
            ),
            Verdict::Follows => Words::new(
                "staff.follows",
                "differs: after Change Package the next cron attaches what is missing",
            ),
            Verdict::Stays => Words::new("staff.stays", "differs: what is attached is not taken away"),
            Verdict::Refused => Words::new(
                "staff.refused",
                "differs, and is not changed by itself: Change Package refuses",
            ),
            Verdict::Unread => Words::new("staff.unknown", "not read"),
        };
        let there = line.actual.map(|actual| value(line.resource, actual));
        vec![
            name(line.resource),
            value(line.resource, line.ordered),
            there.unwrap_or_else(|| Words::raw("")),
            verdict,
        ]
    };
    comparison(plan.lines.iter().map(row).collect())
}

/// What is ordered beside what is there, a row a resource.
pub(crate) fn comparison(rows: Vec<Vec<Words>>) -> Section {
    let column = |code, label, number| Column {
        label: Words::new(code, label),
        number,
    };
    Section::Table {
        heading: Words::new("staff.compared", "Ordered and there"),
        columns: vec![
            column("staff.resource", "Resource", false),
            column("staff.ordered", "Ordered", true),
            column("staff.actual", "There", true),
            column("staff.verdict", "Compared", false),
        ],
        rows,
        empty: Words::new("staff.nothing", "Nothing is known."),
        chart: None,
        csv_action: "",
    }
}
