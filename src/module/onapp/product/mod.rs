//! What a product sells: its stored options (`options`) as fields for staff (`settings`) with what each may be (`choices`), and
//! what a client ordered of it (`ordered`).

pub(crate) mod choices;
pub(crate) mod options;
pub(crate) mod ordered;
pub(crate) mod settings;
