//! Which VM the old module gave to a service, and at which server. Its own tables allowed two services to name one VM, and a
//! service to name none (reference: onapp-users-and-addons.md 8.2): then nobody knows whose it is, so it is neither metered,
//! billed nor touched for any of them until staff have said it (decision 30).

use crate::host::{Class, Failure, Host, Row, Service, ServiceGet, is};
use crate::module::common::claim;
use crate::module::common::pages::Pages;
use crate::module::onapp::server::same::is_same_server;
use crate::module::onapp::tables::{CLIENTS, MAPPINGS, MODULE, SERVICES, must, text};
use crate::module::onapp::user;
use crate::panel::onapp::Vm;
use std::collections::BTreeSet;

/// A service with a mapping of the old module that is left as it is.
pub(crate) struct Left {
    pub(crate) service_id: String,
    /// None: nothing is to be done about it.
    pub(crate) code: Option<&'static str>,
    /// Why.
    what: String,
    /// What is to be done about it.
    next: &'static str,
}

impl Left {
    /// Nothing is to be done about it.
    pub(crate) fn as_it_is(service_id: &str, what: String) -> Self {
        Self {
            service_id: service_id.to_owned(),
            code: None,
            what,
            next: "",
        }
    }

    /// For a list.
    pub(crate) fn sentence(&self) -> String {
        match self.next {
            "" => self.what.clone(),
            next => format!("{}; {next}", self.what),
        }
    }

