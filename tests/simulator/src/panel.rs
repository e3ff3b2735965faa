//! What every simulated panel is to the site around it. The site owns faults, the clock's control, the request log and
//! the sockets; a panel owns its memory and its words.

use crate::clock::{Clock, Time};
use crate::request::{Answer, Request};
use crate::site::Record;
use crate::version::Version;
use serde_json::Value;
use std::fmt::Debug;

/// Which panel is imitated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PanelKind {
    /// The OnApp control panel.
    #[default]
    OnApp,
    /// SingleHop LEAP: the LEAP3 REST API and the old api.php on one address.
    Leap,
    /// The Backup Server.
    Backup,
}

impl PanelKind {
    /// The word of the start line and of the state.
    pub fn word(self) -> &'static str {
        match self {
            PanelKind::OnApp => "onapp",
            PanelKind::Leap => "leap",
            PanelKind::Backup => "backup",
        }
    }

    /// A fresh panel of this kind. The release matters to OnApp alone.
    pub fn make(self, version: Version, seed: u64, clock: Clock) -> Box<dyn Panel> {
        match self {
            PanelKind::OnApp => Box::new(crate::onapp::OnApp::new(version, seed, clock)),
            PanelKind::Leap => Box::new(crate::leap::Leap::new(seed, clock)),
            PanelKind::Backup => Box::new(crate::backup::Backup::new(seed, clock)),
        }
    }
}

/// A panel in memory.
pub trait Panel: Debug + Send {
    /// Login and password of the account that may do everything.
    fn login(&self) -> (String, String);

    /// What the start line says beyond address, login and password: a JSON object.
    fn introduction(&self) -> Value;

    /// Another panel with the same memory.
    fn copy(&self) -> Box<dyn Panel>;

    /// The simulated present.
    fn now(&self) -> Time;

    /// Moves the clock forward and does what is due by then; false when `to` lies in the past.
    fn move_clock(&mut self, to: Time) -> bool;

    /// Answers a request and says what the log should know about it.
    fn answer(&mut self, request: &Request) -> (Answer, Record);

    /// Answers a request under `/_sim/` that the site does not answer itself.
    ///
    /// # Errors
    /// A sentence; nothing was changed.
    fn control(&mut self, request: &Request) -> Result<Value, String>;
}
