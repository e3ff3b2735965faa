//! Virtual machines: reading, making, changing and moving them (reference: onapp-api.md 5).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::PanelError;
use super::panel::{Change, Panel, put, wrapped};
use super::wire::{self, Row};
use crate::http::Method;
use crate::secret::Secret;

/// A virtual machine. The flags may be stale while `locked`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vm {
    /// The panel's id.
    pub id: u64,
    /// 14 letters and digits.
    pub identifier: Option<String>,
    /// What people call it.
    pub label: String,
    /// Its host name, without domain.
    pub hostname: String,
    /// The owner.
    pub user_id: Option<u64>,
    /// The template it was built from.
    pub template_id: Option<u64>,
    /// The template's name.
    pub template_label: Option<String>,
    /// `linux`, `windows`, `freebsd`, `other`.
    pub operating_system: Option<String>,
    /// Megabytes.
    pub memory: Option<u64>,
    /// Cores.
    pub cpus: Option<u64>,
    /// Percent of a core.
    pub cpu_shares: Option<u64>,
    /// Gigabytes, all disks together.
    pub total_disk_size: Option<u64>,
    /// The hypervisor, when it was placed on one.
    pub hypervisor_id: Option<u64>,
    /// It runs.
    pub booted: bool,
    /// It was provisioned.
    pub built: bool,
    /// A transaction is queued or running.
    pub locked: bool,
    /// It was suspended and stays off.
    pub suspended: bool,
    /// It runs from the rescue system, not from its own disk.
    pub recovery_mode: bool,
    /// Its memory and cores can be changed while it runs; otherwise such a change restarts it.
    pub resizes_without_restart: bool,
    /// `new`, `delivered`, or free text.
    pub state: Option<String>,
    /// The note that only staff see; our key stands in it.
    pub admin_note: Option<String>,
    /// The administrator's password of the machine, unless the panel keeps it encrypted.
    pub initial_root_password: Option<Secret>,
    /// Its addresses in the panel's order; see [`Vm::told_addresses`].
    pub ip_addresses: Vec<IpAddress>,
    /// The panel told a list of them, be it an empty one.
    pub has_address_list: bool,
    /// When it was created.
    pub created_at: Option<DateTime<Utc>>,
}

/// An address of a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpAddress {
    /// The panel's id of the address; derived ones (5.4 and later) may have none.
    pub id: Option<u64>,
    /// The address; empty where the panel tells none that is one.
    pub address: String,
    /// The network it belongs to.
    pub network_id: Option<u64>,
}

