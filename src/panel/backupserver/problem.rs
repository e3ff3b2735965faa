//! Why a call to a Backup Server brought nothing: it could not be asked, or it said no.

use crate::http::{Error, Kind, Sent};
use std::fmt;

/// What a refusal means to us, where the contract tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An account of that name exists.
    Exists,
    /// No account of that name exists.
    Missing,
    /// The account was active before.
    AlreadyActive,
    /// The account was inactive before.
    AlreadyInactive,
    /// The user or the password is not accepted.
    Login,
    /// Anything else.
    Other,
}

/// The server answered and said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// What it means.
    pub meaning: Meaning,
    /// The server's code, empty for none.
    pub code: String,
    /// The server's words, untrusted, on one line without markup; empty for none.
    pub message: String,
}

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The server could not be asked, or its answer says neither yes nor no.
    Call(Error),
    /// The server said no.
    Rejected(Rejected),
}

impl Problem {
    /// What a refusal means; none for a call that failed.
    pub fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Call(_) => None,
            Self::Rejected(said) => Some(said.meaning),
        }
    }

    /// The same refusal, whose meaning the account's state contradicts.
    #[must_use]
    pub fn contradicted(self) -> Self {
        match self {
            Self::Rejected(said) => Self::Rejected(Rejected {
                meaning: Meaning::Other,
                message: format!("{}; but the account's state says otherwise", said.message),
                code: said.code,
            }),
            call => call,
        }
    }

    /// True when no answer came, of whatever kind.
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Rejected(_) => false,
            Self::Call(error) => !matches!(
                error.kind(),
                Kind::Status(_) | Kind::Redirect { .. } | Kind::Unexpected { .. } | Kind::Declined
            ),
        }
    }

    /// True when the server surely did not do what it was asked: it never heard of it, or refused for a reason that it
    /// gave, or asked for a login (reference: storegrid-singlehop.md 3.4). Anything else (a 500, a page, a cut connection)
    /// may hide an account that was made; so may 408 and 499, with which proxies say that they stopped waiting, and an
    /// answer that contradicts itself.
    pub fn is_surely_undone(&self) -> bool {
        match self {
            Self::Rejected(_) => true,
            Self::Call(error) => {
                let refused = matches!(error.status(), Some(400..=499)) && !matches!(error.status(), Some(408 | 499));
                error.sent() == Sent::No
                    || (refused && error.code() != "panel.contradiction")
                    || matches!(error.code(), "panel.login_redirect" | "panel.login_page")
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => write!(f, "{error}"),
            Self::Rejected(said) => write!(f, "{said}"),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message.as_str(), self.code.as_str()) {
            ("", "") => f.write_str("the server refused and gave no reason"),
            ("", code) => write!(f, "the server refused with code {code} and gave no reason"),
            (message, "") => write!(f, "the server refused: {message}"),
            (message, code) => write!(f, "the server refused: {message} (code {code})"),
        }
    }
}

impl std::error::Error for Problem {}
