//! `/account/security`: the password, and where the account is logged in.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use crate::accounts::devices::{self, Device, DeviceId};
use crate::accounts::password;
use crate::app::App;
use crate::error::Error;
use crate::language::device_name;
use crate::logins::device;
use crate::logins::end::Ended;
use crate::model::{Account, AccountId, Client, Field};

use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Form, Problems, own_password};
use crate::http::pages::{leaked_password, recent_login, redirect, redirect_with_flash, typed_login};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

const PAGE: &str = "/account/security";
/// Where the password is changed, and added to an account that has none.
pub(super) const PASSWORD: &str = "/account/security/password";

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct PasswordForm {
    current: String,
    new: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SessionForm {
    session: String,
}

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    login: String,
    /// Whether there is a password; one may be added.
    has_password: bool,
    /// Whether the owner has to prove who they are before the password can be changed: by both factors, of which the form
    /// asks for one.
    proves_first: bool,
    changed: String,
    password_min: usize,
    devices: Vec<Row>,
    two_factor: bool,
    /// Whether the person is told of new devices by mail, where mail is sent.
    told: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NoticesForm {
    devices: Option<String>,
}

/// A device as the list shows it.
pub(crate) struct Row {
    /// What the form that ends it sends.
    pub(crate) session: String,
    pub(crate) name: String,
    pub(crate) icon: &'static str,
    pub(crate) address: String,
    pub(crate) seen: String,
    pub(crate) is_program: bool,
    pub(crate) is_this: bool,
}

/// What the form sends for a device: an id for a program's tokens, Base64 of another length for a browser.
fn named(id: &DeviceId) -> String {
    match id {
        DeviceId::Session(id) => URL_SAFE_NO_PAD.encode(id),
        DeviceId::Tokens(id) => id.to_string(),
    }
}

/// The device that a form names.
pub(crate) fn device_named(name: &str) -> Option<DeviceId> {
    match Uuid::try_parse(name) {
        Ok(id) => Some(DeviceId::Tokens(id)),
        Err(_) => URL_SAFE_NO_PAD.decode(name).ok().map(DeviceId::Session),
    }
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Response, PageError> {
    Ok(page(&app, &session, shell, &user.0, Problems::default()).await?.into_response())
}

async fn page(
    app: &App,
    session: &Current,
    shell: PageContext,
    account: &Account,
    problems: Problems,
) -> Result<Page<SecurityPage>, PageError> {
    let zone = account.time_zone.as_deref();
    let devices = rows(app, session, &shell, account.id, zone).await?;
    Ok(Page(SecurityPage {
        face: Face::of(account),
        problems,
        has_password: password::exists(app, account.id).await?,
        proves_first: account.two_factor && !session.is_recent(),
        login: typed_login::of(session, account).await?,
        changed: shell.words.day(account.password_changed_at, zone),
        password_min: app.settings().password_min,
        devices,
        two_factor: account.two_factor,
        told: devices::are_told(app, account.id).await?,
        shell,
    }))
}

/// The devices an account is logged in on, the one in use first; times by the clock of `zone`.
pub(crate) async fn rows(
    app: &App,
    session: &Current,
    shell: &PageContext,
    id: AccountId,
    zone: Option<&str>,
) -> Result<Vec<Row>, PageError> {
    let this = session.handle().map(DeviceId::Session);
    let devices = devices::list(app, id).await?;
    let row = |device: Device| {
        let (name, icon) = device_name(&device.agent, shell.words);
        Row {
            session: named(&device.id),
            name,
            icon,
            is_program: matches!(device.id, DeviceId::Tokens(_)),
            is_this: Some(&device.id) == this.as_ref(),
            seen: shell.words.ago(device.seen_at, app.now(), zone),
            address: device.address,
        }
    };
    let mut devices: Vec<Row> = devices.into_iter().map(row).collect();
    devices.sort_by_key(|device| !device.is_this);
    Ok(devices)
}

#[derive(Template)]
#[template(path = "account/password_add.html")]
struct AddPasswordPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    login: String,
    password_min: usize,
}

/// The page of an account without a password, on which one is added; proved first, so that nothing that was typed is lost.
pub(super) async fn show_add_password(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Response, PageError> {
    if password::exists(&app, user.0.id).await? {
        return Ok(redirect(PAGE));
    }
    if let Some(first) = recent_login::required(&app, &session, PASSWORD, &Fields::default()).await? {
        return Ok(first);
    }
    Ok(add_page(&app, &session, shell, &user.0, Problems::default()).await?.into_response())
}

async fn add_page(
    app: &App,
    session: &Current,
    shell: PageContext,
    account: &Account,
    problems: Problems,
) -> Result<Page<AddPasswordPage>, PageError> {
    let (face, password_min) = (Face::of(account), app.settings().password_min);
    let login = typed_login::of(session, account).await?;
    Ok(Page(AddPasswordPage { shell, face, problems, login, password_min }))
}

async fn add_password(
    app: &App,
    session: &Current,
    shell: PageContext,
    user: &CurrentUser,
    client: Client,
    typed: String,
) -> Result<Response, PageError> {
    if let Some(first) = recent_login::required(app, session, PASSWORD, &Fields::default()).await? {
        return Ok(first);
    }
    let new = password::choose(app, typed, user.0.username(), user.0.email(), Some(client.address)).await;
    let (status, problems) = match new {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::New, problem)),
        Ok(new) => match password::add(app, &user.actor(), user.0.id, &new, session.handle().as_deref()).await {
            Ok(ended) => {
                let response = redirect_with_flash(PAGE, key!("flash-password-added"), 0);
                return stay(app, session, &ended, client, response).await;
            }
            // Pressed twice, or added in another tab.
            Err(Error::Forbidden) => return Ok(redirect(PAGE)),
            Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::New, wait),
            Err(error) => return Err(error.into()),
        },
    };
    let wait = problems.retry_after();
    Ok((status, wait, add_page(app, session, shell, &user.0, problems).await?).into_response())
}

