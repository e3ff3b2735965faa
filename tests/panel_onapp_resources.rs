//! What belongs to a machine and what settings choose from, at simulated panels of every release and, for the exact words on
//! the wire, against answers written from the wire reference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
mod panel_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use panel_support::{Fake, PLANTED, RELEASES};
use provisor::http::{Basic, Client, Endpoint, Limits, Sent};
use provisor::panel::onapp::{
    FreeAddress, Move, NewFirewallRule, NewVm, Panel, PanelError, Protocol, Shutdown, TransactionStatus, Verdict, Vm,
    VmSize,
};
use provisor_simulator::{Options, Simulator};
use serde_json::{Value, json};

const CLIENT: &str = "Client-pw-1";
/// Releases of the simulator on each side of every difference in this file.
const SIMULATED: [&str; 9] = ["2.3", "3.0", "4.2", "5.1", "5.3", "5.5", "5.6", "6.5", "7.0"];

/// The server's own user at a simulated panel.
fn connect(sim: &Arc<Simulator>, step: &Arc<AtomicU64>) -> Panel {
    let endpoint = Endpoint {
        base_url: "https://cp.test".to_owned(),
        connect_ip: None,
        ca_file: None,
        credentials: Basic {
            user: sim.user.clone(),
            password: sim.password.as_str().into(),
        },
    };
    let transport = Arc::new(common::transport(sim.clone()));
    Panel::connect(Client::new(transport, endpoint, Limits::default(), step.clone())).unwrap()
}

fn order() -> NewVm {
    NewVm {
        label: "web-1".into(),
        hostname: "web1".into(),
        memory: 1024,
        cpus: 1,
        cpu_shares: Some(50),
        template_id: 1,
        primary_disk_size: 10,
        swap_disk_size: Some(1),
        hypervisor_id: Some(2),
        assign_ip: true,
        build: true,
        startup: true,
        ..NewVm::default()
    }
}

/// A simulated panel with a client's user and one machine of it that runs.
struct Cloud {
    sim: Arc<Simulator>,
    step: Arc<AtomicU64>,
    /// As the server's own user.
    staff: Panel,
    /// As the client's user.
    client: Panel,
    vm: u64,
}

impl Cloud {
    fn new(version: &str) -> Self {
        let sim = Arc::new(Simulator::in_memory(Options {
            version: version.parse().unwrap(),
            ..Options::default()
        }));
        let step = Arc::new(AtomicU64::new(1));
        let staff = connect(&sim, &step);
        let user = json!({"user": {"login": "ada", "email": "ada@client.example", "password": CLIENT, "role_ids": [2],
            "first_name": "Ada", "last_name": "Lee"}});
        assert_eq!(sim.call("POST", "/users.json", Some(&user)).0, 201);
        let client = staff.with_credentials("ada", CLIENT.into());
        let vm = client.create_vm(&order()).unwrap().id;
        let cloud = Self {
            sim,
            step,
            staff,
            client,
            vm,
        };
        cloud.pass(180);
        cloud
    }

    /// Another session of the server's own user.
    fn connect(&self) -> Panel {
        connect(&self.sim, &Arc::new(AtomicU64::new(1)))
    }

    /// Time goes by, and with it the step that may change one thing.
    fn pass(&self, seconds: i64) {
        self.sim.advance(seconds);
        self.step.fetch_add(1, Ordering::SeqCst);
    }

    fn seen(&self) -> Vm {
        self.client.vm(self.vm).unwrap().unwrap()
    }

    fn truth(&self) -> Value {
        let state = self.sim.control("GET", "state", &Value::Null).unwrap();
        let vms = state["vms"].as_array().unwrap();
        vms.iter().find(|v| v["id"] == self.vm).unwrap().clone()
    }

    /// The missing permission that the panel wrote into its own log last.
    fn missing(&self) -> Value {
        let log = self.sim.control("GET", "requests", &Value::Null).unwrap();
        log.as_array().unwrap().last().unwrap()["missing_permission"].clone()
    }

