//! `onapp.create`: one VM per service, whatever is retried (decision 19).
//!
//! The order of writes: intent with a random key, request carrying the key, record. A retry looks for the key before it
//! asks again. Success means that the VM's id is on record; the rest is `onapp.settle`.

use super::verb::VerbInput;
use super::vm;
use super::vm::{Located, locate};
use crate::host::{Cell, Change, Class, Failure, Host, Row, Server, Service, ServiceFields, random_key};
use crate::http::{Error, Sent};
use crate::module::common::claim::{self, Claimed, claim};
use crate::module::common::refusal::refusal;
use crate::module::common::reused::refuse_ended;
use crate::module::common::verb::service;
use crate::module::onapp::moment::floor;
use crate::module::onapp::product::options::{BillingSettings, ProductOptions};
use crate::module::onapp::product::ordered::{Ordered, is_hostname, not_one};
use crate::module::onapp::server::connect::{forget_version, panel_for_order};
use crate::module::onapp::server::panels::compare_clock;
use crate::module::onapp::tables::{MAPPINGS, MODULE, ensure, row, stored, text};
use crate::module::onapp::takeover::take_over_service;
use crate::module::onapp::user::{Locked, PanelUser};
use crate::module::onapp::{addresses, user};
use crate::module::{Env, Report};
use crate::panel::onapp::{NewVm, Panel, Vm};
use crate::secret::Secret;
use crate::time::Instant;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Creates the service's VM, and the client's OnApp user if there is none.
pub(crate) async fn create(host: Host, env: Env, input: Value) -> Report {
    let input = VerbInput::read(input)?;
    create_for(&host, &env, input).await
}

/// The same for an input that was read already.
pub(crate) async fn create_for(host: &Host, env: &Env, input: VerbInput) -> Report {
    let options = ProductOptions::read(&input.options)?;
    BillingSettings::read(&input.options)?;
    ensure(host).await?;
    // A machine of the old module that no cron has seen yet, or whose server was corrected, is the service's VM.
    take_over_service(host, &input.service.id).await?;
    let recorded = claim::read(host, MODULE, &input.service.id).await?;
    let made = recorded
        .as_ref()
        .is_some_and(|row| text(row, "create_key").is_some() || text(row, "vm_id").is_some());
    let server = if made {
        input.server(host).await?
    } else {
        input.new_server(host).await?
    };
    if server.disabled && !made {
        return Err(Failure::setting(
            "onapp.server_disabled",
            format!("The server \"{}\" is disabled and takes no new orders.", server.name),
            "Enable it, or choose another in the product's Module Settings.",
        ));
    }
    let service = service(host, MODULE, &input.service.id).await?;
    let ordered = match Ordered::read(&options, &service.options) {
        // Pressed again: the VM may be there, from whichever template.
        Err(failure) if made && failure.code == "onapp.template_not_one" => {
            Ordered::of_existing(&options, &service.options).map_err(|_| failure)?
        }
        read => read?,
    };
    let wanted = wanted(&input, &options, &ordered)?;
    let panel = panel_for_order(host, env, &server).await?;
    let mut svc = claim(host, MODULE, &input.service.id, "create").await?;
    let order = Order {
        server: &server,
        service: &service,
        options: &options,
        ordered: &ordered,
    };
    let done = create_claimed(host, &panel, &order, wanted, &mut svc).await;
    if done.as_ref().is_err_and(|f| f.code == "onapp.create_unknown") {
        // The claim stays until its lease ends: a panel that is slow to list its VM is not asked for a second one.
        return done;
    }
    if done
        .as_ref()
        .is_err_and(|f| matches!(f.class, Class::PanelRefused | Class::PanelNotFound))
    {
        forget_version(host, &server.id).await?;
    }
    svc.finish(host, done).await
}

/// What was ordered, and where it is made.
struct Order<'a> {
    server: &'a Server,
    service: &'a Service,
    options: &'a ProductOptions,
    ordered: &'a Ordered,
}

impl Order<'_> {
    /// The client's OnApp user. `panel` is logged in as the server's user.
    async fn owner(&self, host: &Host, panel: &Panel) -> Result<PanelUser, Failure> {
        user::ensure(host, panel, &self.server.id, &self.service.client, &self.options.user).await
    }
}

