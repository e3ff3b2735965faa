//! The panel satisfies a client that nobody here wrote: the OnApp driver of PyPI's apache-libcloud, on every release.
//!
//! The driver comes from PyPI into a virtual environment under the target folder, once; then nothing but loopback is
//! called. The test is never skipped: what is missing is said with the command that installs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;
use common::{RELEASES, options};
use provisor_simulator::Simulator;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DRIVER: &str = "apache-libcloud==3.9.1";

fn run(command: &mut Command, cure: &str) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("cannot run {command:?}: {e}. {cure}"));
    let words = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{command:?} failed. {cure}\n{words}");
    output
}

/// The Python of an environment that has the driver. Made beside its final place and renamed, so that a broken
/// installation is never found again.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(DRIVER.replace("==", "-"));
    let python = folder.join("bin/python");
    if !python.exists() {
        let draft = folder.with_file_name(format!("libcloud-draft-{}", std::process::id()));
        let cure = "Install Python's venv and pip: apt-get install python3-venv python3-pip";
        run(Command::new("python3").args(["-m", "venv"]).arg(&draft), cure);
        let cure = "The driver comes from PyPI: check the network, or point PIP_INDEX_URL at a mirror";
        run(
            Command::new(draft.join("bin/python")).args(["-m", "pip", "install", "--quiet", DRIVER]),
            cure,
        );
        if std::fs::rename(&draft, &folder).is_err() {
            // Another run was faster; its environment is as good.
            std::fs::remove_dir_all(&draft).unwrap();
        }
    }
    python
}

#[test]
fn libcloud_lists_creates_and_destroys_on_every_release() {
    let python = python();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libcloud_client.py");
    for version in RELEASES {
        let sim = Simulator::start(options(version)).unwrap();
        let mut command = Command::new(&python);
        command
            .arg(&script)
            .args([&sim.url, &sim.user, &sim.password])
            .env("NO_PROXY", "127.0.0.1");
        let output = run(&mut command, &format!("Release {version} does not satisfy libcloud"));
        assert_eq!(output.stdout, b"ok\n");
    }
}
