//! What staff and operators set: the fields of a product, the module's `config.json`, and the button that tries them.

pub(crate) mod config;
pub(crate) mod fields;
pub(crate) mod test_connection;
