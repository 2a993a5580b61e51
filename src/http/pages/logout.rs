//! `/logout`: ends the session in use.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::devices;
use crate::app::App;
use crate::model::{Actor, Client, Door};

use super::super::fault::Fault;
use super::super::sessions::Current;
use super::shell::{Page, Shell};
use super::{see_other, see_other_saying};

#[derive(Template)]
#[template(path = "logout.html")]
struct LogOutPage {
    shell: Shell,
}

/// A page with the button: a link must not log anybody out.
pub(super) async fn show(shell: Shell) -> Response {
    if shell.account.is_some() { Page(LogOutPage { shell }).into_response() } else { see_other("/login") }
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: Shell,
    client: Client,
) -> Result<Response, Fault> {
    if let (Some(account), Some(handle)) = (&shell.account, session.handle()) {
        let by = Actor::logged_in(account, Door::Pages, client.address);
        devices::log_out(&app, &by, account.id, &handle).await?;
    }
    session.forget().await?;
    Ok(see_other_saying(&app, "/login", "flash-logged-out", 0))
}
