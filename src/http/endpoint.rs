//! Where a panel is: the address that the host's server record gives, turned into one base address (decision 10).
//!
//! Does not own how a connection is made.

use std::net::IpAddr;
use std::path::PathBuf;

use super::{Basic, Error};

/// A server record of the host, as staff entered it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The hostname, with or without `http://`, `https://` and a port; may be empty when an IP is given.
    pub hostname: String,
    /// The IP address; may be empty.
    pub ip: String,
    /// The host's "secure" tick.
    pub secure: bool,
    /// True only after staff allowed unencrypted connections with `<plainHttp>yes</plainHttp>`.
    pub plain_http: bool,
    /// Own CA file, from `<caFile>`.
    pub ca_file: Option<PathBuf>,
}

/// One panel and the user we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme, host and port without a slash at the end: `https://cp.example.com`.
    pub base_url: String,
    /// Connect here; the certificate and `Host` follow `base_url`.
    pub connect_ip: Option<IpAddr>,
    /// Certificates (PEM) trusted beside the bundled public roots.
    pub ca_file: Option<PathBuf>,
    /// The user and the password or API key.
    pub credentials: Basic,
}

impl Endpoint {
    /// The endpoint of a server record.
    ///
    /// Scheme: https when the tick or an `https://` prefix says so. Connect to the IP when one is given, else to the
    /// hostname; the certificate is checked against the hostname when there is one. Plain http beyond the loopback needs
    /// `plain_http`.
    ///
    /// ```
    /// use provisor::http::{Address, Basic, Endpoint};
    /// let address = Address { hostname: "cp.example.com".into(), ip: "192.0.2.7".into(), secure: true, ..Address::default() };
    /// let user = Basic { user: "admin".into(), password: "pw".into() };
    /// let endpoint = Endpoint::new(&address, user).unwrap();
    /// assert_eq!(endpoint.base_url, "https://cp.example.com");
    /// assert_eq!(endpoint.connect_ip.unwrap().to_string(), "192.0.2.7");
    /// ```
    ///
    /// # Errors
    /// `http.address` when neither field holds a usable address; `http.plain_http` when the connection would be
    /// unencrypted and nobody allowed it.
    pub fn new(address: &Address, credentials: Basic) -> Result<Self, Error> {
        let (prefix, name) = split_scheme(address.hostname.trim());
        let (ip_prefix, ip) = split_scheme(address.ip.trim());
        let secure = address.secure || prefix == Some("https") || ip_prefix == Some("https");
        let shown = if name.is_empty() { ip } else { name };
        let wrong = |what: &str| {
            Error::config(
                "http.address",
                shown,
                format!(
                    "{what}: enter the control panel's hostname, its IP address, or both, in the server's settings"
                ),
            )
        };
        let connect_ip = match ip {
            "" => None,
            text => Some(parse_ip(text).ok_or_else(|| wrong("the server's IP address is not an IP address"))?),
        };
        let authority = match (name, connect_ip) {
            ("", None) => return Err(wrong("the server has no address")),
            ("", Some(IpAddr::V4(ip))) => ip.to_string(),
            ("", Some(IpAddr::V6(ip))) => format!("[{ip}]"),
            (name, _) => match name.parse::<std::net::Ipv6Addr>() {
                Ok(ip) => format!("[{ip}]"),
                Err(_) => name.to_owned(),
            },
        };
        let host = host_of(&authority);
        let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        if host.is_empty() || !authority.chars().all(usable) {
            return Err(wrong("the server's hostname is not a hostname"));
        }
        let target = connect_ip.or_else(|| host.parse().ok());
        let loopback = match target {
            Some(ip) => ip.is_loopback(),
            None => host.eq_ignore_ascii_case("localhost"),
        };
        if !secure && !loopback && !address.plain_http {
            return Err(Error::config(
                "http.plain_http",
                shown,
                "the connection would not be encrypted and nothing was sent: tick Secure in the server's settings, or, to \
                 accept that passwords can be read on the way, add <plainHttp>yes</plainHttp> to its Access Hash",
            ));
        }
        Ok(Self {
            base_url: format!("{}://{authority}", if secure { "https" } else { "http" }),
            connect_ip,
            ca_file: address.ca_file.clone(),
            credentials,
        })
    }