async fn create_claimed(host: &Host, panel: &Panel, order: &Order<'_>, mut wanted: NewVm, svc: &mut Claimed) -> Report {
    let (server, service) = (order.server, order.service);
    refuse_ended(MODULE, &service.id, svc.row(), &service.client.id)?;
    let mut anew = false;
    if vm::on_record(host, svc).await?.is_some() {
        if let Located::Here(vm) = locate(host, panel, svc, &server.id, &service.client.id).await? {
            if svc.text("state") == Some("deleting") {
                return Err(still_deleting(vm.id));
            }
            // The host may have rolled its own fields back after the VM was recorded.
            host.ask(&fields(svc, order, &vm)).await?;
            return Ok(json!({ "message": format!("VM {} exists already.", vm.id), "vm_id": vm.id.to_string() }));
        }
        // The VM was deleted at the panel. A new one gets a new key; the old one's readings stay on the service.
        anew = true;
    } else {
        vm::familiar(host, panel, &server.id).await?;
    }
    let owner = order.owner(host, panel).await?;
    let retried = !anew && svc.text("create_key").is_some();
    let deleting = svc.text("state") == Some("deleting");
    let earlier = match retried {
        true => vm::adoptable(host, panel, svc, &service.client.id).await?,
        false => None,
    };
    let moved = svc.text("client_id") != Some(&service.client.id);
    if retried && earlier.is_none() {
        // That no VM carries the key counts only at the panel that was asked for it.
        let client_id = svc.text("client_id").unwrap_or(&service.client.id);
        vm::same_panel(host, panel, svc.row(), &server.id, client_id).await?;
    }
    let vm = match earlier {
        Some(vm) if deleting => return Err(still_deleting(vm.id)),
        Some(vm) => vm,
        None => {
            if !order.ordered.other_templates.is_empty() {
                return Err(not_one());
            }
            fit_template(panel, &mut wanted)?;
            if let Some(typed) = &wanted.initial_root_password
                && !panel.known_version().takes_root_password(typed)
            {
                wanted.initial_root_password = None;
                let why = "OnApp 2.x takes 6 to 31 letters, digits, dashes and underscores.";
                password_replaced(host, &svc.service_id, why).await?;
            }
            if retried && moved && !deleting {
                // None was made for the client who had the service: it is asked for and looked for as this one's.
                let whose = row([
                    ("client_id", service.client.id.as_str().into()),
                    ("moved_to", Cell::Null),
                ]);
                svc.save(host, whose, vec![]).await?;
            }
            if !retried || deleting {
                // A service that has a VM anew is metered from now on; what the old one used is on the service already.
                let since = stored(floor(host.now())?);
                let intent = row([
                    ("state", "creating".into()),
                    ("create_key", random_key()?.into()),
                    ("vm_id", Cell::Null),
                    ("client_id", service.client.id.as_str().into()),
                    ("moved_to", Cell::Null),
                    ("server_id", server.id.as_str().into()),
                    ("address", panel.client().address().into()),
                    ("since", since.into()),
                ]);
                // With the old mapping goes what a retry would take for the VM on record, and with it its addresses.
                let mut unmapped = Vec::new();
                if anew {
                    unmapped = addresses::forgotten(host, &svc.service_id).await?;
                    unmapped.push(Change::Delete {
                        table: MAPPINGS.name,
                        key: row([("service_id", svc.service_id.as_str().into())]),
                    });
                }
                svc.save(host, intent, unmapped).await?;
            }
            wanted.admin_note = svc.text("create_key").map(str::to_owned);
            let mut asked = ask_for_vm(host, panel, order, &wanted, &owner, svc).await;
            if let Err(Refused::Password(e)) = &asked {
                wanted.initial_root_password = None;
                password_replaced(host, &svc.service_id, &refusal("OnApp refused it", e).message).await?;
                svc.save(host, Row::new(), vec![]).await?;
                asked = ask_for_vm(host, panel, order, &wanted, &owner, svc).await;
            }
            let told = match asked {
                Ok(told) => vm::made(host, panel, svc, told.id, &wanted.label).await?.ok_or(format!(
                    "OnApp's answer to creating the VM names VM {}, which is not surely this service's.",
                    told.id
                )),
                Err(Refused::Surely(failure)) => {
                    // The intent is void, and a retry may go to another server.
                    let void = row([("state", "new".into()), ("create_key", Cell::Null)]);
                    svc.save(host, void, vec![]).await?;
                    return Err(failure);
                }
                Err(Refused::Password(e) | Refused::Perhaps(e)) => {
                    Err(refusal("OnApp's answer to creating the VM was lost", &e).message)
                }
            };
            match told {
                Ok(vm) => vm,
                Err(told) => match vm::adoptable(host, panel, svc, &service.client.id).await {
                    Ok(Some(vm)) => vm,
                    Err(failure) if matches!(failure.class, Class::Internal | Class::Host) => return Err(failure),
                    // Where the list cannot be read either, the claim stays all the same: nobody asks for a second one.
                    Ok(None) | Err(_) => return Err(unknown_fate(told)),
                },
            }
        }
    };
    record(host, panel, order, &wanted, &vm, svc).await?;
    if let Some(key) = svc.text("create_key").filter(|key| !vm.carries(key))
        && let Err(e) = panel.set_admin_note(vm.id, key)
    {
        host.log(
            "warning",
            "onapp.key_not_written",
            refusal("The VM's admin note could not be set", &e).to_string(),
        );
    }
    compare_clock(host, &server.id, panel).await?;
    Ok(
        json!({ "message": format!("VM {} is being built.", vm.id), "vm_id": vm.id.to_string(),
                "ordered": order.ordered.report() }),
    )
}

