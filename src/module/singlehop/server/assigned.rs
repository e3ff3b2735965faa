//! Which server belongs to which service: one row a server, one row a service (the unique keys of the table).

use super::known::{Known, blank};
use crate::host::{Change, Class, Failure, Host, Row, Service, ServiceFields, ServiceGet, is};
use crate::module::common::pages::Pages;
use crate::module::singlehop::options::Settings;
use crate::module::singlehop::tables::{ASSIGNED, MODULE, instant, must, row, stored, text};
use crate::panel::singlehop::Server;
use crate::time::{Instant, Period, hour_ceil};

/// The server of a service.
#[derive(Clone, Debug)]
pub(crate) struct Assigned {
    pub(crate) panel: String,
    pub(crate) leap_id: String,
    pub(crate) service_id: String,
    pub(crate) hostname: String,
    pub(crate) username: String,
    pub(crate) ip: Option<String>,
    /// The first moment whose traffic is the service's; None where an older release selected it.
    pub(crate) assigned_at: Option<Instant>,
    /// That moment cannot be read: nobody knows whose the traffic is.
    pub(crate) damaged: Option<Failure>,
    /// The LEAP login that the product named at the selection; None where an older release selected it.
    pub(crate) account: Option<String>,
    rev: String,
}

impl Assigned {
    fn read(row: &Row) -> Result<Self, Failure> {
        let needed = |name: &str| must(row, &ASSIGNED, name).map(str::to_owned);
        let since = instant(row, &ASSIGNED, "assigned_at");
        Ok(Self {
            panel: needed("panel")?,
            leap_id: needed("leap_id")?,
            service_id: needed("service_id")?,
            hostname: text(row, "hostname").unwrap_or_default().to_owned(),
            username: text(row, "username").unwrap_or_default().to_owned(),
            ip: text(row, "ip").map(str::to_owned),
            assigned_at: since.as_ref().ok().copied().flatten(),
            damaged: since.err(),
            account: text(row, "account").map(str::to_owned),
            rev: needed("rev")?,
        })
    }

    /// Refuses to go on where the product's settings name another panel: its server of the same id is another server.
    pub(crate) fn check_panel(&self, panel: &str) -> Result<(), Failure> {
        if self.panel == panel {
            return Ok(());
        }
        Err(Failure::new(
            Class::ConfigRefused,
            "singlehop.other_panel",
            format!(
                "Server {} ({}) was selected at {}, and the product's Module Settings now name {panel}.",
                self.hostname, self.leap_id, self.panel
            ),
            "Nothing was asked there, and nothing was changed.",
            "Correct the base address in the product's Module Settings (slot 7), or select the server again in SingleHop \
             Servers List and click Save Changes.",
        ))
    }

    /// From when on the traffic of a period is the service's own.
    pub(crate) fn since(&self, period: &Period) -> Instant {
        if self.damaged.is_some() {
            return period.end;
        }
        self.assigned_at.map_or(period.start, |at| at.max(period.start))
    }

    /// Is it the same server, held since the same moment?
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.panel, &self.leap_id, self.assigned_at) == (&other.panel, &other.leap_id, other.assigned_at)
    }

    /// What the choice of it is called in a form whose list comes from that panel. Its id alone would be the id of a server
    /// of the list.
    pub(crate) fn choice(&self, panel: Option<&str>) -> String {
        if panel == Some(self.panel.as_str()) {
            self.leap_id.clone()
        } else {
            format!("{}/{}", self.panel, self.leap_id)
        }
    }

    /// Is that choice this server?
    pub(crate) fn is_choice(&self, wanted: &str, panel: Option<&str>) -> bool {
        wanted == self.choice(None) || (wanted == self.leap_id && panel.is_none_or(|panel| panel == self.panel))
    }

    /// The changes that forget it, with what was seen of it, if it is as it was read. The traffic of the service stays.
    pub(crate) fn forgotten(&self, known: &Known) -> Vec<Change> {
        let mut changes = self.removed().to_vec();
        changes.push(blank(&self.service_id, known));
        changes
    }

    /// The changes that remove its row if it is as it was read: another service may have taken the server over since. The
    /// guard is an update's, because a deletion has none.
    pub(crate) fn removed(&self) -> [Change; 2] {
        let delete = Change::Delete {
            table: ASSIGNED.name,
            key: key(&self.panel, &self.leap_id),
        };
        [self.touched(), delete]
    }

    /// A change that succeeds only if its row is as it was read, and after which nobody takes the server over who read it
    /// before.
    fn touched(&self) -> Change {
        Change::Update {
            table: ASSIGNED.name,
            key: key(&self.panel, &self.leap_id),
            rev: self.rev.clone(),
            values: row([("hostname", self.hostname.as_str().into())]),
        }
    }

    /// The same, with the server as it is read then: what is done to it next is done while it is this service's.
    pub(crate) fn kept(&mut self) -> Change {
        let change = self.touched();
        let rev = self.rev.parse::<u64>().unwrap_or(0).saturating_add(1);
        self.rev = rev.to_string();
        change
    }

    /// Writes hostname, login and address into the host's service. Login and address are empty where nothing is known: what
    /// stands there is another server's. Without a hostname for clients the one that stands there stays: the client ordered
    /// it, or staff typed it. Again does no harm.
    pub(crate) async fn fill(&self, host: &Host) -> Result<(), Failure> {
        host.ask(&ServiceFields {
            id: self.service_id.clone(),
            domain: Some(for_clients(&self.hostname).to_owned()).filter(|name| !name.is_empty()),
            username: Some(self.username.clone()),
            dedicated_ip: Some(self.ip.clone().unwrap_or_default()),
            ..Default::default()
        })
        .await
        .map(|_| ())
    }

    /// Empties what was filled in, before the server is forgotten: the next client's address is nobody else's to read. A
    /// hostname that staff typed stays, and so does what another module wrote.
    pub(crate) async fn empty(&self, host: &Host) -> Result<(), Failure> {
        let id = self.service_id.clone();
        let Some(service) = host.ask(&ServiceGet { id: id.clone() }).await?.service else {
            return Ok(());
        };
        if service.product.module != MODULE {
            return Ok(());
        }
        host.ask(&ServiceFields {
            id,
            domain: (service.domain == self.hostname).then(String::new),
            username: Some(String::new()),
            dedicated_ip: Some(String::new()),
            ..Default::default()
        })
        .await
        .map(|_| ())
    }
}

