//! `/admin…`: what admins see and change of everybody. Whoever is no admin finds nothing here.

mod audit;
mod chosen;
mod create;
mod delete;
mod devices;
mod disable;
mod export;
mod fields;
mod invites;
mod overview;
mod password;
mod picture;
mod status;
mod user;
mod users;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use serde::de::DeserializeOwned;

use crate::accounts::manage::{self, Managed};
use crate::app::App;

use super::super::fault::Fault;
use super::super::visitor::AdminUser;
use super::account;

/// Every page of the admins.
pub(super) fn router(app: &App) -> Router<App> {
    let picture = Router::new()
        .route("/admin/users/{id}/picture", nothing().get(picture::home).post(picture::submit))
        .layer(DefaultBodyLimit::max(account::picture_form_limit(app)));
    Router::new()
        .route("/admin", nothing().get(overview::show))
        .route("/admin/users", nothing().get(users::show))
        .route("/admin/users/selected", nothing().get(chosen::show).post(chosen::submit))
        .route("/admin/users/selected/disable", nothing().post(chosen::disable))
        .route("/admin/users/new", nothing().get(create::show).post(create::submit))
        .route("/admin/users/invites", nothing().get(invites::show).post(invites::submit))
        .route("/admin/users/invites/{id}/withdraw", nothing().get(invites::confirm).post(invites::withdraw))
        .route("/admin/users/{id}", nothing().get(user::show).post(user::submit))
        .route("/admin/users/{id}/picture/original", nothing().get(picture::original))
        .route("/admin/users/{id}/picture/preview", nothing().get(picture::preview))
        .route("/admin/users/{id}/password", nothing().get(password::show).post(password::submit))
        .route("/admin/users/{id}/devices", nothing().get(devices::show).post(devices::submit))
        .route("/admin/users/{id}/devices/end", nothing().get(devices::confirm).post(devices::end_all))
        .route("/admin/users/{id}/disable", nothing().get(disable::show).post(disable::submit))
        .route("/admin/users/{id}/enable", nothing().post(disable::enable))
        .route("/admin/users/{id}/delete", nothing().get(delete::show).post(delete::submit))
        .route("/admin/audit", nothing().get(audit::show))
        .route("/admin/audit.csv", nothing().get(audit::download))
        .route("/admin/status", nothing().get(status::show))
        .merge(picture)
        // What is not there is not there for admins either: but they are told so by the same layer as everybody.
        .route("/admin/", nothing())
        .route("/admin/{*rest}", nothing())
        .layer(from_fn(admins_only))
}

/// What every address begins with: nothing, by any method. Else strangers would learn by `Allow` which ones exist, for axum
/// adds that outside of every layer.
fn nothing() -> MethodRouter<App> {
    any(async || Fault::NotFound)
}

/// Whether an address is one of the admins'.
pub(super) fn is_admin_path(path: &str) -> bool {
    path == "/admin" || path.starts_with("/admin/")
}

/// Answers everybody else by any method, before anything of the request but its cookie is read: a page that exists
/// and one that does not look the same.
async fn admins_only(_: AdminUser, request: Request, next: Next) -> Response {
    next.run(request).await
}

/// The account that an address names, as admins see it.
struct Subject(Managed);

impl FromRequestParts<App> for Subject {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Subject, Fault> {
        let admin = AdminUser::from_request_parts(parts, app).await?;
        let Named(id) = Named::from_request_parts(parts, app).await?;
        Ok(Subject(manage::find(app, &admin.actor(), id).await?))
    }
}

/// What an address names. Where it names nothing, there is nothing.
struct Named<T>(T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Named<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Named<T>, Fault> {
        match Path::from_request_parts(parts, app).await {
            Ok(Path(named)) => Ok(Named(named)),
            Err(_) => Err(Fault::NotFound),
        }
    }
}
