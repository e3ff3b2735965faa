//! The remote console of a machine (reference: onapp-api.md 5.6).

use super::PanelError;
use super::panel::Panel;
use super::wire;
use crate::secret::Secret;

/// A ticket for a machine's screen. Whoever has the key needs no login; the next power action ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Console {
    /// Letters, digits, dashes and underscores.
    pub key: Secret,
}

impl Console {
    /// The page that shows the screen, below the panel's own address.
    pub fn path(&self) -> Secret {
        Secret::new(format!("/console_remote/{}", self.key.reveal()))
    }
}

impl Panel {
    /// Opens the console of a running machine.
    ///
    /// # Errors
    /// Any [`PanelError`]; [`PanelError::is_not_found`] when the machine is not there; a refusal while it is off.
    pub fn console(&self, vm_id: u64) -> Result<Console, PanelError> {
        let path = format!("/virtual_machines/{vm_id}/console.json");
        let answer = self.get(&path, &[], "virtual_machines.console")?;
        let row = wire::object(&answer, "remote_access_session")?;
        let key = row.text_or_empty("remote_key")?;
        // It goes into an address that a browser is sent to.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if key.is_empty() || !key.chars().all(plain) {
            return Err(row.wrong("remote_key", "a key"));
        }
        Ok(Console { key: Secret::new(key) })
    }
}
