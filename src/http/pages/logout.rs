//! `/logout`: ends the session in use.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::devices;
use crate::app::App;
use crate::model::{Actor, Client, Door};

use super::context::{Page, PageContext};
use super::{redirect, redirect_with_flash};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Template)]
#[template(path = "logout.html")]
struct LogOutPage {
    shell: PageContext,
}

/// A page with the button: a link must not log a user out.
pub(super) async fn show(shell: PageContext) -> Response {
    if shell.account.is_some() { Page(LogOutPage { shell }).into_response() } else { redirect("/login") }
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    client: Client,
) -> Result<Response, PageError> {
    if let (Some(account), Some(handle)) = (&shell.account, session.handle()) {
        let by = Actor::logged_in(account, Door::Pages, client.address);
        devices::log_out(&app, &by, account.id, &handle).await?;
    }
    session.forget().await?;
    Ok(redirect_with_flash("/login", key!("flash-logged-out"), 0))
}
