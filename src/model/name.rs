//! The name of a person: one spelling rule for doors that know one field and doors that know two.

/// A person's name, whole and in parts. Any of it may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// As it is shown.
    pub full: String,
    /// The given name, for doors that ask for one.
    pub first: String,
    /// The rest.
    pub last: String,
}

impl Name {
    /// From the full name alone: the first name ends at the first space.
    pub fn full(full: &str) -> Name {
        let full = plain(full);
        let (first, last) = full.split_once(' ').unwrap_or((&full, ""));
        Name { first: first.to_owned(), last: last.trim_start().to_owned(), full }
    }

    /// From the parts alone: the full name is "first last".
    pub fn parts(first: &str, last: &str) -> Name {
        let (first, last) = (plain(first), plain(last));
        Name { full: format!("{first} {last}").trim().to_owned(), first, last }
    }

    /// From all that is known, which need not go together.
    pub fn whole(full: &str, first: &str, last: &str) -> Name {
        Name { full: plain(full), first: plain(first), last: plain(last) }
    }

    /// Up to two letters that stand for the name where there is no picture; empty when it has no letter.
    pub fn initials(text: &str) -> String {
        let mut words = text.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
        let first = words.next();
        first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
    }
}

/// A text that stands among others' texts, without what would change those: control characters, and what turns the
/// direction of reading (U+202A–202E, U+2066–2069). Joiners stay, which Persian and many emoji are written with.
pub fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control() && !turns(*letter)).collect()
}

/// Whether a character turns the direction of what stands behind it.
pub(super) fn turns(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_ends_at_the_first_space() {
        let name = Name::full("Ada King Lovelace");
        assert_eq!((name.first.as_str(), name.last.as_str()), ("Ada", "King Lovelace"));
        let single = Name::full("Ada");
        assert_eq!((single.first.as_str(), single.last.as_str()), ("Ada", ""));
    }

    #[test]
    fn the_parts_make_up_the_full_name() {
        assert_eq!(Name::parts("Ada", "Lovelace").full, "Ada Lovelace");
        assert_eq!(Name::parts("", "Lovelace").full, "Lovelace");
    }

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(Name::initials("Ada King Lovelace"), "AL");
        assert_eq!(Name::initials("мира"), "М");
        assert_eq!(Name::initials("(\"Bob\") 9"), "B9");
        assert_eq!(Name::initials("—"), "");
    }

    #[test]
    fn nothing_in_a_name_turns_the_text_around_it() {
        let name = Name::full("Ada\u{202E} Love\u{2066}lace\u{7}");
        assert_eq!((name.full.as_str(), name.first.as_str(), name.last.as_str()), ("Ada Lovelace", "Ada", "Lovelace"));
        assert_eq!(Name::parts("A\u{202A}", "B\u{2069}").full, "A B");
        assert_eq!(Name::whole("A\u{202A}", "B\n", "").full, "A");
        for kept in ["می\u{200C}خواهم", "👩\u{200D}🚀", "Ada\u{200F}"] {
            assert_eq!(Name::full(kept).full, kept);
        }
    }
}
