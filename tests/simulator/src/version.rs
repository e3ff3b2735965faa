//! The panel's release and what depends on it.
//!
//! Owns the switches of reference: onapp-api.md 1.7 and 13, one method each, so that handlers read like the table.

use std::fmt;
use std::str::FromStr;

/// Major and minor release, compared as numbers: 5.10 comes after 5.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 2 to 7.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

/// Why a release was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVersion(pub String);

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no such OnApp release: {}; give one from 2.0 to 7.9, for example 2.3, 4.2, 5.5, 6.5 or 7.0",
            self.0
        )
    }
}

impl std::error::Error for UnknownVersion {}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Version, UnknownVersion> {
        let wrong = || UnknownVersion(text.to_string());
        let (major, minor) = text.split_once('.').ok_or_else(wrong)?;
        let version = Version {
            major: major.parse().map_err(|_| wrong())?,
            minor: minor.parse().map_err(|_| wrong())?,
        };
        if (2..=7).contains(&version.major) {
            Ok(version)
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// This release or a later one.
    pub fn from(self, major: u32, minor: u32) -> bool {
        self >= Version { major, minor }
    }

    /// What `/version.json` says: with a build suffix on the newer releases.
    pub fn text(self) -> String {
        if self.from(6, 0) {
            format!("{self}.0-143")
        } else {
            format!("{self}.2")
        }
    }

    /// 200 with `{}` instead of 204 for PUT and DELETE.
    pub fn answers_changes_with_empty_object(self) -> bool {
        !self.from(3, 0)
    }

    /// Error maps by field; before 3.0 a flat list of sentences.
    pub fn errors_by_field(self) -> bool {
        self.from(3, 0)
    }

    /// Before 2.2 a single string under `error`.
    pub fn single_error(self) -> bool {
        !self.from(2, 2)
    }

    /// `bucket_id` on users and `/billing/buckets`.
    pub fn buckets(self) -> bool {
        self.from(5, 6)
    }

    /// `GET /users/:id/suspend` and `GET /users/:id/activate_user`.
    pub fn suspends_users_by_get(self) -> bool {
        !self.from(3, 0)
    }

    /// The root of an address assignment.
    pub fn ip_assign_root(self) -> &'static str {
        if self.from(5, 4) {
            "ip_address"
        } else {
            "ip_address_join"
        }
    }

    /// Addresses come out of nets and ranges.
    pub fn has_ip_nets(self) -> bool {
        self.from(5, 4)
    }

    /// `hostname` and `domain` are two fields.
    pub fn splits_domain(self) -> bool {
        self.from(5, 4)
    }

    /// Keys are generated under `user_api_keys`.
    pub fn many_api_keys(self) -> bool {
        self.from(6, 5)
    }

    /// Zones live under `/settings` with their new roots.
    pub fn zones_under_settings(self) -> bool {
        self.from(3, 0)
    }
}
