//! The table `accounts`.

use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::model::picture::{Crop, Picture};
use crate::model::{Account, AccountId, Email, Generation, Name, Profile, Status, Username};

use super::{Tx, directory, names, query};

mod find;
mod status;
mod usernames;

pub use find::{
    Checkable, find, find_by_email, find_by_email_md5, find_by_email_sha256, find_by_username, find_checkable,
    find_for_update, find_with_hash, generation, is_address_taken, is_free, list, other_admins, password_hash,
    picture_exists, seen,
};
pub use usernames::Usernames;

/// A row as it stands.
#[derive(FromRow)]
pub(super) struct Row {
    id: AccountId,
    username: Option<String>,
    username_key: Option<String>,
    username_skeleton: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    full_name: String,
    first_name: String,
    last_name: String,
    organization: Option<String>,
    pronouns: String,
    bio: String,
    website: String,
    public_profile: bool,
    findable: bool,
    language: Option<String>,
    time_zone: Option<String>,
    theme: String,
    is_admin: bool,
    status: Status,
    password_hash: Option<String>,
    password_changed_at: OffsetDateTime,
    generation: Generation,
    picture_key: Option<String>,
    picture_largest: Option<i32>,
    picture_zoom: Option<i32>,
    picture_x: Option<i32>,
    picture_y: Option<i32>,
    email_verified_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl Row {
    fn picture(&self) -> Option<Picture> {
        let crop = Crop::clamped(
            u16::try_from(self.picture_zoom?).ok()?,
            u8::try_from(self.picture_x?).ok()?,
            u8::try_from(self.picture_y?).ok()?,
        );
        Some(Picture { key: self.picture_key.clone()?, largest: u16::try_from(self.picture_largest?).ok()?, crop })
    }
}

impl From<Row> for Account {
    fn from(row: Row) -> Account {
        Account {
            id: row.id,
            picture: row.picture(),
            username: row
                .username
                .zip(row.username_key)
                .map(|(typed, key)| Username::stored(typed, key, row.username_skeleton)),
            email: row.email.zip(row.email_key).map(|(typed, key)| Email::stored(typed, key)),
            name: Name { full: row.full_name, first: row.first_name, last: row.last_name },
            organization: row.organization,
            profile: Profile {
                pronouns: row.pronouns,
                bio: row.bio,
                website: row.website,
                public: row.public_profile,
                findable: row.findable,
            },
            language: row.language,
            time_zone: row.time_zone,
            theme: row.theme.parse().unwrap_or_default(),
            is_admin: row.is_admin,
            status: row.status,
            email_verified_at: row.email_verified_at,
            password_changed_at: row.password_changed_at,
            generation: row.generation,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Adds an account. A name that another account has shows in [`super::is_taken`].
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, account: &Account, password_hash: Option<&str>) -> sqlx::Result<()> {
    let hashes = account.email_hashes();
    query!(
        tx,
        execute,
        "insert into accounts (id, username, username_key, email, email_key, full_name, first_name, last_name, \
         organization, pronouns, bio, website, public_profile, findable, language, time_zone, theme, is_admin, status, \
         password_hash, password_changed_at, email_verified_at, created_at, updated_at, email_md5, email_sha256, \
         username_skeleton, key_rule) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
         $25, $26, $27, $28)",
        account.id,
        account.username(),
        account.username.as_ref().map(Username::key),
        account.email(),
        account.email.as_ref().map(Email::key),
        &account.name.full,
        &account.name.first,
        &account.name.last,
        &account.organization,
        &account.profile.pronouns,
        &account.profile.bio,
        &account.profile.website,
        account.profile.public,
        account.profile.findable,
        &account.language,
        &account.time_zone,
        account.theme.as_str(),
        account.is_admin,
        account.status.as_str(),
        password_hash,
        account.password_changed_at,
        account.email_verified_at,
        account.created_at,
        account.updated_at,
        hashes.map(|hashes| hashes.md5.to_vec()),
        hashes.map(|hashes| hashes.sha256.to_vec()),
        account.username.as_ref().and_then(Username::skeleton),
        names::RULE,
    )?;
    directory::write(tx, account).await
}

/// Writes everything of an account but its password, picture, note and creation, and counts the change. False when it is
/// gone.
///
/// # Errors
/// The database's; see [`super::is_taken`].
pub async fn update(tx: &mut Tx, account: &Account) -> sqlx::Result<bool> {
    let hashes = account.email_hashes();
    let rows = query!(
        tx,
        execute,
        "update accounts set username = $2, username_key = $3, email = $4, email_key = $5, full_name = $6, \
         first_name = $7, last_name = $8, organization = $9, pronouns = $10, bio = $11, website = $12, \
         public_profile = $13, findable = $14, language = $15, time_zone = $16, theme = $17, is_admin = $18, \
         status = $19, email_verified_at = $20, updated_at = $21, email_md5 = $22, email_sha256 = $23, \
         username_skeleton = $24, revision = revision + 1 where id = $1",
        account.id,
        account.username(),
        account.username.as_ref().map(Username::key),
        account.email(),
        account.email.as_ref().map(Email::key),
        &account.name.full,
        &account.name.first,
        &account.name.last,
        &account.organization,
        &account.profile.pronouns,
        &account.profile.bio,
        &account.profile.website,
        account.profile.public,
        account.profile.findable,
        &account.language,
        &account.time_zone,
        account.theme.as_str(),
        account.is_admin,
        account.status.as_str(),
        account.email_verified_at,
        account.updated_at,
        hashes.map(|hashes| hashes.md5.to_vec()),
        hashes.map(|hashes| hashes.sha256.to_vec()),
        account.username.as_ref().and_then(Username::skeleton),
    )?;
    if rows == 1 {
        directory::write(tx, account).await?;
    }
    Ok(rows == 1)
}

/// What only admins see of an account. It is no part of [`Account`], so that no other door can show it by accident.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Desk {
    /// What admins note for each other.
    pub note: Option<String>,
    /// How often the account was changed.
    pub revision: i64,
}

/// What only admins see of an account.
///
/// # Errors
/// The database's.
pub async fn desk(tx: &mut Tx, id: AccountId) -> sqlx::Result<Option<Desk>> {
    query!(tx, fetch_optional, "select note, revision from accounts where id = $1", id)
}

/// Writes the note, and counts the change.
///
/// # Errors
/// The database's.
pub async fn set_note(tx: &mut Tx, id: AccountId, note: Option<&str>) -> sqlx::Result<()> {
    query!(tx, execute, "update accounts set note = $2, revision = revision + 1 where id = $1", id, note)?;
    Ok(())
}

/// Begins the next generation of an account: whatever carries another is good no more, nor are tokens of replaced services
/// that were issued before `now`. To be called while the account is held.
///
/// # Errors
/// The database's.
pub async fn next_generation(tx: &mut Tx, id: AccountId, now: OffsetDateTime) -> sqlx::Result<Generation> {
    let (generation,): (Generation,) = query!(
        tx,
        fetch_one,
        "update accounts set generation = generation + 1, tokens_after = $2 where id = $1 returning generation",
        id,
        now,
    )?;
    Ok(generation)
}

/// Stores a new password's hash. False when the account is gone.
///
/// # Errors
/// The database's.
pub async fn set_password(tx: &mut Tx, id: AccountId, hash: &str, now: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        tx,
        execute,
        "update accounts set password_hash = $2, password_changed_at = $3, updated_at = $3 where id = $1",
        id,
        hash,
        now,
    )?;
    Ok(rows == 1)
}

