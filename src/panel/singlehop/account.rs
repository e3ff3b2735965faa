//! The credentials of a product: which of them go out is the configuration's word, and whatever a panel quotes of them is
//! cut out of its words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::config::Auth;
use crate::http::Basic;
use crate::secret::Secret;

/// The five credentials of the product's settings (reference: storegrid-singlehop.md 4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// LEAP user name; with key authentication the client id.
    pub user: String,
    /// LEAP password.
    pub password: Secret,
    /// Tandem user: the e-mail address in LEAP > Tandem > Tandem Users.
    pub tandem_user: String,
    /// Tandem password.
    pub tandem_password: Secret,
    /// API key from the Accounts page in LEAP.
    pub key: Secret,
}

impl Account {
    /// User and password that go out for a call.
    pub(super) fn basic(&self, auth: Auth) -> Basic {
        match auth {
            Auth::LeapPassword => Basic {
                user: self.user.clone(),
                password: self.password.clone(),
            },
            Auth::LeapKey => Basic {
                user: self.user.clone(),
                password: self.key.clone(),
            },
            Auth::Tandem => Basic {
                user: self.tandem_user.clone(),
                password: self.tandem_password.clone(),
            },
        }
    }

    /// Everything that no message may quote, also in the spelling of a header.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let mut secrets = vec![self.password.clone(), self.tandem_password.clone(), self.key.clone()];
        for auth in [Auth::LeapPassword, Auth::LeapKey, Auth::Tandem] {
            let Basic { user, password } = self.basic(auth);
            if !password.is_empty() {
                secrets.push(STANDARD.encode(format!("{user}:{}", password.reveal())).into());
            }
        }
        secrets.retain(|secret| !secret.is_empty());
        secrets
    }
}
