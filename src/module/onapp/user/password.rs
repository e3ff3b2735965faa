//! Passwords that we make for panel users (decision 5): random from the operating system, with upper, lower, digit and
//! symbol, 24 characters, so within every policy that OnApp documents.

use crate::host::Failure;
use crate::secret::Secret;

const CLASSES: [&[u8]; 4] = [
    b"ABCDEFGHJKLMNPQRSTUVWXYZ",
    b"abcdefghijkmnpqrstuvwxyz",
    b"23456789",
    b"-_.!+=",
];
const LENGTH: usize = 24;

/// A new password.
///
/// # Errors
/// `host.no_random` when the operating system gives no random bytes.
pub(crate) fn generate() -> Result<Secret, Failure> {
    let mut text = String::with_capacity(LENGTH);
    let mut random = zeroize::Zeroizing::new([0u8; 256]);
    while text.len() < LENGTH {
        getrandom::fill(random.as_mut_slice())
            .map_err(|_| Failure::internal("host.no_random", "The operating system gave no random bytes."))?;
        for byte in random.iter() {
            // The first four characters hold one of each class; the others are letters of any case.
            let set = CLASSES.get(text.len()).copied().unwrap_or(if byte & 128 == 0 {
                b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789".as_slice()
            } else {
                b"abcdefghijkmnpqrstuvwxyz23456789".as_slice()
            });
            // Only indexes inside the set count, so that no character is likelier than another.
            if let Some(letter) = set.get(usize::from(byte & 31)) {
                text.push(char::from(*letter));
                if text.len() == LENGTH {
                    break;
                }
            }
        }
    }
    Ok(Secret::new(text))
}

/// A new password for a VM's administrator, within the rule of the oldest panels: letters, digits, `_` and `-` alone.
///
/// # Errors
/// As [`generate`].
pub(crate) fn for_machine() -> Result<Secret, Failure> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    Ok(Secret::new(generate()?.reveal().chars().map(plain).collect::<String>()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_every_class_and_none_comes_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..500 {
            let secret = generate().unwrap();
            let text = secret.reveal();
            assert_eq!(text.len(), LENGTH);
            assert!(text.bytes().any(|b| b.is_ascii_uppercase()) && text.bytes().any(|b| b.is_ascii_lowercase()));
            assert!(text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_punctuation()));
            assert!(seen.insert(text.to_owned()));
        }
    }
}
