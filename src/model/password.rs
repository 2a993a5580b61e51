//! A password as it was typed, and what a new one must not be.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use zeroize::Zeroizing;

use super::{Problem, common_passwords};

/// A password as it was typed, in NFC (RFC 8265, OpaqueString): keyboards write one letter as one character or as two,
/// and no user sees which. Never trimmed, cut or folded.
///
/// Its `Debug` says nothing and its memory is wiped when the last copy goes. Copies share one text.
#[derive(Clone)]
pub struct Password(Arc<Spellings>);

struct Spellings {
    normalized: Zeroizing<String>,
    /// As it was typed, where that is another text: what it was hashed from before it was normalized, and what replaced
    /// services hashed.
    raw: Option<Zeroizing<String>>,
}

impl Password {
    /// The most bytes a password may have: far above any passphrase, and little enough to hash.
    pub const MAX_BYTES: usize = 1_024;

    /// A password that should already be an account's: only nothing at all, or too much, is refused.
    ///
    /// # Errors
    /// [`Problem::Missing`] for the empty text, [`Problem::TooLong`] beyond [`Password::MAX_BYTES`].
    pub fn typed(text: String) -> Result<Password, Problem> {
        // Wrapped before it is looked at, so that a refused text is wiped too.
        let text = Zeroizing::new(text);
        if text.is_empty() {
            return Err(Problem::Missing);
        }
        if text.len() > Password::MAX_BYTES {
            return Err(Problem::TooLong { max: Password::MAX_BYTES });
        }
        if is_nfc(&text) {
            return Ok(Password(Arc::new(Spellings { normalized: text, raw: None })));
        }
        // With room for all that may become of it (UAX #15 §9: three times as long), so that nothing of it is left
        // behind by growing.
        let mut normalized = Zeroizing::new(String::with_capacity(3 * text.len()));
        normalized.extend(text.as_str().nfc());
        Ok(Password(Arc::new(Spellings { normalized, raw: Some(text) })))
    }

    /// A password that a user chooses: at least `min_chars` characters, each Unicode code point
    /// counting as one (NIST SP 800-63B-4 §3.1.1.2), and none of those that are tried first.
    ///
    /// `context` holds words that belong to the account or the product: product name, username,
    /// the part of the e-mail address before its `@`. Letter case does not matter, words under
    /// three characters are ignored. A text is refused as guessable when fewer than eight of its
    /// characters are left once a common password or the context words are taken out of it.
    ///
    /// # Errors
    /// As [`Password::typed`]; [`Problem::TooShort`]; [`Problem::Leaked`], [`Problem::AlmostLeaked`],
    /// [`Problem::Pattern`] and [`Problem::Personal`] for a guessable text; [`Problem::Characters`] for U+FFFD.
    pub fn chosen(text: String, min_chars: usize, context: &[&str]) -> Result<Password, Problem> {
        let password = Password::typed(text)?;
        // It stands where a form had bytes that are no text: any such bytes would log in afterwards.
        if password.text().contains('\u{FFFD}') {
            return Err(Problem::Characters);
        }
        if password.text().chars().count() < min_chars {
            return Err(Problem::TooShort { min: min_chars });
        }
        let context: Vec<String> = context.iter().map(|word| word.nfc().collect()).collect();
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        match common_passwords::guessable(password.text(), &context) {
            Some(problem) => Err(problem),
            None => Ok(password),
        }
    }

    /// Whether it is in the list of leaked passwords that is part of the program, letter case aside.
    pub fn is_common(&self) -> bool {
        common_passwords::is_listed(self.text())
    }

    /// Whether both are the same text.
    pub fn same_as(&self, other: &Password) -> bool {
        self.text() == other.text()
    }

    /// What is hashed and compared.
    pub(crate) fn text(&self) -> &str {
        &self.0.normalized
    }

    /// What a stored hash may be of: the text in NFC, and as it was typed where that is another one. How many there are
    /// depends on what was typed alone.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &str> {
        let raw = self.0.raw.as_ref().map(|raw| raw.as_str());
        std::iter::once(self.text()).chain(raw)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<(), Problem> {
        Password::chosen(text.to_owned(), 12, &["Portico", "ada.lovelace", "countess"]).map(|_| ())
    }

