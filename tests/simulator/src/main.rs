//! The command `provisor-simulator`: starts panels, prints one JSON line for each, serves until it is stopped.

use provisor_simulator::{Options, PanelKind, Simulator, clock};
use serde_json::json;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::Duration;

const HELP: &str = "provisor-simulator: stateful fakes of the control panels that provisor drives

  --onapp ADDR:PORT        an OnApp control panel there (port 0: any free one); may be given several times
  --leap ADDR:PORT         a SingleHop LEAP there: LEAP3 REST and the old api.php on one address
  --backup ADDR:PORT       a Backup Server there
  --onapp-version X.Y      the release it imitates: 2.3, 4.2, 5.5, 6.5 (default) or 7.0; rules of the nearest older one
                           apply to releases between
  --tls                    serve https; the start line names the authority's certificate as ca_file
  --tls-mode MODE          good, wrong-name, expired or self-signed (implies --tls)
  --latency MS             wait so long before each answer
  --seed N                 the same seed gives the same identifiers, passwords and generated traffic (default 1)
  --start RFC3339          where the simulated clock starts (default 2026-01-01T00:00:00Z)
  --realtime FACTOR        let the clock run at FACTOR times real time; without it the clock moves only by
                           POST /_sim/clock
  --with-parent            stop when standard input is closed

One JSON line a panel is printed when it serves: {\"panel\":\"onapp\",\"url\":..,\"user\":..,\"password\":..}
Control without credentials: GET /_sim/state /_sim/requests /_sim/faults /_sim/clock,
POST /_sim/clock /_sim/faults /_sim/down /_sim/requests/clear, and each panel's own (OnApp: quirks traffic vm user
role transactions; LEAP: mode paths commands traffic server tandem credentials; Backup Server: mode contract account
refuse credentials); tests/simulator/README.md explains them
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("provisor-simulator: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut options = Options::default();
    let mut panels = Vec::new();
    let mut with_parent = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value; see --help"));
        match argument.as_str() {
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            "--onapp" | "--leap" | "--backup" => {
                let kind = match argument.as_str() {
                    "--leap" => PanelKind::Leap,
                    "--backup" => PanelKind::Backup,
                    _ => PanelKind::OnApp,
                };
                let text = value()?;
                let address = text
                    .parse()
                    .map_err(|_| format!("{argument} needs ADDRESS:PORT, for example 127.0.0.1:0, not {text}"))?;
                panels.push((kind, address));
            }
            "--tls" => options.tls = options.tls.or(Some(provisor_simulator::TlsMode::Good)),
            "--tls-mode" => options.tls = Some(value()?.parse()?),
            "--latency" => {
                options.latency = Duration::from_millis(value()?.parse().map_err(|_| "--latency needs milliseconds")?);
            }
            "--seed" => options.seed = value()?.parse().map_err(|_| "--seed needs a whole number")?,
            "--onapp-version" => options.version = value()?.parse().map_err(|e| format!("{e}"))?,
            "--start" => {
                options.start = clock::parse(&value()?).ok_or("--start needs a time such as 2026-01-01T00:00:00Z")?
            }
            "--realtime" => options.realtime = Some(value()?.parse().map_err(|_| "--realtime needs a number")?),
            "--with-parent" => with_parent = true,
            other => return Err(format!("unknown argument {other}; see --help")),
        }
    }
    if panels.is_empty() {
        return Err("no panel asked for; give --onapp, --leap or --backup ADDR:PORT, see --help".into());
    }
    let mut running = Vec::new();
    for (number, (kind, address)) in panels.into_iter().enumerate() {
        let mut options = options.clone();
        options.panel = kind;
        options.address = address;
        options.seed = options.seed.wrapping_add(number as u64);
        let simulator = Simulator::start(options)
            .map_err(|e| format!("cannot serve on {address}: {e}; give another port, or port 0 for any free one"))?;
        let mut line =
            json!({"panel": kind.word(), "url": simulator.url, "user": simulator.user, "password": simulator.password});
        if let (Some(line), Some(more)) = (line.as_object_mut(), simulator.introduction.as_object()) {
            line.extend(more.clone());
        }
        if let Some(path) = &simulator.ca_file {
            line["ca_file"] = json!(path);
        }
        println!("{line}");
        running.push(simulator);
    }
    std::io::stdout()
        .flush()
        .map_err(|e| format!("cannot write the start line: {e}"))?;
    if with_parent {
        let mut sink = [0u8; 1024];
        while matches!(std::io::stdin().read(&mut sink), Ok(count) if count > 0) {}
        drop(running);
        return Ok(());
    }
    loop {
        std::thread::park();
    }
}
