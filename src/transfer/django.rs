//! The Django services: `dumpdata`, or rows of `userauth_baseuser`.

use std::collections::HashMap;

use serde_json::Value;
use time::OffsetDateTime;

use super::draft::Draft;
use super::fields::Fields;
use super::{ParsedRecord, Reason, Source};

/// Refresh tokens by their rows' ids, until it is known which of them are used up.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, (String, OffsetDateTime)>);

/// Reads a record.
pub(super) fn read(mut record: Fields, tokens: &mut Tokens, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let Some(model) = record.text(&["model"])? else { return account(&record, &record, now) };
    let Some(Value::Object(fields)) = record.0.remove("fields") else {
        return Err(Reason::Unreadable("there are no fields".to_owned()));
    };
    let fields = Fields(fields);
    match model.to_ascii_lowercase().rsplit('.').next().unwrap_or_default() {
        "outstandingtoken" => {
            let (key, id, end) = (record.text(&["pk"])?, fields.text(&["jti"])?, fields.moment(&["expires_at"])?);
            if let (Some(key), Some(id), Some(end)) = (key, id, end)
                && end > now
            {
                tokens.0.insert(key, (id, end));
            }
            Ok(ParsedRecord::Nothing)
        }
        "blacklistedtoken" => {
            let token = fields.text(&["token"])?.unwrap_or_default();
            Ok(tokens.0.remove(&token).map_or(ParsedRecord::Nothing, |(id, end)| ParsedRecord::SpentToken(id, end)))
        }
        // Whatever the user model is called, it has these.
        _ if fields.0.contains_key("password") && fields.0.contains_key("is_active") => account(&record, &fields, now),
        _ => Ok(ParsedRecord::Nothing),
    }
}

fn account(record: &Fields, fields: &Fields, now: OffsetDateTime) -> Result<ParsedRecord, Reason> {
    let key = record.text(&["pk", "id"])?;
    let id = key.as_deref().and_then(|key| uuid::Uuid::try_parse(key.trim()).ok());
    let email = fields.text(&["email"])?.filter(|email| !email.trim().is_empty());
    let draft = Draft {
        id,
        external_id: id.map(|id| id.to_string()).or(key),
        username: fields.text(&["username"])?,
        email,
        full_name: fields.text(&["full_name"])?,
        first_name: fields.text(&["first_name"])?,
        last_name: fields.text(&["last_name"])?,
        is_admin: fields.flag(&["is_superuser"])?.unwrap_or(false) || fields.flag(&["is_staff"])?.unwrap_or(false),
        is_disabled: !fields.flag(&["is_active"])?.unwrap_or(true),
        password_hash: fields.text(&["password"])?,
        created_at: fields.moment(&["date_joined"])?,
        picture: fields.text(&["profile_pic"])?,
        ..Draft::default()
    };
    Ok(ParsedRecord::Account(Box::new(draft.finish(Source::Django, now)?)))
}
