//! Registration by the Django dialect.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portico_imaging::Crop;

use crate::accounts::register::{Registration, check_email, may_ask, register};
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::model::{Account, Actor, Client};
use crate::pictures::set;
use crate::tokens::issue;

use super::answers::{Tokens, User};
use super::caller::MaybeCaller;
use super::fields::{Checked, Picture};
use super::refusal::Refusal;
use super::{DIALECT, with_picture};
use crate::http::api::authorization::Program;
use crate::http::api::{body, log};

const TAKEN: &str = "Email address already exists.";

pub(super) async fn register_with_tokens(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let (who, _) = open(&app, client, request).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    Ok(Json(Tokens::from(grant)).into_response())
}

pub(super) async fn register_with_object(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let (_, account) = open(&app, client, request).await?;
    Ok((StatusCode::CREATED, Json(User::of(&app, &account))).into_response())
}

/// Opens an account. Gives who has, and the account with its picture.
async fn open(app: &App, client: Client, request: Request) -> Result<(Authenticated, Account), Refusal> {
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
        checked.available(check_email(app, email, client).await, TAKEN)?;
    }
    checked.done()?;
    let (Some(email), Some(name), Some(password)) = (email, name, password) else { return Err(checked.refusal()) };
    let new = Registration {
        username: None,
        email: Some(email),
        name,
        password,
        organization: None,
        language: None,
        time_zone: None,
        terms: None,
    };
    let who = match register(app, new, client, DIALECT.door()).await {
        Err(Error::Taken(_)) => return Err(Refusal::field("email", TAKEN)),
        other => other?,
    };
    let account = who.account().clone();
    let Some(prepared) = prepared else { return Ok((who, account)) };
    let actor = Actor::logged_in(&account, DIALECT.door(), client.address);
    match set::keep(app, &actor, account.id, prepared, Crop::default()).await {
        Ok(account) => Ok((who, account)),
        // The account is there, and a client told otherwise would never get at it.
        Err(error) => {
            log(&anyhow::Error::new(error).context("the picture of a new account could not be kept"));
            Ok((who, account))
        }
    }
}
