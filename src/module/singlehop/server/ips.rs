//! `singlehop.ips`: "Get Server IP" of the admin area. The addresses are told, and kept for the service page.

use super::assigned::of_service;
use super::known::{Block, Known};
use crate::host::{Class, Failure, Host};
use crate::module::singlehop::connect::{Patience, leap_of, told};
use crate::module::singlehop::input::Input;
use crate::module::singlehop::page::overview;
use crate::module::singlehop::service::create::no_server;
use crate::module::singlehop::tables::ensure;
use crate::module::{Env, Report};
use serde_json::{Value, json};

/// Reads the addresses of the service's server.
pub(crate) async fn ips(host: Host, env: Env, input: Value) -> Report {
    let input = Input::read(input)?;
    let done = run(&host, &env, &input).await;
    input.told(&host, done)
}

async fn run(host: &Host, env: &Env, input: &Input) -> Report {
    input.allowed(host, "ips").await?;
    ensure(host).await?;
    let server = of_service(host, &input.service.id).await?.ok_or_else(no_server)?;
    let panel = leap_of(
        &server,
        host,
        env,
        &input.settings()?,
        &input.config()?,
        Patience::Action,
    )?;
    let mut blocks = overview::ips(panel.as_ref(), &server).map_err(|e| told("The addresses could not be read", &e))?;
    if blocks.is_empty() {
        // The view names the first address at least.
        let seen = panel
            .server(&server.leap_id)
            .map_err(|e| told("The addresses could not be read", &e))?;
        blocks.extend(seen.ip.map(|ip| Block {
            public: true,
            addresses: vec![ip],
            gateway: None,
            netmask: None,
        }));
    }
    if blocks.is_empty() {
        return Err(Failure::new(
            Class::PanelData,
            "singlehop.no_ips",
            "No IP addresses returned.",
            "Nothing was changed.",
            "Look at the server in LEAP.",
        ));
    }
    let mut known = Known::read(host, &input.service.id, Some(&server)).await?;
    known.ips = Some((blocks.clone(), host.now()));
    known.keep(host, &server).await;
    let lines = lines(&blocks);
    Ok(json!({ "message": lines.join("\n"), "ips": lines }))
}

/// A line for each block.
pub(crate) fn lines(blocks: &[Block]) -> Vec<String> {
    blocks
        .iter()
        .map(|block| {
            let kind = if block.public { "Public" } else { "Private" };
            let all: Vec<String> = block.addresses.iter().map(ToString::to_string).collect();
            let mut line = format!("{kind}: {}", all.join(", "));
            if let Some(netmask) = &block.netmask {
                line.push_str(&format!("; netmask {netmask}"));
            }
            if let Some(gateway) = block.gateway {
                line.push_str(&format!("; gateway {gateway}"));
            }
            line
        })
        .collect()
}