fn still_deleting(vm_id: u64) -> Failure {
    Failure::new(
        Class::PanelLocked,
        "onapp.still_deleting",
        format!("The service's former VM {vm_id} is still being deleted."),
        "Nothing was created.",
        "Try again in a few minutes; if it stays, press Terminate again.",
    )
}

/// Why there is no VM after asking for one.
enum Refused {
    /// None was made.
    Surely(Failure),
    /// None was made, because the panel's rules do not take the root password.
    Password(Error),
    /// One may have been made.
    Perhaps(Error),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Surely(failure)
    }
}

/// Asks for the VM as the client's OnApp user. Where that user was deleted at OnApp it is made anew; where its password is
/// not the one on record, the server's user asks, and `settle` hands the VM over (decision 11b).
async fn ask_for_vm(
    host: &Host,
    panel: &Panel,
    order: &Order<'_>,
    wanted: &NewVm,
    owner: &PanelUser,
    svc: &mut Claimed,
) -> Result<Vm, Refused> {
    let client_id = &order.service.client.id;
    let mut answer = owner.opened(panel).create_vm(wanted);
    if answer.as_ref().is_err_and(|e| e.status() == Some(401)) {
        // Renewing the lease begins a new step, which may send a changing request again.
        svc.save(host, Row::new(), vec![]).await?;
        answer = match user::why_refused(host, panel, &order.server.id, client_id, owner).await? {
            Locked::Deleted => order.owner(host, panel).await?.opened(panel).create_vm(wanted),
            Locked::Password => {
                let sentence = format!(
                    "OnApp user {} of client {client_id} has another password than the one on record; the server's user \
                     acts for it.",
                    owner.id
                );
                host.log("warning", "onapp.user_password", sentence);
                panel.create_vm(wanted)
            }
        };
    }
    // Refused beside another field, the password may stay: the order is refused either way, and staff correct that field.
    let is_password =
        |e: &Error| !e.fields().is_empty() && e.fields().iter().all(|(field, _)| field == "initial_root_password");
    answer.map_err(|e| {
        if e.status() == Some(422) && is_password(&e) && wanted.initial_root_password.is_some() {
            Refused::Password(e)
        } else if surely_not_made(&e) {
            Refused::Surely(refusal("OnApp did not create the VM", &e))
        } else {
            Refused::Perhaps(e)
        }
    })
}

/// The machine does not get the password that was typed: staff are told, and the service's field does not keep it. What
/// OnApp makes up is written there when the VM is settled, if OnApp tells it.
async fn password_replaced(host: &Host, service_id: &str, why: &str) -> Result<(), Failure> {
    let sentence = format!(
        "Service {service_id}: the root password that was typed is not the machine's, and was removed from the service: {why} \
         OnApp makes one up, which the service gets with the machine's addresses if OnApp tells it. For another one use \
         Change Password when the machine is built."
    );
    host.log("warning", "onapp.password_replaced", sentence);
    let fields = ServiceFields {
        id: service_id.to_owned(),
        password: Some(Secret::new(String::new())),
        ..ServiceFields::default()
    };
    host.ask(&fields).await.map(drop)
}

/// Never sent, or refused for a reason that the panel gave. Anything else (a 500, an answer that cannot be read, a cut
/// connection) may hide a VM.
pub(crate) fn surely_not_made(e: &Error) -> bool {
    e.sent() == Sent::No || matches!(e.status(), Some(400 | 401 | 403 | 404 | 409 | 422 | 429))
}

fn unknown_fate(told: String) -> Failure {
    Failure::new(
        Class::NetworkUnknown,
        "onapp.create_unknown",
        told,
        "A VM may have been made; none that carries this service's key is listed yet.",
        "Wait a few minutes, then press Create again: the VM is looked up before another one is asked for.",
    )
}