impl Vm {
    /// By id, owner, label and note a machine is known again, and its flags say what may be done with it: those must be
    /// readable. What cannot be read of the rest counts as not told, since nothing but a page depends on it.
    pub(super) fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        let addresses = row.rows("ip_addresses", "ip_address");
        let has_address_list = row.has_list("ip_addresses") && addresses.is_ok();
        Ok(Self {
            id: row.needed_number("id")?,
            identifier: row.text("identifier").unwrap_or_default(),
            label: row.text_or_empty("label")?,
            hostname: row.text_or_empty("hostname").unwrap_or_default(),
            user_id: row.number("user_id")?,
            template_id: row.number("template_id").unwrap_or_default(),
            template_label: row.text("template_label").unwrap_or_default(),
            operating_system: row.text("operating_system").unwrap_or_default(),
            memory: row.number("memory").unwrap_or_default(),
            cpus: row.number("cpus").unwrap_or_default(),
            cpu_shares: row.number("cpu_shares").unwrap_or_default(),
            total_disk_size: row.number("total_disk_size").unwrap_or_default(),
            hypervisor_id: row.number("hypervisor_id").unwrap_or_default(),
            booted: row.flag("booted")?,
            built: row.flag("built")?,
            locked: row.flag("locked")?,
            suspended: row.flag("suspended")?,
            recovery_mode: row.flag("recovery_mode")?,
            resizes_without_restart: row.flag("allow_resize_without_reboot")?,
            state: row.text("state")?,
            admin_note: row.text("admin_note")?,
            initial_root_password: if row.flag("initial_root_password_encrypted").unwrap_or(true) {
                None // Nobody can log in with what stands there.
            } else {
                row.text("initial_root_password").unwrap_or_default().map(Secret::new)
            },
            ip_addresses: addresses.unwrap_or_default().iter().map(IpAddress::read).collect(),
            has_address_list,
            created_at: row.moment("created_at").unwrap_or_default(),
        })
    }

    /// The addresses as texts, those left out that could not be read.
    pub fn addresses(&self) -> Vec<&str> {
        let all = self.ip_addresses.iter().map(|ip| ip.address.as_str());
        all.filter(|address| !address.is_empty()).collect()
    }

    /// The same, none where the panel told no list or nothing readable in it: that a machine has no addresses is known only
    /// from a list that is empty.
    pub fn told_addresses(&self) -> Option<Vec<&str>> {
        let readable = self.addresses();
        let unread = readable.is_empty() && !self.ip_addresses.is_empty();
        (self.has_address_list && !unread).then_some(readable)
    }

    /// True when our key stands where [`NewVm::admin_note`] put it.
    ///
    /// No letter and no digit may touch the key, so that key 7 is not found in key 70; staff may write anything else around
    /// it, such as a comma.
    pub fn carries(&self, key: &str) -> bool {
        let note = self.admin_note.as_deref().unwrap_or("");
        !key.is_empty()
            && [note, self.label.as_str()].iter().any(|text| {
                text.match_indices(key).any(|(at, found)| {
                    let (before, rest) = text.split_at(at);
                    let after = rest.strip_prefix(found).unwrap_or_default();
                    !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
                })
            })
    }
}

impl IpAddress {
    fn read(row: &Row<'_>) -> Self {
        Self {
            id: row.number("id").unwrap_or_default(),
            address: address(row).unwrap_or_default(),
            network_id: row.number("network_id").unwrap_or_default(),
        }
    }
}

/// An address is shown to clients and sent to them: nothing else passes for one. A network's length behind it is cut off.
pub(super) fn address(row: &Row<'_>) -> Result<String, PanelError> {
    let text = row.text_or_empty("address")?;
    let bare = text.split('/').next().unwrap_or_default();
    if bare.is_empty() || bare.parse::<std::net::IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    Err(row.wrong("address", "an IP address"))
}

/// A virtual machine to be created (reference: onapp-api.md 5.4). What is none is not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVm {
    /// What people call it.
    pub label: String,
    /// Letters, digits, dashes and dots. From 5.4 on what follows the first dot is sent as the domain.
    pub hostname: String,
    /// Megabytes.
    pub memory: u64,
    /// Cores.
    pub cpus: u64,
    /// 1 to 100 percent.
    pub cpu_shares: Option<u64>,
    /// The template.
    pub template_id: u64,
    /// Gigabytes, at least the template's minimum.
    pub primary_disk_size: u64,
    /// Gigabytes; none for templates without swap (Windows).
    pub swap_disk_size: Option<u64>,
    /// The compute zone; without zone and hypervisor the panel chooses.
    pub hypervisor_group_id: Option<u64>,
    /// The hypervisor.
    pub hypervisor_id: Option<u64>,
    /// The data store zone of the first disk.
    pub data_store_group_primary_id: Option<u64>,
    /// The data store zone of the swap disk.
    pub data_store_group_swap_id: Option<u64>,
    /// The network zone.
    pub primary_network_group_id: Option<u64>,
    /// The network.
    pub primary_network_id: Option<u64>,
    /// Mbit/s; 0 and none are unlimited.
    pub rate_limit: Option<u64>,
    /// Take a free address; later releases always do.
    pub assign_ip: bool,
    /// Build it after creation.
    pub build: bool,
    /// Start it after the build.
    pub startup: bool,
    /// Take automatic backups.
    pub automatic_backup: bool,
    /// The administrator's password of the machine; the panel makes one up when none is given.
    pub initial_root_password: Option<Secret>,
    /// `mak`, `kms` or `own` for Windows; before 3.0 it is not sent.
    pub licensing_type: Option<String>,
    /// The key of an own license.
    pub licensing_key: Option<Secret>,
    /// The template group that holds the KMS data.
    pub licensing_server_id: Option<u64>,
    /// Our key and whatever staff should read. Before 2.1 it is added to the label.
    pub admin_note: Option<String>,
}

