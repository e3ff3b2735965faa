//! A small repeatable source of numbers (SplitMix64). The same seed gives the same panel, to the byte.
//!
//! Not for secrets that protect anything: the passwords made here guard a simulator.

/// The generator.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that always gives the same numbers for one seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when the limit is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.number() % limit }
    }

    /// `len` characters out of an alphabet.
    pub fn text(&mut self, len: usize, alphabet: &str) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..len)
            .filter_map(|_| letters.get(self.below(letters.len() as u64) as usize).copied())
            .collect()
    }

    /// The panel's 14-character object identifier (reference: onapp-api.md 1.1).
    pub fn identifier(&mut self) -> String {
        self.text(14, "abcdefghijklmnopqrstuvwxyz0123456789")
    }
}
