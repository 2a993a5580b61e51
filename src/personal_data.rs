//! A copy of everything kept about a person (GDPR article 15 and 20), packed as a zip.

use std::io::{Cursor, Write as _};

use anyhow::Context as _;
use bytes::Bytes;
use portico_imaging::MediaType;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::app::App;
use crate::audit;
use crate::audit::list::{Direction, Record, of_account};
use crate::error::Error;
use crate::limits::Rule;
use crate::model::audit::Action;
use crate::model::{Account, Actor};
use crate::pictures::{self, set};
use crate::store;
use crate::store::mails::SentMail;

use crate::accounts::app_passwords::{self, AppPassword};
use crate::accounts::devices::{self, Device, DeviceId};
use crate::accounts::passkeys::{self, Passkey};
use crate::accounts::two_factor::{self, Authenticator, Overview};

/// More than people do in the years that rows are kept; it bounds what is held in memory.
const MAX_RECORDS: usize = 10_000;

/// Packs `account.json`, `devices.json`, `history.json`, `mails.json` and the pictures.
///
/// # Errors
/// [`Error::TooMany`], or when database or media store do not answer.
pub async fn pack(app: &App, by: &Actor, account: &Account) -> Result<Bytes, Error> {
    app.limits().count(Rule::Data, &account.id.to_string()).await?;
    let devices = devices::list(app, account.id).await?;
    let mut connection = app.db().snapshot().await?;
    let note = store::accounts::desk(&mut connection, account.id).await?.and_then(|desk| desk.note);
    let emails = store::email_changes::undos_of(&mut connection, account.id, app.now()).await?;
    let waiting = store::email_changes::waiting(&mut connection, account.id, account.generation, app.now()).await?;
    let notify = store::accounts::notifies_devices(&mut connection, account.id).await?;
    let former = store::former_usernames::of_account(&mut connection, account.id, app.now()).await?;
    let mails = store::mails::of_account(&mut connection, account.id, MAX_RECORDS as i64).await?;
    drop(connection);
    let factors = two_factor::overview(app, account.id).await?;
    let app_passwords = app_passwords::list(app, account.id).await?;
    let mut described = describe(account);
    described["two_factor"] = describe_factors(&factors, &passkeys::list(app, account.id).await?);
    described["app_passwords"] = app_passwords.iter().map(describe_app_password).collect();
    let former = former.into_iter().map(|(key, until)| json!({ "username": key, "kept_until": timestamp(until) }));
    described["former_usernames"] = former.collect();
    let emails = emails.into_iter().map(|(email, until)| json!({ "email": email, "kept_until": timestamp(until) }));
    described["former_emails"] = emails.collect();
    described["email_waiting"] = waiting.map(|change| change.email).into();
    described["told_of_new_devices"] = notify.into();
    // What admins write about a person is data about that person, who may ask for all of it (article 15).
    if let Some(note) = note {
        described["note_by_admins"] = note.into();
    }
    let mut files = vec![
        ("account.json".to_owned(), text(&described)),
        ("devices.json".to_owned(), text(&Value::Array(devices.iter().map(describe_device).collect()))),
        ("history.json".to_owned(), text(&Value::Array(history(app, by, account).await?))),
        ("mails.json".to_owned(), text(&Value::Array(mails.iter().map(describe_mail).collect()))),
    ];
    if let Some(picture) = &account.picture {
        let original = set::working_copy(app, account).await?;
        let extension = match set::working_copy_type(&original) {
            MediaType::Jpeg => "jpg",
            MediaType::Webp => "webp",
        };
        files.push((format!("pictures/original.{extension}"), original));
        for name in pictures::files(picture) {
            let bytes = app.media().read(&picture.key, &name).await.context("a picture could not be read")?;
            files.push((format!("pictures/{name}"), bytes));
        }
    }
    let zip = zip(files).context("the copy could not be packed")?;
    let mut tx = app.db().begin().await?;
    audit::record(&mut tx, by, Action::DataDownloaded, Some(account.id), Map::new(), app.now()).await?;
    tx.commit().await?;
    Ok(zip)
}

