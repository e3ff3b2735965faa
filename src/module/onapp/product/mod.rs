//! What a product sells: its stored options (`options`) as fields for staff (`settings`) with what each may be (`choices`), what
//! a client ordered of it (`ordered`), and what it says of a machine that is there (`of_machine`).

pub(crate) mod choices;
pub(crate) mod of_machine;
pub(crate) mod options;
pub(crate) mod ordered;
pub(crate) mod settings;
