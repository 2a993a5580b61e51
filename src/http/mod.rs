//! The HTTP doors: the whole URL map, public and internal, and the layers every request passes.

mod api;
mod assets;
mod avatar;
mod client;
mod compression;
mod cookies;
mod device_name;
mod fault;
mod headers;
mod health;
mod media;
mod observe;
mod pages;
mod same_origin;
mod sessions;
mod visitor;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::grpc;
use crate::model::Account;

pub(crate) use api::lower_words;
pub use client::Peer;
pub(crate) use client::knows_internal_token;
use headers::Headers;
pub use observe::{Metrics, install as install_metrics};

/// The largest form, in bytes; the picture's route has a limit of its own.
const FORM_LIMIT: usize = 64 * 1024;

/// The public listener.
pub fn public(app: &App) -> Router {
    // Each `layer` of a router is a box that is copied for each request: those that belong together are one.
    let sessions = ServiceBuilder::new()
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(from_fn_with_state(app.clone(), same_origin::check))
        .layer(from_fn_with_state(app.clone(), sessions::manage))
        .layer(from_fn_with_state(app.clone(), visitor::identify));
    let frame = ServiceBuilder::new()
        .layer(from_fn(api::stray))
        .layer(from_fn(compression::pages))
        .layer(from_fn_with_state(app.clone(), fault::render))
        .layer(CatchPanicLayer::custom(fault::panicked))
        // A request that takes this long is stuck: uploads have their own, longer way.
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)));
    let router = pages::router(app)
        .layer(sessions)
        .layer(frame)
        .merge(api::router(app))
        .merge(media::router())
        .merge(avatar::router())
        .merge(assets::router())
        .merge(health::router());
    let around = ServiceBuilder::new()
        .layer(from_fn(observe::request))
        .layer(from_fn_with_state(Headers::of(app.settings()), headers::add));
    router.layer(around).with_state(app.clone())
}

/// The internal listener, never for the internet: gRPC and metrics on one port.
///
/// # Errors
/// When the descriptors that reflection shows cannot be read.
pub fn internal(app: &App, metrics: Metrics) -> anyhow::Result<Router> {
    let router = Router::new()
        .route("/metrics", get(observe::metrics))
        .layer(axum::Extension(metrics))
        .merge(health::router())
        .merge(grpc::router(app)?);
    let around = ServiceBuilder::new().layer(from_fn(observe::request)).layer(CatchPanicLayer::custom(fault::panicked));
    Ok(router.layer(around).fallback(grpc::unknown).with_state(app.clone()))
}

/// The profile page by itself, without session or layers: what the load bench compares a signed-in page with.
pub fn profile_alone(app: &App, account: Account, headers: &HeaderMap, uri: &Uri) -> Response {
    pages::profile_alone(app, account, headers, uri)
}
