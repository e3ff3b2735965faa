//! What a client ordered: the product's base plus the configurable options chosen (reference: onapp-vm-module.md 2.1,
//! decisions 13 and 20b). Pure arithmetic; calls nothing. Bandwidth is a term of billing, see `terms.rs`.

use super::options::{ProductOptions, chosen, wrong_option};
use crate::host::{ChosenOption, Failure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// More than a whole core's worth of priority cannot be given.
const MOST_SHARES: u64 = 100;

/// Whichever template a VM was built from: the product names none, or those of another control panel.
pub(crate) const ANY_TEMPLATE: u64 = 0;

/// The resources of a VM as ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ordered {
    /// The template that is built; [`ANY_TEMPLATE`] for a VM that is there and may be built from whichever.
    pub(crate) template_id: u64,
    /// Those that will do as well: the others that the product offers, where nothing decides for one of them.
    #[serde(default)]
    pub(crate) other_templates: Vec<u64>,
    /// RAM in MB.
    pub(crate) memory_mb: u64,
    /// CPU cores.
    pub(crate) cpus: u64,
    /// CPU priority in percent, at most 100.
    pub(crate) cpu_shares: u64,
    /// The primary disk in GB.
    pub(crate) disk_gb: u64,
    /// Port speed in Mbps; 0 is unlimited.
    pub(crate) port_speed: u64,
    /// Addresses in the primary network.
    pub(crate) addresses: u64,
    /// What is ordered in a second network.
    pub(crate) secondary: Option<OrderedSecondary>,
}

/// An interface in a second network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OrderedSecondary {
    /// The network.
    pub(crate) network: u64,
    /// Addresses in it.
    pub(crate) addresses: u64,
    /// Port speed in Mbps; 0 is unlimited.
    pub(crate) port_speed: u64,
}

impl Ordered {
    /// Adds up product and options.
    ///
    /// # Errors
    /// `onapp.template_not_one`; `onapp.option_order` and `onapp.option_kind`, which name the configurable option.
    pub(crate) fn read(product: &ProductOptions, options: &[ChosenOption]) -> Result<Self, Failure> {
        let (addresses, secondary) = Self::networks(product, options)?;
        let sum = |base, id| sum(options, base, id);
        Ok(Self {
            template_id: template(product, options)?,
            other_templates: Vec::new(),
            memory_mb: sum(product.memory_mb, &product.memory_option)?,
            cpus: sum(product.cpus, &product.cpus_option)?,
            cpu_shares: sum(product.cpu_shares, &product.cpu_shares_option)?.min(MOST_SHARES),
            disk_gb: sum(product.disk.gb, &product.disk_option)?,
            port_speed: match product.port_speed {
                // Unlimited stays unlimited, whatever is added.
                0 => 0,
                base => sum(base, &product.port_speed_option)?,
            },
            addresses,
            secondary,
        })
    }

    /// The same for a VM that is there: whichever of the product's templates it was built from is as ordered, unless an
    /// option that was bought decides for one.
    ///
    /// # Errors
    /// As `read`.
    pub(crate) fn of_existing(product: &ProductOptions, options: &[ChosenOption]) -> Result<Self, Failure> {
        let decided = chosen(options, product.template_option.as_ref())? != 0;
        let (first, others) = match product.templates.as_slice() {
            [] => (ANY_TEMPLATE, &[][..]),
            [first, others @ ..] => (*first, others),
        };
        if decided {
            return Self::read(product, options);
        }
        let one = ProductOptions {
            templates: vec![first],
            ..product.clone()
        };
        Ok(Self {
            other_templates: others.to_vec(),
            ..Self::read(&one, options)?
        })
    }

    /// Addresses in the primary network, and what is ordered in a second one; the template does not matter.
    ///
    /// # Errors
    /// `onapp.option_order`, which names the configurable option.
    pub(crate) fn networks(
        product: &ProductOptions,
        options: &[ChosenOption],
    ) -> Result<(u64, Option<OrderedSecondary>), Failure> {
        let second = match &product.secondary {
            Some(second) => Some(OrderedSecondary {
                network: second.network,
                addresses: sum(options, second.addresses, &second.option)?,
                port_speed: second.port_speed,
            }),
            None => None,
        };
        Ok((sum(options, product.addresses, &product.addresses_option)?, second))
    }