    /// For an action on the service.
    pub(crate) fn refused(&self) -> Failure {
        Failure::new(
            Class::ConfigRefused,
            self.code.unwrap_or("onapp.take_over_left"),
            format!("{}.", capital(&self.what)),
            "Nothing was changed.",
            match self.next {
                "" => "Nothing needs to be done for its VM.".to_owned(),
                next => format!("{}.", capital(next)),
            },
        )
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The server of the VM that the old module gave to a service; None where it gave none.
///
/// # Errors
/// `onapp.take_over_no_server`, `onapp.take_over_shared`, `onapp.take_over_left`.
pub(crate) async fn server_of(host: &Host, service_id: &str) -> Result<Option<String>, Failure> {
    let mapped = host
        .rows(MAPPINGS.name, vec![is("service_id", "=", service_id)], vec![], 1)
        .await?;
    let Some(vm_id) = mapped
        .first()
        .and_then(|row| text(row, "vm_id"))
        .filter(|vm| *vm != "0")
    else {
        return Ok(None);
    };
    let asked = ServiceGet {
        id: service_id.to_owned(),
    };
    let Some(service) = host.ask(&asked).await?.service else {
        return Ok(None);
    };
    match unclear(host, &service, vm_id).await? {
        Some(left) => Err(left.refused()),
        None => Ok(Some(service.server_id)),
    }
}

/// Why it is not clear that a service has the VM that the old module gave to it; None where it is. The old module wrote the
/// server that it used into the service (reference: onapp-vm-module.md 4.4); what its product names since says nothing about a
/// machine that is there.
pub(crate) async fn unclear(host: &Host, service: &Service, vm_id: &str) -> Result<Option<Left>, Failure> {
    let (id, server_id) = (&service.id, &service.server_id);
    if server_id.is_empty() {
        return Ok(Some(Left {
            service_id: id.clone(),
            code: Some("onapp.take_over_no_server"),
            what: format!("service {id} of the old module has no server and is not metered"),
            next: "assign to it the one that its VM is on",
        }));
    }
    let mut others = others(host, service, vm_id).await?;
    if is_live(service) {
        others.retain(|other| !other.is_over);
    }
    if others.is_empty() {
        return Ok(None);
    }
    let named: Vec<&str> = others.iter().map(|other| other.service_id.as_str()).collect();
    let what = format!(
        "service {id} of the old module is not metered: VM {vm_id} at server {server_id} is also that of service {}",
        named.join(" and ")
    );
    if !is_live(service) && others.iter().any(|other| !other.is_over) {
        return Ok(Some(Left::as_it_is(id, what)));
    }
    Ok(Some(Left {
        service_id: id.clone(),
        code: Some("onapp.take_over_shared"),
        what,
        next: "let the one that has that VM alone be Active: set the others to Cancelled, without a module command, or assign to \
               them the server that their own VM is on",
    }))
}

/// Another service that names a VM.
struct Other {
    service_id: String,
    /// It is over, and was never seen with the VM.
    is_over: bool,
}

/// Other services of the same owner that have the VM: they were seen with it, or they name it by the old module alone. Of one
/// that another owner's service names, OnApp's word decides whose it is.
async fn others(host: &Host, service: &Service, vm_id: &str) -> Result<Vec<Other>, Failure> {
    let mapped = Pages::of(&MAPPINGS, "service_id", vec![is("vm_id", "=", vm_id)]);
    let of_vm = vec![is("module", "=", MODULE), is("vm_id", "=", vm_id)];
    let on_record = Pages::of(&SERVICES, "service_id", of_vm);
    let mut named = BTreeSet::new();
    for row in mapped.all(host).await?.iter().chain(&on_record.all(host).await?) {
        named.insert(must(row, &MAPPINGS, "service_id")?.to_owned());
    }
    named.remove(&service.id);
    let mut found = Vec::new();
    for id in named {
        let known = claim::read(host, MODULE, &id).await?;
        let (server_id, client_id, is_over) = match known.filter(|row| text(row, "vm_id").is_some() && !never_seen(row))
        {
            Some(row) if text(&row, "vm_id") != Some(vm_id) => continue,
            Some(row) => {
                let of = |name| text(&row, name).unwrap_or_default().to_owned();
                (of("server_id"), of("client_id"), false)
            }
            None => match host.ask(&ServiceGet { id: id.clone() }).await?.service {
                Some(other) if is_of_module(&other) => {
                    let is_over = !is_live(&other);
                    (other.server_id, other.client_id, is_over)
                }
                _ => continue,
            },
        };
        if is_same_server(host, &server_id, &service.server_id).await?
            && is_same_owner(host, (&server_id, &client_id), (&service.server_id, &service.client_id)).await?
        {
            found.push(Other {
                service_id: id,
                is_over,
            });
        }
    }
    Ok(found)
}

/// Have these clients one OnApp user, each at its server?
async fn is_same_owner(host: &Host, one: (&str, &str), other: (&str, &str)) -> Result<bool, Failure> {
    if one.1 == other.1 {
        return Ok(true);
    }
    let one = user::known(host, one.0, one.1).await?;
    let other = user::known(host, other.0, other.1).await?;
    Ok(one.is_some_and(|one| other.is_some_and(|other| other.id == one.id)))
}

/// The client whose OnApp user has a VM of the old module, if the service's own: the client on record, or the one who has the
/// service now. The old module went by its mapping alone, so that a service which moved, or whose client was merged, kept a VM
/// of the former client's user. Such a one is known by its name when it is seen for the first time: at the wrong one of two
/// clouds, the same id is a stranger's machine.
pub(crate) async fn owner(
    host: &Host,
    ours: &Row,
    server_id: &str,
    client_id: &str,
    vm: &Vm,
) -> Result<Option<String>, Failure> {
    let Some(user_id) = vm.user_id else {
        return Ok(None);
    };
    let of_user = vec![
        is("server_id", "=", server_id),
        is("onapp_user_id", "=", user_id.to_string()),
    ];
    let mut owners = BTreeSet::new();
    for row in host.rows(CLIENTS.name, of_user, vec!["client_id"], 100).await? {
        owners.insert(must(&row, &CLIENTS, "client_id")?.to_owned());
    }
    if owners.contains(client_id) {
        return Ok(Some(client_id.to_owned()));
    }
    let (Some(id), false) = (text(ours, "service_id"), owners.is_empty()) else {
        return Ok(None);
    };
    let asked = ServiceGet { id: id.to_owned() };
    let Some(service) = host.ask(&asked).await?.service else {
        return Ok(None);
    };
    if owners.contains(&service.client_id) {
        return Ok(Some(service.client_id));
    }
    let is_its_name = |name: &String| !name.is_empty() && name.eq_ignore_ascii_case(&service.domain);
    let is_named = never_seen(ours) && [&vm.label, &vm.hostname].into_iter().any(is_its_name);
    Ok(owners.pop_first().filter(|_| is_named))
}

/// What staff can do about a VM that belongs to an OnApp user who is not the service's.
pub(crate) async fn way_out(host: &Host, server_id: &str, client_id: &str, vm: &Vm) -> Result<String, Failure> {
    let to = match user::known(host, server_id, client_id).await? {
        Some(user) => format!("make OnApp user {} its owner in the control panel", user.id),
        None => format!("enter its name, {}, as the service's hostname", vm.label),
    };
    Ok(format!(
        "Check first that the service shows the server that its VM is on, and that this server's address leads to the right \
         control panel. Only if the VM is this service's all the same, {to}."
    ))
}

/// Makes sure that a VM that is seen for the first time, at this server and for this client, is clearly of this service.
///
/// # Errors
/// As [`server_of`].
pub(crate) async fn clear(
    host: &Host,
    service_id: &str,
    server_id: &str,
    client_id: &str,
    vm_id: u64,
) -> Result<(), Failure> {
    let asked = ServiceGet {
        id: service_id.to_owned(),
    };
    // One that is gone from the billing panel is over; whoever looks at its record tells staff.
    let mut service = host.ask(&asked).await?.service.unwrap_or_else(|| Service {
        id: service_id.to_owned(),
        server_id: server_id.to_owned(),
        status: "Terminated".to_owned(),
        ..Service::default()
    });
    if !service.server_id.is_empty() {
        server_id.clone_into(&mut service.server_id);
    }
    client_id.clone_into(&mut service.client_id);
    match unclear(host, &service, &vm_id.to_string()).await? {
        Some(left) => Err(left.refused()),
        None => Ok(()),
    }
}

/// A row of a service of the old module whose VM was never seen at its server: nothing of it was read yet.
pub(crate) fn never_seen(ours: &Row) -> bool {
    text(ours, "address").is_none() && text(ours, "create_key").is_none()
}

/// A service whose product is of another module has another module's server.
pub(crate) fn is_of_module(service: &Service) -> bool {
    matches!(service.product.module.as_str(), "" | MODULE)
}

fn is_live(service: &Service) -> bool {
    !matches!(service.status.as_str(), "Terminated" | "Cancelled" | "Fraud")
}
