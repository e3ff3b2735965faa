//! What a person types about a rule: from where, and to which ports. Each answers with the one spelling that is sent to the
//! panel, or with nothing when it is none that the panel documents (reference: onapp-api.md 6.7).

use std::net::IpAddr;

/// A rule takes at most so many ports; a range counts twice (a rule of Linux's firewall names no more).
const MOST_PORTS: usize = 15;

/// An address, a network or a range of either family; nothing typed is anywhere, which is `Some(None)`.
pub(crate) fn address(text: &str) -> Option<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    let spelled = if let Some((first, last)) = text.split_once('-') {
        range(first, last)?
    } else if let Some((network, prefix)) = text.split_once('/') {
        let network = one(network)?;
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix = whole(prefix).filter(|prefix| *prefix <= longest)?;
        format!("{network}/{prefix}")
    } else {
        one(text)?.to_string()
    };
    Some(Some(spelled))
}

fn one(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok()
}

fn range(first: &str, last: &str) -> Option<String> {
    let (first, last) = (one(first)?, one(last)?);
    let fits = first.is_ipv4() == last.is_ipv4() && first <= last;
    fits.then(|| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    })
}

/// One port, a range `a:b`, or several of these with commas; nothing typed is any, which is `Some(None)`.
pub(crate) fn ports(text: &str) -> Option<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    let mut spelled = Vec::new();
    let mut count: usize = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        let (first, last) = (port(first)?, port(last)?);
        if first > last {
            return None;
        }
        let (text, weight) = if first == last {
            (first.to_string(), 1)
        } else {
            (format!("{first}:{last}"), 2)
        };
        spelled.push(text);
        count = count.saturating_add(weight);
    }
    (count <= MOST_PORTS).then(|| Some(spelled.join(",")))
}

fn port(text: &str) -> Option<u32> {
    whole(text).filter(|port| (1..=65535).contains(port))
}

/// Digits alone.
fn whole(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn spelled(answer: Option<Option<String>>) -> String {
        answer.map_or_else(|| "wrong".to_owned(), Option::unwrap_or_default)
    }

    #[test]
    fn an_address_is_one_a_network_or_a_range_of_one_family_in_one_spelling() {
        for (typed, expected) in [
            ("", ""),
            ("  ", ""),
            ("198.51.100.7", "198.51.100.7"),
            (" 198.51.100.7 ", "198.51.100.7"),
            ("198.51.100.0/24", "198.51.100.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("198.51.100.0/32", "198.51.100.0/32"),
            ("198.51.100.9 - 198.51.100.20", "198.51.100.9-198.51.100.20"),
            ("198.51.100.9-198.51.100.9", "198.51.100.9"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("2001:db8::/128", "2001:db8::/128"),
            ("2001:db8::1-2001:db8::f", "2001:db8::1-2001:db8::f"),
        ] {
            assert_eq!(spelled(address(typed)), expected, "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for typed in [
            "198.51.100",
            "198.51.100.256",
            "198.51.100.07",
            "198.51.100.0/33",
            "198.51.100.0/-1",
            "198.51.100.0/+8",
            "198.51.100.0/",
            "198.51.100.0/255.255.255.0",
            "2001:db8::/129",
            "fe80::1%eth0",
            "198.51.100.20-198.51.100.9",
            "198.51.100.20-2001:db8::1",
            "198.51.100.0/24-198.51.100.255",
            "-198.51.100.20",
            "198.51.100.1,198.51.100.2",
            "www.example.com",
            "any",
            "<b>",
            "1' OR '1'='1",
            "１９８.51.100.7",
            "🦀",
        ] {
            assert_eq!(address(typed), None, "{typed}");
        }
    }

    #[test]
    fn ports_are_one_a_range_or_a_list_in_one_spelling() {
        for (typed, expected) in [
            ("", ""),
            ("80", "80"),
            (" 080 ", "80"),
            ("1", "1"),
            ("65535", "65535"),
            ("8000:8080", "8000:8080"),
            ("80:80", "80"),
            ("80, 443,8000 : 8080", "80,443,8000:8080"),
            (
                "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
                "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
            ),
        ] {
            assert_eq!(spelled(ports(typed)), expected, "{typed}");
        }
    }

    #[test]
    fn what_are_no_ports_is_refused() {
        for typed in [
            "0",
            "65536",
            "-80",
            "+80",
            "80.0",
            "8e1",
            "80-90",
            "90:80",
            "80:",
            ":80",
            "80:90:100",
            "80,",
            ",80",
            "80,,443",
            "http",
            "80;443",
            "99999999999999999999",
            "８０",
            "🦀",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
            "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16",
        ] {
            assert_eq!(ports(typed), None, "{typed}");
        }
    }
}
