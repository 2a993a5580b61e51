//! `/account`: where everything is, and how it stands.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::accounts::{confirm, passkeys};
use crate::app::App;
use crate::error::Error;
use crate::model::{AccountStanding, Client};

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::user_agent::UserAgent;
use crate::http::pages::{leaked_password, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

/// Where it is.
pub(in crate::http) const PATH: &str = "/account";

#[derive(Template)]
#[template(path = "account/overview.html")]
pub(crate) struct OverviewPage {
    shell: PageContext,
    face: Face,
    name: String,
    devices: usize,
    username: Option<String>,
    email: Option<String>,
    public_page: Option<String>,
    has_picture: bool,
    /// Whether mail to the address comes back.
    bounces: bool,
    /// The address that waits to be confirmed.
    unconfirmed: Option<String>,
    /// Whether the password is in a list of leaked ones.
    has_leaked_password: bool,
    /// The domain of a passkey that could be added, where the account has none.
    passkey_domain: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Page<OverviewPage>, PageError> {
    let Some(AccountStanding { devices, has_passkey, mail_bounces }) = session.standing() else {
        return Err(PageError::internal(&anyhow::anyhow!(
            "the overview's session was read without how its account stands"
        )));
    };
    Ok(Page(OverviewPage {
        face: Face::of(&user.0),
        name: user.0.shown_name().to_owned(),
        devices: devices.try_into().unwrap_or_default(),
        username: user.0.username().map(str::to_owned),
        email: user.0.email().map(str::to_owned),
        public_page: user.0.username().filter(|_| user.0.profile.public).map(crate::http::pages::user::path),
        has_picture: user.0.picture.is_some(),
        bounces: mail_bounces && shell.sends_mail(),
        unconfirmed: user.0.email().filter(|_| confirm::is_awaited(&app, &user.0)).map(str::to_owned),
        has_leaked_password: leaked_password::is_in_use(&session).await?,
        passkey_domain: passkeys::could_be_added(&app, &user.0, has_passkey),
        shell,
    }))
}

/// Sends the mail that confirms the address once more. The answer does not tell whether that is too often.
pub(super) async fn send_again(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    browser: UserAgent,
) -> Result<Response, PageError> {
    match confirm::ask(&app, user.0.id, browser.name(), shell.words.language(), client).await {
        Ok(()) | Err(Error::Closed) => Ok(redirect_with_flash("/account", key!("flash-confirm-sent"), 0)),
        Err(error) => Err(error.into()),
    }
}
