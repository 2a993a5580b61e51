//! `/admin/users/new`: opening an account for somebody.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::manage::create::{self, New};
use crate::accounts::password::choose;
use crate::accounts::password_link::{self, LIFETIMES};
use crate::app::App;
use crate::error::Error;
use crate::model::profile::{limits, line};
use crate::model::{Email, Field, Name, Username};

use super::super::super::fault::Fault;
use super::super::super::sessions::Current;
use super::super::super::visitor::AdminUser;
use super::super::account::Face;
use super::super::forms::{Fields, Problems};
use super::super::recent_login::{RecentLogin, RiskyForm};
use super::super::shell::{Page, Shell};
use super::super::{draft, see_other_saying};
use super::password::{lifetime, link_page};
use super::user;

const PATH: &str = "/admin/users/new";

#[derive(Default)]
struct NewForm {
    name: String,
    username: String,
    email: String,
    role: String,
    /// `link` or `password`.
    way: String,
}

#[derive(Template)]
#[template(path = "admin/create.html")]
struct CreatePage {
    shell: Shell,
    face: Face,
    form: NewForm,
    problems: Problems,
    password_min: usize,
}

fn page(app: &App, shell: Shell, admin: &AdminUser, form: NewForm, problems: Problems) -> Page<CreatePage> {
    let password_min = app.settings().password_min;
    Page(CreatePage { shell, face: Face::of(admin.account()), form, problems, password_min })
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: Shell,
    admin: AdminUser,
    _: RecentLogin,
) -> Result<Response, Fault> {
    let form = draft::take(&session, PATH).await?.map(|fields| NewForm::of(&fields)).unwrap_or_default();
    Ok(page(&app, shell, &admin, form, Problems::default()).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    admin: AdminUser,
    RiskyForm(fields): RiskyForm,
) -> Result<Response, Fault> {
    let form = NewForm::of(&fields);
    let password = fields.get("password").map(String::as_str).unwrap_or_default();
    let (status, problems) = match form.check(&app, password) {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(new) => {
            let by_link = new.password.is_none();
            match create::create(&app, &admin.actor(), new).await {
                Ok(account) if by_link => {
                    let span = lifetime(&fields, &LIFETIMES[LIFETIMES.len() - 1..]);
                    let link = password_link::make(&app, &admin.actor(), account.id, span).await?;
                    let page = link_page(&app, shell, &admin, &account, &link);
                    return Ok((StatusCode::CREATED, page).into_response());
                }
                Ok(account) => {
                    return Ok(see_other_saying(&app, &user::path(account.id), "flash-user-created", 0));
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
        }
    }

    fn check(&self, app: &App, password: &str) -> Result<New, Problems> {
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
            let password = choose(app, password.to_owned(), Some(&self.username), Some(&self.email));
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
