//! `/account/security/two-factor`: authenticator apps, recovery codes and trusted browsers, and what turns them off.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use uuid::Uuid;

use crate::accounts::two_factor::{self, Overview};
use crate::app::App;
use crate::error::Error;
use crate::factors::enrolment::{Enrolment, Shown};
use crate::language::Key;
use crate::model::{Account, Client, Field, Problem};

use super::factor::{self, NameForm};
use super::security::stay;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Form, Problems};
use crate::http::pages::recent_login::{ParentPage, RecentLogin};
use crate::http::pages::{redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

/// The address of the page.
pub(in crate::http::pages) const PATH: &str = "/account/security/two-factor";
const CODES: &str = "/account/security/two-factor/codes";

/// Where an authenticator app that is being added waits in the session.
const KEY: &str = "enrolment";

#[derive(Template)]
#[template(path = "account/two_factor.html")]
struct TwoFactorPage {
    shell: PageContext,
    face: Face,
    is_on: bool,
    /// Whether the address has to be confirmed first.
    waits_for_email: bool,
    /// Whether the operator wants one.
    is_owed: bool,
    apps: Vec<AppRow>,
    overview: Overview,
    codes_made: String,
}

struct AppRow {
    id: Uuid,
    name: String,
    added: String,
    used: Option<String>,
}

pub(super) async fn show(State(app): State<App>, shell: PageContext, user: CurrentUser) -> Result<Response, PageError> {
    let overview = two_factor::overview(&app, user.0.id).await?;
    let zone = user.0.time_zone.as_deref();
    let row = |row: &two_factor::Authenticator| AppRow {
        id: row.id,
        name: row.name.clone(),
        added: shell.words.day(row.created_at, zone),
        used: row.used_at.map(|at| shell.words.ago(at, app.now(), zone)),
    };
    Ok(Page(TwoFactorPage {
        face: Face::of(&user.0),
        is_on: user.0.two_factor,
        waits_for_email: two_factor::waits_for_email(&app, &user.0),
        is_owed: app.settings().owes_factor(&user.0),
        apps: overview.authenticators.iter().map(row).collect(),
        codes_made: overview.recovery_codes_made_at.map(|at| shell.words.day(at, zone)).unwrap_or_default(),
        overview,
        shell,
    })
    .into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AddForm {
    second_factor: String,
    name: String,
}

#[derive(Template)]
#[template(path = "account/two_factor_add.html")]
struct AddPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    is_first: bool,
    app: Shown,
    name: String,
}

/// The app that is being added in this session, or a new one, which then waits in it.
async fn enrolment(app: &App, session: &Current, account: &Account) -> Result<Enrolment, PageError> {
    let sealed: Option<String> = session.data().get(KEY).await?;
    if let Some(enrolment) = sealed.and_then(|sealed| Enrolment::unseal(app, account.id, &sealed)) {
        return Ok(enrolment);
    }
    let enrolment = Enrolment::begin(app)?;
    keep(app, session, account, &enrolment).await?;
    Ok(enrolment)
}

async fn keep(app: &App, session: &Current, account: &Account, enrolment: &Enrolment) -> Result<(), PageError> {
    Ok(session.data().insert(KEY, enrolment.seal(app, account.id)?).await?)
}

fn add_page(
    app: &App,
    shell: PageContext,
    account: &Account,
    enrolment: &Enrolment,
    problems: Problems,
) -> Result<Page<AddPage>, PageError> {
    let shown = enrolment.shown(app, account)?;
    let name = enrolment.name.clone();
    Ok(Page(AddPage { shell, face: Face::of(account), problems, is_first: !account.two_factor, app: shown, name }))
}

pub(super) async fn show_add(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    _: RecentLogin,
) -> Result<Response, PageError> {
    if two_factor::waits_for_email(&app, &user.0) {
        return Ok(redirect(PATH));
    }
    let enrolment = enrolment(&app, &session, &user.0).await?;
    Ok(add_page(&app, shell, &user.0, &enrolment, Problems::default())?.into_response())
}

pub(super) async fn add(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    _: RecentLogin,
    Form(form): Form<AddForm>,
) -> Result<Response, PageError> {
    let mut enrolment = enrolment(&app, &session, &user.0).await?;
    enrolment.name = two_factor::shortened(&form.name);
    if enrolment.name.is_empty() {
        enrolment.name = shell.words.text(key!("two-factor-app")).into_owned();
    }
    let is_right = enrolment.check(&app, &user.0, &form.second_factor)?;
    if !is_right {
        let problem = if form.second_factor.trim().is_empty() { Problem::Missing } else { Problem::Wrong };
        let problems = Problems::one(Field::SecondFactor, problem);
        let page = add_page(&app, shell, &user.0, &enrolment, problems)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    if user.0.two_factor {
        return finish(&app, &session, &user, client, &enrolment, key!("flash-app-added")).await;
    }
    keep(&app, &session, &user.0, &enrolment).await?;
    Ok(redirect(CODES))
}

async fn finish(
    app: &App,
    session: &Current,
    user: &CurrentUser,
    client: Client,
    enrolment: &Enrolment,
    flash: Key,
) -> Result<Response, PageError> {
    let keep = session.handle();
    let added = two_factor::add_authenticator(app, &user.actor(), user.0.id, enrolment, keep.as_deref()).await;
    let ended = match added {
        Ok(ended) => ended,
        Err(Error::Forbidden) => return Ok(redirect_with_flash(PATH, key!("flash-app-not-added"), 0)),
        Err(error) => return Err(error.into()),
    };
    session.data().remove_value(KEY).await?;
    let response = redirect_with_flash(PATH, flash, 0);
    match ended {
        Some(ended) => stay(app, session, &ended, client, response).await,
        None => Ok(response),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SavedForm {
    saved: Option<String>,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    codes: Vec<String>,
    /// The codes as a file: what a link leads to.
    file: String,
    /// Whether two-factor is turned on by the form on the page, once they are saved.
    turns_on: bool,
}

/// Recovery codes as a file: what a link leads to.
pub(in crate::http::pages) fn codes_file(shell: &PageContext, account: &Account, codes: &[String]) -> String {
    let text = format!("{} — {}\n\n{}\n", shell.brand(), account.login(), codes.join("\n"));
    format!("data:text/plain;charset=utf-8,{}", utf8_percent_encode(&text, NON_ALPHANUMERIC))
}

/// A page of recovery codes.
pub(super) fn codes_page(
    shell: PageContext,
    account: &Account,
    codes: Vec<String>,
    turns_on: bool,
    problems: Problems,
) -> Response {
    let file = codes_file(&shell, account, &codes);
    Page(CodesPage { shell, face: Face::of(account), problems, codes, file, turns_on }).into_response()
}

/// The codes that wait to be saved; `None` where no code of the app has been right yet.
async fn waiting(app: &App, session: &Current, account: &Account) -> Result<Option<Enrolment>, PageError> {
    let sealed: Option<String> = session.data().get(KEY).await?;
    let enrolment = sealed.and_then(|sealed| Enrolment::unseal(app, account.id, &sealed));
    Ok(enrolment.filter(|enrolment| !enrolment.codes.is_empty()))
}

pub(super) async fn show_codes(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let Some(enrolment) = waiting(&app, &session, &user.0).await? else { return Ok(redirect(PATH)) };
    Ok(codes_page(shell, &user.0, enrolment.codes.clone(), true, Problems::default()))
}

pub(super) async fn turn_on(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    _: RecentLogin,
    Form(form): Form<SavedForm>,
) -> Result<Response, PageError> {
    let Some(enrolment) = waiting(&app, &session, &user.0).await? else { return Ok(redirect(PATH)) };
    if form.saved.is_none() {
        let problems = Problems::one(Field::Saved, Problem::Missing);
        let page = codes_page(shell, &user.0, enrolment.codes.clone(), true, problems);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    finish(&app, &session, &user, client, &enrolment, key!("flash-two-factor-on")).await
}

const KIND: factor::Kind =
    factor::Kind { list: PATH, title: key!("two-factor-title"), effect: key!("two-factor-remove-effect") };

pub(super) async fn show_one(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let overview = two_factor::overview(&app, user.0.id).await?;
    let Some(found) = overview.authenticators.iter().find(|known| known.id == id) else { return Ok(redirect(PATH)) };
    let turns_off = overview.factors() == 1;
    let name = found.name.clone();
    Ok(factor::page(shell, &user.0, &KIND, app_path(id), name, turns_off).into_response())
}

pub(super) async fn rename(
    State(app): State<App>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
    Form(form): Form<NameForm>,
) -> Result<Response, PageError> {
    match two_factor::rename_authenticator(&app, &user.actor(), user.0.id, id, &form.name).await {
        Ok(()) => Ok(redirect_with_flash(PATH, key!("flash-app-renamed"), 0)),
        Err(Error::NotFound) => Ok(redirect(PATH)),
        Err(error) => Err(error.into()),
    }
}

/// After a proof, the page is shown again whose button it is.
pub(super) async fn remove(
    State(app): State<App>,
    user: CurrentUser,
    _: RecentLogin<ParentPage>,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    match two_factor::remove_authenticator(&app, &user.actor(), user.0.id, id).await {
        // Pressed twice, it is gone all the same.
        Ok(_) | Err(Error::NotFound) => Ok(redirect_with_flash(PATH, key!("flash-app-removed"), 0)),
        Err(error) => Err(error.into()),
    }
}

/// Where there is a button, and no page of its own.
pub(super) async fn back(Path(id): Path<Uuid>) -> Response {
    redirect(&app_path(id))
}

fn app_path(id: Uuid) -> String {
    format!("{PATH}/app/{id}")
}

/// A new set of recovery codes, shown once.
pub(super) async fn renew_codes(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    _: RecentLogin<ParentPage>,
) -> Result<Response, PageError> {
    match two_factor::renew_recovery_codes(&app, &user.actor(), user.0.id).await {
        Ok(codes) => Ok(codes_page(shell, &user.0, codes, false, Problems::default())),
        Err(Error::Forbidden) => Ok(redirect(PATH)),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end_trust(State(app): State<App>, user: CurrentUser) -> Result<Response, PageError> {
    let count = two_factor::end_trust(&app, &user.actor(), user.0.id).await?;
    Ok(redirect_with_flash(PATH, key!("flash-trust-ended"), count))
}
