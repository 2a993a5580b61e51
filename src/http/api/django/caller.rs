//! The caller of the Django dialect.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::model::{Account, Actor};
use crate::tokens;
use crate::tokens::verify::{self, Verified};

use super::DIALECT;
use super::refusal::Refusal;
use crate::http::api::authorization;

/// The caller, if authenticated by `JWT …`: other schemes are not looked at, as the services never did.
pub(super) struct MaybeCaller(pub(super) Option<Verified>);

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
            Ok(verified) => Ok(MaybeCaller(Some(verified))),
            Err(tokens::Error::Token(problem)) => Err(Refusal::Access(problem)),
            Err(tokens::Error::Account(error)) => Err(error.into()),
        }
    }
}

/// The caller, authenticated by a valid token.
pub(super) struct Caller(pub(super) Arc<Account>, Actor);

impl Caller {
    pub(super) fn actor(&self) -> Actor {
        self.1
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Refusal> {
        let verified = MaybeCaller::from_request_parts(parts, app).await?.0.ok_or(Refusal::Anonymous)?;
        let actor = verified.actor(DIALECT.door(), authorization::address(parts, app));
        Ok(Caller(verified.account, actor))
    }
}
