//! `/account/security/history`: what was done with an account, for its person.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::app::App;
use crate::audit::list;

use crate::http::page_error::PageError;
use crate::http::pages::activity::{self, Line, Reader};
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::visitor::CurrentUser;

/// The lines of a page.
const SIZE: usize = 25;

/// Which part; it stands in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct View {
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "account/history.html")]
struct HistoryPage {
    shell: PageContext,
    face: Face,
    lines: Vec<Line>,
    newer: Option<String>,
    older: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    Query(view): Query<View>,
) -> Result<Response, PageError> {
    let at = activity::direction(&view.before, &view.after);
    let part = list::of_account(&app, &user.actor(), user.0.id, at, SIZE).await?;
    let (newer, older) = activity::neighbours("/account/security/history", &part);
    Ok(Page(HistoryPage {
        face: Face::of(&user.0),
        lines: activity::lines(&shell, &part.records, Reader::Person),
        newer,
        older,
        shell,
    })
    .into_response())
}
