//! The gRPC door, for services inside the network: six RPCs over the same use cases as the pages, with
//! the standard health and reflection services beside them.

mod answer;
mod guard;
mod health;
mod users;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use proto::users_api_server::UsersApiServer;
use tonic::Status;
use tonic::server::NamedService;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder as Reflection;

use crate::app::App;

/// The messages and the service as `proto/users_service.proto` has them, compiled by `build.rs`.
#[expect(clippy::allow_attributes, reason = "generated")]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/_.rs"));
}

/// What reflection tells of the service.
const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/users_service.descriptors"));

/// The largest request, in bytes. Names and passwords need less; what is larger is refused unread.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// The RPCs, for the internal listener.
pub(crate) fn router(app: &App) -> anyhow::Result<Router<App>> {
    let users = UsersApiServer::new(users::Users::new(app)).max_decoding_message_size(LARGEST_MESSAGE);
    // A route for each, so that they are counted by their names.
    let rpcs = answer::Rpc::ALL.iter().fold(Router::new(), |router, rpc| {
        router.route_service(&format!("/{}/{}", name_of(&users), rpc.name()), users.clone())
    });
    let describe = || {
        Reflection::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Both generations: tools in use ask for the one or the other.
    let reflection = describe().build_v1()?.max_decoding_message_size(LARGEST_MESSAGE);
    let older = describe().build_v1alpha()?.max_decoding_message_size(LARGEST_MESSAGE);
    let guarded = rpcs
        .route_service(&format!("/{}/{{*rpc}}", name_of(&reflection)), reflection)
        .route_service(&format!("/{}/{{*rpc}}", name_of(&older)), older)
        .layer(from_fn_with_state(app.clone(), guard::token_and_deadline));
    // Those who only ask whether it is well need no token, as at `/healthz`.
    let health = HealthServer::new(health::Checks::new(app)).max_decoding_message_size(LARGEST_MESSAGE);
    let health =
        Router::new().route_service(&format!("/{}/{{*rpc}}", name_of(&health)), health).layer(from_fn(guard::deadline));
    Ok(guarded.merge(health))
}

/// The answer to an unknown RPC path: gRPC callers are told in their own way.
pub(crate) async fn unknown(headers: HeaderMap) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/grpc") {
        Status::unimplemented("There is no such RPC.").into_http()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

fn name_of<S: NamedService>(_: &S) -> &'static str {
    S::NAME
}
