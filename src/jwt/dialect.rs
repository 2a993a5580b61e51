//! What tells the tokens of one REST dialect from those of another.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::config::{Secret, Settings};
use crate::model::{Account, Door};

/// A REST dialect as its tokens are concerned: keys, lifetimes, issuer and claims. Each is declared beside its routes,
/// in a folder of its own below `http::api`, and listed there once; [`super::Keys`] has the list.
pub struct Dialect {
    /// What `PORTICO_DIALECTS` calls it, and by which door its log-ins came.
    pub name: &'static str,
    /// The HMAC key of its own, where one is set: then its tokens open no other dialect, and no other's open it.
    pub secret: fn(&Settings) -> Option<&Secret>,
    /// How long access tokens last.
    pub access_lifetime: fn(&Settings) -> Duration,
    /// How long refresh tokens last, where it issues any.
    pub refresh_lifetime: Option<fn(&Settings) -> Duration>,
    /// The issuer (`iss`), where its tokens name one.
    pub issuer: Option<fn(&Settings) -> &str>,
    /// Claims for its clients, siblings and gateways beside those of every token, in the order in which they are
    /// written; of an account and a token's id (`jti`).
    pub claims: fn(&Account, &str) -> Vec<(&'static str, Value)>,
}

impl Dialect {
    /// The door that it is, for the audit log and the list of devices.
    pub const fn door(&self) -> Door {
        Door::Dialect(self.name)
    }

    /// The issuer of its tokens.
    pub(crate) fn issuer<'s>(&self, settings: &'s Settings) -> Option<&'s str> {
        self.issuer.map(|issuer| issuer(settings))
    }

    /// How long a token family lasts unless it is refreshed.
    pub(crate) fn family_lifetime(&self, settings: &Settings) -> Duration {
        let access = (self.access_lifetime)(settings);
        self.refresh_lifetime.map_or(access, |refresh| access.max(refresh(settings)))
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
