//! The page model: what a template loops over.

use super::chart::Drawing;
use serde::Serialize;

/// A piece of text for people: a stable code with its parameters, by which language files translate, and the English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Stable code, such as `singlehop.reboot`.
    pub code: &'static str,
    /// Values for `{name}` in the text, in the language of the reader.
    pub params: Vec<(&'static str, String)>,
    /// The English text with the values filled in.
    pub text: String,
}

impl Words {
    /// A text without parameters.
    ///
    /// ```
    /// use provisor::view::Words;
    /// assert_eq!(Words::new("page.bandwidth", "Bandwidth").text, "Bandwidth");
    /// ```
    pub fn new(code: &'static str, text: &str) -> Self {
        Self::with(code, text, [])
    }

    /// A text with `{name}` in it for each parameter.
    ///
    /// ```
    /// use provisor::view::Words;
    /// let words = Words::with("page.as_of", "As of {at}.", [("at", "2026-01-01".to_owned())]);
    /// assert_eq!(words.text, "As of 2026-01-01.");
    /// ```
    pub fn with<const N: usize>(code: &'static str, text: &str, params: [(&'static str, String); N]) -> Self {
        let mut filled = text.to_owned();
        for (name, value) in &params {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        Self {
            code,
            params: params.to_vec(),
            text: filled,
        }
    }

    /// A value that is the same in every language: an address, a number, a name.
    pub fn raw(text: impl Into<String>) -> Self {
        Self {
            code: "",
            params: Vec::new(),
            text: text.into(),
        }
    }
}

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something worked.
    Success,
    /// Something to know, such as last known values.
    Info,
    /// Something to look at, such as another action under way.
    Warning,
    /// Something failed.
    Danger,
}

/// A message on top of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// What it says.
    pub text: Words,
}

impl Notice {
    /// A message, and how it is meant.
    #[must_use]
    pub const fn new(tone: Tone, text: Words) -> Self {
        Self { tone, text }
    }
}

/// One label with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The label.
    pub label: Words,
    /// The value.
    pub value: Words,
    /// Hidden until the reader asks for it (decision 5).
    pub hidden: bool,
    /// The value is an address to go to; only `http://` and `https://` become links.
    pub link: bool,
}

impl Fact {
    /// A value that everybody who sees the page may read, as text.
    #[must_use]
    pub const fn new(label: Words, value: Words) -> Self {
        Self {
            label,
            value,
            hidden: false,
            link: false,
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The heading.
    pub label: Words,
    /// Aligned to the right.
    pub number: bool,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Section {
    /// Labels and values.
    Facts {
        /// The heading.
        heading: Words,
        /// The facts.
        facts: Vec<Fact>,
    },
    /// A table, perhaps with a chart of the same numbers above it and a CSV of them to take away.
    Table {
        /// The heading; also the table's caption.
        heading: Words,
        /// The columns.
        columns: Vec<Column>,
        /// The rows, as wide as the columns.
        rows: Vec<Vec<Words>>,
        /// Shown in place of an empty table.
        empty: Words,
        /// The chart of the same numbers.
        chart: Option<Drawing>,
        /// The action that answers with the CSV, empty for none.
        csv_action: &'static str,
    },
    /// A form.
    Form(Form),
    /// A table of things that each have buttons of their own, such as backups.
    Items {
        /// The heading; also the table's caption.
        heading: Words,
        /// The columns, without that of the buttons.
        columns: Vec<Column>,
        /// The things.
        items: Vec<Item>,
        /// Shown in place of an empty table.
        empty: Words,
    },
    /// The other pages of the same product.
    Links {
        /// What the list is.
        heading: Words,
        /// The pages.
        links: Vec<Link>,
    },
    /// What the page is about is under way: a link to look again, which scripts follow by themselves while the reader is
    /// not in the middle of something.
    Again {
        /// After so many.
        seconds: u32,
        /// The link.
        label: Words,
    },
}

/// A row of [`Section::Items`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The service that it is, in a list of services: its first cell leads there, and its buttons act there. Empty for a
    /// thing of the page's own service.
    pub service: String,
    /// The cells, as many as the columns.
    pub cells: Vec<Words>,
    /// What can be done with it.
    pub buttons: Vec<Button>,
}

/// A button beside one thing; it sends a POST with the host's token and the thing's id as the form value `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Button {
    /// The action.
    pub action: Action,
    /// The thing.
    pub id: String,
    /// What the thing is called, for those who hear the page.
    pub about: Words,
}

/// A link to another page of the same product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The action that shows it; it changes nothing. Empty for the product's first page.
    pub action: &'static str,
    /// The link.
    pub label: Words,
    /// It is the page that is shown.
    pub current: bool,
}

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// One line that is not shown.
    Password,
    /// One of `choices`.
    Choice,
    /// Ticked or not.
    Tick,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The name of the value when it is sent.
    pub name: &'static str,
    /// The label.
    pub label: Words,
    /// What it is.
    pub kind: FieldKind,
    /// What is in it now; never the value of a password.
    pub value: String,
    /// Value and label of each choice.
    pub choices: Vec<(String, Words)>,
    /// What is wrong with the value, shown beside the field.
    pub error: Option<Words>,
    /// What to enter.
    pub help: Option<Words>,
}

/// A form; it is sent by POST with the host's token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Form {
    /// The heading.
    pub heading: Words,
    /// The action that takes it.
    pub action: &'static str,
    /// The fields.
    pub fields: Vec<Field>,
    /// The button.
    pub submit: Words,
}

/// A button; it sends a POST with the host's token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// The name of the action, such as `reboot`.
    pub name: &'static str,
    /// The button.
    pub label: Words,
    /// Asked before it is sent, with or without scripts; None for harmless ones.
    pub confirm: Option<Words>,
    /// Why it cannot be pressed now; the core refuses it too.
    pub blocked: Option<Words>,
}

/// A whole page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The title.
    pub title: Words,
    /// Messages on top.
    pub notices: Vec<Notice>,
    /// The parts.
    pub sections: Vec<Section>,
    /// The buttons.
    pub actions: Vec<Action>,
}
