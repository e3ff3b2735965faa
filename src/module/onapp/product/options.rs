//! A product's stored options: 23 slots in the formats of the old module, slot 24 ours (reference: onapp-vm-module.md 2,
//! decision 20). Reads what is stored; refuses what cannot be meant, by slot and label. Calls nothing.

use crate::host::{ChosenOption, Failure};
use crate::module::common::tags::{rest, tag};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// The labels of the 24 slots, in the order of storage. The order is part of the stored format: never reorder.
pub(crate) const LABELS: [&str; 24] = [
    "Server",
    "Templates",
    "RAM",
    "Hypervisor and zone",
    "CPU cores",
    "Primary network",
    "CPU priority",
    "Port speed",
    "Swap disk size",
    "Build and back up automatically",
    "Primary disk size",
    "Additional RAM",
    "Additional CPU cores",
    "Additional CPU priority",
    "Additional primary disk size",
    "IP address",
    "Backup",
    "Included IP addresses",
    "Additional resource (templates)",
    "Additional port speed",
    "User settings",
    "Additional bandwidth",
    "Secondary network",
    "Billing",
];

/// A size in GB and, where one is chosen, the zone of its data store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DiskSize {
    pub(crate) gb: u64,
    pub(crate) zone: Option<u64>,
}

/// Whom the OnApp user becomes (slot 21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserSettings {
    pub(crate) role_ids: Vec<u64>,
    pub(crate) user_group: Option<u64>,
    pub(crate) time_zone: Option<String>,
    pub(crate) billing_plan: u64,
}

/// A second network (slot 23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secondary {
    pub(crate) network: u64,
    /// Included addresses.
    pub(crate) addresses: u64,
    /// Mbps; 0 is unlimited.
    pub(crate) port_speed: u64,
    /// The option that adds addresses.
    pub(crate) option: Option<String>,
}

/// Who bills the traffic (decision 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Biller {
    Module,
    Whmcs,
}

/// Slot 24.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BillingSettings {
    pub(crate) biller: Biller,
    pub(crate) decimal_kb: bool,
    pub(crate) threshold: Option<String>,
    /// The largest bill that is made without a person, in the host's default currency.
    pub(crate) bound: Option<crate::money::Decimal>,
    pub(crate) zone: Option<String>,
    /// `mb`, `selected`, or nothing said.
    pub(crate) unit: Option<String>,
}

/// All slots as the code uses them.
#[derive(Clone, Debug)]
pub(crate) struct ProductOptions {
    pub(crate) templates: Vec<u64>,
    pub(crate) memory_mb: u64,
    pub(crate) hypervisor: Option<u64>,
    pub(crate) hypervisor_zone: Option<u64>,
    pub(crate) cpus: u64,
    pub(crate) network: Option<u64>,
    pub(crate) cpu_shares: u64,
    pub(crate) port_speed: u64,
    pub(crate) swap: DiskSize,
    pub(crate) build: bool,
    pub(crate) automatic_backup: bool,
    pub(crate) disk: DiskSize,
    pub(crate) memory_option: Option<String>,
    pub(crate) cpus_option: Option<String>,
    pub(crate) cpu_shares_option: Option<String>,
    pub(crate) disk_option: Option<String>,
    /// Included addresses in the primary network.
    pub(crate) addresses: u64,
    pub(crate) addresses_option: Option<String>,
    pub(crate) secondary: Option<Secondary>,
    pub(crate) template_option: Option<String>,
    pub(crate) port_speed_option: Option<String>,
    pub(crate) user: UserSettings,
}

fn wrong(slot: usize, what: &str) -> Failure {
    let label = LABELS.get(slot.wrapping_sub(1)).copied().unwrap_or("unknown");
    Failure::setting(
        "onapp.product_option",
        format!("The product setting \"{label}\" (slot {slot}) {what}."),
        "Correct it on the product's Module Settings tab.",
    )
}

struct Slots<'a>(&'a [String]);