    fn calls(&self) -> usize {
        let log = self.sim.control("GET", "requests", &Value::Null).unwrap();
        log.as_array().unwrap().len()
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

// --- lists of the settings

#[test]
fn every_list_of_the_settings_is_one_call_in_each_release() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let panel = &cloud.staff;
        let before = cloud.calls();
        let names =
            |list: Vec<provisor::panel::onapp::Named>| list.into_iter().map(|n| (n.id, n.label)).collect::<Vec<_>>();
        let own = |list: &[(u64, &str)]| {
            list.iter()
                .map(|(id, label)| (*id, (*label).to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(panel.roles().unwrap()), own(&[(1, "Administrator"), (2, "User")]));
        assert_eq!(
            names(panel.user_groups().unwrap()),
            own(&[(1, "Clients"), (2, "Resellers")])
        );
        let plans = own(&[(1, "Default"), (2, "Small"), (3, "Sterling")]);
        assert_eq!(names(panel.billing_plans().unwrap()), plans, "{release}");
        assert_eq!(
            names(panel.hypervisor_zones().unwrap()),
            own(&[(1, "Zone One"), (2, "Zone Two")])
        );
        let stores = own(&[(1, "Fast disks"), (2, "Large disks")]);
        assert_eq!(names(panel.data_store_zones().unwrap()), stores, "{release}");
        let networks = own(&[(1, "Public network"), (2, "Private network"), (3, "Backend network")]);
        assert_eq!(names(panel.networks().unwrap()), networks);
        let hypervisors = panel.hypervisors().unwrap();
        let hypervisors: Vec<_> = hypervisors.iter().map(|h| (h.id, h.zone_id, h.online)).collect();
        let expected = [
            (1, Some(1), true),
            (2, Some(1), true),
            (3, Some(2), true),
            (4, Some(2), false),
        ];
        assert_eq!(hypervisors, expected);
        let templates = panel.templates().unwrap();
        let templates: Vec<_> = templates
            .iter()
            .map(|t| (t.id, t.allowed_swap, t.is_windows()))
            .collect();
        assert_eq!(
            templates,
            [(1, true, false), (2, true, false), (3, false, true)],
            "the inactive one is left out"
        );
        assert_eq!(cloud.calls() - before, 8);
        let joins = |list: Vec<provisor::panel::onapp::NetworkJoin>| {
            list.iter().map(|j| (j.id, j.network_id)).collect::<Vec<_>>()
        };
        assert_eq!(joins(panel.zone_network_joins(1).unwrap()), [(1, 1), (2, 2)]);
        assert_eq!(joins(panel.zone_network_joins(2).unwrap()), [(3, 1)]);
        assert_eq!(joins(panel.hypervisor_network_joins(2).unwrap()), [(4, 3)]);
        assert!(panel.zone_network_joins(9).unwrap_err().is_not_found());
    }
}

#[test]
fn one_template_is_read_alone_and_its_absence_is_told() {
    let cloud = Cloud::new("6.5");
    let windows = cloud.staff.template(3).unwrap().unwrap();
    assert_eq!((windows.min_disk_size, windows.min_memory_size), (Some(30), Some(1024)));
    assert!(windows.is_windows() && !windows.allowed_swap && windows.active);
    assert!(!cloud.staff.template(4).unwrap().unwrap().active);
    assert_eq!(cloud.staff.template(99), Ok(None));
}

#[test]
fn a_template_that_does_not_tell_about_swap_is_judged_by_its_system() {
    let bare = r#"[{"image_template":{"id":"1","label":"Old","operating_system":"linux"}},{"id":2,"operating_system":"Windows"}]"#;
    let templates = Fake::new("2.3", 200, bare).panel.templates().unwrap();
    assert_eq!(
        templates.iter().map(|t| t.allowed_swap).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn zones_of_other_servers_and_hypervisors_that_take_nothing_are_told_apart() {
    let zones = r#"[{"hypervisor_group":{"id":1,"label":"a","server_type":"virtual"}},{"hypervisor_group":{"id":2,"label":"b",
        "server_type":"baremetal"}},{"hypervisor_group":{"id":3,"label":"c"}},{"hypervisor_group":{"id":4,"server_type":""}}]"#;
    let zones = Fake::new("6.5", 200, zones).panel.hypervisor_zones().unwrap();
    assert_eq!(zones.iter().map(|z| z.id).collect::<Vec<_>>(), [1, 3, 4]);
    let hypervisors = r#"[{"hypervisor":{"id":1,"online":true,"enabled":true}},{"hypervisor":{"id":2,"online":"1"}},
        {"hypervisor":{"id":3,"online":true,"enabled":false}},{"hypervisor":{"id":4,"online":null}}]"#;
    let hypervisors = Fake::new("2.3", 200, hypervisors).panel.hypervisors().unwrap();
    assert_eq!(
        hypervisors.iter().map(|h| h.online).collect::<Vec<_>>(),
        [true, true, false, false]
    );
}

// --- changing a machine

#[test]
fn memory_and_cores_change_and_what_is_not_named_stays() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        assert!(!cloud.seen().resizes_without_restart);
        let size = VmSize {
            memory: Some(2048),
            cpus: Some(2),
            cpu_shares: None,
        };
        cloud.client.resize_vm(cloud.vm, &size, true).unwrap();
        cloud.pass(1);
        assert!(cloud.seen().locked);
        let error = cloud
            .client
            .resize_vm(cloud.vm, &VmSize { cpus: Some(3), ..size }, true)
            .unwrap_err();
        assert!(error.locked(), "{release}: {error}");
        cloud.pass(30);
        let vm = cloud.seen();
        assert_eq!(
            (vm.memory, vm.cpus, vm.cpu_shares),
            (Some(2048), Some(2), Some(50)),
            "{release}"
        );
    }
    let error = Cloud::new("4.2");
    let error = error
        .client
        .resize_vm(
            error.vm,
            &VmSize {
                cpu_shares: Some(101),
                ..VmSize::default()
            },
            false,
        )
        .unwrap_err();
    assert_eq!(error.fields()[0].0, "cpu_shares");
}

#[test]
fn a_resize_sends_what_changes_and_nothing_else() {
    for (size, restart, body) in [
        (
            VmSize {
                memory: Some(512),
                ..VmSize::default()
            },
            false,
            json!({"memory": 512}),
        ),
        (
            VmSize {
                memory: Some(1),
                cpus: Some(2),
                cpu_shares: Some(3),
            },
            true,
            json!({"memory": 1, "cpus": 2, "cpu_shares": 3, "allow_cold_resize": 1}),
        ),
    ] {
        let fake = Fake::new("6.5", 204, "");
        fake.panel.resize_vm(5, &size, restart).unwrap();
        let expected = (
            "PUT /virtual_machines/5.json".to_owned(),
            json!({"virtual_machine": body}),
        );
        assert_eq!(fake.sent(), expected);
    }
}

#[test]
fn a_disk_grows_and_a_smaller_one_is_refused_with_nothing_done() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let disks = cloud.client.disks(cloud.vm).unwrap().unwrap();
        assert_eq!(
            disks.iter().map(|d| (d.size, d.swap)).collect::<Vec<_>>(),
            [(10, false), (1, true)]
        );
        let primary = disks.into_iter().find(|d| d.primary && d.built).unwrap();
        let error = cloud.client.resize_disk(primary.id, 9).unwrap_err();
        assert_eq!((error.code(), error.sent()), ("panel.refused", Sent::Yes), "{release}");
        assert_eq!(cloud.truth()["starts"], 1);
        cloud.pass(1);
        cloud.client.resize_disk(primary.id, 20).unwrap();
        assert!(cloud.seen().locked);
        cloud.pass(70);
        assert_eq!(cloud.client.disks(cloud.vm).unwrap().unwrap()[0].size, 20);
        assert_eq!(cloud.seen().total_disk_size, Some(21));
        assert_eq!(cloud.truth()["booted"], true);
    }
}

