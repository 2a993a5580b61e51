//! Any other service: a table with a header, or records with the same names.

use time::OffsetDateTime;

use crate::model::Problem;

use super::draft::Draft;
use super::fields::Fields;
use super::{ParsedRecord, Reason, Source};

/// Every column that is read.
const COLUMNS: &[&str] = &[
    "id",
    "_id",
    "username",
    "email",
    "name",
    "full_name",
    "first_name",
    "last_name",
    "organization",
    "bio",
    "is_admin",
    "admin",
    "status",
    "is_active",
    "active",
    "password_hash",
    "password",
    "created_at",
    "registration_date",
    "date_joined",
    "email_verified_at",
    "picture",
    "profile_pic",
];

/// The columns of a table that are not read.
///
/// # Errors
/// When none is: then it has no header, or is of something else.
pub(super) fn strangers(columns: &[String]) -> Result<Vec<String>, String> {
    let strangers: Vec<String> = columns.iter().filter(|name| !COLUMNS.contains(&name.as_str())).cloned().collect();
    if strangers.len() == columns.len() {
        return Err(format!(
            "none of its columns is known ({}); known are {}",
            strangers.join(", "),
            COLUMNS.join(", ")
        ));
    }
    Ok(strangers)
}

/// Reads a record.
pub(super) fn read(record: &Fields, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let external_id = record.text(&["id", "_id"])?;
    let id = external_id.as_deref().and_then(|id| uuid::Uuid::try_parse(id.trim()).ok());
    let is_disabled = match record.text(&["status"])?.as_deref() {
        Some("disabled" | "inactive" | "blocked") => true,
        _ => !record.flag(&["is_active", "active"])?.unwrap_or(true),
    };
    // No name has lines: a quote that was not closed takes the rows behind it along.
    let line = |names: &[&'static str]| match record.text(names)? {
        Some(text) if text.contains('\n') => Err(Reason::Field(names[0], Problem::Characters)),
        text => Ok(text),
    };
    let draft = Draft {
        id,
        external_id: id.map(|id| id.to_string()).or(external_id),
        username: record.text(&["username"])?,
        email: record.text(&["email"])?,
        full_name: line(&["name", "full_name"])?,
        first_name: line(&["first_name"])?,
        last_name: line(&["last_name"])?,
        organization: line(&["organization"])?,
        bio: record.text(&["bio"])?,
        is_admin: record.flag(&["is_admin", "admin"])?.unwrap_or(false),
        is_disabled,
        password_hash: record.text(&["password_hash", "password"])?,
        created_at: record.timestamp(&["created_at", "registration_date", "date_joined"])?,
        email_verified_at: record.timestamp(&["email_verified_at"])?,
        picture: record.text(&["picture", "profile_pic"])?,
    };
    Ok(ParsedRecord::Account(Box::new(draft.finish(Source::Csv, now)?)))
}
