//! From a server record of the host to a panel that can be called: address and TLS (decision 10), extras of the access
//! hash (decision 11), and the panel's version, which is asked once a day and server, not once a call. Wire formats depend
//! on it, so an order asks again after ten minutes, and what a refusal or Test connection tells counts at once.

use crate::host::{Change, Failure, Host, Row, Server, ServerGet, is};
use crate::http::{Address, Basic, Client, Endpoint, Limits};
use crate::module::Env;
use crate::module::common::refusal::refusal;
use crate::module::common::tags::{is_open, tag, yes};
use crate::module::onapp::tables::{MODULE, SERVERS, instant, row, stored, text};
use crate::panel::onapp::{Panel, Version};
use crate::time::Zone;
use chrono::TimeDelta;
use std::time::Duration;

/// The HTTP client of a server, as the server's own user.
///
/// # Errors
/// `onapp.server_type` for a server of another module: its credentials go to no OnApp. Whatever is wrong with its settings.
pub(crate) fn client(host: &Host, env: &Env, server: &Server) -> Result<Client, Failure> {
    if !matches!(server.module.as_str(), "" | MODULE) {
        return Err(Failure::setting(
            "onapp.server_type",
            format!(
                "The server \"{}\" is one of the module {}, not of OnApp; it was asked nothing.",
                server.name, server.module
            ),
            "Choose a server of the type OnApp in the product's Module Settings (slot 1) or on the service.",
        ));
    }
    let extras = server.access_hash.reveal();
    if server.username.is_empty() || server.password.is_empty() {
        return Err(Failure::setting(
            "onapp.server_credentials",
            format!("The server \"{}\" has no user name or no password.", server.name),
            "Enter both in the server's settings.",
        ));
    }
    let endpoint = endpoint(server)?;
    // A step always ends well inside its lease, whatever is configured: nobody takes a claim over in mid-request.
    let longest = u64::from(host.limits().lease_seconds / 3).max(1);
    let read = tag(extras, "timeout")
        .and_then(|t| t.parse().ok())
        .filter(|seconds| *seconds > 0)
        .unwrap_or(host.limits().read_seconds)
        .min(longest);
    let limits = Limits {
        connect: Duration::from_secs(host.limits().connect_seconds.min(longest)),
        read: Duration::from_secs(read),
        step: Duration::from_secs(host.limits().step_seconds.max(read).min(longest)),
        ..Limits::default()
    };
    Ok(Client::new(
        env.transport.clone(),
        endpoint,
        limits,
        host.step_counter(),
    ))
}

/// Checks what staff wrote into the access hash (decision 11), when they press Test connection: elsewhere an extra that
/// cannot be read counts as not set.
pub(crate) fn check_extras(server: &Server) -> Result<(), Failure> {
    let extras = server.access_hash.reveal();
    let refused = |sentence: String| {
        Err(Failure::setting(
            "onapp.access_hash",
            sentence,
            "Correct the server's access hash.",
        ))
    };
    for name in ["caFile", "plainHttp", "timeout", "zone"] {
        if is_open(extras, name) {
            return refused(format!("<{name}> in the access hash is not closed with </{name}>."));
        }
    }
    if tag(extras, "timeout").is_some_and(|t| t.parse::<u64>().map_or(true, |seconds| seconds == 0)) {
        return refused("<timeout> in the access hash is not a number of seconds above zero.".to_owned());
    }
    if let Some(zone) = tag(extras, "zone").filter(|zone| !zone.is_empty())
        && Zone::get(zone).is_err()
    {
        return refused("<zone> in the access hash is not a time zone such as Europe/Berlin.".to_owned());
    }
    Ok(())
}

/// Where a server record leads, and as whom.
///
/// # Errors
/// An address that cannot be used.
pub(crate) fn endpoint(server: &Server) -> Result<Endpoint, Failure> {
    let extras = server.access_hash.reveal();
    let address = Address {
        hostname: named(&server.hostname, &server.ip, &server.port),
        ip: server.ip.clone(),
        secure: server.secure,
        plain_http: yes(tag(extras, "plainHttp")),
        ca_file: tag(extras, "caFile").filter(|f| !f.is_empty()).map(Into::into),
    };
    let user = Basic {
        user: server.username.clone(),
        password: server.password.clone(),
    };
    Endpoint::new(&address, user).map_err(|e| refusal("The server's address cannot be used", &e))
}

/// The name to call, with the server's own port: without a path, and with brackets around a bare IPv6 address, whose last
/// group would be a port otherwise. A port that stands in the hostname counts. Where no hostname is entered the IP address
/// is the name, so that the port is not lost with it.
fn named(hostname: &str, ip: &str, port: &str) -> String {
    let entered = match hostname.trim() {
        "" => ip.trim(),
        hostname => hostname,
    };
    let (scheme, rest) = entered.split_at(entered.find("://").map_or(0, |at| at.saturating_add(3)));
    let bare = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = match bare.parse::<std::net::Ipv6Addr>() {
        Ok(ip) => format!("[{ip}]"),
        Err(_) => bare.to_owned(),
    };
    let has_port = name.rsplit(']').next().unwrap_or_default().contains(':');
    match port.trim() {
        _ if name.is_empty() || has_port => format!("{scheme}{name}"),
        "" | "80" | "443" => format!("{scheme}{name}"),
        port => format!("{scheme}{name}:{port}"),
    }
}

