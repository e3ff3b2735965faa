//! What the panel remembers. Plain data; behaviour lives beside it, one file an idea.

use crate::clock::Time;
use std::collections::BTreeSet;

/// A user's standing (reference: onapp-api.md 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// May log in.
    Active,
    /// May not log in.
    Suspended,
    /// After the first delete; the row stays until erased.
    Deleted,
}

impl UserStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            UserStatus::Active => "active",
            UserStatus::Suspended => "suspended",
            UserStatus::Deleted => "deleted",
        }
    }
}

/// A user of the panel.
#[derive(Debug, Clone)]
pub struct User {
    pub(crate) id: u64,
    pub(crate) identifier: String,
    pub(crate) login: String,
    pub(crate) email: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) password: String,
    pub(crate) api_keys: Vec<String>,
    pub(crate) status: UserStatus,
    pub(crate) role_ids: Vec<u64>,
    pub(crate) user_group_id: Option<u64>,
    pub(crate) plan_id: u64,
    pub(crate) time_zone: String,
    pub(crate) locale: String,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    pub(crate) deleted_at: Option<Time>,
    pub(crate) erase_when_done: bool,
}

/// A role.
#[derive(Debug, Clone)]
pub struct Role {
    pub(crate) id: u64,
    pub(crate) identifier: String,
    pub(crate) label: String,
    pub(crate) permissions: BTreeSet<String>,
}

/// A billing plan, called bucket from 5.6 on. A limit of `None` means unlimited.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) id: u64,
    pub(crate) label: String,
    pub(crate) currency: String,
    pub(crate) vm_limit: Option<i64>,
    pub(crate) memory_limit: Option<i64>,
    pub(crate) cpu_limit: Option<i64>,
    pub(crate) disk_limit: Option<i64>,
    pub(crate) ip_limit: Option<i64>,
    pub(crate) rate_limit: Option<i64>,
    pub(crate) backup_limit: Option<i64>,
}

/// An image template.
#[derive(Debug, Clone)]
pub struct Template {
    pub(crate) id: u64,
    pub(crate) label: String,
    pub(crate) os: String,
    pub(crate) distro: String,
    pub(crate) min_disk_size: i64,
    pub(crate) min_memory_size: i64,
    pub(crate) allowed_swap: bool,
    pub(crate) resize_without_reboot: bool,
    pub(crate) active: bool,
}

/// A hypervisor.
#[derive(Debug, Clone)]
pub struct Hypervisor {
    pub(crate) id: u64,
    pub(crate) label: String,
    pub(crate) zone_id: u64,
    pub(crate) online: bool,
    pub(crate) memory: i64,
}

/// Anything that is an id with a label, and a zone of its own kind.
#[derive(Debug, Clone)]
pub struct Labelled {
    pub(crate) id: u64,
    pub(crate) label: String,
    pub(crate) group_id: Option<u64>,
}

/// What a network or a data store is joined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinedTo {
    /// All hypervisors of a zone.
    Zone(u64),
    /// One hypervisor alone.
    Hypervisor(u64),
}

impl JoinedTo {
    /// True when that hypervisor has it, by itself or through its zone.
    pub(crate) fn reaches(self, hypervisor: &Hypervisor) -> bool {
        match self {
            JoinedTo::Zone(id) => id == hypervisor.zone_id,
            JoinedTo::Hypervisor(id) => id == hypervisor.id,
        }
    }
}

/// A network that a hypervisor zone or a hypervisor is joined to.
#[derive(Debug, Clone)]
pub struct NetworkJoin {
    pub(crate) id: u64,
    pub(crate) network_id: u64,
    pub(crate) target: JoinedTo,
    pub(crate) interface: String,
}

/// A data store that a hypervisor zone or a hypervisor is joined to.
#[derive(Debug, Clone)]
pub struct DataStoreJoin {
    pub(crate) id: u64,
    pub(crate) data_store_id: u64,
    pub(crate) target: JoinedTo,
}

/// An address of a network.
#[derive(Debug, Clone)]
pub struct Address {
    pub(crate) id: u64,
    pub(crate) network_id: u64,
    pub(crate) address: String,
    pub(crate) gateway: String,
    pub(crate) netmask: String,
    /// A user for whom alone it is kept.
    pub(crate) kept_for: Option<u64>,
}

/// An address given to an interface.
#[derive(Debug, Clone)]
pub struct AddressJoin {
    pub(crate) id: u64,
    pub(crate) address_id: u64,
    pub(crate) nic_id: u64,
    pub(crate) vm_id: u64,
    /// The machine itself knows it: true from the build or the next rebuild of the network on.
    pub(crate) configured: bool,
    pub(crate) created_at: Time,
}

/// A disk, kept after its removal for the truth.
#[derive(Debug, Clone)]
pub struct Disk {
    pub(crate) id: u64,
    pub(crate) identifier: String,
    pub(crate) vm_id: u64,
    pub(crate) size: i64,
    pub(crate) primary: bool,
    pub(crate) swap: bool,
    pub(crate) built: bool,
    pub(crate) autobackup: bool,
    pub(crate) data_store_id: u64,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    pub(crate) removed_at: Option<Time>,
}

