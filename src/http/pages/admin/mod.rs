//! `/admin…`: what admins see and change of all accounts. Other visitors get 404 here.

mod audit;
mod bulk;
mod create;
mod delete;
mod devices;
mod disable;
mod export;
mod factors;
mod fields;
mod invites;
mod overview;
mod password;
mod picture;
mod status;
mod user;
mod users;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::MethodRouter;
use serde::de::DeserializeOwned;

use crate::accounts::manage::{self, Managed};
use crate::app::App;
use crate::diagnosis;
use crate::mails::Tell;
use crate::model::Account;

use crate::http::page_error::PageError;
use crate::http::pages::context::PageContext;
use crate::http::pages::forms::Fields;
use crate::http::pages::picture_form;
use crate::http::pages::require_login::refusal;
use crate::http::routing::{any, form, get, post};
use crate::http::visitor::AdminUser;

/// Every page of the admins.
pub(super) fn router(app: &App) -> Router<App> {
    let picture = Router::new()
        .route("/admin/users/{id}/picture", hidden(form(picture::home, picture::submit)))
        .layer(DefaultBodyLimit::max(picture_form::limit(app)));
    Router::new()
        .route("/admin", hidden(get(overview::show)))
        .route("/admin/users", hidden(get(users::show)))
        .route("/admin/users/selected", hidden(form(bulk::show, bulk::submit)))
        .route("/admin/users/selected/disable", hidden(post(bulk::disable)))
        .route("/admin/users/new", hidden(form(create::show, create::submit)))
        .route("/admin/users/invites", hidden(form(invites::show, invites::submit)))
        .route("/admin/users/invites/{id}/withdraw", hidden(form(invites::confirm, invites::withdraw)))
        .route("/admin/users/{id}", hidden(form(user::show, user::submit)))
        .route("/admin/users/{id}/picture/original", hidden(get(picture::original)))
        .route("/admin/users/{id}/picture/preview", hidden(get(picture::preview)))
        .route("/admin/users/{id}/password", hidden(form(password::show, password::submit)))
        .route("/admin/users/{id}/devices", hidden(form(devices::show, devices::submit)))
        .route("/admin/users/{id}/devices/end", hidden(form(devices::confirm, devices::end_all)))
        .route("/admin/users/{id}/disable", hidden(form(disable::show, disable::submit)))
        .route("/admin/users/{id}/enable", hidden(post(disable::enable)))
        .route("/admin/users/{id}/two-factor", hidden(form(factors::show, factors::submit)))
        .route("/admin/users/{id}/delete", hidden(form(delete::show, delete::submit)))
        .route("/admin/audit", hidden(get(audit::show)))
        .route("/admin/audit.csv", hidden(get(audit::download)))
        .route("/admin/status", hidden(get(status::show)))
        .route("/admin/status/mail", hidden(post(status::test_mail)))
        .merge(picture)
        // What is not there is not there for admins either: but they are told so by the same layer as other visitors.
        .route("/admin/", hidden(MethodRouter::new()))
        .route("/admin/{*rest}", hidden(MethodRouter::new()))
        .layer(from_fn_with_state(app.clone(), admins_only))
}

/// The methods of an address, and nothing by any other. Else strangers would learn by `Allow` which addresses exist, for
/// axum adds that outside of every layer.
fn hidden(methods: MethodRouter<App>) -> MethodRouter<App> {
    any(async || PageError::NotFound).merge(methods)
}

/// Whether an address is one of the admins'.
pub(super) fn is_admin_path(path: &str) -> bool {
    path == "/admin" || path.starts_with("/admin/")
}

/// Answers other visitors by any method, before anything of the request but its cookie is read: a page that exists
/// and one that does not look the same.
async fn admins_only(State(app): State<App>, admin: AdminUser, request: Request, next: Next) -> Response {
    if let Some(refusal) = refusal(&app, &request, admin.account()) {
        return refusal;
    }
    let (parts, body) = request.into_parts();
    diagnosis::request::tell(&app, &status::seen(&app, &parts));
    next.run(Request::from_parts(parts, body)).await
}

/// The account that an address names, as admins see it.
struct Subject(Managed);

impl FromRequestParts<App> for Subject {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Subject, PageError> {
        let admin = AdminUser::from_request_parts(parts, app).await?;
        let PathId(id) = PathId::from_request_parts(parts, app).await?;
        Ok(Subject(manage::find(app, &admin.actor(), id).await?))
    }
}

/// What an address names. Where it names nothing, there is nothing.
struct PathId<T>(T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for PathId<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<PathId<T>, PageError> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(named)) => Ok(PathId(named)),
            Err(_) => Err(PageError::NotFound),
        }
    }
}

/// What a person is to be told by mail, as the form about their account says; before it was sent, that it was done. None
/// where no mail can tell them.
pub(super) fn tell(shell: &PageContext, account: &Account, fields: Option<&Fields>) -> Option<Tell> {
    if !shell.sends_mail() || account.email.is_none() {
        return None;
    }
    Some(fields.map_or(Tell::Done, |fields| ticked(|name| fields.contains_key(name))))
}

/// The same by the boxes of such a form: whether that of a name is ticked.
fn ticked(is_ticked: impl Fn(&str) -> bool) -> Tell {
    match (is_ticked("tell"), is_ticked("tell_reason")) {
        (false, _) => Tell::No,
        (true, false) => Tell::Done,
        (true, true) => Tell::Reason,
    }
}