    /// Host and port as messages name them.
    pub fn host(&self) -> &str {
        split_scheme(&self.base_url).1
    }

    /// Host, port and, where requests go to an IP address that the host does not name, that address too: two servers of one
    /// name differ in it.
    ///
    /// ```
    /// use provisor::http::{Address, Basic, Endpoint};
    /// let address = Address { hostname: "cp.example.com".into(), ip: "192.0.2.7".into(), secure: true, ..Address::default() };
    /// let user = Basic { user: "admin".into(), password: "pw".into() };
    /// let endpoint = Endpoint::new(&address, user).unwrap();
    /// assert_eq!(endpoint.address(), "cp.example.com at 192.0.2.7");
    /// ```
    pub fn address(&self) -> String {
        let host = self.host();
        match self.connect_ip {
            Some(ip) if host_of(host).parse() != Ok(ip) => format!("{host} at {ip}"),
            _ => host.to_owned(),
        }
    }
}

/// Splits `https://name:port/rest` into the scheme, if one is named, and `name:port`.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let (scheme, rest) = if lower.starts_with("https://") {
        (Some("https"), text.get(8..).unwrap_or(""))
    } else if lower.starts_with("http://") {
        (Some("http"), text.get(7..).unwrap_or(""))
    } else {
        (None, text)
    };
    (scheme, rest.split(['/', '?', '#']).next().unwrap_or(""))
}

/// The host of `name:port`, without the brackets of an IPv6 address.
pub(super) fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

fn parse_ip(text: &str) -> Option<IpAddr> {
    text.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn endpoint(hostname: &str, ip: &str, secure: bool, plain_http: bool) -> Result<(String, Option<String>), String> {
        let address = Address {
            hostname: hostname.into(),
            ip: ip.into(),
            secure,
            plain_http,
            ca_file: None,
        };
        let user = Basic {
            user: "u".into(),
            password: "planted".into(),
        };
        Endpoint::new(&address, user)
            .map(|e| (e.base_url, e.connect_ip.map(|ip| ip.to_string())))
            .map_err(|e| e.code().to_owned())
    }

    #[test]
    fn the_scheme_and_the_address_follow_decision_10() {
        let ok = |url: &str, ip: Option<&str>| Ok((url.to_owned(), ip.map(str::to_owned)));
        assert_eq!(endpoint("cp.example", "", true, false), ok("https://cp.example", None));
        assert_eq!(
            endpoint("HTTPS://cp.example/", "", false, false),
            ok("https://cp.example", None)
        );
        assert_eq!(
            endpoint("http://cp.example:8443", "", true, false),
            ok("https://cp.example:8443", None)
        );
        assert_eq!(
            endpoint("cp.example", "192.0.2.1", true, false),
            ok("https://cp.example", Some("192.0.2.1"))
        );
        assert_eq!(
            endpoint("", "192.0.2.1", true, false),
            ok("https://192.0.2.1", Some("192.0.2.1"))
        );
        assert_eq!(
            endpoint("", "2001:db8::1", true, false),
            ok("https://[2001:db8::1]", Some("2001:db8::1"))
        );
        assert_eq!(endpoint("cp.example", "", false, true), ok("http://cp.example", None));
        assert_eq!(
            endpoint("127.0.0.1:8080", "", false, false),
            ok("http://127.0.0.1:8080", None)
        );
        assert_eq!(
            endpoint("localhost:8080", "", false, false),
            ok("http://localhost:8080", None)
        );
    }

    #[test]
    fn plain_http_beyond_the_loopback_needs_a_word_of_staff() {
        for (hostname, ip) in [
            ("cp.example", ""),
            ("localhost", "192.0.2.1"),
            ("", "192.0.2.1"),
            ("localhost.example", ""),
        ] {
            assert_eq!(
                endpoint(hostname, ip, false, false),
                Err("http.plain_http".into()),
                "{hostname} {ip}"
            );
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for (hostname, ip) in [
            ("", ""),
            ("user@cp.example", ""),
            ("cp example", ""),
            ("cp", "300.1.1.1"),
            (":80", ""),
        ] {
            assert_eq!(
                endpoint(hostname, ip, true, true),
                Err("http.address".into()),
                "{hostname} {ip}"
            );
        }
    }
}
