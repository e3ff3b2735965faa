//! One character of a foreign text as it may stand in a sentence: nothing can be taken for markup, another line or another
//! direction of writing, because whoever shows the sentence may forget to escape it.

/// The character, or what stands in its place.
pub(crate) fn plain(c: char) -> char {
    match c {
        '<' => '\u{2039}',
        '>' => '\u{203a}',
        '\u{ad}'
        | '\u{200b}'
        | '\u{feff}'
        | '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}
