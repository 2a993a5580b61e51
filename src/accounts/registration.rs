//! A registration: what an account is opened with.

use crate::model::password::Password;
use crate::model::picture::Picture;
use crate::model::{Email, Language, Name, Username};
use crate::passkeys::registration::NewPasskey;

/// A new account, its fields parsed by the door it came through.
pub struct Registration {
    /// The username, where the door asks for one.
    pub username: Option<Username>,
    /// The e-mail, where the door asks for one.
    pub email: Option<Email>,
    /// The person's name.
    pub name: Name,
    /// What the person will log in by.
    pub credential: Credential,
    /// Where the person belongs, where the door asks.
    pub organization: Option<String>,
    /// The language the person reads.
    pub language: Option<String>,
    /// The IANA time zone of the person's browser, if it is a known one.
    pub time_zone: Option<String>,
    /// The version of the terms of use that the person agreed to, where the door asks: see `register::agree`.
    pub terms: Option<String>,
    /// The picture, its files stored already.
    pub picture: Option<Picture>,
}

/// What a person chooses to log in by as they open an account.
#[derive(Debug)]
pub enum Credential {
    /// A password.
    Password(Password),
    /// A passkey, which they have made.
    Passkey(Box<NewPasskey>),
}

/// A browser that signs up.
#[derive(Clone, Debug)]
pub struct Browser<'a> {
    /// What it calls itself.
    pub agent: &'a str,
    /// The language of its pages.
    pub language: Language,
    /// The cookie of an earlier sign-up.
    pub cookie: Option<&'a str>,
}
