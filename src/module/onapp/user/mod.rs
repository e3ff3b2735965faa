//! The OnApp user of a client at a server: one, whatever is retried.
//!
//! The intent (login and password) is written before the request. A retry logs in with that password: only the user that
//! we made ourselves opens, so a stranger's user with the same e-mail is never taken for ours.

pub(crate) mod password;

use super::product::options::UserSettings;
use super::tables::{CLIENTS, MODULE, SERVICES, USER_INTENTS, must, number, row, stored, text};
use crate::host::{Cell, Change, Class, Client, ClientGet, Failure, Host, Outcome, Row, ServiceGet, is};
use crate::http::Sent;
use crate::module::common::refusal::refusal;
use crate::panel::onapp::{NewUser, Panel, PanelError, User};
use crate::secret::Secret;

/// Characters that OnApp keeps of a login (reference: onapp-users-and-addons.md 0.1).
const LONGEST_LOGIN: usize = 40;

/// The OnApp user that a service's actions run as.
#[derive(Debug)]
pub(crate) struct PanelUser {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) password: Secret,
}

impl PanelUser {
    /// The panel, logged in as this user.
    pub(crate) fn opened(&self, panel: &Panel) -> Panel {
        panel.with_credentials(&self.login, self.password.clone())
    }

    /// Does the panel open for this user, with its password on record?
    pub(crate) fn opens(&self, panel: &Panel) -> bool {
        self.login_to(panel)
            .is_some_and(|own| own.profile().is_ok_and(|user| user.id == self.id))
    }

    /// Is this the panel's record of the user?
    pub(crate) fn is(&self, there: &User) -> bool {
        let named = [&there.login, &there.email];
        there.id == self.id && named.iter().any(|name| name.eq_ignore_ascii_case(&self.login))
    }

    /// The same, where the user's password is known.
    pub(crate) fn login_to(&self, panel: &Panel) -> Option<Panel> {
        (!self.password.is_empty()).then(|| self.opened(panel))
    }
}

/// Reads as the server's user; where its role does not allow it, as the client's. What that one may not either, or does not
/// find, is told as the server's user's missing permission: to a client OnApp says of what another user has that it is not
/// there, so that none is the word of the server's user alone (decision 4).
pub(crate) fn either<T>(
    panel: &Panel,
    owner: Option<&PanelUser>,
    ask: impl Fn(&Panel) -> Result<Option<T>, PanelError>,
) -> Result<Option<T>, PanelError> {
    let refused = match ask(panel) {
        Err(e) if e.status() == Some(403) => e,
        answer => return answer,
    };
    match owner.and_then(|owner| owner.login_to(panel)).map(|other| ask(&other)) {
        None | Some(Ok(None)) => Err(refused),
        Some(Err(e)) if may_not(&e) => Err(refused),
        Some(answer) => answer,
    }
}

/// A client's login was refused for who it is, not for what was asked.
pub(crate) fn may_not(e: &PanelError) -> bool {
    matches!(e.status(), Some(401 | 403 | 404))
}

fn key(server_id: &str, client_id: &str) -> Row {
    row([("server_id", server_id.into()), ("client_id", client_id.into())])
}

fn password_of(row: &Row) -> Secret {
    match row.get("password") {
        Some(Cell::Secret(secret)) => secret.clone(),
        _ => Secret::default(),
    }
}

/// The user on record, if there is one.
pub(crate) async fn known(host: &Host, server_id: &str, client_id: &str) -> Result<Option<PanelUser>, Failure> {
    let conditions = vec![is("server_id", "=", server_id), is("client_id", "=", client_id)];
    let Some(row) = host.rows(CLIENTS.name, conditions, vec![], 1).await?.into_iter().next() else {
        return Ok(None);
    };
    user_of(&row).map(Some)
}

/// The clients on record with an OnApp user of this id, each with the user.
pub(crate) async fn clients_of(
    host: &Host,
    server_id: &str,
    user_id: u64,
) -> Result<Vec<(String, PanelUser)>, Failure> {
    let of_user = vec![
        is("server_id", "=", server_id),
        is("onapp_user_id", "=", user_id.to_string()),
    ];
    let found = host.rows(CLIENTS.name, of_user, vec!["client_id"], 100).await?;
    let named = |row: &Row| Ok((must(row, &CLIENTS, "client_id")?.to_owned(), user_of(row)?));
    found.iter().map(named).collect()
}

