//! `/account/app-passwords`: passwords that programs log in with, each shown once and revoked by itself.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::accounts::app_passwords::{self, AppPassword};
use crate::app::App;
use crate::error::Error;
use crate::model::{Account, Field, Problem};

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::draft;
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Problems};
use crate::http::pages::recent_login::RiskyForm;
use crate::http::pages::{redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

const PATH: &str = "/account/app-passwords";

/// For how many days one may be made that runs out.
const LIFETIMES: [u64; 3] = [30, 90, 365];

#[derive(Template)]
#[template(path = "account/app_passwords.html")]
struct ListPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    typed_label: String,
    /// The days that were chosen; none for never.
    days: Option<u64>,
    lifetimes: [u64; 3],
    rows: Vec<Row>,
}

struct Row {
    id: Uuid,
    label: String,
    made: String,
    used: Option<String>,
    used_from: String,
    expires: Option<String>,
}

#[derive(Template)]
#[template(path = "account/app_password.html")]
struct MadePage {
    shell: PageContext,
    face: Face,
    label: String,
    login: String,
    secret: String,
}

#[derive(Template)]
#[template(path = "account/app_password_remove.html")]
struct RemovePage {
    shell: PageContext,
    face: Face,
    id: Uuid,
    label: String,
}

async fn page(
    app: &App,
    shell: PageContext,
    account: &Account,
    typed: &Fields,
    problems: Problems,
) -> Result<Page<ListPage>, PageError> {
    let zone = account.time_zone.as_deref();
    let row = |row: AppPassword| Row {
        id: row.id,
        label: row.label,
        made: shell.words.day(row.created_at, zone),
        used: row.used_at.map(|at| shell.words.ago(at, app.now(), zone)),
        used_from: row.used_from.unwrap_or_default(),
        expires: row.expires_at.map(|at| shell.words.day(at, zone)),
    };
    let rows = app_passwords::list(app, account.id).await?.into_iter().map(row).collect();
    let (typed_label, days) = (typed.get("label").cloned().unwrap_or_default(), days(typed));
    Ok(Page(ListPage { face: Face::of(account), problems, typed_label, days, lifetimes: LIFETIMES, rows, shell }))
}

/// The days that a form says, if it says some.
fn days(form: &Fields) -> Option<u64> {
    form.get("expires").and_then(|days| days.parse().ok()).filter(|days| LIFETIMES.contains(days))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Response, PageError> {
    let typed = draft::take(&session, PATH).await?.unwrap_or_default();
    Ok(page(&app, shell, &user.0, &typed, Problems::default()).await?.into_response())
}

pub(super) async fn make(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    RiskyForm(form): RiskyForm,
) -> Result<Response, PageError> {
    let label = form.get("label").map(|label| label.trim()).unwrap_or_default();
    let (status, problems) = if label.is_empty() {
        (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Label, Problem::Missing))
    } else {
        let lifetime = days(&form).map(|days| Duration::from_secs(days * 24 * 3600));
        match app_passwords::make(&app, &user.actor(), user.0.id, label, lifetime).await {
            Ok(secret) => {
                let (face, login) = (Face::of(&user.0), user.0.login().to_owned());
                let page = MadePage { shell, face, label: label.to_owned(), login, secret };
                return Ok((StatusCode::CREATED, Page(page)).into_response());
            }
            Err(Error::Forbidden) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Problems::general(key!("app-passwords-many"), Field::Label, 0))
            }
            Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::Label, wait),
            Err(error) => return Err(error.into()),
        }
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(&app, shell, &user.0, &form, problems).await?).into_response())
}

pub(super) async fn show_remove(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let found = app_passwords::list(&app, user.0.id).await?.into_iter().find(|known| known.id == id);
    let Some(found) = found else { return Ok(redirect(PATH)) };
    Ok(Page(RemovePage { shell, face: Face::of(&user.0), id, label: found.label }).into_response())
}

pub(super) async fn remove(
    State(app): State<App>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    match app_passwords::revoke(&app, &user.actor(), user.0.id, id).await {
        // Pressed twice, it is gone all the same.
        Ok(_) | Err(Error::NotFound) => Ok(redirect_with_flash(PATH, key!("flash-app-password-removed"), 0)),
        Err(error) => Err(error.into()),
    }
}