    #[test]
    fn a_known_password_is_taken_as_it_is() {
        let password = Password::typed(" hünter2 ".to_owned()).unwrap();
        assert_eq!(password.text(), " hünter2 ");
        assert!(Password::typed("x".repeat(1_024)).is_ok());
        assert_eq!(Password::typed("x".repeat(1_025)).unwrap_err(), Problem::TooLong { max: 1_024 });
        assert_eq!(Password::typed(String::new()).unwrap_err(), Problem::Missing);
    }

    #[test]
    fn one_letter_and_its_two_characters_are_one_password() {
        let [one, two] = ["h\u{fc}nter 2", "hu\u{308}nter 2"].map(|text| Password::typed(text.to_owned()).unwrap());
        assert!(one.same_as(&two));
        assert_eq!(one.spellings().collect::<Vec<_>>(), ["h\u{fc}nter 2"]);
        assert_eq!(two.spellings().collect::<Vec<_>>(), ["h\u{fc}nter 2", "hu\u{308}nter 2"]);
        assert_eq!(chosen("tü\u{308}ren im wi\u{308}nd"), Ok(()));
        assert_eq!(chosen(&"u\u{308}".repeat(6)), Err(Problem::TooShort { min: 12 }), "six letters");
        let context = ["zoe\u{308}-marie"];
        let guessed = Password::chosen("zo\u{eb}-marie1815".to_owned(), 12, &context).map(|_| ());
        assert_eq!(guessed, Err(Problem::Personal), "made of a name, however that is written");
        // What NFC keeps, is a difference.
        let width = Password::typed("ｈünter 2".to_owned()).unwrap();
        assert!(!one.same_as(&width));
    }

    #[test]
    fn it_does_not_appear_in_debug_output() {
        let password = Password::typed("hunter2".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "Password");
    }

    #[test]
    fn length_is_counted_in_code_points() {
        assert_eq!(chosen("ключ-к-зиме"), Err(Problem::TooShort { min: 12 }));
        assert_eq!(chosen("ключ-к-зиме!"), Ok(()));
        assert_eq!(chosen("🦊🐢🐳🦉🐝🦀🐙🦔🐸🐧🦋🐌"), Ok(()));
    }

    #[test]
    fn passphrases_spaces_and_long_texts_are_welcome() {
        assert_eq!(chosen("purple otter sings"), Ok(()));
        assert_eq!(chosen("  x7 Qr9 lm2  "), Ok(()));
        assert_eq!(chosen(&"tide and moon ".repeat(40)), Ok(()));
        assert_eq!(chosen("correct horse battery staple"), Ok(()));
    }

    #[test]
    fn each_guessable_password_is_refused_by_what_is_true_of_it() {
        for (problem, texts) in [
            (
                Problem::Leaked,
                &["1qaz2wsx3edc", "Administrator", "Password1234", "Chickenwing101", "iSeeDeadPeople"][..],
            ),
            (
                Problem::AlmostLeaked,
                &["Password2026!", "!!password1234", "iloveyou1234!", "iSeeDeadPeopleiseedeadpeople", "qwertyqwerty12"]
                    [..],
            ),
            (
                Problem::Pattern,
                &["              ", "ыыыыыыыыыыыы", "abéabéabéabé", "ыыыыыыыыыыы12", "мнопрстуфхцч"][..],
            ),
            (Problem::Personal, &["Portico-2026!", "porticoportico", "ADA.LOVELACE1815"][..]),
        ] {
            for text in texts {
                assert_eq!(chosen(text), Err(problem.clone()), "{text}");
            }
        }
        assert_eq!(chosen("the countess rides at dawn"), Ok(()));
    }

    #[test]
    fn common_passwords_and_their_usual_disguises_are_refused() {
        for text in [
            "1qaz2wsx3edc",
            "Administrator",
            "Password2026!",
            "!!password1234",
            "iloveyou1234",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "passwordpassword",
            "qwertyqwerty12",
            "zyxwvutsrqpo",
        ] {
            let guessed = chosen(text).unwrap_err();
            assert!(
                matches!(guessed, Problem::Leaked | Problem::AlmostLeaked | Problem::Pattern),
                "{text}: {guessed:?}"
            );
        }
    }

    #[test]
    fn context_words_do_not_count() {
        for text in ["Portico-2026!", "porticoportico", "ADA.LOVELACE1815", "countess1234"] {
            assert_ne!(chosen(text), Ok(()), "{text}");
        }
    }
}
