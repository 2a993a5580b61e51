//! What shows of a text: characters that show nothing, and texts that stand among others' texts.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_security::GeneralSecurityProfile as _;
use unicode_security::general_security_profile::IdentifierType;

/// Whether a character shows nothing, changes how others are shown, or means nothing that two machines agree on:
/// control, format and bidirectional characters, fillers and variation selectors, white space but the space, private
/// use, unassigned.
pub(super) fn is_hidden(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Unassigned};
    let is_odd = matches!(
        letter.general_category(),
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | SpaceSeparator | Unassigned
    );
    // U+2800 is a symbol of no dots, and U+FFFD what stands where bytes were no text.
    let is_ignored = matches!(letter.identifier_type(), Some(IdentifierType::Default_Ignorable));
    is_odd || is_ignored || matches!(letter, '\u{2800}' | '\u{FFFD}')
}

/// Whether anything of a text shows.
pub(super) fn shows(text: &str) -> bool {
    text.chars().any(|letter| !letter.is_whitespace() && !is_hidden(letter))
}

/// A text without white space and format characters around it, which are pasted along unseen.
pub(super) fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches(is_margin);
    &text[..end(text)]
}

/// A text that stands among others' texts: without control characters but those of `kept`, without what turns or breaks
/// the text around it, and without format characters at its ends. Joiners inside stay, which Persian, Hindi and many
/// emoji are written with. Where nothing but white space shows, only white space is left.
pub(crate) fn plain(text: &str, kept: &[char]) -> String {
    let fits = |letter: &char| !turns(*letter) && (!letter.is_control() || kept.contains(letter));
    let text: String = text.chars().filter(fits).collect();
    if !shows(&text) && !text.chars().all(char::is_whitespace) {
        return String::new();
    }
    let (begin, rest) = text.split_at(text.len() - text.trim_start_matches(is_margin).len());
    let (middle, end) = rest.split_at(end(rest));
    let spaces = |margin: &str| margin.chars().filter(|letter| letter.is_whitespace()).collect::<String>();
    format!("{}{middle}{}", spaces(begin), spaces(end))
}

/// Whether a character turns the direction of what stands behind it (U+202A–202E, U+2066–2069), or ends the line or
/// paragraph that it stands in (U+2028, U+2029).
fn turns(letter: char) -> bool {
    matches!(letter, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// White space, and format characters but those that stand around digits and show (Prepended_Concatenation_Mark).
fn is_margin(letter: char) -> bool {
    let is_sign = matches!(
        letter,
        '\u{600}'..='\u{605}' | '\u{6DD}' | '\u{70F}' | '\u{890}' | '\u{891}' | '\u{8E2}' | '\u{110BD}' | '\u{110CD}'
    );
    let is_format = !letter.is_ascii() && letter.general_category() == GeneralCategory::Format;
    letter.is_whitespace() || is_format && !is_sign
}

/// Where a text ends but for what does not show. The tags behind a black flag do: with them it is the flag of England.
fn end(text: &str) -> usize {
    let shown = text.trim_end_matches(is_margin);
    let rest = &text[shown.len()..];
    let tags = rest.len() - rest.trim_start_matches(|letter| matches!(letter, '\u{E0020}'..='\u{E007F}')).len();
    let is_flag = shown.ends_with('\u{1F3F4}') && rest[..tags].ends_with('\u{E007F}');
    if is_flag { shown.len() + tags } else { shown.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each kind of what shows nothing: format, fillers, a pattern of no dots, private use, a tag.
    const NOTHING: &str = "\u{200B}\u{2060}\u{2800}\u{3164}\u{115F}\u{1160}\u{FFA0}\u{AD}\u{FEFF}\u{E000}\u{F0000}\u{E0041}\u{FE0F}\u{34F}";

    #[test]
    fn what_shows_nothing_is_hidden() {
        for letter in "\u{200B}\u{200D}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{202E}\u{2066}\u{AD}\u{FE0F}\u{E000}\u{378}\u{600}\u{2028}\u{2800}\u{A0}\u{34F}\u{E0041}\0\n".chars() {
            assert!(is_hidden(letter), "{letter:?}");
        }
        for letter in " aяعけ漢한ि☕🦊_-’".chars() {
            assert!(!is_hidden(letter), "{letter:?}");
        }
    }

    #[test]
    fn a_text_of_what_shows_nothing_is_empty() {
        for letter in NOTHING.chars() {
            for text in [letter.to_string(), format!("{letter}{letter}"), format!(" {letter}\u{200B} ")] {
                assert_eq!(plain(&text, &[]), "", "{text:?}");
            }
        }
        assert_eq!(plain("", &[]), "");
        assert_eq!(plain(" \u{2028} ", &[]), "  ");
    }

    #[test]
    fn format_characters_go_from_the_ends_and_stay_inside() {
        for (text, plainly) in [
            ("\u{FEFF}Ada", "Ada"),
            ("Ada\u{200B}\u{200E}", "Ada"),
            (" \u{200B}Ada \u{AD}", " Ada "),
            ("A\u{202E}d\u{2066}a\u{2028}", "Ada"),
            ("A\u{7}da\n", "Ada"),
        ] {
            assert_eq!(plain(text, &[]), plainly, "{text:?}");
        }
        assert_eq!(plain("two\r\nlines\u{7}\u{200B}", &['\r', '\n']), "two\r\nlines");
        for kept in [
            "می\u{200C}خواهم",
            "👩\u{200D}🚀",
            "☕\u{FE0F}",
            "क्\u{200D}ष",
            "Ada\u{200F} (אדה)",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "\u{600}12",
        ] {
            assert_eq!(plain(kept, &[]), kept);
        }
        assert_eq!(plain("Ada\u{E0067}\u{E007F}", &[]), "Ada", "tags behind no flag");
    }

    #[test]
    fn what_is_pasted_along_unseen_is_trimmed() {
        assert_eq!(trimmed(" \u{200B}ada@example.org\u{FEFF}\n"), "ada@example.org");
        assert_eq!(trimmed("\u{200B} \u{2060}"), "");
        assert_eq!(trimmed("a\u{200B}b"), "a\u{200B}b");
    }
}