fn key(panel: &str, leap_id: &str) -> Row {
    row([("panel", panel.into()), ("leap_id", leap_id.into())])
}

async fn one(host: &Host, conditions: Vec<crate::host::Where>) -> Result<Option<Assigned>, Failure> {
    let found = host.rows(ASSIGNED.name, conditions, vec![], 1).await?;
    found.first().map(Assigned::read).transpose()
}

/// The server of a service.
pub(crate) async fn of_service(host: &Host, service_id: &str) -> Result<Option<Assigned>, Failure> {
    one(host, vec![is("service_id", "=", service_id)]).await
}

/// The service of a server.
pub(crate) async fn of_server(host: &Host, panel: &str, leap_id: &str) -> Result<Option<Assigned>, Failure> {
    one(host, vec![is("panel", "=", panel), is("leap_id", "=", leap_id)]).await
}

/// All of them, in the order of services.
pub(crate) async fn all(host: &Host) -> Result<Vec<Assigned>, Failure> {
    let rows = Pages::of(&ASSIGNED, "service_id", vec![]).all(host).await?;
    rows.iter().map(Assigned::read).collect()
}

/// Does the holder of a server still need it? A service that is gone, is over at the host, or has a product of another
/// module by now, does not.
pub(crate) async fn is_held(host: &Host, holder: &Assigned) -> Result<bool, Failure> {
    let service = host
        .ask(&ServiceGet {
            id: holder.service_id.clone(),
        })
        .await?
        .service;
    let needs =
        |s: Service| s.product.module == MODULE && matches!(s.status.as_str(), "Pending" | "Active" | "Suspended");
    Ok(service.is_some_and(needs))
}

/// What is known of a service that loses its server to another one. Nothing where it is gone from the billing panel: its
/// number may be given again, to another client.
pub(crate) async fn known_of(host: &Host, holder: &Assigned) -> Result<Known, Failure> {
    let id = &holder.service_id;
    match host.ask(&ServiceGet { id: id.clone() }).await?.service {
        Some(_) => Known::read(host, id, Some(holder)).await,
        None => Ok(Known::default()),
    }
}

/// The changes that give a server to a service: over from a holder whose service is over, or anew. The traffic before is
/// somebody else's; [`crate::module::singlehop::traffic`] counts from the first whole day on.
pub(crate) fn given(
    service_id: &str,
    settings: &Settings,
    server: &Server,
    usual: &str,
    before: Option<(&Assigned, &Known)>,
    now: Instant,
) -> Vec<Change> {
    let panel = &settings.base.panel();
    let mut values = row([
        ("service_id", service_id.into()),
        ("hostname", hostname(&server.hostname).into()),
        (
            "username",
            server.username.as_deref().and_then(login).unwrap_or(usual).into(),
        ),
        ("ip", server.ip.map(|ip| ip.to_string()).into()),
        ("assigned_at", stored(hour_ceil(now).unwrap_or(now)).into()),
        ("account", settings.account.user.as_str().into()),
    ]);
    let change = match before {
        Some((holder, _)) => Change::Update {
            table: ASSIGNED.name,
            key: key(panel, &server.id),
            rev: holder.rev.clone(),
            values,
        },
        None => {
            values.extend(key(panel, &server.id));
            Change::Insert {
                table: ASSIGNED.name,
                values,
            }
        }
    };
    // Nor does the holder keep what was seen of it, but for the traffic that it had.
    let holder = before.map(|(holder, known)| blank(&holder.service_id, known));
    std::iter::once(change).chain(holder).collect()
}

/// The panel's word for the login, if it is one that a system could have, and does not name the vendor: clients read it
/// (decision 34).
pub(crate) fn login(text: &str) -> Option<&str> {
    let fine = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@'));
    (fine && !names_vendor(text)).then_some(text)
}

/// Does a login or a hostname name the vendor, as a part of its own or within one?
fn names_vendor(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphabetic());
    lower.contains("singlehop") || words.any(|word| matches!(word, "leap" | "xleap" | "tandem"))
}

/// The panel's hostname, if it is one: it goes into the host's records and pages.
pub(crate) fn hostname(text: &str) -> &str {
    let fine = text.len() <= 253
        && text.bytes().any(|b| b.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if fine { text } else { "" }
}

/// A hostname as clients may read it: none where it names the vendor (decision 34), as the names that a data centre gives
/// its machines do. Staff see it as it is.
pub(crate) fn for_clients(hostname: &str) -> &str {
    if names_vendor(hostname) { "" } else { hostname }
}