impl<'a> Slots<'a> {
    fn text(&self, slot: usize) -> &'a str {
        self.0.get(slot.wrapping_sub(1)).map(|s| s.trim()).unwrap_or_default()
    }
    fn number(&self, slot: usize) -> Result<u64, Failure> {
        whole(self.text(slot)).ok_or_else(|| wrong(slot, "is not a whole number"))
    }
    /// Empty and 0 mean none.
    fn id(&self, slot: usize) -> Result<Option<u64>, Failure> {
        match self.text(slot) {
            "" => Ok(None),
            text => Ok(Some(whole(text).ok_or_else(|| wrong(slot, "is not an id"))?).filter(|id| *id != 0)),
        }
    }
    fn option(&self, slot: usize) -> Result<Option<String>, Failure> {
        Ok(self.id(slot)?.map(|id| id.to_string()))
    }
    fn disk(&self, slot: usize) -> Result<DiskSize, Failure> {
        let (size, zone) = split(self.text(slot));
        let gb = whole(size).ok_or_else(|| wrong(slot, "does not start with a whole number of GB"))?;
        let zone = match zone {
            "" | "0" => None,
            zone => Some(whole(zone).ok_or_else(|| wrong(slot, "names a data store zone that is no id"))?),
        };
        Ok(DiskSize { gb, zone })
    }
}

fn split(text: &str) -> (&str, &str) {
    let (first, second) = text.split_once(',').unwrap_or((text, ""));
    (first.trim(), second.trim())
}

/// A whole number; a fraction of zeros is accepted (`20.0`), because old pages stored such.
fn whole(text: &str) -> Option<u64> {
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || !fraction.bytes().all(|b| b == b'0') {
        return None;
    }
    digits.parse().ok()
}

/// Numbers of the packed slots arrive as numbers or as texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(u64),
    Text(String),
    Other(IgnoredAny),
}

