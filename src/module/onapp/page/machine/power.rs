//! The actions on a VM that is there: power, build, network, console, password, unlock, delete. Each is claim, look, check of
//! the state, one request; nothing is repeated.

use crate::host::{Class, Failure, Host, Row, Service, ServiceFields};
use crate::module::common::claim::{Claimed, claim};
use crate::module::common::once::first_within;
use crate::module::common::refusal::refusal;
use crate::module::common::verb::service;
use crate::module::onapp::addresses::configured;
use crate::module::onapp::page::input::Input;
use crate::module::onapp::page::look::{Place, Record, Seen, gone};
use crate::module::onapp::page::state::{State, Verb};
use crate::module::onapp::product::options::{ProductOptions, chosen};
use crate::module::onapp::service::{create, terminate};
use crate::module::onapp::tables::{MODULE, ensure};
use crate::module::onapp::user::password;
use crate::module::{Env, Report};
use crate::panel::onapp::{Panel, PanelError, Shutdown};
use crate::secret::Secret;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// How long a first press of staff counts.
const SURE: TimeDelta = TimeDelta::minutes(2);

/// How the network is rebuilt, as a form asked for it.
#[derive(Clone, Copy)]
struct Rebuild {
    shutdown: Option<Shutdown>,
    startup: bool,
}

/// Does one action.
pub(crate) async fn act(host: Host, env: Env, input: Value, verb: Verb) -> Report {
    let input = Input::read(input)?;
    let service = input.allowed(&host, verb.name()).await?;
    perform(&host, &env, &input, &service, verb, None).await
}

/// The host's own Change Password: what was typed becomes the administrator's password. The host knows who may ask for it
/// where, and stores the password when this succeeds. Clients read what failed, so it names no panel and no id.
pub(crate) async fn change_password(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let new = typed(&input.verb.service.password)?;
    ensure(&host).await?;
    let service = service(&host, MODULE, input.id()).await?;
    let done = perform(&host, &env, &input, &service, Verb::ResetPassword, Some(new)).await;
    done.map_err(|failure| {
        host.log("error", &failure.code, format!("Service {}: {failure}", service.id));
        let next = match failure.class {
            _ if failure.code == UNCLEAR => {
                return unclear(
                    failure.class,
                    "The machine did not say whether it has the new password.",
                );
            }
            Class::PanelLocked | Class::Busy => "The machine is busy: try again in a few minutes.",
            Class::PanelRefused => "Choose another password: this one is not accepted.",
            _ => "Ask the support.",
        };
        let what = "The password was not changed.";
        Failure::new(
            failure.class,
            &failure.code,
            what,
            "The former one is still valid.",
            next,
        )
    })
}

/// The code of [`unclear`].
const UNCLEAR: &str = "onapp.password_unclear";

/// Nothing looks it up: what a panel tells of a password may be an older one, or encrypted. The next one settles it.
fn unclear(class: Class, what: impl Into<String>) -> Failure {
    Failure::new(
        class,
        UNCLEAR,
        what,
        "It is not known whether the password was changed: the new one or the former one is valid.",
        "Change it again in a few minutes: the one that is set then is valid and kept.",
    )
}

/// A password that can be typed at a machine's console. Older panels take less; they say so themselves.
fn typed(new: &Secret) -> Result<Secret, Failure> {
    let text = new.reveal();
    if (6..=99).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(new.clone());
    }
    Err(Failure::new(
        Class::ConfigRefused,
        "onapp.password",
        "The new password does not fit.",
        "The former one is still valid.",
        "Choose 6 to 99 letters, digits and signs, without blanks and accents.",
    ))
}

/// One action on the VM that is on record.
pub(crate) async fn perform(
    host: &Host,
    env: &Env,
    input: &Input,
    service: &Service,
    verb: Verb,
    password: Option<Secret>,
) -> Report {
    let network = rebuild(input)?;
    let record = Record::of(host, service).await?;
    let vm_id = record.vm()?;
    let place = Place::open(host, env, input, &record, vm_id).await?;
    let mut svc = claim(host, MODULE, input.id(), verb.name()).await?;
    let work = Work {
        host,
        input,
        service,
        place: &place,
        password,
    };
    let done = work.run(verb, network, &mut svc).await;
    svc.finish(host, done).await
}

/// The way to shut down that the form names; without a form the VM stays up.
fn rebuild(input: &Input) -> Result<Rebuild, Failure> {
    let shutdown = match input.sent("shutdown") {
        "" | "none" => None,
        "hard" => Some(Shutdown::Hard),
        "graceful" => Some(Shutdown::Graceful),
        "soft" => Some(Shutdown::Soft),
        _ => {
            return Err(Failure::new(
                Class::ConfigRefused,
                "onapp.shutdown_type",
                "The way to shut down is none of: none, soft, graceful, hard.",
                "Nothing was changed.",
                "Choose one of them.",
            ));
        }
    };
    let startup = matches!(input.sent("startup"), "on" | "1");
    Ok(Rebuild { shutdown, startup })
}

