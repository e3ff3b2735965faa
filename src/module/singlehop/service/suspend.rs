//! `singlehop.suspend` and `singlehop.unsuspend`, by one of four strategies (reference: storegrid-singlehop.md 5.2). No call
//! is a toggle, and what is already so is success; the state is read before and after (decision 3).

use super::create::no_server;
use crate::host::{Cell, Class, Failure, Host, Row};
use crate::http::Kind;
use crate::module::common::claim::{Claimed, claim};
use crate::module::singlehop::connect::{Patience, is_unclear, leap_of, noted, told, unreadable};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::options::Suspend;
use crate::module::singlehop::server::assigned::{Assigned, of_service};
use crate::module::singlehop::tables::{MODULE, ensure, row, text};
use crate::module::{Env, Report};
use crate::panel::singlehop::{ASSUMED, Leap, List, PanelError, Server, State};
use serde_json::{Value, json};

/// Suspends the service's server.
pub(crate) async fn suspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, true).await
}

/// Unsuspends it.
pub(crate) async fn unsuspend(host: Host, env: Env, input: Value) -> Report {
    run(host, env, input, false).await
}

async fn run(host: Host, env: Env, input: Value, wanted: bool) -> Report {
    let input = Input::read(input)?;
    let settings = input.settings()?;
    let config = input.config()?;
    ensure(&host).await?;
    let job = if wanted { "suspend" } else { "unsuspend" };
    let mut svc = claim(&host, MODULE, &input.service.id, job).await?;
    let done = async {
        let server = of_service(&host, &svc.service_id).await?.ok_or_else(no_server)?;
        let panel = leap_of(&server, &host, &env, &settings, &config, Patience::Action);
        let work = Work {
            host: &host,
            server: &server,
            panel,
        };
        if wanted {
            work.suspend(&mut svc, settings.suspend).await
        } else {
            work.unsuspend(&mut svc, settings.suspend).await
        }
    }
    .await;
    svc.finish(&host, done).await
}

/// What staff read of the suspension of a server that its service gives up, by the service's row.
pub(crate) fn left(there: &Row) -> String {
    let ways = Suspend::parsed(text(there, "suspended_by").unwrap_or_default());
    let is = |of: &[Suspend]| ways.iter().any(|way| of.contains(way));
    let suspended = match is(&[Suspend::Endpoint, Suspend::VmPower]) {
        true => " It is suspended there.",
        false => "",
    };
    let taken = match is(&[Suspend::TandemPermission]) {
        true => " It was taken from the Tandem user: give it back in LEAP before it is selected.",
        false => "",
    };
    format!("{suspended}{taken}")
}

/// The same of the server that a service has just now, with its name; it goes into the log too, because nothing else remembers it.
pub(crate) fn left_behind(host: &Host, server: &Assigned, svc: &Claimed) -> String {
    let left = left(svc.row());
    if left.is_empty() {
        return left;
    }
    let said = format!(
        "Server {} ({}) stays as it is in LEAP.{left}",
        server.hostname, server.leap_id
    );
    host.log(
        "warning",
        "singlehop.left_suspended",
        format!("Service {}: {said}", svc.service_id),
    );
    format!(" {said}")
}

/// The server, and the panel where it can be asked: `local` needs none.
struct Work<'a> {
    host: &'a Host,
    server: &'a Assigned,
    panel: Result<Box<dyn Leap>, Failure>,
}

