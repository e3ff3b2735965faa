//! The panel's release and what depends on it (reference: onapp-api.md 1.7 and 13).

use crate::secret::Secret;
use std::fmt;

/// A release: `6.5.0-143` is 6.5.0. Ordered by number, so 5.10 comes after 5.9.
///
/// ```
/// use provisor::panel::onapp::Version;
/// let version: Version = "6.5.0-143".parse().unwrap();
/// assert_eq!(version, Version::new(6, 5, 0));
/// assert!("5.10".parse::<Version>().unwrap() > "5.9".parse().unwrap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

/// The text is no release number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a release number of the form 6.5 or 6.5.0-143")]
pub struct NotAVersion;

impl Version {
    /// A release by its numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// True for releases this library was written for: 2.3 to 7.x.
    pub fn is_supported(self) -> bool {
        (Self::new(2, 3, 0)..Self::new(8, 0, 0)).contains(&self)
    }

    /// Users are billed by a bucket (5.6 and later) instead of a billing plan.
    pub(super) fn has_buckets(self) -> bool {
        self >= Self::new(5, 6, 0)
    }

    /// Users are suspended and activated by POST; 2.x does it by GET and calls the second `activate_user`.
    pub(super) fn suspends_users_by_post(self) -> bool {
        self >= Self::new(3, 0, 0)
    }

    /// Virtual machines have an admin note; before 2.1 the label carries what it would say.
    pub(super) fn has_admin_note(self) -> bool {
        self >= Self::new(2, 1, 0)
    }

    /// Host name and domain are two fields.
    pub(super) fn has_domain(self) -> bool {
        self >= Self::new(5, 4, 0)
    }

    /// The root password is changed under the machine's root; 2.x has a name of its own for it.
    pub(super) fn wraps_root_password(self) -> bool {
        self >= Self::new(3, 0, 0)
    }

    /// A machine may be made with this root password, as far as a rule is known: 2.x takes 6 to 31 of letters, digits, `_` and
    /// `-`; later releases say themselves what they do not take (reference: onapp-api.md 5.4).
    ///
    /// ```
    /// use provisor::{panel::onapp::Version, secret::Secret};
    /// let typed = Secret::new("P@ssw0rd!7x".to_owned());
    /// assert!(!Version::new(2, 3, 0).takes_root_password(&typed));
    /// assert!(Version::new(4, 2, 0).takes_root_password(&typed));
    /// ```
    pub fn takes_root_password(self, password: &Secret) -> bool {
        let text = password.reveal();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        self >= Self::new(3, 0, 0) || ((6..=31).contains(&text.len()) && text.bytes().all(is_plain))
    }

    /// Addresses come out of nets and ranges, and are assigned by their text.
    pub(super) fn has_ip_nets(self) -> bool {
        self >= Self::new(5, 4, 0)
    }

    /// Where data store zones are listed.
    pub(super) fn data_store_zones(self) -> &'static str {
        if self >= Self::new(3, 0, 0) {
            "/settings/data_store_zones.json"
        } else {
            "/data_store_zones.json"
        }
    }

    /// Where billing plans or their successors are listed, and the root of each.
    pub(super) fn billing_plans(self) -> (&'static str, &'static str) {
        if self.has_buckets() {
            ("/billing/buckets.json", "bucket")
        } else if self >= Self::new(5, 2, 0) {
            ("/billing/user/plans.json", "user_plan")
        } else {
            ("/billing_plans.json", "billing_plan")
        }
    }

    /// Machines of Windows name the kind of their license.
    pub(super) fn takes_license(self) -> bool {
        self >= Self::new(3, 0, 0)
    }

    /// Creating takes `required_ip_address_assignment`.
    pub(super) fn takes_ip_assignment(self) -> bool {
        self < Self::new(6, 3, 0)
    }
}

impl std::str::FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let numbers = text.trim().split(['-', '+', ' ']).next().unwrap_or("");
        let mut parts = numbers.split('.');
        let mut next = || {
            parts
                .next()
                .map(|part| part.parse::<u32>().map_err(|_| NotAVersion))
                .transpose()
        };
        let major = next()?.ok_or(NotAVersion)?;
        Ok(Self {
            major,
            minor: next()?.unwrap_or(0),
            patch: next()?.unwrap_or(0),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn releases_are_read_with_their_suffixes_and_ordered_by_number() {
        let read = |text: &str| text.parse::<Version>();
        assert_eq!(read("6.5.0-143"), Ok(Version::new(6, 5, 0)));
        assert_eq!(read(" 2.3.2 "), Ok(Version::new(2, 3, 2)));
        assert_eq!(read("7"), Ok(Version::new(7, 0, 0)));
        assert_eq!(read("5.10.0.1"), Ok(Version::new(5, 10, 0)));
        assert!(read("5.10").unwrap() > read("5.9.9").unwrap());
        for text in ["", "x", "6.x", "-1", "6..1"] {
            assert_eq!(read(text), Err(NotAVersion), "{text}");
        }
        assert!(!read("2.2").unwrap().is_supported() && read("2.3").unwrap().is_supported());
        assert!(read("7.3").unwrap().is_supported() && !read("8.0").unwrap().is_supported());
    }
}