/// The panel of a server, as the server's own user.
pub(crate) async fn panel(host: &Host, env: &Env, server: &Server) -> Result<Panel, Failure> {
    panel_seen_within(host, env, server, TimeDelta::hours(24)).await
}

/// The same for a new user or VM, which an upgraded panel may want in other words.
pub(crate) async fn panel_for_order(host: &Host, env: &Env, server: &Server) -> Result<Panel, Failure> {
    panel_seen_within(host, env, server, TimeDelta::minutes(10)).await
}

async fn panel_seen_within(host: &Host, env: &Env, server: &Server, age: TimeDelta) -> Result<Panel, Failure> {
    let client = client(host, env, server)?;
    let conditions = vec![is("module", "=", MODULE), is("server_id", "=", &server.id)];
    let known = host.rows(SERVERS.name, conditions, vec![], 1).await?.into_iter().next();
    if let Some(known) = &known {
        // The row is a copy of what the panel said: where it cannot be read the panel is asked anew.
        let seen = instant(known, &SERVERS, "seen_at").ok().flatten();
        let fresh = seen.is_some_and(|seen| seen <= host.now() && host.now() - seen < age);
        let version = text(known, "version").and_then(|v| v.parse::<Version>().ok());
        if let (true, Some(version), Some(address)) = (fresh, version, text(known, "address"))
            && address == client.address()
        {
            return Ok(Panel::new(client, version));
        }
    }
    let opened = Panel::connect(client).map_err(|e| refusal("OnApp's version could not be read", &e))?;
    note_version(host, &server.id, &opened).await?;
    Ok(opened)
}

fn key(server_id: &str) -> Row {
    row([("module", MODULE.into()), ("server_id", server_id.into())])
}

/// Notes the version that a panel has just told.
pub(crate) async fn note_version(host: &Host, server_id: &str, panel: &Panel) -> Result<(), Failure> {
    let mut values = key(server_id);
    values.extend(row([
        ("address", panel.client().address().into()),
        ("version", panel.known_version().to_string().into()),
        ("seen_at", stored(host.now()).into()),
    ]));
    let noted = Change::Put {
        table: SERVERS.name,
        values,
    };
    host.apply(vec![noted]).await.map(|_| ())
}

/// Forgets the version of a server's panel: the next call asks for it.
pub(crate) async fn forget_version(host: &Host, server_id: &str) -> Result<(), Failure> {
    let dropped = Change::Delete {
        table: SERVERS.name,
        key: key(server_id),
    };
    host.apply(vec![dropped]).await.map(|_| ())
}

/// The server on which a service's VM was made.
pub(crate) async fn recorded_server(host: &Host, id: &str) -> Result<Server, Failure> {
    server(host, id).await.map_err(|failure| match failure.code.as_str() {
        "onapp.server_missing" => Failure {
            message: format!("There is no server with id {id} any more, on which the service's VM was made."),
            unchanged: "Nothing was changed; the VM is still at OnApp, which keeps its hours for three months.".to_owned(),
            next: "Restore that server record with its id from a backup of the billing panel; a new record with another id \
                   does not replace it."
                .to_owned(),
            ..failure
        },
        _ => failure,
    })
}

/// A server record by id.
pub(crate) async fn server(host: &Host, id: &str) -> Result<Server, Failure> {
    host.ask(&ServerGet { id: id.to_owned() }).await?.server.ok_or_else(|| {
        Failure::setting(
            "onapp.server_missing",
            format!("There is no server with id {id}."),
            "Choose an existing server in the product's Module Settings (slot 1) or on the service.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn the_port_of_a_server_without_hostname_is_kept() {
        assert_eq!(named("", "192.0.2.7", "8443"), "192.0.2.7:8443");
        assert_eq!(named("", "2001:db8::7", "8443"), "[2001:db8::7]:8443");
        assert_eq!(named("cp.example.com", "192.0.2.7", "8443"), "cp.example.com:8443");
        assert_eq!(
            named("https://cp.example.com/", "", "8443"),
            "https://cp.example.com:8443"
        );
        assert_eq!(named("", "192.0.2.7", "443"), "192.0.2.7");
        assert_eq!(named("", "", "8443"), "");
    }

    #[test]
    fn the_port_is_added_to_the_host_and_to_nothing_else() {
        for (hostname, port, called) in [
            // Digits behind the last colon are part of a bare IPv6 address.
            ("2001:db8::7", "8443", "[2001:db8::7]:8443"),
            ("2001:db8::7", "443", "[2001:db8::7]"),
            ("[2001:db8::7]", "8443", "[2001:db8::7]:8443"),
            ("[2001:db8::7]:9443", "8443", "[2001:db8::7]:9443"),
            ("https://2001:db8::7/", "8443", "https://[2001:db8::7]:8443"),
            ("https://cp.example.com/admin", "8443", "https://cp.example.com:8443"),
            ("cp.example.com/admin?x=1#top", "8443", "cp.example.com:8443"),
            ("HTTP://cp.example.com", "8443", "HTTP://cp.example.com:8443"),
            // The port that stands in the hostname counts.
            ("cp.example.com:8443", "8443", "cp.example.com:8443"),
            ("cp.example.com:9443", "8443", "cp.example.com:9443"),
            ("https://cp.example.com:9443/", "8443", "https://cp.example.com:9443"),
            ("https://", "8443", "https://"),
        ] {
            assert_eq!(named(hostname, "", port), called, "{hostname} and {port}");
        }
    }
}
