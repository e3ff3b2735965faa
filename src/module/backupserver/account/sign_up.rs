//! One account for each owner, whatever is retried. The order of writes: the name as an intent, the request, the record.
//!
//! The server knows an account by its name alone, and tells "already exists" when it is asked again. That counts as our own
//! account only if an earlier attempt of this owner asked for that very name, never learned what came of it, and had been
//! told by the server that the name was free. Without the last, the account is put on record as found, and nothing acts on
//! it until staff confirm it (`take_over`). A name that is refused at the first attempt is somebody else's, and the intent is
//! taken back.

use super::deleted::gone;
use crate::host::{Change, Class, Client, Failure, Host, Row, ServiceFields, ServiceGet};
use crate::http::Sent;
use crate::module::backupserver::connect::{failed, no_account, same_server};
use crate::module::backupserver::settings::config::Config;
use crate::module::backupserver::settings::fields::Fields;
use crate::module::backupserver::tables::{
    self, ACCOUNTS, CLIENT_CUSTOMERS, CLIENT_RESELLERS, Known, MODULE, State, key, kind_word, may_be_one, name_key,
    reseller_of,
};
use crate::module::common::claim::{self, Claimed};
use crate::module::common::reused::was_last_of;
use crate::module::common::rows::{instant, row, stored, text};
use crate::panel::backupserver::{Account, BackupServer, Contact, Kind, Meaning, Problem, is_unseen};

/// The longest name of an account, in characters.
const NAME: usize = 100;

/// Who wants an account, and which.
pub(crate) struct Order<'a> {
    /// The module of the owner: services, or clients of the action hooks.
    pub(crate) module: &'static str,
    /// The owner's id.
    pub(crate) id: &'a str,
    pub(crate) client: &'a Client,
    /// The name that staff gave, empty for one made of the client's.
    pub(crate) name: &'a str,
    pub(crate) fields: &'a Fields,
    pub(crate) config: &'a Config,
}

/// The account of an owner that has one now.
pub(crate) struct Made {
    pub(crate) known: Known,
    /// It was made or found by this run.
    pub(crate) new: bool,
    /// It was found: an earlier attempt asked for it. Whether it is ours, the record tells.
    pub(crate) found: bool,
}

impl Made {
    /// How the report on an account that is surely the owner's goes on after its name.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self { found: true, .. } => "was there and is taken over; look once whether it is this client's",
            Self { new: true, .. } => "was created",
            Self { .. } => "exists already",
        }
    }
}

/// Makes the owner's account, or finds the one that an earlier attempt made. The owner is claimed.
///
/// # Errors
/// `backupserver.create_unknown` when the answer was lost: the intent stays. `backupserver.name_taken`, or the server's own
/// words, when there is surely no account.
pub(crate) async fn sign_up(
    host: &Host,
    server: &BackupServer,
    order: &Order<'_>,
    svc: &mut Claimed,
) -> Result<Made, Failure> {
    let earlier = tables::known(host, order.module, order.id).await?;
    let (known, first) = match earlier {
        Some(known) => {
            same_server(&known, &order.fields.login, order.config)?;
            if known.account.kind != order.fields.kind {
                return Err(other_action(&known));
            }
            if known.is_sure() {
                return Ok(Made {
                    known,
                    new: false,
                    found: false,
                });
            }
            let given = clean(order.name);
            if known.state == State::Refused && !given.is_empty() && given != known.account.name {
                (intend(host, server, order, svc, Some(&known)).await?, true)
            } else {
                if is_taken(host, order, &known.account).await? {
                    return Err(in_use(&known.account.name, FORGET));
                }
                (known, false)
            }
        }
        None => (intend(host, server, order, svc, None).await?, true),
    };
    let account = &known.account;
    let asked = server.sign_up(account, &contact(order.client), &order.fields.settings);
    let mut found = false;
    let asked = match asked {
        // What would be taken over is looked for, where the contract has a call for it.
        Err(problem) if problem.meaning() == Some(Meaning::Exists) && !first => match server.usage(account) {
            Some(Err(unread)) if unread.meaning() == Some(Meaning::Missing) => Err(problem.contradicted()),
            Some(Err(unread)) => return Err(unknown_fate(account, &unread)),
            Some(Ok(_)) | None => {
                found = true;
                Ok(None)
            }
        },
        asked => asked,
    };
    match asked {
        Ok(told) => {
            if told.is_some_and(|told| told != account.name) {
                host.log(
                    "warning",
                    "backupserver.other_name",
                    format!(
                        "The Backup Server repeated another name than \"{}\"; the account is called by the name we gave.",
                        account.name
                    ),
                );
            }
        }
        Err(problem) if problem.is_surely_undone() => {
            if first {
                // Refused for certain: the next attempt may choose another name. A runner that slept through its claim
                // deletes nothing: the account may be the other one's by now.
                svc.save(host, row([]), vec![known.delete()?]).await?;
            } else if matches!(problem, Problem::Rejected(_)) && known.state != State::Refused {
                // Whether the first attempt made the account is still not known: the name is kept until staff give another.
                let further = known.update(row([("state", State::Refused.word().into())]))?;
                svc.save(host, row([]), vec![further]).await?;
            }
            return Err(refused(order, account, &problem, first));
        }
        Err(problem) => return Err(unknown_fate(account, &problem)),
    }
    let state = if found {
        whose(host, &known)
    } else {
        State::of(order.fields.settings.active.unwrap_or(true))
    };
    Ok(Made {
        known: record(host, order, known, state, svc).await?,
        new: true,
        found,
    })
}

