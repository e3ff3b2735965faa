//! Which VM the old module gave to a service, and at which server. Its own tables allowed two services to name one VM, and a
//! service to name none (reference: onapp-users-and-addons.md 8.2): then nobody knows whose it is, so it is neither metered,
//! billed nor touched for any of them until staff have said it (decision 30).

use super::tables::{MAPPINGS, MODULE, SERVICES, must, text};
use crate::host::{Class, Failure, Host, Service, ServiceGet, is};
use crate::module::common::pages::Pages;
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
    let others = others(host, service, vm_id).await?;
    if others.is_empty() {
        return Ok(None);
    }
    let named: Vec<&str> = others.iter().map(String::as_str).collect();
    let what = format!(
        "service {id} of the old module is not metered: VM {vm_id} at server {server_id} is also that of service {}",
        named.join(" and ")
    );
    if !is_live(service) {
        return Ok(Some(Left::as_it_is(id, what)));
    }
    Ok(Some(Left {
        service_id: id.clone(),
        code: Some("onapp.take_over_shared"),
        what,
        next: "set each service that does not have that VM to Cancelled, without a module command, or assign to it the server \
               that its own VM is on",
    }))
}

/// Other services that have the VM: on record, or by the old module alone and not over.
async fn others(host: &Host, service: &Service, vm_id: &str) -> Result<BTreeSet<String>, Failure> {
    let is_other = |id: &str| id != service.id;
    let on_record = vec![
        is("module", "=", MODULE),
        is("server_id", "=", &service.server_id),
        is("vm_id", "=", vm_id),
    ];
    let mut found = BTreeSet::new();
    for row in &Pages::of(&SERVICES, "service_id", on_record).all(host).await? {
        let id = must(row, &SERVICES, "service_id")?;
        if is_other(id) {
            found.insert(id.to_owned());
        }
    }
    let mapped = Pages::of(&MAPPINGS, "service_id", vec![is("vm_id", "=", vm_id)]);
    for row in &mapped.all(host).await? {
        let id = must(row, &MAPPINGS, "service_id")?;
        if !is_other(id) || found.contains(id) {
            continue;
        }
        let known = vec![is("module", "=", MODULE), is("service_id", "=", id)];
        let known = host.rows(SERVICES.name, known, vec![], 1).await?;
        if known.first().is_some_and(|row| text(row, "vm_id").is_some()) {
            continue; // It has its VM, at another server or of another number.
        }
        let other = host.ask(&ServiceGet { id: id.to_owned() }).await?.service;
        if other.is_some_and(|other| other.server_id == service.server_id && is_of_module(&other) && is_live(&other)) {
            found.insert(id.to_owned());
        }
    }
    Ok(found)
}

/// A service whose product is of another module has another module's server.
pub(crate) fn is_of_module(service: &Service) -> bool {
    matches!(service.product.module.as_str(), "" | MODULE)
}

fn is_live(service: &Service) -> bool {
    !matches!(service.status.as_str(), "Terminated" | "Cancelled" | "Fraud")
}
