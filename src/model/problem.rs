//! What is wrong with a value, before it is put into words.

/// Declares [`Field`], each with its name.
macro_rules! fields {
    ($($(#[$about:meta])* $field:ident = $name:literal,)*) => {
        /// A value that a person or a program hands in, named as its form field is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$about])* $field,)*
        }

        impl Field {
            /// All of them, in the order that changes are told in.
            pub const ALL: &[Field] = &[$(Field::$field),*];

            /// The name of its form field, and the stem of its words.
            pub fn name(self) -> &'static str {
                match self {
                    $(Field::$field => $name,)*
                }
            }
        }
    };
}

fields! {
    /// The username.
    Username = "username",
    /// The e-mail address.
    Email = "email",
    /// E-mail or username, where either will do.
    Login = "login",
    /// A password, new or known.
    Password = "password",
    /// The password in use, beside a new one.
    Current = "current",
    /// The new password, beside the one in use.
    New = "new",
    /// The digits of a mail.
    Code = "code",
    /// The code of a second factor.
    SecondFactor = "second_factor",
    /// That recovery codes were saved.
    Saved = "saved",
    /// The full name.
    Name = "name",
    /// Pronouns.
    Pronouns = "pronouns",
    /// The organization a user belongs to.
    Organization = "organization",
    /// A few sentences about oneself.
    Bio = "bio",
    /// The user's location.
    Location = "location",
    /// A website.
    Website = "website",
    /// A picture.
    Photo = "photo",
    /// The username typed again, to confirm a deletion.
    Confirm = "confirm",
    /// An interface language.
    Language = "language",
    /// Light, dark or as the system says.
    Theme = "theme",
    /// A time zone.
    TimeZone = "time_zone",
    /// Member or admin.
    Role = "role",
    /// What admins note for each other.
    Note = "note",
    /// Why something is done.
    Reason = "reason",
    /// What an app password is called.
    Label = "label",
    /// Consent to the terms of use.
    Terms = "terms",
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
    /// A password in a list of leaked ones.
    Leaked,
    /// Little more than a password in such a list: with some digits or signs around it, or repeated.
    AlmostLeaked,
    /// A password whose characters follow from each other, or are the same few again and again.
    Pattern,
    /// A password of little more than a name of the account or of the product.
    Personal,
    /// Not the right one.
    Wrong,
    /// The password that the account has already was not given.
    Unproved,
    /// Not what has to be typed to confirm.
    Unconfirmed {
        /// What has to be typed.
        word: String,
    },
}
