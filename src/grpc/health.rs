//! The standard health service: what `/readyz` says, for gRPC callers.

use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;
use tonic::server::NamedService as _;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::app::App;

use super::proto::users_api_server::UsersApiServer;
use super::users::Users;

/// How often those who watch are told, if it has changed.
const WATCH_INTERVAL: Duration = Duration::from_secs(5);

/// Asks database and media store.
pub(super) struct Checks {
    app: App,
}

impl Checks {
    pub(super) fn new(app: &App) -> Checks {
        Checks { app: app.clone() }
    }
}

#[tonic::async_trait]
impl Health for Checks {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if knows(&request.get_ref().service) {
            Ok(Response::new(message(status(&self.app).await)))
        } else {
            Err(Status::not_found("There is no such service."))
        }
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let known = knows(&request.get_ref().service);
        let changes = unfold((self.app.clone(), None), move |(app, before)| async move {
            loop {
                if before.is_some() {
                    tokio::time::sleep(WATCH_INTERVAL).await;
                }
                // A service that is not there yet is no error to those who watch for it.
                let now = if known { status(&app).await } else { ServingStatus::ServiceUnknown };
                if before != Some(now) {
                    return Some((Ok(message(now)), (app, Some(now))));
                }
            }
        });
        Ok(Response::new(Box::pin(changes)))
    }
}

/// The whole server has the empty name.
fn knows(service: &str) -> bool {
    service.is_empty() || service == UsersApiServer::<Users>::NAME
}

async fn status(app: &App) -> ServingStatus {
    if app.readiness_now().await.is_ready() { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn message(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
