//! Any other service: a table with a header, or records with the same names.

use time::OffsetDateTime;

use super::draft::Draft;
use super::fields::Fields;
use super::{ParsedRecord, Reason, Source};

/// Reads a record.
pub(super) fn read(record: &Fields, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let external_id = record.text(&["id", "_id"])?;
    let id = external_id.as_deref().and_then(|id| uuid::Uuid::try_parse(id.trim()).ok());
    let is_disabled = match record.text(&["status"])?.as_deref() {
        Some("disabled" | "inactive" | "blocked") => true,
        _ => !record.flag(&["is_active", "active"])?.unwrap_or(true),
    };
    let draft = Draft {
        id,
        external_id: id.map(|id| id.to_string()).or(external_id),
        username: record.text(&["username"])?,
        email: record.text(&["email"])?,
        full_name: record.text(&["name", "full_name"])?,
        first_name: record.text(&["first_name"])?,
        last_name: record.text(&["last_name"])?,
        organization: record.text(&["organization"])?,
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
