//! The browser of a request: what it calls itself, and what it is known by.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::http::cookies::Cookies;
use crate::logins::session;
use crate::model::Client;

/// What a request tells of the browser that it comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct UserAgent {
    /// What the list of devices shows of it.
    name: String,
    /// Whether it keeps cookies, as far as that is known; a program that asks for no page knows what it does.
    keeps_cookies: bool,
    /// What a sign-up is known by that waits in it.
    pending: Option<String>,
    /// What a log-in is known by that waits in it for its second step.
    login_step: Option<String>,
    /// What shows that it is trusted not to be asked for the second step.
    trusted: Option<String>,
}

impl UserAgent {
    /// What the browser calls itself.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What a sign-up is known by that waits in it.
    pub(super) fn pending(&self) -> Option<&str> {
        self.pending.as_deref()
    }

    /// What a log-in is known by that waits in it for its second step.
    pub(super) fn login_step(&self) -> Option<&str> {
        self.login_step.as_deref()
    }

    /// What shows that it is trusted not to be asked for the second step.
    pub(super) fn trusted(&self) -> Option<&str> {
        self.trusted.as_deref()
    }

    /// Whether it keeps cookies, as far as that is known.
    pub(super) fn keeps_cookies(&self) -> bool {
        self.keeps_cookies
    }

    /// The browser of a session that begins.
    pub(super) fn at(self, client: Client, remember: bool) -> session::Browser {
        session::Browser { agent: self.name, address: client.address, remember }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserAgent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<UserAgent, Infallible> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wants_page = text(header::ACCEPT).contains("text/html");
        let cookies = Cookies::of(&parts.extensions);
        Ok(UserAgent {
            name: text(header::USER_AGENT).to_owned(),
            keeps_cookies: cookies.are_kept() || !wants_page,
            pending: cookies.pending().map(str::to_owned),
            login_step: cookies.login_step().map(str::to_owned),
            trusted: cookies.trusted().map(str::to_owned),
        })
    }
}