/// What is known of an account that is there after a lost answer, told to staff.
fn whose(host: &Host, known: &Known) -> State {
    let name = &known.account.name;
    if known.was_free() {
        host.log(
            "warning",
            "backupserver.adopted",
            format!(
                "The account \"{name}\" exists, as an earlier attempt asked for it. Its answer was lost, so please check once \
                 that the account is this client's."
            ),
        );
        return State::Active;
    }
    host.log(
        "warning",
        "backupserver.not_confirmed",
        format!(
            "An account \"{name}\" exists. An earlier attempt asked for it and got no answer, so whether it is this client's \
             or was there before is not known: nothing acts on it, and its pass key is not fetched. Look in the console, then \
             press Take Over Account or Forget Account on the service."
        ),
    );
    State::Found
}

/// When the server was asked for the account, as staff read it.
pub(crate) fn asked_at(known: &Known) -> Result<String, Failure> {
    let asked = instant(&known.row, &tables::ACCOUNTS, "asked_at")?;
    Ok(asked.map_or_else(String::new, crate::time::format))
}

/// Asks whether a name is free, where the contract has a call for it. A server that cannot be reached is not asked for an
/// account then: nothing is lost yet.
fn is_free(server: &BackupServer, order: &Order<'_>, account: &Account) -> Result<bool, Failure> {
    match server.usage(account) {
        Some(Err(problem)) if problem.meaning() == Some(Meaning::Missing) => Ok(true),
        Some(Err(problem @ Problem::Call(_))) if problem.is_silence() => Err(refused(order, account, &problem, true)),
        _ => Ok(false),
    }
}

/// Writes the name down before the server is asked for it, in the place of a former one that was refused.
async fn intend(
    host: &Host,
    server: &BackupServer,
    order: &Order<'_>,
    svc: &mut Claimed,
    former: Option<&Known>,
) -> Result<Known, Failure> {
    let base = if order.name.trim().is_empty() {
        clean(&name_of(order.client))
    } else {
        clean(order.name)
    };
    if base.chars().all(|c| c == ' ' || is_unseen(c)) {
        return Err(Failure::setting(
            "backupserver.no_name",
            "Neither the service's Username, nor the client's company or name, has a character that can be seen, from which \
             the account's name could be made.",
            "Enter a Username on the service, or the client's name.",
        ));
    }
    all_seen(&base)?;
    let own = match order.module {
        CLIENT_RESELLERS | CLIENT_CUSTOMERS => format!("c{}", order.id),
        _ => order.id.to_owned(),
    };
    let room = NAME.saturating_sub(own.len() + 1);
    let cut: String = base.chars().take(room).collect();
    // A second service of the same client gets a name of its own.
    let names = if order.name.trim().is_empty() {
        vec![base.clone(), format!("{}-{own}", cut.trim_end())]
    } else {
        vec![base.clone()]
    };
    for name in names {
        let account = Account {
            kind: order.fields.kind,
            name,
            reseller: order.fields.reseller.clone(),
        };
        if is_taken(host, order, &account).await? {
            continue;
        }
        let free = is_free(server, order, &account)?;
        let mut values = values(host, order, &account, State::Asked);
        values.extend(row([("free_at", free.then(|| stored(host.now())).into())]));
        let change = match former {
            Some(known) => known.update(values)?,
            None => {
                values.extend(key(order.module, order.id));
                Change::Insert {
                    table: ACCOUNTS.name,
                    values,
                }
            }
        };
        if let Some(known) = former {
            // Told before, so that a kill between the two loses no word of it.
            given_up(host, known, &account);
        }
        let client = row([("client_id", order.client.id.as_str().into())]);
        match svc.save(host, client, vec![change]).await {
            Ok(()) => return again(host, order).await,
            // Somebody was faster with the name, unless it is our claim that was lost.
            Err(lost) if lost.class == Class::HostConflict && !is_taken(host, order, &account).await? => {
                return Err(lost);
            }
            Err(lost) if lost.class == Class::HostConflict => {}
            Err(failure) => return Err(failure),
        }
    }
    let next = "Enter another Username on the service, then press Create again. If it is the account of a deleted service of \
                this client, press Take Over Account.";
    Err(in_use(&base, next))
}

