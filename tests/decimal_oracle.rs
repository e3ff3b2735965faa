//! The same arithmetic done twice: by this crate and by Python's decimal and fractions (`decimal_oracle.py`), over
//! thousands of seeded cases, many of them at the edges of what fits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation)]

use std::cmp::Ordering;
use std::io::Write;
use std::process::{Command, Stdio};

use provisor::bill::{Terms, rate_transfer};
use provisor::meter::KbSize;
use provisor::money::{Decimal, MoneyError, Quotient};
use provisor::time::Share;

const CASES: usize = 4000;

/// A small generator with a fixed seed (SplitMix64), so that a failure comes back on the next run.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn digits(&mut self, count: u64) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// Any text of the grammar: short and long, zeros at either end, halves, exponents, limits.
    fn number(&mut self) -> String {
        let sign = ["", "", "-", "+"][self.below(4) as usize];
        let body = match self.below(8) {
            0 => [
                "0",
                "0.0",
                "1",
                "79228162514264337593543950335",
                "79228162514264337593543950336",
                "0.5",
            ][self.below(6) as usize]
                .to_string(),
            1 => format!("{}.{}5", self.below(100), self.below(1000)),
            2 => {
                let count = 1 + self.below(12);
                let zeros = self.below(20) as usize;
                format!("{}{}", self.digits(count), "0".repeat(zeros))
            }
            3 => {
                let (zeros, count) = (self.below(28) as usize, 1 + self.below(4));
                format!("0.{}{}", "0".repeat(zeros), self.digits(count))
            }
            _ => {
                let (whole, fraction) = (1 + self.below(18), 1 + self.below(14));
                format!("{}.{}", self.digits(whole), self.digits(fraction))
            }
        };
        let exponent = match self.below(6) {
            0 => format!("e{}", self.below(30)),
            1 => format!("E-{}", self.below(30)),
            2 => format!("e+{}", self.below(4)),
            _ => String::new(),
        };
        format!("{sign}{body}{exponent}")
    }

    /// A number that this crate can hold.
    fn held(&mut self) -> String {
        loop {
            let text = self.number();
            if text.parse::<Decimal>().is_ok() {
                return text;
            }
        }
    }
}

/// Puts the cases to Python, one a line, and returns its answers.
fn ask_python(cases: &[String]) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/decimal_oracle.py");
    let spawned = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap_or_else(|error| {
        panic!("this test compares with Python's decimal and needs python3 (Debian: apt install python3): {error}")
    });
    let mut stdin = child.stdin.take().unwrap();
    let text = cases.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(
        output.status.success(),
        "decimal_oracle.py failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(answers.len(), cases.len(), "one answer a case");
    answers
}

