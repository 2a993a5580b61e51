//! `/account/profile`: what other people see. The picture's panel stands on this page too.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use url::Position;

use crate::accounts::change::{Change, change};
use crate::app::App;
use crate::error::Error;
use crate::model::profile::{limits, line};
use crate::model::{Account, Field, Profile, Username};

use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Form, Problems, typed_profile};
use crate::http::pages::picture_panel::PicturePanel;
use crate::http::pages::{draft, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

pub(super) struct ProfileForm {
    name: String,
    username: String,
    /// The rest, as it was typed.
    profile: Profile,
}

#[derive(Template)]
#[template(path = "account/profile.html")]
pub(super) struct ProfilePage {
    shell: PageContext,
    face: Face,
    form: ProfileForm,
    problems: Problems,
    panel: PicturePanel,
    /// What stands before the username in the public address.
    prefix: String,
    /// The public page, when there is one.
    public_page: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Response, PageError> {
    let (form, shell) = match draft::take(&session, "/account/profile").await? {
        Some(fields) => (ProfileForm::of_fields(fields), shell.saying(draft::UNSAVED)),
        None => (ProfileForm::of(&user.0), shell),
    };
    let panel = PicturePanel::of(&app, &user.0);
    Ok(page(&app, shell, &user.0, form, Problems::default(), panel).into_response())
}

/// The page around a picture form that was not saved: its own form as it is stored.
pub(super) fn with_panel(
    app: &App,
    shell: PageContext,
    account: &Account,
    problems: Problems,
    panel: PicturePanel,
) -> Page<ProfilePage> {
    page(app, shell, account, ProfileForm::of(account), problems, panel)
}

/// The page by itself, for a caller that has read the account: what the load bench compares the whole with.
pub(in crate::http) fn alone(app: &App, account: Arc<Account>, headers: &HeaderMap, uri: &Uri) -> Response {
    let shell = PageContext::new(app, headers, uri, Some(Arc::clone(&account)));
    let panel = PicturePanel::of(app, &account);
    page(app, shell, &account, ProfileForm::of(&account), Problems::default(), panel).into_response()
}

fn page(
    app: &App,
    shell: PageContext,
    account: &Account,
    form: ProfileForm,
    problems: Problems,
    panel: PicturePanel,
) -> Page<ProfilePage> {
    let host = &app.public_url()[Position::BeforeHost..Position::AfterPort];
    let public_page = account.username().filter(|_| account.profile.public);
    Page(ProfilePage {
        shell,
        face: Face::of(account),
        form,
        problems,
        panel,
        prefix: [host, "/u/"].concat(),
        public_page: public_page.map(crate::http::pages::user::path),
    })
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let form = ProfileForm::of_fields(fields);
    let (status, problems) = match form.check(&user.0) {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(wanted) => match change(&app, &user.actor(), user.0.id, wanted).await {
            Ok(account) => {
                let mut response = redirect_with_flash("/account/profile", key!("flash-profile-saved"), 0);
                response.headers_mut().extend(cookies::set_signals(&account));
                return Ok(response);
            }
            Err(Error::Taken(field)) => (StatusCode::CONFLICT, Problems::taken(&app, field, &form.username).await?),
            Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::Name, wait),
            Err(error) => return Err(error.into()),
        },
    };
    let (panel, wait) = (PicturePanel::of(&app, &user.0), problems.retry_after());
    Ok((status, wait, page(&app, shell, &user.0, form, problems, panel)).into_response())
}

impl ProfileForm {
    fn of(account: &Account) -> ProfileForm {
        let username = account.username().unwrap_or_default().to_owned();
        ProfileForm { name: account.name.full.clone(), username, profile: account.profile.clone() }
    }

    fn of_fields(mut fields: Fields) -> ProfileForm {
        let profile = typed_profile(&mut fields);
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        ProfileForm { name: take("name"), username: take("username"), profile }
    }

    /// The fields as the profile takes them, or everything that is wrong. The username an account has stays
    /// acceptable, by whatever rule it came in; without one there may go on being none.
    fn check(&self, account: &Account) -> Result<Change, Problems> {
        let mut problems = Problems::default();
        let name = problems.check(Field::Name, line(&self.name, limits::NAME));
        let profile = problems.check_profile(&self.profile, &Profile::default());
        let kept = self.username == account.username().unwrap_or_default();
        let username = (!kept).then(|| problems.check(Field::Username, Username::choose(&self.username)));
        problems.or(Some(Change { full_name: name, username, profile: Some(profile), ..Change::default() }))
    }
}
