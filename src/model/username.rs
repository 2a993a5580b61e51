//! Usernames: what was typed is shown, a key decides who is who, and no two look alike.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Profile as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile as _, RestrictionLevel, RestrictionLevelDetection as _};

use super::Problem;
use super::keys::{Bounded, Keys, MAX_NAME_BYTES, skeleton};
use super::reserved::is_reserved;
use super::visible::is_hidden;

/// The fewest and most characters of a username chosen on the pages.
pub const LENGTH: std::ops::RangeInclusive<usize> = 3..=30;

/// The most bytes of a skeleton, which may be twice as long as its key: no index takes much more.
const MAX_SKELETON_BYTES: usize = 2_600;

/// A username, the key it is unique under, and what it looks like.
///
/// One that is new never reads as an e-mail address: its key holds no `@`, and the key of each address does, so that no
/// name is ever two accounts'. Older accounts may still have one that does; it is found like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    typed: String,
    key: String,
    skeleton: Option<String>,
    key_skeleton: Option<String>,
}

impl Username {
    /// Lookup keys of a username.
    ///
    /// # Errors
    /// [`Problem::Missing`], [`Problem::TooLong`] beyond [`MAX_NAME_BYTES`] bytes, [`Problem::Characters`] for NUL,
    /// which no database has in a text.
    pub fn keys(text: &str) -> Result<Keys, Problem> {
        let text = Bounded::of(text)?;
        if text.text().is_empty() {
            return Err(Problem::Missing);
        }
        if text.text().contains('\0') {
            return Err(Problem::Characters);
        }
        Ok(Keys::new(text.key(), text.older_key()))
    }

    /// A username of a replaced service, by the rule that every new one keeps: it does not read as an e-mail address
    /// ([`Problem::Malformed`]), nothing in it is hidden, and it is as long as an index takes.
    ///
    /// # Errors
    /// As [`Username::keys`], and these.
    pub fn imported(text: &str) -> Result<Username, Problem> {
        let key = Username::keys(text)?.key().to_owned();
        if text.chars().chain(key.chars()).any(is_hidden) {
            return Err(Problem::Characters);
        }
        if key.contains('@') {
            return Err(Problem::Malformed);
        }
        let username = Username::with_looks(text, key);
        let skeletons = username.skeleton.iter().chain(&username.key_skeleton);
        if username.key.len() > MAX_NAME_BYTES || skeletons.into_iter().any(|one| one.len() > MAX_SKELETON_BYTES) {
            return Err(Problem::TooLong { max: MAX_NAME_BYTES });
        }
        Ok(username)
    }

    /// A username that a service inside the network assigns to a user: its letters are of the General Security Profile
    /// and of scripts that are written together (UTS #39, Highly Restrictive); other characters may be any that show.
    ///
    /// # Errors
    /// As [`Username::imported`], and [`Problem::Characters`].
    pub fn parse(text: &str) -> Result<Username, Problem> {
        let username = Username::imported(text)?;
        let letters = |letter: &char| letter.is_alphanumeric() || is_combining_mark(*letter);
        let letters: String = Bounded::of(text)?.composed().chars().filter(letters).collect();
        if letters.check_restriction_level(RestrictionLevel::HighlyRestrictive)
            && !is_stacked(Bounded::of(&username.key)?)
        {
            Ok(username)
        } else {
            Err(Problem::Characters)
        }
    }