/// A backup, kept after its removal for the truth. It outlives its machine unless the removal takes it along.
#[derive(Debug, Clone)]
pub struct Backup {
    pub(crate) id: u64,
    pub(crate) identifier: String,
    pub(crate) vm_id: u64,
    pub(crate) user_id: u64,
    /// None for an incremental backup of the whole machine.
    pub(crate) disk_id: Option<u64>,
    pub(crate) template_id: u64,
    pub(crate) kind: String,
    pub(crate) size_kb: i64,
    pub(crate) note: Option<String>,
    pub(crate) built_at: Option<Time>,
    pub(crate) restored: u64,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    pub(crate) removed_at: Option<Time>,
}

/// A firewall rule of an interface.
#[derive(Debug, Clone)]
pub struct FirewallRule {
    pub(crate) id: u64,
    pub(crate) vm_id: u64,
    pub(crate) nic_id: u64,
    pub(crate) position: i64,
    pub(crate) command: String,
    pub(crate) protocol: String,
    pub(crate) address: Option<String>,
    pub(crate) port: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
}

/// A network interface, kept after its removal for the truth.
#[derive(Debug, Clone)]
pub struct Nic {
    pub(crate) id: u64,
    pub(crate) identifier: String,
    pub(crate) vm_id: u64,
    pub(crate) label: String,
    pub(crate) mac: String,
    pub(crate) primary: bool,
    pub(crate) rate_limit: i64,
    pub(crate) network_join_id: u64,
    pub(crate) default_rule: String,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    pub(crate) removed_at: Option<Time>,
}

/// A virtual machine, kept after its deletion for the truth.
#[derive(Debug, Clone)]
pub struct Vm {
    pub(crate) id: u64,
    pub(crate) identifier: String,
    pub(crate) label: String,
    pub(crate) hostname: String,
    pub(crate) domain: String,
    pub(crate) user_id: u64,
    /// Owners with the moment each began.
    pub(crate) owners: Vec<(Time, u64)>,
    pub(crate) hypervisor_id: u64,
    pub(crate) template_id: u64,
    pub(crate) memory: i64,
    pub(crate) cpus: i64,
    pub(crate) cpu_shares: i64,
    pub(crate) built: bool,
    pub(crate) booted: bool,
    pub(crate) locked: bool,
    pub(crate) suspended: bool,
    pub(crate) recovery: bool,
    pub(crate) state: String,
    pub(crate) root_password: String,
    pub(crate) vnc_password: String,
    /// The key of the console that is open; power actions close it.
    pub(crate) console_key: Option<String>,
    /// What the firewall really does: rules and defaults as they were when they were last applied.
    pub(crate) firewall: serde_json::Value,
    /// How often it came up, for the truth.
    pub(crate) starts: u64,
    pub(crate) note: Option<String>,
    pub(crate) admin_note: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) created_at: Time,
    pub(crate) updated_at: Time,
    pub(crate) deleted_at: Option<Time>,
}

/// Where a transaction stands (reference: onapp-api.md 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not begun.
    Pending,
    /// Begun.
    Running,
    /// Done.
    Complete,
    /// Gone wrong.
    Failed,
    /// Given up because one before it failed.
    Cancelled,
}

impl Progress {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Progress::Pending => "pending",
            Progress::Running => "running",
            Progress::Complete => "complete",
            Progress::Failed => "failed",
            Progress::Cancelled => "cancelled",
        }
    }
}

/// What changes when a transaction completes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that the API shows.
    None,
    /// The VM is built.
    Built,
    /// The VM runs.
    Booted,
    /// The VM runs in recovery mode.
    BootedRecovery,
    /// The VM is off.
    Stopped,
    /// The VM, its interfaces and addresses are gone.
    Destroyed,
    /// The VM has new sizes: memory, cpus, cpu_shares.
    Resized(i64, i64, i64),
    /// The VM has a new root password.
    Password(String),
    /// The interface is gone.
    Detached(u64),
    /// A disk has a new size in GB.
    DiskResized(u64, i64),
    /// A backup is there.
    BackupTaken(u64),
    /// The machine is as the backup was.
    BackupRestored(u64),
    /// A backup is gone.
    BackupRemoved(u64),
    /// The machine knows its addresses.
    NetworkRebuilt,
    /// The firewall does what its rules say.
    FirewallApplied,
    /// The user's removal is done.
    UserRemoved(u64),
}

/// A queued piece of work.
#[derive(Debug, Clone)]
pub struct Transaction {
    pub(crate) id: u64,
    pub(crate) action: String,
    pub(crate) object_type: &'static str,
    pub(crate) object_id: u64,
    pub(crate) vm_id: Option<u64>,
    pub(crate) identifier: String,
    pub(crate) user_id: u64,
    pub(crate) depends_on: Option<u64>,
    pub(crate) chain_id: u64,
    pub(crate) progress: Progress,
    pub(crate) created_at: Time,
    pub(crate) starts_at: Time,
    pub(crate) ends_at: Time,
    pub(crate) effect: Effect,
}

/// Somebody who calls the API.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) permissions: BTreeSet<String>,
}