impl Work<'_> {
    /// Suspends in this way, once it is written down that unsuspending has to undo it: the setting may change meanwhile.
    async fn suspend(&self, svc: &mut Claimed, way: Suspend) -> Report {
        let before = ways(svc);
        let mut all = before.clone();
        if !all.contains(&way) {
            all.push(way);
        }
        self.remember(svc, &all).await?;
        let mut maybe = false;
        let done = self.go(svc, way, true, &mut maybe).await;
        if done.is_err() && !maybe {
            self.remember(svc, &before).await?;
        }
        done
    }

    /// Undoes each way in which it was suspended; where none is written down, the one of the settings.
    async fn unsuspend(&self, svc: &mut Claimed, usual: Suspend) -> Report {
        let mut left = ways(svc);
        if left.is_empty() {
            left.push(usual);
        }
        let mut said = Vec::new();
        while let Some(way) = left.last().copied() {
            let done = self.go(svc, way, false, &mut false).await?;
            said.push(
                done.get("message")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            );
            left.pop();
            self.remember(svc, &left).await?;
        }
        Ok(json!({ "message": said.join(" ") }))
    }

    async fn remember(&self, svc: &mut Claimed, ways: &[Suspend]) -> Result<(), Failure> {
        if Suspend::stored(ways).as_deref() == svc.text("suspended_by") {
            return Ok(());
        }
        let values = row([("suspended_by", Suspend::stored(ways).into())]);
        svc.save(self.host, values, vec![]).await
    }

    /// `maybe` tells of a failure that the panel may have acted all the same.
    async fn go(&self, svc: &mut Claimed, way: Suspend, wanted: bool, maybe: &mut bool) -> Report {
        if way == Suspend::Local {
            let word = if wanted { "closed" } else { "open" };
            return Ok(json!({ "message": format!("The client area is {word}; nothing was changed at LEAP.") }));
        }
        let panel = self.panel.as_ref().map_err(Clone::clone)?.as_ref();
        match way {
            Suspend::Endpoint | Suspend::Local if wanted => suspend_by_call(panel, self.server, maybe),
            Suspend::Endpoint | Suspend::Local => unsuspend_by_call(self.host, panel, self.server),
            Suspend::VmPower => by_power(self.host, panel, svc, self.server, wanted, maybe).await,
            Suspend::TandemPermission => by_permission(self.host, panel, self.server, wanted, maybe).await,
        }
    }
}

/// The ways in which the service is suspended, or may be.
fn ways(svc: &Claimed) -> Vec<Suspend> {
    Suspend::parsed(svc.text("suspended_by").unwrap_or_default())
}

fn what(server: &Assigned, wanted: bool) -> String {
    let verb = if wanted { "suspended" } else { "unsuspended" };
    format!("Server {} ({}) was not {verb}", server.hostname, server.leap_id)
}

fn ended(server: &Assigned, word: &str) -> Value {
    told_ended(server, word, "")
}

fn told_ended(server: &Assigned, word: &str, note: &str) -> Value {
    json!({ "message": format!("Server {} ({}) {word}.{note}", server.hostname, server.leap_id) })
}

/// What a change asks for, and how the panel tells that it is so.
struct Asked<'a> {
    /// "Server web1 (100042) was not suspended".
    sentence: String,
    /// Suspending or stopping.
    wanted: bool,
    /// The panel's words for what is so already, without the server in them.
    already: &'a [&'a str],
    /// Does the panel say states at all, as far as that is known?
    tells_state: bool,
    /// Is the server so in that state? None where the state does not tell.
    fits: &'a (dyn Fn(State) -> Option<bool> + Sync),
}

