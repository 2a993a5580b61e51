//! The gRPC service with MongoDB: `mongoexport` of its collection `users`.

use time::OffsetDateTime;

use super::draft::Draft;
use super::fields::Fields;
use super::{ParsedRecord, Reason, Source};

/// Reads a record.
pub(super) fn read(record: &Fields, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let external_id = record.text(&["_id"])?;
    let draft = Draft {
        created_at: external_id.as_deref().and_then(made_at),
        external_id,
        username: record.text(&["username"])?,
        first_name: record.text(&["first_name"])?,
        last_name: record.text(&["last_name"])?,
        is_admin: record.flag(&["admin"])?.unwrap_or(false),
        password_hash: record.text(&["password"])?,
        ..Draft::default()
    };
    Ok(ParsedRecord::Account(Box::new(draft.finish(Source::MongoUsers, now)?)))
}

/// When MongoDB made an id: its first eight digits are seconds.
pub(super) fn made_at(id: &str) -> Option<OffsetDateTime> {
    let is_id = id.len() == 24 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let seconds = i64::from_str_radix(id.get(..8).filter(|_| is_id)?, 16).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
