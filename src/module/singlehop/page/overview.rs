//! What is read of a server for a page: its name, login, state and addresses.

use crate::module::singlehop::server::assigned::{Assigned, for_clients, hostname, login};
use crate::module::singlehop::server::known::{Block, Overview};
use crate::panel::singlehop::{Config, Leap, PanelError, State};

/// The server as it is now. Where the panel names no login, the one of the service counts.
pub(crate) fn read(
    leap: &dyn Leap,
    config: &Config,
    server: &Assigned,
    username: &str,
) -> Result<Overview, PanelError> {
    let seen = leap.server(&server.leap_id)?;
    let name = for_clients(hostname(&seen.hostname));
    let login = match (seen.username.as_deref().and_then(login), username) {
        (Some(login), _) => login.to_owned(),
        (None, "") => config.username.clone(),
        (None, login) => login.to_owned(),
    };
    Ok(Overview {
        hostname: if name.is_empty() {
            for_clients(&server.hostname).to_owned()
        } else {
            name.to_owned()
        },
        username: login,
        state: match seen.state {
            State::Online => "online",
            State::Rescue => "rescue",
            State::Suspended => "suspended",
            State::Offline => "offline",
            State::Other | State::Unknown => "",
        }
        .to_owned(),
        word: seen.status,
        ip: seen.ip,
    })
}

/// Its addresses.
pub(crate) fn ips(leap: &dyn Leap, server: &Assigned) -> Result<Vec<Block>, PanelError> {
    let blocks = leap.ips(&server.leap_id)?;
    Ok(blocks.into_iter().map(Block::from).collect())
}
