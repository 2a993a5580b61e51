//! Portico's own records: what the export writes, the import takes back with nothing lost.

use portico_imaging::Crop;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::app::App;
use crate::factors;
use crate::model::name::plain;
use crate::model::{Account, AccountId, Generation, Name, Profile, Status, TermsConsent};
use crate::store::credentials::Credentials;
use crate::store::transfer::AccountWithSecrets;

use super::draft::{check_id, check_texts, file_name, names};
use super::fields::Fields;
use super::{Incoming, OldPicture, ParsedRecord, Reason};

/// An account as a line of a file. Sessions and tokens stay behind.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    id: Uuid,
    username: Option<String>,
    email: Option<String>,
    full_name: String,
    first_name: String,
    last_name: String,
    organization: Option<String>,
    #[serde(flatten)]
    profile: Profile,
    language: Option<String>,
    time_zone: Option<String>,
    theme: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "rfc3339::option")]
    terms_at: Option<OffsetDateTime>,
    is_admin: bool,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_hash: Option<String>,
    #[serde(with = "rfc3339")]
    password_changed_at: OffsetDateTime,
    #[serde(default)]
    generation: i64,
    #[serde(with = "rfc3339::option")]
    email_verified_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    updated_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    tokens_after: Option<OffsetDateTime>,
    #[serde(default = "is_usual")]
    notify_devices: bool,
    picture: Option<Picture>,
    #[serde(default)]
    older_pictures: Vec<String>,
    #[serde(default)]
    imported_from: Vec<(String, String)>,
    #[serde(flatten)]
    credentials: Credentials,
}

/// People are told of log-ins with other browsers unless they switch it off; older exports say nothing of it.
fn is_usual() -> bool {
    true
}

/// The picture's file in the export's folder, and the square that is shown.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Picture {
    pub(super) file: Option<String>,
    pub(super) zoom: u16,
    pub(super) x: u8,
    pub(super) y: u8,
}

impl Record {
    /// Everything about an account; its picture as a file of this name.
    pub(super) fn of(
        whole: AccountWithSecrets,
        file: Option<String>,
        older: Vec<String>,
        from: Vec<(String, String)>,
        credentials: Credentials,
    ) -> Record {
        let AccountWithSecrets { account, password_hash, tokens_after, notify_devices } = whole;
        Record {
            id: account.id.0,
            username: account.username().map(str::to_owned),
            email: account.email().map(str::to_owned),
            picture: account.picture.map(|picture| Picture {
                file,
                zoom: picture.crop.zoom(),
                x: picture.crop.x(),
                y: picture.crop.y(),
            }),
            full_name: account.name.full,
            first_name: account.name.first,
            last_name: account.name.last,
            organization: account.organization,
            profile: account.profile,
            language: account.language,
            time_zone: account.time_zone,
            theme: account.theme.as_str().to_owned(),
            terms_at: account.terms.as_ref().map(|terms| terms.at),
            terms_version: account.terms.map(|terms| terms.version),
            is_admin: account.is_admin,
            status: account.status.as_str().to_owned(),
            password_hash,
            password_changed_at: account.password_changed_at,
            generation: account.generation.0,
            email_verified_at: account.email_verified_at,
            created_at: account.created_at,
            updated_at: account.updated_at,
            tokens_after,
            notify_devices,
            older_pictures: older,
            imported_from: from,
            credentials,
        }
    }
}

/// Reads a record. Authenticators whose secret no key here unseals are left out.
pub(super) fn read(record: Fields, app: &App) -> Result<ParsedRecord, Reason> {
    let record: Record =
        serde_json::from_value(Value::Object(record.0)).map_err(|error| Reason::Unreadable(error.to_string()))?;
    let (username, email) = names(record.username.as_deref(), record.email.as_deref())?;
    if username.is_none() && email.is_none() {
        return Err(Reason::Nameless);
    }
    let mut account = Account {
        id: AccountId(record.id),
        username,
        email,
        name: Name::whole(&record.full_name, &record.first_name, &record.last_name),
        organization: record.organization.as_deref().map(plain),
        profile: record.profile.plain(),
        language: record.language,
        time_zone: record.time_zone,
        theme: record.theme.parse().map_err(Reason::Unreadable)?,
        terms: record.terms_version.zip(record.terms_at).map(|(version, at)| TermsConsent { version, at }),
        is_admin: record.is_admin,
        status: Status::try_from(record.status).map_err(Reason::Unreadable)?,
        picture: None,
        email_verified_at: record.email_verified_at,
        two_factor: false,
        password_changed_at: record.password_changed_at,
        generation: Generation(record.generation),
        created_at: record.created_at,
        updated_at: record.updated_at,
    };
    check_texts(&account)?;
    let mut credentials = record.credentials.of(&account);
    let exported = credentials.authenticators.len();
    credentials.authenticators.retain(|authenticator| factors::can_unseal(app, authenticator));
    account.two_factor = credentials.have_factor();
    record.imported_from.iter().try_for_each(|(_, id)| check_id(id))?;
    let picture = record.picture.and_then(|picture| {
        let file = picture.file.as_deref().and_then(file_name)?;
        Some(OldPicture { file, crop: Crop::clamped(picture.zoom, picture.x, picture.y) })
    });
    let whole = AccountWithSecrets {
        account,
        password_hash: record.password_hash,
        tokens_after: record.tokens_after,
        notify_devices: record.notify_devices,
    };
    Ok(ParsedRecord::Account(Box::new(Incoming {
        external_id: record.id.to_string(),
        whole,
        lost_password: false,
        picture,
        older_pictures: record.older_pictures,
        also_from: record.imported_from,
        lost_authenticators: exported - credentials.authenticators.len(),
        credentials,
    })))
}