/// Writes the VM's id down. The host's own fields come first: setting them again does no harm.
async fn record(
    host: &Host,
    panel: &Panel,
    order: &Order<'_>,
    wanted: &NewVm,
    vm: &Vm,
    svc: &mut Claimed,
) -> Result<(), Failure> {
    host.ask(&fields(svc, order, vm)).await?;
    let mapping = row([
        ("service_id", svc.service_id.as_str().into()),
        ("vm_id", vm.id.into()),
        ("memory", wanted.memory.into()),
        ("cpus", wanted.cpus.into()),
        ("cpu_shares", wanted.cpu_shares.unwrap_or(0).into()),
        ("disk_size", wanted.primary_disk_size.into()),
    ]);
    let mut recorded = row([
        ("state", "building".into()),
        ("vm_id", vm.id.into()),
        ("address", panel.client().address().into()),
        ("closed_at", Cell::Null),
    ]);
    let slow = |there: &Instant| *there < host.now() && host.now() - *there < TimeDelta::days(1);
    if let Some(there) = panel.client().panel_time().filter(slow) {
        // Its hours are counted by the panel's clock; no clock that anybody lives with is a day behind.
        let since = floor(there)?;
        recorded.insert("since".into(), stored(since).into());
    }
    svc.save(
        host,
        recorded,
        vec![Change::Put {
            table: MAPPINGS.name,
            values: mapping,
        }],
    )
    .await
}

/// The host's own fields of a service that has a VM. One without a hostname gets the VM's label, which is the hostname whole.
fn fields(svc: &Claimed, order: &Order<'_>, vm: &Vm) -> ServiceFields {
    let is_nameless = order.service.domain.trim().is_empty() && !vm.label.is_empty();
    ServiceFields {
        id: svc.service_id.clone(),
        server_id: Some(order.server.id.clone()),
        domain: is_nameless.then(|| vm.label.clone()),
        username: administrator(vm.operating_system.as_deref()),
        ..ServiceFields::default()
    }
}

/// Who administers an operating system, as its template names it (reference: onapp-vm-module.md 4.4).
pub(crate) fn administrator(system: Option<&str>) -> Option<String> {
    match system?.to_ascii_lowercase().as_str() {
        "windows" => Some("administrator".to_owned()),
        "linux" | "freebsd" => Some("root".to_owned()),
        _ => None,
    }
}

/// What the product and its configurable options ask for (reference: onapp-vm-module.md 2.1 and 4.3).
fn wanted(input: &VerbInput, options: &ProductOptions, ordered: &Ordered) -> Result<NewVm, Failure> {
    let domain = input.service.domain.trim().to_owned();
    if !is_hostname(&domain) {
        return Err(Failure::new(
            Class::ConfigInvalid,
            "onapp.hostname",
            "The service has no usable hostname: letters, digits and dashes, separated by dots.",
            "Nothing was created.",
            "Enter one in the service's Domain field.",
        ));
    }
    Ok(NewVm {
        label: domain.clone(),
        hostname: domain,
        template_id: ordered.template_id,
        memory: ordered.memory_mb,
        cpus: ordered.cpus,
        cpu_shares: Some(ordered.cpu_shares),
        primary_disk_size: ordered.disk_gb,
        swap_disk_size: Some(options.swap.gb),
        data_store_group_primary_id: options.disk.zone,
        data_store_group_swap_id: options.swap.zone,
        hypervisor_id: options.hypervisor,
        hypervisor_group_id: options.hypervisor_zone,
        primary_network_id: options.network,
        rate_limit: Some(ordered.port_speed),
        assign_ip: true,
        build: options.build,
        startup: options.build,
        automatic_backup: options.automatic_backup,
        initial_root_password: Some(input.service.password.clone()).filter(|typed| !typed.is_empty()),
        ..NewVm::default()
    })
}

/// The kind of license that a VM names: one of Windows `mak`, the licenses that the panel itself holds, since the other kinds
/// want a key or a server (reference: onapp-api.md 5.4).
pub(crate) fn license(windows: bool) -> Option<&'static str> {
    windows.then_some("mak")
}

/// What the template says of the VM: one of Windows has no swap disk and names its kind of license.
fn fit_template(panel: &Panel, wanted: &mut NewVm) -> Result<(), Failure> {
    let id = wanted.template_id;
    let found = panel
        .template(id)
        .map_err(|e| refusal(&format!("Template {id} could not be read"), &e))?;
    let Some(template) = found else {
        return Err(Failure::setting(
            "onapp.template_gone",
            format!("Template {id} is not at OnApp."),
            "Choose another in the product's Module Settings, or as the Order value of its option.",
        ));
    };
    if !template.allowed_swap || template.is_windows() {
        wanted.swap_disk_size = None;
        wanted.data_store_group_swap_id = None;
    }
    wanted.licensing_type = license(template.is_windows()).map(str::to_owned);
    Ok(())
}
