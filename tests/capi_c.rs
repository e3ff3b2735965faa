//! The C ABI from outside: the shipped form of the library, compiled against and linked as a C or C++ program does,
//! under valgrind; and what the built file itself promises (symbols, SONAME, staying loaded).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a tool. A missing tool fails with the package that brings it.
fn run(command: &mut Command, package: &str) -> Output {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .output()
        .unwrap_or_else(|e| panic!("{program} cannot be run ({e}); install it with: apt-get install {package}"))
}

fn told(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A folder of this test run.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&place).unwrap();
    place
}

/// The libraries and the program as shipped.
fn shipped() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("shipped", &[]))
}

/// The same with the job that panics. For time's sake our own code is not optimised; what is shipped has its own tests here,
/// and those of the PHP side.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let extra = [
        "--features",
        "panic-job",
        "--config",
        "profile.release.package.provisor.opt-level=0",
    ];
    BUILT.get_or_init(|| build("with-panic-job", &extra))
}

fn build(name: &str, extra: &[&str]) -> PathBuf {
    let out = place(name);
    let built = run(
        Command::new(root().join("tests/build-lib.sh"))
            .arg(&out)
            .args(extra)
            // Dependencies are built once for both.
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")),
        "bash",
    );
    assert!(built.status.success(), "{}", told(&built));
    out
}

/// A way to build: a name, the compiler, its package, the language.
const LANGUAGES: [(&str, &str, &str, &[&str]); 3] = [
    (
        "c99",
        "gcc",
        "gcc",
        &["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-pedantic"],
    ),
    (
        "c23",
        "gcc",
        "gcc",
        &["-std=c2x", "-D_POSIX_C_SOURCE=200809L", "-pedantic"],
    ),
    ("cpp", "g++", "g++", &["-std=c++11", "-x", "c++"]),
];

fn knows(compiler: &str, package: &str, options: &[&str]) -> bool {
    run(
        Command::new(compiler)
            .args(options)
            .args(["-fsyntax-only", "-xc", "/dev/null"]),
        package,
    )
    .status
    .success()
}

fn compile(
    lib: &Path,
    source: &str,
    statically: bool,
    (name, compiler, package, options): (&str, &str, &str, &[&str]),
) -> PathBuf {
    let kind = if statically { "static" } else { "shared" };
    let stem = Path::new(source).file_stem().unwrap().to_string_lossy();
    let program = place("programs").join(format!("{stem}-{name}-{kind}"));
    let mut command = Command::new(compiler);
    command
        .args(options)
        .args(["-Wall", "-Wextra", "-Werror", "-g", "-I"])
        .arg(root().join("include"))
        .arg("-o")
        .arg(&program)
        .arg(root().join(source))
        .args(["-x", "none"]);
    if statically {
        command
            .arg(lib.join("libprovisor.a"))
            .args(["-lpthread", "-ldl", "-lm", "-lgcc_s"]);
    } else {
        command.arg("-L").arg(lib).arg("-lprovisor").args(["-lpthread", "-ldl"]);
        command.arg(format!("-Wl,-rpath,{}", lib.display()));
    }
    let built = run(&mut command, package);
    assert!(built.status.success(), "{source} as {name}, {kind}: {}", told(&built));
    program
}