impl NewVm {
    fn fields(&self, version: super::Version) -> Map<String, Value> {
        let note = self.admin_note.as_deref();
        let label = match note {
            Some(note) if !version.has_admin_note() => format!("{} {note}", self.label),
            _ => self.label.clone(),
        };
        let mut fields = Map::new();
        put(&mut fields, "label", Some(label));
        match self.hostname.split_once('.') {
            Some((name, domain)) if version.has_domain() => {
                put(&mut fields, "hostname", Some(name));
                put(&mut fields, "domain", Some(domain));
            }
            _ => put(&mut fields, "hostname", Some(self.hostname.as_str())),
        }
        put(&mut fields, "memory", Some(self.memory));
        put(&mut fields, "cpus", Some(self.cpus));
        put(&mut fields, "cpu_shares", self.cpu_shares);
        put(&mut fields, "template_id", Some(self.template_id));
        put(&mut fields, "primary_disk_size", Some(self.primary_disk_size));
        put(&mut fields, "swap_disk_size", self.swap_disk_size);
        put(&mut fields, "hypervisor_group_id", self.hypervisor_group_id);
        put(&mut fields, "hypervisor_id", self.hypervisor_id);
        put(
            &mut fields,
            "data_store_group_primary_id",
            self.data_store_group_primary_id,
        );
        put(&mut fields, "data_store_group_swap_id", self.data_store_group_swap_id);
        put(&mut fields, "primary_network_group_id", self.primary_network_group_id);
        put(&mut fields, "primary_network_id", self.primary_network_id);
        put(&mut fields, "rate_limit", self.rate_limit);
        if version.takes_ip_assignment() {
            put(
                &mut fields,
                "required_ip_address_assignment",
                Some(u8::from(self.assign_ip)),
            );
        }
        put(
            &mut fields,
            "required_virtual_machine_build",
            Some(u8::from(self.build)),
        );
        put(
            &mut fields,
            "required_virtual_machine_startup",
            Some(u8::from(self.startup)),
        );
        put(
            &mut fields,
            "required_automatic_backup",
            Some(u8::from(self.automatic_backup)),
        );
        put(
            &mut fields,
            "initial_root_password",
            self.initial_root_password.as_ref().map(Secret::reveal),
        );
        if version.takes_license() {
            put(&mut fields, "licensing_type", self.licensing_type.as_deref());
            put(
                &mut fields,
                "licensing_key",
                self.licensing_key.as_ref().map(Secret::reveal),
            );
            put(&mut fields, "licensing_server_id", self.licensing_server_id);
        }
        put(&mut fields, "admin_note", note.filter(|_| version.has_admin_note()));
        fields
    }
}

/// New sizes of a virtual machine; what is none stays as it is, and goes over the wire as little as it can.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VmSize {
    /// Megabytes.
    pub memory: Option<u64>,
    /// Cores.
    pub cpus: Option<u64>,
    /// 1 to 100 percent.
    pub cpu_shares: Option<u64>,
}

/// How a machine is brought down before its network is rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// Like pulling the plug.
    Hard,
    /// Asked to shut down, and cut off when it does not.
    Graceful,
    /// Asked to shut down.
    Soft,
}

impl Shutdown {
    fn word(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Graceful => "graceful",
            Self::Soft => "soft",
        }
    }
}

impl Panel {
    /// Creates a virtual machine that belongs to the user we are: `POST /virtual_machines.json`. The panel answers before it
    /// is built.
    ///
    /// # Errors
    /// Any [`PanelError`]. When [`PanelError::sent`] is not `No`, look for a machine that carries the key before trying again.
    pub fn create_vm(&self, vm: &NewVm) -> Result<Vm, PanelError> {
        let secrets: Vec<&str> = [&vm.initial_root_password, &vm.licensing_key]
            .into_iter()
            .flatten()
            .map(Secret::reveal)
            .collect();
        let answer = self.change(Change {
            method: Method::Post,
            path: "/virtual_machines.json",
            query: &[],
            body: Some(wrapped("virtual_machine", vm.fields(self.known_version()))),
            permission: "virtual_machines.create",
            secrets: &secrets,
        })?;
        Vm::read(&wire::object(&answer, "virtual_machine")?)
    }

