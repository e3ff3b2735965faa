//! What the jobs of all modules share: claims, rows, once a day, and how a panel's error is told. Knows no panel's name.

pub(crate) mod action;
pub(crate) mod claim;
pub(crate) mod once;
pub(crate) mod pages;
pub(crate) mod refusal;
pub(crate) mod reused;
pub(crate) mod rows;
pub(crate) mod silence;
pub(crate) mod tables;
pub(crate) mod tags;
pub(crate) mod verb;