fn user_of(row: &Row) -> Result<PanelUser, Failure> {
    Ok(PanelUser {
        id: number(row, &CLIENTS, "onapp_user_id")?,
        login: must(row, &CLIENTS, "email")?.to_owned(),
        password: password_of(row),
    })
}

/// The user on record, or a new one. `panel` is logged in as the server's user.
pub(crate) async fn ensure(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    client: &Client,
    settings: &UserSettings,
) -> Result<PanelUser, Failure> {
    if let Some(user) = known(host, server_id, &client.id).await? {
        return Ok(user);
    }
    if let Some(user) = inherited(host, panel, server_id, client).await? {
        return Ok(user);
    }
    if !client.email.contains('@') {
        return Err(Failure::setting(
            "onapp.client_email",
            "The client has no e-mail address, which is the login of the OnApp user.",
            "Enter the client's e-mail address.",
        ));
    }
    let (intent, earlier) = intent(host, server_id, client).await?;
    let adopted = if earlier { own(panel, &intent)? } else { None };
    let user = match adopted {
        Some(user) => user,
        None => create(host, panel, server_id, client, settings, &intent).await?,
    };
    let mut values = key(server_id, &client.id);
    values.extend(row([
        ("onapp_user_id", user.id.into()),
        ("password", Cell::Secret(intent.password.clone())),
        ("email", intent.login.as_str().into()),
    ]));
    record(host, key(server_id, &client.id), values).await?;
    host.log(
        "info",
        "onapp.user_created",
        format!("OnApp user {} belongs to client {}.", user.id, client.id),
    );
    Ok(PanelUser {
        id: user.id,
        login: intent.login,
        password: intent.password,
    })
}

/// The user is this client's; what was intended is done with it.
async fn record(host: &Host, whose: Row, values: Row) -> Result<(), Failure> {
    let done = vec![
        Change::Put {
            table: CLIENTS.name,
            values,
        },
        Change::Delete {
            table: USER_INTENTS.name,
            key: whose,
        },
    ];
    host.apply(done).await.map(|_| ())
}

/// The OnApp user with this client's address that is on record for a client who was merged into this one; it is this client's
/// from then on, and keeps its place for the machines that were made for the other one.
async fn inherited(host: &Host, panel: &Panel, server_id: &str, client: &Client) -> Result<Option<PanelUser>, Failure> {
    let of_server = |name: &str, value: &str| vec![is("server_id", "=", server_id), is(name, "=", value)];
    let of_address = of_server("email", &client.email);
    let Some(row) = host
        .rows(CLIENTS.name, of_address, vec!["client_id"], 1)
        .await?
        .into_iter()
        .next()
    else {
        return Ok(None);
    };
    let user = user_of(&row)?;
    let of_user = of_server("onapp_user_id", &user.id.to_string());
    for other in host.rows(CLIENTS.name, of_user, vec!["client_id"], 100).await? {
        if !was_merged(host, server_id, must(&other, &CLIENTS, "client_id")?, &client.id).await? {
            return Ok(None);
        }
    }
    let found = panel
        .user(user.id)
        .map_err(|e| refusal(&format!("OnApp could not be asked about user {}", user.id), &e))?;
    if !found.is_some_and(|there| !there.is_deleted() && there.login.eq_ignore_ascii_case(&user.login)) {
        return Ok(None);
    }
    let mut values = row;
    values.extend(key(server_id, &client.id));
    record(host, key(server_id, &client.id), values).await?;
    let sentence = format!(
        "OnApp user {} of a client who was merged into client {} is client {}'s now.",
        user.id, client.id, client.id
    );
    host.log("info", "onapp.user_inherited", sentence);
    Ok(Some(user))
}

/// True where the host has that client no more, this one has a service of that one's, and nobody else has a machine of that
/// one's: who is only given an address that is free again gets no stranger's machines with it.
async fn was_merged(host: &Host, server_id: &str, gone: &str, client_id: &str) -> Result<bool, Failure> {
    if host.ask(&ClientGet { id: gone.to_owned() }).await?.client.is_some() {
        return Ok(false);
    }
    let of_client = vec![
        is("module", "=", MODULE),
        is("server_id", "=", server_id),
        is("client_id", "=", gone),
    ];
    let mut has_one = false;
    for row in host.rows(SERVICES.name, of_client, vec!["service_id"], 10_000).await? {
        let id = must(&row, &SERVICES, "service_id")?.to_owned();
        let now = host.ask(&ServiceGet { id }).await?.service;
        if now.is_some_and(|service| service.client_id == client_id) {
            has_one = true;
        } else if text(&row, "vm_id").is_some() || text(&row, "create_key").is_some() {
            return Ok(false);
        }
    }
    Ok(has_one)
}

