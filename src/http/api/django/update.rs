//! Changes of the caller's own account by the Django dialect.

use axum::Json;
use axum::extract::{Request, State};
use portico_imaging::Crop;

use crate::accounts::change::{Change, change, check_email, prove};
use crate::app::App;
use crate::error::Error;
use crate::model::Client;
use crate::pictures::set;
use crate::tokens;

use super::answers::User;
use super::caller::Caller;
use super::fields::{Checked, Picture};
use super::refusal::{Refusal, TAKEN};
use super::with_picture;
use crate::http::api::body;
use crate::http::bodies;

/// Changes what the body names, all of it or nothing.
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    request: Request,
) -> Result<Json<User>, Refusal> {
    bodies::of_member(&request);
    let (actor, id) = (caller.actor(), caller.0.id);
    let form = body::fields(request, with_picture(&app), &[]).await?;
    let mut checked = Checked::default();
    let email = checked.email(&form, false);
    let name = checked.name(&form, false);
    let picture = checked.picture(&form);
    let password = checked.new_password(&form, false);
    let current = checked.current_password(&form);
    let is_removed = matches!(picture, Some(Picture::None));
    let prepared = match picture {
        Some(Picture::New(bytes)) => checked.prepared(set::prepare(&app, &actor, id, bytes, Crop::default()).await)?,
        _ => None,
    };
    // Only where something else is told anyway: else the change says it.
    if let (Some(email), false) = (&email, checked.is_fine()) {
        let available = check_email(&app, &actor, id, email).await;
        checked.available(available, TAKEN).map_err(tokens::Error::of_own_account)?;
    }
    checked.done()?;
    match prove(&app, &actor, id, current.as_ref(), client).await {
        Err(Error::Credentials(_)) => return Err(Refusal::field("current_password", "Invalid password.")),
        other => other.map_err(tokens::Error::of_own_account)?,
    }
    let wanted = Change {
        email: email.map(Some),
        full_name: name.map(|name| name.full),
        password,
        picture: is_removed.then_some(None),
        ..Change::default()
    };
    let done = match prepared {
        Some(prepared) => set::keep_with(&app, &actor, id, prepared, Crop::default(), wanted).await,
        None => change(&app, &actor, id, wanted).await,
    };
    Ok(Json(User::of(&app, &done.map_err(tokens::Error::of_own_account)?)))
}
