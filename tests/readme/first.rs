use provisor::host::{Port, PortError, memory::MemoryHost};
use provisor::time::Instant;
use serde_json::Value;

/// Your billing panel. This one keeps everything in memory, and says what it is asked.
struct Talkative(MemoryHost);

impl Port for Talkative {
    fn answer(&mut self, op: &str, args: &Value) -> Result<Value, PortError> {
        println!("asked: {op}");
        self.0.answer(op, args)
    }
    fn clock(&mut self) -> Instant {
        self.0.clock()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut host = Talkative(MemoryHost::new("2026-01-01T00:00:00Z".parse()?));
    let config = br#"{"v":1, "job":"onapp.bill", "now":"2026-01-01T00:00:00Z", "input":{}}"#;
    let mut session = provisor::start(config, provisor::default_env());
    let report = provisor::session::drive(&mut session, &mut host)?;
    println!("report: {}", report["message"]);
    Ok(())
}