impl Asked<'_> {
    /// The panel's answer, held against what it says of the server now: a claim counts only where that does not speak
    /// against it (decision 3). Gives what staff should know beside the success.
    fn settled(&self, answer: Result<(), PanelError>, now: Result<Server, PanelError>) -> Result<String, Failure> {
        let unclear = |says: &str| {
            Failure::new(
                Class::PanelData,
                "singlehop.suspend_unclear",
                format!("{}: the panel accepted the call, and {says}.", self.sentence),
                "Nothing else was changed.",
                "Look at the server in LEAP, then try again.",
            )
        };
        let fits = now.as_ref().ok().and_then(|seen| (self.fits)(seen.state));
        // The old API never says a state; then the panel's answer to the call is all that there is.
        let silent = !self.tells_state && now.as_ref().is_ok_and(|seen| seen.state == State::Unknown);
        let word = now.as_ref().map_or("", |seen| seen.status.as_str());
        // Not knowing a word is no reason to call a server suspended; unsuspended it is by the panel's answer.
        let enough = fits != Some(false) && now.is_ok() && (silent || !self.wanted);
        let called = match word {
            "" => "says no state of it".to_owned(),
            _ => format!("calls it \"{word}\""),
        };
        let note = || match fits {
            None if !silent => format!(" LEAP {called}."),
            _ => String::new(),
        };
        match answer {
            Ok(()) if fits == Some(true) || enough => Ok(note()),
            Ok(()) if now.is_err() => Err(unclear("what it says of the server could not be read")),
            Ok(()) if word.is_empty() => Err(unclear(&called)),
            Ok(()) => Err(unclear(&format!("calls the server \"{word}\""))),
            Err(_) if fits == Some(true) => Ok(note()),
            Err(e) if enough && is_already(&e, self.already) => Ok(note()),
            Err(e) => Err(told(&self.sentence, &e)),
        }
    }
}

/// Does the panel refuse because it is so already, and say nothing else? "Server is already suspended" is; "Another task is
/// already running" is not.
fn is_already(error: &PanelError, words: &[&str]) -> bool {
    let is_one = |message: &str| {
        let message = message.to_ascii_lowercase();
        let mut rest = message.trim().trim_end_matches(['.', '!']);
        for part in ["the ", "this ", "virtual machine ", "vm ", "server ", "machine ", "is "] {
            rest = rest.strip_prefix(part).unwrap_or(rest);
        }
        words.contains(&rest)
    };
    matches!(error.kind(), Kind::Declined) && error.fields().iter().any(|(_, message)| is_one(message))
}

/// May the panel have carried a change out, by its answer alone?
fn may_have_acted(answer: &Result<(), PanelError>) -> bool {
    answer.as_ref().map_or_else(is_unclear, |()| true)
}

/// Suspends by LEAP's own call. Only "suspended" is a word that confirms it.
fn suspend_by_call(leap: &dyn Leap, server: &Assigned, maybe: &mut bool) -> Report {
    const WORD: &str = "is suspended";
    let read = || leap.server(&server.leap_id);
    if read().is_ok_and(|seen| seen.state == State::Suspended) {
        return Ok(ended(server, WORD));
    }
    let fits = |state| match state {
        State::Suspended => Some(true),
        State::Other | State::Unknown => None,
        State::Online | State::Rescue | State::Offline => Some(false),
    };
    let asked = Asked {
        sentence: what(server, true),
        wanted: true,
        already: &["already suspended"],
        tells_state: leap.tells_state(),
        fits: &fits,
    };
    let answer = leap.set_suspended(&server.leap_id, true);
    let now = read();
    // A whole page that is no yes, and the server is as it was: then nothing was done.
    let ended_without = answer
        .as_ref()
        .is_err_and(|e| matches!(e.kind(), Kind::Unexpected { .. }))
        && now.as_ref().is_ok_and(|seen| fits(seen.state) == Some(false));
    *maybe = may_have_acted(&answer) && !ended_without;
    let note = asked.settled(answer, now)?;
    Ok(told_ended(server, WORD, &note))
}

