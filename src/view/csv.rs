//! Tables as CSV to take away: RFC 4180 quoting, and no cell that a spreadsheet would run as a formula. Owns the text and
//! the shape of the report that carries it; which numbers it holds is the module's affair.

use super::page::{Column, Words};
use serde_json::{Value, json};

/// The CSV text of a table. A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets a leading
/// apostrophe, unless it is a number.
///
/// ```
/// use provisor::view::csv;
/// let text = csv::text(&["Day".into(), "In".into()], &[vec!["2026-01-01".into(), "-5".into()]]);
/// assert_eq!(text, "Day,In\r\n2026-01-01,-5\r\n");
/// ```
pub fn text(columns: &[String], rows: &[Vec<String>]) -> String {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for row in std::iter::once(columns).chain(rows.iter().map(Vec::as_slice)) {
        // Writing into memory does not fail.
        let _ = writer.write_record(row.iter().map(|cell| harmless(cell)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The report of a job that answers with a file to take away: `{"message", "file": {"name", "type", "text"}}`. `name`
/// is the file's name without its ending; what is not a letter, digit, point, dash or underscore becomes a dash.
///
/// ```
/// use provisor::view::csv;
/// let report = csv::file("bandwidth 2026-01", &["Day".into()], &[]);
/// assert_eq!(report["file"]["name"], "bandwidth-2026-01.csv");
/// ```
pub fn file(name: &str, columns: &[String], rows: &[Vec<String>]) -> Value {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || ".-_".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    json!({
        "message": "made",
        "file": { "name": format!("{plain}.csv"), "type": "text/csv; charset=utf-8", "text": text(columns, rows) },
    })
}

/// The same from the columns and rows of a [`Section::Table`](super::Section::Table).
pub fn table(name: &str, columns: &[Column], rows: &[Vec<Words>]) -> Value {
    let labels: Vec<String> = columns.iter().map(|column| column.label.text.clone()).collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.text.clone()).collect())
        .collect();
    file(name, &labels, &cells)
}

/// The cell, in a form that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number(cell) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// A sign, digits, and perhaps a point with digits.
fn number(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part]
        .iter()
        .all(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn cell(value: &str) -> String {
        text(&[value.to_owned(), "x".to_owned()], &[])
            .strip_suffix(",x\r\n")
            .unwrap()
            .to_owned()
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("+cmd|x"), "'+cmd|x");
        assert_eq!(cell("-2+3"), "'-2+3");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("\t=1"), "'\t=1");
        assert_eq!(cell("-"), "'-");
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    }

    #[test]
    fn numbers_stay_numbers() {
        for value in ["5", "-5", "+5", "-0.25", "12.50", "a=b", "2026-01-01"] {
            assert_eq!(cell(value), value);
        }
        assert_eq!(cell("-1.2.3"), "'-1.2.3");
        assert_eq!(cell("-.5"), "'-.5");
    }

    #[test]
    fn commas_quotes_and_line_ends_are_quoted() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
        assert_eq!(cell("a\nb"), "\"a\nb\"");
    }

    #[test]
    fn a_file_name_cannot_leave_its_folder_or_its_header() {
        let report = file("../x\r\n\"y\"", &[], &[]);
        assert_eq!(report["file"]["name"], "..-x---y-.csv");
    }
}