/// The id of the user that `panel` is logged in as.
pub(crate) fn own_id(panel: &Panel) -> Result<u64, Failure> {
    panel
        .profile()
        .map(|user| user.id)
        .map_err(|e| refusal("OnApp could not be asked who the server's user is", &e))
}

/// What OnApp says of a user on record that it did not let in.
pub(crate) enum Locked {
    /// It is there: its password is not the one on record.
    Password,
    /// It was deleted; its mapping has been dropped.
    Deleted,
}

/// Finds out why a user on record was refused. `panel` is logged in as the server's user.
///
/// # Errors
/// `onapp.user_suspended`, where OnApp suspended it: nothing is done on its behalf then.
pub(crate) async fn why_refused(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    client_id: &str,
    user: &PanelUser,
) -> Result<Locked, Failure> {
    let found = panel
        .user(user.id)
        .map_err(|e| refusal(&format!("OnApp could not be asked about user {}", user.id), &e))?;
    match found {
        Some(there) if !there.login.eq_ignore_ascii_case(&user.login) => Err(super::service::vm::other_panel(panel)),
        Some(there) if there.is_suspended() => Err(Failure::new(
            Class::PanelRefused,
            "onapp.user_suspended",
            format!("The client's OnApp user {} ({}) is suspended.", user.id, user.login),
            "Nothing was created.",
            "Activate the user in the control panel, then try again.",
        )),
        Some(there) if !there.is_deleted() => Ok(Locked::Password),
        _ => {
            super::service::vm::familiar(host, panel, server_id).await?;
            super::service::vm::nothing_of_client(host, panel, server_id, client_id, true).await?;
            let dropped = Change::Delete {
                table: CLIENTS.name,
                key: key(server_id, client_id),
            };
            host.apply(vec![dropped]).await?;
            let sentence = format!(
                "OnApp user {} of client {client_id} was deleted at OnApp; the client gets a new one.",
                user.id
            );
            host.log("warning", "onapp.user_gone", sentence);
            Ok(Locked::Deleted)
        }
    }
}

struct Intent {
    login: String,
    password: Secret,
}

/// The client's e-mail address. One that is too long for a login is cut, and the client's id behind it keeps the logins of
/// two clients apart whose addresses begin alike.
pub(crate) fn login_of(email: &str, client_id: &str) -> String {
    if email.chars().count() <= LONGEST_LOGIN {
        return email.to_owned();
    }
    let end = format!(".{client_id}");
    let room = LONGEST_LOGIN.saturating_sub(end.len());
    let begin: String = email.chars().take(room).collect();
    format!("{begin}{end}")
}

/// Forgets an intent that was refused for certain: the next attempt starts with the client's address as it is then.
async fn void(host: &Host, server_id: &str, client_id: &str) -> Result<(), Failure> {
    let refused = Change::Delete {
        table: USER_INTENTS.name,
        key: key(server_id, client_id),
    };
    host.apply(vec![refused]).await.map(|_| ())
}

/// Reads the intent or writes a new one; tells whether it is from an earlier attempt.
async fn intent(host: &Host, server_id: &str, client: &Client) -> Result<(Intent, bool), Failure> {
    for _ in 0..2 {
        let conditions = vec![is("server_id", "=", server_id), is("client_id", "=", &client.id)];
        if let Some(row) = host
            .rows(USER_INTENTS.name, conditions, vec![], 1)
            .await?
            .into_iter()
            .next()
        {
            let login = must(&row, &USER_INTENTS, "login")?.to_owned();
            return Ok((
                Intent {
                    login,
                    password: password_of(&row),
                },
                true,
            ));
        }
        let fresh = Intent {
            login: login_of(&client.email, &client.id),
            password: password::generate()?,
        };
        let mut values = key(server_id, &client.id);
        values.extend(row([
            ("login", fresh.login.as_str().into()),
            ("password", Cell::Secret(fresh.password.clone())),
            ("created_at", stored(host.now()).into()),
        ]));
        if host
            .apply(vec![Change::Insert {
                table: USER_INTENTS.name,
                values,
            }])
            .await?
            == Outcome::Applied
        {
            return Ok((fresh, false));
        }
    }
    Err(Failure::new(
        Class::Busy,
        "onapp.user_busy",
        "Another action creates this client's OnApp user at this moment.",
        "Nothing was changed.",
        "Try again in a minute.",
    ))
}