    /// As a report shows it to staff.
    pub(crate) fn report(&self) -> Value {
        json!({
            "template": self.template_id, "memory_mb": self.memory_mb, "cpus": self.cpus, "cpu_shares": self.cpu_shares,
            "disk_gb": self.disk_gb, "port_speed": self.port_speed, "addresses": self.addresses,
            "secondary": self.secondary.as_ref().map(|second| json!({
                "network": second.network, "addresses": second.addresses, "port_speed": second.port_speed,
            })),
        })
    }
}

fn sum(options: &[ChosenOption], base: u64, id: &Option<String>) -> Result<u64, Failure> {
    let more = chosen(options, id.as_ref())?;
    base.checked_add(more).ok_or_else(|| match named(options, id) {
        Some(option) => wrong_option(option, "is too large for what it is added to"),
        None => Failure::internal("onapp.ordered", "A sum without a second term overflowed."),
    })
}

/// Whether a machine can have this name: letters, digits and dashes, separated by dots.
pub(crate) fn is_hostname(name: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        (1..=63).contains(&bytes.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

fn named<'a>(options: &'a [ChosenOption], id: &Option<String>) -> Option<&'a ChosenOption> {
    options.iter().find(|option| Some(&option.id) == id.as_ref())
}

/// The template that the client chose, or the product's only one. The Order value is the template's id: it replaces.
fn template(product: &ProductOptions, options: &[ChosenOption]) -> Result<u64, Failure> {
    if let Some(option) = named(options, &product.template_option) {
        if !matches!(option.kind.as_str(), "dropdown" | "radio") {
            return Err(Failure::setting(
                "onapp.option_kind",
                format!(
                    "The configurable option \"{}\" chooses a template and is neither a dropdown nor a radio option.",
                    option.name
                ),
                "Make it a dropdown whose Order values are template ids, or take it out of slot 19.",
            ));
        }
        match chosen(options, Some(&option.id))? {
            0 => {}
            id => return Ok(id),
        }
    }
    match product.templates.as_slice() {
        [one] => Ok(*one),
        _ => Err(not_one()),
    }
}

