//! A server record of the host as a control panel that can be called: for one job (`connect`), for a run over many services
//! (`panels`), and for the button that tests it; which records are one panel (`same`).

pub(crate) mod connect;
pub(crate) mod panels;
pub(crate) mod same;
pub(crate) mod test_connection;
