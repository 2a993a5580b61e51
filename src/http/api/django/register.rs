//! Registration by the Django dialect.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portico_imaging::Crop;

use crate::accounts::register::{check_email, may_ask, register};
use crate::accounts::registration::{Credential, Registration};
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::model::Client;
use crate::pictures::set;
use crate::tokens::issue;

use super::answers::{Tokens, User};
use super::caller::MaybeCaller;
use super::fields::{Checked, Picture};
use super::refusal::Refusal;
use super::{DIALECT, with_picture};
use crate::http::api::authorization::Program;
use crate::http::api::body;

const TAKEN: &str = "Email address already exists.";

pub(super) async fn register_with_tokens(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let who = open(&app, client, request).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    Ok(Json(Tokens::from(grant)).into_response())
}

pub(super) async fn register_with_object(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let who = open(&app, client, request).await?;
    Ok((StatusCode::CREATED, Json(User::of(&app, who.account()))).into_response())
}

/// Opens an account, with its picture where there is one.
async fn open(app: &App, client: Client, request: Request) -> Result<Authenticated, Refusal> {
    may_ask(app, client).await?;
    let form = body::fields(request, with_picture(app), &[]).await?;
    let mut checked = Checked::default();
    let email = checked.email(&form, true);
    let name = checked.name(&form, true);
    let picture = checked.picture(&form);
    let password = checked.new_password(&form, true);
    let prepared = match picture {
        Some(Picture::New(bytes)) => {
            let prepared = set::prepare_for_anonymous(app, client.address, bytes, Crop::default()).await;
            checked.prepared(prepared)?
        }
        _ => None,
    };
    // Only where something else is told anyway: else the registration says it.
    if let (Some(email), false) = (&email, checked.is_fine()) {
        checked.available(check_email(app, email, client, DIALECT.door()).await, TAKEN)?;
    }
    checked.done()?;
    let (Some(email), Some(name), Some(password)) = (email, name, password) else { return Err(checked.refusal()) };
    let new = Registration {
        username: None,
        email: Some(email),
        name,
        credential: Credential::Password(password),
        organization: None,
        language: None,
        time_zone: None,
        terms: None,
        picture: None,
    };
    let door = DIALECT.door();
    let opened = match prepared {
        Some(prepared) => set::register_with(app, new, client, door, prepared, Crop::default()).await,
        None => register(app, new, client, door).await,
    };
    match opened {
        Err(Error::Taken(_)) => Err(Refusal::field("email", TAKEN)),
        other => Ok(other?),
    }
}
