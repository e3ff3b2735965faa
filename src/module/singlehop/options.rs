//! The product's settings: five credentials in the order of the vendor's page (reference: storegrid-singlehop.md 4.1), then
//! ours. The position is where the host stores a value: never reorder. Calls nothing.

use crate::host::{Cell, Failure};
use crate::panel::singlehop::{Account, Generation, Unit};
use crate::secret::Secret;
use serde_json::{Value, json};

/// How a service is suspended (reference: storegrid-singlehop.md 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspend {
    Endpoint,
    TandemPermission,
    VmPower,
    Local,
}

/// The setting's words for them; the first one is the default.
const SUSPEND: [(&str, Suspend); 4] = [
    ("endpoint", Suspend::Endpoint),
    ("tandem_permission", Suspend::TandemPermission),
    ("vm_power", Suspend::VmPower),
    ("local", Suspend::Local),
];

impl Suspend {
    /// These ways as a row holds them; None for none.
    pub(crate) fn stored(ways: &[Self]) -> Option<String> {
        let of = |way: &Self| SUSPEND.iter().find(|(_, known)| known == way).map(|(word, _)| *word);
        let words: Vec<&str> = ways.iter().filter_map(of).collect();
        (!words.is_empty()).then(|| words.join(","))
    }

    /// The ways that a row holds.
    pub(crate) fn parsed(text: &str) -> Vec<Self> {
        let of = |word: &str| SUSPEND.iter().find(|(known, _)| *known == word).map(|(_, way)| *way);
        text.split(',').filter_map(of).collect()
    }
}

/// What terminating a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terminate {
    Unassign,
    Cancel,
}

/// Where the panel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) secure: bool,
    /// Host and port.
    pub(crate) host: String,
    /// What stands after them.
    pub(crate) path: String,
}

impl Base {
    /// The panel whose server ids these are, whichever address and generation of its API is used. SingleHop's own hosts
    /// are one; any other panel is its host, with the port where it is not the scheme's own.
    pub(crate) fn panel(&self) -> String {
        let usual = if self.secure { ":443" } else { ":80" };
        let host = self.host.strip_suffix(usual).unwrap_or(&self.host);
        let name = host.split(':').next().unwrap_or_default().trim_end_matches('.');
        if name == VENDOR || name.strip_suffix(VENDOR).is_some_and(|rest| rest.ends_with('.')) {
            VENDOR.to_owned()
        } else {
            host.trim_end_matches('.').to_owned()
        }
    }
}

/// SingleHop's own domain: whatever lies in it knows the same servers by the same ids.
const VENDOR: &str = "singlehop.com";

/// All settings as the code uses them.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) account: Account,
    pub(crate) generation: Generation,
    pub(crate) base: Base,
    pub(crate) suspend: Suspend,
    pub(crate) terminate: Terminate,
    pub(crate) client_reboot: bool,
    pub(crate) unit: Unit,
}

/// Label, type, choices and explanation of each slot in use.
const FIELDS: [(&str, &str, &str, &str); 11] = [
    (
        "LEAP username",
        "text",
        "",
        "The user of your own LEAP account; with auth leap_key the client id.",
    ),
    ("LEAP password", "password", "", ""),
    (
        "Tandem username",
        "text",
        "",
        "The e-mail address of the user in LEAP > Tandem > Tandem Users.",
    ),
    ("Tandem password", "password", "", ""),
    ("API key", "password", "", "From the Accounts page in LEAP."),
    (
        "API generation",
        "dropdown",
        "leap3,legacy",
        "leap3: the Dropzone REST API. legacy: api.php of the LEAP before.",
    ),
    (
        "Base address",
        "text",
        "",
        "Empty for the documented one: https://dropzone.singlehop.com or https://leap.singlehop.com/api.php.",
    ),
    (
        "Suspend by",
        "dropdown",
        "endpoint,tandem_permission,vm_power,local",
        "endpoint: LEAP's own call; its path is assumed, see README.md. tandem_permission: takes the server from the Tandem \
         user; it keeps running. vm_power: stops a virtual machine. local: nothing at LEAP; the client area is closed.",
    ),
    (
        "Terminate by",
        "dropdown",
        "unassign,cancel",
        "unassign: the service forgets the server; cancel it in LEAP yourself. cancel: asks LEAP to cancel it.",
    ),
    ("Client may reboot", "yesno", "", "Shows the button in the client area."),
    (
        "Bandwidth unit",
        "dropdown",
        "bytes,kilobytes,megabytes,bits",
        "What LEAP's figures count; compare one with LEAP's own page. A kilobyte is 1024 bytes.",
    ),
];

/// `singlehop.settings`: all 24 slots.
pub(crate) fn settings() -> Value {
    let mut fields: Vec<Value> = FIELDS
        .iter()
        .map(|(name, kind, options, description)| {
            json!({
                "name": name,
                "type": kind,
                "options": options,
                "size": if matches!(*kind, "text" | "password") { "40" } else { "" },
                "default": options.split(',').next().unwrap_or_default(),
                "description": description,
            })
        })
        .collect();
    for n in fields.len()..24 {
        fields.push(
            json!({ "name": format!("Reserved {}", n + 1), "type": "text", "size": "5", "default": "",
                            "description": "Not used." }),
        );
    }
    json!({ "message": "24 fields", "fields": fields })
}

