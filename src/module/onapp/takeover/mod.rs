//! Services whose VM the old module made: they get a row of ours, and their billing goes on where the old module stood.
//!
//! The old module wrote the moment at which it closed a service's last period into `tblonappcronhostingdates`, before it
//! asked for the invoice (reference: onapp-vm-module.md 6.3, 6.7). Hours before that moment are never billed again; nor are
//! hours before the end of the period on its last invoice, should that be later: it invoiced also when that write failed. The
//! period in progress at the take-over is continued, whole. Periods in between, which had ended and were not closed,
//! are what the old module failed to bill: `unbilled.rs` lists them, and bills them only when the host says so. So is a
//! period that it closed and whose invoice failed: no invoice of that day is found, and a person decides about it by name.

pub(crate) mod mapped;
pub(crate) mod unbilled;

use super::billing::cursor::zone_of;
use super::product::options::BillingSettings;
use super::tables::{CLOSED, MAPPINGS, MODULE, SERVICES, TAKEOVERS, instant, must, row, stored, text};
use crate::host::{
    Change, Class, Failure, Host, HostSettings, InvoiceLines, Outcome, Row, Service, ServiceGet, Settings, is,
};
use crate::module::common::claim;
use crate::module::common::once::first_today;
use crate::module::common::pages::Pages;
use crate::module::onapp::metering::lost::oldest_kept;
use crate::module::onapp::moment::floor;
use crate::time::{
    Anchor, Instant, Period, TimeError, Zone, day_start, first_period, hour_floor, period_after, period_at,
};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use mapped::{Left, never_seen};

/// A first piece of a period that is shorter than this joins the next period, whose included volume grows with it: the old
/// module's cron ran hours after midnight, it read its own clock as UTC, and over a change of the clocks it closed a day early.
const SPLINTER: TimeDelta = TimeDelta::days(2);

/// The length of the old module's periods (reference: onapp-vm-module.md 6.3).
const WINDOW: TimeDelta = TimeDelta::days(31);

/// No date that the old module or its service left lies further ahead than this: it is a typing error.
const AHEAD: TimeDelta = TimeDelta::days(31);

/// What was found of a service when it was taken over.
pub(crate) struct Taken {
    /// When that was.
    pub(crate) at: Instant,
    /// What the old module's record says; none where it never closed a period.
    pub(crate) recorded: Option<String>,
    /// The first hour that the old module had not billed.
    pub(crate) unbilled_from: Instant,
    /// The first hour to read that OnApp still had.
    pub(crate) readable_from: Instant,
    /// Where the period began that was closed last, if no invoice of it was found: the old module may have failed to bill it.
    pub(crate) doubtful_from: Option<Instant>,
    /// Whose the service was; none where an older release took it over.
    pub(crate) client_id: Option<String>,
}

impl Taken {
    /// Reads a row.
    pub(crate) fn of(found: &Row) -> Result<Self, Failure> {
        let moment = |name: &str| {
            instant(found, &TAKEOVERS, name)?
                .ok_or_else(|| Failure::internal("onapp.takeover_row", format!("A take-over's row has no {name}.")))
        };
        Ok(Self {
            at: moment("taken_at")?,
            recorded: text(found, "recorded").map(str::to_owned),
            unbilled_from: moment("unbilled_from")?,
            readable_from: moment("readable_from")?,
            doubtful_from: instant(found, &TAKEOVERS, "doubtful_from")?,
            client_id: text(found, "client_id").map(str::to_owned),
        })
    }

    fn values(&self, service_id: &str) -> Row {
        row([
            ("module", MODULE.into()),
            ("service_id", service_id.into()),
            ("taken_at", stored(self.at).into()),
            ("recorded", self.recorded.clone().into()),
            ("unbilled_from", stored(self.unbilled_from).into()),
            ("readable_from", stored(self.readable_from).into()),
            ("doubtful_from", self.doubtful_from.map(stored).into()),
            ("client_id", self.client_id.clone().into()),
        ])
    }
}

/// A mapping of the old module that waits to be taken over.
pub(crate) struct Waiting {
    pub(crate) service: Service,
    pub(crate) vm_id: String,
    pub(crate) taken: Taken,
    /// Our own row, where an action on the service made one before.
    known: Option<Row>,
}

