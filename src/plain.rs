//! One character of a foreign text as it may stand in a sentence: nothing can be taken for markup, another line or another
//! direction of writing, because whoever shows the sentence may forget to escape it. And which characters nobody sees.

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

/// A character that nobody sees, or that turns the direction of what stands around it: two names that look alike would be
/// two accounts.
///
/// ```
/// use provisor::panel::backupserver::is_unseen;
/// assert!(is_unseen('\u{200b}') && is_unseen('\u{202e}'));
/// assert!(!"Ärzte & Söhne 株式会社 😀".chars().any(is_unseen));
/// ```
pub fn is_unseen(c: char) -> bool {
    // Unicode's Default_Ignorable_Code_Point, interlinear annotations and musical format characters, and the blank of Braille.
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}
