//! `/account/delete`: what goes, and the word that shows that it is meant, after a recent log-in. No password stands
//! beside the word: a browser that fills in passwords would fill in the name before it, and one click would delete.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::{devices, remove};
use crate::app::App;
use crate::error::Error;
use crate::model::{Account, Field, Problem, Username, username};

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::Problems;
use crate::http::pages::recent_login::{RecentLogin, RiskyForm};
use crate::http::pages::redirect;
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

#[derive(Template)]
#[template(path = "account/delete.html")]
struct DeletePage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    /// The key of what is asked for.
    ask: &'static str,
    /// What to type: the username, or the e-mail of an account without one.
    word: String,
    confirm: String,
    devices: usize,
    public_page: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    _: RecentLogin,
) -> Result<Response, PageError> {
    if !app.settings().self_delete {
        return Err(PageError::NotFound);
    }
    Ok(page(&app, shell, &user.0, Problems::default(), String::new()).await?.into_response())
}

async fn page(
    app: &App,
    shell: PageContext,
    account: &Account,
    problems: Problems,
    confirm: String,
) -> Result<Page<DeletePage>, PageError> {
    Ok(Page(DeletePage {
        shell,
        face: Face::of(account),
        problems,
        ask: if account.username().is_some() { "delete-confirm-username" } else { "delete-confirm-email" },
        word: word(account).to_owned(),
        confirm,
        devices: devices::count(app, account.id).await?,
        public_page: account.username().filter(|_| account.profile.public).map(crate::http::pages::user::path),
    }))
}

/// What to type to delete an account.
pub(crate) fn word(account: &Account) -> &str {
    account.username().or(account.email()).unwrap_or_default()
}

/// Whether it was typed.
pub(crate) fn confirmed(account: &Account, typed: &str) -> Result<(), Problem> {
    let key = |text: &str| Username::keys(username::trimmed(text)).map(|keys| keys.key().to_owned());
    // An address may be no username, but it is itself.
    let same = key(typed) == key(word(account)) && key(typed).is_ok() || typed.trim() == word(account);
    if same { Ok(()) } else { Err(Problem::Unconfirmed { word: word(account).to_owned() }) }
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    RiskyForm(mut fields): RiskyForm,
) -> Result<Response, PageError> {
    if !app.settings().self_delete {
        return Err(PageError::NotFound);
    }
    let typed = fields.remove("confirm").unwrap_or_default();
    let (status, problems) = match confirmed(&user.0, &typed) {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Confirm, problem)),
        Ok(()) => match remove::remove(&app, &user.actor(), user.0.id).await {
            Ok(()) => {
                session.forget().await?;
                return Ok(redirect("/goodbye"));
            }
            Err(Error::LastAdmin) => {
                (StatusCode::CONFLICT, Problems::general(key!("delete-error-last-admin"), Field::Confirm, 0))
            }
            Err(error) => return Err(error.into()),
        },
    };
    Ok((status, page(&app, shell, &user.0, problems, typed).await?).into_response())
}
