//! The name of a person: one spelling rule for doors that know one field and doors that know two.

/// A person's name, whole and in parts (CONTRACT §3, "Name"). Any of it may be empty.
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
        let (first, last) = full.split_once(' ').unwrap_or((full, ""));
        Name { full: full.to_owned(), first: first.to_owned(), last: last.trim_start().to_owned() }
    }

    /// From the parts alone: the full name is "first last".
    pub fn parts(first: &str, last: &str) -> Name {
        let full = format!("{first} {last}");
        Name { full: full.trim().to_owned(), first: first.to_owned(), last: last.to_owned() }
    }

    /// Up to two letters that stand for the name where there is no picture; empty when it has no letter.
    pub fn initials(text: &str) -> String {
        let mut words = text.split_whitespace().filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
        let first = words.next();
        first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
    }
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
}
