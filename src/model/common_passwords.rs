//! Passwords that are tried first: the common ones, their usual disguises, and context words.

use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::Problem;
use crate::password_filter::Filter;

/// A filter of 486,734 leaked passwords, some 44,000 of twelve characters or more. What they are, how the filter is made
/// of them, and the licences: `common-passwords.LICENSE`.
static LIST: &[u8] = include_bytes!("common-passwords.filter");

/// The list, which a test opens, too.
static COMMON: LazyLock<Option<Filter<&[u8]>>> = LazyLock::new(|| Filter::open(LIST).ok());

/// What must be left of a password without its guessable part. Eight characters is the least that
/// any rule accepts as a password of its own.
const ENOUGH: usize = 8;

/// Context words shorter than this say nothing: every other password has an "al" in it.
const MIN_CONTEXT_LETTERS: usize = 3;

/// Up to so many characters make a pattern when repeated, and are too few to be a run.
const FEW: usize = 3;

/// What makes a text one that an attacker guesses early, if anything does.
///
/// ASVS 6.2.4 and 6.2.11 ask for a list and for context words. People meet a length rule by adding digits, signs or the
/// word once more, so those are undone. Nothing else is: NIST SP 800-63B-4 warns of refusing what merely looks weak.
pub(super) fn guessable(text: &str, context: &[&str]) -> Option<Problem> {
    let text = Zeroizing::new(text.to_lowercase());
    if is_listed(&text) {
        return Some(Problem::Leaked);
    }
    if let Some(problem) = disguised(&text).or_else(|| padded(&text)) {
        return Some(problem);
    }
    is_mostly_context(&text, context).then_some(Problem::Personal)
}

/// How many passwords are in the list that is part of the program.
pub fn listed() -> u64 {
    COMMON.as_ref().map_or(0, Filter::entries)
}

/// Whether a text is in the list.
pub(super) fn is_listed(text: &str) -> bool {
    COMMON.as_ref().is_some_and(|list| list.has(text).unwrap_or_default())
}

/// What a lower-case text is that is not listed itself: a run, the same few characters again and again, or a listed text
/// again and again.
fn disguised(text: &str) -> Option<Problem> {
    let part = repeated_part(text);
    let repeats = part.len() < text.len();
    if is_run(text) || (repeats && part.chars().count() <= FEW) {
        return Some(Problem::Pattern);
    }
    (repeats && is_listed(part)).then_some(Problem::AlmostLeaked)
}

/// `aaaa`, `1234`, `dcba`: each character follows from the one before it. Nine goes on to zero.
fn is_run(text: &str) -> bool {
    if text.chars().count() <= FEW {
        return false;
    }
    let steps = |up: i64| {
        text.chars().zip(text.chars().skip(1)).all(|(one, next)| {
            let step = i64::from(u32::from(next)) - i64::from(u32::from(one));
            step == up || matches!((one, next, up), ('9', '0', 1) | ('0', '9', -1))
        })
    };
    steps(0) || steps(1) || steps(-1)
}

/// The part that a text repeats from beginning to end, or the text itself.
fn repeated_part(text: &str) -> &str {
    text.char_indices()
        .map(|(index, _)| index)
        .skip(1)
        .take_while(|index| index * 2 <= text.len())
        .filter(|index| text.len().is_multiple_of(*index))
        .map(|index| &text[..index])
        .find(|part| text.as_bytes().chunks(part.len()).all(|chunk| chunk == part.as_bytes()))
        .unwrap_or(text)
}

/// A common password with digits and signs around it, and too few of those to make up for it.
fn padded(text: &str) -> Option<Problem> {
    let core = text.trim_matches(|character: char| !character.is_alphabetic());
    let added = text.chars().count() - core.chars().count();
    if added == 0 || added >= ENOUGH {
        return None;
    }
    if is_listed(core) { Some(Problem::AlmostLeaked) } else { disguised(core) }
}

fn is_mostly_context(text: &str, context: &[&str]) -> bool {
    let mut rest = Zeroizing::new(text.to_owned());
    for word in context {
        let word = word.to_lowercase();
        if word.chars().count() >= MIN_CONTEXT_LETTERS {
            rest = Zeroizing::new(rest.replace(&word, ""));
        }
    }
    rest.len() < text.len() && rest.chars().count() < ENOUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_there_and_is_long() {
        assert_eq!(Filter::open(LIST).unwrap().entries(), 486_734);
        assert_eq!(listed(), 486_734);
    }

    #[test]
    fn entries_of_every_length_are_found_and_others_are_not() {
        let entries = include_str!("common-passwords.sample");
        assert!(entries.lines().filter(|entry| entry.chars().count() >= 12).count() >= 1_000);
        let missing: Vec<&str> = entries.lines().filter(|entry| !is_listed(entry)).collect();
        assert_eq!(missing, Vec::<&str>::new());
        for text in ["", "\n", "passwore of mine", "zzzzzzzzzzzzzzzzzz", "password\n", "пар"] {
            assert!(!is_listed(text), "{text:?}");
        }
    }

    /// What a counter gives under a hash, as twelve characters and more of letters, digits and signs.
    fn random(number: u64) -> String {
        let digits = |key: u64, base: u64| {
            let character = move |place: u32| char::from(b'!' + u8::try_from(key / base.pow(place) % base).unwrap());
            (0..9).map(character).collect::<String>()
        };
        let key = crate::password_filter::Kind::Folded.key(&number.to_string());
        format!("{}{}", digits(key, 90), digits(key.rotate_left(32), 26))
    }

    #[test]
    fn of_a_hundred_thousand_random_passwords_at_most_five_are_refused() {
        let refused = (0..100_000).filter(|number| guessable(&random(*number), &["portico", "ada"]).is_some()).count();
        assert!(refused <= 5, "{refused}");
    }

    #[test]
    fn a_repeated_part_is_the_shortest_one() {
        assert_eq!(repeated_part("abab"), "ab");
        assert_eq!(repeated_part("aaaa"), "a");
        assert_eq!(repeated_part("abcab"), "abcab");
        assert_eq!(repeated_part("ёжёж"), "ёж");
        assert_eq!(repeated_part(""), "");
    }

    #[test]
    fn much_that_was_added_makes_a_common_word_good() {
        assert_eq!(guessable("dragon1234567", &[]), Some(Problem::AlmostLeaked));
        assert_eq!(guessable("dragon84-72-91-03", &[]), None);
        assert_eq!(guessable("84729103658204", &[]), None);
    }
}
