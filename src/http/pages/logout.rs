//! `/logout`: ends the session in use.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use tower_sessions::Session;

use crate::app::App;

use super::super::fault::Fault;
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

pub(super) async fn submit(State(app): State<App>, session: Session) -> Result<Response, Fault> {
    session.flush().await?;
    Ok(see_other_saying(&app, "/login", "flash-logged-out", 0))
}