/// What the audit log tells of the account, the newest first.
async fn history(app: &App, by: &Actor, account: &Account) -> Result<Vec<Value>, Error> {
    let mut history = Vec::new();
    let mut at = None;
    while history.len() < MAX_RECORDS {
        let part = of_account(app, by, account.id, at, 500).await?;
        history.extend(part.records.iter().map(describe_record));
        let Some(last) = part.records.last().filter(|_| part.has_older) else { break };
        at = Some(Direction::Before(last.sequence));
    }
    Ok(history)
}

fn zip(files: Vec<(String, Bytes)>) -> zip::result::ZipResult<Bytes> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner().into())
}

fn describe_mail(mail: &SentMail) -> Value {
    json!({
        "purpose": mail.purpose,
        "state": mail.state,
        "asked_at": timestamp(mail.created_at),
        "settled_at": mail.settled_at.and_then(timestamp),
    })
}

fn text(value: &Value) -> Bytes {
    format!("{value:#}\n").into()
}

fn timestamp(timestamp: OffsetDateTime) -> Option<String> {
    timestamp.format(&Rfc3339).ok()
}

fn describe(account: &Account) -> Value {
    let mut described = json!({
        "id": account.id,
        "username": account.username(),
        "email": account.email(),
        "email_verified_at": account.email_verified_at.and_then(timestamp),
        "name": account.name.full,
        "first_name": account.name.first,
        "last_name": account.name.last,
        "organization": account.organization,
        "public_profile": account.profile.public,
        "findable_by_email": account.profile.findable,
        "language": account.language,
        "time_zone": account.time_zone,
        "theme": account.theme.as_str(),
        "terms_version": account.terms.as_ref().map(|terms| &terms.version),
        "terms_agreed_at": account.terms.as_ref().and_then(|terms| timestamp(terms.at)),
        "is_admin": account.is_admin,
        "status": account.status.as_str(),
        "password_changed_at": timestamp(account.password_changed_at),
        "created_at": timestamp(account.created_at),
        "updated_at": timestamp(account.updated_at),
    });
    for (name, text) in account.profile.texts() {
        described[name] = text.into();
    }
    described
}

/// What there is beside the password; no secret of it.
fn describe_factors(factors: &Overview, passkeys: &[Passkey]) -> Value {
    let passkey = |passkey: &Passkey| json!({ "name": passkey.name, "added_at": timestamp(passkey.created_at), "used_at": passkey.used_at.and_then(timestamp) });
    let app = |app: &Authenticator| json!({ "name": app.name, "added_at": timestamp(app.created_at), "used_at": app.used_at.and_then(timestamp) });
    json!({
        "authenticators": factors.authenticators.iter().map(app).collect::<Vec<_>>(),
        "passkeys": passkeys.iter().map(passkey).collect::<Vec<_>>(),
        "recovery_codes_left": factors.recovery_codes,
        "trusted_browsers": factors.trusted_browsers,
    })
}

fn describe_app_password(found: &AppPassword) -> Value {
    json!({
        "label": found.label,
        "made_at": timestamp(found.created_at),
        "used_at": found.used_at.and_then(timestamp),
        "used_from": found.used_from,
        "expires_at": found.expires_at.and_then(timestamp),
    })
}

fn describe_device(device: &Device) -> Value {
    json!({
        "browser": device.agent,
        "kind": match device.id {
            DeviceId::Session(_) => "browser session",
            DeviceId::Tokens(_) => "tokens of a program",
        },
        "address": device.address,
        "logged_in_at": timestamp(device.created_at),
        "last_seen_at": timestamp(device.seen_at),
    })
}

/// An admin's or service's address is theirs, and not told.
fn describe_record(record: &Record) -> Value {
    let by = match record.actor_kind.as_str() {
        "account" if record.is_own() => "yourself",
        "account" => "an admin",
        "service" => "a service",
        "operator" => "the operator",
        _ => "a visitor who was not logged in",
    };
    let address = record.address.as_ref().filter(|_| record.is_own() || record.actor_kind == "stranger");
    json!({
        "at": timestamp(record.created_at),
        "action": record.name,
        "by": by,
        "door": record.door,
        "address": address,
        "detail": record.detail,
    })
}