/// One action under way.
struct Work<'a> {
    host: &'a Host,
    input: &'a Input,
    service: &'a Service,
    place: &'a Place,
    /// The password that the host will store; without one we choose it.
    password: Option<Secret>,
}

impl Work<'_> {
    async fn run(&self, verb: Verb, network: Rebuild, svc: &mut Claimed) -> Report {
        // The client's role has neither build nor unlock, and the host's own steps delete as the server's user.
        let by_server = matches!(verb, Verb::Build | Verb::Rebuild | Verb::Unlock | Verb::Delete);
        let as_client = self.input.caller.is_client() && !by_server;
        let Some(seen) = self.place.look(self.host, as_client).await? else {
            // A deletion whose end was not written down is finished by the second press.
            return if verb == Verb::Delete {
                self.delete(svc).await
            } else {
                Err(gone())
            };
        };
        verb.check(State::of(&seen.vm))?;
        let id = seen.vm.id;
        self.sure(verb, id).await?;
        let refused = format!("OnApp did not {} VM {id}", told(verb));
        match verb {
            Verb::Start => {
                self.change(svc, &seen, &refused, |panel| panel.startup_vm(id)).await?;
            }
            Verb::Shutdown => {
                self.change(svc, &seen, &refused, |panel| panel.shutdown_vm(id)).await?;
            }
            Verb::Stop => {
                self.change(svc, &seen, &refused, |panel| panel.stop_vm(id)).await?;
            }
            Verb::Reboot => {
                self.change(svc, &seen, &refused, |panel| panel.reboot_vm(id)).await?;
            }
            Verb::Unlock => {
                self.change(svc, &seen, &refused, |panel| panel.unlock_vm(id)).await?;
            }
            Verb::RebuildNetwork => {
                self.change(svc, &seen, &refused, |panel| {
                    panel.rebuild_network(id, network.shutdown, network.startup)
                })
                .await?;
                self.addresses_known(svc, id).await?;
            }
            Verb::Build | Verb::Rebuild => {
                let template = template(self.service, seen.vm.template_id)?;
                let system = self.system(&seen, template)?;
                let is_windows = system
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case("windows"));
                let license = create::license(is_windows);
                self.change(svc, &seen, &refused, |panel| {
                    panel.build_vm(id, template, license, true)
                })
                .await
                .map_err(perhaps_built)?;
                self.built(svc, &seen, system.as_deref()).await;
            }
            Verb::ResetPassword => return self.reset_password(svc, &seen, &refused).await,
            Verb::Console => return self.console(&seen, &refused),
            Verb::Delete => return self.delete(svc).await,
        }
        let who = if self.input.caller.is_client() {
            "client"
        } else {
            "staff"
        };
        self.host.log(
            "info",
            "onapp.action",
            format!("Service {}: {} of VM {id} by {who}.", svc.service_id, verb.name()),
        );
        Ok(json!({ "message": format!("VM {id}: {}.", done(verb)) }))
    }

    /// The host may ask staff nothing before it runs a button of theirs: what destroys data wants it pressed twice.
    async fn sure(&self, verb: Verb, id: u64) -> Result<(), Failure> {
        let destroys = matches!(verb, Verb::Rebuild | Verb::Delete);
        let name = format!("sure.{}.{}.{id}", verb.name(), self.service.id);
        if self.input.caller.kind != "staff" || !destroys || !first_within(self.host, &name, SURE).await? {
            return Ok(());
        }
        let and = if verb == Verb::Delete {
            " and every backup of it"
        } else {
            ""
        };
        Err(Failure::new(
            Class::ConfigRefused,
            "onapp.not_sure",
            format!("EVERYTHING on VM {id}{and} would be lost by this."),
            "Nothing was changed yet.",
            "Press the same button again within two minutes to do it.",
        ))
    }

    /// From now on the machine uses every address that it has.
    async fn addresses_known(&self, svc: &mut Claimed, vm_id: u64) -> Result<(), Failure> {
        let changes = configured(self.host, &svc.service_id, vm_id).await?;
        svc.save(self.host, Row::new(), changes).await
    }

    async fn change<T>(
        &self,
        svc: &mut Claimed,
        seen: &Seen,
        what: &str,
        ask: impl Fn(&Panel) -> Result<T, PanelError>,
    ) -> Result<(), Failure> {
        self.place.change(self.host, svc, seen, what, ask).await.map(drop)
    }

    /// The VM goes, the service stays: its usage is read once more and billed at the period's regular end.
    async fn delete(&self, svc: &mut Claimed) -> Report {
        let (place, client) = (self.place, &self.service.client.id);
        terminate::end(self.host, &place.panel, &place.server.id, client, svc).await
    }

    /// The operating system of the template. Only of one that is not the VM's own the panel is asked.
    fn system(&self, seen: &Seen, template: Option<u64>) -> Result<Option<String>, Failure> {
        let Some(id) = template.filter(|id| seen.vm.template_id != Some(*id)) else {
            return Ok(seen.vm.operating_system.clone());
        };
        let found = self
            .place
            .panel
            .template(id)
            .map_err(|e| refusal(&format!("Template {id} could not be read"), &e))?;
        Ok(found.and_then(|template| template.operating_system))
    }

    /// The build was accepted: what the host could not write down then is told, and is no reason to press again, which would
    /// install everything once more.
    async fn built(&self, svc: &mut Claimed, seen: &Seen, system: Option<&str>) {
        let id = seen.vm.id;
        for noted in [self.addresses_known(svc, id).await, self.login(seen, system).await] {
            if let Err(failure) = noted {
                let sentence = format!(
                    "VM {id} of service {} is being built all the same: do not press it again. {failure}",
                    svc.service_id
                );
                self.host.log("warning", &failure.code, sentence);
            }
        }
    }

    /// Another operating system has another administrator.
    async fn login(&self, seen: &Seen, system: Option<&str>) -> Result<(), Failure> {
        let username = create::administrator(system);
        if username.is_none() || username == create::administrator(seen.vm.operating_system.as_deref()) {
            return Ok(());
        }
        let fields = ServiceFields {
            id: self.service.id.clone(),
            username,
            ..ServiceFields::default()
        };
        self.host.ask(&fields).await.map(drop)
    }

    /// A password of ours goes into the host's own field, which shows it; one that the host brought is stored there by it.
    /// One that the machine does not surely have goes nowhere.
    async fn reset_password(&self, svc: &mut Claimed, seen: &Seen, refused: &str) -> Report {
        let id = seen.vm.id;
        let new = match &self.password {
            Some(brought) => brought.clone(),
            None => password::for_machine()?,
        };
        let ask = |panel: &Panel| match panel.reset_root_password(id, Some(&new)) {
            Err(e) if !create::surely_not_made(&e) => Ok(Err(e)),
            answer => answer.map(|_| Ok(())),
        };
        if let Err(e) = self.place.change(self.host, svc, seen, refused, ask).await? {
            let what = format!("OnApp did not say whether the administrator of VM {id} has the new password");
            return Err(unclear(Class::NetworkUnknown, refusal(&what, &e).message));
        }
        if self.password.is_none() {
            let fields = ServiceFields {
                id: svc.service_id.clone(),
                password: Some(new),
                ..ServiceFields::default()
            };
            self.host.ask(&fields).await?;
        }
        Ok(json!({ "message": format!("The administrator of VM {id} gets a new password.") }))
    }

    /// The address of the VM's screen. Whoever has it needs no login, so it travels as a secret.
    fn console(&self, seen: &Seen, refused: &str) -> Report {
        let console = self
            .place
            .ask(seen, |panel| panel.console(seen.vm.id))
            .map_err(|e| refusal(refused, &e))?;
        let address = format!("{}{}", self.place.panel.client().base_url(), console.path().reveal());
        Ok(json!({ "message": "The console is open.", "go": Secret::new(address) }))
    }
}

