//! Which VM the old module gave to a service, and at which server. Its own tables allowed two services to name one VM, and a
//! service to name none (reference: onapp-users-and-addons.md 8.2): then nobody knows whose it is, so it is neither metered,
//! billed nor touched for any of them until staff have said it (decision 30).

use crate::host::{Class, ClientGet, Failure, Host, Row, Service, ServiceGet, is};
use crate::module::common::claim;
use crate::module::common::pages::Pages;
use crate::module::common::refusal::refusal;
use crate::module::onapp::server::same::is_same_server;
use crate::module::onapp::tables::{MAPPINGS, MODULE, SERVICES, must, text};
use crate::module::onapp::user;
use crate::panel::onapp::{Panel, Vm};
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
    match unclear(host, &service, vm_id, None).await? {
        Some(left) => Err(left.refused()),
        None => Ok(Some(service.server_id)),
    }
}

/// Why it is not clear that a service has the VM that the old module gave to it; None where it is. The old module wrote the
/// server that it used into the service (reference: onapp-vm-module.md 4.4); what its product names since says nothing about a
/// machine that is there.
pub(crate) async fn unclear(
    host: &Host,
    service: &Service,
    vm_id: &str,
    seen: Option<Sight<'_>>,
) -> Result<Option<Left>, Failure> {
    let (id, server_id) = (&service.id, &service.server_id);
    if server_id.is_empty() {
        return Ok(Some(Left {
            service_id: id.clone(),
            code: Some("onapp.take_over_no_server"),
            what: format!("service {id} of the old module has no server and is not metered"),
            next: "assign to it the one that its VM is on",
        }));
    }
    let mut others = others(host, service, vm_id, seen).await?;
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

/// A VM that is seen for the first time.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    vm: &'a Vm,
    /// It is another client's user's, and taken for the service's by its name.
    by_name: bool,
}

/// Another service that names a VM.
struct Other {
    service_id: String,
    /// It is over, and was never seen with the VM.
    is_over: bool,
}

