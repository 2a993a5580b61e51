//! An account: one person, or one service, that can log in.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock;

use super::email::Hashes;
use super::picture::Picture;
use super::username::reads_as_email;
use super::visible::shows;
use super::{Email, Name, Profile, Username};

/// Names an account for ever. New ones are UUID v7; imported ones keep their own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx_macros::Type, serde::Serialize, serde::Deserialize,
)]
#[sqlx(transparent)]
pub struct AccountId(pub Uuid);

impl AccountId {
    /// A new id. Ids made later sort later.
    #[expect(clippy::new_without_default, reason = "each call gives another id, which no default should")]
    pub fn new() -> AccountId {
        AccountId(clock::new_id())
    }

    /// The id of no account.
    pub const fn nil() -> AccountId {
        AccountId(Uuid::nil())
    }

    /// One of eight hues, 1 to 8, the same for an account for ever: what its initials stand on.
    pub fn hue(self) -> u8 {
        // The last bytes of an id are random; the first are the time.
        self.0.as_bytes()[15] % 8 + 1
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Counts what has ended everything that an account was logged in with. Sessions, token families, links and device
/// proofs carry the generation that they were made in, and are good while their account still has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx_macros::Type)]
#[sqlx(transparent)]
pub struct Generation(pub i64);

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It may.
    Active,
    /// An admin has switched it off.
    Disabled,
}

impl Status {
    /// As it is stored and shown to programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Disabled => "disabled",
        }
    }
}

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(text: String) -> Result<Status, String> {
        match text.as_str() {
            "active" => Ok(Status::Active),
            "disabled" => Ok(Status::Disabled),
            _ => Err(format!("unknown account status {text:?}")),
        }
    }
}

/// The colour theme a user chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// As it is stored, and named in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

impl FromStr for Theme {
    type Err = String;

    fn from_str(text: &str) -> Result<Theme, String> {
        match text {
            "system" => Ok(Theme::System),
            "light" => Ok(Theme::Light),
            "dark" => Ok(Theme::Dark),
            _ => Err(format!("unknown theme {text:?}")),
        }
    }
}

/// Consent to the host application's terms of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsConsent {
    /// Which version of them.
    pub version: String,
    /// When.
    pub at: OffsetDateTime,
}

/// An account as the doors see it. The password hash is not part of it, so it cannot leave by accident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The username. An account has a username, an e-mail, or both.
    pub username: Option<Username>,
    /// The e-mail.
    pub email: Option<Email>,
    /// The person's name.
    pub name: Name,
    /// Where the person belongs, for the doors that ask.
    pub organization: Option<String>,
    /// What other people see.
    pub profile: Profile,
    /// The interface language chosen, else the browser's.
    pub language: Option<String>,
    /// An IANA time zone, else UTC.
    pub time_zone: Option<String>,
    /// How pages look.
    pub theme: Theme,
    /// What the person agreed to as they opened it, if they were asked.
    pub terms: Option<TermsConsent>,
    /// Whether it may edit others.
    pub is_admin: bool,
    /// Whether it may be used.
    pub status: Status,
    /// The profile picture.
    pub picture: Option<Picture>,
    /// When the e-mail was confirmed.
    pub email_verified_at: Option<OffsetDateTime>,
    /// Whether its password alone does not log in: it has an authenticator app, a passkey or a security key.
    pub two_factor: bool,
    /// When the password was last set.
    pub password_changed_at: OffsetDateTime,
    /// What its sessions and tokens must be of to be good.
    pub generation: Generation,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When anything of it last changed.
    pub updated_at: OffsetDateTime,
}

impl Account {
    /// What to call the person: name, else username, else e-mail. An older name may show nothing.
    pub fn shown_name(&self) -> &str {
        if shows(&self.name.full) { &self.name.full } else { self.username().or(self.email()).unwrap_or_default() }
    }

    /// The username as typed.
    pub fn username(&self) -> Option<&str> {
        self.username.as_ref().map(Username::typed)
    }

    /// Whether this is the account's username, however it is written.
    pub fn is_called(&self, username: &str) -> bool {
        let keys = Username::keys(username);
        self.username.as_ref().zip(keys.ok()).is_some_and(|(own, keys)| keys.contain(own.key()))
    }

    /// The e-mail as typed.
    pub fn email(&self) -> Option<&str> {
        self.email.as_ref().map(Email::typed)
    }

    /// The hashes of the e-mail that the picture is found by: only for those who want that, and never for a
    /// disabled account, so that neither differs from an unknown one.
    pub fn email_hashes(&self) -> Option<Hashes> {
        let email = self.email.as_ref().filter(|_| self.profile.findable && self.is_active())?;
        Some(email.hashes())
    }

    /// How the user names the account when logging in, where it is not known what they type: the username, under which
    /// password managers save a sign-up, else the e-mail.
    pub fn login(&self) -> &str {
        self.username().or(self.email()).unwrap_or_default()
    }

    /// Whether `typed` is a name by which the user logs in to it.
    pub fn has_login(&self, typed: &str) -> bool {
        let is_username = |username: &Username| Username::keys(typed).is_ok_and(|keys| keys.contain(username.key()));
        let is_email = |email: &Email| Email::keys(typed).is_ok_and(|keys| keys.contain(email.key()));
        self.username.as_ref().is_some_and(is_username) || self.email.as_ref().is_some_and(is_email)
    }

    /// What programs are told in place of a username: see [`AccountSummary::label`].
    pub fn label(&self) -> &str {
        label(self.username(), self.email())
    }

    /// Whether it may be used.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }
}

/// How an account stands, as its overview tells.
#[derive(Clone, Copy, Debug)]
pub struct AccountStanding {
    /// How many devices it is logged in on: its sessions and its families of tokens.
    pub devices: i64,
    /// Whether it has a passkey or security key.
    pub has_passkey: bool,
    /// Whether mail to its address comes back.
    pub mail_bounces: bool,
}

/// What services are told of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// Its id.
    pub id: AccountId,
    /// The username, as it was typed.
    pub username: Option<String>,
    /// The e-mail, as it was typed.
    pub email: Option<String>,
    /// The given name.
    pub first_name: String,
    /// The rest of the name.
    pub last_name: String,
    /// Whether it may administer.
    pub is_admin: bool,
}

impl AccountSummary {
    /// What programs are told in place of a username: the username, and for an account without one its e-mail. A label:
    /// who it is, the id says.
    ///
    /// An older username that reads as an address is told only where there is no e-mail: what has an `@` is then the
    /// account's own, not another account's.
    pub fn label(&self) -> &str {
        label(self.username.as_deref(), self.email.as_deref())
    }
}

fn label<'n>(username: Option<&'n str>, email: Option<&'n str>) -> &'n str {
    username.filter(|username| email.is_none() || !reads_as_email(username)).or(email).unwrap_or_default()
}

impl From<Account> for AccountSummary {
    fn from(account: Account) -> AccountSummary {
        AccountSummary {
            id: account.id,
            username: account.username().map(str::to_owned),
            email: account.email().map(str::to_owned),
            first_name: account.name.first,
            last_name: account.name.last,
            is_admin: account.is_admin,
        }
    }
}
