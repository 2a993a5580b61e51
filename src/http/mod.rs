//! The HTTP doors: the whole URL map, public and internal, and the layers every request passes.

mod api;
mod assets;
mod avatar;
mod bodies;
mod bounces;
mod client;
mod compression;
mod conditional;
mod cookies;
mod headers;
mod health;
mod internal;
mod media;
mod multipart;
mod observe;
mod pace;
mod page_error;
mod pages;
mod same_origin;
mod scheme;
mod sessions;
mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::grpc;
use crate::model::Account;

pub(crate) use api::lowercase_clark_path;
pub use api::{dialect_names, dialects};
use bodies::{Door, FORM_LIMIT};
use headers::Headers;
pub use observe::{Metrics, install as install_metrics};

/// The public listener.
pub fn public(app: &App) -> Router {
    // Each `layer` of a router is a box that is copied for each request: those that belong together are one.
    let sessions = ServiceBuilder::new()
        .layer(from_fn(pages::readable))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(from_fn_with_state(app.clone(), same_origin::check))
        .layer(from_fn_with_state(app.clone(), sessions::manage))
        .layer(from_fn_with_state(app.clone(), visitor::identify));
    let frame = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), api::api_not_found))
        .layer(from_fn(compression::pages))
        .layer(from_fn_with_state(app.clone(), page_error::render))
        .layer(CatchPanicLayer::custom(page_error::panicked))
        .layer(from_fn_with_state(door(app, page_error::refuse), bodies::bound));
    let files = media::router().merge(avatar::router()).merge(assets::router()).merge(health::router());
    let router = pages::router(app)
        .layer(sessions)
        .layer(frame)
        .merge(api::router(app))
        .merge(files.layer(from_fn_with_state(door(app, plain), bodies::bound)));
    let around = ServiceBuilder::new()
        .layer(from_fn(observe::request))
        .layer(from_fn_with_state(app.clone(), cookies::translate))
        .layer(from_fn_with_state(Headers::of(app.settings()), headers::add));
    router.layer(around).with_state(app.clone())
}

fn door(app: &App, refuse: fn(StatusCode) -> Response) -> Door {
    Door { app: app.clone(), refuse }
}

/// A refusal without words.
fn plain(status: StatusCode) -> Response {
    let wait = (status == StatusCode::SERVICE_UNAVAILABLE).then(|| bodies::RETRY_AFTER.as_secs());
    (status, wait.map(|seconds| [(header::RETRY_AFTER, seconds)]), ()).into_response()
}

/// The internal listener, never for the internet: gRPC, metrics and bounces on one port.
///
/// # Errors
/// When the descriptors that reflection shows cannot be read.
pub fn internal(app: &App, metrics: Metrics) -> anyhow::Result<Router> {
    let router = Router::new()
        .route("/metrics", get(observe::metrics))
        .route(internal::BOUNCES, bounces::route())
        .layer(axum::Extension(metrics))
        .merge(health::router())
        .layer(from_fn_with_state(door(app, plain), bodies::bound))
        .merge(grpc::router(app)?)
        .fallback(grpc::unknown);
    // Nothing is before the one that keeps browsers out, but what counts and logs.
    let around = ServiceBuilder::new()
        .layer(from_fn(observe::request))
        .layer(from_fn_with_state(app.clone(), internal::check))
        .layer(CatchPanicLayer::custom(page_error::panicked));
    Ok(router.layer(around).with_state(app.clone()))
}

/// The profile page by itself, without session or layers: what the load bench compares a signed-in page with.
pub fn profile_alone(app: &App, account: Account, headers: &HeaderMap, uri: &Uri) -> Response {
    pages::profile_alone(app, account, headers, uri)
}
