//! Search keys of accounts: how text is folded, so that letter case, accents and spelling of one letter do not
//! matter, and how a search is cut into words.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::Account;

/// The most letters of a search that are read: more could only narrow it down further.
const MAX_LETTERS: usize = 200;
/// The most words of a search.
pub const MAX_WORDS: usize = 5;

/// Letters that no decomposition takes apart, and what people without them on the keyboard type instead.
const PLAIN: &[(char, &str)] = &[
    ('ß', "ss"),
    ('æ', "ae"),
    ('ð', "d"),
    ('ø', "o"),
    ('þ', "th"),
    ('đ', "d"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ł', "l"),
    ('œ', "oe"),
];

/// Text as it is compared: compatibility forms taken apart, accents stripped, lower case, one space for any white
/// space, nothing invisible.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        text.chars().for_each(|letter| push(&mut folded, letter.to_ascii_lowercase()));
        folded.truncate(folded.trim_end().len());
        return folded;
    }
    // Lower case may bring a mark of its own (İ), so the forms are taken apart once more behind it.
    for letter in text.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_accent(letter) || is_invisible(letter) {
            continue;
        }
        match PLAIN.binary_search_by_key(&letter, |(known, _)| *known) {
            Ok(at) => folded.push_str(PLAIN[at].1),
            Err(_) => push(&mut folded, letter),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// One space for any white space, and none at the beginning.
fn push(folded: &mut String, letter: char) {
    if !letter.is_whitespace() && !letter.is_control() {
        folded.push(letter);
    } else if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// Marks of class 1 to 9 make another letter of the one they stand at (Japanese voicing, Indic nukta and virama), as do
/// those of no class; the others are accents.
fn is_accent(letter: char) -> bool {
    canonical_combining_class(letter) > 9
}

/// Zero width, direction and variation: neither seen nor typed by people.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{AD}' | '\u{640}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// What an account is found by: each word of its username, e-mail and name behind two spaces, so that a word's
/// beginning can be told from its middle.
pub fn key(account: &Account) -> String {
    let texts = [account.username(), account.email(), Some(account.name.full.as_str())];
    let mut key = String::new();
    for text in texts.into_iter().flatten() {
        for word in fold(text).split(' ').filter(|word| !word.is_empty()) {
            key.push_str("  ");
            key.push_str(word);
        }
    }
    key
}

/// What an account is sorted by: the name it is shown under, folded, and at most as long as comparing needs.
pub fn sort_key(account: &Account) -> String {
    fold(account.shown_name()).chars().take(80).collect()
}

/// The words of a search, as they stand in the [`key`] of those who match: one of three letters or more anywhere, a
/// shorter one at the beginning of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchTerms(Vec<String>);

impl SearchTerms {
    /// Cuts a search into words.
    pub fn parse(text: &str) -> SearchTerms {
        let text: String = text.chars().take(MAX_LETTERS).collect();
        let mut needles: Vec<String> = Vec::new();
        for word in fold(&text).split(' ').filter(|word| !word.is_empty()).take(MAX_WORDS) {
            // Three letters is what both databases look up in their index.
            let missing = 3_usize.saturating_sub(word.chars().count());
            let needle = " ".repeat(missing) + word;
            if !needles.contains(&needle) {
                needles.push(needle);
            }
        }
        SearchTerms(needles)
    }

    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether all of them stand in a key.
    pub fn match_key(&self, key: &str) -> bool {
        self.0.iter().all(|needle| key.contains(needle.as_str()))
    }
}

/// Each three letters in a row that a text has.
pub fn trigrams(text: &str) -> impl Iterator<Item = &str> {
    let begins = text.char_indices().map(|(at, _)| at);
    let ends = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).skip(2);
    begins.zip(ends).map(|(begin, end)| &text[begin..end])
}

/// The trigrams of a key or a needle as numbers, sorted, each once; those left out stand in no needle. They are stored,
/// so this never changes.
pub fn trigram_hashes(text: &str) -> Vec<i32> {
    let mut trigram_hashes: Vec<i32> = trigrams(text)
        .filter(|gram| !gram.ends_with(' ') && !gram.trim_start().contains(' '))
        .map(|gram| {
            // FNV-1a, over code points; two trigrams of one number are told apart by the key.
            gram.chars().fold(0x811C_9DC5_u32, |hash, letter| (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193))
        })
        .map(u32::cast_signed)
        .collect();
    trigram_hashes.sort_unstable();
    trigram_hashes.dedup();
    trigram_hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_letters_are_sorted_for_the_search() {
        assert!(PLAIN.is_sorted());
    }

    #[test]
    fn letter_case_accents_and_forms_do_not_matter() {
        for (text, folded) in [
            ("  Ada\t King ", "ada king"),
            ("İstanbul", "istanbul"),
            ("ISTANBUL", "istanbul"),
            ("ısı", "isi"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("Zoë Ångström-Ñuñez", "zoe angstrom-nunez"),
            ("Семён Ёлкин", "семен елкин"),
            ("Σίσυφος", "σισυφος"),
            ("مُحَمَّد", "محمد"),
            ("ﬁｘ ①", "fix 1"),
            ("👩🏽‍🚀️", "👩🏽🚀"),
            ("Ørsted Łukasz", "orsted lukasz"),
            ("राम", "राम"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
        assert_ne!(fold("が"), fold("か"));
    }

    #[test]
    fn every_needle_has_trigrams_that_the_keys_it_matches_have_too() {
        let key = "  ada  лёва  ab";
        assert_eq!(trigrams("  ab").collect::<Vec<_>>(), ["  a", " ab"]);
        assert_eq!(trigrams("ab").count(), 0);
        for text in ["a", "ad", "ada", "лёва", "л", "ab"] {
            for needle in SearchTerms::parse(text).iter().filter(|needle| key.contains(*needle)) {
                let (key, needle) = (trigram_hashes(key), trigram_hashes(needle));
                assert!(!needle.is_empty() && needle.iter().all(|gram| key.contains(gram)), "{text}");
            }
        }
        assert_eq!(trigram_hashes("  ada").len(), 3);
        assert_eq!(trigram_hashes("ada"), [943_263_163], "stored numbers stay what they are");
    }

    #[test]
    fn a_short_word_begins_a_word_and_a_long_one_stands_anywhere() {
        assert_eq!(SearchTerms::parse("a AB abc").iter().collect::<Vec<_>>(), ["  a", " ab", "abc"]);
        assert_eq!(SearchTerms::parse("  \t ").iter().count(), 0);
        let key = "  ada  ada@example.org  ada  lovelace";
        for found in ["ada", "LOVE", "example.org", "da@ex", "l", "lo", "lovelace ada"] {
            assert!(SearchTerms::parse(found).match_key(key), "{found}");
        }
        for missing in ["v", "ce", "adalovelace", "ada bob", "%", "_"] {
            assert!(!SearchTerms::parse(missing).match_key(key), "{missing}");
        }
    }
}