#[test]
fn port_speed_is_set_and_a_second_interface_is_added_through_a_join() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let nic = cloud.staff.nics(cloud.vm).unwrap().unwrap()[0].clone();
        assert_eq!(nic.default_firewall_rule.as_deref(), Some("ACCEPT"));
        cloud.staff.set_port_speed(cloud.vm, nic.id, 200).unwrap();
        cloud.pass(5);
        let join = cloud
            .staff
            .zone_network_joins(1)
            .unwrap()
            .into_iter()
            .find(|j| j.network_id == 2)
            .unwrap();
        let added = cloud
            .staff
            .add_nic(cloud.vm, "eth1", join.id, Some(50))
            .unwrap()
            .unwrap();
        cloud.pass(10);
        let nics = cloud.staff.nics(cloud.vm).unwrap().unwrap();
        let speeds: Vec<_> = nics.iter().map(|n| (n.id, n.primary, n.rate_limit)).collect();
        assert_eq!(
            speeds,
            [(nic.id, true, Some(200)), (added.id, false, Some(50))],
            "{release}"
        );
        assert_eq!(cloud.truth()["nics"][1]["network_id"], 2);
    }
}

#[test]
fn the_plan_of_the_user_limits_what_is_changed_and_says_where() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let plan = if ["5.6", "6.5", "7.0"].contains(&release) {
            "bucket_id"
        } else {
            "billing_plan_id"
        };
        let path = format!("/users/{}.json", cloud.seen().user_id.unwrap());
        let small = json!({"user": {plan: 2}});
        assert!(cloud.sim.call("PUT", &path, Some(&small)).0 < 300, "{release}");
        let disk = cloud.client.disks(cloud.vm).unwrap().unwrap()[0].id;
        let nic = cloud.staff.nics(cloud.vm).unwrap().unwrap()[0].id;
        let memory = VmSize {
            memory: Some(4096),
            ..VmSize::default()
        };
        let refused = |error: Option<PanelError>, word: &str| {
            let error = error.unwrap_or_else(|| panic!("{release}: {word} was not limited"));
            assert_eq!(error.code(), "panel.refused", "{release}: {error}");
            assert!(error.to_string().to_lowercase().contains(word), "{release}: {error}");
            cloud.pass(1);
        };
        refused(cloud.client.resize_vm(cloud.vm, &memory, true).err(), "memory");
        refused(cloud.client.resize_disk(disk, 61).err(), "disk");
        refused(cloud.staff.set_port_speed(cloud.vm, nic, 101).err(), "rate");
        for _ in 0..3 {
            cloud.staff.assign_address(cloud.vm, nic, None).unwrap();
            cloud.pass(1);
        }
        refused(
            cloud.staff.assign_address(cloud.vm, nic, None).err(),
            "ip addresses limit",
        );
        for _ in 0..2 {
            cloud.client.take_disk_backup(disk, None).unwrap();
            cloud.pass(60);
        }
        refused(cloud.client.take_disk_backup(disk, None).err(), "backups limit");
        assert_eq!(cloud.truth()["starts"], 1, "nothing was restarted for nothing");
    }
}

#[test]
fn work_that_fails_at_the_panel_changes_nothing_and_frees_the_machine() {
    for (action, work) in [
        (
            "resize_disk",
            (|p, vm| p.resize_disk(p.disks(vm).unwrap().unwrap()[0].id, 20)) as fn(&Panel, u64) -> _,
        ),
        ("take_backup", |p, vm| {
            p.take_disk_backup(p.disks(vm).unwrap().unwrap()[0].id, None).map(drop)
        }),
        ("rebuild_network", |p, vm| p.rebuild_network(vm, None, true).map(drop)),
        ("update_custom_firewall_rule", |p, vm| p.apply_firewall(vm)),
        ("resize_virtual_machine", |p, vm| {
            p.resize_vm(
                vm,
                &VmSize {
                    memory: Some(2048),
                    ..VmSize::default()
                },
                true,
            )
        }),
    ] {
        let cloud = Cloud::new("6.5");
        let nic = cloud.staff.nics(cloud.vm).unwrap().unwrap()[0].id;
        cloud.staff.assign_address(cloud.vm, nic, None).unwrap();
        cloud.pass(1);
        cloud
            .sim
            .control("POST", "transactions", &json!({"fail": action}))
            .unwrap();
        work(&cloud.client, cloud.vm).unwrap();
        assert!(cloud.seen().locked, "{action}: accepted and not yet done");
        cloud.pass(120);
        let (vm, now) = (cloud.seen(), cloud.truth());
        assert!(!vm.locked && vm.memory == Some(1024), "{action}");
        assert_eq!(
            (&now["primary_disk_size"], &now["firewall"]),
            (&json!(10), &Value::Null),
            "{action}"
        );
        assert_eq!(now["addresses"][1]["configured"], false, "{action}");
        assert!(
            cloud
                .client
                .backups(cloud.vm)
                .unwrap()
                .unwrap()
                .iter()
                .all(|backup| !backup.built)
        );
        let log = cloud.client.vm_log(cloud.vm, 15).unwrap();
        let failed = log
            .iter()
            .find(|item| item.status == TransactionStatus::Failed)
            .unwrap();
        assert_eq!(failed.action, action);
    }
}

#[test]
fn a_users_address_changes_and_its_login_stays() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let id = cloud.seen().user_id.unwrap();
        cloud.staff.set_user_email(id, "ada@new.example").unwrap();
        let user = cloud.staff.user(id).unwrap().unwrap();
        assert_eq!(
            (user.login.as_str(), user.email.as_str()),
            ("ada", "ada@new.example"),
            "{release}"
        );
        cloud.pass(1);
        let error = cloud.staff.set_user_email(id, "admin@panel.example").unwrap_err();
        assert_eq!(error.code(), "panel.refused");
        assert!(
            error
                .to_string()
                .to_lowercase()
                .contains("email has already been taken"),
            "{release}: {error}"
        );
    }
}

// --- power, network, password

