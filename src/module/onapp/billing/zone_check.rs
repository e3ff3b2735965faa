//! PHP's zone as the web and the cron have it: they often read different php.ini files, and the default billing zone must
//! not depend on who asked first. Each entry remembers what it saw; a difference, or none set, is said (decision 9).

use crate::host::{Change, Failure, Host, Settings, is};
use crate::module::onapp::tables::{SEEN, row, text};

/// What is to be said about the zone, if anything.
///
/// # Errors
/// When the host cannot read or write our table.
pub(crate) async fn complaint(host: &Host, settings: &Settings) -> Result<Option<String>, Failure> {
    let (here, there) = if settings.web {
        ("zone.web", "zone.cron")
    } else {
        ("zone.cron", "zone.web")
    };
    let known = host
        .rows(SEEN.name, vec![is("name", ">=", "zone.")], vec!["name"], 10)
        .await?;
    let seen = |name: &str| {
        known
            .iter()
            .find(|r| text(r, "name") == Some(name))
            .and_then(|r| text(r, "value"))
    };
    let zone = settings.time_zone.as_str();
    if !zone.is_empty() && seen(here) != Some(zone) {
        let values = row([("name", here.into()), ("value", zone.into())]);
        host.apply(vec![Change::Put {
            table: SEEN.name,
            values,
        }])
        .await?;
    }
    Ok(match seen(there) {
        _ if zone.is_empty() => Some(
            "PHP's date.timezone is not set here: billing counts in UTC unless a zone is named in slot 24 or in the \
             server's access hash."
                .to_owned(),
        ),
        Some(other) if other != zone => Some(format!(
            "PHP's time zone differs: {zone} here, {other} in the {}. Set both to the same, or name the billing zone \
             in slot 24 or in the server's access hash.",
            if settings.web { "cron" } else { "web site" }
        )),
        _ => None,
    })
}