/// The old module's mappings that have no VM on a row of ours.
#[derive(Default)]
pub(crate) struct Mapped {
    /// Those to be taken over.
    pub(crate) waiting: Vec<Waiting>,
    /// Ids of services that cannot be, each for a reason of its own.
    pub(crate) refused: Vec<(String, Failure)>,
    /// Services that are left as they are.
    pub(crate) left: Vec<Left>,
    /// Rows of services that were taken over with a server that staff corrected since, and the server that counts.
    moved: Vec<(Row, String)>,
}

/// What is to be done about a mapping.
enum Look {
    Nothing,
    Leave(Left),
    Take(Box<Waiting>),
    /// It was taken over, and its VM was looked for at a server that does not count any more.
    Move(Row, String),
}

/// Takes over every mapping that has no VM on a row of ours. Tells how many services could not be, each of which is named
/// to staff once a day.
pub(crate) async fn take_over(host: &Host) -> Result<u64, Failure> {
    let Mapped {
        waiting,
        mut refused,
        left,
        moved,
    } = waiting(host).await?;
    for (row, server_id) in &moved {
        correct(host, row, server_id).await?;
    }
    for next in &waiting {
        if let Err(failure) = adopt(host, next).await {
            refused.push((next.service.id.clone(), failure));
        }
    }
    for left in &left {
        if let Some(code) = left.code
            && first_today(host, &format!("take_over.{}", left.service_id)).await?
        {
            host.log("warning", code, left.sentence());
        }
    }
    let mut failed = 0u64;
    for (id, failure) in &refused {
        failed = failed.saturating_add(1);
        if first_today(host, &format!("take_over.{id}")).await? {
            host.log("error", &failure.code, format!("Service {id}: {failure}"));
        }
    }
    Ok(failed)
}

/// Takes over one service before an action on it that must know its machine, at the server that counts now.
pub(crate) async fn take_over_service(host: &Host, service_id: &str) -> Result<(), Failure> {
    let mapped = host
        .rows(MAPPINGS.name, vec![is("service_id", "=", service_id)], vec![], 1)
        .await?;
    let known = claim::read(host, MODULE, service_id).await?;
    let Some(mapping) = mapped.first() else {
        return Ok(());
    };
    match look(host, &mut None, service_id, mapping, known).await? {
        Look::Take(waiting) => adopt(host, &waiting).await,
        Look::Move(row, server_id) => correct(host, &row, &server_id).await,
        Look::Leave(left) => Err(left.refused()),
        Look::Nothing => Ok(()),
    }
}

/// Every mapping of the old module that waits to be taken over.
pub(crate) async fn waiting(host: &Host) -> Result<Mapped, Failure> {
    let mut all = Mapped::default();
    let mut settings = None;
    let mut pages = Pages::of(&MAPPINGS, "service_id", vec![]);
    while let Some(page) = pages.next(host).await? {
        let known = known(host, &page).await?;
        for mapping in &page {
            let id = must(mapping, &MAPPINGS, "service_id")?;
            let ours = known.iter().find(|row| text(row, "service_id") == Some(id)).cloned();
            match look(host, &mut settings, id, mapping, ours).await {
                Ok(Look::Nothing) => {}
                Ok(Look::Leave(left)) => all.left.push(left),
                Ok(Look::Take(waiting)) => all.waiting.push(*waiting),
                Ok(Look::Move(row, server_id)) => all.moved.push((row, server_id)),
                Err(failure) => all.refused.push((id.to_owned(), failure)),
            }
        }
    }
    Ok(all)
}