/// Ours must be Python's value, or an error where Python's value does not fit.
fn compare(case: &str, ours: Result<Decimal, MoneyError>, python: &str) {
    let (fits, value) = python.split_once('\t').unwrap();
    match ours {
        Ok(ours) => assert_eq!((ours.to_string().as_str(), fits), (value, "yes"), "{case}"),
        Err(error) => assert_eq!(fits, "no", "{case}: refused with {error:?}, but {value} fits"),
    }
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn numbers_are_read_and_printed_as_python_reads_them() {
    let mut random = Seeded(1);
    let numbers: Vec<String> = (0..CASES).map(|_| random.number()).collect();
    let cases: Vec<String> = numbers.iter().map(|number| format!("parse\t{number}")).collect();
    for (number, python) in numbers.iter().zip(ask_python(&cases)) {
        compare(number, number.parse(), &python);
    }
}

#[test]
fn sums_differences_and_order_are_those_of_python() {
    let mut random = Seeded(2);
    let pairs: Vec<(String, String)> = (0..CASES).map(|_| (random.held(), random.held())).collect();
    for op in ["add", "sub", "cmp"] {
        let cases: Vec<String> = pairs.iter().map(|(a, b)| format!("{op}\t{a}\t{b}")).collect();
        for ((case, (a, b)), python) in cases.iter().zip(&pairs).zip(ask_python(&cases)) {
            let (a, b) = (d(a), d(b));
            match op {
                "add" => compare(case, a.add(b), &python),
                "sub" => compare(case, a.sub(b), &python),
                _ => {
                    let ours = match a.cmp(&b) {
                        Ordering::Less => "-1",
                        Ordering::Equal => "0",
                        Ordering::Greater => "1",
                    };
                    assert_eq!(ours, python, "{case}");
                    assert_eq!(a == b, python == "0", "{case}");
                }
            }
        }
    }
}

#[test]
fn products_are_those_of_python_or_refused() {
    let mut random = Seeded(3);
    let pairs: Vec<(String, String)> = (0..CASES).map(|_| (random.held(), random.held())).collect();
    let cases: Vec<String> = pairs.iter().map(|(a, b)| format!("mul\t{a}\t{b}")).collect();
    let mut kept = 0;
    for ((case, (a, b)), python) in cases.iter().zip(&pairs).zip(ask_python(&cases)) {
        let ours = d(a).mul(d(b));
        // A product is refused when its digits do not fit before zeros at its end are dropped; that is stricter than
        // Python's answer about the dropped form, so only what was kept must agree.
        if ours.is_ok() {
            kept += 1;
            compare(case, ours, &python);
        }
    }
    assert!(
        kept > CASES / 2,
        "only {kept} products fitted: the cases test too little"
    );
}

#[test]
fn rounding_is_that_of_python_half_away_from_zero() {
    let mut random = Seeded(4);
    let numbers: Vec<(String, u64)> = (0..CASES).map(|_| (random.held(), random.below(9))).collect();
    let cases: Vec<String> = numbers
        .iter()
        .map(|(a, digits)| format!("round\t{a}\t{digits}"))
        .collect();
    for ((case, (a, digits)), python) in cases.iter().zip(&numbers).zip(ask_python(&cases)) {
        compare(case, Ok(d(a).round(*digits as u32)), &python);
    }
}

#[test]
fn quotients_are_rounded_once_as_python_rounds_the_fraction() {
    let mut random = Seeded(5);
    let quotients: Vec<(String, u64, u64)> = (0..CASES)
        .map(|_| {
            let divisor = match random.below(5) {
                0 => 1024,
                1 => 1000,
                2 => 1024 * (1 + random.below(745)),
                3 => 1 + random.below(20),
                _ => random.next().max(1),
            };
            (random.held(), divisor, random.below(9))
        })
        .collect();
    let rounded: Vec<String> = quotients
        .iter()
        .map(|(a, d, digits)| format!("quotient\t{a}\t{d}\t{digits}"))
        .collect();
    let exact: Vec<String> = quotients.iter().map(|(a, d, _)| format!("exact\t{a}\t{d}")).collect();
    let (rounded_answers, exact_answers) = (ask_python(&rounded), ask_python(&exact));
    for (((a, divisor, digits), once), exactly) in quotients.iter().zip(rounded_answers).zip(exact_answers) {
        let quotient = Quotient::new(d(a), *divisor).unwrap();
        let case = format!("{a} / {divisor} to {digits}");
        let ours = quotient.round_half_away(*digits as u32);
        compare(&case, ours, &once);
        match quotient.exact() {
            Some(ours) => compare(&case, Ok(ours), &exactly),
            None => assert!(
                exactly == "none" || exactly.starts_with("no\t"),
                "{case}: {exactly} has a last digit"
            ),
        }
    }
}

#[test]
fn overage_amounts_are_those_of_the_formula_in_fractions() {
    let mut random = Seeded(6);
    let mut cases = Vec::new();
    let mut ours = Vec::new();
    for _ in 0..CASES {
        let kb = if random.below(2) == 0 {
            KbSize::Binary1024
        } else {
            KbSize::Decimal1000
        };
        let of = if random.below(2) == 0 { 1 } else { 743 + random.below(3) };
        let hours = 1 + random.below(of);
        let per = [1, kb.factor(), kb.factor() * kb.factor()][random.below(3) as usize];
        let usage = random.below(10_000_000_000);
        let included = format!("{}.{}", random.below(3_000_000), random.below(10));
        let price = format!("{}.{:04}", random.below(3), random.below(10_000));
        let rate = ["1", "0.79", "1.23457", "152.90"][random.below(4) as usize];
        let digits = [0, 2, 3][random.below(3) as usize];
        cases.push(format!(
            "rate\t{usage}\t{}\t{included}\t{price}\t{per}\t{rate}\t{hours}\t{of}\t{digits}",
            kb.factor()
        ));
        let terms = Terms {
            included_mb: d(&included),
            price_per_mb: Quotient::new(d(&price), per).unwrap(),
            rate: d(rate),
            currency: "EUR".into(),
            currency_digits: digits,
            kb,
            threshold: Decimal::ZERO,
            taxed: false,
            share: Share { hours, of },
        };
        ours.push(rate_transfer(u128::from(usage), &terms).unwrap().amount);
    }
    let mut above_zero = 0;
    for ((case, ours), python) in cases.iter().zip(ours).zip(ask_python(&cases)) {
        compare(case, Ok(ours), &python);
        above_zero += usize::from(!ours.is_zero());
    }
    assert!(
        above_zero > CASES / 4,
        "only {above_zero} amounts above zero: the cases test too little"
    );
}