impl Settings {
    /// Reads the stored slots; an empty one has its default.
    pub(crate) fn read(slots: &[Cell]) -> Result<Self, Failure> {
        let at = |n: usize| match slots.get(n) {
            Some(Cell::Text(text)) => text.trim(),
            Some(Cell::Secret(secret)) => secret.reveal(),
            _ => "",
        };
        let secret = |n: usize| Secret::new(at(n));
        let generation = choice(
            5,
            at(5),
            &[("leap3", Generation::Leap3), ("legacy", Generation::Legacy)],
        )?;
        Ok(Self {
            account: Account {
                user: at(0).to_owned(),
                password: secret(1),
                tandem_user: at(2).to_owned(),
                tandem_password: secret(3),
                key: secret(4),
            },
            generation,
            base: base(if at(6).is_empty() { generation.base() } else { at(6) })?,
            suspend: choice(7, at(7), &SUSPEND)?,
            terminate: choice(
                8,
                at(8),
                &[("unassign", Terminate::Unassign), ("cancel", Terminate::Cancel)],
            )?,
            client_reboot: matches!(at(9), "on" | "1" | "yes" | "true"),
            unit: choice(
                10,
                at(10),
                &[
                    ("bytes", Unit::Bytes),
                    ("kilobytes", Unit::Kilobytes),
                    ("megabytes", Unit::Megabytes),
                    ("bits", Unit::Bits),
                ],
            )?,
        })
    }
}

fn wrong(slot: usize, expected: &str) -> Failure {
    let label = FIELDS.get(slot).map_or("", |field| field.0);
    Failure::setting(
        "singlehop.setting",
        format!("The setting \"{label}\" (slot {}) is not {expected}.", slot + 1),
        "Correct it in the product's Module Settings.",
    )
}

/// The value that a word stands for; the first one for no word.
fn choice<T: Copy>(slot: usize, word: &str, choices: &[(&str, T)]) -> Result<T, Failure> {
    choices
        .iter()
        .find(|(name, _)| word.is_empty() || name.eq_ignore_ascii_case(word))
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            wrong(slot, &format!("one of {}", names.join(", ")))
        })
}

/// `https://host:port/path`; without a scheme it is https.
fn base(text: &str) -> Result<Base, Failure> {
    let lower = text.to_ascii_lowercase();
    let (secure, skip) = match () {
        () if lower.starts_with("https://") => (true, 8),
        () if lower.starts_with("http://") => (false, 7),
        () => (true, 0),
    };
    let rest = text.get(skip..).unwrap_or("");
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let usable = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '@');
    if host.is_empty() || !rest.chars().all(usable) {
        return Err(wrong(6, "an address such as https://dropzone.singlehop.com"));
    }
    Ok(Base {
        secure,
        host: host.to_ascii_lowercase(),
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn slots(values: &[(usize, &str)]) -> Vec<Cell> {
        let mut slots = vec![Cell::Text(String::new()); 24];
        for (n, value) in values {
            slots[*n] = Cell::Text((*value).to_owned());
        }
        slots
    }

    #[test]
    fn empty_slots_have_the_documented_defaults() {
        let settings = Settings::read(&slots(&[])).unwrap();
        assert_eq!(settings.generation, Generation::Leap3);
        assert_eq!(settings.base.host, "dropzone.singlehop.com");
        assert!(settings.base.secure && !settings.client_reboot);
        assert_eq!(settings.suspend, Suspend::Endpoint);
        assert_eq!(settings.terminate, Terminate::Unassign);
        assert_eq!(settings.unit, Unit::Bytes);
        let legacy = Settings::read(&slots(&[(5, "legacy")])).unwrap();
        assert_eq!(
            (legacy.base.host.as_str(), legacy.base.path.as_str()),
            ("leap.singlehop.com", "/api.php")
        );
    }

    #[test]
    fn a_wrong_choice_is_named_by_label_and_slot() {
        for (slot, value) in [
            (5, "leap9"),
            (7, "pull the plug"),
            (8, "x"),
            (10, "yards"),
            (6, "https://"),
            (6, "a b"),
        ] {
            let said = Settings::read(&slots(&[(slot, value)])).unwrap_err().to_string();
            assert!(
                said.contains(FIELDS[slot].0) && said.contains(&format!("slot {}", slot + 1)),
                "{said}"
            );
        }
    }

    #[test]
    fn a_base_address_keeps_its_path_and_its_scheme() {
        let read = |text: &str| Settings::read(&slots(&[(6, text)])).unwrap().base;
        assert_eq!(read("HTTP://127.0.0.1:8080/v2/").path, "/v2/");
        assert!(!read("http://127.0.0.1:8080").secure && read("Leap.Example").secure);
        assert_eq!(read("Leap.Example").host, "leap.example");
    }

    #[test]
    fn every_address_of_singlehop_is_one_panel_and_any_other_host_is_its_own() {
        let panel = |text: &str| Settings::read(&slots(&[(6, text)])).unwrap().base.panel();
        for own in [
            "https://dropzone.singlehop.com",
            "leap.singlehop.com/api.php",
            "https://LEAP.SingleHop.com.:8443/x",
            "singlehop.com",
        ] {
            assert_eq!(panel(own), "singlehop.com", "{own}");
        }
        for (other, name) in [
            ("https://leap.example:443", "leap.example"),
            ("http://leap.example./", "leap.example"),
            ("https://leap.example:8443", "leap.example:8443"),
            ("https://notsinglehop.com", "notsinglehop.com"),
            ("https://singlehop.com.example", "singlehop.com.example"),
            ("http://[::1]:9", "[::1]:9"),
        ] {
            assert_eq!(panel(other), name, "{other}");
        }
    }

    #[test]
    fn all_24_slots_are_there() {
        let fields = settings();
        assert_eq!(fields["fields"].as_array().unwrap().len(), 24);
        assert_eq!(fields["fields"][1]["type"], "password");
    }
}
