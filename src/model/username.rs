//! Usernames: what was typed is shown, and a key decides who is who.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Profile as _;
use unicode_normalization::UnicodeNormalization as _;

use super::Problem;

/// The fewest and most characters of a username chosen on the pages.
pub const LENGTH: std::ops::RangeInclusive<usize> = 3..=30;

/// Words that new accounts cannot take: segments of our own and of the replaced services' addresses
/// (WIRE §8), and names that would look like the operator's.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "assets",
    "avatar",
    "captcha",
    "config",
    "curators",
    "docs",
    "email",
    "goodbye",
    "healthz",
    "help",
    "identifiers",
    "invite",
    "language",
    "login",
    "logout",
    "mail",
    "me",
    "media",
    "metrics",
    "moderator",
    "name",
    "null",
    "openapi",
    "organizations",
    "ota-codes",
    "password",
    "portico",
    "privacy",
    "profile",
    "readyz",
    "reauth",
    "refresh",
    "register",
    "root",
    "search",
    "security",
    "settings",
    "setup",
    "signup",
    "static",
    "stats",
    "status",
    "support",
    "system",
    "terms",
    "token",
    "tokens",
    "u",
    "undefined",
    "update",
    "user",
    "users",
    "validate-captcha",
    "webmaster",
    "welcome",
    "www",
];

/// A username and the key it is unique under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    typed: String,
    key: String,
}

impl Username {
    /// A username by the rule that every account keeps: not empty, no NUL (a database text cannot hold one), no U+FFFD (what
    /// a form had there was no text).
    /// Doors add their own.
    ///
    /// # Errors
    /// [`Problem::Missing`], [`Problem::Characters`].
    pub fn parse(text: &str) -> Result<Username, Problem> {
        if text.is_empty() {
            return Err(Problem::Missing);
        }
        if text.contains(['\0', '\u{FFFD}']) {
            return Err(Problem::Characters);
        }
        Ok(Username { typed: text.to_owned(), key: key(text) })
    }

    /// A username somebody picks on the pages: 3–30 letters, digits, `_ . -`, a letter or digit first, fit for
    /// PRECIS UsernameCaseMapped (RFC 8265), not reserved.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn choose(text: &str) -> Result<Username, Problem> {
        let text = text.trim();
        let count = text.chars().count();
        if count == 0 {
            return Err(Problem::Missing);
        }
        let allowed = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-');
        if !text.chars().all(allowed) || !text.starts_with(char::is_alphanumeric) {
            return Err(Problem::Characters);
        }
        if count < *LENGTH.start() {
            return Err(Problem::TooShort { min: *LENGTH.start() });
        }
        if count > *LENGTH.end() {
            return Err(Problem::TooLong { max: *LENGTH.end() });
        }
        if UsernameCaseMapped::new().enforce(text).is_err() || mixes_scripts(text) {
            return Err(Problem::Characters);
        }
        let username = Username::parse(text)?;
        if is_reserved(&username.key) { Err(Problem::Reserved) } else { Ok(username) }
    }

    /// One that was parsed before and comes back from the database.
    pub(crate) fn stored(typed: String, key: String) -> Username {
        Username { typed, key }
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// What it is unique under.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Whether new accounts must leave this key alone.
pub fn is_reserved(key: &str) -> bool {
    RESERVED.binary_search(&key).is_ok()
}

/// NFKC and Unicode lower case, repeated until nothing changes: a key of a key is itself, so no second
/// spelling slips in by being folded once more (the Spotify account takeovers of 2013).
pub(super) fn key(text: &str) -> String {
    let mut key = text.to_owned();
    // Three rounds settle every string known; the bound is there so that no input can spin.
    for _ in 0..8 {
        let next: String = key.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        if next == key {
            break;
        }
        key = next;
    }
    key
}

/// Whether letters of Latin, Cyrillic and Greek stand side by side, as look-alikes do (UTS 39).
fn mixes_scripts(text: &str) -> bool {
    let script = |letter: char| match u32::from(letter) {
        0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => Some(0),
        0x370..=0x3FF | 0x1F00..=0x1FFF => Some(1),
        0x400..=0x52F => Some(2),
        _ => None,
    };
    let mut scripts = text.chars().filter_map(script);
    scripts.next().is_some_and(|first| scripts.any(|other| other != first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_words_are_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn letter_case_and_width_do_not_make_another_name() {
        for twin in ["ada", "ADA", "Ａｄａ", "ᴬᴰᴬ"] {
            assert_eq!(Username::parse(twin).unwrap().key(), "ada", "{twin}");
        }
    }

    #[test]
    fn a_key_of_a_key_is_itself() {
        for text in ["ᴮᴵᴳᴮᴵᴿᴰ", "İstanbul", "ΌΣΟΣ", "ﬃ", "ǅ", "K", "ᾳ"] {
            let once = key(text);
            assert_eq!(key(&once), once, "{text}");
        }
    }

    #[test]
    fn the_pages_take_letters_digits_and_three_marks() {
        assert!(Username::choose("mira-okafor").is_ok());
        assert!(Username::choose("Мира_7").is_ok());
        assert_eq!(Username::choose(" ada ").unwrap().typed(), "ada");
        assert_eq!(Username::choose(""), Err(Problem::Missing));
        assert_eq!(Username::choose("ad"), Err(Problem::TooShort { min: 3 }));
        assert_eq!(Username::choose(&"a".repeat(31)), Err(Problem::TooLong { max: 30 }));
        for bad in ["a b", "-ada", "ada@x", "a/b", "аda", "ada\u{202e}", "a\0b"] {
            assert_eq!(Username::choose(bad), Err(Problem::Characters), "{bad:?}");
        }
        assert_eq!(Username::choose("Admin"), Err(Problem::Reserved));
    }

    #[test]
    fn other_doors_may_take_almost_anything() {
        assert_eq!(Username::parse(" ").unwrap().typed(), " ");
        assert!(Username::parse("admin").is_ok());
        assert_eq!(Username::parse("a\0"), Err(Problem::Characters));
    }
}