#[test]
fn a_machine_is_stopped_restarted_and_its_network_rebuilt_as_asked() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let panel = &cloud.client;
        assert!(panel.reboot_vm(cloud.vm).unwrap().is_some());
        cloud.pass(40);
        panel.stop_vm(cloud.vm).unwrap();
        cloud.pass(20);
        assert!(!cloud.seen().booted);
        panel.startup_vm(cloud.vm).unwrap();
        cloud.pass(20);
        let starts = |cloud: &Cloud| cloud.truth()["starts"].as_u64().unwrap();
        let before = starts(&cloud);
        for (shutdown, startup, more, runs) in [
            (None, false, 0, true),
            (Some(Shutdown::Graceful), true, 1, true),
            (Some(Shutdown::Soft), true, 2, true),
            (Some(Shutdown::Hard), false, 2, false),
        ] {
            panel.rebuild_network(cloud.vm, shutdown, startup).unwrap();
            cloud.pass(60);
            assert_eq!(
                (starts(&cloud) - before, cloud.seen().booted),
                (more, runs),
                "{release} {shutdown:?}"
            );
        }
    }
}

#[test]
fn a_rebuilt_network_is_asked_for_in_flat_words() {
    for (shutdown, startup, body) in [
        (None, false, json!({"force": 1, "required_startup": 0})),
        (
            Some(Shutdown::Hard),
            true,
            json!({"force": 1, "shutdown_type": "hard", "required_startup": 1}),
        ),
    ] {
        let fake = Fake::new("6.5", 201, r#"{"virtual_machine":{"id":5}}"#);
        fake.panel.rebuild_network(5, shutdown, startup).unwrap();
        let call = "POST /virtual_machines/5/rebuild_network.json".to_owned();
        assert_eq!(fake.sent(), (call, body));
    }
}

#[test]
fn a_root_password_is_given_or_made_up_and_is_in_no_error() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        cloud
            .client
            .reset_root_password(cloud.vm, Some(&"Fresh-pw-9".into()))
            .unwrap();
        cloud.pass(60);
        assert_eq!(
            cloud.seen().initial_root_password.unwrap().reveal(),
            "Fresh-pw-9",
            "{release}"
        );
        cloud.client.reset_root_password(cloud.vm, None).unwrap();
        cloud.pass(60);
        assert_ne!(cloud.seen().initial_root_password.unwrap().reveal(), "Fresh-pw-9");
        let error = cloud
            .client
            .reset_root_password(cloud.vm, Some(&"a".into()))
            .unwrap_err();
        assert!(error.to_string().contains("6 to 31"), "{error}");
    }
    let said = format!(r#"{{"errors":{{"initial_root_password":["{PLANTED} is too simple"]}}}}"#);
    let error = Fake::new("6.5", 422, &said)
        .panel
        .reset_root_password(5, Some(&PLANTED.into()))
        .unwrap_err();
    assert!(error.to_string().contains("[secret] is too simple"), "{error}");
}

// --- disks and backups

#[test]
fn automatic_backups_are_switched_on_and_off_and_twice_is_no_harm() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let disk = cloud.client.disks(cloud.vm).unwrap().unwrap()[0].id;
        for on in [true, true, false, false] {
            cloud.client.set_automatic_backups(disk, on).unwrap();
            cloud.pass(1);
            assert_eq!(
                cloud.client.disks(cloud.vm).unwrap().unwrap()[0].automatic_backups,
                on,
                "{release}"
            );
        }
    }
}

#[test]
fn a_backup_is_taken_listed_restored_and_deleted() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let disk = cloud.client.disks(cloud.vm).unwrap().unwrap()[0].id;
        let taken = cloud
            .client
            .take_disk_backup(disk, Some("before the upgrade"))
            .unwrap()
            .unwrap();
        assert!(!taken.built && taken.locked && taken.disk_id == Some(disk));
        cloud.pass(1);
        assert!(
            cloud.client.take_disk_backup(disk, None).unwrap_err().locked(),
            "{release}"
        );
        cloud.pass(60);
        let backups = cloud.client.backups(cloud.vm).unwrap().unwrap();
        let backup = &backups[0];
        assert_eq!(
            (backups.len(), backup.built, backup.note.as_deref()),
            (1, true, Some("before the upgrade"))
        );
        assert_eq!(
            (backup.kind.as_str(), backup.size_kb),
            ("normal", Some(1_000_000)),
            "{release}"
        );
        assert!(backup.created_at.is_some());
        cloud.client.restore_backup(backup.id).unwrap();
        cloud.pass(100);
        assert_eq!(cloud.truth()["backups"][0]["restored"], 1);
        cloud.client.delete_backup(backup.id).unwrap();
        cloud.pass(20);
        assert_eq!(cloud.client.backups(cloud.vm).unwrap().unwrap(), []);
        assert!(cloud.client.delete_backup(backup.id).unwrap_err().is_not_found());
    }
}

#[test]
fn a_panel_with_incremental_backups_takes_them_of_the_machine() {
    let cloud = Cloud::new("6.5");
    cloud
        .sim
        .control("POST", "quirks", &json!({"incremental_backups": true}))
        .unwrap();
    let disk = cloud.client.disks(cloud.vm).unwrap().unwrap()[0].id;
    assert_eq!(
        cloud.client.take_disk_backup(disk, None).unwrap_err().code(),
        "panel.refused"
    );
    cloud.pass(1);
    let taken = cloud.client.take_vm_backup(cloud.vm, None).unwrap().unwrap();
    assert_eq!((taken.disk_id, taken.kind.as_str()), (None, "incremental"));
}

