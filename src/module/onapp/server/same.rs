//! Whether two server records of the host lead to one control panel: ids of machines, templates and networks mean something at
//! their own alone.

use super::connect;
use crate::host::{Failure, Host, ServerGet};

/// Are these one server, or two records that lead to one address?
pub(crate) async fn is_same_server(host: &Host, one: &str, other: &str) -> Result<bool, Failure> {
    if one == other {
        return Ok(true);
    }
    let (Some(one), Some(other)) = (address(host, one).await?, address(host, other).await?) else {
        return Ok(false);
    };
    Ok(is_same_address(&one, &other))
}

/// Do they lead to one place? One record may tell the name alone, the IP address alone, or both; two that tell both tell the same.
fn is_same_address(one: &str, other: &str) -> bool {
    let (one, other) = (Place::of(one), Place::of(other));
    if one.port != other.port || (one.ip.is_some() && other.ip.is_some() && one.ip != other.ip) {
        return false;
    }
    one.name == other.name || other.ip.as_ref() == Some(&one.name) || one.ip.as_ref() == Some(&other.name)
}

/// What an address as `name:port at ip` tells, in one spelling.
struct Place {
    name: String,
    /// Empty for the usual one.
    port: String,
    ip: Option<String>,
}

impl Place {
    fn of(address: &str) -> Self {
        let lower = address.to_ascii_lowercase();
        let (authority, ip) = match lower.split_once(" at ") {
            Some((authority, ip)) => (authority, Some(ip.to_owned())),
            None => (lower.as_str(), None),
        };
        let (name, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((ip, rest)) => (ip, rest.trim_start_matches(':')),
            None => authority.split_once(':').unwrap_or((authority, "")),
        };
        Self {
            name: name.trim_end_matches('.').to_owned(),
            port: match port {
                "443" | "80" => String::new(),
                port => port.to_owned(),
            },
            ip,
        }
    }
}

/// Where a server's record leads; None where it is gone or leads nowhere.
async fn address(host: &Host, id: &str) -> Result<Option<String>, Failure> {
    let server = host.ask(&ServerGet { id: id.to_owned() }).await?.server;
    Ok(server
        .and_then(|server| connect::endpoint(&server).ok())
        .map(|at| at.address()))
}

#[cfg(test)]
mod tests {
    use super::is_same_address;

    #[test]
    fn two_records_are_one_where_they_lead_to_one_place_however_it_is_written() {
        for (one, other, same) in [
            ("cp.example.com at 10.0.0.1", "cp.example.com", true),
            ("cp.example.com at 10.0.0.1", "10.0.0.1", true),
            ("cp.example.com:8443 at 10.0.0.1", "10.0.0.1:8443", true),
            ("cp.example.com:8443 at 10.0.0.1", "10.0.0.1", false),
            ("cp.example.com at 2001:db8::7", "[2001:db8::7]", true),
            ("cp.example.com:8443 at 2001:db8::7", "[2001:db8::7]:8443", true),
            ("CP.example.com.", "cp.example.com", true),
            ("cp.example.com:443", "cp.example.com", true),
            ("cp.example.com:8443", "cp.example.com:9443", false),
            ("cp.example.com at 10.0.0.1", "cp.example.com at 10.0.0.2", false),
            ("cp.example.com at 10.0.0.1", "cp2.example.com at 10.0.0.1", false),
            ("cp.example.com", "10.0.0.1", false),
        ] {
            assert_eq!(is_same_address(one, other), same, "{one} and {other}");
            assert_eq!(is_same_address(other, one), same, "{other} and {one}");
        }
    }
}
