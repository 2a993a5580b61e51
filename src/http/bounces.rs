//! `POST /mail/bounces` at the internal listener: a mail server, or a provider's hook behind one's own, hands over a
//! delivery status notification (RFC 3464) as it came.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;

use crate::app::App;
use crate::mails::bounce;
use crate::peer::knows_internal_token;

use super::routing::post;

pub(super) fn route() -> MethodRouter<App> {
    post(take).layer(DefaultBodyLimit::max(bounce::MAX_LENGTH))
}

/// What came of it is told as `portico mail bounce` tells it, and is no fault of who asks: else it would ask again.
async fn take(State(app): State<App>, headers: HeaderMap, message: Bytes) -> Response {
    if !knows_internal_token(&app, &headers) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    match bounce::note(&app, &message).await {
        Ok(noted) => format!("{noted}\n").into_response(),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a bounce could not be noted");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