/// Replaces the hash of a password that stays the same, unless it was changed meanwhile.
///
/// # Errors
/// The database's.
pub async fn upgrade_hash(tx: &mut Tx, id: AccountId, old: &str, new: &str) -> sqlx::Result<()> {
    query!(tx, execute, "update accounts set password_hash = $3 where id = $1 and password_hash = $2", id, old, new)?;
    Ok(())
}

/// The beginning of the hash that comes after `after` and before `end`, among those that are not of our own parameters.
///
/// # Errors
/// The database's.
pub async fn next_legacy_hash(tx: &mut Tx, after: &str, end: &str) -> sqlx::Result<Option<String>> {
    // In the order of bytes, which PostgreSQL has to be asked for.
    let found: Option<(String,)> = match tx {
        Tx::Sqlite(_) => query!(
            tx,
            fetch_optional,
            "select substr(password_hash, 1, 40) from accounts \
             where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' \
             and substr(password_hash, 1, 40) > $1 and substr(password_hash, 1, 40) < $2 \
             order by substr(password_hash, 1, 40) limit 1",
            after,
            end,
        )?,
        Tx::Postgres(_) => query!(
            tx,
            fetch_optional,
            "select substr(password_hash, 1, 40) from accounts \
             where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' \
             and substr(password_hash, 1, 40) collate \"C\" > $1 and substr(password_hash, 1, 40) collate \"C\" < $2 \
             order by substr(password_hash, 1, 40) collate \"C\" limit 1",
            after,
            end,
        )?,
    };
    Ok(found.map(|(found,)| found))
}

/// Sets or removes the picture. False when the account is gone.
///
/// # Errors
/// The database's.
pub async fn set_picture(
    tx: &mut Tx,
    id: AccountId,
    picture: Option<&Picture>,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        tx,
        execute,
        "update accounts set picture_key = $2, picture_largest = $3, picture_zoom = $4, picture_x = $5, \
         picture_y = $6, updated_at = $7 where id = $1",
        id,
        picture.map(|picture| picture.key.as_str()),
        picture.map(|picture| i32::from(picture.largest)),
        picture.map(|picture| i32::from(picture.crop.zoom())),
        picture.map(|picture| i32::from(picture.crop.x())),
        picture.map(|picture| i32::from(picture.crop.y())),
        now,
    )?;
    Ok(rows == 1)
}

/// Removes an account; its sessions and links go with it. False when it was gone.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: AccountId) -> sqlx::Result<bool> {
    Ok(query!(tx, execute, "delete from accounts where id = $1", id)? == 1)
}

/// Lets one transaction at a time take admins away: two that each saw the other's admin would leave none.
///
/// # Errors
/// The database's.
pub async fn lock_admins(tx: &mut Tx) -> sqlx::Result<()> {
    // SQLite's writing transaction is alone anyway.
    if let Tx::Postgres(_) = tx {
        query!(tx, execute, "select pg_advisory_xact_lock(7034127)")?;
    }
    Ok(())
}
