//! What exact numbers promise: a strict grammar, exact results or an error, one rounding rule, one printed form.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use provisor::money::{Decimal, MoneyError, Quotient};

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn the_grammar_takes_sign_digits_point_and_exponent_and_prints_the_shortest_form() {
    for (text, printed) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.000e9", "0"),
        ("+1", "1"),
        ("007", "7"),
        ("1.50", "1.5"),
        ("100", "100"),
        ("1e2", "100"),
        ("1.25E-3", "0.00125"),
        ("12.5e+1", "125"),
        // Seen at OnApp for a user without limits (reference: onapp-api.md, user statistics).
        ("2.34e+28", "23400000000000000000000000000"),
        ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
        ("9999999999999999999999999999", "9999999999999999999999999999"),
        ("1.0000000000000000000000000000000000000000", "1"),
        ("0e99999999999999999999999999", "0"),
    ] {
        assert_eq!(d(text).to_string(), printed, "{text}");
    }
}

#[test]
fn anything_else_is_no_number() {
    for text in [
        "", "-", "+", ".", "e", "e5", ".5", "5.", "1.e3", "1e", "1e+", "1e1.5", "--1", "+-1", "1-", " 1", "1 ",
        "1 000", "1,5", "1_000", "0x1f", "NaN", "inf", "Infinity", "1.2.3", "1e2e3", "½", "١", "1\n", "1\0", "true",
        "null",
    ] {
        assert_eq!(text.parse::<Decimal>(), Err(MoneyError::NotANumber), "{text:?}");
    }
}

#[test]
fn a_number_of_too_many_digits_is_an_error_and_never_a_rounded_number() {
    for (text, error) in [
        ("0.12345678901234567890123456789", MoneyError::TooPrecise),
        ("12345678901234567890123456789", MoneyError::TooPrecise),
        ("1e-29", MoneyError::TooPrecise),
        ("1e-99999999999999999999", MoneyError::TooPrecise),
        ("8e28", MoneyError::TooLarge),
        ("1e29", MoneyError::TooLarge),
        ("1e99999999999999999999", MoneyError::TooLarge),
    ] {
        assert_eq!(text.parse::<Decimal>(), Err(error), "{text}");
    }
}

#[test]
fn results_that_do_not_fit_are_refused_and_not_shortened() {
    let large = d("9999999999999999999999999999");
    assert_eq!(large.add(d("0.1")), Err(MoneyError::TooPrecise));
    assert_eq!(large.mul(large), Err(MoneyError::TooLarge));
    // 96 bits would hold these 29 digits, but they could not be read back.
    assert_eq!(large.add(large), Err(MoneyError::TooPrecise));
    assert_eq!(d("7e28").add(d("7e28")), Err(MoneyError::TooLarge));
    assert_eq!(d("1e-20").mul(d("1e-20")), Err(MoneyError::TooPrecise));
    assert_eq!(
        d("1.0000000000000000000000001").mul(d("1.0000000000001")),
        Err(MoneyError::TooPrecise)
    );
    assert_eq!(Decimal::try_from(u128::MAX), Err(MoneyError::TooLarge));
}

#[test]
fn zero_is_one_value_without_a_sign() {
    let zeros = [
        d("-0"),
        -d("0"),
        d("5").sub(d("5")).unwrap(),
        d("-5").mul(d("0")).unwrap(),
        d("-0.004").round(2),
        Quotient::new(d("-1"), 1000).unwrap().round_half_away(2).unwrap(),
        Decimal::default(),
    ];
    for zero in zeros {
        assert_eq!(zero, Decimal::ZERO);
        assert!(!zero.is_negative());
        assert_eq!((zero.to_string(), zero.pad(2)), ("0".to_string(), "0.00".to_string()));
    }
}

#[test]
fn halves_are_rounded_away_from_zero() {
    for (text, digits, rounded) in [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.00499999", 2, "0"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("9.995", 2, "10"),
        ("1.5", 4, "1.5"),
        ("0.9999999999999999999999999999", 27, "1"),
    ] {
        assert_eq!(d(text).round(digits), d(rounded), "{text}");
        assert_eq!(
            Quotient::from(d(text)).round_half_away(digits).unwrap(),
            d(rounded),
            "{text}"
        );
    }
}

#[test]
fn a_quotient_is_rounded_once_and_not_twice() {
    // 0.4449 to two digits is 0.44; by way of three digits it would become 0.45 and by way of one more 0.5.
    assert_eq!(
        Quotient::new(d("4.449"), 10).unwrap().round_half_away(2).unwrap(),
        d("0.44")
    );
    assert_eq!(
        Quotient::new(d("1"), 3).unwrap().round_half_away(4).unwrap(),
        d("0.3333")
    );
    assert_eq!(
        Quotient::new(d("-2"), 3).unwrap().round_half_away(4).unwrap(),
        d("-0.6667")
    );
    assert_eq!(
        Quotient::new(d("1e-28"), u64::MAX).unwrap().round_half_away(2).unwrap(),
        Decimal::ZERO
    );
}

