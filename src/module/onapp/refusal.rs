//! From a panel's error to the failure that a person reads: what failed, what is unchanged, what to do next.

use crate::host::{Class, Failure};
use crate::http::{Error, Family, Kind, Sent};

/// Turns a panel's error into a failure. `what` is the start of a sentence: "OnApp did not suspend VM 12".
pub(crate) fn refusal(what: &str, error: &Error) -> Failure {
    // A read changes nothing, whether it arrived or not.
    let sent = if error.call().starts_with("GET ") {
        Sent::No
    } else {
        error.sent()
    };
    let class = match (error.family(), error.code(), sent) {
        (Family::Configuration, ..) => Class::ConfigInvalid,
        (_, "panel.unauthorized", _) => Class::PanelUnauthorized,
        (_, "panel.forbidden", _) => Class::PanelForbidden,
        (_, "panel.not_found", _) => Class::PanelNotFound,
        (_, "panel.locked", _) => Class::PanelLocked,
        (Family::PanelRefused, ..) => Class::PanelRefused,
        (Family::Network, _, Sent::Maybe) => Class::NetworkUnknown,
        (Family::Network, ..) => match error.kind() {
            Kind::Tls(_) => Class::NetworkTls,
            Kind::Dns | Kind::DnsTimeout => Class::NetworkDns,
            _ => Class::Network,
        },
        (Family::PanelData, ..) => Class::PanelData,
        (Family::Internal, ..) => Class::Internal,
    };
    let unchanged = match sent {
        Sent::No => "Nothing was changed at the control panel.",
        Sent::Maybe => "Whether the control panel acted is not known yet; it is looked up before anything is repeated.",
        Sent::Yes => "Nothing else was changed.",
    };
    let next = match class {
        Class::PanelLocked => "A transaction is running on the VM; try again in a few minutes.",
        Class::PanelForbidden => "Add the permission to the role of the user named in the server's settings.",
        Class::PanelUnauthorized => "Correct user name and password in the server's settings.",
        Class::ConfigInvalid => "Correct the server's settings.",
        Class::PanelRefused | Class::PanelNotFound => "Correct what the control panel names, then try again.",
        _ => "Try again; what is already done is not done twice.",
    };
    let told = error.to_string();
    let told = told.trim_end_matches('.');
    let end = if told.ends_with('?') { "" } else { "." };
    let sentence = format!("{what}: {told}{end}");
    Failure::new(class, error.code(), sentence, unchanged, next)
}
