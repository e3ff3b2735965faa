//! `singlehop.select`: what staff chose in SingleHop Servers List. The panel must list the server, and no other active
//! service may have it; a unique key decides between two who save at once.

use super::assigned::{Assigned, for_clients, given, hostname, is_held, known_of, of_server, of_service};
use super::cancelled::{self, chosen};
use super::known::{Known, blank};
use crate::host::{Cell, Class, Failure, Host};
use crate::module::common::claim::{self, Claimed, claim};
use crate::module::singlehop::connect::{Patience, leap, noted, told, unreadable};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::options::Settings;
use crate::module::singlehop::service::suspend::{left, left_behind};
use crate::module::singlehop::service::terminate::{is_cancelling, unclear};
use crate::module::singlehop::tables::{MODULE, ensure, row, text};
use crate::module::{Env, Report};
use crate::panel::singlehop::{Config, Leap, is_server_id};
use serde_json::{Value, json};
use std::net::IpAddr;

/// The name of the choice in the service page's form.
pub(crate) const FIELD: &str = "server";

/// Gives the chosen server to the service; the empty choice takes it away.
pub(crate) async fn select(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    input.allowed(&host, "select").await?;
    ensure(&host).await?;
    let Some(wanted) = input.form(FIELD) else {
        // The form had no list, because it could not be read.
        return Ok(json!({ "message": "Nothing was chosen." }));
    };
    let id = &input.service.id;
    let current = of_service(&host, id).await?;
    let settled = match claim::read(&host, MODULE, id).await? {
        Some(row) => text(&row, "state") != Some("filling"),
        None => true,
    };
    let settings = input.settings();
    let panel = settings.as_ref().ok().map(|settings| settings.base.panel());
    if settled && current.map_or(wanted.is_empty(), |own| own.is_choice(wanted, panel.as_deref())) {
        return Ok(json!({ "message": "The selected server stays as it is." }));
    }
    let settings = settings?;
    let config = input.config()?;
    let panel = leap(&host, &env, &settings, &config, Patience::Action)?;
    let mut svc = claim(&host, MODULE, id, "select").await?;
    let done = choose(&host, panel.as_ref(), &settings, &config, &mut svc, wanted).await;
    svc.finish(&host, done).await
}

async fn choose(
    host: &Host,
    leap: &dyn Leap,
    settings: &Settings,
    config: &Config,
    svc: &mut Claimed,
    wanted: &str,
) -> Report {
    let current = of_service(host, &svc.service_id).await?;
    let known = Known::read(host, &svc.service_id, current.as_ref()).await?;
    let mut changes = match &current {
        Some(current) => current.forgotten(&known),
        None => vec![blank(&svc.service_id, &known)],
    };
    if wanted.is_empty() {
        let left = current
            .as_ref()
            .map(|own| left_behind(host, own, svc))
            .unwrap_or_default();
        if let Some(current) = &current {
            current.empty(host).await?;
        }
        let none = row([
            ("state", "new".into()),
            ("ran_before_suspend", Cell::Null),
            ("suspended_by", Cell::Null),
        ]);
        svc.save(host, none, changes).await?;
        return Ok(json!({ "message": format!("The service has no server any more.{left}") }));
    }
    let (wanted, is_kept) = chosen(wanted);
    let panel = settings.base.panel();
    let panel = panel.as_str();
    if let Some(current) = current.as_ref().filter(|_| is_cancelling(svc)) {
        // None is how staff say that they looked, and so is the choice of it that says what they saw. A save that leaves
        // everything as it is says nothing.
        let sentence = format!("Server {} ({}) stays this service's", current.hostname, current.leap_id);
        return match (current.is_choice(wanted, Some(panel)), is_kept) {
            (true, true) => {
                let mark = cancelled::forgotten(panel, wanted);
                svc.save(host, row([("state", "filling".into())]), vec![mark]).await?;
                filled(host, svc, current, "").await
            }
            (true, false) => Ok(json!({ "message": format!("{sentence}.") })),
            (false, _) => Err(unclear(&sentence)),
        };
    }
    if let Some(current) = current.as_ref().filter(|own| own.is_choice(wanted, Some(panel))) {
        // An earlier save was cut off before the host's fields were written.
        return filled(host, svc, current, "").await;
    }
    let mut server = listed(host, leap, wanted)?;
    if server.ip.is_none() {
        // The address is a help for staff; without it the selection is no worse.
        server.ip = address(leap, wanted);
    }
    let holder = match of_server(host, panel, wanted).await? {
        Some(holder) if is_held(host, &holder).await? => return Err(taken(wanted, &holder)),
        holder => holder,
    };
    let mut left = String::new();
    if let Some(holder) = holder.as_ref().filter(|holder| holder.service_id != svc.service_id) {
        left = free(host, holder).await?;
        if !left.is_empty() {
            // The former service's row is the last one to know it.
            let (name, id) = (&server.hostname, &holder.service_id);
            let said = format!("Server {name} ({wanted}) comes from service {id}.{left}");
            host.log(
                "warning",
                "singlehop.left_suspended",
                format!("Service {}: {said}", svc.service_id),
            );
        }
    }
    match is_kept {
        true => changes.push(cancelled::forgotten(panel, wanted)),
        false => cancelled::refuse(host, panel, wanted, &server.hostname).await?,
    }
    let before = match &holder {
        Some(holder) => Some((holder, known_of(host, holder).await?)),
        None => None,
    };
    if let Some((holder, _)) = before
        .as_ref()
        .filter(|(holder, _)| holder.service_id != svc.service_id)
    {
        holder.empty(host).await?;
    }
    if let Some(own) = &current {
        left.push_str(&left_behind(host, own, svc));
    }
    if let Some(current) = current.filter(|_| for_clients(hostname(&server.hostname)).is_empty()) {
        // Its name would stay where the next one has none.
        current.empty(host).await?;
    }
    changes.extend(given(
        &svc.service_id,
        settings,
        &server,
        &config.username,
        before.as_ref().map(|(holder, known)| (*holder, known)),
        host.now(),
    ));
    // Whether the former server ran and how it was suspended says nothing of this one.
    let other = row([
        ("state", "filling".into()),
        ("ran_before_suspend", Cell::Null),
        ("suspended_by", Cell::Null),
    ]);
    if let Err(failure) = svc.save(host, other, changes).await {
        // The keys of the table are the last word: was somebody faster?
        return Err(match of_server(host, panel, wanted).await? {
            Some(other) if failure.class == Class::HostConflict && other.service_id != svc.service_id => {
                taken(wanted, &other)
            }
            _ => failure,
        });
    }
    match of_service(host, &svc.service_id).await? {
        Some(given) => filled(host, svc, &given, &left).await,
        None => Err(Failure::internal("singlehop.lost", "The selected server was not kept.")),
    }
}

