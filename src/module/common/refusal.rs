//! From a panel's error to the failure that a person reads: what failed, what is unchanged, what to do next.

use crate::host::{Class, Failure};
use crate::http::{Error, Family, Kind, Sent, TlsReason};

/// Turns a panel's error into a failure. `what` is the start of a sentence: "OnApp did not suspend VM 12".
pub(crate) fn refusal(what: &str, error: &Error) -> Failure {
    // A read changes nothing, whether it arrived or not.
    let sent = if error.is_change() { error.sent() } else { Sent::No };
    let class = match (error.family(), error.code(), sent) {
        (Family::Configuration, ..) => Class::ConfigInvalid,
        (_, "panel.unauthorized", _) => Class::PanelUnauthorized,
        (_, "panel.forbidden", _) => Class::PanelForbidden,
        (_, "panel.not_found", _) => Class::PanelNotFound,
        (_, "panel.locked", _) => Class::PanelLocked,
        (Family::PanelRefused, ..) => Class::PanelRefused,
        (Family::Network | Family::PanelData, _, Sent::Maybe) => Class::NetworkUnknown,
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
    let told = error.to_string();
    let advice = error.advice().unwrap_or_default();
    let told = told
        .strip_suffix(advice)
        .unwrap_or(&told)
        .trim_end()
        .trim_end_matches('.');
    let end = if told.ends_with('?') { "" } else { "." };
    let sentence = format!("{what}: {told}{end}");
    let next = if advice.is_empty() { next(error, class) } else { advice };
    Failure::new(class, error.code(), sentence, unchanged, next)
}

/// The panel gave a reason; nothing was changed by this request.
pub(crate) fn surely_refused(e: &Error) -> bool {
    matches!(e.status(), Some(400 | 401 | 403 | 404 | 409 | 422))
}

/// What to do about an error that brings no advice of its own.
fn next(error: &Error, class: Class) -> &'static str {
    match (error.kind(), class) {
        (Kind::Tls(TlsReason::UnknownIssuer), _) => {
            "Write <caFile>/path/of/that/file.pem</caFile> into the access hash in the server's settings, then test the \
             connection again."
        }
        (Kind::Tls(_), _) => {
            "Correct that at the control panel or in the server's settings, then test the connection again."
        }
        (Kind::Dns, _) => "Correct the hostname in the server's settings, or the name servers of this machine.",
        (Kind::DnsTimeout, _) => "Check the name servers of this machine, then try again.",
        (Kind::Refused, _) => "Start it, or correct address and port in the server's settings; then try again.",
        (Kind::Unreachable | Kind::ConnectTimeout, _) => {
            "Check the address in the server's settings and the firewalls between, then try again."
        }
        (_, Class::PanelForbidden) => "Add the permission to the role of the user named in the server's settings.",
        (_, Class::PanelUnauthorized) => "Correct user name and password in the server's settings.",
        (_, Class::ConfigInvalid) => "Correct the server's settings.",
        (_, Class::PanelRefused | Class::PanelNotFound) => "Correct what the control panel names, then try again.",
        _ => "Try again; what is already done is not done twice.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind) -> String {
        refusal(
            "It failed",
            &Error::new(kind, Sent::No, "cp.example.com", "GET /version.json"),
        )
        .to_string()
    }

    #[test]
    fn each_way_of_not_reaching_the_panel_ends_with_its_own_cure() {
        let general = "Try again; what is already done is not done twice.";
        for kind in [
            Kind::Refused,
            Kind::Unreachable,
            Kind::Dns,
            Kind::DnsTimeout,
            Kind::ConnectTimeout,
            Kind::Tls(TlsReason::CaFile),
            Kind::Tls(TlsReason::WrongName),
            Kind::Status(401),
        ] {
            let text = told(kind);
            assert!(!text.contains(general), "{text}");
        }
        assert!(told(Kind::ReadTimeout).ends_with(general));
    }

    #[test]
    fn advice_of_the_panel_is_said_once() {
        let error = Error::new(Kind::Status(422), Sent::Yes, "cp.example.com", "POST /x.json")
            .with_code("panel.locked")
            .with_advice("A transaction is still running there; try again when it has ended.");
        let text = refusal("It failed", &error).to_string();
        assert_eq!(text.matches("try again").count(), 1, "{text}");
        assert_eq!(text.matches("transaction").count(), 1, "{text}");
    }
}
