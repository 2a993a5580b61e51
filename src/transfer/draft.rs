//! From what the services call things to one account, by the rules that every account keeps.

use portico_imaging::Crop;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::name::plain;
use crate::model::{Account, AccountId, Email, Generation, Name, Problem, Profile, Status, Theme, Username};
use crate::passwords;
use crate::store::credentials::Credentials;
use crate::store::transfer::AccountWithSecrets;

use super::{Incoming, OldPicture, Reason, Source};

/// What a row says, before it is an account.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: Option<Uuid>,
    /// The row's own id there, where it has one.
    pub(super) external_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) email: Option<String>,
    pub(super) full_name: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) bio: Option<String>,
    pub(super) is_admin: bool,
    pub(super) is_disabled: bool,
    pub(super) password_hash: Option<String>,
    pub(super) created_at: Option<OffsetDateTime>,
    pub(super) email_verified_at: Option<OffsetDateTime>,
    /// A file's name, perhaps in folders.
    pub(super) picture: Option<String>,
}

impl Draft {
    /// The account it is.
    pub(super) fn finish(self, source: Source, now: OffsetDateTime) -> Result<Incoming, Reason> {
        let (username, email) = names(self.username.as_deref(), self.email.as_deref())?;
        // Both names where there are both: two people under one username are two rows.
        let key = match (&username, &email) {
            (Some(username), Some(email)) => format!("{} {}", username.key(), email.key()),
            (Some(username), None) => username.key().to_owned(),
            (None, Some(email)) => email.key().to_owned(),
            (None, None) => return Err(Reason::Nameless),
        };
        // What a row without an id is called must tell nothing of the person: it stays when the account goes.
        let external_id = match (self.external_id, self.id) {
            (Some(external_id), _) => external_id,
            (None, Some(id)) => id.to_string(),
            (None, None) => derived(source, "name", &key).to_string(),
        };
        check_id(&external_id)?;
        let id = self.id.unwrap_or_else(|| derived(source, "id", &external_id));
        let (password_hash, lost_password) = match self.password_hash.as_deref().map(readable) {
            None => (None, false),
            Some(None) => (None, true),
            Some(Some(hash)) => (hash, false),
        };
        let created_at = self.created_at.unwrap_or(now);
        let account = Account {
            id: AccountId(id),
            username,
            email,
            name: name(self.full_name, self.first_name, self.last_name),
            organization: self.organization.as_deref().map(plain).filter(|text| !text.is_empty()),
            profile: Profile { bio: self.bio.unwrap_or_default(), ..Profile::default() }.plain(),
            language: None,
            time_zone: None,
            theme: Theme::System,
            terms: None,
            is_admin: self.is_admin,
            status: if self.is_disabled { Status::Disabled } else { Status::Active },
            picture: None,
            email_verified_at: self.email_verified_at,
            two_factor: false,
            password_changed_at: created_at,
            generation: Generation::default(),
            created_at,
            updated_at: now,
        };
        check_texts(&account)?;
        Ok(Incoming {
            external_id,
            whole: AccountWithSecrets { account, password_hash, tokens_after: None, notify_devices: true },
            lost_password,
            picture: self.picture.as_deref().and_then(file_name).map(|file| OldPicture { file, crop: Crop::default() }),
            older_pictures: Vec::new(),
            also_from: Vec::new(),
            credentials: Credentials::default(),
            lost_authenticators: 0,
        })
    }
}

/// The most bytes of what a row is called elsewhere: no index takes much more.
const MOST_ID: usize = 1_000;
/// The most bytes of any text of an account. Other services' bounds are their own, but no page shows a book.
const MOST_TEXT: usize = 10_000;

/// Refuses what a row is called elsewhere where no index takes it.
pub(super) fn check_id(id: &str) -> Result<(), Reason> {
    if id.len() > MOST_ID { Err(Reason::Field("id", Problem::TooLong { max: MOST_ID })) } else { Ok(()) }
}

/// Refuses texts that are longer than any real text.
pub(super) fn check_texts(account: &Account) -> Result<(), Reason> {
    let Name { full, first, last } = &account.name;
    let organization = account.organization.as_deref().unwrap_or_default();
    let terms = account.terms.as_ref().map(|terms| terms.version.as_str()).unwrap_or_default();
    let own = [
        ("name", full.as_str()),
        ("first_name", first),
        ("last_name", last),
        ("organization", organization),
        ("terms_version", terms),
    ];
    match own.into_iter().chain(account.profile.texts()).find(|(_, text)| text.len() > MOST_TEXT) {
        Some((field, _)) => Err(Reason::Field(field, Problem::TooLong { max: MOST_TEXT })),
        None => Ok(()),
    }
}

/// The names of an account that comes in. A username that is its own e-mail is none: the account goes by its e-mail
/// then.
///
/// # Errors
/// [`Reason::Field`], [`Reason::Address`] for a username that reads as another e-mail.
pub(super) fn names(username: Option<&str>, email: Option<&str>) -> Result<(Option<Username>, Option<Email>), Reason> {
    let email = email.map(Email::parse).transpose().map_err(|problem| Reason::Field("email", problem))?;
    let is_own =
        |name: &str| email.as_ref().is_some_and(|email| Email::keys(name).is_ok_and(|keys| keys.key() == email.key()));
    let username = match username.filter(|name| !is_own(name)).map(Username::imported) {
        Some(Err(Problem::Malformed)) => return Err(Reason::Address),
        Some(Err(problem)) => return Err(Reason::Field("username", problem)),
        Some(Ok(username)) => Some(username),
        None => None,
    };
    Ok((username, email))
}

/// The same id each time for what has none: UUID v8, from a hash.
pub(super) fn derived(source: Source, what: &str, text: &str) -> Uuid {
    let digest = Sha256::digest(format!("portico {what} {} {text}", source.as_str()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Both spellings where both were given, else each from the other.
fn name(full: Option<String>, first: Option<String>, last: Option<String>) -> Name {
    match (full, first.is_some() || last.is_some()) {
        (Some(full), false) => Name::full(&full),
        (None, _) => Name::parts(&first.unwrap_or_default(), &last.unwrap_or_default()),
        (Some(full), true) => Name::whole(&full, &first.unwrap_or_default(), &last.unwrap_or_default()),
    }
}

/// The hash as it is stored: `Some(None)` for one that was made to fit no password, nothing for one that this program
/// can read.
#[expect(clippy::option_option, reason = "no password and an unreadable one are two things")]
fn readable(hash: &str) -> Option<Option<String>> {
    if hash.starts_with('!') {
        return Some(None);
    }
    // Django writes its name of the method before those that have one of their own.
    let known = ["argon2$argon2", "bcrypt$$2"].into_iter().find(|prefix| hash.starts_with(prefix));
    let hash = if known.is_some() { hash.split_once('$').map_or(hash, |(_, rest)| rest) } else { hash };
    let hash = if hash.starts_with("argon2") { format!("${hash}") } else { hash.to_owned() };
    passwords::is_readable(&hash).then_some(Some(hash))
}

/// The last part of a path, whatever slashes it has.
pub(super) fn file_name(path: &str) -> Option<String> {
    let name = path.rsplit(['/', '\\']).next()?.trim();
    (!name.is_empty() && name != "." && name != ".." && name.len() <= 255).then(|| name.to_owned())
}
