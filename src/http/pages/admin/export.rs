//! The list as a table for spreadsheets, sent as it is read: however many there are, few are in memory at once.

use std::collections::VecDeque;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::accounts::manage::{self, bulk};
use crate::accounts::search::{self, Page as Part, Query};
use crate::app::App;
use crate::error::Error;
use crate::model::{Account, AccountId, Actor};

use super::users::View;
use crate::http::page_error::PageError;
use crate::http::pages::csv;
use crate::http::visitor::AdminUser;

/// What goes out of the house: nothing that opens anything, and nothing that only admins should read.
const COLUMNS: [&str; 8] = ["id", "username", "email", "email_confirmed", "name", "role", "status", "joined"];

/// The accounts of these ids, in their order; those that are gone are left out.
pub(super) async fn chosen(app: &App, admin: &AdminUser, ids: Vec<AccountId>) -> Result<Response, PageError> {
    let by = admin.actor();
    bulk::note_export(app, &by, Some(ids.len())).await?;
    let mut text = csv::heading(COLUMNS);
    text.extend(manage::find_all(app, &by, &ids).await?.iter().map(row));
    Ok(answer(app, Body::from(text)))
}

/// Progress of an export of all accounts.
struct Progress {
    app: App,
    by: Actor,
    /// The next page to ask for, unless that was the last.
    next: Option<Query>,
    /// What is read and not sent yet.
    ready: VecDeque<String>,
    /// The one on top, which may stand there out of its order and come once more.
    top: Option<AccountId>,
}

/// All accounts that a list shows, on all its pages.
pub(super) async fn all(app: &App, admin: &AdminUser, view: View) -> Result<Response, PageError> {
    let by = admin.actor();
    bulk::note_export(app, &by, None).await?;
    let start = View { after: String::new(), before: String::new(), ..view };
    let query = Query { limit: search::MAX_ROWS, ..start.query() };
    let ready = VecDeque::from([csv::heading(COLUMNS)]);
    let progress = Progress { app: app.clone(), by, next: Some(query), ready, top: None };
    let lines = stream::try_unfold(progress, |mut progress| async move {
        loop {
            if let Some(text) = progress.ready.pop_front() {
                return Ok::<_, Error>(Some((Bytes::from(text), progress)));
            }
            let Some(query) = progress.next.take() else { return Ok(None) };
            // Half a table must not pass for a whole one: an error here breaks the connection off.
            let found = search::search(&progress.app, &progress.by, &query).await.inspect_err(|error| {
                tracing::error!(error = format!("{error:#}"), "an export broke off");
            })?;
            let top = progress.top.or(found.rows.first().map(|row| row.account.id));
            let is_first = progress.top.is_none();
            let rows = found.rows.iter().enumerate().map(|(place, found)| (place, &found.account));
            let rows = rows.filter(|(place, account)| (is_first && *place == 0) || Some(account.id) != top);
            progress.ready.push_back(rows.map(|(_, account)| row(account)).collect());
            progress.top = top;
            progress.next = found.next.map(|cursor| Query { page: Part::After(cursor), ..query });
        }
    });
    Ok(answer(app, Body::from_stream(lines)))
}

fn row(account: &Account) -> String {
    let confirmed = account.email_verified_at.is_some();
    csv::line([
        account.id.to_string().as_str(),
        account.username().unwrap_or_default(),
        account.email().unwrap_or_default(),
        if confirmed { "yes" } else { "no" },
        &account.name.full,
        if account.is_admin { "admin" } else { "member" },
        account.status.as_str(),
        &moment(account.created_at),
    ])
}

fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_default()
}

fn answer(app: &App, body: Body) -> Response {
    let name = format!("attachment; filename=\"users-{}.csv\"", app.now().date());
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    (headers, body).into_response()
}
