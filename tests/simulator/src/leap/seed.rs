//! What a fresh LEAP holds. Tests rely on these ids.
//!
//! | server | host | type | seen by Tandem user 5001 |
//! |---|---|---|---|
//! | `100042` | web1.example.com | dedicated, 192.0.2.10 and .11 | yes |
//! | `000017` | db1.example.com | dedicated, 192.0.2.20, leading zeros | yes |
//! | `000201` | vm1.example.com | vm on hypervisor `900001`, 198.51.100.5 | yes |
//! | `100043` | mail1.example.com | dedicated, 192.0.2.30 | no |
//! | `SRV-a_7` | lab1.example.com | dedicated, no public address | no |
//! | `900001` | node1.example.com | vmnode | no |

use super::Credentials;
use super::machines::Machine;
use super::tandem::TandemUser;
use crate::clock::Time;
use crate::random::Random;
use std::collections::{BTreeMap, BTreeSet};

const LETTERS: &str = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

pub(crate) fn credentials(random: &mut Random) -> Credentials {
    Credentials {
        user: "reseller1".into(),
        password: format!("leap-{}&+", random.text(12, LETTERS)),
        client_id: "31337".into(),
        api_key: random.text(32, "0123456789abcdef"),
        pin: random.text(4, "123456789"),
    }
}

pub(crate) fn users(random: &mut Random) -> BTreeMap<u64, TandemUser> {
    let mut user = |id: u64, name: &str, email: &str, servers: &[&str]| {
        let servers: BTreeSet<String> = servers.iter().map(|s| (*s).to_string()).collect();
        let password = format!("tandem-{}", random.text(12, LETTERS));
        (
            id,
            TandemUser {
                id,
                name: name.into(),
                email: email.into(),
                password,
                servers,
            },
        )
    };
    BTreeMap::from([
        user(
            5001,
            "Example Hosting",
            "tandem@hosting.example",
            &["100042", "000017", "000201"],
        ),
        user(5002, "New Reseller", "nothing@hosting.example", &[]),
    ])
}

pub(crate) fn machines(now: Time) -> BTreeMap<String, Machine> {
    let since = now - chrono::Duration::days(90);
    let mut all = BTreeMap::new();
    let mut add = |id: &str, host: &str, kind: &str, ips: &[&str], rate: (u64, u64)| {
        let machine = Machine::new(id, host, kind, ips, rate, since);
        all.insert(id.to_string(), machine);
    };
    add(
        "100042",
        "web1.example.com",
        "dedicated",
        &["192.0.2.10", "192.0.2.11"],
        (12_000, 60_000),
    );
    add(
        "000017",
        "db1.example.com",
        "dedicated",
        &["192.0.2.20"],
        (8_000, 4_000),
    );
    add(
        "100043",
        "mail1.example.com",
        "dedicated",
        &["192.0.2.30"],
        (2_000, 2_000),
    );
    add("SRV-a_7", "lab1.example.com", "dedicated", &[], (0, 0));
    add("000201", "vm1.example.com", "vm", &["198.51.100.5"], (500, 1_500));
    add("900001", "node1.example.com", "vmnode", &["198.51.100.2"], (700, 1_700));
    if let Some(vm) = all.get_mut("000201") {
        vm.parent = Some("900001".into());
    }
    all
}
