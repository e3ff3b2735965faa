//! `onapp.settings`: the 24 fields of a product's Module Settings. Their position is storage (decision 20); labels and
//! explanations are only shown.

use super::options::LABELS;
use crate::host::Host;
use crate::module::common::verb::nothing;
use crate::module::{Env, Report};
use serde_json::{Value, json};

/// What staff read beside each field, in the order of the slots.
const DESCRIPTIONS: [&str; 24] = [
    "The server of this product. None: the one that the server group gives. Stored is its id.",
    "Template ids, separated by commas. Exactly one, unless clients choose through slot 19.",
    "MB.",
    "Hypervisor id (0: automatic), a comma, hypervisor zone id (0: automatic, or no_zone).",
    "Cores.",
    "Network id.",
    "Percent, 1 to 100.",
    "Mbit/s. Empty or 0: unlimited.",
    "GB, or GB, a comma and a data store zone id.",
    "Two words separated by a comma, each on or 0: build automatically, back up automatically.",
    "GB, or GB, a comma and a data store zone id.",
    "The configurable option whose Order value adds MB of RAM. Stored is its id; 0: none.",
    "The configurable option that adds cores. Stored is its id; 0: none.",
    "The configurable option that adds percent. Stored is its id; 0: none.",
    "The configurable option that adds GB. Stored is its id; 0: none.",
    "The configurable option that adds addresses on the primary network. Stored is its id; 0: none.",
    "Not used; kept for its stored value.",
    "Addresses on the primary network.",
    "The configurable option whose Order value is a template id: a dropdown or radio buttons. Stored is its id; 0: none.",
    "The configurable option that adds Mbit/s. Stored is its id; 0: none.",
    "JSON: role_ids, user_group, time_zone, billing_plan of the OnApp users. Empty: role 2, billing plan 1.",
    "The configurable option that adds MB of included transfer. Stored is its id; 0: none.",
    "JSON of the secondary network: sec_network_id, sec_net_ips, sec_net_port_speed, sec_net_configurable_option_id.",
    "Tags: <billing>module</billing> or whmcs, <kb>1024</kb> or 1000, <threshold>0.10</threshold>, <bound>1000</bound>, \
     <zone>Europe/Berlin</zone>, <unit>mb</unit> or selected.",
];

/// The slots that are one choice from a list. The host has `servers`, `options` (the product's configurable options that have
/// an Order value to add: dropdown, radio, quantity) and `template_options` (where one choice is made: dropdown, radio); the
/// other lists are the control panel's, see `choices.rs`.
const LISTS: [(usize, &str); 12] = [
    (1, "servers"),
    (2, "templates"),
    (4, "hypervisors"),
    (6, "networks"),
    (12, "options"),
    (13, "options"),
    (14, "options"),
    (15, "options"),
    (16, "options"),
    (19, "template_options"),
    (20, "options"),
    (22, "options"),
];

/// The fields, one per slot.
pub(crate) async fn settings(_host: Host, _env: Env, input: Value) -> Report {
    nothing(input)?;
    let list = |slot: usize| LISTS.iter().find(|(of, _)| *of == slot).map_or("", |(_, list)| *list);
    let fields: Vec<Value> = LABELS
        .iter()
        .zip(DESCRIPTIONS)
        .zip(1..)
        .map(|((name, description), slot)| {
            json!({ "name": name, "type": "text", "size": "40", "default": "", "description": description,
                    "list": list(slot) })
        })
        .collect();
    Ok(json!({ "message": "24 fields", "fields": fields }))
}