/// Does another service or client here have this account's name, at any address that the server has or had?
pub(crate) async fn is_taken(host: &Host, order: &Order<'_>, account: &Account) -> Result<bool, Failure> {
    let others = namesakes(host, order, account).await?;
    Ok(others.iter().any(|other| may_be_one(&other.account, account)))
}

/// Who else here has an account of this name, of whatever kind and reseller.
async fn namesakes(host: &Host, order: &Order<'_>, account: &Account) -> Result<Vec<Known>, Failure> {
    let addresses: Vec<&String> = std::iter::once(&order.fields.login.address)
        .chain(&order.config.formerly)
        .collect();
    tables::namesakes(host, &addresses, &account.name, order.module, order.id).await
}

/// What staff do about a name that was asked for and turns out to be another's.
pub(crate) const FORGET: &str = "Press Forget Account, which changes nothing at the Backup Server, then press Create for an \
                                 account of another name.";

/// The name belongs to somebody else here.
pub(crate) fn in_use(name: &str, next: &str) -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "backupserver.name_in_use",
        format!("Another service or client here has the account name \"{name}\"."),
        "Nothing was changed.",
        next,
    )
}

/// What the table says of an account from now on.
fn values(host: &Host, order: &Order<'_>, account: &Account, state: State) -> Row {
    let address = &order.fields.login.address;
    let allotted = order.fields.settings.storage.map(|bytes| bytes.to_string());
    row([
        ("name_key", name_key(address, account).into()),
        ("address", address.as_str().into()),
        ("scheme", order.fields.login.scheme().into()),
        ("kind", kind_word(account.kind).into()),
        ("name", account.name.as_str().into()),
        ("reseller", account.reseller.clone().into()),
        ("state", state.word().into()),
        ("asked_at", stored(host.now()).into()),
        ("allotted", allotted.into()),
    ])
}

/// The account that the service's Username names, as the product says where it is; staff say that it is there. The name is
/// checked, and that nobody else here has it but deleted services of the same client: theirs are answered too. What they
/// wrote down counts then: the server may tell names apart by their case, in which staff need not type them, and the product
/// may name the default reseller where theirs named none.
pub(crate) async fn named(host: &Host, order: &Order<'_>) -> Result<(Account, Vec<Known>), Failure> {
    let name = clean(order.name);
    if name.is_empty() {
        return Err(no_account(""));
    }
    all_seen(&name)?;
    let account = Account {
        kind: order.fields.kind,
        name,
        reseller: order.fields.reseller.clone(),
    };
    let (mut others, different): (Vec<Known>, Vec<Known>) = namesakes(host, order, &account)
        .await?
        .into_iter()
        .partition(|other| may_be_one(&other.account, &account));
    let is_exact = |known: &Known| reseller_of(&known.account) == reseller_of(&account);
    if others.iter().any(is_exact) {
        others.retain(is_exact);
    }
    for known in &others {
        if !is_left(host, order, known).await? {
            let next = match text(&known.row, "module") {
                Some(CLIENT_RESELLERS | CLIENT_CUSTOMERS) => {
                    "An action hook made it for a client, and it stays that client's. Clear the service's Username, then press \
                     Create for an account of its own; if it is the same client's, deactivate in the console the one of the \
                     two that is not needed."
                }
                _ => {
                    "Enter the name of this service's own account as its Username, then press Take Over Account again."
                }
            };
            return Err(in_use(&account.name, next));
        }
    }
    let Some(first) = others.first() else {
        // Where the server tells whether it has the account, it is asked.
        if !order.config.contract.reports_usage() {
            for known in &different {
                if is_left(host, order, known).await? {
                    return Err(other_account(known));
                }
            }
        }
        return Ok((account, others));
    };
    if others.iter().any(|known| !may_be_one(&known.account, &first.account)) {
        return Err(other_account(first));
    }
    Ok((first.account.clone(), others))
}

