//! The rules of the house that no compiler checks: who may use whom, where unsafe code, zone rules, clocks and output
//! may stand, and what every file owes its reader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use tree::{files, root};

/// Who may use whom. Whoever is not named uses nothing; money, time, secret and plain stand alone.
const MAY_USE: &[(&str, &[&str])] = &[
    ("meter", &["money", "time"]),
    ("bill", &["meter", "money", "time"]),
    ("http", &["secret", "plain"]),
    ("panel", &["http", "secret", "money", "time", "plain"]),
    ("host", &["secret", "time", "plain"]),
    ("session", &["host", "secret", "time"]),
    ("view", &["money", "time"]),
    (
        "module",
        &[
            "panel", "host", "bill", "meter", "money", "time", "http", "secret", "view",
        ],
    ),
    ("start", &["module", "session", "host", "time", "http"]),
    (
        "capi",
        &["start", "session", "host", "bill", "meter", "money", "time", "module"],
    ),
];

/// What module takes from http: how to wire a panel, nothing that sends.
const HTTP_FOR_MODULES: &[&str] = &[
    "ReadOnly",
    "Address",
    "Basic",
    "Client",
    "Endpoint",
    "Error",
    "Family",
    "Kind",
    "Limits",
    "LogLine",
    "Sent",
    "TlsReason",
    "Transport",
];

/// One file of src.
struct Source {
    /// Its path below src, such as `bill/rate.rs`.
    path: String,
    text: String,
    /// Its lines without comments and without its unit tests.
    code: Vec<String>,
}

impl Source {
    /// The folder or file directly below src that it belongs to.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// How many `super` lead out of its room: the depth of its module.
    fn depth(&self) -> usize {
        let steps = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") {
            steps - 1
        } else {
            steps
        }
    }
}

/// Code up to the unit tests, which may use what they need. They stand at the end of a file.
fn code(text: &str) -> Vec<String> {
    let tests = text
        .find("#[cfg(test)]\nmod ")
        .or_else(|| text.find("#[cfg(test)]\npub(crate) mod "))
        .unwrap_or(text.len());
    text[..tests]
        .lines()
        .map(|line| line.split("//").next().unwrap().to_owned())
        .collect()
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let sources: Vec<Source> = files(&src, ".rs")
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            Source {
                path: file.strip_prefix(&src).unwrap().to_string_lossy().into_owned(),
                code: code(&text),
                text,
            }
        })
        .filter(|source| !source.path.ends_with("tests.rs"))
        .collect();
    assert!(sources.len() > 20, "src was not found");
    sources
}

/// The rooms named after `crate::`, with what follows, also in `use crate::{a::B, c}`.
fn named_after_crate(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(branches(group)),
            None => found.push(path_of(rest)),
        }
    }
    found
}

/// The paths of a group, up to its closing brace: `a::B, c::{D, E}}` gives `a::B`, `c::{D, E}`.
fn branches(group: &str) -> Vec<String> {
    let (mut depth, mut branch, mut found) = (0, String::new(), Vec::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(std::mem::take(&mut branch).trim().to_owned());
                continue;
            }
            _ => {}
        }
        branch.push(c);
    }
    found.push(branch.trim().to_owned());
    found.retain(|b| !b.is_empty());
    found
}

/// A path up to where it ends, with the group it may end in.
fn path_of(rest: &str) -> String {
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(rest.len());
    match rest[end..].strip_prefix('{') {
        Some(group) => format!("{}{{{}}}", &rest[..end], branches(group).join(", ")),
        None => rest[..end].to_owned(),
    }
}

/// Paths that leave a room by `super`.
fn named_after_super(code: &str, depth: usize) -> Vec<String> {
    let way_out = "super::".repeat(depth);
    code.match_indices(&way_out)
        .filter(|(at, _)| !code[..*at].ends_with("super::"))
        .map(|(at, _)| path_of(&code[at + way_out.len()..]))
        .collect()
}

