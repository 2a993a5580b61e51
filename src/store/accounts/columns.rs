//! The columns of `accounts`: what an account writes to each, and reads from it.

use portico_imaging::Crop;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use time::OffsetDateTime;

use crate::model::picture::Picture;
use crate::model::profile::TEXTS;
use crate::model::{Account, AccountId, Email, Generation, Name, Profile, Status, TermsConsent, Username};
use crate::store::bulk::Cell;
use crate::store::names;
use crate::store::sql_value::SqlValue;

/// What an account is written with, but its picture, whose columns one statement writes.
fn all(account: &Account) -> Vec<Cell> {
    let (name, profile, hashes) = (&account.name, &account.profile, account.email_hashes());
    let mut columns = vec![
        ("id", account.id.into()),
        ("username", account.username().into()),
        ("username_key", account.username.as_ref().map(Username::key).into()),
        ("username_skeleton", account.username.as_ref().and_then(Username::skeleton).into()),
        ("username_key_skeleton", account.username.as_ref().and_then(Username::key_skeleton).into()),
        ("email", account.email().into()),
        ("email_key", account.email.as_ref().map(Email::key).into()),
        ("email_md5", hashes.as_ref().map(|hashes| hashes.md5.as_slice()).into()),
        ("email_sha256", hashes.as_ref().map(|hashes| hashes.sha256.as_slice()).into()),
        ("email_verified_at", account.email_verified_at.into()),
        ("full_name", name.full.as_str().into()),
        ("first_name", name.first.as_str().into()),
        ("last_name", name.last.as_str().into()),
        ("organization", account.organization.as_deref().into()),
        ("public_profile", profile.public.into()),
        ("findable", profile.findable.into()),
        ("language", account.language.as_deref().into()),
        ("time_zone", account.time_zone.as_deref().into()),
        ("theme", account.theme.as_str().into()),
        ("terms_version", account.terms.as_ref().map(|terms| terms.version.as_str()).into()),
        ("terms_at", account.terms.as_ref().map(|terms| terms.at).into()),
        ("is_admin", account.is_admin.into()),
        ("status", account.status.as_str().into()),
        ("password_changed_at", account.password_changed_at.into()),
        ("generation", account.generation.into()),
        ("created_at", account.created_at.into()),
        ("updated_at", account.updated_at.into()),
    ];
    columns.extend(profile.texts().map(|(name, text)| (name, text.into())));
    columns
}

/// What a new account is written with.
pub(in crate::store) fn new(account: &Account, password_hash: Option<&str>) -> impl Iterator<Item = Cell> {
    let apart = [("password_hash", password_hash.into()), ("key_rule", SqlValue::Integer(names::RULE))];
    all(account).into_iter().chain(apart)
}

/// What a change of an account writes. Not `key_rule`: keys that the change leaves alone are written back as they are,
/// and may be those of an older rule.
pub(super) fn changing(account: &Account) -> impl Iterator<Item = Cell> {
    const FIXED: [&str; 4] = ["id", "password_changed_at", "generation", "created_at"];
    all(account).into_iter().filter(|(name, _)| !FIXED.contains(name))
}

crate::store::columns!(account_columns of "accounts":
    "id", "username", "username_key", "username_skeleton", "username_key_skeleton", "email", "email_key", "email_verified_at", "full_name",
    "first_name", "last_name", "organization", "pronouns", "bio", "location", "website", "public_profile", "findable",
    "language", "time_zone", "theme", "terms_version", "terms_at", "is_admin", "status", "picture_key",
    "picture_largest", "picture_zoom", "picture_x", "picture_y", "two_factor", "password_changed_at", "generation",
    "created_at", "updated_at",
);
pub(in crate::store) use account_columns;

