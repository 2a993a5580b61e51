//! `/admin…`: what admins see and change of everybody. Whoever is no admin finds nothing here.

mod audit;
mod overview;
mod status;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};

use crate::app::App;

use super::super::fault::Fault;
use super::super::visitor::AdminUser;

/// Every page of the admins.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/audit", get(audit::show))
        .route("/admin/audit.csv", get(audit::download))
        .route("/admin/status", get(status::show))
        // What is not there is not there for admins either: but they are told so by the same layer as everybody.
        .route("/admin/", any(async || Fault::NotFound))
        .route("/admin/{*rest}", any(async || Fault::NotFound))
        .layer(from_fn(admins_only))
}

/// Whether an address is one of the admins'.
pub(super) fn is_admin_path(path: &str) -> bool {
    path == "/admin" || path.starts_with("/admin/")
}

/// Answers everybody else by any method, before anything of the request but its cookie is read: a page that exists
/// and one that does not look the same.
async fn admins_only(_: AdminUser, request: Request, next: Next) -> Response {
    next.run(request).await.into_response()
}