/// Was the VM of any service of the old module never seen? Until then nobody knows whose OnApp user has it.
pub(crate) async fn is_any_unseen(host: &Host) -> Result<bool, Failure> {
    let mut pages = Pages::of(&MAPPINGS, "service_id", vec![]);
    while let Some(page) = pages.next(host).await? {
        let known = known(host, &page).await?;
        for mapping in &page {
            let id = must(mapping, &MAPPINGS, "service_id")?;
            let ours = known.iter().find(|row| text(row, "service_id") == Some(id));
            if ours.is_some_and(|row| !never_seen(row)) {
                continue;
            }
            if host.ask(&ServiceGet { id: id.to_owned() }).await?.service.is_some() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What this module has on record of the services of a page of mappings.
async fn known(host: &Host, page: &[Row]) -> Result<Vec<Row>, Failure> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else {
        return Ok(vec![]);
    };
    let between = vec![
        is("module", "=", MODULE),
        is("service_id", ">=", must(first, &MAPPINGS, "service_id")?),
        is("service_id", "<=", must(last, &MAPPINGS, "service_id")?),
    ];
    Pages::of(&SERVICES, "service_id", between).all(host).await
}

/// What is to be done about a mapping.
async fn look(
    host: &Host,
    settings: &mut Option<Settings>,
    id: &str,
    mapping: &Row,
    known: Option<Row>,
) -> Result<Look, Failure> {
    let is_unseen = match &known {
        Some(row) => text(row, "state") == Some("ready") && never_seen(row) && !claim::is_claimed(host, row)?,
        None => false,
    };
    if let Some(row) = &known
        && !is_unseen
        && !untouched(host, row)?
    {
        return Ok(Look::Nothing);
    }
    let vm_id = text(mapping, "vm_id").filter(|vm| *vm != "0");
    let service = host.ask(&ServiceGet { id: id.to_owned() }).await?.service;
    let (Some(vm_id), Some(service)) = (vm_id, service) else {
        return Ok(Look::Nothing); // A mapping that was left behind: no VM, or no service any more.
    };
    if !mapped::is_of_module(&service) {
        // Its columns are another module's, and so may be its server.
        let module = &service.product.module;
        let what = format!(
            "service {id} (VM {vm_id} at OnApp) has a product of the module {module} by now; it is neither metered nor billed"
        );
        return Ok(Look::Leave(Left::as_it_is(id, what)));
    }
    let same = |row: &Row| service.server_id.is_empty() || text(row, "server_id") == Some(&service.server_id);
    let unseen = known.as_ref().filter(|_| is_unseen);
    if unseen.is_some_and(same) {
        return Ok(Look::Nothing);
    }
    if let Some(left) = mapped::unclear(host, &service, vm_id, None).await? {
        return Ok(Look::Leave(left));
    }
    if let Some(row) = unseen {
        return Ok(Look::Move(row.clone(), service.server_id));
    }
    let settings = match settings {
        Some(settings) => settings,
        None => settings.insert(host.ask(&HostSettings {}).await?),
    };
    let taken = found(host, settings, &service, None).await?;
    let vm_id = vm_id.to_owned();
    Ok(Look::Take(Box::new(Waiting {
        service,
        vm_id,
        taken,
        known,
    })))
}

/// A row of ours that knows no VM, and that nobody is at work on: an action made it that changed nothing, or that was killed.
fn untouched(host: &Host, ours: &Row) -> Result<bool, Failure> {
    let none = |name: &str| text(ours, name).is_none();
    Ok(text(ours, "state") == Some("new") && none("vm_id") && none("create_key") && !claim::is_claimed(host, ours)?)
}

/// Looks for the VM at the server that counts now.
async fn correct(host: &Host, ours: &Row, server_id: &str) -> Result<(), Failure> {
    let id = must(ours, &SERVICES, "service_id")?;
    let change = Change::Update {
        table: SERVICES.name,
        key: row([("module", MODULE.into()), ("service_id", id.into())]),
        rev: must(ours, &SERVICES, "rev")?.to_owned(),
        values: row([("server_id", server_id.into())]),
    };
    // A conflict: an action is at work on it; the next run looks again.
    if host.apply(vec![change]).await? == Outcome::Applied {
        let sentence = format!("Service {id} of the old module: its VM is looked for at server {server_id} now.");
        host.log("warning", "onapp.take_over_server", sentence);
    }
    Ok(())
}

async fn adopt(host: &Host, waiting: &Waiting) -> Result<(), Failure> {
    let id = waiting.service.id.as_str();
    let mut change = vec![match &waiting.known {
        None => {
            let mut values = row([("module", MODULE.into()), ("service_id", id.into())]);
            values.extend(lifecycle(waiting));
            Change::Insert {
                table: SERVICES.name,
                values,
            }
        }
        Some(there) => Change::Update {
            table: SERVICES.name,
            key: row([("module", MODULE.into()), ("service_id", id.into())]),
            rev: must(there, &SERVICES, "rev")?.to_owned(),
            values: lifecycle(waiting),
        },
    }];
    change.push(Change::Insert {
        table: TAKEOVERS.name,
        values: waiting.taken.values(id),
    });
    if host.apply(change).await? == Outcome::Applied {
        tell(host, waiting);
    }
    Ok(())
}

fn lifecycle(waiting: &Waiting) -> Row {
    row([
        ("client_id", waiting.service.client_id.as_str().into()),
        ("server_id", waiting.service.server_id.as_str().into()),
        ("state", "ready".into()),
        ("vm_id", waiting.vm_id.as_str().into()),
        ("since", stored(waiting.taken.readable_from).into()),
    ])
}

/// What changes with the first sight of a VM that belongs to a former client's OnApp user: what the old module invoiced to that
/// client counts, and what it failed to bill is that client's. Nothing for the client who has the service.
pub(crate) async fn formerly(host: &Host, service_id: &str, owner: &str) -> Result<Vec<Change>, Failure> {
    let of_service = vec![is("module", "=", MODULE), is("service_id", "=", service_id)];
    let noted = host.rows(TAKEOVERS.name, of_service, vec![], 1).await?;
    let asked = ServiceGet {
        id: service_id.to_owned(),
    };
    let (Some(noted), Some(service)) = (noted.first(), host.ask(&asked).await?.service) else {
        return Ok(vec![]);
    };
    if service.client_id == owner || text(noted, "client_id") == Some(owner) {
        return Ok(vec![]);
    }
    let settings = host.ask(&HostSettings {}).await?;
    let taken = Taken {
        at: Taken::of(noted)?.at,
        ..found(host, &settings, &service, Some(owner)).await?
    };
    Ok(vec![Change::Update {
        table: TAKEOVERS.name,
        key: row([("module", MODULE.into()), ("service_id", service_id.into())]),
        rev: must(noted, &TAKEOVERS, "rev")?.to_owned(),
        values: taken.values(service_id),
    }])
}

/// The changes that belong to the take-over of a service whose row is claimed already, and whose VM this client's OnApp user has:
/// its own columns, and our note.
pub(crate) async fn changes(host: &Host, service_id: &str, owner: &str) -> Result<(Row, Vec<Change>), Failure> {
    let asked = ServiceGet {
        id: service_id.to_owned(),
    };
    let Some(service) = host.ask(&asked).await?.service else {
        return Ok((Row::new(), vec![]));
    };
    if record(host, service_id).await?.is_some() {
        return Ok((Row::new(), vec![]));
    }
    let settings = host.ask(&HostSettings {}).await?;
    let taken = found(host, &settings, &service, Some(owner)).await?;
    let note = Change::Insert {
        table: TAKEOVERS.name,
        values: taken.values(service_id),
    };
    Ok((row([("since", stored(taken.readable_from).into())]), vec![note]))
}

fn tell(host: &Host, waiting: &Waiting) {
    let Taken {
        recorded,
        unbilled_from,
        ..
    } = &waiting.taken;
    let before = match recorded {
        Some(recorded) => format!("closed a period of it at {recorded}"),
        None => "closed no period of it".to_owned(),
    };
    let sentence = format!(
        "Service {} of the old module (VM {}) is metered and billed by this module. The old module {before}; nothing before \
         {} is billed again. Periods that had ended are billed only if you say so: cron_bandwidth.php --takeover.",
        waiting.service.id,
        waiting.vm_id,
        stored(*unbilled_from)
    );
    host.log("warning", "onapp.taken_over", sentence);
}

/// Reads what the old module left of a service. `owner`: whose OnApp user has its VM, where that is known.
async fn found(host: &Host, settings: &Settings, service: &Service, owner: Option<&str>) -> Result<Taken, Failure> {
    let closed = host
        .rows(CLOSED.name, vec![is("hosting_id", "=", &service.id)], vec![], 1)
        .await?;
    let recorded = closed.first().and_then(|row| text(row, "account_date"));
    let php = php_zone(settings);
    let now = floor(host.now())?;
    let closed = recorded
        .and_then(|text| text.parse::<Shown>().ok())
        .map(|shown| shown.0);
    let registered = match service.reg_date.parse::<NaiveDate>() {
        Ok(date) => {
            // A zone that cannot be read is said when periods are made; until then PHP's counts.
            let slot = BillingSettings::read(&service.product.options)
                .ok()
                .and_then(|b| b.zone);
            let zone = zone_of(host, settings, &service.server_id, slot.as_deref())
                .await
                .unwrap_or_else(|_| php.clone());
            let what = format!("its registration date {date}");
            let place = "the service's registration date";
            match dated(service, &what, place, now, day_start(date, &zone)) {
                // Where a period was closed, it says no more than how far back the doubt may reach.
                Err(_) if closed.is_some() => None,
                other => Some(other?),
            }
        }
        Err(_) => None,
    };
    let mut billed = service.client_id.as_str();
    let mut invoiced = last_invoice(host, service, billed, closed).await?;
    if let Some(owner) = owner.filter(|_| invoiced.is_none()) {
        // Whose OnApp user has the VM had the service, unless the old module invoiced it to its present client.
        billed = owner;
        invoiced = last_invoice(host, service, owner, closed).await?;
    }
    let last_day = invoiced.as_ref().map(OldInvoice::day);
    let mut recorded = recorded.map(str::to_owned);
    let mut doubtful_from = None;
    let from = match (closed, &invoiced) {
        (Some(closed), _) if last_day.is_none_or(|day| day <= closed.date()) => {
            let what = format!("the moment {closed} at which the old module closed its last period");
            let place = "account_date of that service in tblonappcronhostingdates";
            let from = dated(service, &what, place, now, first_unbilled(closed, &php))?;
            if last_day != Some(closed.date()) {
                let began = from - WINDOW;
                let registered = registered.filter(|at| *at < from);
                doubtful_from = Some(registered.map_or(began, |at| began.max(at)));
            }
            from
        }
        (_, Some(invoice)) => {
            let id = &invoice.id;
            let (shown, moment) = match invoice.span {
                Some((_, end)) => (end.to_string(), first_unbilled(end, &php)),
                // Made at some hour of that day, which nobody knows: the whole day counts as billed.
                None => {
                    let next_day = invoice.date.succ_opt().unwrap_or(invoice.date);
                    (invoice.date.to_string(), day_start(next_day, &php))
                }
            };
            recorded = Some(format!("{shown}, by its invoice {id}"));
            let what = format!("the end {shown} of the period on its invoice {id}");
            dated(service, &what, "that invoice's line", now, moment)?
        }
        _ => registered.unwrap_or(now),
    };
    let unbilled_from = from.min(now);
    Ok(Taken {
        at: host.now(),
        recorded,
        unbilled_from,
        readable_from: doubtful_from.unwrap_or(unbilled_from).max(oldest_kept(host.now())?),
        doubtful_from,
        client_id: Some(billed.to_owned()),
    })
}

/// The moment that a date of a service stands for, unless the date cannot be right.
fn dated(
    service: &Service,
    what: &str,
    place: &str,
    now: Instant,
    moment: Result<Instant, TimeError>,
) -> Result<Instant, Failure> {
    moment.ok().filter(|moment| *moment - now <= AHEAD).ok_or_else(|| {
        Failure::new(
            Class::BillingRefused,
            "onapp.takeover_date",
            format!("Service {} of the old module cannot be taken over: {what} cannot be right.", service.id),
            "Nothing was changed. Until then its traffic is neither read nor billed; OnApp keeps the hours for three months.",
            format!("Correct {place}; nothing else needs to be done."),
        )
    })
}

/// The zone whose clock the old module's cron wrote down.
fn php_zone(settings: &Settings) -> Zone {
    match settings.time_zone.as_str() {
        "" => Zone::utc(),
        name => Zone::get_or_utc(name),
    }
}

/// An invoice of the old module for a service.
struct OldInvoice {
    id: String,
    /// Its date, which staff and the billing panel may have changed.
    date: NaiveDate,
    /// Beginning and end of the period, as its line says them by PHP's clock.
    span: Option<(NaiveDateTime, NaiveDateTime)>,
}

impl OldInvoice {
    /// The day that it billed to.
    fn day(&self) -> NaiveDate {
        self.span.map_or(self.date, |(_, end)| end.date())
    }

    /// Can it be the service's own, whose last period was closed then? Another service of the same product and hostname has
    /// the same words. What was closed is written down before it is invoiced, and is what the next period begins with. Where
    /// nothing was ever closed, each period begins on a day that is counted from the registration (reference:
    /// onapp-vm-module.md 6.3).
    fn fits(&self, closed: Option<NaiveDateTime>, registered: Option<NaiveDate>) -> bool {
        match (closed, self.span, registered.map(|date| date.and_time(NaiveTime::MIN))) {
            (Some(closed), Some((start, end)), _) => is_near(start, closed) || is_near(end, closed),
            (None, Some((start, _)), Some(registered)) => {
                let windows = (start - registered + TimeDelta::hours(12))
                    .num_days()
                    .div_euclid(WINDOW.num_days());
                windows >= 0
                    && i32::try_from(windows).is_ok_and(|windows| is_near(start, registered + WINDOW * windows))
            }
            (None, None, Some(registered)) => self.date > registered.date(),
            _ => true,
        }
    }
}

/// Written down by the same run of the old module's cron.
fn is_near(one: NaiveDateTime, other: NaiveDateTime) -> bool {
    (one - other).abs() < TimeDelta::hours(12)
}

/// The old module's last invoice for a service: its line begins with product and hostname, and with the period as
/// `(start / end)` (reference: onapp-vm-module.md 6.7). A period that the billing panel wrote itself has another form.
async fn last_invoice(
    host: &Host,
    service: &Service,
    client_id: &str,
    closed: Option<NaiveDateTime>,
) -> Result<Option<OldInvoice>, Failure> {
    if service.domain.is_empty() {
        return Ok(None);
    }
    let registered = service.reg_date.parse::<NaiveDate>().ok();
    let asked = InvoiceLines {
        client_id: client_id.to_owned(),
        begins: format!("{} - {} (", service.product.name, service.domain),
    };
    let found = host.ask(&asked).await?.invoices.into_iter();
    Ok(found
        .filter_map(|invoice| {
            let first = invoice.line.lines().next().unwrap_or_default();
            let (start, rest) = first.strip_prefix(&asked.begins)?.split_once(" / ")?;
            let moment = |text: &str| text.trim().parse::<Shown>().ok().map(|shown| shown.0);
            let end = rest.split(')').next().unwrap_or_default();
            let span = moment(start).zip(moment(end));
            let date = invoice.date.parse::<NaiveDate>().ok();
            Some(OldInvoice {
                id: invoice.id,
                date: date.or(span.map(|(_, end)| end.date()))?,
                span,
            })
        })
        .filter(|invoice| invoice.fits(closed, registered))
        .max_by_key(OldInvoice::day))
}

/// A moment as the old module stored it, `2026-02-01 00:15:00`; its lines may leave out the seconds.
struct Shown(NaiveDateTime);

impl std::str::FromStr for Shown {
    type Err = chrono::ParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let with = |form| NaiveDateTime::parse_from_str(text, form);
        with("%Y-%m-%d %H:%M:%S").or_else(|_| with("%Y-%m-%d %H:%M")).map(Self)
    }
}

/// The first hour that the old module had not billed when it closed a period at this moment of PHP's clock.
///
/// It asked OnApp for the hours up to the moment as its own clock showed it, which OnApp read as UTC; and what lay in the
/// future had no hours yet. So it billed up to the earlier of the two (reference: onapp-vm-module.md 6.4).
fn first_unbilled(closed: NaiveDateTime, php: &Zone) -> Result<Instant, TimeError> {
    hour_floor(closed.and_utc().min(php.last_instant(closed)?))
}

/// What was found of a service when it was taken over; None for one that this module made.
pub(crate) async fn record(host: &Host, service_id: &str) -> Result<Option<Taken>, Failure> {
    let conditions = vec![is("module", "=", MODULE), is("service_id", "=", service_id)];
    let rows = host.rows(TAKEOVERS.name, conditions, vec![], 1).await?;
    rows.first().map(Taken::of).transpose()
}

/// The date from which a service's periods are counted: its registration. Where the old module had closed a period before
/// that date, or there is none, from the closing on, as it did itself (reference: onapp-vm-module.md 6.3).
pub(crate) fn counted_from(
    taken: Option<&Taken>,
    registered: Option<NaiveDate>,
    zone: &Zone,
) -> Result<Option<NaiveDate>, TimeError> {
    let Some(closed) = taken.filter(|taken| taken.recorded.is_some()) else {
        return Ok(registered);
    };
    let from = zone.date(closed.unbilled_from)?;
    Ok(Some(registered.filter(|date| *date <= from).unwrap_or(from)))
}

/// The periods from the first hour that the old module had not billed. The last one was in progress at the take-over; those
/// before it had ended.
pub(crate) fn periods(anchor: &Anchor, taken: &Taken) -> Result<Vec<Period>, TimeError> {
    let mut next = first_period(anchor, taken.unbilled_from)?;
    if next.index < 0 {
        // Registered after the old module's record, or at a midnight of another zone: nothing before counts.
        next = period_at(anchor, day_start(anchor.date, &anchor.zone)?)?;
    } else if next.end - next.start < SPLINTER && !next.share(anchor)?.is_whole() {
        let after = period_after(&next, anchor)?;
        next = Period {
            start: next.start,
            ..after
        };
    }
    let mut all = vec![next];
    while next.end <= taken.at {
        next = period_after(&next, anchor)?;
        all.push(next);
    }
    Ok(all)
}

/// The period that the old module closed last, if no invoice of it was found.
pub(crate) fn doubtful(anchor: &Anchor, taken: &Taken) -> Result<Option<Period>, TimeError> {
    let Some(start) = taken.doubtful_from else {
        return Ok(None);
    };
    let next = periods(anchor, taken)?.first().map(|period| period.index);
    // Without an index of its own it could not be told from the period that follows.
    Ok(next.filter(|index| *index > 0).map(|index| Period {
        index: index.saturating_sub(1),
        start,
        end: taken.unbilled_from,
    }))
}

/// The period that was in progress at the take-over.
pub(crate) fn running(anchor: &Anchor, taken: &Taken) -> Result<Period, TimeError> {
    periods(anchor, taken)?.pop().ok_or(TimeError::OutOfRange)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::time::Share;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn closed_in(zone: &str, shown: &str) -> String {
        let Shown(closed) = shown.parse().unwrap();
        stored(first_unbilled(closed, &Zone::get(zone).unwrap()).unwrap())
    }

    #[test]
    fn hours_that_the_old_module_billed_end_where_its_clock_read_as_utc_and_the_present_first_ended() {
        // The cron ran at 00:15; OnApp's hours are whole.
        assert_eq!(closed_in("UTC", "2026-02-01 00:15:00"), "2026-02-01T00:00:00Z");
        // 23:15 UTC of the day before: OnApp had no later hours.
        assert_eq!(
            closed_in("Europe/Berlin", "2026-02-01 00:15:00"),
            "2026-01-31T23:00:00Z"
        );
        // 05:15 UTC, and OnApp was asked for the hours up to 00:15 UTC.
        assert_eq!(
            closed_in("America/New_York", "2026-02-01 00:15:00"),
            "2026-02-01T00:00:00Z"
        );
    }

    fn taken(unbilled: &str, taken_at: &str) -> Taken {
        Taken {
            at: at(taken_at),
            recorded: None,
            unbilled_from: at(unbilled),
            readable_from: at(unbilled),
            doubtful_from: None,
            client_id: None,
        }
    }

    #[test]
    fn the_period_in_progress_is_the_last_and_a_splinter_joins_it() {
        let anchor = Anchor {
            date: "2026-01-01".parse().unwrap(),
            zone: Zone::get("America/New_York").unwrap(),
        };
        // Closed at 00:15 of February 1st by New York's clock: five hours before the next period's own start.
        let all = periods(&anchor, &taken("2026-02-01T00:00:00Z", "2026-02-20T12:00:00Z")).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].index, all[0].start), (1, at("2026-02-01T00:00:00Z")));
        assert_eq!(all[0].end, at("2026-03-04T05:00:00Z"));
        // 31 days and five hours.
        assert_eq!(all[0].share(&anchor).unwrap(), Share { hours: 749, of: 744 });
    }

    #[test]
    fn periods_that_ended_before_the_take_over_stand_before_the_one_in_progress() {
        let anchor = Anchor {
            date: "2026-01-01".parse().unwrap(),
            zone: Zone::utc(),
        };
        let all = periods(&anchor, &taken("2026-02-01T00:00:00Z", "2026-04-10T12:00:00Z")).unwrap();
        let edges: Vec<String> = all.iter().map(|p| stored(p.start)).collect();
        assert_eq!(
            edges,
            ["2026-02-01T00:00:00Z", "2026-03-04T00:00:00Z", "2026-04-04T00:00:00Z"]
        );
        assert_eq!(all.iter().map(|p| p.index).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn nothing_before_the_registration_is_a_period() {
        let anchor = Anchor {
            date: "2026-03-01".parse().unwrap(),
            zone: Zone::utc(),
        };
        let all = periods(&anchor, &taken("2026-01-01T00:00:00Z", "2026-03-10T00:00:00Z")).unwrap();
        assert_eq!(
            (all.len(), all[0].index, all[0].start),
            (1, 0, at("2026-03-01T00:00:00Z"))
        );
    }
}
