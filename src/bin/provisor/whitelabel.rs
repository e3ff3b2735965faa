//! `provisor whitelabel`: the Backup Server module under a name of your own. Owns the template's files and what is replaced
//! in them; the same name gives the same bytes. A folder that it did not make is never touched, nor is a hook file that was
//! edited or that it cannot read, nor a config.json.

use provisor::panel::backupserver::is_unseen;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is looked for and what takes its place; each stands in the template, which a test checks.
type Rules<'a> = &'a [(&'a str, String)];

macro_rules! template {
    ($path:literal) => {
        include_bytes!(concat!("../../../php/modules/servers/backupserver/", $path))
    };
}

/// The template: path in the module's folder and content. The first is named after the module.
const FILES: [(&str, &[u8]); 10] = [
    ("backupserver.php", template!("backupserver.php")),
    // The settings beside it are not for the web.
    (".htaccess", template!(".htaccess")),
    ("hooks.php", template!("hooks.php")),
    ("whmcs.json", template!("whmcs.json")),
    ("config.json.example", template!("config.json.example")),
    ("README.md", template!("README.md")),
    ("logo.png", template!("logo.png")),
    ("templates/page.tpl", template!("templates/page.tpl")),
    ("lang/english.php", template!("lang/english.php")),
    ("lang/german.php", template!("lang/german.php")),
];

const HOOKS: &str = include_str!("../../../php/includes/hooks/whmcsHooks.php");

/// By this line a module is known as one that we made.
const MADE: &str = "A white label of backupserver, made by `provisor whitelabel`: make it again after each update.";

/// Modules of provisor itself.
const OURS: [&str; 6] = [
    "backupserver",
    "onapp",
    "onappcdn",
    "onappusers",
    "provisor",
    "singlehop",
];

/// The kinds of modules whose functions begin with the module's name. PHP cannot load two of one name, of whatever kinds.
const KINDS: [&str; 6] = ["addons", "fraud", "gateways", "registrars", "security", "servers"];

/// Runs the command with the words after `whitelabel`.
pub(super) fn run(words: &[&str]) -> ExitCode {
    let wanted = match Wanted::read(words) {
        Ok(wanted) => wanted,
        Err(sentence) => {
            eprintln!("provisor whitelabel: {sentence}");
            return ExitCode::from(2);
        }
    };
    match wanted.make() {
        Ok(told) => {
            println!("{}", told.join("\n"));
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("provisor whitelabel: {sentence}");
            ExitCode::FAILURE
        }
    }
}

struct Wanted {
    name: String,
    display: String,
    root: PathBuf,
}

impl Wanted {
    fn read(words: &[&str]) -> Result<Self, String> {
        let (mut name, mut display, mut root) = (None::<String>, None::<String>, None::<String>);
        let mut rest = words.iter();
        while let Some(option) = rest.next() {
            let value = rest
                .next()
                .ok_or_else(|| format!("{option} wants a value; nothing was written"))?;
            let place = match *option {
                "--name" => &mut name,
                "--display" => &mut display,
                "--into" => &mut root,
                _ => return Err(format!("there is no option {option}; nothing was written")),
            };
            if place.replace((*value).to_owned()).is_some() {
                return Err(format!("{option} is given twice; nothing was written"));
            }
        }
        let name = name.ok_or("--name is missing; nothing was written")?;
        let mut letters = name.bytes();
        let fits = letters.next().is_some_and(|b| b.is_ascii_lowercase())
            && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && (2..=32).contains(&name.len());
        if !fits {
            return Err(
                "--name must be 2 to 32 lower-case letters and digits, beginning with a letter; nothing was \
                        written"
                    .to_owned(),
            );
        }
        if OURS.contains(&name.as_str()) {
            return Err(format!(
                "--name {name} is a module of provisor itself; nothing was written"
            ));
        }
        let display = display.unwrap_or_else(|| name.clone());
        let plain = |c: char| !c.is_control() && !is_unseen(c) && !matches!(c, '<' | '>');
        if display.trim().is_empty() || display.chars().count() > 60 || !display.chars().all(plain) {
            return Err(
                "--display must be 1 to 60 characters that can be seen, without < and >; nothing was written"
                    .to_owned(),
            );
        }
        Ok(Self {
            name,
            display: display.trim().to_owned(),
            root: PathBuf::from(root.unwrap_or_else(|| ".".to_owned())),
        })
    }

    /// Writes the files and tells which.
    fn make(&self) -> Result<Vec<String>, String> {
        let servers = self.root.join("modules/servers");
        if !servers.is_dir() {
            return Err(format!(
                "{} has no folder modules/servers: run this in the root of WHMCS, or name it with --into; nothing was \
                 written",
                self.root.display()
            ));
        }
        let folder = servers.join(&self.name);
        if folder.exists() {
            let main = fs::read_to_string(folder.join(format!("{}.php", self.name))).unwrap_or_default();
            if !main.contains(MADE) {
                return Err(format!(
                    "the name {name} is taken: {there} is another module; nothing was written. If it is the vendor's module, \
                     which this one is to take the place of, move it out of modules/servers first, then run this again:\n  \
                     mv {there} {away}\nWhere WHMCS lies in a folder of a site, take another place that the web server does \
                     not serve. Otherwise choose another name",
                    name = self.name,
                    there = folder.display(),
                    away = self.root.join("..").join(format!("{}.old", self.name)).display()
                ));
            }
        } else if let Some(theirs) = self.taken_by() {
            return Err(format!(
                "the name {} is taken: {} is another module, and PHP cannot load two modules of one name; nothing was written. \
                 Choose another name",
                self.name,
                theirs.display()
            ));
        }
        let mut told = Vec::new();
        for (path, content) in FILES {
            let path = match path {
                "backupserver.php" => format!("{}.php", self.name),
                path => path.to_owned(),
            };
            let content = match std::str::from_utf8(content) {
                Ok(text) => replaced(text, &self.rules(&path)).into_bytes(),
                Err(_) => content.to_vec(),
            };
            told.push(write(&folder.join(path), &content)?);
        }
        told.push(self.hooks()?);
        told.push(format!(
            "Next: choose \"{}\" as the module of a product; {} tells how.",
            self.display,
            folder.join("README.md").display()
        ));
        Ok(told)
    }

    /// A module of any kind that has the name: a folder or a PHP file. PHP reads names of functions in any case.
    fn taken_by(&self) -> Option<PathBuf> {
        for kind in KINDS {
            let Ok(there) = fs::read_dir(self.root.join("modules").join(kind)) else {
                continue;
            };
            for path in there.flatten().map(|entry| entry.path()) {
                let is_php = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("php"));
                let theirs = match path.is_dir() {
                    true => path.file_name(),
                    false => path.file_stem().filter(|_| is_php),
                };
                if theirs.is_some_and(|name| name.eq_ignore_ascii_case(&self.name)) {
                    return Some(path);
                }
            }
        }
        None
    }

    /// The hook file has one place for all white labels; it serves this one unless it was edited before.
    fn hooks(&self) -> Result<String, String> {
        let path = self.root.join("includes/hooks/whmcsHooks.php");
        let ours = replaced(HOOKS, &self.rules("whmcsHooks.php"));
        let kept = |why: String| {
            format!(
                "kept  {}, which {why}; to let it read {name}'s config.json, set 'module' => '{name}' in it",
                path.display(),
                name = self.name
            )
        };
        let there = match fs::read(&path) {
            Ok(there) => there,
            Err(e) if e.kind() == ErrorKind::NotFound => return write(&path, ours.as_bytes()),
            Err(e) => return Ok(kept(format!("could not be read ({e})"))),
        };
        // A byte that is no UTF-8 is none of ours.
        match std::str::from_utf8(&there) {
            Ok(there) if there == ours => Ok(format!("kept  {}", path.display())),
            Ok(HOOKS) => write(&path, ours.as_bytes()),
            // The file as it was made for another white label, and never edited.
            Ok(there) if served(there).is_some() => Ok(kept(format!("serves {}", served(there).unwrap_or_default()))),
            _ => Ok(kept("has your settings".to_owned())),
        }
    }

    fn rules(&self, path: &str) -> Vec<(&'static str, String)> {
        let name = &self.name;
        let quoted = self.display.replace('\\', "\\\\").replace('\'', "\\'");
        match path {
            "hooks.php" | "whmcsHooks.php" => vec![("'module' => 'backupserver'", format!("'module' => '{name}'"))],
            "whmcs.json" => {
                let display = serde_json::Value::from(self.display.as_str());
                vec![
                    ("\"name\": \"backupserver\"", format!("\"name\": \"{name}\"")),
                    ("\"name\": \"Backup Server\"", format!("\"name\": {display}")),
                ]
            }
            "README.md" => vec![
                (
                    "modules/servers/backupserver/backupserver.php",
                    format!("modules/servers/{name}/{name}.php"),
                ),
                ("modules/servers/backupserver", format!("modules/servers/{name}")),
            ],
            path if *path == format!("{name}.php") => vec![
                (
                    "A white label is made from this file by `provisor whitelabel`.",
                    MADE.to_owned(),
                ),
                ("function backupserver_", format!("function {name}_")),
                (
                    "'DisplayName' => 'Backup Server'",
                    format!("'DisplayName' => '{quoted}'"),
                ),
                ("staffButtons('backupserver'", format!("staffButtons('{name}'")),
            ],
            _ => Vec::new(),
        }
    }
}

/// The module that a hook file serves, if that is all in which it differs from the template.
fn served(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("'module' => '")?;
    let (name, _) = rest.split_once('\'')?;
    let same = HOOKS.replace("'module' => 'backupserver'", &format!("'module' => '{name}'"));
    (same == text).then_some(name)
}

fn replaced(text: &str, rules: Rules<'_>) -> String {
    let mut text = text.to_owned();
    for (search, new) in rules {
        text = text.replace(search, new);
    }
    text
}

fn write(path: &Path, content: &[u8]) -> Result<String, String> {
    let failed = |e: std::io::Error| format!("{} could not be written: {e}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, content).map_err(failed)?;
    Ok(format!("wrote {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_is_replaced_stands_in_its_template() {
        let wanted = Wanted {
            name: "acme".into(),
            display: "Acme".into(),
            root: PathBuf::new(),
        };
        let files = FILES.iter().map(|(path, content)| {
            let path = path.replace("backupserver", "acme");
            (path, String::from_utf8_lossy(content).into_owned())
        });
        for (path, text) in files.chain([("whmcsHooks.php".to_owned(), HOOKS.to_owned())]) {
            for (search, _) in wanted.rules(&path) {
                assert!(text.contains(search), "{path} has no {search}");
            }
        }
    }
}
