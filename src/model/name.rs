//! The name of a person: one spelling rule for doors that know one field and doors that know two.

use super::visible;

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

/// A text on one line that stands among others' texts: without control characters, what turns the direction of reading
/// or breaks the line, and format characters at its ends; empty where it holds nothing but what does not show.
pub fn plain(text: &str) -> String {
    visible::plain(text, &[])
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
        for kept in ["می\u{200C}خواهم", "👩\u{200D}🚀", "Ada\u{200F} (אדה)"] {
            assert_eq!(Name::full(kept).full, kept);
        }
    }

    #[test]
    fn a_name_that_shows_nothing_is_none() {
        for nothing in ["\u{200B}", "\u{2800}", "\u{3164}", "\u{E000}", "\u{E0041}", " \u{FEFF} "] {
            assert_eq!(Name::full(nothing), Name::default(), "{nothing:?}");
            assert_eq!(Name::parts(nothing, "Lovelace").full, "Lovelace", "{nothing:?}");
            assert_eq!(Name::whole("Ada", nothing, nothing), Name { full: "Ada".to_owned(), ..Name::default() });
        }
        assert_eq!(Name::full("\u{200B}Ada King\u{FEFF}").last, "King");
    }
}
