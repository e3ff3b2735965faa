//! Tandem users and which servers they may manage.

use super::{Leap, No, no};
use std::collections::BTreeSet;

/// A reseller's user.
#[derive(Debug, Clone)]
pub(crate) struct TandemUser {
    pub id: u64,
    pub name: String,
    pub email: String,
    pub password: String,
    pub servers: BTreeSet<String>,
}

impl Leap {
    pub(crate) fn tandem_user(&mut self, id: &str) -> Result<&mut TandemUser, No> {
        id.trim()
            .parse()
            .ok()
            .and_then(|id: u64| self.users.get_mut(&id))
            .ok_or_else(|| no("Tandem user not found"))
    }

    /// Only servers that exist can be granted.
    pub(crate) fn known_servers(&self, ids: &[String]) -> Result<BTreeSet<String>, No> {
        match ids.iter().find(|id| !self.machines.contains_key(*id)) {
            Some(_) => Err(no("Server not found")),
            None => Ok(ids.iter().cloned().collect()),
        }
    }

    pub(crate) fn add_tandem_user(&mut self, name: &str, email: &str, password: &str) -> Result<u64, No> {
        if name.is_empty() || email.is_empty() || password.is_empty() {
            return Err(no("Name, email and password are required"));
        }
        if self.users.values().any(|u| u.email.eq_ignore_ascii_case(email)) {
            return Err(no("Email is already in use"));
        }
        let id = self.next_user;
        self.next_user += 1;
        self.users.insert(
            id,
            TandemUser {
                id,
                name: name.into(),
                email: email.into(),
                password: password.into(),
                servers: BTreeSet::new(),
            },
        );
        Ok(id)
    }

    /// Grants or takes away one server. Again is success: a set has no twice.
    pub(crate) fn permit(&mut self, user: &str, server: &str, granted: bool) -> Result<(), No> {
        if !self.machines.contains_key(server) {
            return Err(no("Server not found"));
        }
        let user = self.tandem_user(user)?;
        if granted {
            user.servers.insert(server.into());
        } else {
            user.servers.remove(server);
        }
        Ok(())
    }
}
