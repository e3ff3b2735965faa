//! Users of the panel (reference: onapp-api.md 3.1 to 3.3).

use serde_json::{Map, Value};

use super::PanelError;
use super::panel::{Change, Panel, put, wrapped};
use super::wire::{self, Row};
use crate::http::Method;
use crate::secret::Secret;

/// A user as the panel knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The panel's id.
    pub id: u64,
    /// Unique.
    pub login: String,
    /// Unique.
    pub email: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// `active`, `suspended`, `deleted`, or a word of a later release.
    pub status: String,
    /// The user group, if the user is in one.
    pub user_group_id: Option<u64>,
    /// The bucket (5.6 and later) or billing plan.
    pub billing_plan_id: Option<u64>,
    /// Rails name of the time zone; none means the panel's own.
    pub time_zone: Option<String>,
    /// The roles' ids, as far as the panel tells them readably.
    pub role_ids: Vec<u64>,
}

impl User {
    /// True when the panel lets the user in.
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// True when staff or we suspended the user.
    pub fn is_suspended(&self) -> bool {
        self.status == "suspended"
    }

    /// True between the two steps of a deletion: the row is still there.
    pub fn is_deleted(&self) -> bool {
        self.status == "deleted"
    }

    /// By id, login and e-mail a user is known again, and the status says who is let in: those must be readable. What cannot
    /// be read of the rest counts as not told, since nothing depends on it.
    pub(super) fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        let roles = row.rows("roles", "role").unwrap_or_default();
        Ok(Self {
            id: row.needed_number("id")?,
            login: row.text_or_empty("login")?,
            email: row.text_or_empty("email")?,
            first_name: row.text_or_empty("first_name").unwrap_or_default(),
            last_name: row.text_or_empty("last_name").unwrap_or_default(),
            status: row.text_or_empty("status")?,
            user_group_id: row.number("user_group_id").unwrap_or_default(),
            billing_plan_id: match row.number("bucket_id") {
                Ok(None) => row.number("billing_plan_id").unwrap_or_default(),
                bucket => bucket.unwrap_or_default(),
            },
            time_zone: row.text("time_zone").unwrap_or_default(),
            role_ids: roles
                .iter()
                .filter_map(|role| role.number("id").ok().flatten())
                .collect(),
        })
    }
}

/// A user to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Unique at the panel.
    pub login: String,
    /// Unique at the panel.
    pub email: String,
    /// Required by old releases.
    pub first_name: String,
    /// Required by old releases.
    pub last_name: String,
    /// Must satisfy the panel's password rules.
    pub password: Secret,
    /// The roles; an empty list is not sent, because it may mean "none at all".
    pub role_ids: Vec<u64>,
    /// The bucket (5.6 and later) or billing plan; none takes the panel's default.
    pub billing_plan_id: Option<u64>,
    /// The user group.
    pub user_group_id: Option<u64>,
    /// Rails name of the time zone.
    pub time_zone: Option<String>,
    /// Language code of the panel's pages.
    pub locale: Option<String>,
}

impl Panel {
    /// Creates a user: `POST /users.json`.
    ///
    /// # Errors
    /// Any [`PanelError`]; a taken login or e-mail is a refusal with the words under `login` or `email`.
    pub fn create_user(&self, user: &NewUser) -> Result<User, PanelError> {
        let password = user.password.reveal();
        let mut fields = Map::new();
        put(&mut fields, "login", Some(user.login.as_str()));
        put(&mut fields, "email", Some(user.email.as_str()));
        put(&mut fields, "first_name", Some(user.first_name.as_str()));
        put(&mut fields, "last_name", Some(user.last_name.as_str()));
        put(&mut fields, "password", Some(password));
        put(&mut fields, "password_confirmation", Some(password));
        put(
            &mut fields,
            "role_ids",
            (!user.role_ids.is_empty()).then(|| Value::from(user.role_ids.clone())),
        );
        let plan = if self.known_version().has_buckets() {
            "bucket_id"
        } else {
            "billing_plan_id"
        };
        put(&mut fields, plan, user.billing_plan_id);
        put(&mut fields, "user_group_id", user.user_group_id);
        put(&mut fields, "time_zone", user.time_zone.as_deref());
        put(&mut fields, "locale", user.locale.as_deref());
        let answer = self.change(Change {
            method: Method::Post,
            path: "/users.json",
            query: &[],
            body: Some(wrapped("user", fields)),
            permission: "users.create",
            secrets: &[password],
        })?;
        User::read(&wire::object(&answer, "user")?)
    }

    /// The user of that id, or none when the panel says there is none. A user in the first step of deletion is still there.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn user(&self, id: u64) -> Result<Option<User>, PanelError> {
        let answer = self.find(&format!("/users/{id}.json"), "users.read")?;
        answer
            .map(|answer| User::read(&wire::object(&answer, "user")?))
            .transpose()
    }

    /// The user whose login or e-mail is exactly this; the login wins. The panel's search only finds substrings.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn find_user(&self, login_or_email: &str) -> Result<Option<User>, PanelError> {
        let query = [("q", login_or_email)];
        let found = self.all("/users.json", &query, "users.read", "user", User::read, |user| user.id)?;
        let by_login = found.iter().position(|user| user.login == login_or_email);
        let at = by_login.or_else(|| {
            found
                .iter()
                .position(|user| user.email.eq_ignore_ascii_case(login_or_email))
        });
        Ok(at.and_then(|at| found.into_iter().nth(at)))
    }

    /// Gives a user another e-mail address; the login stays.
    ///
    /// # Errors
    /// Any [`PanelError`]; an address that another user has is a refusal with the words under `email`.
    pub fn set_user_email(&self, id: u64, email: &str) -> Result<(), PanelError> {
        let path = format!("/users/{id}.json");
        let mut change = Change::action(&path, "users.update");
        change.method = Method::Put;
        change.body = Some(wrapped(
            "user",
            Map::from_iter([("email".to_owned(), Value::from(email))]),
        ));
        self.change(change).map(drop)
    }

    /// Suspends a user; the virtual machines are not touched.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn suspend_user(&self, id: u64) -> Result<(), PanelError> {
        self.user_action(id, "suspend", "suspend")
    }

    /// Lifts a suspension.
    ///
    /// # Errors
    /// Any [`PanelError`].
    pub fn activate_user(&self, id: u64) -> Result<(), PanelError> {
        self.user_action(id, "activate", "activate_user")
    }

    fn user_action(&self, id: u64, verb: &str, old_verb: &str) -> Result<(), PanelError> {
        let (method, verb) = if self.known_version().suspends_users_by_post() {
            (Method::Post, verb)
        } else {
            (Method::Get, old_verb)
        };
        let path = format!("/users/{id}/{verb}.json");
        self.change(Change {
            method,
            ..Change::action(&path, "users.suspend")
        })
        .map(drop)
    }

    /// Deletes a user. Without `force` the first call marks it deleted and queues the removal of what it owns, and a second
    /// call erases it with its billing history; with `force` one call does both.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::locked`] while the removal runs.
    pub fn delete_user(&self, id: u64, force: bool) -> Result<(), PanelError> {
        let path = format!("/users/{id}.json");
        let mut change = Change::action(&path, "users.delete");
        change.method = Method::Delete;
        change.body = force.then(|| Map::from_iter([("force".to_owned(), Value::from("1"))]));
        self.change(change).map(drop)
    }
}
