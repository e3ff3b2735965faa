//! The panel as it is before anybody calls: two roles, one admin, a small cloud.
//!
//! | what | ids |
//! |---|---|
//! | roles | 1 admin role, 2 user role (the permission lists of the vendor's guide) |
//! | users | 1 `admin`, with the admin role |
//! | templates | 1 Debian 12, 2 Ubuntu 22.04 (swap, 5 GB, 128 MB), 3 Windows Server 2022 (no swap, 30 GB, 1024 MB), 4 inactive |
//! | hypervisor zones | 1 (hypervisors 1, 2), 2 (hypervisor 3; 4 is offline) |
//! | data store zones | 1, 2; data store 1 is joined to both hypervisor zones, 2 to zone 1, 3 (of zone 2) to hypervisor 3 alone |
//! | network zones and networks | 1 public 198.18.0.0/22, 2 private 10.10.0.0/24 (hypervisor zone 2 has no private network); //!   network 3 10.20.0.0/24 is of zone 2 and joined to hypervisor 2 alone |
//! | plans or buckets | 1 unlimited USD, 2 small EUR (2 VMs, 2048 MB, 2 CPUs, 60 GB, 4 addresses, 100 Mbit/s, 2 backups), 3 unlimited GBP |
//! | user groups | 1 Clients, 2 Resellers |

use super::permissions::{ADMIN, USER};
use super::state::{Address, DataStoreJoin, Hypervisor, JoinedTo, Labelled, NetworkJoin, Plan, Role, Template};

pub(crate) fn roles() -> Vec<Role> {
    let role = |id, identifier: &str, label: &str, names: &[&str]| Role {
        id,
        identifier: identifier.into(),
        label: label.into(),
        permissions: names.iter().map(|n| n.to_string()).collect(),
    };
    vec![role(1, "admin", "Administrator", ADMIN), role(2, "user", "User", USER)]
}

pub(crate) fn plans() -> Vec<Plan> {
    let unlimited = |id, label: &str, currency: &str| Plan {
        id,
        label: label.into(),
        currency: currency.into(),
        vm_limit: None,
        memory_limit: None,
        cpu_limit: None,
        disk_limit: None,
        ip_limit: None,
        rate_limit: None,
        backup_limit: None,
    };
    vec![
        unlimited(1, "Default", "USD"),
        Plan {
            vm_limit: Some(2),
            memory_limit: Some(2048),
            cpu_limit: Some(2),
            disk_limit: Some(60),
            ip_limit: Some(4),
            rate_limit: Some(100),
            backup_limit: Some(2),
            ..unlimited(2, "Small", "EUR")
        },
        unlimited(3, "Sterling", "GBP"),
    ]
}

pub(crate) fn templates() -> Vec<Template> {
    let linux = |id, label: &str, distro: &str| Template {
        id,
        label: label.into(),
        os: "linux".into(),
        distro: distro.into(),
        min_disk_size: 5,
        min_memory_size: 128,
        allowed_swap: true,
        resize_without_reboot: false,
        active: true,
    };
    vec![
        linux(1, "Debian 12 x64", "debian"),
        Template {
            resize_without_reboot: true,
            ..linux(2, "Ubuntu 22.04 x64", "ubuntu")
        },
        Template {
            os: "windows".into(),
            min_disk_size: 30,
            min_memory_size: 1024,
            allowed_swap: false,
            ..linux(3, "Windows Server 2022 x64", "2022")
        },
        Template {
            active: false,
            ..linux(4, "CentOS 5 x64", "rhel")
        },
    ]
}

pub(crate) fn hypervisors() -> Vec<Hypervisor> {
    let one = |id, zone_id, online| Hypervisor {
        id,
        label: format!("hv-{id}"),
        zone_id,
        online,
        memory: 1_048_576,
    };
    vec![one(1, 1, true), one(2, 1, true), one(3, 2, true), one(4, 2, false)]
}

pub(crate) fn labelled(rows: &[(u64, &str, Option<u64>)]) -> Vec<Labelled> {
    rows.iter()
        .map(|(id, label, group_id)| Labelled {
            id: *id,
            label: (*label).into(),
            group_id: *group_id,
        })
        .collect()
}

pub(crate) fn network_joins() -> Vec<NetworkJoin> {
    let join = |id, network_id, target, interface: &str| NetworkJoin {
        id,
        network_id,
        target,
        interface: interface.into(),
    };
    vec![
        join(1, 1, JoinedTo::Zone(1), "eth0"),
        join(2, 2, JoinedTo::Zone(1), "eth1"),
        join(3, 1, JoinedTo::Zone(2), "eth0"),
        join(4, 3, JoinedTo::Hypervisor(2), "eth2"),
    ]
}

pub(crate) fn data_store_joins() -> Vec<DataStoreJoin> {
    let join = |id, data_store_id, target| DataStoreJoin {
        id,
        data_store_id,
        target,
    };
    vec![
        join(1, 1, JoinedTo::Zone(1)),
        join(2, 2, JoinedTo::Zone(1)),
        join(3, 1, JoinedTo::Zone(2)),
        join(4, 3, JoinedTo::Hypervisor(3)),
    ]
}

pub(crate) fn addresses() -> Vec<Address> {
    let one = |id, network_id, address: String, gateway: &str, netmask: &str| Address {
        id,
        network_id,
        address,
        gateway: gateway.into(),
        netmask: netmask.into(),
        kept_for: None,
    };
    let public = (2..1020u64).map(|n| {
        let address = format!("198.18.{}.{}", n / 256, n % 256);
        one(n - 1, 1, address, "198.18.0.1", "255.255.252.0")
    });
    let private = (2..250u64).map(|n| one(5000 + n, 2, format!("10.10.0.{n}"), "10.10.0.1", "255.255.255.0"));
    let backend = (2..10u64).map(|n| one(6000 + n, 3, format!("10.20.0.{n}"), "10.20.0.1", "255.255.255.0"));
    public.chain(private).chain(backend).collect()
}
