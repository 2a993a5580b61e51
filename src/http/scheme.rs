//! The scheme that people come by.

use axum::extract::Request;

use crate::app::App;
use crate::peer;

/// Whether the client speaks https: as the public URL says where it is set, else as a trusted proxy tells of the
/// request. `middleware` notes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IsHttps(pub(super) bool);

impl IsHttps {
    /// Of a request as it arrived.
    pub(super) fn of(app: &App, request: &Request) -> IsHttps {
        let settings = app.settings();
        IsHttps(match &settings.public_url {
            Some(url) => url.scheme() == "https",
            None => peer::is_forwarded_https(request.extensions(), request.headers(), &settings.trusted_proxies),
        })
    }

    /// What was noted of it.
    pub(super) fn noted(request: &Request) -> IsHttps {
        request.extensions().get().copied().unwrap_or(IsHttps(false))
    }
}