/// Nothing decides which template is built.
pub(crate) fn not_one() -> Failure {
    Failure::setting(
        "onapp.template_not_one",
        "The product does not have exactly one template, and the client chose none.",
        "Set one template in the product's Module Settings; or let the client choose, by a configurable option (slot 19), or on \
         the product's own page: set the service to Active without Create.",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A product of 128 MB, one core, 50 percent, 10 GB, 100 Mbps, one address, and one in a second network; its options
    /// are numbered 12 to 20 like their slots, and 33 in slot 23.
    fn product(changes: &[(usize, &str)]) -> ProductOptions {
        let mut slots: Vec<String> = ["1", "31", "128", "0,2", "1", "6", "50", "100", "1", "on,0", "10"]
            .iter()
            .map(|s| s.to_string())
            .collect();
        slots.extend(["12", "13", "14", "15", "16", "0", "1", "19", "20", "", "22"].map(str::to_owned));
        slots.push(
            r#"{"sec_net_ips":"1","sec_network_id":"8","sec_net_port_speed":"10","sec_net_configurable_option_id":"33"}"#
                .to_owned(),
        );
        slots.push(String::new());
        for (slot, value) in changes {
            *slots.get_mut(slot - 1).unwrap() = value.to_string();
        }
        ProductOptions::read(&slots).unwrap()
    }

    fn option(id: &str, kind: &str, order: &str, quantity: &str) -> ChosenOption {
        ChosenOption {
            id: id.into(),
            name: format!("Option {id}"),
            kind: kind.into(),
            order: order.into(),
            quantity: quantity.into(),
            ..ChosenOption::default()
        }
    }

    /// Resource, the id of its option, its base, and how to read it.
    type Resource = (&'static str, &'static str, u64, fn(&Ordered) -> u64);

    const ADDED: [Resource; 7] = [
        ("RAM", "12", 128, |o| o.memory_mb),
        ("CPU cores", "13", 1, |o| o.cpus),
        ("CPU priority", "14", 50, |o| o.cpu_shares),
        ("primary disk", "15", 10, |o| o.disk_gb),
        ("IP addresses", "16", 1, |o| o.addresses),
        ("port speed", "20", 100, |o| o.port_speed),
        ("secondary network IPs", "33", 1, |o| {
            o.secondary.as_ref().unwrap().addresses
        }),
    ];

    #[test]
    fn each_resource_is_the_base_plus_the_order_value_by_the_type_of_its_option() {
        for (name, id, base, of) in ADDED {
            for (kind, order, quantity, added) in [
                ("dropdown", "0", "", 0),
                ("dropdown", "16", "", 16),
                ("radio", "16", "", 16),
                ("yesno", "16", "1", 0),
                ("quantity", "4", "3", 12),
                ("quantity", "4", "0", 0),
                ("dropdown", "", "", 0),
            ] {
                let ordered = Ordered::read(&product(&[]), &[option(id, kind, order, quantity)]).unwrap();
                assert_eq!(of(&ordered), base + added, "{name} as {kind} of {order} x {quantity}");
                for (other, its_id, its_base, its) in ADDED.iter().filter(|other| other.1 != id) {
                    assert_eq!(its(&ordered), *its_base, "{name} changes {other} ({its_id})");
                }
            }
            assert_eq!(
                of(&Ordered::read(&product(&[]), &[]).unwrap()),
                base,
                "{name} without a choice"
            );
        }
    }

    #[test]
    fn the_example_of_the_readme_adds_up() {
        for (order, memory) in [("0", 128), ("128", 256), ("384", 512)] {
            let chosen = [option("12", "dropdown", order, "")];
            assert_eq!(Ordered::read(&product(&[]), &chosen).unwrap().memory_mb, memory);
        }
    }

    #[test]
    fn priority_never_exceeds_a_hundred_percent() {
        for (order, shares) in [("49", 99), ("50", 100), ("51", 100), ("1000000", 100)] {
            let chosen = [option("14", "radio", order, "")];
            assert_eq!(Ordered::read(&product(&[]), &chosen).unwrap().cpu_shares, shares);
        }
    }

    #[test]
    fn an_unlimited_port_stays_unlimited_whatever_is_added() {
        for base in ["", "0"] {
            let chosen = [option("20", "quantity", "100", "5")];
            assert_eq!(Ordered::read(&product(&[(8, base)]), &chosen).unwrap().port_speed, 0);
        }
    }

    #[test]
    fn a_templates_order_value_is_its_id_and_replaces_the_products() {
        let of = |slot2: &str, options: &[ChosenOption]| Ordered::read(&product(&[(2, slot2)]), options);
        assert_eq!(of("31", &[option("19", "dropdown", "44", "")]).unwrap().template_id, 44);
        assert_eq!(of("31,32", &[option("19", "radio", "32", "")]).unwrap().template_id, 32);
        assert_eq!(of("31", &[option("19", "dropdown", "0", "")]).unwrap().template_id, 31);
        assert_eq!(of("31", &[]).unwrap().template_id, 31);
        assert_eq!(of("31,32", &[]).unwrap_err().code, "onapp.template_not_one");
        let wrong = of("31", &[option("19", "quantity", "44", "2")]).unwrap_err();
        assert_eq!(wrong.code, "onapp.option_kind");
        assert!(wrong.message.contains("\"Option 19\""), "{}", wrong.message);
    }

    #[test]
    fn a_wrong_option_is_named() {
        let largest = u64::MAX.to_string();
        for (id, kind, order, quantity) in [
            ("12", "dropdown", "-128", ""),
            ("12", "dropdown", "much", ""),
            ("13", "quantity", "1", "many"),
            ("15", "quantity", largest.as_str(), "2"),
            ("15", "dropdown", largest.as_str(), ""),
            ("16", "", "1", ""),
            ("33", "radio", "1.5", ""),
        ] {
            let wrong = Ordered::read(&product(&[]), &[option(id, kind, order, quantity)]).unwrap_err();
            assert_eq!(wrong.code, "onapp.option_order", "{id} {kind} {order} {quantity}");
            assert!(wrong.message.contains(&format!("\"Option {id}\"")), "{}", wrong.message);
        }
    }

    #[test]
    fn a_second_network_works_with_its_included_addresses_alone() {
        let of = |slot: &str| Ordered::read(&product(&[(23, slot)]), &[]).unwrap().secondary;
        let alone =
            r#"{"sec_net_ips":"2","sec_network_id":"8","sec_net_port_speed":"","sec_net_configurable_option_id":"0"}"#;
        let expected = OrderedSecondary {
            network: 8,
            addresses: 2,
            port_speed: 0,
        };
        assert_eq!(of(alone), Some(expected));
        assert_eq!(of(""), None);
        assert_eq!(of(r#"{"sec_net_ips":"2","sec_network_id":"0"}"#), None);
    }
}
