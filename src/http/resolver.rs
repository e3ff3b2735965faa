//! Names to addresses, synchronously and within a deadline: `/etc/hosts`, then DNS over UDP, and over TCP for an answer that
//! does not fit into a datagram.
//!
//! Exists because the system's resolver cannot be interrupted: a client that gives up on it leaves a thread behind.
//! Owns: the hosts file, the name servers and search list of `resolv.conf`, one cache for its lifetime. Does not own other
//! sources that a system may be configured for (mDNS, LDAP, NIS): enter such a panel by its IP address.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

use super::Kind;

/// How long one name server may think before the next one is asked.
const PER_TRY: Duration = Duration::from_secs(2);
/// How long the answer of one address family waits for that of the other.
const OTHER_FAMILY: Duration = Duration::from_millis(250);
/// How often each name server is asked.
const ROUNDS: usize = 2;

/// Resolves each name once in its lifetime, which is that of a session.
#[derive(Debug)]
pub struct Resolver {
    name_servers: Vec<SocketAddr>,
    search: Vec<String>,
    hosts: PathBuf,
    known: Mutex<HashMap<String, Vec<IpAddr>>>,
}

impl Default for Resolver {
    fn default() -> Self {
        Self::system()
    }
}

impl Resolver {
    /// As this machine is configured: `/etc/hosts` and `/etc/resolv.conf`, which are read again for each new resolver.
    pub fn system() -> Self {
        let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        let (mut name_servers, search) = parse_resolv_conf(&text);
        if name_servers.is_empty() {
            name_servers.push(SocketAddr::from((Ipv4Addr::LOCALHOST, 53)));
        }
        Self {
            name_servers,
            search,
            hosts: PathBuf::from("/etc/hosts"),
            known: Mutex::default(),
        }
    }

    /// With these name servers and this hosts file.
    pub fn new(name_servers: Vec<SocketAddr>, hosts: impl AsRef<Path>) -> Self {
        Self {
            name_servers,
            search: Vec::new(),
            hosts: hosts.as_ref().to_owned(),
            known: Mutex::default(),
        }
    }

    /// The addresses of `host`, IPv4 first. IP literals and localhost ask nobody.
    ///
    /// # Errors
    /// [`Kind::Dns`] when the name is unknown, [`Kind::DnsTimeout`] when nobody answered within `timeout`.
    pub fn lookup(&self, host: &str, timeout: Duration) -> Result<Vec<IpAddr>, Kind> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![ip]);
        }
        let bare = host.trim_end_matches('.');
        if bare == "localhost" || bare.ends_with(".localhost") {
            return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        }
        if let Some(found) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&host) {
            return Ok(found.clone());
        }
        let text = std::fs::read(&self.hosts).unwrap_or_default();
        let mut found = find_in_hosts(&String::from_utf8_lossy(&text), bare);
        if found.is_empty() {
            found = self.ask_dns(&host, Instant::now() + timeout)?;
        }
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(host, found.clone());
        Ok(found)
    }

    fn ask_dns(&self, host: &str, deadline: Instant) -> Result<Vec<IpAddr>, Kind> {
        for name in self.candidates(host) {
            let found = self.ask_servers(&name, deadline)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Err(Kind::Dns)
    }

    /// The names to try: a name without a dot is looked for in the search list first, as everywhere on this machine.
    fn candidates(&self, host: &str) -> Vec<String> {
        if let Some(absolute) = host.strip_suffix('.') {
            return vec![absolute.to_owned()];
        }
        let searched = self.search.iter().map(|suffix| format!("{host}.{suffix}"));
        if host.contains('.') {
            std::iter::once(host.to_owned()).chain(searched).collect()
        } else {
            searched.chain(std::iter::once(host.to_owned())).collect()
        }
    }

    /// An empty answer means: the name does not exist or has no address.
    fn ask_servers(&self, name: &str, deadline: Instant) -> Result<Vec<IpAddr>, Kind> {
        let mut last = Kind::DnsTimeout;
        for _ in 0..ROUNDS {
            for server in &self.name_servers {
                let now = Instant::now();
                if now >= deadline {
                    return Err(Kind::DnsTimeout);
                }
                match ask_server(*server, name, deadline.min(now + PER_TRY)) {
                    Ok(found) => return Ok(found),
                    Err(kind) => last = kind,
                }
            }
        }
        Err(last)
    }
}