    /// All machines that the user we are may see. Slow on big panels.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn vms(&self) -> Result<Vec<Vm>, PanelError> {
        self.vm_list("/virtual_machines.json")
    }

    /// All machines of one user.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when there is no such user.
    pub fn vms_of_user(&self, user_id: u64) -> Result<Vec<Vm>, PanelError> {
        self.vm_list(&format!("/users/{user_id}/virtual_machines.json"))
    }

    fn vm_list(&self, path: &str) -> Result<Vec<Vm>, PanelError> {
        self.all(path, &[], "virtual_machines.read", "virtual_machine", Vm::read, |vm| {
            vm.id
        })
    }

    /// The machine of that id, or none when the panel says that there is none. Ask as the server's own user before believing
    /// that: to another user a machine that is there may look the same.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        let answer = self.find(&format!("/virtual_machines/{id}.json"), "virtual_machines.read")?;
        answer
            .map(|answer| Vm::read(&wire::object(&answer, "virtual_machine")?))
            .transpose()
    }

    /// Builds the machine, or builds it anew, which destroys its data. `license` is the kind that a template of Windows wants
    /// (`mak`, `kms` or `own`); before 3.0 it is not sent.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn build_vm(
        &self,
        id: u64,
        template_id: Option<u64>,
        license: Option<&str>,
        startup: bool,
    ) -> Result<Option<Vm>, PanelError> {
        let mut fields = Map::new();
        put(&mut fields, "template_id", template_id);
        put(
            &mut fields,
            "licensing_type",
            license.filter(|_| self.known_version().takes_license()),
        );
        put(&mut fields, "required_startup", Some(u8::from(startup)));
        self.vm_action(
            id,
            "build",
            Some(wrapped("virtual_machine", fields)),
            "virtual_machines.build",
        )
    }

    /// Queues the removal of the machine; it is gone when [`Panel::vm`] says so.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when it is not there.
    pub fn delete_vm(&self, id: u64, destroy_backups: bool) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{id}.json");
        let backups = if destroy_backups { "1" } else { "0" };
        let mut change = Change::action(&path, "virtual_machines.delete");
        change.method = Method::Delete;
        let query = [("convert_last_backup", "0"), ("destroy_all_backups", backups)];
        change.query = &query;
        self.change(change).map(drop)
    }

    /// Flips the suspension: the panel has one verb for both directions, so read the machine first. Suspending also stops
    /// it; the way back does not start it (reference: onapp-api.md 10, 1 and 2).
    ///
    /// # Errors
    /// Any [`PanelError`]; when [`PanelError::sent`] is `Maybe`, read the machine before doing anything.
    pub fn toggle_suspend_vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        self.vm_action(id, "suspend", None, "virtual_machines.suspend")
    }

    /// Starts the machine.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn startup_vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        self.vm_action(id, "startup", None, "virtual_machines.power")
    }

    /// Asks the machine to shut down.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn shutdown_vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        self.vm_action(id, "shutdown", None, "virtual_machines.power")
    }

    /// Switches the machine off at once.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn stop_vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        self.vm_action(id, "stop", None, "virtual_machines.power")
    }

    /// Restarts the machine.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn reboot_vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        self.vm_action(id, "reboot", None, "virtual_machines.power")
    }

    /// Writes the network settings anew, which a new address needs. With a way to shut down the machine is brought down for
    /// it, and started again if `startup` says so.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs.
    pub fn rebuild_network(
        &self,
        id: u64,
        shutdown: Option<Shutdown>,
        startup: bool,
    ) -> Result<Option<Vm>, PanelError> {
        let mut fields = Map::new();
        put(&mut fields, "force", Some(1));
        put(&mut fields, "shutdown_type", shutdown.map(Shutdown::word));
        put(&mut fields, "required_startup", Some(u8::from(startup)));
        self.vm_action(id, "rebuild_network", Some(fields), "virtual_machines.rebuild_network")
    }

    /// Gives the machine's administrator a new password; the panel makes one up when none is given. A running machine is
    /// restarted for it. 2.x calls the field by another name and without a root.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs; words under `initial_root_password` when the
    /// panel's rules refuse the password.
    pub fn reset_root_password(&self, id: u64, password: Option<&Secret>) -> Result<Option<Vm>, PanelError> {
        let secrets: Vec<&str> = password.map(Secret::reveal).into_iter().collect();
        let body = password.map(|password| {
            let field = |key: &str| Map::from_iter([(key.to_owned(), Value::from(password.reveal()))]);
            if self.known_version().wraps_root_password() {
                wrapped("virtual_machine", field("initial_root_password"))
            } else {
                field("new_password")
            }
        });
        let path = format!("/virtual_machines/{id}/reset_password.json");
        let answer = self.change(Change {
            body,
            secrets: &secrets,
            ..Change::action(&path, "virtual_machines.reset_root_password")
        })?;
        Ok(wire::shown(&answer, "virtual_machine", Vm::read))
    }

    /// Changes memory and cores. `restart` permits the panel to bring the machine down for what it cannot change while it
    /// runs; see [`Vm::resizes_without_restart`].
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while a transaction runs; words under `memory`, `cpus` or `cpu_shares` when
    /// the user's plan or the template does not allow them.
    pub fn resize_vm(&self, id: u64, size: &VmSize, restart: bool) -> Result<(), PanelError> {
        let mut fields = Map::new();
        put(&mut fields, "memory", size.memory);
        put(&mut fields, "cpus", size.cpus);
        put(&mut fields, "cpu_shares", size.cpu_shares);
        put(&mut fields, "allow_cold_resize", restart.then_some(1));
        let path = format!("/virtual_machines/{id}.json");
        let mut change = Change::action(&path, "virtual_machines.update");
        change.method = Method::Put;
        change.body = Some(wrapped("virtual_machine", fields));
        self.change(change).map(drop)
    }

    /// Clears the lock of a machine whose transaction is stuck.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn unlock_vm(&self, id: u64) -> Result<Option<Vm>, PanelError> {
        self.vm_action(id, "unlock", None, "virtual_machines.unlock")
    }

    /// Gives the machine to another user.
    ///
    /// # Errors
    /// Any [`PanelError`]; an unknown user is a 500 on old releases.
    pub fn change_owner(&self, id: u64, user_id: u64) -> Result<Option<Vm>, PanelError> {
        let body = Map::from_iter([("user_id".to_owned(), Value::from(user_id))]);
        self.vm_action(id, "change_owner", Some(body), "virtual_machines.change_owner")
    }

    /// Writes the note that only staff see; before 2.1 the label.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn set_admin_note(&self, id: u64, note: &str) -> Result<(), PanelError> {
        let path = format!("/virtual_machines/{id}.json");
        let key = if self.known_version().has_admin_note() {
            "admin_note"
        } else {
            "label"
        };
        let mut change = Change::action(&path, "virtual_machines.update");
        change.method = Method::Put;
        change.body = Some(wrapped(
            "virtual_machine",
            Map::from_iter([(key.to_owned(), Value::from(note))]),
        ));
        self.change(change).map(drop)
    }

    /// Starts an action. The panel accepted it when this returns; its answer shows the machine as it was before, and some
    /// releases send none.
    fn vm_action(
        &self,
        id: u64,
        verb: &str,
        body: Option<Map<String, Value>>,
        permission: &str,
    ) -> Result<Option<Vm>, PanelError> {
        let path = format!("/virtual_machines/{id}/{verb}.json");
        let answer = self.change(Change {
            body,
            ..Change::action(&path, permission)
        })?;
        Ok(wire::shown(&answer, "virtual_machine", Vm::read))
    }
}
