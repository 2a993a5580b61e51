//! What a user typed into a form when their session had ended: kept while they log in, secrets apart.

use axum::extract::{DefaultBodyLimit, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::accounts;
use crate::app::App;
use crate::language::Key;
use crate::model::{Account, AccountId};

pub(super) use super::forms::Fields;
use super::picture_form::{self, CONTROLS};
use crate::http::bodies;
use crate::http::multipart::Parts;
use crate::http::page_error::PageError;
use crate::http::sessions::{Current, Data};

const KEY: &str = "draft";

const PURPOSE: &str = "draft";

/// The message of a page that shows one.
pub(super) const UNSAVED: Key = key!("flash-warn-unsaved");

/// For so many seconds a draft waits for a log-in.
const LASTS: i64 = 24 * 3600;

/// Fields never kept.
const SECRET: &[&str] = &["password", "current", "new", "confirm", "code", "second_factor"];

/// More than any of our forms holds.
const MAX_DRAFT_BYTES: usize = 16 * 1024;

/// What was typed into the form at a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Draft {
    path: String,
    fields: Fields,
    /// Whose session it was that had ended, as far as that is known: no other user is shown it.
    #[serde(default)]
    owner: Option<AccountId>,
    /// When it was typed, in seconds since 1970.
    #[serde(default)]
    typed_at: i64,
}

impl Draft {
    /// The safe fields of a form for the page at `path`; nothing when there are none, or more than any form of ours
    /// holds.
    pub(super) fn of(app: &App, path: &str, mut fields: Fields, owner: Option<AccountId>) -> Option<Draft> {
        fields.retain(|name, _| !SECRET.contains(&name.as_str()));
        let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        let typed_at = app.now().unix_timestamp();
        let is_kept = !fields.is_empty() && bytes <= MAX_DRAFT_BYTES;
        is_kept.then(|| Draft { path: path.to_owned(), fields, owner, typed_at })
    }

    /// As it goes along with the log-in form, so that a visitor's costs no row: encrypted, since another user of the
    /// page that was left could read it there, and so that only what was posted here comes back. Nothing when it has
    /// too many letters that are written longer than they are.
    pub(super) fn seal(&self, app: &App) -> Option<String> {
        let text = serde_json::to_string(self).ok().filter(|text| text.len() <= 2 * MAX_DRAFT_BYTES)?;
        Some(URL_SAFE_NO_PAD.encode(app.seal(PURPOSE, &[], text.as_bytes()).ok()?))
    }

    /// What [`Draft::seal`] gave, within a day.
    pub(super) fn unseal(app: &App, sealed: &str) -> Option<Draft> {
        let text = app.unseal(PURPOSE, &[], &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        let draft: Draft = serde_json::from_slice(&text).ok()?;
        (app.now().unix_timestamp() - draft.typed_at < LASTS).then_some(draft)
    }

    /// What the user's session holds after the log-in: the same draft may come with any number of them, and is kept with
    /// some.
    pub(super) async fn data(draft: Option<Draft>, app: &App, account: &Account) -> Data {
        let mut data = Data::new();
        if let Some(draft) = draft.filter(|draft| draft.owner.is_none_or(|owner| owner == account.id))
            && let Ok(draft) = serde_json::to_value(draft)
            && accounts::count_draft(app, account.id).await.is_ok()
        {
            data.insert(KEY.to_owned(), draft);
        }
        data
    }
}

/// The fields of a form as it was posted.
pub(super) fn fields(body: &[u8]) -> Fields {
    url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Keeps the safe fields of a form in the session of a user who has to reauthenticate first.
pub(super) async fn keep(app: &App, session: &Current, path: &str, fields: Fields) -> Result<(), PageError> {
    match Draft::of(app, path, fields, None) {
        Some(draft) => Ok(session.data().insert(KEY, draft).await?),
        None => Ok(()),
    }
}

/// What was typed into a form with a photo, as far as it can be read, and whether a photo was chosen. The photo is read
/// too and dropped: a browser that is still sending takes an early answer for a broken connection, and no photo of an
/// anonymous client is kept. Without it the controls of its editor mean nothing.
pub(super) async fn texts(app: &App, mut request: Request) -> (Fields, bool) {
    let mut fields = Fields::new();
    let mut has_photo = false;
    bodies::keeps(&request, MAX_DRAFT_BYTES);
    // The limit of the form itself lies further in.
    DefaultBodyLimit::max(app.settings().picture_max_bytes + picture_form::ROOM).apply(&mut request);
    let Ok(mut parts) = Parts::of(request).await else { return (fields, has_photo) };
    let mut room = MAX_DRAFT_BYTES;
    while let Ok(Some(mut part)) = parts.next().await {
        let is_kept = part.file.is_none() && part.name.len() <= room;
        let is_file = part.file.is_some();
        let mut typed = is_kept.then(|| (part.name.clone(), Vec::new()));
        while let Ok(Some(chunk)) = part.chunk().await {
            has_photo |= is_file && !chunk.is_empty();
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
    fields.retain(|name, _| !CONTROLS.contains(&name.as_str()));
    (fields, has_photo)
}

/// The fields kept for the page at `path`, which then are kept no more.
pub(super) async fn take(session: &Current, path: &str) -> Result<Option<Fields>, PageError> {
    let draft: Option<Draft> = session.data().get(KEY).await?;
    match draft {
        Some(draft) if draft.path == path => {
            session.data().remove_value(KEY).await?;
            Ok(Some(draft.fields))
        }
        _ => Ok(None),
    }
}
