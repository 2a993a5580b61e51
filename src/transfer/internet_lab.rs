//! The FastAPI service with MySQL: rows of its table `users`. One global salt stood in its settings.

use time::OffsetDateTime;

use crate::passwords;

use super::draft::Draft;
use super::fields::Fields;
use super::import::GlobalSalt;
use super::{ParsedRecord, Reason, Source};

/// Reads a record.
pub(super) fn read(record: &Fields, salt: Option<&GlobalSalt>, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let hash = record.text(&["password"])?;
    let stored = hash
        .as_deref()
        .zip(salt)
        .and_then(|(hash, salt)| passwords::global_salt(hash, salt.salt.expose(), salt.iterations));
    let draft = Draft {
        external_id: record.text(&["id"])?,
        username: record.text(&["username"])?,
        email: record.text(&["email"])?,
        password_hash: stored.or(hash),
        created_at: record.moment(&["registration_date"])?,
        ..Draft::default()
    };
    Ok(ParsedRecord::Account(Box::new(draft.finish(Source::InternetLab, now)?)))
}