/// A deleted service of the client had an account of this name, and the product does not say that it is this one.
fn other_account(known: &Known) -> Failure {
    let account = &known.account;
    let of = account
        .reseller
        .as_ref()
        .map_or_else(String::new, |reseller| format!(" of the reseller \"{reseller}\""));
    Failure::new(
        Class::ConfigRefused,
        "backupserver.other_account",
        format!(
            "A deleted service of this client had the {} \"{}\"{of}. The product's Action and Reseller Name do not name it, or \
             may name another one as well.",
            kind_word(account.kind),
            account.name
        ),
        "Nothing was changed.",
        "Set the product's Action and Reseller Name to those of the account that is meant, then press Take Over Account again. If \
         it is one that no service here ever had, set \"contract.paths.usage\" in the module's config.json, by which is looked \
         whether it is there.",
    )
}

/// Is it the account of a service of the same client that was deleted in the billing panel?
async fn is_left(host: &Host, order: &Order<'_>, known: &Known) -> Result<bool, Failure> {
    let cell = |name: &str| text(&known.row, name).unwrap_or_default().to_owned();
    let (module, owner_id) = (cell("module"), cell("owner_id"));
    if module != MODULE || !known.is_sure() {
        return Ok(false);
    }
    let id = owner_id.clone();
    if host.ask(&ServiceGet { id }).await?.service.is_some() {
        return Ok(false);
    }
    // The daily run may not have noticed yet that the service is gone.
    if let Some(there) = claim::read(host, MODULE, &owner_id).await? {
        gone(host, &there).await?;
    }
    let there = claim::read(host, MODULE, &owner_id).await?;
    Ok(there.is_some_and(|there| was_last_of(&there, &order.client.id)))
}

/// Writes down an account that was never asked for here: it was there before, and staff say that it is the service's. The
/// deleted services that had it have it no longer. So many bytes are allotted to it, whatever the product says: nothing sets
/// them. The host's own fields come first: setting them again does no harm.
pub(crate) async fn link(
    host: &Host,
    order: &Order<'_>,
    account: &Account,
    former: &[Known],
    state: State,
    allotted: Option<u64>,
    svc: &mut Claimed,
) -> Result<Known, Failure> {
    show_name(host, order.module, order.id, &account.name).await?;
    let mut values = values(host, order, account, state);
    values.extend(row([("allotted", allotted.map(|bytes| bytes.to_string()).into())]));
    values.extend(key(order.module, order.id));
    let mut changes = former
        .iter()
        .map(Known::delete)
        .collect::<Result<Vec<Change>, Failure>>()?;
    changes.push(Change::Insert {
        table: ACCOUNTS.name,
        values,
    });
    let made = row([
        ("state", state.word().into()),
        ("client_id", order.client.id.as_str().into()),
    ]);
    svc.save(host, made, changes).await?;
    again(host, order).await
}

/// Refuses a name that would not be seen whole.
fn all_seen(name: &str) -> Result<(), Failure> {
    let Some(unseen) = name.chars().find(|c| is_unseen(*c)) else {
        return Ok(());
    };
    Err(Failure::setting(
        "backupserver.unseen_name",
        format!(
            "The account's name would hold an invisible character (U+{:04X}), by which it could be taken for another.",
            u32::from(unseen)
        ),
        "Enter a Username without it on the service, or correct the client's company or name.",
    ))
}

/// Writes down that the account is there. The host's own fields come first: setting them again does no harm.
pub(crate) async fn record(
    host: &Host,
    order: &Order<'_>,
    known: Known,
    state: State,
    svc: &mut Claimed,
) -> Result<Known, Failure> {
    show_name(host, order.module, order.id, &known.account.name).await?;
    let made = if state == State::Found {
        row([])
    } else {
        row([
            ("state", state.word().into()),
            ("client_id", order.client.id.as_str().into()),
        ])
    };
    let further = known.update(row([("state", state.word().into())]))?;
    svc.save(host, made, vec![further]).await?;
    again(host, order).await
}

/// The owner's row as it was just written.
async fn again(host: &Host, order: &Order<'_>) -> Result<Known, Failure> {
    let found = tables::known(host, order.module, order.id).await?;
    found.ok_or_else(|| {
        Failure::internal(
            "backupserver.row_gone",
            format!("The row of {} that was just written is not there.", ACCOUNTS.name),
        )
    })
}

/// Whether the former name has an account is not known, and nobody here will look again.
fn given_up(host: &Host, former: &Known, now: &Account) {
    host.log(
        "warning",
        "backupserver.name_given_up",
        format!(
            "The account name \"{}\" is given up for \"{}\". Its first sign-up got no answer, so please look whether the \
             Backup Server has an account of that name; nothing here will suspend or terminate it.",
            former.account.name, now.name
        ),
    );
}

