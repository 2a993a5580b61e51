//! `/`: the way in for strangers; people who are logged in go on to their account.

use askama::Template;
use axum::response::{IntoResponse as _, Response};

use super::see_other;
use super::shell::{Page, Shell};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
}

pub(super) async fn show(shell: Shell) -> Response {
    if shell.account.is_some() { see_other("/account") } else { Page(HomePage { shell }).into_response() }
}
