//! Money, meter and bill hold no binary floating point: neither a type nor a literal, outside comments and strings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod tree;

use std::fs;
use tree::{files, root};

/// Rust source with comments, strings and characters blanked out, line breaks kept.
fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::new();
    let mut at = 0;
    let starts = |at: usize, text: &str| text.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    while at < chars.len() {
        let begin = at;
        if starts(at, "//") {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            let mut depth = 0;
            loop {
                if starts(at, "/*") {
                    depth += 1;
                    at += 2;
                } else if starts(at, "*/") {
                    depth -= 1;
                    at += 2;
                } else {
                    at += 1;
                }
                if depth == 0 || at >= chars.len() {
                    break;
                }
            }
        } else if chars[at] == 'r' && (starts(at + 1, "\"") || starts(at + 1, "#")) && !word_before(&chars, at) {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(at + 1 + hashes) != Some(&'"') {
                code.push(chars[at]);
                at += 1;
                continue;
            }
            let end = format!("\"{}", "#".repeat(hashes));
            at += 2 + hashes;
            while at < chars.len() && !starts(at, &end) {
                at += 1;
            }
            at += end.chars().count();
        } else if chars[at] == '"' {
            at += 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if chars[at] == '\'' && (chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')) {
            at += 2;
            while at < chars.len() && chars[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else {
            code.push(chars[at]);
            at += 1;
            continue;
        }
        code.push(' ');
        code.extend(chars[begin..at.min(chars.len())].iter().filter(|c| **c == '\n'));
    }
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_before(chars: &[char], at: usize) -> bool {
    at > 0 && is_word(chars[at - 1])
}

/// The floating-point types and literals in Rust source, each with its line.
fn floats(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in code_only(source).lines().enumerate() {
        let chars: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            if !is_word(chars[at]) {
                at += 1;
                continue;
            }
            let begin = at;
            while at < chars.len() && is_word(chars[at]) {
                at += 1;
            }
            let word: String = chars[begin..at].iter().collect();
            let float = if word.starts_with(|c: char| c.is_ascii_digit()) {
                // `.0` after a value is a field of a tuple, and `1..` a range.
                let field = begin > 0 && chars[begin - 1] == '.' && !(begin > 1 && chars[begin - 2] == '.');
                let point = chars.get(at) == Some(&'.')
                    && chars.get(at + 1) != Some(&'.')
                    && !chars.get(at + 1).is_some_and(|c| c.is_alphabetic() || *c == '_');
                let hex = word.starts_with("0x");
                let exponent = !hex && !field && word.chars().all(|c| c.is_ascii_digit() || "eE_".contains(c));
                (point && !field)
                    || (exponent && word.contains(['e', 'E']))
                    || (!hex && (word.ends_with("f32") || word.ends_with("f64")))
            } else {
                let word = word.to_ascii_lowercase();
                word.split('_')
                    .any(|part| matches!(part, "f16" | "f32" | "f64" | "f128" | "float"))
            };
            if float {
                found.push(format!("line {}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn money_meter_and_bill_hold_no_float_type_and_no_float_literal() {
    for folder in ["money", "meter", "bill"] {
        let sources = files(&root().join("src").join(folder), ".rs");
        assert!(
            !sources.is_empty(),
            "src/{folder} has no files: the scan looks at the wrong place"
        );
        for file in sources {
            let found = floats(&fs::read_to_string(&file).unwrap());
            assert!(found.is_empty(), "{}: {found:?}", file.display());
        }
    }
}

#[test]
fn the_scan_finds_every_way_to_write_a_float() {
    for planted in [
        "let x = 0.5;",
        "let x = 1.;",
        "let x = 1e9;",
        "let x = 1_0E-3;",
        "let x = 2f64;",
        "let x = 2_f32;",
        "fn f(x: f64) {}",
        "let x: Vec<f32> = vec![];",
        "value.as_f64()",
        "Decimal::from_f64_retain(x)",
        "a(1.5e3)",
        "/* text */ let x = 0.5;",
        "let c = '\"'; let x = 0.5; // \"",
        "let s = r#\"\"\"#; let x = 0.5;",
        "fn f<'a>(x: &'a str) { 0.5 }",
    ] {
        assert_eq!(floats(planted).len(), 1, "{planted}");
    }
}

#[test]
fn the_scan_leaves_alone_what_is_no_float() {
    for harmless in [
        "// 0.5 and f64",
        "/* 0.5 /* 0.5 */ f64 */ let x = 5;",
        "/// price \"0.02\"\nlet x = \"0.5\";",
        "let x = r#\"0.5 \" f64\"#;",
        "let x = \"a \\\" 0.5\";",
        "self.0.1",
        "pair.0 + pair.1",
        "for i in 0..5 {}",
        "let x = 10u128.pow(3);",
        "let x = 0x1e9;",
        "let c = '0'; let d = '\\'';",
        "let offset = 31;",
    ] {
        assert_eq!(floats(harmless), Vec::<String>::new(), "{harmless}");
    }
}
