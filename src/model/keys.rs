//! What names are compared by: a key that says who is who, and a skeleton of what a key looks like.

use std::sync::LazyLock;

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

use super::{Problem, visible};

/// The longest name that is looked at, in bytes: an index entry has room for little more.
pub const MAX_NAME_BYTES: usize = 1_000;

/// A name of at most [`MAX_NAME_BYTES`] bytes, also once it is composed (NFKC). Only such a one is looked at: a letter
/// may become eighteen (U+FDFA), so that a request's worth of them would keep a processor busy before it is
/// authenticated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded<'t>(&'t str);

impl<'t> Bounded<'t> {
    /// # Errors
    /// [`Problem::TooLong`].
    pub(super) fn of(text: &'t str) -> Result<Bounded<'t>, Problem> {
        // No further than to the bound: a letter may become eighteen.
        let composed = || {
            text.nfkc().map(char::len_utf8).scan(0, |sum, length| {
                *sum += length;
                Some(*sum)
            })
        };
        let is_long = text.len() > MAX_NAME_BYTES || !text.is_ascii() && composed().any(|sum| sum > MAX_NAME_BYTES);
        if is_long { Err(Problem::TooLong { max: MAX_NAME_BYTES }) } else { Ok(Bounded(text)) }
    }

    /// The text itself.
    pub(super) fn text(self) -> &'t str {
        self.0
    }

    /// The same without white space around it.
    pub(super) fn trimmed(self) -> Bounded<'t> {
        Bounded(self.0.trim())
    }

    /// The same without white space and format characters around it.
    pub(super) fn stripped(self) -> Bounded<'t> {
        Bounded(visible::trimmed(self.0))
    }

    /// Two parts of it.
    pub(super) fn part(self, from: impl FnOnce(&'t str) -> Option<(&'t str, &'t str)>) -> Option<[Bounded<'t>; 2]> {
        from(self.0).map(|(one, other)| [Bounded(one), Bounded(other)])
    }

    /// NFKC and full case folding (UAX #31, NFKC_Casefold but for what is invisible), so that ß is ss and ς is σ. A
    /// dotted capital I, which that folding leaves a dot of its own, is the i that Turkish writes in lower case.
    pub(super) fn key(self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        settle(self.0, |text| text.nfkc().default_case_fold().nfkc().collect::<String>().replace("i\u{307}", "i"))
    }

    /// NFKC and lower case: the key that accounts had before case was folded in full.
    pub(super) fn older_key(self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        settle(self.0, |text| text.nfkc().flat_map(char::to_lowercase).nfkc().collect())
    }

    /// NFC, in which a letter and its marks are one character where there is one.
    pub(super) fn normalized(self) -> String {
        self.unless_ascii(|text| text.nfc().collect())
    }

    /// NFD, in which every mark stands by itself.
    pub(super) fn decomposed(self) -> String {
        self.unless_ascii(|text| text.nfd().collect())
    }

    /// NFKC alone.
    pub(super) fn composed(self) -> String {
        self.unless_ascii(|text| text.nfkc().collect())
    }

    /// ASCII, which most names are, is in every normal form as it stands.
    fn unless_ascii(self, normalize: impl FnOnce(&str) -> String) -> String {
        if self.0.is_ascii() { self.0.to_owned() } else { normalize(self.0) }
    }
}

/// Repeats `step` until nothing changes: a key of a key is itself, so no second spelling slips in by being folded once
/// more (the Spotify account takeovers of 2013).
fn settle(text: &str, step: impl Fn(&str) -> String) -> String {
    let mut key = text.to_owned();
    // Three rounds settle every string known; the bound is there so that no input can spin.
    for _ in 0..8 {
        let next = step(&key);
        if next == key {
            break;
        }
        key = next;
    }
    key
}

/// What an account is looked up by: the keys it may have. Two can differ for an account from before case was folded in
/// full whose new key another account has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keys {
    key: String,
    older: Option<String>,
}

