//! Where a service's VM is and who looks at it: the client's OnApp user where it can, else the server's user after the VM
//! was found to be the service's own (decision 11b).

use super::input::Input;
use crate::host::{Class, Failure, Host, Row, Server, Service, is};
use crate::module::Env;
use crate::module::common::claim::{self, Claimed};
use crate::module::common::refusal::refusal;
use crate::module::common::reused::is_another;
use crate::module::onapp::server::connect;
use crate::module::onapp::service::vm;
use crate::module::onapp::tables::{MAPPINGS, MODULE, row, text};
use crate::module::onapp::takeover::mapped;
use crate::module::onapp::user::{self, PanelUser};
use crate::panel::onapp::{Nic, Panel, PanelError, User, Vm};

/// What is on record of a service, ours or the old module's; asks no panel.
pub(super) struct Record {
    pub(super) row: Row,
    /// None: there is no VM.
    pub(super) vm_id: Option<u64>,
}

impl Record {
    pub(super) async fn of(host: &Host, service: &Service) -> Result<Self, Failure> {
        let found = claim::read(host, MODULE, &service.id).await?;
        if found.as_ref().is_some_and(|row| is_another(row, &service.client.id)) {
            // Of a former service with this number nothing is shown.
            let row = row([("client_id", service.client.id.as_str().into())]);
            return Ok(Self { row, vm_id: None });
        }
        let mut row = found.unwrap_or_default();
        row.entry("service_id".into())
            .or_insert_with(|| service.id.as_str().into());
        if text(&row, "client_id").is_none() {
            row.insert("client_id".into(), service.client.id.as_str().into());
        }
        let id = |row: &Row| text(row, "vm_id").and_then(|id| id.parse().ok()).filter(|id| *id != 0);
        let mut vm_id = id(&row);
        if vm_id.is_none() {
            let old = host
                .rows(MAPPINGS.name, vec![is("service_id", "=", &service.id)], vec![], 1)
                .await?;
            vm_id = old.first().and_then(id);
        }
        if text(&row, "state") == Some("gone") {
            vm_id = None;
        }
        Ok(Self { row, vm_id })
    }

    /// Its deletion is under way.
    pub(super) fn is_deleting(&self) -> bool {
        text(&self.row, "state") == Some("deleting")
    }

    /// The VM on record, unless there is none or it is being deleted.
    pub(super) fn vm(&self) -> Result<u64, Failure> {
        if self.is_deleting() {
            return Err(deleting());
        }
        self.vm_id.ok_or_else(no_vm)
    }
}

pub(super) fn no_vm() -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "onapp.no_vm",
        "The service has no virtual machine.",
        "Nothing was changed.",
        "Create one first.",
    )
}

fn deleting() -> Failure {
    Failure::new(
        Class::PanelLocked,
        "onapp.still_deleting",
        "The virtual machine is being deleted.",
        "Nothing was changed.",
        "Try again in a few minutes.",
    )
}

pub(super) fn gone() -> Failure {
    Failure::new(
        Class::PanelNotFound,
        "onapp.vm_gone",
        "The service's VM is not at OnApp any more.",
        "Nothing was changed.",
        "Create it anew, or terminate the service.",
    )
}

/// A service's panel, before the VM was looked at.
pub(super) struct Place {
    pub(super) server: Server,
    /// Logged in as the server's user.
    pub(super) panel: Panel,
    pub(super) vm_id: u64,
    row: Row,
    owner: Option<PanelUser>,
}

/// The VM as it is, and who acts on it.
pub(super) struct Seen {
    pub(super) vm: Vm,
    /// Logged in as the client's user, or as the server's.
    pub(super) actor: Panel,
    pub(super) as_client: bool,
}

impl Place {
    pub(super) async fn open(
        host: &Host,
        env: &Env,
        input: &Input,
        record: &Record,
        vm_id: u64,
    ) -> Result<Self, Failure> {
        let server = input.verb.server(host).await?;
        let panel = connect::panel(host, env, &server).await?;
        let client_id = text(&record.row, "client_id").unwrap_or_default();
        let owner = user::known(host, &server.id, client_id).await?;
        Ok(Self {
            server,
            panel,
            vm_id,
            row: record.row.clone(),
            owner,
        })
    }