#[test]
fn the_answer_of_an_accepted_change_may_show_nothing() {
    for (status, body) in [(201, ""), (202, " "), (204, ""), (201, r#"{"backup":{"no":"id"}}"#)] {
        let panel = |body: &str| Fake::new("6.5", status, body).panel;
        assert_eq!(panel(body).take_disk_backup(5, None), Ok(None), "{status} {body}");
        assert_eq!(panel(body).assign_address(5, 6, None), Ok(None));
        assert_eq!(panel(body).add_nic(5, "eth1", 6, None), Ok(None));
        let rule = NewFirewallRule {
            nic_id: 1,
            verdict: Verdict::Drop,
            protocol: Protocol::Icmp,
            address: None,
            port: None,
        };
        assert_eq!(panel(body).add_firewall_rule(5, &rule), Ok(None));
        assert!(panel(body).delete_firewall_rule(5, 6).is_ok() && panel(body).resize_disk(5, 6).is_ok());
    }
}

// --- addresses

#[test]
fn an_address_is_chosen_assigned_known_after_a_rebuild_and_released() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let panel = &cloud.staff;
        let vm = cloud.seen();
        let first = panel.address_joins(cloud.vm).unwrap().unwrap();
        assert_eq!((first.len(), first[0].address.as_str()), (1, "198.18.0.2"), "{release}");
        assert_eq!(first[0].gateway.as_deref(), Some("198.18.0.1"));
        assert_eq!(
            (first[0].netmask.as_deref(), first[0].network_id),
            (Some("255.255.252.0"), Some(1))
        );
        let nic = panel.nics(cloud.vm).unwrap().unwrap()[0].id;
        assert_eq!(first[0].nic_id, Some(nic));
        let free = panel.free_addresses(&vm, nic, 1).unwrap();
        assert_eq!(
            (free.len(), free[0].address.as_str()),
            (1017, "198.18.0.3"),
            "{release}"
        );
        let taken = panel.assign_address(cloud.vm, nic, Some(&free[4])).unwrap().unwrap();
        assert_eq!(taken.address, free[4].address);
        cloud.pass(1);
        let error = panel.assign_address(cloud.vm, nic, Some(&free[4])).unwrap_err();
        assert_eq!(error.code(), "panel.refused", "{release}: nobody gets it a second time");
        cloud.pass(1);
        let next = panel.assign_address(cloud.vm, nic, None).unwrap().unwrap();
        assert_eq!(next.address, "198.18.0.3", "{release}: the panel chooses");
        cloud.pass(1);
        let known = |cloud: &Cloud| {
            let rows = cloud.truth()["addresses"].as_array().unwrap().clone();
            rows.iter().filter(|row| row["configured"] == true).count()
        };
        assert_eq!(known(&cloud), 1);
        panel.rebuild_network(cloud.vm, None, true).unwrap();
        cloud.pass(20);
        assert_eq!(known(&cloud), 3);
        panel.release_address(cloud.vm, taken.id).unwrap();
        cloud.pass(1);
        assert!(panel.release_address(cloud.vm, taken.id).unwrap_err().is_not_found());
        assert_eq!(panel.address_joins(cloud.vm).unwrap().unwrap().len(), 2);
    }
}

#[test]
fn an_address_kept_for_another_client_is_not_offered() {
    for release in ["4.2", "6.5"] {
        let cloud = Cloud::new(release);
        let body = json!({"address": "198.18.0.3", "user": 1});
        cloud.sim.control("POST", "address", &body).unwrap();
        let nic = cloud.staff.nics(cloud.vm).unwrap().unwrap()[0].id;
        let free = cloud.staff.free_addresses(&cloud.seen(), nic, 1).unwrap();
        assert_eq!(free[0].address, "198.18.0.4", "{release}");
        let mine = json!({"address": "198.18.0.3", "user": cloud.seen().user_id});
        cloud.sim.control("POST", "address", &mine).unwrap();
        let free = cloud.staff.free_addresses(&cloud.seen(), nic, 1).unwrap();
        assert_eq!(free[0].address, "198.18.0.3", "{release}");
    }
}

#[test]
fn an_address_is_assigned_under_the_root_of_the_release() {
    let address = FreeAddress {
        id: Some(40),
        address: "198.18.0.41".into(),
    };
    for release in RELEASES {
        let nets = !["2.3", "3.0", "4.2"].contains(&release);
        for named in [true, false] {
            let fake = Fake::new(release, 201, "{}");
            fake.panel.assign_address(5, 6, named.then_some(&address)).unwrap();
            let mut body = json!({"network_interface_id": 6});
            let root = if nets { "ip_address" } else { "ip_address_join" };
            match (named, nets) {
                (true, true) => body["address"] = json!("198.18.0.41"),
                (true, false) => body["ip_address_id"] = json!(40),
                (false, _) => {}
            }
            let call = "POST /virtual_machines/5/ip_addresses.json".to_owned();
            assert_eq!(fake.sent(), (call, json!({ root: body })), "{release}");
        }
    }
}

