//! The servers of LEAP and whose they are: assigned to a service (`select`, `assigned`), cancelled, seen last (`known`), listed for
//! staff with what is wrong with them (`servers`, `ips`), and free again once their service is gone (`deleted`).

pub(crate) mod assigned;
pub(crate) mod cancelled;
pub(crate) mod deleted;
pub(crate) mod ips;
pub(crate) mod known;
pub(crate) mod select;
pub(crate) mod servers;
