//! The caller of the Django dialect.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::model::{Account, Actor};
use crate::tokens::{self, verify};

use super::DIALECT;
use super::refusal::Refusal;
use crate::http::api::authorization;

/// The caller, if authenticated by `JWT …`: other schemes are not looked at, as the services never did.
pub(super) struct MaybeCaller(pub(super) Option<Account>);

impl FromRequestParts<App> for MaybeCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<MaybeCaller, Refusal> {
        let Some(header) = authorization::header(&parts.headers) else { return Ok(MaybeCaller(None)) };
        let mut words = header.split_ascii_whitespace();
        if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("JWT")) {
            return Ok(MaybeCaller(None));
        }
        let (Some(token), None) = (words.next(), words.next()) else { return Err(Refusal::Header) };
        match verify::verify(app, &DIALECT, token).await {
            Ok(verified) => Ok(MaybeCaller(Some(verified.account))),
            Err(tokens::Error::Token(problem)) => Err(Refusal::Access(problem)),
            Err(tokens::Error::Account(error)) => Err(error.into()),
        }
    }
}

/// The caller, authenticated by a valid token.
pub(super) struct Caller(pub(super) Account, IpAddr);

impl Caller {
    pub(super) fn actor(&self) -> Actor {
        Actor::logged_in(&self.0, DIALECT.door(), self.1)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Refusal> {
        let account = MaybeCaller::from_request_parts(parts, app).await?.0.ok_or(Refusal::Anonymous)?;
        Ok(Caller(account, authorization::address(parts, app)))
    }
}
