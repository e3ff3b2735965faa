//! The states of a VM and what each allows (reference: onapp-vm-module.md 7, state table). Buttons are made from it, and
//! actions are refused by it before anything is sent.

use crate::host::{Class, Failure};
use crate::panel::onapp::Vm;
use crate::view::{Action, Words};
use serde::{Deserialize, Serialize};

/// How a VM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// A transaction is queued or running.
    Locked,
    /// Locked, and not built yet.
    Building,
    /// Suspended.
    Suspended,
    /// Neither locked nor built.
    Unbuilt,
    /// It runs.
    Running,
    /// It is off.
    Stopped,
}

impl State {
    pub(super) fn of(vm: &Vm) -> Self {
        match vm {
            Vm {
                locked: true,
                built: false,
                ..
            } => Self::Building,
            Vm { locked: true, .. } => Self::Locked,
            Vm { suspended: true, .. } => Self::Suspended,
            Vm { built: false, .. } => Self::Unbuilt,
            Vm { booted: true, .. } => Self::Running,
            _ => Self::Stopped,
        }
    }

    pub(super) fn words(self) -> Words {
        match self {
            Self::Locked => Words::new("vm.locked", "Busy with a task"),
            Self::Building => Words::new("vm.building", "Being built"),
            Self::Suspended => Words::new("vm.suspended", "Suspended"),
            Self::Unbuilt => Words::new("vm.unbuilt", "Not built yet"),
            Self::Running => Words::new("vm.running", "Running"),
            Self::Stopped => Words::new("vm.stopped", "Off"),
        }
    }

    /// When to try again, for a VM that can do nothing now.
    pub(super) fn wait(self) -> Option<Words> {
        match self {
            Self::Locked => Some(Words::new(
                "vm.wait",
                "The virtual machine is busy with a task. Most end within a minute, backups take several; open this page again \
                 then.",
            )),
            Self::Building => Some(Words::new(
                "vm.wait_build",
                "The virtual machine is being built, which takes about five minutes. Open this page again then.",
            )),
            Self::Suspended => Some(Words::new(
                "vm.is_suspended",
                "The virtual machine is suspended. Please ask the support.",
            )),
            _ => None,
        }
    }
}

/// What can be asked of a VM that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Start,
    Shutdown,
    Stop,
    Reboot,
    Console,
    ResetPassword,
    RebuildNetwork,
    Build,
    Rebuild,
    Unlock,
    Delete,
}

impl Verb {
    pub(super) const ALL: [Self; 11] = [
        Self::Start,
        Self::Console,
        Self::Reboot,
        Self::Shutdown,
        Self::Stop,
        Self::ResetPassword,
        Self::RebuildNetwork,
        Self::Build,
        Self::Rebuild,
        Self::Unlock,
        Self::Delete,
    ];

