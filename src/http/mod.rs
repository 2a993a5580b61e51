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
mod from_memory;
mod headers;
mod health;
mod internal;
mod media;
mod metrics;
mod middleware;
mod multipart;
mod observe;
mod pace;
mod page_error;
mod pages;
mod routing;
mod same_origin;
mod scheme;
mod sessions;
mod stages;
mod visitor;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use futures_util::future::{self, Either};
use tower::{Service as _, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::grpc;
use crate::model::Account;

pub(crate) use api::lowercase_clark_path;
pub use api::{dialect_names, dialects};
use bodies::Door;
use from_memory::FromMemory;
use headers::Headers;
use middleware::Public;
use routing::{erased, get};

/// The routes of a listener, and what it answers before one is looked for.
#[derive(Clone)]
pub struct Routes {
    router: Router,
    from_memory: Option<Arc<FromMemory>>,
}

impl Routes {
    /// The answer to a request.
    pub fn answer(&self, request: Request) -> impl Future<Output = Result<Response, Infallible>> + use<> {
        match self.from_memory.as_ref().and_then(|files| files.answer(&request)) {
            Some(response) => Either::Left(future::ready(Ok(response))),
            None => Either::Right(self.router.clone().call(request)),
        }
    }
}

/// The public listener.
pub fn public(app: &App) -> Routes {
    let headers = Headers::of(app.settings());
    let from_memory = Some(Arc::new(FromMemory::new(app, &headers)));
    let public = Public::new(app, headers);
    let files = media::router().merge(avatar::router()).merge(assets::router()).merge(health::router());
    let router = pages::router(app)
        .layer(from_fn_with_state(Arc::clone(&public), middleware::page))
        .merge(api::router(app).layer(from_fn_with_state(Arc::clone(&public), middleware::call)))
        .merge(files.layer(from_fn_with_state(public, middleware::file)));
    Routes { router: router.with_state(app.clone()), from_memory }
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
pub fn internal(app: &App) -> anyhow::Result<Routes> {
    let router = Router::new()
        .route("/metrics", get(metrics::metrics))
        .route(internal::BOUNCES, bounces::route())
        .merge(health::router())
        .layer(from_fn_with_state(door(app, plain), middleware::bounded))
        .merge(grpc::router(app)?)
        .fallback(erased(grpc::unknown));
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), middleware::service))
        .layer(CatchPanicLayer::custom(page_error::panicked));
    Ok(Routes { router: router.layer(around).with_state(app.clone()), from_memory: None })
}

/// The profile page by itself, without session or layers: what the load bench compares a signed-in page with.
pub fn profile_alone(app: &App, account: Arc<Account>, headers: &HeaderMap, uri: &Uri) -> Response {
    pages::profile_alone(app, account, headers, uri)
}
