//! Both headers are generated from the documentation of src/capi and compared with what is committed.
//! `PROVISOR_BLESS=1 cargo test --test header` rewrites them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cbindgen::{Builder, Config, DocumentationLength, DocumentationStyle, EnumConfig, Language, RenameRule, Style};
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: [&str; 5] = [
    "src/host/failure.rs",
    "src/capi/about.rs",
    "src/capi/guarded.rs",
    "src/capi/session.rs",
    "src/capi/overage.rs",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// What both headers share.
fn config() -> Config {
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        documentation_length: DocumentationLength::Full,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 110,
        no_includes: true,
        usize_is_size_t: true,
        enumeration: EnumConfig {
            rename_variants: RenameRule::QualifiedScreamingSnakeCase,
            ..EnumConfig::default()
        },
        ..Config::default()
    };
    // No enum is a parameter or a result: the numbers travel as int32_t.
    config.export.include = vec!["Class".into(), "StepResult".into()];
    config.export.exclude = vec!["ABI_VERSION".into()];
    for (rust, c) in [
        ("ProvisorSession", "provisor_session"),
        ("Class", "provisor_class"),
        ("StepResult", "provisor_step"),
    ] {
        config.export.rename.insert(rust.into(), c.into());
    }
    config
}

fn generate(config: Config) -> String {
    let mut builder = Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(root().join(source));
    }
    let mut out = Vec::new();
    builder
        .generate()
        .expect("the sources of the headers parse")
        .write(&mut out);
    String::from_utf8(out).unwrap()
}

fn c_header() -> String {
    let example: Vec<String> = read("tests/c/example.c").lines().map(|l| format!("    {l}")).collect();
    let manual = read("src/capi/manual.txt").replace("{example}", &example.join("\n"));
    assert!(!manual.contains("*/"), "the manual stands in a comment");
    let manual: String = manual
        .lines()
        .map(|l| format!(" * {l}").trim_end().to_owned() + "\n")
        .collect();
    generate(Config {
        header: Some(format!("/*\n{manual} */")),
        autogen_warning: Some("/* Generated from src/capi by tests/header.rs. Do not edit. */".into()),
        include_guard: Some("PROVISOR_H".into()),
        sys_includes: vec!["stddef.h".into(), "stdint.h".into()],
        after_includes: Some(format!(
            "\n/** The ABI of this header; compare with provisor_abi_version(). */\n#define PROVISOR_ABI_VERSION {}",
            provisor::capi::ABI_VERSION
        )),
        cpp_compat: true,
        ..config()
    })
}

/// PHP's FFI parser knows no preprocessor and no extern "C".
fn php_header() -> String {
    generate(Config {
        header: Some(
            "// Generated from src/capi by tests/header.rs. Do not edit. include/provisor.h explains every function."
                .into(),
        ),
        documentation: false,
        ..config()
    })
}

fn compare(path: &str, generated: &str) {
    let file = root().join(path);
    // A bless is a wish of the person who runs the test, not a setting of the library.
    if std::env::var_os("PROVISOR_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(&file, generated).unwrap();
        return;
    }
    assert!(
        read(path) == generated,
        "{path} differs from src/capi. Run: PROVISOR_BLESS=1 cargo test --test header"
    );
}

#[test]
fn the_c_header_says_what_the_sources_say() {
    compare("include/provisor.h", &c_header());
}

#[test]
fn the_php_header_says_what_the_sources_say() {
    compare("php/includes/provisor/provisor.ffi.h", &php_header());
}

#[test]
fn the_php_header_has_nothing_that_phps_parser_rejects() {
    for line in php_header().lines() {
        assert!(!line.trim_start().starts_with('#'), "a preprocessor line: {line}");
        assert!(!line.contains("extern"), "extern: {line}");
        assert!(!line.starts_with("enum") || !line.contains(':'), "a sized enum: {line}");
    }
}

#[test]
fn both_headers_have_every_error_class_with_its_number() {
    let source = read("src/host/failure.rs");
    let body = source
        .split("pub enum Class {")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap();
    let numbers: Vec<&str> = body
        .lines()
        .filter_map(|l| l.trim().split_once(" = ").map(|(_, n)| n.trim_end_matches(',')))
        .collect();
    assert!(numbers.len() > 20, "the classes were not found");
    for header in [c_header(), php_header()] {
        for number in &numbers {
            assert!(header.contains(&format!(" = {number},")), "class {number} is missing");
        }
    }
}

#[test]
fn every_op_that_a_host_may_be_asked_stands_in_the_headers_manual() {
    let manual = read("src/capi/manual.txt");
    let mut ops = 0;
    for line in read("src/host/op.rs").lines().filter(|line| line.starts_with("op!(")) {
        let name = line.split('"').nth(1).unwrap();
        assert!(
            manual.split_whitespace().any(|word| word == name),
            "{name} is not in src/capi/manual.txt"
        );
        ops += 1;
    }
    assert!(ops > 10, "{ops}");
}