    /// The action's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Shutdown => "shutdown",
            Self::Stop => "stop",
            Self::Reboot => "reboot",
            Self::Console => "console",
            Self::ResetPassword => "reset_password",
            Self::RebuildNetwork => "rebuild_network",
            Self::Build => "build",
            Self::Rebuild => "rebuild",
            Self::Unlock => "unlock",
            Self::Delete => "delete_vm",
        }
    }

    /// The state table.
    pub(super) fn fits(self, state: State) -> bool {
        match state {
            State::Locked | State::Building => self == Self::Unlock,
            State::Suspended => false,
            State::Unbuilt => matches!(self, Self::Build | Self::Delete),
            State::Running => matches!(
                self,
                Self::Shutdown
                    | Self::Stop
                    | Self::Reboot
                    | Self::Console
                    | Self::ResetPassword
                    | Self::RebuildNetwork
                    | Self::Rebuild
            ),
            State::Stopped => matches!(self, Self::Start | Self::Rebuild | Self::Delete | Self::ResetPassword),
        }
    }

    /// Refuses what the state forbids.
    pub(super) fn check(self, state: State) -> Result<(), Failure> {
        if self.fits(state) {
            return Ok(());
        }
        let (class, code, message, next) = match state {
            State::Locked => (
                Class::PanelLocked,
                "onapp.vm_locked",
                "The virtual machine is busy with a task.",
                "Try again in a minute; backups take several.",
            ),
            State::Building => (
                Class::PanelLocked,
                "onapp.vm_building",
                "The virtual machine is being built.",
                "Try again in about five minutes.",
            ),
            State::Suspended => (
                Class::ConfigRefused,
                "onapp.vm_suspended",
                "The virtual machine is suspended.",
                "Unsuspend it first.",
            ),
            State::Unbuilt => (
                Class::ConfigRefused,
                "onapp.vm_unbuilt",
                "The virtual machine is not built yet.",
                "Build it first.",
            ),
            State::Running => (
                Class::ConfigRefused,
                "onapp.vm_running",
                "The virtual machine is running.",
                "Shut it down first, if it is to be deleted.",
            ),
            State::Stopped => (
                Class::ConfigRefused,
                "onapp.vm_stopped",
                "The virtual machine is off.",
                "Start it first.",
            ),
        };
        let (code, message) = match (self, state) {
            (Self::Unlock, State::Unbuilt | State::Running | State::Stopped) => {
                ("onapp.vm_not_locked", "The virtual machine is not locked.")
            }
            (Self::Build, State::Running | State::Stopped) => {
                ("onapp.vm_built", "The virtual machine is built already.")
            }
            _ => (code, message),
        };
        Err(Failure::new(class, code, message, "Nothing was changed.", next))
    }

    /// The button; `confirm` where it cuts somebody off or destroys something.
    pub(super) fn button(self) -> Action {
        let (label, confirm) = match self {
            Self::Start => (Words::new("vm.start", "Start"), None),
            Self::Shutdown => (
                Words::new("vm.shutdown", "Shut down"),
                Some(Words::new(
                    "vm.shutdown_sure",
                    "The operating system is asked to shut down, and whoever uses it is cut off. Shut it down?",
                )),
            ),
            Self::Stop => (
                Words::new("vm.stop", "Switch off"),
                Some(Words::new(
                    "vm.stop_sure",
                    "This is like pulling the plug: what is not saved is lost. Switch it off?",
                )),
            ),
            Self::Reboot => (
                Words::new("vm.reboot", "Restart"),
                Some(Words::new(
                    "vm.reboot_sure",
                    "The virtual machine restarts, and whoever uses it is cut off. Restart it?",
                )),
            ),
            Self::Console => (Words::new("vm.console", "Open the console"), None),
            Self::ResetPassword => (
                Words::new("vm.reset_password", "New root password"),
                Some(Words::new(
                    "vm.reset_password_sure",
                    "The administrator gets a new password. A running virtual machine is restarted for it. Go on?",
                )),
            ),
            Self::RebuildNetwork => (Words::new("vm.rebuild_network", "Rebuild the network"), None),
            Self::Build => (Words::new("vm.build", "Build"), None),
            Self::Rebuild => (
                Words::new("vm.rebuild", "Install anew"),
                Some(Words::new(
                    "vm.rebuild_sure",
                    "The operating system is installed anew. EVERYTHING on the virtual machine's disk is lost. Go on?",
                )),
            ),
            Self::Unlock => (
                Words::new("vm.unlock", "Unlock"),
                Some(Words::new(
                    "vm.unlock_sure",
                    "Only for a virtual machine whose task is stuck: unlocking during a task can damage it. Unlock it?",
                )),
            ),
            Self::Delete => (
                Words::new("vm.delete", "Delete"),
                Some(Words::new(
                    "vm.delete_sure",
                    "The virtual machine, EVERYTHING on it and all of its backups are deleted. The product stays, its traffic so \
                     far is billed, and a new virtual machine can be created. Delete it?",
                )),
            ),
        };
        Action {
            name: self.name(),
            label,
            confirm,
            blocked: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_vm_is_never_deleted_and_a_locked_one_only_unlocked() {
        for verb in Verb::ALL {
            assert_eq!(verb.fits(State::Locked), verb == Verb::Unlock, "{verb:?}");
            assert!(!verb.fits(State::Suspended), "{verb:?}");
            assert_eq!(verb.check(State::Running).is_ok(), verb.fits(State::Running));
        }
        assert!(!Verb::Delete.fits(State::Running) && Verb::Delete.fits(State::Stopped));
        assert!(Verb::Build.fits(State::Unbuilt) && !Verb::Build.fits(State::Running));
    }
}
