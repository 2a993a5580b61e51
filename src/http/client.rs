//! The client of a request, for use cases that count by it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::app::App;
use crate::model::Client;
use crate::model::client::DeviceProof;
use crate::peer;

use super::cookies::Cookies;

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Client, Infallible> {
        Ok(Client {
            address: peer::address(&parts.extensions, &parts.headers, &app.settings().trusted_proxies),
            device: device(app, &Cookies::of(&parts.extensions), &parts.headers),
        })
    }
}

/// What shows that a client is a known device: a browser's cookie, or a program's token behind any scheme.
fn device(app: &App, cookies: &Cookies, headers: &HeaderMap) -> Option<DeviceProof> {
    cookies.known_device().or_else(|| {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.split_ascii_whitespace().next_back()?;
        DeviceProof::of_token(app, token)
    })
}