    /// Looks at the VM: as the client's user if `as_client`, where that user is known and may. None: it is gone, which only
    /// the server's user can say.
    ///
    /// # Errors
    /// As [`vm::locate`]; `onapp.user_suspended` when the client's OnApp user is suspended.
    pub(super) async fn look(&self, host: &Host, as_client: bool) -> Result<Option<Seen>, Failure> {
        let unread = |e: &PanelError| refusal(&format!("OnApp could not be asked about VM {}", self.vm_id), e);
        let mut refused_owner = None;
        if let Some(owner) = self.owner.as_ref().filter(|o| as_client && !o.password.is_empty()) {
            let actor = owner.opened(&self.panel);
            match actor.vm(self.vm_id) {
                Ok(Some(vm)) if vm.user_id == Some(owner.id) => {
                    self.clear(host, &vm).await?;
                    return Ok(Some(Seen {
                        vm,
                        actor,
                        as_client: true,
                    }));
                }
                // Not this user's, or not to be seen by it: the server's user tells which.
                Ok(_) => {}
                Err(e) if e.status() == Some(401) => refused_owner = self.suspended(owner)?,
                Err(e) if e.status() == Some(403) => {}
                Err(e) => return Err(unread(&e)),
            }
        }
        let found = self.panel.vm(self.vm_id).map_err(|e| unread(&e))?;
        match &found {
            // The panel has just told who that is.
            Some(vm) if self.is_of(vm, refused_owner.as_ref()) => self.clear(host, vm).await?,
            _ => drop(vm::check(host, &self.panel, &self.row, &self.server.id, found.as_ref()).await?),
        }
        Ok(found.map(|vm| Seen {
            vm,
            actor: self.panel.clone(),
            as_client: false,
        }))
    }

    /// The interfaces, as the server's user: the client's role does not have them.
    pub(super) fn nics(&self) -> Result<Vec<Nic>, PanelError> {
        self.panel.nics(self.vm_id).map(Option::unwrap_or_default)
    }

    /// Is a VM without our key the client's by who its owner is?
    fn is_of(&self, vm: &Vm, there: Option<&User>) -> bool {
        let is_owner = |owner: &PanelUser| vm.user_id == Some(owner.id) && there.is_some_and(|there| owner.is(there));
        text(&self.row, "create_key").is_none() && self.owner.as_ref().is_some_and(is_owner)
    }

    /// One that is seen for the first time must clearly be of this service, whoever sees it.
    async fn clear(&self, host: &Host, vm: &Vm) -> Result<(), Failure> {
        let of = |name| text(&self.row, name).unwrap_or_default();
        match mapped::never_seen(&self.row) {
            true => mapped::clear(host, of("service_id"), &self.server.id, of("client_id"), vm).await,
            false => Ok(()),
        }
    }

    /// Nothing is done on behalf of a user whom OnApp suspended. One with another password, or that is gone, is acted for: the
    /// panel's record of it.
    fn suspended(&self, owner: &PanelUser) -> Result<Option<User>, Failure> {
        let there = self
            .panel
            .user(owner.id)
            .map_err(|e| refusal(&format!("OnApp could not be asked about user {}", owner.id), &e))?;
        match there {
            Some(user) if user.is_suspended() => Err(Failure::new(
                Class::PanelRefused,
                "onapp.user_suspended",
                format!("The client's OnApp user {} is suspended.", owner.id),
                "Nothing was changed.",
                "Activate the user in the control panel.",
            )),
            there => Ok(there),
        }
    }

    /// Asks as whoever looked; where the client's role does not allow it, as the server's user, because the VM was found to
    /// be the client's.
    pub(super) fn ask<T>(&self, seen: &Seen, ask: impl Fn(&Panel) -> Result<T, PanelError>) -> Result<T, PanelError> {
        match ask(&seen.actor) {
            Err(e) if seen.as_client && e.status() == Some(403) => ask(&self.panel),
            answer => answer,
        }
    }

    /// Asks as the server's user; where its role does not allow it, as the client's, whose VM it is. The vendor's list of
    /// permissions gives disks and backups to clients alone.
    pub(super) fn either<T>(
        &self,
        ask: impl Fn(&Panel) -> Result<Option<T>, PanelError>,
    ) -> Result<Option<T>, PanelError> {
        user::either(&self.panel, self.owner.as_ref(), ask)
    }

    /// The same for a change: the second try is a step of its own.
    pub(super) async fn change<T>(
        &self,
        host: &Host,
        svc: &mut Claimed,
        seen: &Seen,
        what: &str,
        ask: impl Fn(&Panel) -> Result<T, PanelError>,
    ) -> Result<T, Failure> {
        let refused = match ask(&seen.actor) {
            Err(e) if e.status() == Some(403) => e,
            answer => return answer.map_err(|e| refusal(what, &e)),
        };
        let other = if seen.as_client {
            Some(self.panel.clone())
        } else {
            self.owner.as_ref().and_then(|owner| owner.login_to(&self.panel))
        };
        let Some(other) = other else {
            return Err(refusal(what, &refused));
        };
        svc.save(host, Row::new(), vec![]).await?;
        ask(&other).map_err(|e| match seen.as_client || !user::may_not(&e) {
            true => refusal(what, &e),
            false => refusal(what, &refused),
        })
    }
}
