//! What is risky wants the admin's password again, unless it was asked for a short while ago.

use axum::response::Response;

use crate::app::App;

use super::super::super::fault::Fault;
use super::super::super::sessions::Current;
use super::super::forms::Fields;
use super::super::{draft, see_other};

/// Where to prove it first, if that is needed. Afterwards the page at `path` is shown, with what was typed.
pub(super) async fn needed(
    app: &App,
    session: &Current,
    path: &str,
    typed: &Fields,
) -> Result<Option<Response>, Fault> {
    if session.is_fresh() {
        return Ok(None);
    }
    if !typed.is_empty() {
        draft::keep(app, session, path, typed.clone()).await?;
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
    Ok(Some(see_other(&format!("/reauth?{query}"))))
}
