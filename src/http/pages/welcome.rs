//! `/welcome`: once after signing up, a name and a picture; both can wait. Before it, a user who signed up with a
//! passkey is shown their recovery codes.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::accounts::change::{Change, change};
use crate::accounts::insert::Opened;
use crate::app::App;
use crate::model::profile::{limits, line};
use crate::model::{Account, Client, Field};
use crate::pictures::set;

use super::account::two_factor::codes_file;
use super::context::{Page, PageContext};
use super::face::Face;
use super::forms::Problems;
use super::login;
use super::picture_form::{Upload, unread, unusable};
use super::picture_panel::PicturePanel;
use super::user_agent::UserAgent;
use super::{draft, redirect_with_flash};
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

/// The address of the page.
pub(super) const PATH: &str = "/welcome";

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    /// What the greeting calls them.
    login: String,
    name: String,
    panel: PicturePanel,
}

#[derive(Template)]
#[template(path = "welcome_codes.html")]
struct CodesPage {
    shell: PageContext,
    codes: Vec<String>,
    /// The codes as a file: what a link leads to.
    file: String,
}

/// Logs in the user who has just opened an account, and goes on: to their recovery codes, where there are any, and to the
/// page of greeting. A browser that has made a passkey here keeps cookies: the challenge was bound to one.
pub(super) async fn begin(
    app: &App,
    shell: PageContext,
    current: &Current,
    opened: Opened,
    browser: UserAgent,
    client: Client,
) -> Result<Response, PageError> {
    let Opened { who, codes } = opened;
    let frame = shell.clone().of(Some(Arc::new(who.account().clone())));
    let response = login::start_session(app, shell, current, &who, browser, client).await?;
    if codes.is_empty() || !response.status().is_redirection() {
        return Ok(response);
    }
    let file = codes_file(&frame, who.account(), &codes);
    let mut page = Page(CodesPage { shell: frame.at(PATH), codes, file }).into_response();
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        page.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(page)
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Response, PageError> {
    let typed = draft::take(&session, PATH).await?.and_then(|mut fields| fields.remove("name"));
    let name = typed.unwrap_or_else(|| user.0.name.full.clone());
    Ok(page(&app, shell, &user.0, name, Problems::default()).into_response())
}

fn page(app: &App, shell: PageContext, account: &Account, name: String, problems: Problems) -> Page<WelcomePage> {
    let panel = PicturePanel::of(app, account);
    let login = account.shown_name().to_owned();
    Page(WelcomePage { shell, face: Face::of(account), problems, login, name, panel })
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    upload: Result<Upload, PageError>,
) -> Result<Response, PageError> {
    let most = app.settings().picture_max_bytes;
    let upload = match upload {
        Ok(upload) => upload,
        Err(fault) => {
            let (status, problems) = unread(fault, most)?;
            let name = user.0.name.full.clone();
            return Ok((status, page(&app, shell, &user.0, name, problems)).into_response());
        }
    };
    let photo_problem = upload.photo_problem(most);
    let typed = upload.name.unwrap_or_default();
    let mut problems = Problems::default();
    let name = problems.check(Field::Name, line(&typed, limits::NAME));
    let Some(name) = name else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, shell, &user.0, typed, problems)).into_response());
    };
    if let Some((status, problems)) = photo_problem {
        return Ok((status, page(&app, shell, &user.0, typed, problems)).into_response());
    }
    let wanted = Change { full_name: Some(name), ..Change::default() };
    if let Err(error) = change(&app, &user.actor(), user.0.id, wanted).await {
        let (status, problems) = unusable(&app, error)?;
        return Ok((status, problems.retry_after(), page(&app, shell, &user.0, typed, problems)).into_response());
    }
    let done = match upload.photo {
        Some(photo) => set::set(&app, &user.actor(), user.0.id, photo, upload.crop).await.map(|_| ()),
        None => Ok(()),
    };
    match done {
        Ok(()) => {
            let mut response = redirect_with_flash("/account", key!("flash-welcome"), 0);
            response.headers_mut().extend(cookies::set_signals(&user.0));
            Ok(response)
        }
        Err(error) => {
            let (status, problems) = unusable(&app, error)?;
            Ok((status, problems.retry_after(), page(&app, shell, &user.0, typed, problems)).into_response())
        }
    }
}