/// Unsuspends by it. It is always asked for: a suspended server may well be called online. So "online" confirms a yes only
/// where it was not the word before; beside a call that does not work it is all that can be known, and enough: otherwise a
/// server that was never suspended could never be unsuspended.
fn unsuspend_by_call(host: &Host, leap: &dyn Leap, server: &Assigned) -> Report {
    const WORD: &str = "is not suspended any more";
    let read = || leap.server(&server.leap_id);
    let was_suspended = read().is_ok_and(|seen| seen.state == State::Suspended);
    let answer = leap.set_suspended(&server.leap_id, false);
    let now = read();
    if let (Err(e), Ok(seen)) = (&answer, &now) {
        let enough = match seen.state {
            State::Online | State::Rescue => true,
            // It may be off because it is suspended; not where there is no such call.
            State::Offline => e.code() == ASSUMED,
            State::Suspended | State::Other | State::Unknown => false,
        };
        if enough {
            let note = format!(
                " LEAP calls it \"{}\", and its call to unsuspend a server failed: {}.",
                seen.status,
                e.kind()
            );
            let sentence = format!("Server {} ({}) {WORD}.{note}", server.hostname, server.leap_id);
            host.log("warning", "singlehop.unsuspend_call", sentence);
            return Ok(told_ended(server, WORD, &note));
        }
    }
    let asked = Asked {
        sentence: what(server, false),
        wanted: false,
        already: &["already unsuspended", "not suspended"],
        tells_state: leap.tells_state(),
        fits: &|state| match state {
            State::Suspended => Some(false),
            State::Other | State::Unknown => None,
            State::Online | State::Rescue | State::Offline => was_suspended.then_some(true),
        },
    };
    let note = asked.settled(answer, now)?;
    Ok(told_ended(server, WORD, &note))
}

/// The service's server as the account's list has it.
fn listed(host: &Host, leap: &dyn Leap, server: &Assigned, sentence: &str) -> Result<Server, Failure> {
    let list = leap.owned().map_err(|e| told(sentence, &e))?;
    let list = noted(host, list);
    let found = list.servers.iter().find(|seen| seen.id == server.leap_id);
    found.cloned().ok_or_else(|| match list.left_out {
        0 => Failure::new(
            Class::PanelNotFound,
            "singlehop.server_gone",
            format!("{sentence}: LEAP does not list it any more."),
            "Nothing was changed.",
            "Look in LEAP, then select another server or terminate the service.",
        ),
        _ => unreadable(sentence, &list),
    })
}

/// Stops or starts a virtual machine. Unsuspending starts only what ran before (decision 3).
async fn by_power(
    host: &Host,
    leap: &dyn Leap,
    svc: &mut Claimed,
    server: &Assigned,
    wanted: bool,
    maybe: &mut bool,
) -> Report {
    let sentence = what(server, wanted);
    let seen = listed(host, leap, server, &sentence)?;
    if !seen.is_vm() {
        return Err(Failure::setting(
            "singlehop.not_vm",
            format!("{sentence}: vm_power can only stop virtual machines, and this is none."),
            "Choose another way to suspend in the product's Module Settings (slot 8).",
        ));
    }
    if wanted {
        stop(host, leap, svc, server, &seen, maybe).await
    } else {
        start(host, leap, svc, server, &seen).await
    }
}

/// Stops it, once it is written down whether it ran.
async fn stop(
    host: &Host,
    leap: &dyn Leap,
    svc: &mut Claimed,
    server: &Assigned,
    seen: &Server,
    maybe: &mut bool,
) -> Report {
    let sentence = what(server, true);
    let ran = match seen.state {
        // An API without states: then it counts as running, and is started again.
        State::Online | State::Rescue | State::Unknown => true,
        State::Offline => false,
        State::Suspended | State::Other => {
            return Err(Failure::new(
                Class::PanelLocked,
                "singlehop.vm_between",
                format!(
                    "{sentence}: LEAP calls it \"{}\", so it neither runs nor is stopped.",
                    seen.status
                ),
                "Nothing was changed.",
                "Try again when LEAP says online or offline, or look at it there.",
            ));
        }
    };
    let first = svc.text("ran_before_suspend").is_none();
    if first {
        // Written first: after a crash nobody could tell any more whether it ran.
        let ran = if ran { "1" } else { "0" };
        svc.save(host, row([("ran_before_suspend", ran.into())]), vec![])
            .await?;
    }
    if !ran {
        return Ok(ended(server, "is stopped"));
    }
    let asked = Asked {
        sentence: sentence.clone(),
        wanted: true,
        already: &["already stopped", "already off", "already offline", "not running"],
        tells_state: seen.state != State::Unknown,
        fits: &|state| match state {
            State::Offline => Some(true),
            State::Online | State::Rescue => Some(false),
            _ => None,
        },
    };
    let answer = leap.set_power(&server.leap_id, false);
    *maybe = may_have_acted(&answer);
    let now = leap.owned().and_then(|list| again(list, seen));
    match asked.settled(answer, now) {
        Ok(note) => Ok(told_ended(server, "is stopped", &note)),
        Err(failure) => {
            if first && !*maybe {
                // Nothing was stopped: the next time it may be off already.
                svc.save(host, row([("ran_before_suspend", Cell::Null)]), vec![])
                    .await?;
            }
            Err(failure)
        }
    }
}

