//! Passwords that are tried first: the common ones, their usual disguises, and context words.

use zeroize::Zeroizing;

/// Some 19,000 of the commonest breached passwords, 8,000 of them of eight characters or more:
/// lower case, a line each, in byte order. Source and licence: `assets/common-passwords.LICENSE`.
const COMMON: &str = include_str!("common-passwords.txt");

/// What must be left of a password without its guessable part. Eight characters is the least that
/// any rule accepts as a password of its own.
const ENOUGH: usize = 8;

/// Context words shorter than this say nothing: every other password has an "al" in it.
const MIN_CONTEXT_LETTERS: usize = 3;

/// Up to so many characters make a pattern when repeated, and are too few to be a run.
const FEW: usize = 3;

/// Whether a text is what a guesser tries early.
///
/// ASVS 6.2.4 and 6.2.11 ask for a list and for context words. Lists hold few long entries, and
/// people meet a length rule by adding digits, signs or the word once more, so those are undone
/// first. Nothing else is: NIST SP 800-63B-4 warns of refusing what merely looks weak.
pub(super) fn is_guessable(text: &str, context: &[&str]) -> bool {
    let text = Zeroizing::new(text.to_lowercase());
    is_common(&text) || is_padded_common(&text) || is_mostly_context(&text, context)
}

/// Whether a lower-case text is common: listed, a run, or the same few characters again and again.
fn is_common(text: &str) -> bool {
    let part = repeated_part(text);
    let repeats = part.len() < text.len();
    is_run(text) || is_listed(part) || (repeats && part.chars().count() <= FEW)
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
fn is_padded_common(text: &str) -> bool {
    let core = text.trim_matches(|character: char| !character.is_alphabetic());
    let added = text.chars().count() - core.chars().count();
    added < ENOUGH && is_common(core)
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

/// Looks a line up by halving: no memory beside the text that is in the program anyway.
fn is_listed(text: &str) -> bool {
    let mut lines = COMMON;
    while !lines.is_empty() {
        let middle = lines.floor_char_boundary(lines.len() / 2);
        let start = lines[..middle].rfind('\n').map_or(0, |at| at + 1);
        let end = lines[start..].find('\n').map_or(lines.len(), |at| start + at);
        match lines[start..end].cmp(text) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Greater => lines = &lines[..start],
            std::cmp::Ordering::Less => lines = lines.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        assert!(COMMON.lines().is_sorted());
        assert!(COMMON.lines().filter(|line| line.chars().count() >= 8).count() >= 3_000);
        assert!(COMMON.lines().all(|line| line == line.to_lowercase()));
    }

    #[test]
    fn every_line_is_found_and_nothing_else() {
        assert!(COMMON.lines().all(is_listed));
        for text in ["", "\n", "passwore", "zzzzzzzzzzzzzzzzzz", "password\n", "пар"] {
            assert!(!is_listed(text), "{text:?}");
        }
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
        assert!(is_guessable("dragon1234567", &[]));
        assert!(!is_guessable("dragon84-72-91-03", &[]));
        assert!(!is_guessable("84729103658204", &[]));
    }
}
