//! What the host hands to a job on one service.

use super::settings::config::Config;
use super::settings::fields::{Access, Fields, Slot};
use super::tables::MODULE;
use crate::host::Failure;
use crate::module::common::action::Caller;
use crate::module::common::verb::{Called, SERVICE, read};
use serde::Deserialize;
use serde_json::Value;

/// Input of a job on one service.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Input {
    pub(crate) service: Called,
    pub(crate) options: Vec<Slot>,
    /// The text of the module's config.json, empty for none.
    pub(crate) configuration: String,
    pub(crate) caller: Caller,
}

impl Input {
    /// Reads the input and refuses what the module does not serve (decision 11c).
    pub(crate) fn read(input: Value) -> Result<Self, Failure> {
        let input: Self = read(input, SERVICE)?;
        input.service.check(MODULE, "Backup Server accounts")?;
        Ok(input)
    }

    /// The module's settings.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        Config::read(&self.configuration)
    }

    /// What an account that exists needs of the product's fields.
    pub(crate) fn access(&self) -> Result<Access, Failure> {
        Access::of_product(&self.options)
    }

    /// The product's fields.
    pub(crate) fn fields(&self) -> Result<Fields, Failure> {
        Fields::of_product(&self.options)
    }
}
