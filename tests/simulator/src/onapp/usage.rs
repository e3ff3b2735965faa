//! Traffic: what flowed in which hour, and the hourly rows that the panel shows of it.
//!
//! Owns the truth about bytes. A row is stamped at the END of its hour and written 5 to 30 seconds after it; an hour
//! without traffic has no row; rows older than three months are gone; rows of a removed interface or a deleted VM are
//! out of reach. Source: reference: onapp-api.md 7.1 and 7.2.

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::Caller;
use super::{OnApp, Outcome, id_of, wrapped};
use crate::clock::{self, Time, hour_start, parse, parse_period};
use crate::random::Random;
use crate::request::{Answer, flag, int, text};
use chrono::{DateTime, Duration, FixedOffset, Months};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Hours by interface and start of the hour (seconds since 1970).
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic(BTreeMap<(u64, i64), Hour>);

/// One hour of one interface.
#[derive(Clone, Debug)]
struct Hour {
    row_id: u64,
    parts: Vec<Part>,
}

/// Traffic that becomes visible together. Several parts: late or corrected rows.
#[derive(Clone, Debug)]
struct Part {
    sent_kb: i64,
    received_kb: i64,
    visible_from: Time,
}

/// Sums in KB.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sums {
    sent: i64,
    received: i64,
    reported_sent: i64,
    reported_received: i64,
}

impl Sums {
    fn add(&mut self, other: Sums) {
        self.sent += other.sent;
        self.received += other.received;
        self.reported_sent += other.reported_sent;
        self.reported_received += other.reported_received;
    }

    pub(super) fn write(self, view: &mut Value) {
        view["sent_kb"] = json!(self.sent);
        view["received_kb"] = json!(self.received);
        view["total_kb"] = json!(self.sent + self.received);
        view["reported_sent_kb"] = json!(self.reported_sent);
        view["reported_received_kb"] = json!(self.reported_received);
        view["reported_total_kb"] = json!(self.reported_sent + self.reported_received);
    }
}

/// The stamps that a caller asked for.
#[derive(Debug)]
pub(super) struct Period {
    from: Option<Time>,
    to: Option<Time>,
    end_excluded: bool,
}

impl Period {
    pub(super) fn holds(&self, stamp: Time) -> bool {
        let ended = |to: Time| if self.end_excluded { stamp >= to } else { stamp > to };
        self.from.is_none_or(|from| stamp >= from) && !self.to.is_some_and(ended)
    }
}

impl OnApp {
    /// `period[startdate]`, `period[enddate]` and `use_local_time` (reference: onapp-api.md 7.1).
    pub(super) fn period(&self, params: &Value) -> Period {
        let period = &params["period"];
        let local = flag(&period["use_local_time"]) || flag(&params["use_local_time"]);
        let utc = FixedOffset::east_opt(0).unwrap_or(self.quirks.offset());
        let offset = if local { self.quirks.offset() } else { utc };
        Period {
            from: parse_period(&text(&period["startdate"]), offset),
            to: parse_period(&text(&period["enddate"]), offset),
            end_excluded: self.quirks.period_end_exclusive,
        }
    }