/// What is built: the template that the client bought as an option, else the VM's own where the product still has it, else
/// the product's only one. None leaves it to the panel, which takes the VM's own.
pub(crate) fn template(service: &Service, own: Option<u64>) -> Result<Option<u64>, Failure> {
    let options = ProductOptions::read(&service.product.options)?;
    let bought = chosen(&service.options, options.template_option.as_ref())?;
    Ok(match (bought, own, options.templates.as_slice()) {
        (0, Some(own), templates) if templates.contains(&own) => Some(own),
        (0, _, [one]) => Some(*one),
        (0, own, _) => own,
        (bought, _, _) => Some(bought),
    })
}

/// Nothing looks up whether a build was begun, and another one is as good as the first: only a person knows whether what is
/// there now may be lost.
fn perhaps_built(mut failure: Failure) -> Failure {
    if failure.class == Class::NetworkUnknown {
        failure.unchanged = "It is not known whether everything is being installed.".to_owned();
        failure.next =
            "Look at the virtual machine in some minutes; what is pressed again then installs everything once more."
                .to_owned();
    }
    failure
}

/// After "OnApp did not".
fn told(verb: Verb) -> &'static str {
    match verb {
        Verb::Start => "start",
        Verb::Shutdown => "shut down",
        Verb::Stop => "switch off",
        Verb::Reboot => "restart",
        Verb::Console => "open the console of",
        Verb::ResetPassword => "change the password of",
        Verb::RebuildNetwork => "rebuild the network of",
        Verb::Build | Verb::Rebuild => "build",
        Verb::Unlock => "unlock",
        Verb::Delete => "delete",
    }
}

fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Start => "it is being started",
        Verb::Shutdown => "it is being shut down",
        Verb::Stop => "it is being switched off",
        Verb::Reboot => "it is being restarted",
        Verb::RebuildNetwork => "its network is being rebuilt",
        Verb::Build | Verb::Rebuild => "it is being built",
        Verb::Unlock => "it is unlocked",
        Verb::Console | Verb::ResetPassword | Verb::Delete => "done",
    }
}