#[test]
fn address_joins_are_read_wrapped_twice_once_and_bare() {
    for inner in [
        r#""ip_address":{"ip_address":{"address":"2001:db8::5/64","prefix":"64","network_id":"3"}}"#,
        r#""ip_address":{"address":"2001:db8::5","prefix":64,"network_id":3,"netmask":""}"#,
        r#""address":"2001:db8::5","prefix":64,"network_id":3"#,
    ] {
        let body = format!(r#"[{{"ip_address_join":{{"id":9,"network_interface_id":4,{inner}}}}}]"#);
        let joins = Fake::new("6.5", 200, &body).panel.address_joins(5).unwrap().unwrap();
        let join = &joins[0];
        assert_eq!(
            (join.id, join.nic_id, join.network_id),
            (9, Some(4), Some(3)),
            "{inner}"
        );
        assert_eq!(
            (join.address.as_str(), join.netmask.as_deref()),
            ("2001:db8::5", Some("/64"))
        );
    }
    let bad = r#"[{"ip_address_join":{"id":9,"ip_address":{"address":"<script>"}}}]"#;
    let error = Fake::new("6.5", 200, bad).panel.address_joins(5).unwrap_err();
    assert_eq!(error.code(), "panel.unexpected_content");
}

#[test]
fn an_address_without_the_id_that_its_release_wants_is_not_asked_for() {
    let fake = Fake::new("5.3", 201, "{}");
    let address = FreeAddress {
        id: None,
        address: "198.18.0.41".into(),
    };
    let error = fake.panel.assign_address(5, 6, Some(&address)).unwrap_err();
    assert_eq!(
        (error.code(), error.sent(), fake.asked().len()),
        ("onapp.address", Sent::No, 0)
    );
}

#[test]
fn many_who_ask_at_once_never_get_the_same_address() {
    for release in ["4.2", "6.5"] {
        let cloud = Cloud::new(release);
        let nic = cloud.staff.nics(cloud.vm).unwrap().unwrap()[0].id;
        let first = cloud.staff.free_addresses(&cloud.seen(), nic, 1).unwrap()[0].clone();
        let given: Vec<Option<String>> = std::thread::scope(|scope| {
            let ask = |named: bool| {
                let (cloud, first) = (&cloud, &first);
                scope.spawn(move || {
                    // Each is a session of its own.
                    let panel = cloud.connect();
                    let join = panel.assign_address(cloud.vm, nic, named.then_some(first));
                    join.ok().map(|join| join.unwrap().address)
                })
            };
            let asked: Vec<_> = (0..16).map(|n| ask(n % 2 == 0)).collect();
            asked.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let mut given: Vec<String> = given.into_iter().flatten().collect();
        let count = given.len();
        given.sort();
        given.dedup();
        assert_eq!(given.len(), count, "{release}: {given:?}");
        assert!(
            given.contains(&first.address) && (8..=9).contains(&count),
            "{release}: {given:?}"
        );
    }
}

#[test]
fn machines_made_at_the_same_moment_never_share_an_address() {
    for release in ["4.2", "6.5"] {
        let cloud = Cloud::new(release);
        let mut given: Vec<String> = std::thread::scope(|scope| {
            let cloud = &cloud;
            let made = (0..8).map(|_| scope.spawn(|| cloud.connect().create_vm(&order()).unwrap()));
            let made: Vec<_> = made.collect();
            let vms = made.into_iter().map(|one| one.join().unwrap());
            vms.map(|vm| vm.ip_addresses[0].address.clone()).collect()
        });
        given.sort();
        given.dedup();
        assert_eq!(given.len(), 8, "{release}");
    }
}

// --- firewall

#[test]
fn rules_are_added_ordered_deleted_and_then_put_into_force() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let panel = &cloud.client;
        let nic = panel.nics(cloud.vm).unwrap().unwrap()[0].id;
        let rule = |port: Option<&str>, protocol| NewFirewallRule {
            nic_id: nic,
            verdict: Verdict::Accept,
            protocol,
            address: port.map(|_| "192.0.2.0/24".to_owned()),
            port: port.map(str::to_owned),
        };
        let mut ids = Vec::new();
        for rule in [
            rule(Some("22"), Protocol::Tcp),
            rule(Some("5000:6000"), Protocol::Udp),
            rule(None, Protocol::Icmp),
        ] {
            ids.push(panel.add_firewall_rule(cloud.vm, &rule).unwrap().unwrap().id);
            cloud.pass(1);
        }
        let order = || {
            panel
                .firewall_rules(cloud.vm)
                .unwrap()
                .unwrap()
                .iter()
                .map(|r| r.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(order(), ids, "{release}");
        panel.move_firewall_rule(cloud.vm, ids[2], Move::Up).unwrap();
        cloud.pass(1);
        panel.move_firewall_rule(cloud.vm, ids[0], Move::Down).unwrap();
        cloud.pass(1);
        assert_eq!(order(), [ids[2], ids[0], ids[1]], "{release}");
        let first = &panel.firewall_rules(cloud.vm).unwrap().unwrap()[1];
        assert_eq!((first.command.as_str(), first.protocol.as_str()), ("ACCEPT", "TCP"));
        assert_eq!(
            (first.address.as_deref(), first.port.as_deref()),
            (Some("192.0.2.0/24"), Some("22")),
            "{release}"
        );
        panel.delete_firewall_rule(cloud.vm, ids[1]).unwrap();
        cloud.pass(1);
        panel.set_firewall_defaults(cloud.vm, &[(nic, Verdict::Drop)]).unwrap();
        cloud.pass(1);
        assert_eq!(cloud.truth()["firewall"], Value::Null);
        panel.apply_firewall(cloud.vm).unwrap();
        cloud.pass(10);
        let force = json!([{"nic": nic, "default": "DROP", "rules": [ids[2], ids[0]]}]);
        assert_eq!(cloud.truth()["firewall"], force, "{release}");
        let nics = panel.nics(cloud.vm).unwrap().unwrap();
        assert_eq!(nics[0].default_firewall_rule.as_deref(), Some("DROP"));
        let error = panel
            .add_firewall_rule(cloud.vm, &rule(Some("99999"), Protocol::Tcp))
            .unwrap_err();
        assert!(
            error.to_string().to_lowercase().contains("port is invalid"),
            "{release}: {error}"
        );
    }
}

#[test]
fn moving_a_rule_is_a_change_although_it_goes_out_by_get() {
    let fake = Fake::new("6.5", 200, " ");
    fake.panel.move_firewall_rule(5, 6, Move::Down).unwrap();
    let second = fake.panel.move_firewall_rule(5, 6, Move::Down).unwrap_err();
    assert_eq!(second.code(), "http.second_change");
    assert_eq!(
        fake.sent().0,
        "GET /virtual_machines/5/firewall_rules/6/move.json?position=down"
    );
}

// --- CPU, log, console

#[test]
fn cpu_hours_are_read_by_their_start_and_never_outside_what_was_asked() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let hours =
            json!({"vm": cloud.vm, "from": "2026-01-01T01:00:00Z", "to": "2026-01-01T05:00:00Z", "cpu_time": 2330});
        cloud.sim.control("POST", "cpu", &hours).unwrap();
        cloud.pass(24 * 3600);
        let (from, to) = (at("2026-01-01T02:00:00Z"), at("2026-01-01T04:00:00Z"));
        let rows = cloud.client.cpu_usage(cloud.vm, from, to).unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.hour, row.tenths)).collect();
        assert_eq!(rows, [(from, 2330), (at("2026-01-01T03:00:00Z"), 2330)], "{release}");
        assert!(cloud.client.cpu_usage(4711, from, to).unwrap_err().is_not_found());
    }
    let fake = Fake::new("6.5", 200, "[]");
    let error = fake
        .panel
        .cpu_usage(5, at("2026-01-01T02:30:00Z"), at("2026-01-01T04:00:00Z"))
        .unwrap_err();
    assert_eq!((error.code(), fake.asked().len()), ("onapp.period", 0));
}

