//! What a person says about themselves, apart from name and picture.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Field, Problem, visible};

/// Most characters of each text, as the pages say.
pub mod limits {
    /// The full name.
    pub const NAME: usize = 80;
    /// Pronouns.
    pub const PRONOUNS: usize = 30;
    /// About.
    pub const BIO: usize = 280;
    /// The location.
    pub const LOCATION: usize = 60;
    /// The website.
    pub const WEBSITE: usize = 200;
    /// What admins note about an account.
    pub const NOTE: usize = 1000;
    /// Why an admin does something.
    pub const REASON: usize = 280;
}

/// What other people see of an account, and whether they see it. Exports hold it under these names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Pronouns, or empty.
    pub pronouns: String,
    /// A few sentences, or empty.
    pub bio: String,
    /// Where the person is, in their own words, or empty.
    #[serde(default)]
    pub location: String,
    /// An http or https address, or empty.
    pub website: String,
    /// Any visitor may open `/u/{username}`.
    #[serde(rename = "public_profile")]
    pub public: bool,
    /// The picture may be found by a hash of the e-mail.
    pub findable: bool,
}

/// A text of a profile. Forms, the database, the audit log and the copy of a person's data go by [`TEXTS`].
pub struct Text {
    /// Its name, everywhere.
    pub field: Field,
    /// What may be written there.
    pub parse: fn(&str) -> Result<String, Problem>,
    /// Where it stands.
    pub of: fn(&Profile) -> &String,
    /// The same, to be written to.
    pub of_mut: fn(&mut Profile) -> &mut String,
}

/// Every text of a profile.
pub static TEXTS: [Text; 4] = [
    Text {
        field: Field::Pronouns,
        parse: |typed| line(typed, limits::PRONOUNS),
        of: |profile| &profile.pronouns,
        of_mut: |profile| &mut profile.pronouns,
    },
    Text {
        field: Field::Bio,
        parse: |typed| text(typed, limits::BIO),
        of: |profile| &profile.bio,
        of_mut: |profile| &mut profile.bio,
    },
    Text {
        field: Field::Location,
        parse: |typed| line(typed, limits::LOCATION),
        of: |profile| &profile.location,
        of_mut: |profile| &mut profile.location,
    },
    Text {
        field: Field::Website,
        parse: website,
        of: |profile| &profile.website,
        of_mut: |profile| &mut profile.website,
    },
];

/// What a text of several lines keeps of control characters.
const BREAKS: &[char] = &['\n', '\t'];

impl Profile {
    /// The texts as doors take them that refuse none of another service: see [`super::name::plain`].
    pub fn plain(mut self) -> Profile {
        for text in &TEXTS {
            let kept = if matches!(text.field, Field::Bio) { BREAKS } else { &[] };
            let value = (text.of_mut)(&mut self);
            *value = visible::plain(&value.replace("\r\n", "\n"), kept);
        }
        self
    }

    /// Each text under its name.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        TEXTS.iter().map(|text| (text.field.name(), (text.of)(self).as_str()))
    }
}

/// A text of at most `max` characters, trimmed, line breaks as one character each, nothing in it that turns the
/// direction of reading; empty where it shows nothing.
///
/// # Errors
/// [`Problem::TooLong`], and [`Problem::Characters`] for control characters and for U+FFFD, which stands where a form
/// had bytes that are no text.
pub fn text(value: &str, max: usize) -> Result<String, Problem> {
    let is_odd = |letter: char| letter == '\u{FFFD}' || letter.is_control() && !BREAKS.contains(&letter);
    let value = value.replace("\r\n", "\n");
    if visible::trimmed(&value).chars().any(is_odd) {
        return Err(Problem::Characters);
    }
    let value = visible::plain(&value, BREAKS);
    let value = value.trim();
    // A grapheme may be endless; neither the count below nor the database need carry that. The longest emoji (two
    // people who kiss, each with a skin tone) has 35 bytes.
    if value.len() > max * 35 {
        return Err(Problem::TooLong { max });
    }
    // Browsers count an emoji of several code points as people do only by grapheme; being generous by code
    // point would refuse what the page's counter allowed.
    if unicode_segmentation::UnicodeSegmentation::graphemes(value, true).count() > max {
        return Err(Problem::TooLong { max });
    }
    Ok(value.to_owned())
}

/// A text on one line.
///
/// # Errors
/// As [`text`], and [`Problem::Characters`] for a line break.
pub fn line(value: &str, max: usize) -> Result<String, Problem> {
    let value = text(value, max)?;
    if value.contains(['\n', '\t']) { Err(Problem::Characters) } else { Ok(value) }
}

/// A web address, or nothing.
///
/// # Errors
/// [`Problem::Malformed`] for anything but http and https, [`Problem::TooLong`].
pub fn website(value: &str) -> Result<String, Problem> {
    let value = line(value, limits::WEBSITE)?;
    if value.is_empty() {
        return Ok(value);
    }
    match Url::parse(&value) {
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some_and(|host| host.contains('.'))
                && url.username().is_empty()
                && url.password().is_none() =>
        {
            Ok(value)
        }
        _ => Err(Problem::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_or_a_line_break_is_one_character() {
        assert_eq!(text("👩‍👩‍👧‍👦\r\nb", 3).as_deref(), Ok("👩‍👩‍👧‍👦\nb"));
        assert_eq!(text("abcd", 3), Err(Problem::TooLong { max: 3 }));
        assert!(text(&"👩🏻‍❤️‍💋‍👩🏽".repeat(3), 3).is_ok());
        assert_eq!(text(&format!("a{}", "\u{301}".repeat(60)), 3), Err(Problem::TooLong { max: 3 }));
    }

    #[test]
    fn what_shows_nothing_is_no_text_and_what_turns_or_breaks_a_line_is_left_out() {
        for nothing in ["\u{200B}", "\u{3164}", " \u{2800} ", "\u{E000}"] {
            assert_eq!(text(nothing, 80).as_deref(), Ok(""), "{nothing:?}");
            assert_eq!(line(nothing, 80).as_deref(), Ok(""), "{nothing:?}");
        }
        assert_eq!(line("\u{FEFF}Ri\u{202E}ga\u{2028} \u{200B}", 60).as_deref(), Ok("Riga"));
        assert_eq!(text("\u{200B}one\r\n\u{2066}two\u{200B}\n", 60).as_deref(), Ok("one\ntwo"));
        for bad in ["a\0b", "\0", "a\u{7}", "\u{FFFD}"] {
            assert_eq!(text(bad, 80), Err(Problem::Characters), "{bad:?}");
        }
        let imported =
            Profile { bio: "\u{200B}one\r\ntwo".into(), location: "Ri\nga\u{202E}".into(), ..Profile::default() };
        let imported = imported.plain();
        assert_eq!((imported.bio.as_str(), imported.location.as_str()), ("one\ntwo", "Riga"));
    }

    #[test]
    fn a_website_is_a_web_address() {
        assert!(website("https://example.com/a?b=c").is_ok());
        for bad in ["javascript:alert(1)", "example.com", "https://", "ftp://example.com", "https://a:b@example.com"] {
            assert_eq!(website(bad), Err(Problem::Malformed), "{bad}");
        }
    }
}
