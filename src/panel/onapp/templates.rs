//! Templates, the systems that machines are built from (reference: onapp-api.md 6.1).

use super::PanelError;
use super::panel::Panel;
use super::wire::{self, Row};

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The panel's id.
    pub id: u64,
    /// What people call it.
    pub label: String,
    /// `linux`, `windows`, `freebsd`, `other`.
    pub operating_system: Option<String>,
    /// `debian`, `ubuntu`, `2022`, ...
    pub distribution: Option<String>,
    /// Gigabytes that the first disk needs at least.
    pub min_disk_size: Option<u64>,
    /// Megabytes that it needs at least.
    pub min_memory_size: Option<u64>,
    /// A machine of it may have a swap disk; those of Windows may not.
    pub allowed_swap: bool,
    /// Machines can be built from it.
    pub active: bool,
}

impl Template {
    /// True for Windows, which takes no swap disk and wants a license.
    pub fn is_windows(&self) -> bool {
        is_windows(self.operating_system.as_deref())
    }

    fn read(row: &Row<'_>) -> Result<Self, PanelError> {
        let operating_system = row.text("operating_system")?;
        let swap = row.flag_if_there("allowed_swap")?;
        Ok(Self {
            id: row.needed_number("id")?,
            label: row.text_or_empty("label")?,
            distribution: row.text("operating_system_distro")?,
            min_disk_size: row.number("min_disk_size")?,
            min_memory_size: row.number("min_memory_size")?,
            allowed_swap: swap.unwrap_or(!is_windows(operating_system.as_deref())),
            active: row.text("state")?.is_none_or(|state| state == "active"),
            operating_system,
        })
    }
}

fn is_windows(operating_system: Option<&str>) -> bool {
    operating_system.is_some_and(|name| name.eq_ignore_ascii_case("windows"))
}

impl Panel {
    /// The panel's own templates, those that do not build left out: `GET /templates.json`.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn templates(&self) -> Result<Vec<Template>, PanelError> {
        let mut templates = self.whole("/templates.json", "templates.read", "image_template", Template::read)?;
        templates.retain(|template| template.active);
        Ok(templates)
    }

    /// One template, or none when the panel says that there is none.
    ///
    /// # Errors
    /// Any [`PanelError`] when the panel could not be asked.
    pub fn template(&self, id: u64) -> Result<Option<Template>, PanelError> {
        let answer = self.find(&format!("/templates/{id}.json"), "templates.read")?;
        answer
            .map(|answer| Template::read(&wire::object(&answer, "image_template")?))
            .transpose()
    }
}
