//! What somebody typed into a form when their session had ended: kept while they log in, secrets apart.

use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::super::fault::Fault;
use super::forms::Fields;

const KEY: &str = "draft";

/// Fields never kept.
const SECRET: &[&str] = &["password", "current", "new", "confirm", "code", "recovery"];

/// More than any of our forms holds.
const MOST_BYTES: usize = 16 * 1024;

#[derive(Serialize, Deserialize)]
struct Draft {
    path: String,
    fields: Fields,
}

/// Keeps the safe fields of a form for the page at `path`.
pub(super) async fn keep(session: &Session, path: &str, body: &[u8]) -> Result<(), Fault> {
    if body.len() > MOST_BYTES {
        return Ok(());
    }
    let fields = url::form_urlencoded::parse(body)
        .filter(|(name, _)| !SECRET.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    Ok(session.insert(KEY, Draft { path: path.to_owned(), fields }).await?)
}

/// The same of a form that was read already.
pub(super) async fn keep_fields(session: &Session, path: &str, mut fields: Fields) -> Result<(), Fault> {
    fields.retain(|name, _| !SECRET.contains(&name.as_str()));
    if fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MOST_BYTES {
        return Ok(());
    }
    Ok(session.insert(KEY, Draft { path: path.to_owned(), fields }).await?)
}

/// The fields kept for the page at `path`, which then are kept no more.
pub(super) async fn take(session: &Session, path: &str) -> Result<Option<Fields>, Fault> {
    let draft: Option<Draft> = session.get(KEY).await?;
    match draft {
        Some(draft) if draft.path == path => {
            session.remove_value(KEY).await?;
            Ok(Some(draft.fields))
        }
        _ => Ok(None),
    }
}