/// Nothing and an empty text are 0, which means none.
fn packed(slot: usize, given: Option<&Loose>, what: &str) -> Result<u64, Failure> {
    let number = match given {
        None => Some(0),
        Some(Loose::Number(number)) => Some(*number),
        Some(Loose::Text(text)) if text.trim().is_empty() => Some(0),
        Some(Loose::Text(text)) => whole(text.trim()),
        Some(Loose::Other(_)) => None,
    };
    number.ok_or_else(|| wrong(slot, &format!("holds a {what} that is not a whole number")))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PackedUser {
    role_ids: Option<Vec<Loose>>,
    user_group: Option<Loose>,
    time_zone: Option<String>,
    billing_plan: Option<Loose>,
}

/// The names in slot 21.
const USER_NAMES: [&str; 4] = ["role_ids", "user_group", "time_zone", "billing_plan"];

/// Defaults of the old module where slot 21 is empty: role 2, billing plan 1.
fn user_settings(slots: &Slots<'_>) -> Result<UserSettings, Failure> {
    let text = slots.text(21);
    let user: PackedUser = if text.is_empty() {
        PackedUser::default()
    } else {
        serde_json::from_str(text).map_err(|_| wrong(21, "is not the JSON object that it is stored as"))?
    };
    // A name more is left alone, unless it may be meant for one of those whose default would count instead.
    let names: BTreeMap<String, IgnoredAny> = serde_json::from_str(text).unwrap_or_default();
    if (user.role_ids.is_none() || user.billing_plan.is_none())
        && let Some(name) = names.keys().find(|name| !USER_NAMES.contains(&name.as_str()))
    {
        let all = USER_NAMES.join(", ");
        return Err(wrong(21, &format!("has the name \"{name}\", which is none of {all}")));
    }
    let mut role_ids = Vec::new();
    for role in user.role_ids.iter().flatten() {
        role_ids.push(packed(21, Some(role), "role")?);
    }
    role_ids.retain(|id| *id != 0);
    if role_ids.is_empty() {
        role_ids.push(2);
    }
    let user_group = packed(21, user.user_group.as_ref(), "user group")?;
    let billing_plan = packed(21, user.billing_plan.as_ref(), "billing plan")?;
    Ok(UserSettings {
        role_ids,
        user_group: (user_group != 0).then_some(user_group),
        time_zone: user.time_zone.filter(|z| !z.is_empty()),
        billing_plan: if billing_plan == 0 { 1 } else { billing_plan },
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PackedSecondary {
    sec_net_ips: Option<Loose>,
    sec_network_id: Option<Loose>,
    sec_net_port_speed: Option<Loose>,
    sec_net_configurable_option_id: Option<Loose>,
}

/// None where slot 23 is empty or names no network.
fn secondary(slots: &Slots<'_>) -> Result<Option<Secondary>, Failure> {
    let text = slots.text(23);
    if text.is_empty() {
        return Ok(None);
    }
    let second: PackedSecondary =
        serde_json::from_str(text).map_err(|_| wrong(23, "is not the JSON object that it is stored as"))?;
    let number = |field: &Option<Loose>, what: &str| packed(23, field.as_ref(), what);
    let option = number(&second.sec_net_configurable_option_id, "configurable option")?;
    let network = number(&second.sec_network_id, "network")?;
    let second = Secondary {
        network,
        addresses: number(&second.sec_net_ips, "number of addresses")?,
        port_speed: number(&second.sec_net_port_speed, "port speed")?,
        option: (option != 0).then(|| option.to_string()),
    };
    Ok((network != 0).then_some(second))
}

fn billing_settings(text: &str) -> Result<BillingSettings, Failure> {
    let bare = rest(text);
    let said = match bare.to_ascii_lowercase().as_str() {
        "" => tag(text, "billing").unwrap_or_default(),
        "module" | "whmcs" => bare.as_str(),
        _ => return Err(wrong(24, "holds a word that is no tag, or a tag that is not closed")),
    };
    let biller = match said.to_ascii_lowercase().as_str() {
        "" | "module" => Biller::Module,
        "whmcs" => Biller::Whmcs,
        _ => return Err(wrong(24, "says neither module nor whmcs inside <billing>")),
    };
    let decimal_kb = match tag(text, "kb").unwrap_or("").to_ascii_lowercase().as_str() {
        "" | "1024" | "binary" => false,
        "1000" | "decimal" => true,
        _ => return Err(wrong(24, "says neither 1024 nor 1000 inside <kb>")),
    };
    let unit = tag(text, "unit").filter(|u| !u.is_empty()).map(str::to_ascii_lowercase);
    if unit.as_deref().is_some_and(|u| u != "mb" && u != "selected") {
        return Err(wrong(24, "says neither mb nor selected inside <unit>"));
    }
    let amount = |name: &str| -> Result<Option<crate::money::Decimal>, Failure> {
        let Some(written) = tag(text, name).filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let amount: crate::money::Decimal = written
            .parse()
            .map_err(|_| wrong(24, &format!("holds something that is no amount inside <{name}>")))?;
        if amount < crate::money::Decimal::default() {
            return Err(wrong(24, &format!("holds a negative amount inside <{name}>")));
        }
        Ok(Some(amount))
    };
    let threshold = amount("threshold")?.map(|amount| amount.to_string());
    let bound = amount("bound")?;
    let zone = tag(text, "zone").filter(|z| !z.is_empty()).map(str::to_owned);
    if zone
        .as_deref()
        .is_some_and(|name| crate::time::Zone::get(name).is_err())
    {
        return Err(wrong(
            24,
            "names a zone inside <zone> that is not known, such as Europe/Berlin",
        ));
    }
    Ok(BillingSettings {
        biller,
        decimal_kb,
        threshold,
        bound,
        zone,
        unit,
    })
}

impl BillingSettings {
    /// Slot 24 alone: billing needs no other slot.
    pub(crate) fn read(options: &[String]) -> Result<Self, Failure> {
        billing_settings(Slots(options).text(24))
    }
}

/// The bandwidth option's id (slot 22).
pub(crate) fn bandwidth_option(options: &[String]) -> Result<Option<String>, Failure> {
    Slots(options).option(22)
}

/// Slot 1 alone: which server wins over the one the host chose.
pub(crate) fn server_id(options: &[String]) -> Result<Option<String>, Failure> {
    Slots(options).option(1)
}

impl ProductOptions {
    /// Reads all slots.
    pub(crate) fn read(options: &[String]) -> Result<Self, Failure> {
        let slots = Slots(options);
        let templates = slots
            .text(2)
            .split(',')
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .map(|t| whole(t).ok_or_else(|| wrong(2, "is not a list of template ids")))
            .collect::<Result<Vec<u64>, Failure>>()?;
        let (hypervisor, zone) = split(slots.text(4));
        let id_or_none = |text: &str| match text {
            "" | "0" | "no_zone" => Ok(None),
            id => whole(id)
                .map(Some)
                .ok_or_else(|| wrong(4, "is not a hypervisor id and a zone")),
        };
        let (build, backup) = split(slots.text(10));
        let flag = |text: &str| match text.to_ascii_lowercase().as_str() {
            "on" => Ok(true),
            "" | "0" | "off" => Ok(false),
            _ => Err(wrong(10, "says neither on nor 0")),
        };
        Ok(Self {
            templates,
            memory_mb: slots.number(3)?,
            hypervisor: id_or_none(hypervisor)?,
            hypervisor_zone: id_or_none(zone)?,
            cpus: slots.number(5)?,
            network: slots.id(6)?,
            cpu_shares: slots.number(7)?,
            port_speed: if slots.text(8).is_empty() { 0 } else { slots.number(8)? },
            swap: if slots.text(9).is_empty() {
                DiskSize { gb: 0, zone: None }
            } else {
                slots.disk(9)?
            },
            build: flag(build)?,
            automatic_backup: flag(split(backup).0)?,
            disk: slots.disk(11)?,
            memory_option: slots.option(12)?,
            cpus_option: slots.option(13)?,
            cpu_shares_option: slots.option(14)?,
            disk_option: slots.option(15)?,
            addresses: if slots.text(18).is_empty() {
                1
            } else {
                slots.number(18)?
            },
            addresses_option: slots.option(16)?,
            secondary: secondary(&slots)?,
            template_option: slots.option(19)?,
            port_speed_option: slots.option(20)?,
            user: user_settings(&slots)?,
        })
    }
}

/// The Order value that a client chose, times the quantity for quantity options; nothing for yes/no (reference:
/// onapp-vm-module.md 2.1, decision 13).
pub(crate) fn chosen(options: &[ChosenOption], id: Option<&String>) -> Result<u64, Failure> {
    let Some(option) = id.and_then(|id| options.iter().find(|o| o.id == *id)) else {
        return Ok(0);
    };
    let number = |text: &str| {
        if text.is_empty() { Some(0) } else { whole(text) }
            .ok_or_else(|| wrong_option(option, "has an Order value or a quantity that is not a whole number"))
    };
    let order = number(&option.order)?;
    match option.kind.as_str() {
        "yesno" => Ok(0),
        "quantity" => match (number(&option.quantity)?, order) {
            (0, _) => Ok(0),
            (_, 0) => Err(wrong_option(
                option,
                "adds nothing, however many are bought: its Order value is empty or 0",
            )),
            (quantity, each) => quantity
                .checked_mul(each)
                .ok_or_else(|| wrong_option(option, "is too large: its quantity times its Order value")),
        },
        "dropdown" | "radio" => Ok(order),
        _ => Err(wrong_option(option, "is neither dropdown, radio, yes/no nor quantity")),
    }
}

/// A configurable option that cannot be meant, by its name.
pub(crate) fn wrong_option(option: &ChosenOption, what: &str) -> Failure {
    Failure::setting(
        "onapp.option_order",
        format!("The configurable option \"{}\" {what}.", option.name),
        "Correct the option and the Order column of its choices.",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn stored(changes: &[(usize, &str)]) -> Vec<String> {
        let mut slots: Vec<String> = ["1", "31", "1024", "0,2", "1", "6", "50", "", "1,4", "on,0", "20,4"]
            .iter()
            .map(|s| s.to_string())
            .collect();
        slots.resize(24, String::new());
        for (slot, value) in changes {
            *slots.get_mut(slot - 1).unwrap() = value.to_string();
        }
        slots
    }

    #[test]
    fn the_old_modules_formats_are_read() {
        let o = ProductOptions::read(&stored(&[
            (
                21,
                r#"{"role_ids":[2,"5"],"user_group":3,"time_zone":"Berlin","billing_plan":"7"}"#,
            ),
            (22, "19"),
        ]))
        .unwrap();
        assert_eq!((o.hypervisor, o.hypervisor_zone), (None, Some(2)));
        assert_eq!(o.swap, DiskSize { gb: 1, zone: Some(4) });
        assert!(o.build && !o.automatic_backup);
        assert_eq!(o.port_speed, 0);
        assert_eq!(o.user.role_ids, [2, 5]);
        assert_eq!((o.user.user_group, o.user.billing_plan), (Some(3), 7));
        assert_eq!(bandwidth_option(&stored(&[(22, "19")])).unwrap().as_deref(), Some("19"));
    }

    #[test]
    fn an_empty_user_slot_has_the_old_modules_defaults() {
        let o = ProductOptions::read(&stored(&[])).unwrap();
        assert_eq!((o.user.role_ids, o.user.billing_plan), (vec![2], 1));
    }

    #[test]
    fn legacy_hypervisor_and_no_zone_are_read() {
        assert_eq!(ProductOptions::read(&stored(&[(4, "9")])).unwrap().hypervisor, Some(9));
        assert_eq!(
            ProductOptions::read(&stored(&[(4, "9,no_zone")]))
                .unwrap()
                .hypervisor_zone,
            None
        );
    }

    #[test]
    fn slot_24_says_who_bills_in_tags_or_in_one_bare_word() {
        assert_eq!(billing_settings("whmcs").unwrap().biller, Biller::Whmcs);
        let b =
            billing_settings("<billing>module</billing><kb>1000</kb><threshold>0.5</threshold><unit>selected</unit>")
                .unwrap();
        assert!(b.decimal_kb && b.biller == Biller::Module);
        assert_eq!(
            (b.threshold.as_deref(), b.unit.as_deref()),
            (Some("0.5"), Some("selected"))
        );
        assert!(billing_settings("<billing>both</billing>").is_err());
        assert!(billing_settings("<threshold>much</threshold>").is_err());
    }

    #[test]
    fn an_order_value_counts_once_per_quantity_and_never_for_yes_no() {
        let option = |kind: &str, quantity: &str| ChosenOption {
            id: "7".into(),
            kind: kind.into(),
            order: "128".into(),
            quantity: quantity.into(),
            ..ChosenOption::default()
        };
        let id = Some("7".to_owned());
        assert_eq!(chosen(&[option("dropdown", "0")], id.as_ref()).unwrap(), 128);
        assert_eq!(chosen(&[option("quantity", "3")], id.as_ref()).unwrap(), 384);
        assert_eq!(chosen(&[option("yesno", "1")], id.as_ref()).unwrap(), 0);
        assert_eq!(chosen(&[], id.as_ref()).unwrap(), 0);
    }

    #[test]
    fn a_wrong_setting_is_named_by_its_label() {
        let e = ProductOptions::read(&stored(&[(3, "lots")])).unwrap_err();
        assert!(e.message.contains("\"RAM\" (slot 3)"), "{}", e.message);
    }
}
