//! A service's traffic becomes invoices: where its billing stands (`cursor`), by which terms and by whom it is billed (`terms`,
//! `switch`), what a period comes to (`plan`), and how it becomes exactly one published invoice (`publish`); `bill` is the run
//! over all of it. Does not own the arithmetic (`crate::bill`) or the readings (`crate::module::onapp::metering`).

pub(crate) mod bill;
pub(crate) mod cursor;
pub(crate) mod plan;
pub(crate) mod publish;
pub(crate) mod switch;
pub(crate) mod terms;
pub(crate) mod zone_check;