    pub(super) fn nic_usage(&self, caller: &Caller, vm: &str, nic: &str, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["vm_stats.read"])?;
        let vm = self
            .find_vm(vm)
            .filter(|v| scope == Scope::All || v.user_id == caller.id)
            .ok_or(Refusal::NotFound)?;
        let nic = self.nic_of(vm.id, nic)?;
        let period = self.period(params);
        let now = self.now();
        let oldest = now.checked_sub_months(Months::new(3)).unwrap_or(now);
        let rows = self
            .traffic
            .0
            .range((nic.id, i64::MIN)..=(nic.id, i64::MAX))
            .filter_map(|((_, start), hour)| {
                let stamp = DateTime::from_timestamp(start + 3600, 0)?;
                let in_period = period.holds(stamp);
                let visible: Vec<&Part> = hour.parts.iter().filter(|p| p.visible_from <= now).collect();
                let created = visible.iter().map(|p| p.visible_from).min()?;
                let updated = visible.iter().map(|p| p.visible_from).max()?;
                if !in_period || stamp < oldest {
                    return None;
                }
                Some(json!({
                    "id": hour.row_id, "network_interface_id": nic.id, "virtual_machine_id": vm.id,
                    "user_id": vm.user_id,
                    "data_sent": visible.iter().map(|p| p.sent_kb).sum::<i64>(),
                    "data_received": visible.iter().map(|p| p.received_kb).sum::<i64>(),
                    "stat_time": clock::row_stamp(self.version, stamp),
                    "created_at": clock::row_stamp(self.version, created),
                    "updated_at": clock::row_stamp(self.version, updated),
                }))
            });
        Ok(Answer::json(200, &wrapped("net_hourly_stat", rows)))
    }

    /// `POST /_sim/traffic`: one hour, a list of hours, or a generator over a span.
    pub(super) fn add_traffic(&mut self, body: &Value) -> Result<Value, String> {
        let single = [body.clone()];
        let list = body.as_array().map_or(single.as_slice(), Vec::as_slice);
        let mut hours = 0u64;
        for order in list {
            hours += if order["from"].is_string() {
                self.generate(order)?
            } else {
                self.add_hour(order)?
            };
        }
        Ok(json!({"hours": hours}))
    }

    fn add_hour(&mut self, order: &Value) -> Result<u64, String> {
        let hour = parse(&text(&order["hour"])).ok_or("traffic needs \"hour\", the start of an hour in RFC 3339")?;
        if hour != hour_start(hour) {
            return Err(format!("{hour} is not the start of an hour"));
        }
        let nic = self.traffic_nic(order)?;
        let amount = |key: &str| int(&order[key]).unwrap_or(0);
        self.put_hour(
            nic,
            hour,
            amount("sent_kb"),
            amount("received_kb"),
            amount("late_minutes"),
        )?;
        Ok(1)
    }

    /// Every whole hour of `[from, to)`. With `random` each hour has 0 to twice `kb_per_hour`, every fifth or so none.
    fn generate(&mut self, order: &Value) -> Result<u64, String> {
        let span = |key: &str| parse(&text(&order[key])).ok_or(format!("a generator needs \"{key}\" in RFC 3339"));
        let (from, to) = (hour_start(span("from")?), span("to")?);
        let rate = int(&order["kb_per_hour"]).ok_or("a generator needs \"kb_per_hour\"")?;
        let nic = self.traffic_nic(order)?;
        let random = flag(&order["random"]);
        let mut source = Random::new(self.seed ^ nic.wrapping_mul(0x9E37) ^ from.timestamp().unsigned_abs());
        let mut hours = 0;
        let mut hour = from;
        while hour + Duration::hours(1) <= to {
            let mut share = || {
                if random {
                    i64::try_from(source.below(u64::try_from(rate).unwrap_or(0) + 1)).unwrap_or(0)
                } else {
                    rate / 2
                }
            };
            let (sent, received) = (share(), share());
            let odd = if random { 0 } else { rate % 2 };
            let idle = random && source.below(5) == 0;
            if !idle {
                self.put_hour(
                    nic,
                    hour,
                    sent + odd,
                    received,
                    int(&order["late_minutes"]).unwrap_or(0),
                )?;
                hours += 1;
            }
            hour += Duration::hours(1);
        }
        Ok(hours)
    }

    fn traffic_nic(&self, order: &Value) -> Result<u64, String> {
        let vm = id_of(&order["vm"]).or_else(|| self.find_vm(&text(&order["vm"])).map(|v| v.id));
        let vm = vm
            .filter(|id| self.vms.contains_key(id))
            .ok_or("traffic needs \"vm\", the id of a virtual machine")?;
        let wanted = id_of(&order["nic"]);
        self.nics
            .values()
            .filter(|n| n.vm_id == vm && wanted.is_none_or(|w| w == n.id))
            .min_by_key(|n| (n.removed_at.is_some(), n.id))
            .map(|n| n.id)
            .ok_or(format!("virtual machine {vm} has no such network interface"))
    }

    fn put_hour(
        &mut self,
        nic: u64,
        hour: Time,
        sent_kb: i64,
        received_kb: i64,
        late_minutes: i64,
    ) -> Result<(), String> {
        let key = (nic, hour.timestamp());
        let row_id = match self.traffic.0.get(&key) {
            Some(known) => known.row_id,
            None => self.fresh_id(),
        };
        let delay = if self.quirks.rows_at_once {
            0
        } else {
            5 + i64::try_from(row_id % 26).unwrap_or(0)
        };
        let row_time = hour + Duration::hours(1) + Duration::seconds(delay) + Duration::minutes(late_minutes);
        // Traffic told afterwards, about an hour long over, is a late row: it appears now.
        let visible_from = row_time.max(self.now());
        let parts = self.traffic.0.get(&key).map(|h| h.parts.as_slice()).unwrap_or_default();
        let total = |pick: fn(&Part) -> i64, more: i64| parts.iter().map(pick).sum::<i64>() + more;
        if total(|p| p.sent_kb, sent_kb) < 0 || total(|p| p.received_kb, received_kb) < 0 {
            return Err(format!("an hour cannot have less than no traffic: {hour}"));
        }
        let entry = self.traffic.0.entry(key).or_insert(Hour {
            row_id,
            parts: Vec::new(),
        });
        entry.parts.push(Part {
            sent_kb,
            received_kb,
            visible_from,
        });
        Ok(())
    }

    /// The truth about one interface: its hours that are over and began while it existed.
    pub(super) fn true_hours(&self, nic_id: u64) -> (Vec<Value>, Sums, BTreeMap<u64, Sums>) {
        let mut hours = Vec::new();
        let mut all = Sums::default();
        let mut owners: BTreeMap<u64, Sums> = BTreeMap::new();
        let Some(nic) = self.nics.get(&nic_id) else {
            return (hours, all, owners);
        };
        let Some(vm) = self.vms.get(&nic.vm_id) else {
            return (hours, all, owners);
        };
        let now = self.now();
        for ((_, start), hour) in self.traffic.0.range((nic_id, i64::MIN)..=(nic_id, i64::MAX)) {
            let Some(begin) = DateTime::from_timestamp(*start, 0) else {
                continue;
            };
            if begin + Duration::hours(1) > now || nic.removed_at.is_some_and(|gone| begin >= gone) {
                continue;
            }
            let readable_until = nic.removed_at.unwrap_or(now).min(now);
            let mut sums = Sums::default();
            for part in &hour.parts {
                sums.sent += part.sent_kb;
                sums.received += part.received_kb;
                if part.visible_from <= readable_until {
                    sums.reported_sent += part.sent_kb;
                    sums.reported_received += part.received_kb;
                }
            }
            let owner = vm
                .owners
                .iter()
                .rev()
                .find(|(since, _)| *since <= begin)
                .or(vm.owners.first());
            owners
                .entry(owner.map_or(vm.user_id, |(_, user)| *user))
                .or_default()
                .add(sums);
            let mut row = json!({"start": begin.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)});
            sums.write(&mut row);
            hours.push(row);
            all.add(sums);
        }
        (hours, all, owners)
    }

    pub(super) fn add_sums(into: &mut Sums, more: Sums) {
        into.add(more);
    }
}