impl<'r, R: Row> FromRow<'r, R> for Account
where
    &'static str: ColumnIndex<R>,
    AccountId: Decode<'r, R::Database> + Type<R::Database>,
    Generation: Decode<'r, R::Database> + Type<R::Database>,
    OffsetDateTime: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    i32: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Account> {
        let text = |name: &'static str| row.try_get::<Option<String>, _>(name);
        let username = text("username")?.zip(text("username_key")?);
        let (skeleton, key_skeleton) = (text("username_skeleton")?, text("username_key_skeleton")?);
        let email = text("email")?.zip(text("email_key")?);
        let unknown = |error: String| sqlx::Error::ColumnDecode { index: "status".to_owned(), source: error.into() };
        let mut profile = Profile {
            public: row.try_get("public_profile")?,
            findable: row.try_get("findable")?,
            ..Profile::default()
        };
        for text in &TEXTS {
            *(text.of_mut)(&mut profile) = row.try_get(text.field.name())?;
        }
        Ok(Account {
            id: row.try_get("id")?,
            username: username.map(|(typed, key)| Username::stored(typed, key, skeleton, key_skeleton)),
            email: email.map(|(typed, key)| Email::stored(typed, key)),
            name: Name {
                full: row.try_get("full_name")?,
                first: row.try_get("first_name")?,
                last: row.try_get("last_name")?,
            },
            organization: text("organization")?,
            profile,
            language: text("language")?,
            time_zone: text("time_zone")?,
            theme: row.try_get::<String, _>("theme")?.parse().unwrap_or_default(),
            terms: text("terms_version")?
                .zip(row.try_get("terms_at")?)
                .map(|(version, at)| TermsConsent { version, at }),
            is_admin: row.try_get("is_admin")?,
            status: Status::try_from(row.try_get::<String, _>("status")?).map_err(unknown)?,
            picture: picture(text("picture_key")?, |name| row.try_get(name))?,
            email_verified_at: row.try_get("email_verified_at")?,
            two_factor: row.try_get("two_factor")?,
            password_changed_at: row.try_get("password_changed_at")?,
            generation: row.try_get("generation")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

fn picture(
    key: Option<String>,
    number: impl Fn(&'static str) -> sqlx::Result<Option<i32>>,
) -> sqlx::Result<Option<Picture>> {
    let Some(key) = key else { return Ok(None) };
    let [largest, zoom, x, y] = ["picture_largest", "picture_zoom", "picture_x", "picture_y"].map(number);
    let (largest, zoom, x, y) = (largest?, zoom?, x?, y?);
    let of = || {
        let crop = Crop::clamped(zoom?.try_into().ok()?, x?.try_into().ok()?, y?.try_into().ok()?);
        Some(Picture { key, largest: largest?.try_into().ok()?, crop })
    };
    Ok(of())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::migrate::Migrator;
    use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
    use time::macros::datetime;

    use super::*;
    use crate::model::Theme;
    use crate::store::open::{POSTGRES, SQLITE};
    use crate::store::sql_value::sqlite_arguments;

    /// Columns with statements of their own, which nothing of an account is written to as it is opened or changed.
    const APART: [&str; 10] = [
        "note",
        "notify_devices",
        "picture_key",
        "picture_largest",
        "picture_x",
        "picture_y",
        "picture_zoom",
        "revision",
        "tokens_after",
        "two_factor",
    ];

    /// An account with another value in each column.
    fn account() -> Account {
        let mut profile = Profile { public: true, ..Profile::default() };
        for text in &TEXTS {
            *(text.of_mut)(&mut profile) = format!("The {}", text.field.name());
        }
        Account {
            id: AccountId::new(),
            username: Some(Username::choose("ada").unwrap()),
            email: Some(Email::choose("ada@example.com").unwrap()),
            name: Name::whole("Ada, Countess", "Ada", "Lovelace"),
            organization: Some("Engines".to_owned()),
            profile,
            language: Some("ru".to_owned()),
            time_zone: Some("Europe/London".to_owned()),
            theme: Theme::Dark,
            terms: Some(TermsConsent { version: "3".to_owned(), at: datetime!(2026-03-02 03:04:05 UTC) }),
            is_admin: true,
            status: Status::Disabled,
            picture: None,
            email_verified_at: Some(datetime!(2026-01-02 03:04:05 UTC)),
            two_factor: false,
            password_changed_at: datetime!(2026-02-02 03:04:05 UTC),
            generation: Generation(7),
            created_at: datetime!(2026-03-02 03:04:05 UTC),
            updated_at: datetime!(2026-04-02 03:04:05 UTC),
        }
    }

    /// The columns of `accounts` after every migration.
    fn migrated(migrator: &Migrator) -> BTreeSet<String> {
        let mut columns = BTreeSet::new();
        for migration in migrator.iter() {
            let sql = migration.sql.as_str();
            let made = sql.split_once("create table accounts (").and_then(|(_, table)| table.split_once("\n);"));
            let made = made.map_or("", |(table, _)| table).lines().map(str::trim);
            let made = made.filter(|line| !line.starts_with("--") && !line.starts_with("constraint"));
            let added = sql.lines().filter_map(|line| line.strip_prefix("alter table accounts add column "));
            columns.extend(made.chain(added).filter_map(|line| line.split(' ').next()).map(str::to_owned));
        }
        columns.remove("");
        columns
    }

    #[test]
    fn every_column_of_both_databases_is_written_once() {
        let names: Vec<&str> = new(&account(), None).map(|(name, _)| name).chain(APART).collect();
        let written: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names.len(), written.len());
        assert_eq!(migrated(&SQLITE), written);
        assert_eq!(migrated(&POSTGRES), written);
    }

    #[test]
    fn every_column_is_read_but_those_that_only_statements_of_their_own_need() {
        const UNREAD: [&str; 8] = [
            "email_md5",
            "email_sha256",
            "key_rule",
            "note",
            "notify_devices",
            "password_hash",
            "revision",
            "tokens_after",
        ];
        let read: Vec<&str> =
            account_columns!().split(", ").map(|name| name.strip_prefix("accounts.").unwrap()).collect();
        let known: BTreeSet<String> = read.iter().chain(&UNREAD).map(|name| (*name).to_owned()).collect();
        assert_eq!(known.len(), read.len() + UNREAD.len());
        assert_eq!(migrated(&SQLITE), known);
    }

    #[tokio::test]
    async fn an_account_is_read_as_it_was_written() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        SQLITE.run(&mut connection).await.unwrap();
        let account = account();
        let (names, cells): (Vec<_>, Vec<_>) = new(&account, None).unzip();
        let places = vec!["?"; names.len()].join(", ");
        let sql = format!("insert into accounts ({}) values ({places})", names.join(", "));
        let arguments = sqlite_arguments(cells.iter()).unwrap();
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut connection).await.unwrap();
        let read = concat!("select ", account_columns!(), " from accounts");
        assert_eq!(account, sqlx::query_as(read).fetch_one(&mut connection).await.unwrap());
    }
}
