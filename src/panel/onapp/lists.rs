//! The lists of what has an id and a name and nothing else that settings need: roles, user groups, billing plans
//! (reference: onapp-api.md 3.5, 3.6, 4.1 and 4.2).

use super::PanelError;
use super::panel::Panel;
use super::wire::Row;

/// Anything that is chosen by its name and stored by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The panel's id.
    pub id: u64,
    /// What people call it.
    pub label: String,
}

impl Named {
    pub(super) fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        Ok(Self {
            id: row.needed_number("id")?,
            label: row.text_or_empty("label")?,
        })
    }
}

impl Panel {
    /// All roles. The panel sends each with all its permissions, so the answer is long.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn roles(&self) -> Result<Vec<Named>, PanelError> {
        self.whole("/roles.json", "roles.read", "role", Named::read)
    }

    /// All user groups.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn user_groups(&self) -> Result<Vec<Named>, PanelError> {
        self.whole("/user_groups.json", "user_groups.list", "user_group", Named::read)
    }

    /// All billing plans, called buckets from 5.6 on.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn billing_plans(&self) -> Result<Vec<Named>, PanelError> {
        let (path, root) = self.known_version().billing_plans();
        self.whole(path, "billing_plans.list", root, Named::read)
    }
}