/// The server's first public address, from whichever call knows it: the old API names none with the server itself.
fn address(leap: &dyn Leap, id: &str) -> Option<IpAddr> {
    let of_server = leap.server(id).ok().and_then(|seen| seen.ip);
    of_server.or_else(|| {
        let blocks = leap.ips(id).ok()?;
        let public = blocks.into_iter().find(|block| block.public)?;
        public.addresses.into_iter().next()
    })
}

/// `left`: what staff read of a suspension that was left behind.
async fn filled(host: &Host, svc: &mut Claimed, server: &Assigned, left: &str) -> Report {
    server.fill(host).await?;
    svc.save(host, row([("state", "ready".into())]), vec![]).await?;
    Ok(json!({ "message": format!("Server {} ({}) is selected.{left}", server.hostname, server.leap_id) }))
}

/// The server as the list has it now.
fn listed(host: &Host, leap: &dyn Leap, id: &str) -> Result<crate::panel::singlehop::Server, Failure> {
    let unknown = || {
        Failure::new(
            Class::ConfigRefused,
            "singlehop.not_listed",
            "The selected server is not in the list of servers that the Tandem user may manage.",
            "Nothing was changed.",
            "In LEAP give the Tandem user permission for it (Tandem > Tandem Users > Add Server Permissions), then select it \
             again.",
        )
    };
    if !is_server_id(id) {
        return Err(unknown());
    }
    let list = leap
        .servers()
        .map(|list| noted(host, list))
        .map_err(|e| told("The list of servers could not be read", &e))?;
    match list.servers.iter().find(|server| server.id == id) {
        Some(server) => Ok(server.clone()),
        None if list.left_out > 0 => Err(unreadable(&format!("Server {id} was not found"), &list)),
        None => Err(unknown()),
    }
}

/// Refuses a server that the service which has it is just giving up, or whose cancellation it may have asked for. Tells how that
/// service left it suspended.
async fn free(host: &Host, holder: &Assigned) -> Result<String, Failure> {
    let id = &holder.service_id;
    if claim::under_way(host, MODULE, id).await? {
        return Err(Failure::new(
            Class::Busy,
            "singlehop.busy",
            format!(
                "Server {} is of service {id}, on which another action is under way.",
                holder.leap_id
            ),
            "Nothing was changed.",
            "Try again when it has finished; an action that was interrupted frees the service by itself.",
        ));
    }
    let there = claim::read(host, MODULE, id).await?;
    if there
        .as_ref()
        .is_some_and(|there| text(there, "state") == Some("cancelling"))
    {
        return Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.cancel_unclear",
            format!(
                "The cancellation of server {} may have been asked for by service {id}.",
                holder.leap_id
            ),
            "Nothing was changed.",
            format!(
                "Look for the cancellation in LEAP. If it is not there, select None on service {id}, save, and then choose here \
                 the entry of which LEAP shows no cancellation; if its product has another module by now, give service {id} a product of \
                 this module first. The daily report frees the server of a service that was deleted."
            ),
        ));
    }
    Ok(there.map(|there| left(&there)).unwrap_or_default())
}

fn taken(id: &str, holder: &Assigned) -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "singlehop.taken",
        format!("Server {id} belongs to service {}.", holder.service_id),
        "Nothing was changed.",
        "Select another one, or first terminate that service or select None there.",
    )
}