#[test]
fn a_quotient_knows_whether_it_has_a_last_digit() {
    assert_eq!(Quotient::new(d("1"), 1024).unwrap().exact(), Some(d("0.0009765625")));
    assert_eq!(
        Quotient::new(d("744"), 93 * 1024).unwrap().exact(),
        Some(d("0.0078125"))
    );
    assert_eq!(Quotient::new(d("1"), 3).unwrap().exact(), None);
    assert_eq!(Quotient::new(d("1"), 3).unwrap().to_string(), "1/3");
    assert_eq!(Quotient::new(d("0"), 3).unwrap().exact(), Some(Decimal::ZERO));
    assert_eq!(Quotient::new(d("1"), 0).unwrap_err(), MoneyError::ZeroDivisor);
}

#[test]
fn amounts_are_padded_to_the_digits_of_their_currency() {
    for (text, digits, padded) in [
        ("5", 2, "5.00"),
        ("5", 0, "5"),
        ("-0.5", 2, "-0.50"),
        ("0.125", 2, "0.125"),
        ("1000", 3, "1000.000"),
    ] {
        assert_eq!(d(text).pad(digits), padded);
    }
}

#[test]
fn in_json_a_decimal_is_a_string_and_a_raw_number_keeps_its_digits() {
    assert_eq!(serde_json::to_string(&d("10.960")).unwrap(), "\"10.96\"");
    assert_eq!(serde_json::from_str::<Decimal>("\"1e-2\"").unwrap(), d("0.01"));
    for wrong in ["10.96", "5", "null", "{}", "\"x\""] {
        assert!(serde_json::from_str::<Decimal>(wrong).is_err(), "{wrong}");
    }
    // 0.1 + 0.2 of a panel that computes with binary floats: every digit it sent is kept, none is invented.
    assert_eq!(
        Decimal::from_json_number("0.30000000000000004").unwrap().to_string(),
        "0.30000000000000004"
    );
    assert_eq!(Decimal::from_json_number(" 12\n").unwrap(), d("12"));
    for wrong in ["", "\"", "\"\"", "true", "[1]", "\" 1\"", "\"1\"x"] {
        assert!(Decimal::from_json_number(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_quotient_travels_through_json_as_two_strings() {
    let json = serde_json::to_string(&Quotient::new(d("2.5"), 1024).unwrap()).unwrap();
    assert_eq!(json, r#"{"numerator":"2.5","divisor":"1024"}"#);
    assert_eq!(
        serde_json::from_str::<Quotient>(&json).unwrap().to_string(),
        "0.00244140625"
    );
    assert!(serde_json::from_str::<Quotient>(r#"{"numerator":"1","divisor":"0"}"#).is_err());
    assert!(serde_json::from_str::<Quotient>(r#"{"numerator":"1","divisor":1024}"#).is_err());
}

#[test]
fn no_error_repeats_the_text_it_is_about() {
    let error = "hunter2".parse::<Decimal>().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let error = serde_json::from_str::<Decimal>("\"hunter2\"").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

prop_compose! {
    /// Any decimal that fits.
    fn decimals()(negative: bool, digits in 0u64.., more in 0u64..10_000_000, scale in 0u32..=28) -> Decimal {
        let magnitude = u128::from(digits) * 10_000_000 + u128::from(more);
        let sign = if negative { "-" } else { "" };
        d(&format!("{sign}{}e-{scale}", magnitude % 10u128.pow(28)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_back_as_the_same_number(number in decimals()) {
        prop_assert_eq!(number.to_string().parse(), Ok(number));
        prop_assert_eq!(number.pad(8).parse(), Ok(number));
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<Decimal>(&json).unwrap(), number);
    }

    #[test]
    fn no_text_makes_the_parser_fail_otherwise_than_with_an_error(text in "[-+0-9.eE ]{0,40}") {
        if let Ok(number) = text.parse::<Decimal>() {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }
    }

    #[test]
    fn what_was_added_can_be_taken_away_again(a in decimals(), b in decimals()) {
        if let Ok(sum) = a.add(b) {
            prop_assert_eq!(sum.sub(b), Ok(a));
            prop_assert_eq!(b.add(a), Ok(sum));
        }
    }

    #[test]
    fn rounding_moves_a_number_by_at_most_half_a_unit(number in decimals(), digits in 0u32..6) {
        let half = d(&format!("5e-{}", digits + 1));
        if let Ok(moved) = number.round(digits).sub(number) {
            prop_assert!(moved <= half && -moved <= half);
        }
    }
}
