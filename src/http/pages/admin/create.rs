//! `/admin/users/new`: an admin opens an account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::manage::create::{self, New};
use crate::accounts::password::choose;
use crate::accounts::password_reset::{self, LIFETIMES};
use crate::app::App;
use crate::error::Error;
use crate::model::profile::{limits, line};
use crate::model::{Email, Field, Name, Username};

use super::password::{is_sent, lifetime, link_page};
use super::user;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Problems};
use crate::http::pages::recent_login::{RecentLogin, RiskyForm};
use crate::http::pages::{draft, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

const PATH: &str = "/admin/users/new";

#[derive(Default)]
struct NewForm {
    name: String,
    username: String,
    email: String,
    role: String,
    /// `link` or `password`.
    way: String,
    /// Whether the link is sent to the e-mail.
    send: bool,
}

#[derive(Template)]
#[template(path = "admin/create.html")]
struct CreatePage {
    shell: PageContext,
    face: Face,
    form: NewForm,
    problems: Problems,
    password_min: usize,
}

fn page(app: &App, shell: PageContext, admin: &AdminUser, form: NewForm, problems: Problems) -> Page<CreatePage> {
    let password_min = app.settings().password_min;
    Page(CreatePage { shell, face: Face::of(admin.account()), form, problems, password_min })
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let form = draft::take(&session, PATH).await?.map(|fields| NewForm::of(&fields)).unwrap_or_default();
    Ok(page(&app, shell, &admin, form, Problems::default()).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    RiskyForm(fields): RiskyForm,
) -> Result<Response, PageError> {
    let form = NewForm::of(&fields);
    let password = fields.get("password").map(String::as_str).unwrap_or_default();
    let (status, problems) = match form.check(&app, password).await {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(new) => {
            let by_link = new.password.is_none();
            match create::create(&app, &admin.actor(), new).await {
                Ok(account) if by_link => {
                    let span = lifetime(&fields, &LIFETIMES[LIFETIMES.len() - 1..]);
                    if is_sent(&shell, &account, &fields) {
                        password_reset::send(&app, &admin.actor(), account.id, span).await?;
                        return Ok(redirect_with_flash(&user::path(account.id), key!("flash-link-sent"), 0));
                    }
                    let link = password_reset::make(&app, &admin.actor(), account.id, span).await?;
                    let page = link_page(&app, shell, &admin, &account, &link);
                    return Ok((StatusCode::CREATED, page).into_response());
                }
                Ok(account) => {
                    return Ok(redirect_with_flash(&user::path(account.id), key!("flash-user-created"), 0));
                }
                Err(Error::Taken(field)) => {
                    (StatusCode::CONFLICT, Problems::taken_for_other(&app, field, &form.username).await?)
                }
                Err(error) => return Err(error.into()),
            }
        }
    };
    Ok((status, page(&app, shell, &admin, form, problems)).into_response())
}

impl NewForm {
    fn of(fields: &Fields) -> NewForm {
        let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
        NewForm {
            name: take("name"),
            username: take("username"),
            email: take("email"),
            role: take("role"),
            way: take("way"),
            send: fields.contains_key("send"),
        }
    }

    async fn check(&self, app: &App, password: &str) -> Result<New, Problems> {
        let mut problems = Problems::default();
        let name = problems.check(Field::Name, line(&self.name, limits::NAME));
        // One of the two names is enough.
        let empty = |text: &str| text.trim().is_empty();
        let username = if empty(&self.username) && !empty(&self.email) {
            Some(None)
        } else {
            problems.check(Field::Username, Username::assign(&self.username)).map(Some)
        };
        let email = if empty(&self.email) {
            Some(None)
        } else {
            problems.check(Field::Email, Email::choose(&self.email)).map(Some)
        };
        let password = if self.way == "password" {
            let password = choose(app, password.to_owned(), Some(&self.username), Some(&self.email), None).await;
            problems.check(Field::Password, password).map(Some)
        } else {
            Some(None)
        };
        match (name, username, email, password) {
            (Some(name), Some(username), Some(email), Some(password)) => {
                Ok(New { username, email, name: Name::full(&name), is_admin: self.role == "admin", password })
            }
            _ => Err(problems),
        }
    }
}
