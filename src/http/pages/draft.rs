//! What somebody typed into a form when their session had ended: kept while they log in, secrets apart.

use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::app::App;

use super::super::bodies;
use super::super::fault::Fault;
use super::account::PICTURE_FORM;
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
    let fields =
        url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    keep_fields(session, path, fields).await
}

/// The same of a form that was read already.
pub(super) async fn keep_fields(session: &Session, path: &str, mut fields: Fields) -> Result<(), Fault> {
    fields.retain(|name, _| !SECRET.contains(&name.as_str()));
    if fields.is_empty() || fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MOST_BYTES {
        return Ok(());
    }
    Ok(session.insert(KEY, Draft { path: path.to_owned(), fields }).await?)
}

/// What was typed into a form with a photo, as far as it can be read. The photo is read too and dropped: a browser that is
/// still sending takes an early answer for a broken connection, and nobody keeps a stranger's photo.
pub(super) async fn texts(app: &App, mut request: Request) -> Fields {
    let mut fields = Fields::new();
    bodies::keeps(&request, MOST_BYTES);
    // The limit of the form itself lies further in.
    DefaultBodyLimit::max(app.settings().picture_max_bytes + PICTURE_FORM).apply(&mut request);
    let Ok(mut form) = Multipart::from_request(request, &()).await else { return fields };
    let mut room = MOST_BYTES;
    while let Ok(Some(mut field)) = form.next_field().await {
        let name = field.name().filter(|name| field.file_name().is_none() && name.len() <= room);
        let mut typed = name.map(|name| (name.to_owned(), Vec::new()));
        while let Ok(Some(chunk)) = field.chunk().await {
            // Too long to be kept whole, it is not kept at all.
            typed = typed.filter(|(name, value)| name.len() + value.len() + chunk.len() <= room);
            if let Some((_, value)) = &mut typed {
                value.extend_from_slice(&chunk);
            }
        }
        if let Some((name, value)) = typed
            && let Ok(value) = String::from_utf8(value)
        {
            room -= name.len() + value.len();
            fields.insert(name, value);
        }
    }
    fields
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