fn promises(language: usize) {
    let language = LANGUAGES.get(language).unwrap();
    if !knows(language.1, language.2, &language.3[..1]) {
        println!("{} does not know {}; left out", language.1, language.3[0]);
        return;
    }
    for statically in [false, true] {
        let program = compile(library(), "tests/c/promises.c", statically, *language);
        let ran = run(
            Command::new("valgrind")
                .args([
                    "--quiet",
                    "--error-exitcode=99",
                    "--leak-check=full",
                    "--show-leak-kinds=definite,indirect,possible",
                ])
                .args([
                    "--errors-for-leak-kinds=definite,indirect,possible",
                    "--child-silent-after-fork=yes",
                ])
                .arg(&program),
            "valgrind",
        );
        assert!(ran.status.success(), "{}: {}", program.display(), told(&ran));
        let said = String::from_utf8(ran.stdout).unwrap();
        assert!(said.lines().count() >= 14, "{said}");
        assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn the_promises_hold_in_c99_under_valgrind() {
    promises(0);
}

#[test]
fn the_promises_hold_in_c23_under_valgrind() {
    promises(1);
}

#[test]
fn the_promises_hold_in_cpp_under_valgrind() {
    promises(2);
}

#[test]
fn a_library_closed_while_a_thread_still_lives_does_no_harm() {
    let program = compile(library(), "tests/c/unload.c", false, LANGUAGES[0]);
    let ran = run(
        Command::new("valgrind")
            .args(["--quiet", "--error-exitcode=99"])
            .arg(program)
            .arg(library().join("libprovisor.so")),
        "valgrind",
    );
    assert!(ran.status.success() && ran.stderr.is_empty(), "{}", told(&ran));
}

#[test]
fn the_example_of_the_header_compiles_and_runs_under_valgrind() {
    for language in LANGUAGES {
        if !knows(language.1, language.2, &language.3[..1]) {
            continue;
        }
        for statically in [false, true] {
            let ran = run(
                Command::new("valgrind")
                    .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
                    .arg(compile(shipped(), "tests/c/example.c", statically, language)),
                "valgrind",
            );
            assert!(ran.status.success() && ran.stderr.is_empty(), "{}", told(&ran));
            let said = String::from_utf8_lossy(&ran.stdout).into_owned();
            assert!(said.contains(r#""v":1"#), "{said}");
        }
    }
}

#[test]
fn only_our_functions_are_exported() {
    let listed = run(
        Command::new("nm")
            .args(["--dynamic", "--defined-only", "--format=just-symbols"])
            .arg(shipped().join("libprovisor.so")),
        "binutils",
    );
    let symbols: Vec<String> = String::from_utf8(listed.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        symbols,
        [
            "provisor_abi_version",
            "provisor_build_info",
            "provisor_overage",
            "provisor_session_error",
            "provisor_session_free",
            "provisor_session_new",
            "provisor_session_step",
            "provisor_version",
        ],
        "the exported functions changed: that is a change of the ABI"
    );
}

#[test]
fn the_file_carries_its_abi_number_and_is_never_unloaded() {
    let read = run(
        Command::new("readelf")
            .args(["--dynamic", "--wide"])
            .arg(shipped().join("libprovisor.so")),
        "binutils",
    );
    let dynamic = String::from_utf8(read.stdout).unwrap();
    let soname = format!("[libprovisor.so.{}]", provisor::capi::ABI_VERSION);
    assert!(
        dynamic.lines().any(|l| l.contains("(SONAME)") && l.contains(&soname)),
        "{dynamic}"
    );
    assert!(
        dynamic
            .lines()
            .any(|l| l.contains("(FLAGS_1)") && l.contains("NODELETE")),
        "{dynamic}"
    );
}

#[test]
fn the_build_works_in_a_folder_with_blanks_in_its_name() {
    let crate_root = place("a folder with blanks");
    for folder in ["src", "include", "tests"] {
        fs::create_dir_all(crate_root.join(folder)).unwrap();
    }
    let manifest = "[package]\nname = \"provisor\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                    [lib]\ncrate-type = [\"cdylib\", \"staticlib\"]\n[workspace]\n";
    let lock = "version = 4\n\n[[package]]\nname = \"provisor\"\nversion = \"0.1.0\"\n";
    let source = "//! Where a defect would be reported.\n\
                  #[unsafe(no_mangle)]\npub extern \"C\" fn place() -> *const u8 { file!().as_ptr() }\n";
    for (file, text) in [
        ("Cargo.toml", manifest),
        ("Cargo.lock", lock),
        ("build.rs", "fn main() {}\n"),
        ("src/lib.rs", source),
        ("src/main.rs", "fn main() {}\n"),
    ] {
        fs::write(crate_root.join(file), text).unwrap();
    }
    let script = crate_root.join("tests/build-lib.sh");
    fs::copy(root().join("tests/build-lib.sh"), &script).unwrap();
    let out = crate_root.join("what is shipped");
    let built = run(Command::new(&script).arg(&out).env_remove("CARGO_TARGET_DIR"), "bash");
    assert!(built.status.success(), "{}", told(&built));
    for file in ["libprovisor.so", "libprovisor.so.1", "libprovisor.a", "provisor"] {
        assert!(out.join(file).exists(), "{file}");
    }
}

#[test]
fn the_file_names_nothing_of_the_machine_that_built_it() {
    for file in ["libprovisor.so", "provisor"] {
        let bytes = fs::read(shipped().join(file)).unwrap();
        let home = std::env::var("HOME").unwrap_or_default();
        for path in [env!("CARGO_MANIFEST_DIR"), home.as_str()] {
            let path = format!("{path}/");
            assert!(
                path.len() < 3 || !bytes.windows(path.len()).any(|w| w == path.as_bytes()),
                "{file} holds the path {path}"
            );
        }
    }
}

#[test]
fn php_reads_its_header_and_calls_every_function() {
    let script = r#"
        $ffi = FFI::cdef(file_get_contents($argv[1]), $argv[2]);
        $config = '{"v":1,"job":"test.panic","now":"2026-01-01T00:00:00Z","limits":[],"input":[]}';
        $s = $ffi->provisor_session_new($config, strlen($config));
        $out = FFI::new('const char *'); $len = FFI::new('size_t');
        $told = [$ffi->provisor_session_step($s, null, 0, FFI::addr($out), FFI::addr($len)) === $ffi->PROVISOR_STEP_OP];
        $reply = '{"v":1,"id":"1","value":{"time_zone":"panic"}}';
        $class = $ffi->provisor_session_step($s, $reply, strlen($reply), FFI::addr($out), FFI::addr($len));
        $told[] = $class === $ffi->PROVISOR_CLASS_INTERNAL;
        $told[] = json_decode(FFI::string($out, $len->cdata))->error->class === $class;
        $told[] = $ffi->provisor_session_error($s, FFI::addr($out), FFI::addr($len)) === $class;
        $ffi->provisor_session_free($s);
        $request = '{"v":1,"used_kb":"2097152","included_mb":"1500","price_per_mb":"0.02","rate":"1","digits":2,"kb":"1024","threshold":"0.10"}';
        $buffer = FFI::new('char[256]');
        $told[] = $ffi->provisor_overage($request, strlen($request), $buffer, 256, FFI::addr($len)) === 0;
        $told[] = json_decode(FFI::string($buffer, $len->cdata))->amount === '10.96';
        $told[] = $ffi->provisor_abi_version() === (int) $argv[3];
        $told[] = str_contains($ffi->provisor_build_info(), $ffi->provisor_version());
        echo json_encode($told);
    "#;
    let ran = run(
        Command::new("php")
            .args([
                "-d",
                "ffi.enable=1",
                "-d",
                "error_reporting=-1",
                "-d",
                "display_errors=1",
                "-r",
                script,
                "--",
            ])
            .arg(root().join("php/includes/provisor/provisor.ffi.h"))
            .arg(library().join("libprovisor.so"))
            .arg(provisor::capi::ABI_VERSION.to_string()),
        "php-cli",
    );
    assert_eq!(
        String::from_utf8_lossy(&ran.stdout),
        "[true,true,true,true,true,true,true,true]",
        "{}",
        told(&ran)
    );
}

/// Runs `provisor session` with these lines and gives status, output lines and stderr.
fn line_protocol(lines: &[&[u8]]) -> (Option<i32>, Vec<String>, Vec<u8>) {
    let mut child = Command::new(library().join("provisor"))
        .arg("session")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        // The program may have ended already: that is what some tests look at.
        let _ = input.write_all(line).and_then(|()| input.write_all(b"\n"));
    }
    drop(input);
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    (
        ended.status.code(),
        said.lines().map(str::to_owned).collect(),
        ended.stderr,
    )
}

const CONFIG: &[u8] = br#"{"v":1,"job":"test.panic","now":"2026-01-01T00:00:00Z"}"#;
const REPLY: &[u8] = br#"{"v":1,"id":"1","value":{"time_zone":"UTC"}}"#;

#[test]
fn the_line_protocol_speaks_the_same_messages() {
    let (status, said, stderr) = line_protocol(&[CONFIG, REPLY]);
    assert_eq!((status, said.len(), stderr.len()), (Some(0), 2, 0), "{said:?}");
    assert!(
        said[0].contains(r#""op":"host.settings""#) && said[1].contains("The zone is UTC."),
        "{said:?}"
    );
}

#[test]
fn the_line_protocol_takes_a_reply_again_after_a_bad_one() {
    let large = vec![b' '; 33 * 1024 * 1024];
    let (status, said, _) = line_protocol(&[CONFIG, b"\xff", b"{", b"", &large, REPLY]);
    assert_eq!((status, said.len()), (Some(0), 6), "{said:?}");
    for (line, class) in said[1..5].iter().zip([-103, -103, -103, -104]) {
        assert!(line.contains(&format!(r#""class":{class},"#)), "{line}");
    }
}

#[test]
fn the_line_protocol_is_silent_about_a_panic_and_ends() {
    let (status, said, stderr) = line_protocol(&[CONFIG, br#"{"v":1,"id":"1","value":{"time_zone":"panic"}}"#, REPLY]);
    assert_eq!((status, said.len(), stderr.len()), (Some(1), 2, 0), "{said:?}");
    assert!(
        said[1].contains(r#""class":-901,"#) && !said[1].contains("secret"),
        "{said:?}"
    );
}

#[test]
fn the_line_protocol_ends_with_its_host() {
    assert_eq!(line_protocol(&[]).0, Some(1));
    let (status, said, stderr) = line_protocol(&[CONFIG]);
    assert_eq!((status, said.len(), stderr.len()), (Some(1), 1, 0));
    let (status, said, _) = line_protocol(&[b"{}"]);
    assert_eq!((status, said.len()), (Some(1), 1));
}

#[test]
fn the_program_explains_itself() {
    for word in ["version", "--help"] {
        let ran = run(Command::new(shipped().join("provisor")).arg(word), "");
        assert!(
            ran.status.success() && ran.stdout.starts_with(b"provisor "),
            "{}",
            told(&ran)
        );
    }
    let ran = run(Command::new(shipped().join("provisor")).arg("nonsense"), "");
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("--help"));
}