/// Asks one name server for both address families at once. The addresses of one are enough: some name servers know IPv4
/// alone and answer the other question with an error.
fn ask_server(server: SocketAddr, name: &str, deadline: Instant) -> Result<Vec<IpAddr>, Kind> {
    let local: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local).map_err(|_| Kind::Dns)?;
    socket.connect(server).map_err(|_| Kind::Dns)?;
    let mut waiting = Vec::new();
    for family in [TYPE::A, TYPE::AAAA] {
        let (id, message) = question(name, family)?;
        socket.send(&message).map_err(|_| Kind::Dns)?;
        waiting.push((id, family, message));
    }
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    let mut failed = false;
    let mut until = deadline;
    let mut buffer = [0_u8; 4096];
    while !waiting.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left)).map_err(|_| Kind::Dns)?;
        let size = match socket.recv(&mut buffer) {
            Ok(size) => size,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(_) => return Err(Kind::Dns),
        };
        let Ok(packet) = Packet::parse(buffer.get(..size).unwrap_or_default()) else {
            continue;
        };
        let Some(at) = waiting
            .iter()
            .position(|(id, family, _)| answers(&packet, *id, name, *family))
        else {
            continue;
        };
        let (id, family, message) = waiting.swap_remove(at);
        let mut found = addresses(&packet);
        if found.is_empty() && packet.has_flags(PacketFlag::TRUNCATION) {
            // What does not fit is neither unknown nor without an address.
            let whole = over_tcp(server, &message, deadline).unwrap_or_default();
            match Packet::parse(&whole) {
                Ok(whole) if answers(&whole, id, name, family) && succeeded(&whole) => found = addresses(&whole),
                _ => failed = true,
            }
        }
        failed |= !succeeded(&packet);
        for ip in found {
            match ip {
                IpAddr::V4(_) => v4.push(ip),
                IpAddr::V6(_) => v6.push(ip),
            }
        }
        if !(v4.is_empty() && v6.is_empty()) {
            until = deadline.min(Instant::now() + OTHER_FAMILY);
        }
    }
    v4.append(&mut v6);
    match v4.is_empty() {
        true if failed => Err(Kind::Dns),
        true if !waiting.is_empty() => Err(Kind::DnsTimeout),
        _ => Ok(v4),
    }
}

/// The addresses in an answer.
fn addresses(packet: &Packet<'_>) -> Vec<IpAddr> {
    let address = |data: &RData<'_>| match data {
        RData::A(a) => Some(IpAddr::V4(Ipv4Addr::from(a.address))),
        RData::AAAA(a) => Some(IpAddr::V6(Ipv6Addr::from(a.address))),
        _ => None,
    };
    packet
        .answers
        .iter()
        .filter_map(|record| address(&record.rdata))
        .collect()
}

/// A name that does not exist is an answer too.
fn succeeded(packet: &Packet<'_>) -> bool {
    matches!(packet.rcode(), RCODE::NoError | RCODE::NameError)
}