/// The same server in a later list; where it is not there any more, nothing is known of it.
fn again(list: List, before: &Server) -> Result<Server, PanelError> {
    let nothing = Server {
        state: State::Other,
        status: "not listed".to_owned(),
        ..before.clone()
    };
    Ok(list
        .servers
        .into_iter()
        .find(|now| now.id == before.id)
        .unwrap_or(nothing))
}

/// Starts it again, if it ran before it was suspended.
async fn start(host: &Host, leap: &dyn Leap, svc: &mut Claimed, server: &Assigned, seen: &Server) -> Report {
    let runs = matches!(seen.state, State::Online | State::Rescue);
    let (word, note) = match (runs, svc.text("ran_before_suspend") != Some("0")) {
        (true, _) => ("runs", String::new()),
        (false, false) => ("stays off, as it was before the suspension", String::new()),
        (false, true) => {
            let asked = Asked {
                sentence: what(server, false),
                wanted: false,
                already: &["already running", "already started", "already online", "already on"],
                tells_state: seen.state != State::Unknown,
                fits: &|state| match state {
                    State::Online | State::Rescue => Some(true),
                    State::Offline | State::Suspended => Some(false),
                    _ => None,
                },
            };
            let answer = leap.set_power(&server.leap_id, true);
            let now = leap.owned().and_then(|list| again(list, seen));
            ("is started", asked.settled(answer, now)?)
        }
    };
    svc.save(host, row([("ran_before_suspend", Cell::Null)]), vec![])
        .await?;
    Ok(told_ended(server, word, &note))
}

/// Takes the server from the Tandem user, or gives it back. The panel's call replaces the user's whole list, so two services
/// take turns: the claim on service 0 is the turn.
async fn by_permission(host: &Host, leap: &dyn Leap, server: &Assigned, wanted: bool, maybe: &mut bool) -> Report {
    let turn = claim(host, MODULE, "0", "change of Tandem permissions")
        .await
        .map_err(|failure| match failure.class {
            Class::Busy => Failure {
                message: "The Tandem user's permissions are being changed for another service.".to_owned(),
                ..failure
            },
            _ => failure,
        })?;
    let done = (|| {
        let sentence = what(server, wanted);
        let may = || leap.permission(&server.leap_id).map_err(|e| told(&sentence, &e));
        if may()? != wanted {
            return Ok(ended(
                server,
                if wanted {
                    "is not among the Tandem user's servers; nothing was to be taken"
                } else {
                    "is among the Tandem user's servers already"
                },
            ));
        }
        let answer = leap.set_permission(&server.leap_id, !wanted);
        *maybe = may_have_acted(&answer);
        if let Err(e) = answer
            && !(is_unclear(&e) && may()? != wanted)
        {
            return Err(told(&sentence, &e));
        }
        if may()? == wanted {
            return Err(Failure::new(
                Class::PanelData,
                "singlehop.permission_unclear",
                format!("{sentence}: the panel accepted the call, and the Tandem user's servers did not change."),
                "Nothing else was changed.",
                "Look at the user in LEAP > Tandem > Tandem Users, then try again.",
            ));
        }
        Ok(ended(
            server,
            if wanted {
                "was taken from the Tandem user; it keeps running"
            } else {
                "was given back to the Tandem user"
            },
        ))
    })();
    turn.finish(host, done).await
}
