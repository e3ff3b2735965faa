//! White labels: the renamed module is the template under another name, made the same way each time; bad and taken names are
//! refused and nothing is overwritten that the command did not make.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/php/modules/servers/backupserver");
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/php/includes/hooks/whmcsHooks.php");

/// A WHMCS root, removed when dropped.
struct Root(PathBuf);

impl Root {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("provisor-whitelabel-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("modules/servers")).unwrap();
        Self(path)
    }

    fn make(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provisor"));
        command.arg("whitelabel").args(words).arg("--into").arg(&self.0);
        command.output().unwrap()
    }

    /// Every file below the root with its content.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        fn walk(root: &Path, at: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(at).unwrap().flatten() {
                if entry.path().is_dir() {
                    walk(root, &entry.path(), found);
                } else {
                    let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
                    found.insert(name, fs::read(entry.path()).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(&self.0, &self.0, &mut found);
        found
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_renamed_module_is_the_template_under_its_own_name() {
    let root = Root::new("renamed");
    let made = root.make(&["--name", "acme7", "--display", "Ann's \\Backup\" & Co"]);
    assert!(made.status.success(), "{made:?}");
    let files = root.files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "includes/hooks/whmcsHooks.php",
            "modules/servers/acme7/.htaccess",
            "modules/servers/acme7/README.md",
            "modules/servers/acme7/acme7.php",
            "modules/servers/acme7/config.json.example",
            "modules/servers/acme7/hooks.php",
            "modules/servers/acme7/lang/english.php",
            "modules/servers/acme7/lang/german.php",
            "modules/servers/acme7/logo.png",
            "modules/servers/acme7/templates/page.tpl",
            "modules/servers/acme7/whmcs.json",
        ]
    );
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    // Every entry function of the template is there under the new name, and calls the same job.
    let functions = |code: &str, prefix: &str| -> Vec<String> {
        let found = code.match_indices("\nfunction ").map(|(at, _)| &code[at + 10..]);
        found
            .map(|rest| rest.split('(').next().unwrap().strip_prefix(prefix).unwrap().to_owned())
            .collect()
    };
    let template = fs::read_to_string(format!("{TEMPLATE}/backupserver.php")).unwrap();
    let module = text("modules/servers/acme7/acme7.php");
    assert_eq!(functions(&module, "acme7_"), functions(&template, "backupserver_"));
    assert!(functions(&module, "acme7_").len() > 12);
    let jobs = |code: &str| code.matches("'backupserver.").count();
    assert_eq!(jobs(&module), jobs(&template));
    assert!(
        module.contains(r#"'DisplayName' => 'Ann\'s \\Backup" & Co'"#),
        "{module}"
    );
    for (file, part) in [
        ("modules/servers/acme7/hooks.php", "'module' => 'acme7'"),
        ("includes/hooks/whmcsHooks.php", "'module' => 'acme7'"),
        ("modules/servers/acme7/whmcs.json", "\"name\": \"acme7\""),
        ("modules/servers/acme7/README.md", "modules/servers/acme7/acme7.php"),
    ] {
        assert!(text(file).contains(part), "{file}");
    }
    let json: serde_json::Value = serde_json::from_slice(&files["modules/servers/acme7/whmcs.json"]).unwrap();
    assert_eq!(json["description"]["name"], "Ann's \\Backup\" & Co");
    for name in names.iter().filter(|name| name.ends_with(".php")) {
        lint(&root.0.join(name));
    }
}

#[test]
fn the_settings_of_the_module_and_of_each_white_label_are_kept_from_the_web() {
    let root = Root::new("web");
    assert!(root.make(&["--name", "acme"]).status.success());
    let shipped = fs::read_to_string(format!("{TEMPLATE}/.htaccess")).unwrap();
    let made = fs::read_to_string(root.0.join("modules/servers/acme/.htaccess")).unwrap();
    assert_eq!(made, shipped);
    // Apache takes the pattern as a regular expression: this one is a list of endings.
    let pattern = shipped.lines().find(|line| line.starts_with("<FilesMatch")).unwrap();
    let endings = pattern.strip_prefix("<FilesMatch \"\\.(").unwrap();
    let endings: Vec<&str> = endings.strip_suffix(")$\">").unwrap().split('|').collect();
    let kept = |name: &str| endings.iter().any(|end| name.ends_with(&format!(".{end}")));
    assert!(kept("config.json") && kept("README.md"), "{endings:?}");
    for (name, _) in root.files().iter().filter(|(name, _)| name.contains("servers/acme/")) {
        assert_eq!(kept(name), name.ends_with(".json") || name.ends_with(".md"), "{name}");
    }
    for rule in ["Require all denied", "Deny from all"] {
        assert!(shipped.contains(rule), "{shipped}");
    }
    // Another web server reads no such file; the page that comes with each module says what to do.
    let page = fs::read_to_string(root.0.join("modules/servers/acme/README.md")).unwrap();
    assert!(
        page.contains("nginx") && page.contains("location ~ ^/modules/servers/"),
        "{page}"
    );
}

/// PHP reads the file, where there is a PHP.
fn lint(file: &Path) {
    if let Ok(said) = Command::new("php").arg("-l").arg(file).output() {
        assert!(said.status.success(), "{}: {said:?}", file.display());
    }
}

#[test]
fn the_same_name_gives_the_same_bytes_and_an_update_keeps_the_settings() {
    let (first, second) = (Root::new("first"), Root::new("second"));
    for root in [&first, &second] {
        assert!(root.make(&["--name", "acme"]).status.success());
    }
    assert_eq!(first.files(), second.files());
    let settings = first.0.join("modules/servers/acme/config.json");
    fs::write(&settings, "{}").unwrap();
    let hooks = first.0.join("includes/hooks/whmcsHooks.php");
    let edited = fs::read_to_string(&hooks)
        .unwrap()
        .replace("$serverName = '';", "$serverName = 'b.example';");
    fs::write(&hooks, &edited).unwrap();
    let again = first.make(&["--name", "acme", "--display", "Acme"]);
    assert!(again.status.success(), "{again:?}");
    assert!(String::from_utf8_lossy(&again.stdout).contains("which has your settings"));
    assert_eq!(fs::read_to_string(&hooks).unwrap(), edited);
    assert_eq!(fs::read_to_string(&settings).unwrap(), "{}");
    let main = fs::read_to_string(first.0.join("modules/servers/acme/acme.php")).unwrap();
    assert!(main.contains("'DisplayName' => 'Acme'"));
}

#[test]
fn the_hook_file_that_came_with_the_files_serves_the_new_name() {
    let root = Root::new("hooks");
    fs::create_dir_all(root.0.join("includes/hooks")).unwrap();
    let hooks = root.0.join("includes/hooks/whmcsHooks.php");
    fs::copy(HOOKS, &hooks).unwrap();
    assert!(root.make(&["--name", "acme"]).status.success());
    assert!(fs::read_to_string(&hooks).unwrap().contains("'module' => 'acme'"));
}

#[test]
fn a_hook_file_that_is_not_as_it_was_shipped_is_never_written_whatever_its_bytes() {
    let shipped = fs::read(HOOKS).unwrap();
    let latin1 = [&shipped[..], b"\n// M\xfcller\n"].concat();
    for (test, content) in [
        ("latin1", latin1),
        ("broken", b"<?php \xff".to_vec()),
        ("empty", Vec::new()),
        ("longer", [&shipped[..], b"\n"].concat()),
        ("cut", shipped[..shipped.len() - 1].to_vec()),
    ] {
        let root = Root::new(&format!("bytes-{test}"));
        fs::create_dir_all(root.0.join("includes/hooks")).unwrap();
        let hooks = root.0.join("includes/hooks/whmcsHooks.php");
        fs::write(&hooks, &content).unwrap();
        let made = root.make(&["--name", "acme"]);
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        assert!(
            made.status.success() && said.contains("which has your settings"),
            "{test}: {made:?}"
        );
        assert_eq!(fs::read(&hooks).unwrap(), content, "{test}");
    }
}

#[test]
fn a_hook_file_that_cannot_be_read_is_left_alone_and_named() {
    let root = Root::new("unread");
    let hooks = root.0.join("includes/hooks/whmcsHooks.php");
    // Nobody reads a folder as a file, whatever their rights.
    fs::create_dir_all(&hooks).unwrap();
    let made = root.make(&["--name", "acme"]);
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success(), "{made:?}");
    assert!(
        said.contains("could not be read") && said.contains("'module' => 'acme'"),
        "{said}"
    );
    assert!(hooks.is_dir());
}

#[test]
fn a_second_white_label_is_told_whom_the_hook_file_serves() {
    let root = Root::new("second-hooks");
    assert!(root.make(&["--name", "acme"]).status.success());
    let made = root.make(&["--name", "other"]);
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(
        said.contains("which serves acme") && said.contains("'module' => 'other'"),
        "{said}"
    );
    assert!(!said.contains("your settings"), "{said}");
}

#[test]
fn bad_names_and_brands_are_refused_and_nothing_is_written() {
    let root = Root::new("bad");
    let long = "a".repeat(33);
    for name in [
        "",
        "a",
        "A",
        "Acme",
        "acme backup",
        "acme_backup",
        "acme-backup",
        "1acme",
        "ácme",
        "../x",
        "acme.php",
        &long,
    ] {
        let refused = root.make(&["--name", name]);
        assert_eq!(refused.status.code(), Some(2), "{name}");
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains("nothing was written"),
            "{name}"
        );
    }
    for display in [
        "",
        " ",
        "<b>",
        "a\nb",
        "Acme \u{202e}pukcaB",
        "Acme\u{200b}",
        "\u{feff}\u{2066}",
        "a\u{ad}b",
        "a\u{85}b",
        &"x".repeat(61),
    ] {
        assert_eq!(
            root.make(&["--name", "acme", "--display", display]).status.code(),
            Some(2),
            "{display:?}"
        );
    }
    for (option, value) in [("--name", "acme"), ("--display", "Acme"), ("--into", "/")] {
        let refused = root.make(&["--name", "acme", "--display", "Acme", option, value]);
        assert_eq!(refused.status.code(), Some(2), "{option}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains("twice") && told.contains(option), "{told}");
    }
    assert_eq!(root.make(&["--display", "Acme"]).status.code(), Some(2));
    assert_eq!(root.make(&["--name", "acme", "--colour", "red"]).status.code(), Some(2));
    assert!(root.files().is_empty());
    assert!(root.make(&["--name", &"a".repeat(32)]).status.success());
}

#[test]
fn taken_names_are_refused_and_left_alone() {
    let root = Root::new("taken");
    for name in ["onapp", "singlehop", "backupserver"] {
        assert_eq!(root.make(&["--name", name]).status.code(), Some(2), "{name}");
    }
    let theirs = root.0.join("modules/servers/cpanel");
    fs::create_dir_all(&theirs).unwrap();
    fs::write(theirs.join("cpanel.php"), "<?php // another module").unwrap();
    fs::create_dir_all(root.0.join("modules/servers/empty")).unwrap();
    let before = root.files();
    for name in ["cpanel", "empty"] {
        let refused = root.make(&["--name", name]);
        assert_eq!(refused.status.code(), Some(1), "{name}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("is taken"), "{name}");
    }
    assert_eq!(root.files(), before);
    let nowhere = Command::new(env!("CARGO_BIN_EXE_provisor"))
        .args(["whitelabel", "--name", "acme", "--into"])
        .arg(root.0.join("modules"))
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("no folder modules/servers"));
}

#[test]
fn a_name_that_a_module_of_another_kind_has_is_refused_because_php_could_not_load_both() {
    for (theirs, written_so) in [
        ("addons/acme", "addons/acme/acme.php"),
        ("gateways/acme.php", "gateways/acme.php"),
        ("registrars/acme", "registrars/acme/acme.php"),
        ("fraud/acme", "fraud/acme/acme.php"),
        ("security/acme", "security/acme/acme.php"),
        // To PHP a function is one in any case.
        ("addons/Acme", "addons/Acme/Acme.php"),
        ("servers/Acme", "servers/Acme/Acme.php"),
    ] {
        let root = Root::new(&format!("kinds-{}", theirs.replace('/', "-")));
        let file = root.0.join("modules").join(written_so);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "<?php // another module").unwrap();
        let before = root.files();
        let refused = root.make(&["--name", "acme"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{theirs}: {refused:?}");
        for part in ["is taken", &format!("modules/{theirs}"), "nothing was written"] {
            assert!(said.contains(part), "{theirs}: {said}");
        }
        assert_eq!(root.files(), before, "{theirs}");
        assert!(root.make(&["--name", "acme2"]).status.success(), "{theirs}");
    }
    // What is no module takes no name.
    let root = Root::new("no-module");
    for file in ["reports/acme.php", "gateways/callback/acme.php", "addons/acme.txt"] {
        let file = root.0.join("modules").join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    assert!(root.make(&["--name", "acme"]).status.success());
    // One that was made before is made again, whatever came since.
    fs::create_dir_all(root.0.join("modules/addons/acme")).unwrap();
    assert!(root.make(&["--name", "acme"]).status.success());
}

/// The commands of a section of the module's README.
fn commands(heading: &str) -> Vec<String> {
    let page = fs::read_to_string(format!("{TEMPLATE}/README.md")).unwrap();
    let section = page.split("\n## ").find(|part| part.starts_with(heading)).unwrap();
    let indented = section.lines().filter_map(|line| line.strip_prefix("       "));
    indented.map(str::to_owned).collect()
}

#[test]
fn the_readmes_steps_of_switching_over_put_the_module_in_the_place_of_the_vendors() {
    let place = Root::new("switch");
    let root = place.0.join("whmcs");
    let old = root.join("modules/servers/acmebackup");
    let hooks = root.join("includes/hooks/whmcsHooks.php");
    for folder in [
        &old,
        &root.join("includes/hooks"),
        &root.join("includes/provisor/lib/linux-x86_64"),
    ] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(
        old.join("acmebackup.php"),
        "<?php function acmebackup_ConfigOptions() {}",
    )
    .unwrap();
    fs::write(&hooks, "<?php $serverName = 'old.example.net';").unwrap();
    let program = root.join("includes/provisor/lib/linux-x86_64/provisor");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_provisor"), program).unwrap();
    let run = |command: &str| {
        let done = Command::new("sh")
            .args(["-c", command])
            .current_dir(&root)
            .output()
            .unwrap();
        assert!(done.status.success(), "{command}: {done:?}");
    };
    // Too early: refused, with the next step in the words.
    let refused = Command::new(env!("CARGO_BIN_EXE_provisor"))
        .args(["whitelabel", "--name", "acmebackup", "--into"])
        .arg(&root)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("mv ") && said.contains("acmebackup.old") && said.contains("vendor's module"),
        "{said}"
    );
    let steps = commands("9.");
    let [keep, away, make] = steps.as_slice() else {
        panic!("{steps:?}")
    };
    run(keep);
    // Step 1: the files of this release over the root.
    fs::copy(HOOKS, &hooks).unwrap();
    run(away);
    run(make);
    let kept = fs::read_to_string(place.0.join("whmcsHooks.old.php")).unwrap();
    assert!(kept.contains("old.example.net"));
    assert!(place.0.join("acmebackup.old/acmebackup.php").exists());
    let module = fs::read_to_string(old.join("acmebackup.php")).unwrap();
    assert!(module.contains("function acmebackup_SuspendAccount") && module.contains("'Acme Backup'"));
    assert!(fs::read_to_string(&hooks).unwrap().contains("'module' => 'acmebackup'"));
}

#[test]
fn help_is_the_usage_and_no_mistake() {
    for word in ["--help", "-h", "help"] {
        let said = Command::new(env!("CARGO_BIN_EXE_provisor"))
            .args(["whitelabel", word])
            .output()
            .unwrap();
        assert_eq!(said.status.code(), Some(0), "{word}");
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(
            text.contains("provisor whitelabel --name NAME") && text.contains("--into FOLDER"),
            "{text}"
        );
        assert!(said.stderr.is_empty());
    }
}
