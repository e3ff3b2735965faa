//! A product as it speaks of a machine that is there. Its ids are those of the control panel that it makes machines at (slot 1). A
//! machine stays where it was made, whatever its product says later; where that is another control panel, the same ids are other
//! templates, networks and zones there, and the product says nothing about them.

use super::options::server_id;
use crate::host::{Failure, Host, Service, ServiceGet, is};
use crate::module::common::claim;
use crate::module::onapp::server::same::is_same_server;
use crate::module::onapp::tables::{MAPPINGS, MODULE, text};

/// The slots that hold ids of a control panel: templates, hypervisor and zone, networks, and the option that chooses a template.
const OF_PANEL: [usize; 5] = [2, 4, 6, 19, 23];

/// The stored options of a product for a machine at this server: without those of another control panel. True with them where
/// something was left out.
pub(crate) async fn at_server(
    host: &Host,
    stored: &[String],
    machine_server: &str,
) -> Result<(Vec<String>, bool), Failure> {
    let mut options = stored.to_vec();
    // A server group: its ids are the same at each of its servers. A setting that cannot be read says nothing.
    let Ok(Some(makes_at)) = server_id(stored) else {
        return Ok((options, false));
    };
    if is_same_server(host, &makes_at, machine_server).await? {
        return Ok((options, false));
    }
    for slot in OF_PANEL {
        if let Some(option) = options.get_mut(slot.saturating_sub(1)) {
            option.clear();
        }
    }
    Ok((options, true))
}

/// A service whose product speaks of the machine that the service has; as it is where it has none.
pub(crate) async fn seen_from(host: &Host, mut service: Service) -> Result<Service, Failure> {
    if let Some(server) = machine_server(host, &service).await? {
        (service.product.options, _) = at_server(host, &service.product.options, &server).await?;
    }
    Ok(service)
}

/// Where a service's machine is: on record, or by the old module's mapping at the service's own server.
async fn machine_server(host: &Host, service: &Service) -> Result<Option<String>, Failure> {
    if let Some(ours) = claim::read(host, MODULE, &service.id).await?
        && let Some(server) = text(&ours, "server_id")
    {
        let is_there = text(&ours, "vm_id").is_some();
        return Ok(is_there.then(|| server.to_owned()));
    }
    let of_service = vec![is("service_id", "=", &service.id)];
    let mapped = host.rows(MAPPINGS.name, of_service, vec![], 1).await?;
    let is_there = !mapped.is_empty() && !service.server_id.is_empty();
    Ok(is_there.then(|| service.server_id.clone()))
}

/// A service of the host, seen from a machine at this server.
pub(crate) async fn service_at(host: &Host, service_id: &str, server: &str) -> Result<Option<Service>, Failure> {
    let asked = ServiceGet {
        id: service_id.to_owned(),
    };
    let Some(mut service) = host.ask(&asked).await?.service else {
        return Ok(None);
    };
    if matches!(service.product.module.as_str(), "" | MODULE) {
        (service.product.options, _) = at_server(host, &service.product.options, server).await?;
    }
    Ok(Some(service))
}