pub(super) async fn change_password(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    if !password::exists(&app, user.0.id).await? {
        return add_password(&app, &session, shell, &user, client, form.new).await;
    }
    if user.0.two_factor
        && let Some(first) = recent_login::required(&app, &session, PAGE, &Fields::default()).await?
    {
        return Ok(first);
    }
    let mut problems = Problems::default();
    let current = problems.check(Field::Current, own_password(form.current));
    let new = password::choose(&app, form.new, user.0.username(), user.0.email(), Some(client.address)).await;
    let new = problems.check(Field::New, new);
    let (status, problems) = match (current, new) {
        (Some(current), Some(new)) => {
            let keep = session.handle();
            match password::change(&app, &user.actor(), user.0.id, &current, &new, keep.as_deref(), client).await {
                Ok(ended) => {
                    leaked_password::forget(&session).await?;
                    let response = redirect_with_flash(PAGE, key!("flash-password-changed"), 0);
                    return match ended {
                        Some(ended) => stay(&app, &session, &ended, client, response).await,
                        None => Ok(response),
                    };
                }
                Err(error) => Problems::not_reauthenticated(Field::Current, error)?,
            }
        }
        _ => (StatusCode::UNPROCESSABLE_ENTITY, problems),
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(&app, &session, shell, &user.0, problems).await?).into_response())
}

pub(super) async fn set_notices(
    State(app): State<App>,
    shell: PageContext,
    session: Current,
    user: CurrentUser,
    Form(form): Form<NoticesForm>,
) -> Result<Response, PageError> {
    match devices::tell(&app, &user.actor(), user.0.id, form.devices.is_some()).await {
        Ok(()) => Ok(redirect_with_flash(PAGE, key!("flash-notices-saved"), 0)),
        Err(Error::TooMany(wait)) => {
            let (status, problems) = Problems::too_many_changes(Field::Current, wait);
            let wait = problems.retry_after();
            Ok((status, wait, page(&app, &session, shell, &user.0, problems).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end_session(
    State(app): State<App>,
    user: CurrentUser,
    Form(form): Form<SessionForm>,
) -> Result<Response, PageError> {
    let id = device_named(&form.session).ok_or(PageError::NotFound)?;
    // One that has ended meanwhile, or is pressed twice, is logged out all the same.
    devices::end(&app, &user.actor(), user.0.id, &id).await?;
    Ok(redirect_with_flash(PAGE, key!("flash-device-ended"), 0))
}

pub(super) async fn end_others(
    State(app): State<App>,
    session: Current,
    user: CurrentUser,
    client: Client,
) -> Result<Response, PageError> {
    let ended = devices::end_others(&app, &user.actor(), user.0.id, session.handle().as_deref()).await?;
    let response = redirect_with_flash(PAGE, key!("flash-devices-ended"), ended.count);
    stay(&app, &session, &ended, client, response).await
}

/// Lets the browser in use stay logged in when everything else has ended: its session has another id, so a copy of the
/// old cookie is worth nothing, and it is a known device of its own again.
pub(crate) async fn stay(
    app: &App,
    session: &Current,
    ended: &Ended,
    client: Client,
    mut response: Response,
) -> Result<Response, PageError> {
    session.go_on_as(ended.kept).await?;
    if ended.kept.is_some() {
        let known = cookies::set_known_device(device::renew(app, &ended.account, client).await?);
        response.headers_mut().append(header::SET_COOKIE, known);
    }
    Ok(response)
}
