//! What a page shows, independent of any host: the page model, forms with an error beside each field, charts as SVG with
//! their table, CSV.
//!
//! Owns shapes and their serialisation. Does not own wording decisions of a module, nor HTML: the host's templates render
//! the model and escape everything. Invariants: nothing here reads a clock, a panel or the host.

pub mod chart;
pub mod csv;
pub mod form;
mod page;

pub use page::{Action, Button, Column, Fact, Field, FieldKind, Form, Item, Link, Notice, Page, Section, Tone, Words};
