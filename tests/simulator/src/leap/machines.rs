//! The servers and what can be done to them, the same for both generations.

use super::traffic::{Bytes, Traffic};
use super::{Caller, Leap, No, no};
use crate::clock::Time;
use std::collections::BTreeMap;

/// A dedicated server, a virtual machine or the node of some.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub id: String,
    pub hostname: String,
    /// `dedicated`, `vm` or `vmnode`.
    pub kind: String,
    pub parent: Option<String>,
    pub ips: Vec<String>,
    pub private_ip: Option<String>,
    pub rdns: BTreeMap<String, String>,
    pub powered: bool,
    pub suspended: bool,
    pub rescue: bool,
    pub root_password: String,
    pub reboots: Vec<Time>,
    /// How often suspend and unsuspend really changed something, and when: true for suspend.
    pub suspensions: Vec<(Time, bool)>,
    pub installing_since: Option<Time>,
    pub rate: Bytes,
    pub traffic: Traffic,
}

impl Machine {
    /// A running server.
    pub fn new(id: &str, hostname: &str, kind: &str, ips: &[&str], rate: (u64, u64), since: Time) -> Machine {
        let rate = Bytes {
            incoming: rate.0 as i64,
            outgoing: rate.1 as i64,
        };
        Machine {
            id: id.into(),
            hostname: hostname.into(),
            kind: kind.into(),
            parent: None,
            ips: ips.iter().map(|ip| (*ip).to_string()).collect(),
            private_ip: (kind == "dedicated").then(|| "10.0.4.7".to_string()),
            rdns: BTreeMap::new(),
            powered: true,
            suspended: false,
            rescue: false,
            root_password: format!("root-{id}-Pw1!"),
            reboots: Vec::new(),
            suspensions: Vec::new(),
            installing_since: None,
            rate,
            traffic: Traffic::new(since, rate),
        }
    }

    /// The word of the list. Only `online` and `rescue` are known; clients take anything else for off.
    pub fn status(&self) -> &'static str {
        if self.suspended {
            "suspended"
        } else if !self.powered {
            "offline"
        } else if self.rescue {
            "rescue"
        } else {
            "online"
        }
    }

    /// Lets the traffic follow power and suspension.
    pub fn settle_traffic(&mut self, now: Time) {
        let rate = if self.powered && !self.suspended {
            self.rate
        } else {
            Bytes::default()
        };
        self.traffic.change_rate(now, rate);
    }
}

/// A server that was cancelled.
#[derive(Debug, Clone)]
pub(crate) struct Cancellation {
    pub id: String,
    pub server: String,
    pub hostname: String,
    pub reason: String,
    pub at: Time,
}

impl Leap {
    /// Whether the caller may see a server.
    pub(crate) fn sees(&self, caller: &Caller, id: &str) -> bool {
        match caller {
            Caller::Account(_) => true,
            Caller::Tandem(user) => self.users.get(user).is_some_and(|u| u.servers.contains(id)),
        }
    }

    /// The servers that the caller may see, by id.
    pub(crate) fn visible(&self, caller: &Caller) -> Vec<&Machine> {
        self.machines.values().filter(|m| self.sees(caller, &m.id)).collect()
    }

    /// One server that the caller may see.
    pub(crate) fn machine(&self, caller: &Caller, id: &str) -> Result<&Machine, No> {
        let found = self.machines.get(id).filter(|_| self.sees(caller, id));
        found.ok_or_else(|| no("Server not found"))
    }

    fn machine_mut(&mut self, caller: &Caller, id: &str) -> Result<&mut Machine, No> {
        self.machine(caller, id)?;
        self.machines.get_mut(id).ok_or_else(|| no("Server not found"))
    }

    /// Something that is so already: no change, and success or a refusal as the switch says.
    fn already(&self, words: &str) -> Result<(), No> {
        if self.switches.is("repeat", "error") {
            Err(no(words))
        } else {
            Ok(())
        }
    }

    pub(crate) fn reboot(&mut self, caller: &Caller, id: &str) -> Result<(), No> {
        let now = self.clock.now();
        let machine = self.machine_mut(caller, id)?;
        if machine.suspended {
            return Err(no("Server is suspended"));
        }
        machine.reboots.push(now);
        machine.powered = true;
        machine.rescue = false;
        machine.settle_traffic(now);
        Ok(())
    }

    pub(crate) fn suspend(&mut self, caller: &Caller, id: &str, on: bool) -> Result<(), No> {
        let now = self.clock.now();
        let machine = self.machine_mut(caller, id)?;
        if machine.suspended == on {
            return self.already(if on {
                "Server is already suspended"
            } else {
                "Server is not suspended"
            });
        }
        machine.suspended = on;
        machine.suspensions.push((now, on));
        machine.settle_traffic(now);
        Ok(())
    }

    pub(crate) fn power_vm(&mut self, caller: &Caller, id: &str, on: bool) -> Result<(), No> {
        let now = self.clock.now();
        let machine = self.machine_mut(caller, id)?;
        if machine.kind != "vm" {
            return Err(no("Server is not a virtual machine"));
        }
        if machine.powered == on {
            return self.already(if on {
                "Virtual machine is already running"
            } else {
                "Virtual machine is already stopped"
            });
        }
        machine.powered = on;
        machine.settle_traffic(now);
        Ok(())
    }

    pub(crate) fn rescue(&mut self, caller: &Caller, id: &str, pin: &str, on: bool) -> Result<(), No> {
        self.check_pin(pin)?;
        self.machine_mut(caller, id)?.rescue = on;
        Ok(())
    }

    pub(crate) fn check_pin(&self, pin: &str) -> Result<(), No> {
        if pin == self.credentials.pin {
            Ok(())
        } else {
            Err(no("Invalid PIN"))
        }
    }

    /// Cancels a server; gives the cancellation's id. The server stays until its end, which nobody documents.
    pub(crate) fn cancel(&mut self, caller: &Caller, id: &str, reason: &str) -> Result<String, No> {
        let hostname = self.machine(caller, id)?.hostname.clone();
        if let Some(known) = self.cancellations.iter().find(|c| c.server == id) {
            let known = known.id.clone();
            return self.already("Server is already cancelled").map(|()| known);
        }
        let number = format!("C{:05}", 7001 + self.cancellations.len());
        self.cancellations.push(Cancellation {
            id: number.clone(),
            server: id.into(),
            hostname,
            reason: reason.into(),
            at: self.clock.now(),
        });
        Ok(number)
    }

    /// Sets one reverse name (reference: storegrid-singlehop.md 4.2: it must end with a dot).
    pub(crate) fn set_rdns(&mut self, caller: &Caller, id: &str, ip: &str, host: &str) -> Result<(), No> {
        let machine = self.machine_mut(caller, id)?;
        if !machine.ips.iter().any(|own| own == ip) {
            return Err(no("IP address does not belong to this server"));
        }
        if !host.ends_with('.') {
            return Err(no("Hostname must end with a period"));
        }
        machine.rdns.insert(ip.into(), host.into());
        Ok(())
    }
}