/// What a file names of the crate, each as the path after `crate::`.
fn named(source: &Source) -> Vec<String> {
    let code = source.code.join("\n");
    let mut named = named_after_crate(&code);
    named.extend(named_after_super(&code, source.depth()));
    named
}

#[test]
fn dependencies_go_one_way_only() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let room = source.room();
        if room == "lib" {
            continue;
        }
        let may: &[&str] = MAY_USE
            .iter()
            .find(|(name, _)| *name == room)
            .map_or(&[], |(_, may)| may);
        for path in named(&source) {
            let target = path.split("::").next().unwrap();
            if target != room && !may.contains(&target) {
                wrong.insert(format!("src/{} uses crate::{path}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "against the dependency direction: {wrong:#?}");
}

#[test]
fn the_test_of_dependencies_sees_every_way_to_write_one() {
    let code = "use crate::{bill::Terms, time::{Day, Zone}};\nlet x = crate::http::Client::new();\n$crate::no";
    assert_eq!(
        named_after_crate(code),
        ["bill::Terms", "time::{Day, Zone}", "http::Client::new"]
    );
    assert_eq!(named_after_super("use super::super::bill::Terms;", 2), ["bill::Terms"]);
    assert!(named_after_super("use super::rate::Rated;", 2).is_empty());
}

#[test]
fn the_program_uses_the_public_crate_only() {
    for source in sources().iter().filter(|s| s.room() == "bin") {
        let code = source.code.join("\n");
        assert!(
            !code.contains("crate::") && !code.contains("#[path"),
            "src/{}",
            source.path
        );
    }
}

#[test]
fn modules_take_from_http_only_what_wires_a_panel() {
    for source in sources().iter().filter(|s| s.room() == "module") {
        for path in named(source) {
            let Some(what) = path.strip_prefix("http::") else {
                continue;
            };
            let names = what.trim_matches(['{', '}']);
            for name in names.split(',').map(|n| n.trim().split("::").next().unwrap()) {
                assert!(
                    HTTP_FOR_MODULES.contains(&name),
                    "src/{} takes {name} from http; a panel's client sends, not a module",
                    source.path
                );
            }
        }
    }
}

#[test]
fn no_panel_and_no_module_knows_its_neighbour() {
    for room in ["panel", "module"] {
        let neighbours: Vec<String> = fs::read_dir(root().join("src").join(room))
            .unwrap()
            .flatten()
            .filter(|e| e.path().is_dir())
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "common")
            .collect();
        for source in sources()
            .iter()
            .filter(|s| s.room() == room && s.path.split('/').count() > 2)
        {
            let own = source.path.split('/').nth(1).unwrap();
            for path in named(source) {
                let Some(target) = path.strip_prefix(&format!("{room}::")) else {
                    continue;
                };
                let target = target.split("::").next().unwrap();
                assert!(
                    target == own || !neighbours.iter().any(|n| n == target),
                    "src/{} names {room}::{target}",
                    source.path
                );
            }
        }
    }
}

#[test]
fn what_all_modules_share_names_no_panel() {
    let panels = ["onapp", "singlehop", "backupserver", "storegrid", "leap"];
    let shared = ["host/", "session/", "http/", "view/", "capi/", "module/common/"];
    for source in sources()
        .iter()
        .filter(|s| shared.iter().any(|room| s.path.starts_with(room)))
    {
        for (number, line) in source.code.iter().enumerate() {
            let line = line.to_ascii_lowercase();
            for panel in panels {
                assert!(
                    !line.contains(panel),
                    "src/{}:{}: names {panel}",
                    source.path,
                    number + 1
                );
            }
        }
    }
    for file in files(&root().join("php/includes/provisor"), ".php") {
        let text = fs::read_to_string(&file).unwrap().to_ascii_lowercase();
        for panel in panels {
            assert!(!text.contains(panel), "{} names {panel}", file.display());
        }
    }
}

/// Fails where code outside `allowed` holds one of these texts.
fn only_in(allowed: &[&str], texts: &[&str], why: &str) {
    for source in sources() {
        if allowed.iter().any(|a| source.path.starts_with(a)) {
            continue;
        }
        for (number, line) in source.code.iter().enumerate() {
            for text in texts {
                assert!(
                    !line.contains(text),
                    "src/{}:{}: `{text}`: {why}",
                    source.path,
                    number + 1
                );
            }
        }
    }
}

#[test]
fn unsafe_code_stands_in_capi_only() {
    only_in(
        &["capi/"],
        &[
            "unsafe {",
            "unsafe{",
            "unsafe fn",
            "unsafe impl",
            "unsafe extern",
            "unsafe(",
            "unsafe_code",
        ],
        "unsafe code belongs into src/capi",
    );
}

#[test]
fn zone_rules_stand_in_one_file() {
    only_in(
        &["time/zone.rs"],
        &["jiff::", "use jiff", "chrono_tz"],
        "zone rules belong into src/time/zone.rs",
    );
}

#[test]
fn nothing_reads_a_clock_but_the_deadlines_of_http_and_of_a_session() {
    let why = "the present moment is an input";
    only_in(&["http/"], &["SystemTime", "Utc::now", "Local::now"], why);
    only_in(&["http/", "session/mod.rs"], &["Instant::now"], why);
}

#[test]
fn the_library_prints_nothing_and_reads_no_environment() {
    only_in(
        &["bin/"],
        &[
            "println!",
            "eprintln!",
            "print!(",
            "stdout()",
            "stderr()",
            "env::var",
            "getenv",
        ],
        "the host's output and environment are not ours",
    );
}

#[test]
fn no_thread_outlives_the_call_that_made_it() {
    only_in(&[], &["thread::spawn"], "use scoped threads, which are joined");
}

#[test]
fn every_file_says_first_what_it_owns() {
    for source in sources() {
        assert!(
            source.text.starts_with("//!"),
            "src/{} does not start with //!",
            source.path
        );
    }
}

#[test]
fn module_files_of_php_are_thin() {
    // A language file holds texts, however many.
    let code = |file: &std::path::PathBuf| !file.components().any(|part| part.as_os_str() == "lang");
    for file in files(&root().join("php/modules"), ".php").into_iter().filter(code) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= 150,
            "{} has {lines} lines; logic belongs into the core",
            file.display()
        );
    }
}

/// What WHMCS keeps, and how it is asked, stands in one place of the PHP side.
#[test]
fn the_hosts_tables_and_its_api_are_named_in_whmcs_host_only() {
    let of_host = |file: &std::path::PathBuf| file.to_string_lossy().contains("WhmcsHost");
    let php = ["php/includes/provisor", "php/modules"].map(|folder| files(&root().join(folder), ".php"));
    let (inside, outside): (Vec<_>, Vec<_>) = php.into_iter().flatten().partition(of_host);
    let names = |file: &std::path::PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        ["Capsule::", "localAPI(", "'tbl"]
            .into_iter()
            .find(|word| text.contains(word))
    };
    assert!(inside.iter().any(|file| names(file).is_some()));
    for file in outside {
        assert_eq!(names(&file), None, "{}", file.display());
    }
}

/// The oldest Rust that is promised is the one that builds and tests; a newer one would let newer features slip in.
#[test]
fn the_promised_rust_is_the_one_that_compiles_this() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let said = String::from_utf8(said.stdout).unwrap();
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    let minor = version.split('.').take(2).collect::<Vec<_>>().join(".");
    assert_eq!(
        env!("CARGO_PKG_RUST_VERSION"),
        minor,
        "Cargo.toml promises one Rust and another compiles: run cargo +{}, or raise rust-version",
        env!("CARGO_PKG_RUST_VERSION")
    );
}
