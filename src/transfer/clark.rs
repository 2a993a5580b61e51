//! The Express service with MongoDB: `mongoexport` of its collection `users`.

use serde_json::Value;
use time::OffsetDateTime;

use super::draft::Draft;
use super::fields::Fields;
use super::mongo_users::made_at;
use super::{ParsedRecord, Reason, Source};

/// Reads a record.
pub(super) fn read(record: &Fields, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let external_id = record.text(&["_id", "id"])?;
    let made_at = external_id.as_deref().and_then(made_at);
    let created_at = record.moment(&["createdAt"])?.or(made_at);
    let is_admin = match record.0.get("accessGroups") {
        Some(Value::Array(groups)) => groups.iter().any(|group| group == "admin"),
        Some(Value::String(groups)) => groups.split([',', ';', '"', '[', ']', ' ']).any(|group| group == "admin"),
        _ => false,
    };
    let is_verified = record.flag(&["emailVerified"])?.unwrap_or(false);
    let draft = Draft {
        external_id,
        username: record.text(&["username"])?,
        email: record.text(&["email"])?,
        full_name: record.text(&["name", "name_"])?,
        organization: record.text(&["organization"])?,
        bio: record.text(&["bio"])?,
        is_admin,
        // A bug of theirs wrote the other field on accounts that log in by this one.
        password_hash: record.text(&["password", "pwdhash"])?,
        created_at,
        email_verified_at: is_verified.then_some(created_at.unwrap_or(now)),
        ..Draft::default()
    };
    Ok(ParsedRecord::Account(Box::new(draft.finish(Source::Clark, now)?)))
}
