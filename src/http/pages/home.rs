//! `/`: the way in for strangers; people who are logged in go on to their account.

use askama::Template;
use axum::response::{IntoResponse as _, Response};

use super::context::{Page, PageContext};
use super::redirect;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: PageContext,
}

pub(super) async fn show(shell: PageContext) -> Response {
    if shell.account.is_some() { redirect("/account") } else { Page(HomePage { shell }).into_response() }
}
