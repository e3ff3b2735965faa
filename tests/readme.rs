//! The README's word: its examples compile, run and print what it shows; each test that it names exists; it stays short.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod tree;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tree::{files, root};

/// The Rust example, compiled as it stands. `the_rust_example_...` compares it with the README and runs it.
mod first {
    include!("readme/first.rs");

    #[test]
    fn the_rust_example_is_the_one_that_is_compiled_here_and_it_runs() {
        assert_eq!(super::blocks("rust"), [include_str!("readme/first.rs")]);
        main().unwrap();
    }

    #[test]
    fn what_the_rust_example_prints_is_what_the_readme_shows() {
        // Run again in a process of its own, because the harness keeps what a test prints.
        let again = super::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "first::the_rust_example_is_the_one_that_is_compiled_here_and_it_runs",
            ])
            .output()
            .unwrap();
        let said = String::from_utf8(again.stdout).unwrap();
        assert!(said.contains(&super::blocks("text")[1]), "{said}");
    }
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    readme()
        .split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest[..rest.find("```\n").unwrap()].to_owned())
        .collect()
}

/// The shared library of this build, which Cargo makes beside every test.
fn library() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let library = deps.join("libprovisor.so");
    assert!(library.exists(), "{} is not there", library.display());
    library
}

#[test]
fn the_c_example_compiles_without_a_warning_and_prints_what_the_readme_shows() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    fs::create_dir_all(&place).unwrap();
    let source = place.join("first.c");
    let program = place.join("first");
    fs::write(&source, &blocks("c")[0]).unwrap();
    // The program looks for the library by its SONAME.
    for name in ["libprovisor.so", "libprovisor.so.1"] {
        let _ = fs::remove_file(place.join(name));
        std::os::unix::fs::symlink(library(), place.join(name)).unwrap();
    }
    let built = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I"])
        .arg(root().join("include"))
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&place)
        .arg("-lprovisor")
        .arg(format!("-Wl,-rpath,{}", place.display()))
        .output()
        .expect("cc cannot be run; install it with: apt-get install gcc libc6-dev");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let ran = Command::new(&program).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), blocks("text")[0]);
}

/// Whether a file holds a test of that name: a function in Rust, a key in PHP.
fn holds(file: &str, test: &str) -> bool {
    let text = fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("the README names {file}: {e}"));
    if file.ends_with(".rs") {
        let Some(at) = text.find(&format!("fn {test}()")) else {
            return false;
        };
        text[..at].trim_end().ends_with("#[test]")
    } else {
        text.contains(&format!("'{test}' => static function"))
    }
}

#[test]
fn each_guarantee_names_a_test_that_exists() {
    let readme = readme();
    let table = readme.split("| promise | shown by |").nth(1).unwrap();
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 15, "the table of guarantees was not found");
    for row in rows {
        let named: Vec<&str> = row.split('|').nth(2).unwrap().split('`').skip(1).step_by(2).collect();
        match named[..] {
            [script] => assert!(root().join(script).exists(), "{row}"),
            [file, test] => assert!(holds(file, test), "{file} has no test {test}"),
            _ => panic!("a row names one file and one test: {row}"),
        }
    }
}

#[test]
fn files_that_the_readme_names_exist() {
    for text in readme().split("](").skip(1) {
        let target = text.split(')').next().unwrap();
        assert!(
            target.starts_with("https://") || root().join(target).exists(),
            "{target}"
        );
    }
}

#[test]
fn the_readme_stays_under_200_lines() {
    assert!(readme().lines().count() < 200);
}

#[test]
fn the_page_of_the_onapp_module_names_every_email_that_it_sends_and_where_staff_edit_it() {
    let page = fs::read_to_string(root().join("php/modules/servers/onapp/README.md")).unwrap();
    let mut sent = 0;
    for path in files(&root().join("src/module/onapp"), ".rs") {
        let source = fs::read_to_string(&path).unwrap();
        for mail in source.split("MailSend {\n").skip(1) {
            let Some((_, rest)) = mail.split_once("template: \"") else {
                continue;
            };
            let name = &rest[..rest.find('"').unwrap()];
            assert!(page.contains(&format!("\"{name}\"")), "the page does not name {name}");
            sent += 1;
        }
    }
    assert!(sent >= 2, "{sent}");
    assert!(page.contains("Email Templates"));
}