/// The account's name as the service's user name; clients of the hooks have no service.
pub(crate) async fn show_name(host: &Host, module: &str, id: &str, name: &str) -> Result<(), Failure> {
    if module != tables::MODULE {
        return Ok(());
    }
    host.ask(&ServiceFields {
        id: id.to_owned(),
        username: Some(name.to_owned()),
        ..ServiceFields::default()
    })
    .await
    .map(|_| ())
}

pub(crate) fn other_action(known: &Known) -> Failure {
    Failure::new(
        Class::ConfigRefused,
        "backupserver.other_action",
        format!(
            "The account \"{}\" of this service is a {}, and the product's Action makes another kind.",
            known.account.name,
            kind_word(known.account.kind)
        ),
        "Nothing was changed.",
        if known.is_sure() {
            "Set the product's Action back, or move the service to a product that fits."
        } else {
            "Set the product's Action back. If the console has no such account of this client's, press Forget Account."
        },
    )
}

fn refused(order: &Order<'_>, account: &Account, problem: &Problem, first: bool) -> Failure {
    let kind = kind_word(account.kind);
    if problem.meaning() == Some(Meaning::Exists) {
        let next = if order.module == tables::MODULE {
            "Enter another Username on the service, then press Create again; or, if that account is this client's, enter its \
             name as the Username and press Take Over Account."
        } else {
            "Look whether that account is this client's; if not, make one in the console of the Backup Server."
        };
        return Failure::new(
            Class::PanelRefused,
            "backupserver.name_taken",
            format!(
                "The Backup Server has a {kind} \"{}\" already, and this module did not make it.",
                account.name
            ),
            "Nothing was created.",
            next,
        );
    }
    let mut failure = failed(&format!("The Backup Server did not create the {kind}"), problem);
    if first {
        "Nothing was created.".clone_into(&mut failure.unchanged);
        return failure;
    }
    "Nothing was created now; whether an earlier attempt came through is looked up with the next one."
        .clone_into(&mut failure.unchanged);
    if matches!(problem, Problem::Rejected(_)) && order.module == tables::MODULE {
        failure.next = format!(
            "Correct what the server names, then press Create again. Another Username on the service is used then; look \
             before whether the console has \"{}\".",
            account.name
        );
    }
    failure
}

fn unknown_fate(account: &Account, problem: &Problem) -> Failure {
    let told = failed("The Backup Server's answer to the sign-up is not known", problem);
    let (in_flight, advice) = match problem {
        Problem::Call(error) => (error.sent() == Sent::Maybe, error.advice()),
        Problem::Rejected(_) => (false, None),
    };
    Failure::new(
        if in_flight { Class::NetworkUnknown } else { told.class },
        "backupserver.create_unknown",
        told.message,
        "The account may have been created; its name is on record.",
        format!(
            "{} Then press Create again: if \"{}\" exists by then it is not made twice.",
            advice.unwrap_or("Wait a few minutes."),
            account.name
        ),
    )
}

/// Company, or first and last name.
fn name_of(client: &Client) -> String {
    let company = clean(&client.company);
    if company.is_empty() {
        format!("{} {}", client.first_name, client.last_name)
    } else {
        company
    }
}

/// One line without control characters and angle brackets, at most as long as a name may be.
pub(crate) fn clean(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>'))
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(NAME).collect::<String>().trim_end().to_owned()
}

fn contact(client: &Client) -> Contact {
    Contact {
        first_name: clean(&client.first_name),
        last_name: clean(&client.last_name),
        company: clean(&client.company),
        email: clean(&client.email),
        phone: clean(&client.phone),
        address1: clean(&client.address1),
        address2: clean(&client.address2),
        city: clean(&client.city),
        state: clean(&client.state),
        zip: clean(&client.postcode),
        country: clean(&client.country),
    }
}

/// What the account is, as a word for people.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Reseller => "Reseller",
        Kind::Customer => "Customer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_without_markup_and_within_its_length() {
        assert_eq!(clean("  Acme\t GmbH\n& Co. "), "Acme GmbH & Co.");
        assert_eq!(clean("<b>A\u{0}c\u{7f}me</b>"), "bAcme/b");
        assert_eq!(clean(&"ü".repeat(120)).chars().count(), 100);
        assert_eq!(clean(" \n "), "");
        let client = Client {
            first_name: "Ann".into(),
            last_name: " Lee ".into(),
            company: " ".into(),
            ..Client::default()
        };
        assert_eq!(clean(&name_of(&client)), "Ann Lee");
    }
}
