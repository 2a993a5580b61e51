//! What is wrong with a value, before anybody has put it into words.

/// A value that a person or a program hands in, named as its form field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The e-mail address.
    Email,
    /// The username.
    Username,
    /// E-mail or username, where either will do.
    Login,
    /// A password, new or known.
    Password,
    /// The password in use, beside a new one.
    Current,
    /// The new password, beside the one in use.
    New,
    /// The full name.
    Name,
    /// Pronouns.
    Pronouns,
    /// A few sentences about oneself.
    Bio,
    /// A website.
    Website,
    /// A picture.
    Photo,
    /// The username typed again, to confirm a deletion.
    Confirm,
    /// An interface language.
    Language,
    /// A time zone.
    TimeZone,
    /// Light, dark or as the system says.
    Theme,
    /// Where somebody belongs.
    Organization,
    /// Member or admin.
    Role,
    /// What admins note for each other.
    Note,
    /// Why something is done.
    Reason,
}

impl Field {
    /// The name of its form field, and the stem of its words.
    pub fn name(self) -> &'static str {
        match self {
            Field::Email => "email",
            Field::Username => "username",
            Field::Login => "login",
            Field::Password => "password",
            Field::Current => "current",
            Field::New => "new",
            Field::Name => "name",
            Field::Pronouns => "pronouns",
            Field::Bio => "bio",
            Field::Website => "website",
            Field::Photo => "photo",
            Field::Confirm => "confirm",
            Field::Language => "language",
            Field::TimeZone => "time_zone",
            Field::Theme => "theme",
            Field::Organization => "organization",
            Field::Role => "role",
            Field::Note => "note",
            Field::Reason => "reason",
        }
    }
}

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was given.
    Missing,
    /// Shorter than `min` characters.
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// Longer than `max` characters (bytes, for a password).
    TooLong {
        /// The most allowed.
        max: usize,
    },
    /// A character that may not stand in it.
    Characters,
    /// Not of the form such a value has.
    Malformed,
    /// Another account has it. A free one like it may be known.
    Taken {
        /// A value that was free a moment ago.
        suggestion: Option<String>,
    },
    /// Kept for the program's own use.
    Reserved,
    /// Among the passwords everybody tries first.
    Leaked,
    /// Not the right one.
    Wrong,
}
