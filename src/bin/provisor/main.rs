//! The command line: the step protocol over stdin and stdout for hosts that forbid FFI, and a maker of white labels
//! (`whitelabel.rs`). Owns reading and writing lines; everything else is the library. Never writes to stderr during a
//! session, and shows no secret.

mod whitelabel;

use provisor::capi::{ABI_VERSION, Guarded};
use provisor::session::MAX_MESSAGE;
use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;
use zeroize::Zeroizing;

const HELP: &str = "\
provisor - billing-panel modules for hosting control panels

Usage:
  provisor session     run one job over stdin and stdout, one JSON message a line
  provisor whitelabel  make the Backup Server module under a name of your own
  provisor version     print version, ABI and protocol
  provisor --help      print this

provisor session
  The first line in is the config:
    {\"v\":1,\"job\":\"onapp.create\",\"now\":\"2026-01-31T00:00:00Z\",\"limits\":{},\"input\":{}}
  Each line out is an op, a report or an error, as provisor_session_step returns it (see include/provisor.h).
  Each further line in is the reply to the last op. After an error of class -101 to -199 the op is still owed: send
  its reply again. After a report or any other error the program ends.
  Exit status: 0 after a report, 1 after an error or when the input ends early.

provisor whitelabel --name NAME [--display TEXT] [--into FOLDER]
  NAME     2 to 32 lower-case letters and digits, beginning with a letter: the folder and the functions of the module
  TEXT     the brand that staff read, NAME by default
  FOLDER   the root of WHMCS, the working folder by default
  Writes modules/servers/NAME and, unless it has your settings, includes/hooks/whmcsHooks.php. Run it again after each
  update. A name that is taken is refused.
  Exit status: 0 when written, 1 when refused, 2 when the arguments are wrong.
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let text = match words.as_slice() {
        ["session"] => return session(&mut io::stdin().lock(), &mut io::stdout().lock()).unwrap_or(ExitCode::FAILURE),
        ["help" | "--help" | "-h"] | ["whitelabel", "help" | "--help" | "-h"] => HELP.to_owned(),
        ["whitelabel", words @ ..] => return whitelabel::run(words),
        ["version" | "--version"] => format!(
            "provisor {} (ABI {ABI_VERSION}, protocol 1)\n",
            env!("CARGO_PKG_VERSION")
        ),
        _ => {
            eprintln!("provisor: expected `session`, `whitelabel` or `version`; `provisor --help` explains them.");
            return ExitCode::from(2);
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Runs one job. An error of the pipes means that the host is gone: the session is dropped, and nobody is left to tell.
fn session(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<ExitCode> {
    let Some(config) = line(input)? else {
        return Ok(ExitCode::FAILURE);
    };
    let mut session = Guarded::open(&config);
    drop(config);
    let mut reply = None;
    loop {
        let (told, message) = session.step(reply.as_ref().map(|r: &Zeroizing<Vec<u8>>| r.as_slice()));
        output.write_all(message)?;
        output.write_all(b"\n")?;
        output.flush()?;
        match told {
            0 => return Ok(ExitCode::SUCCESS),
            1 | -199..=-101 => {}
            _ => return Ok(ExitCode::FAILURE),
        }
        reply = match line(input)? {
            Some(line) => Some(line),
            None => return Ok(ExitCode::FAILURE),
        };
    }
}

/// One line without its end; of a line that is too large, just enough for the session to refuse it. None at the end.
fn line(input: &mut impl BufRead) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut line = Zeroizing::new(Vec::new());
    let most = u64::try_from(MAX_MESSAGE).unwrap_or(u64::MAX).saturating_add(2);
    if input.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else if line.len() > MAX_MESSAGE {
        input.skip_until(b'\n')?;
    }
    Ok(Some(line))
}