    /// A username that a stranger picks at a door of a replaced service: what is not ASCII is of the General Security
    /// Profile, too, marks stand upon letters, and nothing in it means something in an address or in markup.
    ///
    /// # Errors
    /// As [`Username::parse`].
    pub fn claim(text: &str) -> Result<Username, Problem> {
        let username = Username::parse(text)?;
        let allowed = |letter: char| {
            if letter.is_ascii() { !r#"/\?#%<>""#.contains(letter) } else { letter.identifier_allowed() }
        };
        let composed = Bounded::of(text)?.composed();
        let is_fine = composed.chars().all(allowed) && !has_stray_marks(&composed);
        if is_fine { Ok(username) } else { Err(Problem::Characters) }
    }

    /// A username that a user chooses on the pages: as [`Username::assign`], and not reserved.
    ///
    /// # Errors
    /// [`Problem`]: what is wrong first.
    pub fn choose(text: &str) -> Result<Username, Problem> {
        let username = Username::assign(text)?;
        if username.is_reserved("") { Err(Problem::Reserved) } else { Ok(username) }
    }

    /// A username that an admin or the operator assigns to a user: in NFC, 3–30 letters with their marks, digits,
    /// `_ . -`, a letter or digit first, fit for PRECIS UsernameCaseMapped (RFC 8265).
    ///
    /// # Errors
    /// [`Problem`]: what is wrong first.
    pub fn assign(text: &str) -> Result<Username, Problem> {
        let too_long = Problem::TooLong { max: *LENGTH.end() };
        let text = Bounded::of(text).map_err(|_| too_long.clone())?.trimmed().normalized();
        let text = text.as_str();
        let count = text.chars().count();
        if count == 0 {
            return Err(Problem::Missing);
        }
        let allowed =
            |letter: char| letter.is_alphanumeric() || is_combining_mark(letter) || matches!(letter, '_' | '.' | '-');
        if !text.chars().all(allowed) || !text.starts_with(char::is_alphanumeric) || has_stray_marks(text) {
            return Err(Problem::Characters);
        }
        if count < *LENGTH.start() {
            return Err(Problem::TooShort { min: *LENGTH.start() });
        }
        if count > *LENGTH.end() {
            return Err(too_long);
        }
        if UsernameCaseMapped::new().enforce(text).is_err() {
            return Err(Problem::Characters);
        }
        Username::claim(text)
    }

    /// One that was parsed before, with what it and its key look like.
    pub(crate) fn with_looks(typed: &str, key: String) -> Username {
        let [skeleton, key_skeleton] = [typed, &key].map(|text| skeleton(Bounded::of(text).ok()?));
        Username { typed: typed.to_owned(), key, skeleton, key_skeleton }
    }

    /// One that was parsed before and comes back from the database, with the looks that are kept of it.
    pub(crate) fn stored(
        typed: String,
        key: String,
        skeleton: Option<String>,
        key_skeleton: Option<String>,
    ) -> Username {
        Username { typed, key, skeleton, key_skeleton }
    }

    /// The same, for an account that comes in although another looks so already.
    pub(crate) fn alike(self) -> Username {
        Username { skeleton: None, key_skeleton: None, ..self }
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// What it is unique under.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it looks like as it was typed, which is unique too: nothing for one that shows nothing, and for one whose
    /// looks another account had first.
    pub fn skeleton(&self) -> Option<&str> {
        self.skeleton.as_deref()
    }

    /// What its key looks like, unique among keys: a capital I is an l to the eye and an i in the key, so that only both
    /// keep `Irmak` from `lrmak` and from `ırmak`. Nothing as for [`Username::skeleton`].
    pub fn key_skeleton(&self) -> Option<&str> {
        self.key_skeleton.as_deref()
    }

    /// Whether people would take it for a word of the program's own or for `brand`, dots and dashes aside.
    pub fn is_reserved(&self, brand: &str) -> bool {
        is_reserved(&self.typed, brand)
    }
}

/// A name to look up as it was typed or pasted, without white space and format characters around it.
pub fn trimmed(typed: &str) -> &str {
    super::visible::trimmed(typed)
}

/// Whether a text reads as an e-mail address, by whichever of the characters that become an `@`.
pub fn reads_as_email(text: &str) -> bool {
    text.contains(['@', '\u{FE6B}', '\u{FF20}'])
}

/// Whether a mark stands behind anything but a letter and marks of that letter.
fn has_stray_marks(text: &str) -> bool {
    let mut carries = false;
    text.chars().any(|letter| {
        let is_mark = is_combining_mark(letter);
        let is_stray = is_mark && !carries;
        carries = is_mark || letter.is_alphabetic();
        is_stray
    })
}

/// Whether marks are piled upon a letter beyond what any language writes (UTS #39 §5.4): more than four, or one of them
/// twice in a row.
fn is_stacked(text: Bounded<'_>) -> bool {
    let (mut run, mut last) = (0, None);
    text.decomposed().chars().any(|letter| {
        run = if is_combining_mark(letter) { run + 1 } else { 0 };
        let twice = run > 1 && last == Some(letter);
        last = Some(letter);
        run > 4 || twice
    })
}

/// A username that was stored under the key `older`, by today's rule.
pub(crate) fn renewed(typed: &str, older: &str) -> Username {
    let key = match Bounded::of(typed) {
        // One that reads as an address stays as it is until the account is renamed.
        Ok(text) if !older.contains('@') => text.key(),
        _ => older.to_owned(),
    };
    let mut username = Username::with_looks(typed, key);
    for skeleton in [&mut username.skeleton, &mut username.key_skeleton] {
        *skeleton = skeleton.take().filter(|skeleton| skeleton.len() <= MAX_SKELETON_BYTES);
    }
    username
}

/// What the key of a username looks like, where that is short enough to be kept.
pub(crate) fn key_skeleton(key: &str) -> Option<String> {
    skeleton(Bounded::of(key).ok()?).filter(|skeleton| skeleton.len() <= MAX_SKELETON_BYTES)
}

#[cfg(test)]
mod tests;
