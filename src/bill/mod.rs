//! What a period costs, and why.
//!
//! Owns: the rating of a volume above an included one, the lines of a bill, whether they become an invoice, corrections
//! of what was billed, the explanation a person reads, and the bounds beyond which a bill is parked. Does not own:
//! readings and periods (they come in), the host's invoices (they are made from a
//! [`Plan`]), and tax (the host's).
//!
//! Invariants: a plan depends on its input alone, so a dry run and the real run make the same bytes; an amount is
//! rounded once per line, half away from zero; everything else is exact.
//! On failure a [`BillError`] carries a code and a sentence: the caller parks the period
//! with them and bills nothing.

mod decide;
mod error;
mod explain;
mod line;
mod plan;
mod rate;
mod sanity;
mod terms;

pub use decide::{Decision, decide, decide_final, total};
pub use error::BillError;
pub(crate) use explain::volume;
pub use line::{Line, LineKind};
pub use plan::{Carried, Correction, Plan, PlanInput, plan};
pub use rate::{Rated, adjustment, rate_transfer};
pub use sanity::{Bounds, check_reading};
pub use terms::Terms;
