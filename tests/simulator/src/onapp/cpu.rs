//! CPU time used, hour by hour, as tests tell it.
//!
//! Source: reference: onapp-api.md 7.1 and 7.3. A row is stamped at the END of its hour and holds tenths of CPU seconds; an
//! hour in which nothing was told has no row.

use super::permissions::Scope;
use super::refusal::Refusal;
use super::state::Caller;
use super::{OnApp, Outcome, id_of, wrapped};
use crate::clock::{self, hour_start, parse};
use crate::request::{Answer, int, text};
use chrono::{DateTime, Duration, Months};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Tenths of CPU seconds by VM and start of the hour (seconds since 1970).
#[derive(Clone, Debug, Default)]
pub(super) struct Hours(BTreeMap<(u64, i64), i64>);

impl OnApp {
    pub(super) fn cpu_usage(&self, caller: &Caller, vm: &str, params: &Value) -> Outcome {
        let scope = self.scope(caller, &["vm_stats.read"])?;
        let vm = self
            .find_vm(vm)
            .filter(|v| scope == Scope::All || v.user_id == caller.id)
            .ok_or(Refusal::NotFound)?;
        let period = self.period(params);
        let now = self.now();
        let oldest = now.checked_sub_months(Months::new(3)).unwrap_or(now);
        let lag = Duration::seconds(if self.quirks.rows_at_once { 0 } else { 15 });
        let rows = self.cpu.0.range((vm.id, i64::MIN)..=(vm.id, i64::MAX));
        let rows = rows.filter_map(|((_, start), cpu_time)| {
            let stamp = DateTime::from_timestamp(start + 3600, 0)?;
            if !period.holds(stamp) || stamp < oldest || stamp + lag > now {
                return None;
            }
            let created = clock::row_stamp(self.version, stamp + lag);
            let mut view = json!({"id": start / 3600, "virtual_machine_id": vm.id, "user_id": vm.user_id,
                "cpu_time": cpu_time, "stat_time": clock::row_stamp(self.version, stamp), "created_at": created,
                "updated_at": created});
            if !self.version.from(2, 1) {
                view["period"] = json!(3600);
            }
            Some(view)
        });
        Ok(Answer::json(200, &wrapped("cpu_hourly_stat", rows)))
    }

    /// `POST /_sim/cpu {"vm":id,"from":..,"to":..,"cpu_time":N}`: every whole hour of the span; `hour` for one alone.
    pub(super) fn add_cpu(&mut self, body: &Value) -> Result<Value, String> {
        let vm = id_of(&body["vm"])
            .filter(|id| self.vms.contains_key(id))
            .ok_or("name a virtual machine: {\"vm\":id}")?;
        let moment = |key: &str| parse(&text(&body[key])).map(hour_start);
        let from = moment("hour")
            .or(moment("from"))
            .ok_or("name the hour: {\"hour\":\"..:00:00Z\"}")?;
        let to = moment("to").unwrap_or(from + Duration::hours(1));
        let cpu_time = int(&body["cpu_time"]).ok_or("cpu_time is a whole number: tenths of CPU seconds")?;
        let mut hour = from;
        while hour < to {
            self.cpu.0.insert((vm, hour.timestamp()), cpu_time);
            hour += Duration::hours(1);
        }
        Ok(json!({}))
    }
}