/// Other services of the same owner that have the VM: they were seen with it, or they name it by the old module alone. Of one
/// that another owner's service names, OnApp's word decides whose it is, unless that one has its name: it may have moved.
async fn others(host: &Host, service: &Service, vm_id: &str, seen: Option<Sight<'_>>) -> Result<Vec<Other>, Failure> {
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
        let (server_id, client_id, is_over, is_named) =
            match known.filter(|row| text(row, "vm_id").is_some() && !never_seen(row)) {
                Some(row) if text(&row, "vm_id") != Some(vm_id) => continue,
                Some(row) => {
                    let of = |name| text(&row, name).unwrap_or_default().to_owned();
                    (of("server_id"), of("client_id"), false, false)
                }
                None => match host.ask(&ServiceGet { id: id.clone() }).await?.service {
                    Some(other) if is_of_module(&other) => {
                        let is_over = !is_live(&other);
                        let is_named = seen.is_some_and(|seen| {
                            is_called(seen.vm, &other.domain) && (seen.by_name || !is_called(seen.vm, &service.domain))
                        });
                        (other.server_id, other.client_id, is_over, is_named)
                    }
                    _ => continue,
                },
            };
        if is_same_server(host, &server_id, &service.server_id).await?
            && (is_named
                || is_same_owner(host, (&server_id, &client_id), (&service.server_id, &service.client_id)).await?)
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
/// of the former client's user. Such a one is known by its name when it is seen for the first time, where no service of the former
/// client names it too: at the wrong one of two clouds, the same id is a stranger's machine. What staff wrote into its admin note
/// decides in any case.
pub(crate) async fn owner(
    host: &Host,
    panel: &Panel,
    ours: &Row,
    server_id: &str,
    client_id: &str,
    vm: &Vm,
) -> Result<Option<String>, Failure> {
    let owners = owners(host, panel, server_id, client_id, vm).await?;
    let is_owner = |client: &str| owners.iter().any(|owner| owner == client);
    if is_owner(client_id) {
        return Ok(Some(client_id.to_owned()));
    }
    let Some(id) = text(ours, "service_id") else {
        return Ok(None);
    };
    if vm.carries(&word(id)) {
        return Ok(Some(
            likely(host, owners).await?.unwrap_or_else(|| client_id.to_owned()),
        ));
    }
    let asked = ServiceGet { id: id.to_owned() };
    let Some(service) = host.ask(&asked).await?.service else {
        return Ok(None);
    };
    if is_owner(&service.client_id) {
        return Ok(Some(service.client_id));
    }
    let Some(owner) = likely(host, owners).await? else {
        return Ok(None);
    };
    let is_its =
        never_seen(ours) && is_called(vm, &service.domain) && !has_own(host, server_id, &owner, id, vm).await?;
    Ok(is_its.then_some(owner))
}

/// Who of several clients on one OnApp user had a service: one who is still there. Of a client who was merged into another, what was
/// billed is the other's.
async fn likely(host: &Host, owners: Vec<String>) -> Result<Option<String>, Failure> {
    for id in &owners {
        if host.ask(&ClientGet { id: id.clone() }).await?.client.is_some() {
            return Ok(Some(id.clone()));
        }
    }
    Ok(owners.into_iter().next())
}

/// The clients whose OnApp user has a VM. The user's id alone says nothing, since another cloud, and one that was set up anew, gives
/// the same ids: each client counts by the login or the e-mail address on its own record, which staff may change at OnApp, and this
/// client by its password too.
async fn owners(host: &Host, panel: &Panel, server_id: &str, client_id: &str, vm: &Vm) -> Result<Vec<String>, Failure> {
    let Some(user_id) = vm.user_id else {
        return Ok(vec![]);
    };
    let on_record = user::clients_of(host, server_id, user_id).await?;
    if on_record.is_empty() || has_anothers_key(host, server_id, vm).await? {
        return Ok(vec![]);
    }
    let found = panel
        .user(user_id)
        .map_err(|e| refusal("OnApp could not be asked about the VM's owner", &e))?;
    let Some(there) = found else { return Ok(vec![]) };
    let own = user::known(host, server_id, client_id).await?;
    let own = own.filter(|user| user.id == user_id && (user.is(&there) || user.opens(panel)));
    let its = own.map(|_| client_id.to_owned());
    let named = on_record.into_iter().filter(|(_, user)| user.is(&there));
    Ok(its.into_iter().chain(named.map(|(client, _)| client)).collect())
}

/// Does a VM carry the key of a service that this module made it for?
async fn has_anothers_key(host: &Host, server_id: &str, vm: &Vm) -> Result<bool, Failure> {
    let of_vm = vec![
        is("module", "=", MODULE),
        is("server_id", "=", server_id),
        is("vm_id", "=", vm.id.to_string()),
    ];
    let all = Pages::of(&SERVICES, "service_id", of_vm).all(host).await?;
    Ok(all
        .iter()
        .any(|row| text(row, "create_key").is_some_and(|key| vm.carries(key))))
}

/// Does another service of the client at this server, over or not, name the VM?
async fn has_own(host: &Host, server_id: &str, client_id: &str, but: &str, vm: &Vm) -> Result<bool, Failure> {
    let of_vm = vec![is("vm_id", "=", vm.id.to_string())];
    for row in Pages::of(&MAPPINGS, "service_id", of_vm).all(host).await? {
        let id = must(&row, &MAPPINGS, "service_id")?.to_owned();
        if id != but
            && let Some(service) = host.ask(&ServiceGet { id }).await?.service
            && service.client_id == client_id
            && is_same_server(host, &service.server_id, server_id).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Has a VM this name? The old module gave it the service's hostname as label and hostname (reference: onapp-vm-module.md 4.4).
fn is_called(vm: &Vm, domain: &str) -> bool {
    !domain.is_empty()
        && [&vm.label, &vm.hostname]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(domain))
}

/// What staff write into the admin note of a VM that is a service's although nothing else says so.
pub(crate) fn word(service_id: &str) -> String {
    format!("provisor-service-{service_id}")
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
    vm: &Vm,
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
    let by_name = service.client_id != client_id;
    client_id.clone_into(&mut service.client_id);
    match unclear(host, &service, &vm.id.to_string(), Some(Sight { vm, by_name })).await? {
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