/// The user that opens with the intent's password, if an earlier attempt made it.
fn own(panel: &Panel, intent: &Intent) -> Result<Option<User>, Failure> {
    match panel.with_credentials(&intent.login, intent.password.clone()).profile() {
        Ok(user) => Ok(Some(user)),
        Err(e) if matches!(e.status(), Some(401 | 403)) => Ok(None),
        Err(e) => Err(refusal("Whether the OnApp user exists already could not be asked", &e)),
    }
}

/// True where this user of that server is on record for another client.
async fn of_another(host: &Host, server_id: &str, client_id: &str, user_id: u64) -> Result<bool, Failure> {
    let conditions = vec![
        is("server_id", "=", server_id),
        is("onapp_user_id", "=", user_id.to_string()),
    ];
    let known = host.rows(CLIENTS.name, conditions, vec!["client_id"], 2).await?;
    Ok(known.iter().any(|row| text(row, "client_id") != Some(client_id)))
}

async fn create(
    host: &Host,
    panel: &Panel,
    server_id: &str,
    client: &Client,
    settings: &UserSettings,
    intent: &Intent,
) -> Result<User, Failure> {
    let new = NewUser {
        login: intent.login.clone(),
        email: client.email.clone(),
        first_name: client.first_name.clone(),
        last_name: client.last_name.clone(),
        password: intent.password.clone(),
        role_ids: settings.role_ids.clone(),
        user_group_id: settings.user_group,
        time_zone: settings.time_zone.clone(),
        billing_plan_id: Some(settings.billing_plan),
        locale: None,
    };
    let lost = match panel.create_user(&new) {
        Ok(user)
            if user.login.eq_ignore_ascii_case(&intent.login)
                && !of_another(host, server_id, &client.id, user.id).await? =>
        {
            return Ok(user);
        }
        Ok(user) => Failure::new(
            Class::NetworkUnknown,
            "onapp.user_unknown",
            format!(
                "OnApp's answer to creating the user names user {}, which is not surely the one that was asked for.",
                user.id
            ),
            "The user may have been made; it is looked up before another one is asked for.",
            "Try again in a few minutes.",
        ),
        Err(e) if e.sent() == Sent::Maybe => refusal("OnApp's answer to creating the user was lost", &e),
        Err(e) => {
            let taken = e.fields().iter().any(|(_, words)| words.contains("taken"));
            // An earlier attempt whose answer was lost may have come through after all.
            if taken {
                if let Some(user) = own(panel, intent)? {
                    return Ok(user);
                }
                void(host, server_id, &client.id).await?;
                host.log(
                    "warning",
                    "onapp.login_taken",
                    format!("OnApp has a user with the login of client {}.", client.id),
                );
                let holder = [&intent.login, &client.email]
                    .into_iter()
                    .find_map(|name| panel.find_user(name).ok().flatten());
                // A login is given at the creation and never changes (reference: onapp-api.md 3.2).
                let by_login = holder
                    .as_ref()
                    .is_some_and(|user| user.login.eq_ignore_ascii_case(&intent.login));
                let next = if by_login {
                    "OnApp never changes a login: enter another e-mail address of the client and try again; afterwards the \
                     address may be as before. Or delete that user at OnApp where it has no machine and an earlier attempt \
                     left it behind."
                } else {
                    "Change that user's e-mail at OnApp, or the client's e-mail address, and try again."
                };
                let holder = holder.map_or("A user of OnApp".to_owned(), |user| format!("OnApp user {}", user.id));
                return Err(Failure::new(
                    Class::PanelRefused,
                    "onapp.login_taken",
                    format!(
                        "{holder} has the login or e-mail {} already, and does not open with the password that this module \
                         chose.",
                        intent.login
                    ),
                    "Nothing was created.",
                    next,
                ));
            }
            if matches!(e.status(), Some(400 | 422)) {
                void(host, server_id, &client.id).await?;
            }
            return Err(refusal("OnApp did not create the user", &e));
        }
    };
    // Whoever opens with the password that we chose is the new user, and its own word counts.
    own(panel, intent)?.ok_or(lost)
}