#[test]
fn the_log_is_newest_first_and_leads_to_what_a_transaction_said() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        cloud.client.reboot_vm(cloud.vm).unwrap();
        let log = cloud.client.vm_log(cloud.vm, 3).unwrap();
        assert_eq!(log.len(), 3, "{release}");
        assert_eq!(
            (log[0].action.as_str(), &log[0].status),
            ("reboot_virtual_machine", &TransactionStatus::Running)
        );
        assert_eq!(
            (log[1].action.as_str(), &log[1].status),
            ("startup_virtual_machine", &TransactionStatus::Complete)
        );
        let said = cloud
            .client
            .transaction_log(log[1].transaction_id.unwrap())
            .unwrap()
            .unwrap();
        assert!(said.contains("startup_virtual_machine"), "{release}: {said}");
        assert_eq!(
            cloud.client.transaction_log(log[1].id),
            Ok(None),
            "{release}: a line's id is not its transaction's"
        );
        let queued = cloud.client.transactions(cloud.vm).unwrap();
        assert!(queued[0].is_open() && queued[0].action == "reboot_virtual_machine");
    }
    let other = r#"[{"log_item":{"id":1,"action":"x","status":"Failed","target_id":9,"target_type":"Backup"}}]"#;
    let log = Fake::new("6.5", 200, other).panel.vm_log(5, 15).unwrap();
    assert_eq!(
        (log[0].transaction_id, &log[0].status),
        (None, &TransactionStatus::Failed)
    );
}

#[test]
fn a_console_opens_on_a_running_machine_alone_and_its_key_is_a_secret() {
    for release in SIMULATED {
        let cloud = Cloud::new(release);
        let console = cloud.client.console(cloud.vm).unwrap();
        let path = console.path();
        assert_eq!(cloud.sim.handle("GET", path.reveal(), &[], b"").0, 200, "{release}");
        assert!(!format!("{console:?}").contains(console.key.reveal()));
        cloud.client.stop_vm(cloud.vm).unwrap();
        cloud.pass(20);
        assert_eq!(cloud.sim.handle("GET", path.reveal(), &[], b"").0, 404);
        assert_eq!(cloud.client.console(cloud.vm).unwrap_err().status(), Some(422));
    }
    for key in ["", "a/../../users", "a?b", "a b", "\u{e9}"] {
        let body = json!({"remote_access_session": {"id": 1, "remote_key": key}}).to_string();
        let error = Fake::new("6.5", 200, &body).panel.console(5).unwrap_err();
        assert_eq!(error.code(), "panel.unexpected_content", "{key}");
    }
}

#[test]
fn recovery_is_seen_as_a_state_of_its_own() {
    let cloud = Cloud::new("6.5");
    assert!(!cloud.seen().recovery_mode);
    let path = format!("/virtual_machines/{}/reboot.json?mode=recovery", cloud.vm);
    assert_eq!(cloud.sim.call("POST", &path, None).0, 201);
    cloud.pass(40);
    assert!(cloud.seen().recovery_mode && cloud.seen().booted);
}

// --- every verb

#[test]
fn the_two_roles_of_the_guide_suffice_or_the_missing_permission_is_named() {
    let cloud = Cloud::new("6.5");
    let vm = cloud.vm;
    let (from, to) = (at("2026-01-01T02:00:00Z"), at("2026-01-01T04:00:00Z"));
    let disk = cloud.client.disks(vm).unwrap().unwrap()[0].id;
    // The admin list of the guide has neither disks nor backups, transactions or log items.
    for (permission, error) in [
        ("disks.read", cloud.staff.disks(vm).err()),
        ("disks.update", cloud.staff.resize_disk(disk, 20).err()),
        ("backups.read", cloud.staff.backups(vm).err()),
        ("log_items.list", cloud.staff.vm_log(vm, 15).err()),
        ("transactions.list", cloud.staff.transactions(vm).err()),
        ("transactions.read", cloud.staff.transaction_log(1).err()),
        // And the client's has no network interfaces of its own to change, no template to list and nothing to build.
        ("templates.read", cloud.client.templates().err()),
        ("hypervisors.read", cloud.client.hypervisors().err()),
    ] {
        let error = error.unwrap_or_else(|| panic!("{permission} was not needed"));
        assert_eq!(error.code(), "panel.forbidden");
        assert!(
            error.to_string().contains(&format!("permission {permission} ")),
            "{error}"
        );
    }
    cloud.pass(1);
    assert_eq!(
        cloud.client.build_vm(vm, None, None, true).unwrap_err().code(),
        "panel.forbidden"
    );
    assert_eq!(cloud.missing(), "virtual_machines.build");
    // What the client's pages show, they may.
    assert!(cloud.client.disks(vm).is_ok() && cloud.client.backups(vm).is_ok() && cloud.client.vm_log(vm, 15).is_ok());
    assert!(cloud.client.transactions(vm).is_ok() && cloud.client.firewall_rules(vm).is_ok());
    assert!(cloud.client.address_joins(vm).is_ok() && cloud.client.nics(vm).is_ok());
    assert!(cloud.client.cpu_usage(vm, from, to).is_ok() && cloud.client.console(vm).is_ok());
    // What staff's pages show beside it, the server's user may, with those four granted.
    let grant = json!({"role": 1, "grant": ["disks", "backups", "transactions", "log_items"]});
    cloud.sim.control("POST", "role", &grant).unwrap();
    assert!(cloud.staff.disks(vm).is_ok() && cloud.staff.backups(vm).is_ok() && cloud.staff.vm_log(vm, 15).is_ok());
}