impl Keys {
    pub(super) fn new(key: String, older: String) -> Keys {
        Keys { older: Some(older).filter(|older| *older != key), key }
    }

    /// The key that new accounts have.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Each key, the one closest to what was typed first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.older.as_deref().into_iter().chain([self.key.as_str()])
    }

    /// Whether it is one of them.
    pub fn contain(&self, key: &str) -> bool {
        self.iter().any(|known| known == key)
    }
}

/// What a name looks like as it was typed, white space around it aside: the same for all that look alike (UTS #39,
/// skeleton). Case is folded afterwards, since a capital I is an l to the eye, and no i; one with a dot is an i. Nothing
/// for a text that shows nothing.
pub(super) fn skeleton(text: Bounded<'_>) -> Option<String> {
    let skeleton = if text.0.is_ascii() {
        text.0.bytes().map(|letter| ASCII_LOOKS[usize::from(letter)].as_str()).collect()
    } else {
        looks(&text.composed())
    };
    let words: Vec<&str> = skeleton.split_whitespace().collect();
    Some(words.join(" ")).filter(|skeleton| !skeleton.is_empty())
}

/// What each character of ASCII looks like. None of them combines with its neighbours.
static ASCII_LOOKS: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..128u8).map(|letter| looks(&char::from(letter).to_string())).collect());

fn looks(composed: &str) -> String {
    let dotted = composed.replace('İ', "i");
    let looks: String = unicode_security::skeleton(&dotted).flat_map(char::to_lowercase).collect();
    // A dot upon a letter that has one shows nothing.
    looks.replace("i\u{307}", "i").replace("j\u{307}", "j")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_beyond_the_bound_has_no_key_to_be_asked_for() {
        assert!(Bounded::of(&"x".repeat(MAX_NAME_BYTES)).is_ok());
        for count in [40, 333, 21_000] {
            assert_eq!(Bounded::of(&"\u{FDFA}".repeat(count)).unwrap_err(), Problem::TooLong { max: MAX_NAME_BYTES });
        }
        assert!(Bounded::of(&"ß".repeat(MAX_NAME_BYTES / 2)).is_ok());
    }

    #[test]
    fn a_key_of_a_key_is_itself() {
        let letters = (0..=0x10_FFFF).filter_map(char::from_u32).map(String::from);
        let texts = ["ᴮᴵᴳᴮᴵᴿᴰ", "İstanbul", "ΌΣΟΣ", "ﬃ", "ǅ", "K", "ᾳ", "ẞ", "ŉ", "ᾼ\u{345}"].map(String::from);
        for text in letters.chain(texts) {
            let once = Bounded(&text).key();
            assert_eq!(Bounded(&once).key(), once, "{text}");
        }
    }

    #[test]
    fn ascii_takes_a_shorter_way_to_the_same_keys_and_looks() {
        let letters: Vec<char> = (0..128u8).map(char::from).collect();
        let pairs = letters.iter().flat_map(|one| letters.iter().map(move |other| format!("a{one}{other}{one}")));
        for text in pairs {
            let folded: String = text.nfkc().default_case_fold().nfkc().collect();
            assert_eq!(Bounded(&text).key(), folded, "{text:?}");
            assert_eq!(Bounded(&text).older_key(), text.to_lowercase(), "{text:?}");
            let words = looks(&text);
            let words: Vec<&str> = words.split_whitespace().collect();
            assert_eq!(skeleton(Bounded(&text)).unwrap_or_default(), words.join(" "), "{text:?}");
        }
    }

    #[test]
    fn case_is_folded_in_full() {
        for (one, other) in
            [("straße", "STRASSE"), ("ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"), ("ﬁx", "FIX"), ("Ꮳ", "ꮳ"), ("irmak", "İRMAK")]
        {
            assert_eq!(Bounded(one).key(), Bounded(other).key(), "{one} {other}");
        }
        assert_ne!(Bounded("ı").key(), Bounded("i").key());
    }
}
