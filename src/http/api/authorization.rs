//! What the dialects share about who is asking: the header, and the program at the other end.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::jwt::Dialect;
use crate::peer;
use crate::tokens::Device;

/// The `Authorization` header as text: `None` when there is none or it is empty. What is no text is no token, but it
/// is something; so are two, of which a proxy may have looked at the other.
pub(super) fn header(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (values.next()?, values.next());
    let value = if second.is_some() { "?" } else { first.to_str().unwrap_or("?").trim() };
    Some(value).filter(|value| !value.is_empty())
}

/// The token behind `Bearer`, in any letter case (RFC 9110 §11.1), else nothing.
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address that a request comes from.
pub(super) fn address(parts: &Parts, app: &App) -> IpAddr {
    peer::address(&parts.extensions, &parts.headers, &app.settings().trusted_proxies)
}

/// The program that asks, whatever dialect it speaks.
pub(super) struct Program {
    agent: String,
    address: IpAddr,
}

impl Program {
    /// As a log-in of a dialect.
    pub(super) fn at(self, dialect: &'static Dialect) -> Device {
        Device { dialect, agent: self.agent, address: self.address }
    }
}

impl FromRequestParts<App> for Program {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Program, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Program { agent: agent.to_owned(), address: address(parts, app) })
    }
}
