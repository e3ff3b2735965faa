//! What a step of ours costs, without panel and host: a job that asks one op, from config to report.
//! Run with `cargo bench --bench step`.

#![allow(clippy::expect_used)]

use provisor::host::{HostSettings, Limits};
use provisor::session::{Session, Step};
use std::hint::black_box;
use std::time::Instant;

const RUNS: u32 = 100_000;

fn main() {
    let now = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let reply = br#"{"v":1,"id":"1","now":"2026-01-01T00:00:01Z","value":{"time_zone":"UTC"}}"#;
    let mut steps = std::time::Duration::ZERO;
    let start = Instant::now();
    for _ in 0..RUNS {
        let mut session = Session::new(now, Limits::default(), |host| {
            Box::pin(async move { Ok(serde_json::json!({ "zone": host.ask(&HostSettings {}).await?.time_zone })) })
        })
        .expect("a session");
        let stepping = Instant::now();
        assert!(matches!(black_box(session.step(None)), Step::Op(_)));
        assert!(matches!(black_box(session.step(Some(reply))), Step::Report(_)));
        steps += stepping.elapsed();
    }
    let all = start.elapsed();
    println!("session with two steps: {} ns", all.as_nanos() / u128::from(RUNS));
    println!("one step:               {} ns", steps.as_nanos() / u128::from(RUNS * 2));
}
