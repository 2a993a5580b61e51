//! Log-ins of the Django dialect, and the tokens that come after.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::{Credentials, Error};
use crate::logins::authenticate_by_any;
use crate::model::{Account, Client};
use crate::tokens::{self, Grant, issue, rotate};

use super::answers::{LoggedIn, LoggedInData, Refreshed, User};
use super::caller::MaybeCaller;
use super::fields::Checked;
use super::refusal::Refusal;
use super::{DIALECT, TEXTS};
use crate::http::api::authorization::Program;
use crate::http::api::body;

pub(super) async fn log_in_users(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let (account, grant) = log_in(&app, client, program, request, false).await?;
    Ok(Json(LoggedIn { tokens: grant.into(), user: User::of(&app, &account) }).into_response())
}

pub(super) async fn log_in_user(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let (account, grant) = log_in(&app, client, program, request, true).await?;
    Ok(Json(LoggedInData { tokens: grant.into(), data: User::of(&app, &account) }).into_response())
}

/// Logs in. The lengths and forms that the services asked for are told only to those who fail: an account of another
/// door may have a shorter password, or a username in place of an e-mail.
async fn log_in(
    app: &App,
    client: Client,
    program: Program,
    request: Request,
    tells_unknown: bool,
) -> Result<(Account, Grant), Refusal> {
    let form = body::fields(request, TEXTS, &[]).await?;
    let mut checked = Checked::default();
    let login = checked.login(&form);
    let passwords = checked.passwords(&form);
    let (Some(login), Some(passwords)) = (login, passwords) else {
        checked.login_rules();
        return Err(checked.refusal());
    };
    let failed = match authenticate_by_any(app, &login, &passwords, client, DIALECT.door()).await {
        Ok(who) => {
            let grant = issue::issue(app, &who, &program.at(&DIALECT)).await?;
            return Ok((who.account().clone(), grant));
        }
        Err(error @ Error::Credentials(_)) => error,
        Err(error) => return Err(error.into()),
    };
    let unknown = tells_unknown && matches!(failed, Error::Credentials(Credentials::Unknown));
    checked.failed(unknown);
    checked.done()?;
    Err(failed.into())
}

pub(super) async fn refresh(
    State(app): State<App>,
    program: Program,
    request: Request,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let form = body::fields(request, TEXTS, &[]).await?;
    let mut checked = Checked::default();
    let Some(token) = checked.text(&form, "refresh", true) else { return Err(checked.refusal()) };
    match rotate::rotate(&app, &token, &program.at(&DIALECT)).await {
        Ok(grant) => Ok((status, Json(Refreshed::from(grant))).into_response()),
        Err(tokens::Error::Token(problem)) => Err(Refusal::Refresh(problem)),
        Err(tokens::Error::Account(error)) => Err(error.into()),
    }
}
