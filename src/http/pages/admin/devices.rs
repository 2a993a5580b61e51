//! `/admin/users/{id}/devices`: a user's sessions, and ending it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::devices;
use crate::app::App;
use crate::model::{AccountId, Client};

use super::{PathId, Subject, user};
use crate::http::page_error::PageError;
use crate::http::pages::account::security::{self, Row};
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Form};
use crate::http::pages::recent_login::RecentLogin;
use crate::http::pages::redirect_with_flash;
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/devices.html")]
struct DevicesPage {
    shell: PageContext,
    face: Face,
    id: AccountId,
    name: String,
    devices: Vec<Row>,
}

#[derive(Template)]
#[template(path = "admin/devices_end.html")]
struct EndPage {
    shell: PageContext,
    face: Face,
    id: AccountId,
    name: String,
    /// The admin's own, so the one in use stays.
    is_own: bool,
    devices: usize,
}

fn path(id: AccountId) -> String {
    format!("{}/devices", user::path(id))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let zone = admin.account().time_zone.as_deref();
    let devices = security::rows(&app, &session, &shell, id, zone).await?;
    let name = found.account.shown_name().to_owned();
    Ok(Page(DevicesPage { shell, face: Face::of(admin.account()), id, name, devices }).into_response())
}

/// Ends one.
pub(super) async fn submit(
    State(app): State<App>,
    admin: AdminUser,
    PathId(id): PathId<AccountId>,
    _: RecentLogin,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let named = fields.get("session").map(String::as_str).unwrap_or_default();
    let device = security::device_named(named).ok_or(PageError::NotFound)?;
    // One that has ended meanwhile, or is pressed twice, is logged out all the same.
    devices::end(&app, &admin.actor(), id, &device).await?;
    Ok(redirect_with_flash(&path(id), key!("flash-device-ended"), 0))
}

pub(super) async fn confirm(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let is_own = admin.account().id == id;
    Ok(Page(EndPage {
        shell,
        face: Face::of(admin.account()),
        id,
        name: found.account.shown_name().to_owned(),
        is_own,
        devices: devices::count(&app, id).await?.saturating_sub(usize::from(is_own)),
    })
    .into_response())
}

pub(super) async fn end_all(
    State(app): State<App>,
    session: Current,
    admin: AdminUser,
    client: Client,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let is_own = admin.account().id == id;
    let keep = session.handle().filter(|_| is_own);
    let ended = devices::end_others(&app, &admin.actor(), id, keep.as_deref()).await?;
    let key = if ended.count == 0 { key!("flash-their-devices-none") } else { key!("flash-devices-ended") };
    let response = redirect_with_flash(&user::path(id), key, ended.count);
    if is_own { security::stay(&app, &session, &ended, client, response).await } else { Ok(response) }
}