/// Asks the same question over a connection, where each message follows its length; none where that fails.
fn over_tcp(server: SocketAddr, message: &[u8], deadline: Instant) -> Option<Vec<u8>> {
    let left = || {
        let left = deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    };
    let mut stream = TcpStream::connect_timeout(&server, left()?).ok()?;
    stream.set_write_timeout(left()).ok()?;
    let length = u16::try_from(message.len()).ok()?.to_be_bytes();
    stream.write_all(&[&length, message].concat()).ok()?;
    let mut read = |length: usize| {
        let mut bytes = vec![0; length];
        let mut at = 0;
        while at < length {
            stream.set_read_timeout(Some(left()?)).ok()?;
            match stream.read(bytes.get_mut(at..)?) {
                Ok(0) => return None,
                Ok(size) => at = at.saturating_add(size),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Some(bytes)
    };
    let length = read(2)?;
    let length = u16::from_be_bytes(length.try_into().ok()?);
    read(length.into())
}

fn question(name: &str, family: TYPE) -> Result<(u16, Vec<u8>), Kind> {
    let mut id = [0_u8; 2];
    getrandom::fill(&mut id).map_err(|_| Kind::Dns)?;
    let id = u16::from_be_bytes(id);
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).map_err(|_| Kind::Dns)?;
    packet.questions.push(Question::new(
        name,
        QTYPE::TYPE(family),
        QCLASS::CLASS(CLASS::IN),
        false,
    ));
    Ok((id, packet.build_bytes_vec().map_err(|_| Kind::Dns)?))
}

/// True when the packet answers exactly this question; anything else on the socket is a forgery or a stray.
fn answers(packet: &Packet<'_>, id: u16, name: &str, family: TYPE) -> bool {
    packet.id() == id
        && packet.has_flags(PacketFlag::RESPONSE)
        && packet.questions.iter().any(|question| {
            question.qname.to_string().eq_ignore_ascii_case(name) && question.qtype == QTYPE::TYPE(family)
        })
}

fn parse_resolv_conf(text: &str) -> (Vec<SocketAddr>, Vec<String>) {
    let (mut name_servers, mut search) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            // A zone after % names an interface; link-local name servers are left to systems that need them.
            Some("nameserver") => {
                name_servers.extend(
                    words
                        .next()
                        .and_then(|ip| ip.parse::<IpAddr>().ok())
                        .map(|ip| SocketAddr::new(ip, 53)),
                );
            }
            Some("search" | "domain") => {
                search = words
                    .map(|word| word.trim_end_matches('.').to_owned())
                    .filter(|word| !word.is_empty())
                    .collect();
            }
            _ => {}
        }
    }
    (name_servers, search)
}

fn find_in_hosts(text: &str, host: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or("").split_whitespace();
        let Some(Ok(ip)) = words.next().map(str::parse::<IpAddr>) else {
            continue;
        };
        if words.any(|name| name.eq_ignore_ascii_case(host)) && !found.contains(&ip) {
            found.push(ip);
        }
    }
    found.sort_by_key(IpAddr::is_ipv6);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_gives_servers_and_the_last_search_list() {
        let text =
            "# c\nsearch a.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nnameserver junk\nsearch b. c\n";
        let (servers, search) = parse_resolv_conf(text);
        assert_eq!(
            servers,
            ["192.0.2.1:53".parse(), "[2001:db8::1]:53".parse()].map(Result::unwrap_or_default_addr)
        );
        assert_eq!(search, ["b", "c"]);
    }

    trait OrDefault {
        fn unwrap_or_default_addr(self) -> SocketAddr;
    }
    impl<E> OrDefault for Result<SocketAddr, E> {
        fn unwrap_or_default_addr(self) -> SocketAddr {
            self.unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
        }
    }

    proptest::proptest! {
        #[test]
        fn no_datagram_makes_the_reader_panic(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 12..600)) {
            // A response with one question and some answers: what follows is read.
            if let Some(head) = bytes.get_mut(..12) {
                head.copy_from_slice(&[0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]);
            }
            if let Ok(packet) = Packet::parse(&bytes) {
                answers(&packet, 1, "cp.test", TYPE::A);
            }
        }
    }

    #[test]
    fn the_hosts_file_is_read_with_comments_aliases_and_any_case() {
        let text = "127.0.0.1 localhost\n::1 panel\n192.0.2.9\tcp.Example  panel # cp2\n192.0.2.9 panel\nbad line\n";
        let addresses = |name| {
            find_in_hosts(text, name)
                .iter()
                .map(IpAddr::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(addresses("PANEL"), ["192.0.2.9", "::1"]);
        assert_eq!(addresses("cp.example"), ["192.0.2.9"]);
        assert!(addresses("cp2").is_empty());
    }
}
