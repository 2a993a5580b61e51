//! `/account/security/passkeys`: passkeys and security keys. They are made by a script, as browsers make them for nothing else.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use portico_webauthn::Kind;
use serde::Deserialize;

use crate::accounts::passkeys::{self, Passkey};
use crate::accounts::two_factor;
use crate::app::App;
use crate::error::Error;
use crate::language::device_name;
use crate::model::{Account, Client, Field};
use crate::passkeys::{Options, Refusal};

use super::factor::{self, NameForm};
use super::security::stay;
use super::two_factor::codes_page;
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Form, Problems};
use crate::http::pages::passkey::{as_json, signal};
use crate::http::pages::recent_login::{ParentPage, RecentLogin};
use crate::http::pages::user_agent::UserAgent;
use crate::http::pages::{redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

/// The address of the page.
pub(in crate::http::pages) const PATH: &str = "/account/security/passkeys";
/// Where a passkey is added.
pub(super) const ADD: &str = "/account/security/passkeys/add";
/// Where a security key is.
pub(super) const ADD_KEY: &str = "/account/security/passkeys/add-key";
/// Where scripts learn what authenticators are told.
pub(super) const SIGNALS: &str = "/account/security/passkeys/signals";

#[derive(Template)]
#[template(path = "account/passkeys.html")]
struct PasskeysPage {
    shell: PageContext,
    face: Face,
    rows: Vec<Row>,
    /// Whether browsers make passkeys for the address that Portico is reached at.
    are_available: bool,
    waits_for_email: bool,
    signal: Option<String>,
}

/// A passkey as the list shows it.
struct Row {
    key: String,
    name: String,
    is_passkey: bool,
    backed_up: bool,
    elsewhere: Option<String>,
    added: String,
    used: Option<String>,
}

pub(super) async fn show(State(app): State<App>, shell: PageContext, user: CurrentUser) -> Result<Response, PageError> {
    let zone = user.0.time_zone.as_deref();
    let row = |passkey: Passkey| Row {
        key: passkey.key,
        name: passkey.name,
        is_passkey: passkey.verifies_user,
        backed_up: passkey.backed_up,
        elsewhere: passkey.elsewhere,
        added: shell.words.day(passkey.created_at, zone),
        used: passkey.used_at.map(|at| shell.words.ago(at, app.now(), zone)),
    };
    Ok(Page(PasskeysPage {
        face: Face::of(&user.0),
        rows: passkeys::list(&app, user.0.id).await?.into_iter().map(row).collect(),
        are_available: app.relying_party().is_ok(),
        waits_for_email: two_factor::waits_for_email(&app, &user.0),
        signal: passkeys::signals(&app, &user.0).await?.as_ref().map(signal),
        shell,
    })
    .into_response())
}

/// What authenticators are told of the account, for the script of a page: read when it asks, so that the list is whole
/// and the newest.
pub(super) async fn show_signals(State(app): State<App>, user: CurrentUser) -> Result<Response, PageError> {
    let told = passkeys::signals(&app, &user.0).await?;
    let mut response = as_json(told.as_ref().map_or_else(|| "{}".to_owned(), signal));
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, cookies::clear_signals());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Which kind is added at an address.
fn kind_at(uri: &Uri) -> Kind {
    if uri.path() == ADD_KEY { Kind::SecurityKey } else { Kind::Passkey }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AddForm {
    name: String,
    /// What the browser has made, as JSON.
    passkey: String,
}

#[derive(Template)]
#[template(path = "account/passkey_add.html")]
struct AddPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    is_passkey: bool,
    is_first: bool,
    name: String,
    options: Options,
}

async fn add_page(
    app: &App,
    session: &Current,
    shell: PageContext,
    account: &Account,
    (kind, name): (Kind, String),
    problems: Problems,
) -> Result<Response, PageError> {
    let handle = session.handle().unwrap_or_default();
    let options = passkeys::creation_options(app, account, kind, &handle).await?;
    let options = options.ok_or(PageError::NotFound)?;
    let (face, is_first) = (Face::of(account), !account.two_factor);
    let is_passkey = kind == Kind::Passkey;
    Ok(Page(AddPage { shell, face, problems, is_passkey, is_first, name, options }).into_response())
}

pub(super) async fn show_add(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    browser: UserAgent,
    _: RecentLogin,
    uri: Uri,
) -> Result<Response, PageError> {
    if two_factor::waits_for_email(&app, &user.0) {
        return Ok(redirect(PATH));
    }
    let kind = kind_at(&uri);
    let name = match kind {
        Kind::Passkey => device_name(browser.name(), shell.words).0,
        Kind::SecurityKey => shell.words.text(key!("passkeys-security-key")).into_owned(),
    };
    add_page(&app, &session, shell, &user.0, (kind, name), Problems::default()).await
}

pub(super) async fn add(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    (client, _): (Client, RecentLogin),
    uri: Uri,
    Form(form): Form<AddForm>,
) -> Result<Response, PageError> {
    let kind = kind_at(&uri);
    let handle = session.handle().unwrap_or_default();
    let name = match two_factor::shortened(&form.name) {
        name if name.is_empty() => shell.words.text(key!("passkeys-passkey")).into_owned(),
        name => name,
    };
    let made = passkeys::add(&app, &user.actor(), user.0.id, &handle, (kind, &name), &form.passkey).await;
    let key = match made {
        Ok(made) => {
            let response = if made.codes.is_empty() {
                redirect_with_flash(PATH, key!("flash-passkey-added"), 0)
            } else {
                let shell = shell.saying(key!("flash-passkey-added"));
                codes_page(shell, &user.0, made.codes, false, Problems::default())
            };
            return match made.ended {
                Some(ended) => stay(&app, &session, &ended, client, response).await,
                None => Ok(response),
            };
        }
        Err(Refusal::Unavailable) => return Err(PageError::NotFound),
        Err(Refusal::Failed(Error::Forbidden)) => {
            return Ok(redirect_with_flash(PATH, key!("flash-warn-passkeys-full"), 0));
        }
        Err(Refusal::Failed(error)) => return Err(error.into()),
        Err(Refusal::Expired) => key!("passkeys-error-expired"),
        Err(Refusal::Refused | Refusal::Unknown(_)) => key!("passkeys-error-refused"),
    };
    let problems = Problems::general(key, Field::Name, 0);
    let page = add_page(&app, &session, shell, &user.0, (kind, name), problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

const KIND: factor::Kind =
    factor::Kind { list: PATH, title: key!("passkeys-title"), effect: key!("passkeys-remove-effect") };

pub(super) async fn show_one(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let passkey = match passkeys::find(&app, user.0.id, &key).await {
        Err(Error::NotFound) => return Ok(redirect(PATH)),
        found => found?,
    };
    let turns_off = two_factor::overview(&app, user.0.id).await?.factors() == 1;
    Ok(factor::page(shell, &user.0, &KIND, path(&key), passkey.name, turns_off).into_response())
}

pub(super) async fn rename(
    State(app): State<App>,
    user: CurrentUser,
    Path(key): Path<String>,
    Form(form): Form<NameForm>,
) -> Result<Response, PageError> {
    match passkeys::rename(&app, &user.actor(), user.0.id, &key, &form.name).await {
        Ok(()) => Ok(redirect_with_flash(PATH, key!("flash-passkey-renamed"), 0)),
        Err(Error::NotFound) => Ok(redirect(PATH)),
        Err(error) => Err(error.into()),
    }
}

/// After a proof, the page is shown again whose button it is.
pub(super) async fn remove(
    State(app): State<App>,
    user: CurrentUser,
    _: RecentLogin<ParentPage>,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    match passkeys::remove(&app, &user.actor(), user.0.id, &key).await {
        // Pressed twice, it is gone all the same.
        Ok(()) | Err(Error::NotFound) => Ok(redirect_with_flash(PATH, key!("flash-passkey-removed"), 0)),
        Err(Error::Forbidden) => Ok(redirect_with_flash(PATH, key!("flash-warn-passkey-last"), 0)),
        Err(error) => Err(error.into()),
    }
}

/// Where there is a button, and no page of its own.
pub(super) async fn back(Path(key): Path<String>) -> Response {
    redirect(&path(&key))
}

fn path(key: &str) -> String {
    format!("{PATH}/{key}")
}
