//! `/account/profile`: what other people see. The picture's panel stands on this page too.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::profile::{self, Edit};
use crate::accounts::register;
use crate::app::App;
use crate::error::Error;
use crate::model::profile::{limits, line, text, website};
use crate::model::{Account, Field, Name, Problem, Profile, Username};

use super::super::super::fault::Fault;
use super::super::super::sessions::Current;
use super::super::super::visitor::CurrentUser;
use super::super::forms::{Form, Problems};
use super::super::shell::{Page, Shell};
use super::super::{draft, see_other_saying};
use super::Face;
use super::picture::PicturePanel;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProfileForm {
    name: String,
    pronouns: String,
    username: String,
    bio: String,
    website: String,
    public: Option<String>,
    findable: Option<String>,
}

#[derive(Template)]
#[template(path = "account/profile.html")]
pub(super) struct ProfilePage {
    shell: Shell,
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
    shell: Shell,
    user: CurrentUser,
) -> Result<Response, Fault> {
    let form = match draft::take(&session, "/account/profile").await? {
        Some(fields) => ProfileForm::of_draft(fields),
        None => ProfileForm::of(&user.0),
    };
    let panel = PicturePanel::of(&app, &user.0);
    Ok(page(&app, shell, &user.0, form, Problems::default(), panel).into_response())
}

/// The page around a picture form that was not saved: its own form as it is stored.
pub(super) fn with_panel(
    app: &App,
    shell: Shell,
    account: &Account,
    problems: Problems,
    panel: PicturePanel,
) -> Page<ProfilePage> {
    page(app, shell, account, ProfileForm::of(account), problems, panel)
}

/// The page by itself, for whoever has read the account: what the load bench compares the whole with.
pub(in super::super::super) fn alone(app: &App, account: Account, headers: &HeaderMap, uri: &Uri) -> Response {
    let account = Arc::new(account);
    let shell = Shell::new(app, headers, uri, Some(Arc::clone(&account)));
    let panel = PicturePanel::of(app, &account);
    page(app, shell, &account, ProfileForm::of(&account), Problems::default(), panel).into_response()
}

fn page(
    app: &App,
    shell: Shell,
    account: &Account,
    form: ProfileForm,
    problems: Problems,
    panel: PicturePanel,
) -> Page<ProfilePage> {
    let base = app.public_url();
    let port = base.port().map(|port| format!(":{port}")).unwrap_or_default();
    let public_page = account.username().filter(|_| account.profile.public);
    Page(ProfilePage {
        shell,
        face: Face::of(account),
        form,
        problems,
        panel,
        prefix: format!("{}{port}/u/", base.host_str().unwrap_or_default()),
        public_page: public_page.map(super::super::user::path),
    })
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    user: CurrentUser,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Fault> {
    let (status, problems) = match form.check(&user.0) {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(edit) => match profile::edit(&app, &user.actor(), user.0.id, edit).await {
            Ok(_) => return Ok(see_other_saying(&app, "/account/profile", "flash-profile-saved", 0)),
            Err(Error::Taken(field)) => {
                let suggestion = match Username::assign(&form.username) {
                    Ok(username) => register::suggest(&app, &username).await?,
                    Err(_) => None,
                };
                (StatusCode::CONFLICT, Problems::one(field, Problem::Taken { suggestion }))
            }
            Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::Name, wait),
            Err(error) => return Err(error.into()),
        },
    };
    let (panel, wait) = (PicturePanel::of(&app, &user.0), problems.retry_after());
    Ok((status, wait, page(&app, shell, &user.0, form, problems, panel)).into_response())
}

impl ProfileForm {
    fn of(account: &Account) -> ProfileForm {
        let on = |set: bool| set.then(|| "1".to_owned());
        ProfileForm {
            name: account.name.full.clone(),
            pronouns: account.profile.pronouns.clone(),
            username: account.username().unwrap_or_default().to_owned(),
            bio: account.profile.bio.clone(),
            website: account.profile.website.clone(),
            public: on(account.profile.public),
            findable: on(account.profile.findable),
        }
    }

    fn of_draft(mut fields: HashMap<String, String>) -> ProfileForm {
        let mut take = |name: &str| fields.remove(name);
        ProfileForm {
            name: take("name").unwrap_or_default(),
            pronouns: take("pronouns").unwrap_or_default(),
            username: take("username").unwrap_or_default(),
            bio: take("bio").unwrap_or_default(),
            website: take("website").unwrap_or_default(),
            public: take("public"),
            findable: take("findable"),
        }
    }

    /// The fields as the profile takes them, or everything that is wrong. The username an account has stays
    /// acceptable, by whatever rule it came in; without one there may go on being none.
    fn check(&self, account: &Account) -> Result<Edit, Problems> {
        let mut problems = Problems::default();
        let name = problems.check(Field::Name, line(&self.name, limits::NAME));
        let pronouns = problems.check(Field::Pronouns, line(&self.pronouns, limits::PRONOUNS));
        let bio = problems.check(Field::Bio, text(&self.bio, limits::BIO));
        let website = problems.check(Field::Website, website(&self.website));
        let kept = self.username == account.username().unwrap_or_default();
        let username =
            if kept { Some(None) } else { problems.check(Field::Username, Username::choose(&self.username)).map(Some) };
        match (name, pronouns, bio, website, username) {
            (Some(name), Some(pronouns), Some(bio), Some(website), Some(username)) => Ok(Edit {
                name: Name::full(&name),
                username,
                profile: Profile {
                    pronouns,
                    bio,
                    website,
                    public: self.public.is_some(),
                    findable: self.findable.is_some(),
                },
            }),
            _ => Err(problems),
        }
    }
}