#[test]
fn every_new_verb_names_the_permission_it_lacks() {
    type Verb = fn(&Panel) -> Option<PanelError>;
    let verbs: [(&str, Verb); 37] = [
        ("users.update", |p| p.set_user_email(1, "a@b.example").err()),
        ("templates.read", |p| p.templates().err()),
        ("templates.read", |p| p.template(1).err()),
        ("hypervisors.read", |p| p.hypervisors().err()),
        ("hypervisor_zones.list", |p| p.hypervisor_zones().err()),
        ("data_store_zones.list", |p| p.data_store_zones().err()),
        ("networks.read", |p| p.networks().err()),
        ("hypervisor_zones.read", |p| p.zone_network_joins(1).err()),
        ("hypervisors.read", |p| p.hypervisor_network_joins(1).err()),
        ("roles.read", |p| p.roles().err()),
        ("user_groups.list", |p| p.user_groups().err()),
        ("billing_plans.list", |p| p.billing_plans().err()),
        ("virtual_machines.update", |p| {
            p.resize_vm(1, &VmSize::default(), false).err()
        }),
        ("virtual_machines.power", |p| p.stop_vm(1).err()),
        ("virtual_machines.power", |p| p.reboot_vm(1).err()),
        ("virtual_machines.rebuild_network", |p| {
            p.rebuild_network(1, None, false).err()
        }),
        ("virtual_machines.reset_root_password", |p| {
            p.reset_root_password(1, None).err()
        }),
        ("network_interfaces.create", |p| p.add_nic(1, "eth1", 2, None).err()),
        ("network_interfaces.update", |p| p.set_port_speed(1, 2, 3).err()),
        ("disks.read", |p| p.disks(1).err()),
        ("disks.update", |p| p.resize_disk(1, 2).err()),
        ("disks.autobackup", |p| p.set_automatic_backups(1, true).err()),
        ("backups.read", |p| p.backups(1).err()),
        ("backups.create", |p| p.take_disk_backup(1, None).err()),
        ("backups.create", |p| p.take_vm_backup(1, None).err()),
        ("backups.update", |p| p.restore_backup(1).err()),
        ("backups.delete", |p| p.delete_backup(1).err()),
        ("ip_address_joins.read", |p| p.address_joins(1).err()),
        ("ip_address_joins.create", |p| p.assign_address(1, 2, None).err()),
        ("ip_address_joins.delete", |p| p.release_address(1, 2).err()),
        ("firewall_rules.read", |p| p.firewall_rules(1).err()),
        ("firewall_rules.delete", |p| p.delete_firewall_rule(1, 2).err()),
        ("firewall_rules.update", |p| p.move_firewall_rule(1, 2, Move::Up).err()),
        ("firewall_rules.update", |p| p.set_firewall_defaults(1, &[]).err()),
        ("firewall_rules.update", |p| p.apply_firewall(1).err()),
        ("log_items.list", |p| p.vm_log(1, 15).err()),
        ("virtual_machines.console", |p| p.console(1).err()),
    ];
    for (permission, verb) in verbs {
        let body = r#"{"errors":["You do not have permissions for this action"]}"#;
        let fake = Fake::new("6.5", 403, body);
        let text = verb(&fake.panel).unwrap().to_string();
        assert!(text.contains(&format!("permission {permission} ")), "{text}");
        assert!(text.contains("You do not have permissions for this action"), "{text}");
        assert_eq!(fake.asked().len(), 1);
    }
}

#[test]
fn lists_of_a_machine_that_is_gone_are_none_and_never_empty() {
    let gone = || Fake::new("6.5", 404, r#"{"errors":["Resource not found"]}"#).panel;
    assert_eq!(gone().disks(5), Ok(None));
    assert_eq!(gone().backups(5), Ok(None));
    assert_eq!(gone().address_joins(5), Ok(None));
    assert_eq!(gone().firewall_rules(5), Ok(None));
    for body in ["", "{}", "<html>", "null"] {
        let panel = Fake::new("6.5", 200, body).panel;
        assert!(
            panel.disks(5).is_err() && panel.backups(5).is_err() && panel.roles().is_err(),
            "{body}"
        );
    }
}

#[test]
fn everything_is_read_from_panels_that_write_numbers_as_text_and_nothing_as_empty_text() {
    for quirks in [
        json!({"numbers_as_strings": true, "null_booleans": true}),
        json!({"null_booleans": true, "empty_for_null": true, "numbers_as_strings": true, "double_wrapped_ip": true}),
    ] {
        for release in ["2.3", "5.5", "7.0"] {
            let cloud = Cloud::new(release);
            let disk = cloud.client.disks(cloud.vm).unwrap().unwrap()[0].id;
            cloud.client.take_disk_backup(disk, None).unwrap();
            cloud.pass(60);
            let cpu = json!({"vm": cloud.vm, "hour": "2026-01-01T00:00:00Z", "cpu_time": 7});
            cloud.sim.control("POST", "cpu", &cpu).unwrap();
            cloud.pass(3 * 3600);
            let nic = cloud.client.nics(cloud.vm).unwrap().unwrap()[0].id;
            let rule = NewFirewallRule {
                nic_id: nic,
                verdict: Verdict::Accept,
                protocol: Protocol::Tcp,
                address: None,
                port: Some("22".into()),
            };
            cloud.client.add_firewall_rule(cloud.vm, &rule).unwrap();
            let read = |cloud: &Cloud| {
                let (p, vm) = (&cloud.client, cloud.vm);
                let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-01-01T02:00:00Z"));
                format!(
                    "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                    p.disks(vm).unwrap(),
                    p.backups(vm).unwrap(),
                    p.address_joins(vm).unwrap(),
                    p.firewall_rules(vm).unwrap(),
                    p.nics(vm).unwrap(),
                    p.cpu_usage(vm, from, to).unwrap(),
                    p.vm_log(vm, 15).unwrap(),
                    cloud.staff.free_addresses(&cloud.seen(), nic, 1).unwrap()[..3].to_vec(),
                    cloud.staff.templates().unwrap(),
                    cloud.staff.hypervisors().unwrap(),
                    cloud.staff.zone_network_joins(1).unwrap(),
                )
            };
            let plain = read(&cloud);
            cloud.sim.control("POST", "quirks", &quirks).unwrap();
            assert_eq!(read(&cloud), plain, "{release} {quirks}");
        }
    }
}
