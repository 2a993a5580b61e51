//! `/admin/users/{id}`: one account, everything of it that can be edited, and what can be done for it or against it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::devices;
use crate::accounts::manage::Managed;
use crate::accounts::manage::edit::{self, Saved};
use crate::app::App;
use crate::audit::list::{self, Record};
use crate::error::Error;
use crate::mails::bounce;
use crate::model::audit::{Action, Topic};
use crate::model::{Account, AccountId, Field};

use super::Subject;
use super::fields::{EditConflict, UserForm};
use crate::http::page_error::PageError;
use crate::http::pages::account::preferences::{Choice, languages, zones};
use crate::http::pages::activity::{self, Line, Reader};
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Form, Problems};
use crate::http::pages::picture_panel::PicturePanel;
use crate::http::pages::recent_login;
use crate::http::pages::{draft, redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

/// The address of an account's page.
pub(super) fn path(id: AccountId) -> String {
    format!("/admin/users/{id}")
}

#[derive(Template)]
#[template(path = "admin/user.html")]
pub(crate) struct UserPage {
    shell: PageContext,
    face: Face,
    /// The face of the account that the page is about.
    person: Face,
    account: Account,
    form: UserForm,
    problems: Problems,
    panel: PicturePanel,
    /// What another admin saved meanwhile, and who.
    theirs: EditConflict,
    languages: Vec<Choice>,
    zones: Vec<Choice>,
    public_page: Option<String>,
    devices: usize,
    seen: String,
    joined: String,
    /// Which terms they agreed to, and when.
    terms: Option<String>,
    password_set: String,
    /// Since when mail to the address comes back.
    bounces: Option<String>,
    /// What was last done to the account or with it.
    recent: Vec<Line>,
}

/// What a page shows beside the account as it is stored.
#[derive(Default)]
pub(super) struct PageState {
    pub(super) problems: Problems,
    pub(super) theirs: EditConflict,
    pub(super) panel: Option<PicturePanel>,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let kept = draft::take(&session, &path(id)).await?;
    let shell = if kept.is_some() { shell.saying(draft::UNSAVED) } else { shell };
    let form = kept.map_or_else(|| UserForm::of(&found), UserForm::of_fields);
    Ok(page(&app, shell, &admin, found.account, form, PageState::default()).await?.into_response())
}

pub(super) async fn page(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    account: Account,
    form: UserForm,
    state: PageState,
) -> Result<Page<UserPage>, PageError> {
    let zone = admin.account().time_zone.as_deref();
    let devices = devices::list(app, account.id).await?;
    let seen = devices.first().map(|device| shell.words.ago(device.seen_at, app.now(), zone));
    let recent = list::of_account(app, &admin.actor(), account.id, None, 8).await?;
    let public_page = account.username().filter(|_| account.profile.public && account.is_active());
    let bounces = bounce::since(app, &account).await?;
    Ok(Page(UserPage {
        face: Face::of(admin.account()),
        person: Face::of(&account),
        problems: state.problems,
        panel: state
            .panel
            .unwrap_or_else(|| PicturePanel::of(app, &account).at(format!("{}/picture", path(account.id)))),
        theirs: state.theirs,
        languages: languages(&form.language),
        zones: zones(&form.time_zone),
        public_page: public_page.map(crate::http::pages::user::path),
        devices: devices.len(),
        seen: seen.unwrap_or_else(|| shell.words.text(key!("admin-never")).into_owned()),
        joined: shell.words.day(account.created_at, zone),
        terms: account.terms.as_ref().map(|terms| {
            let day = shell.words.day(terms.at, zone);
            shell
                .words
                .with(key!("admin-terms-agreed"), &[("version", terms.version.as_str().into()), ("day", day.into())])
        }),
        password_set: shell.words.day(account.password_changed_at, zone),
        bounces: bounces.map(|since| shell.words.day(since, zone)),
        recent: activity::lines(&shell, &recent.records, Reader::Admin),
        shell: shell.about(account.shown_name()),
        account,
        form,
    }))
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let form = UserForm::of_fields(fields.clone());
    let edit = match form.check(&found.account) {
        Ok(edit) => edit,
        Err(problems) => {
            let state = PageState { problems, ..PageState::default() };
            let page = page(&app, shell, &admin, found.account, form, state).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    // Who may log in, and who may administer: not for a person who finds the browser open.
    let (now, change) = (&found.account, &edit.change);
    let is_risky = change.email.as_ref().is_some_and(|email| *email != now.email)
        || change.username.as_ref().is_some_and(|username| *username != now.username)
        || change.email_confirmed.is_some_and(|confirmed| confirmed && now.email_verified_at.is_none())
        || change.is_admin.is_some_and(|is_admin| is_admin != now.is_admin);
    if is_risky && let Some(first) = recent_login::required(&app, &session, &path(id), &fields).await? {
        return Ok(first);
    }
    let (account, form, state) = match edit::edit(&app, &admin.actor(), id, edit).await {
        // No admin any more, by their own hand: nothing is here for them.
        Ok(Saved::Done(account)) if account.id == admin.account().id && !account.is_admin => {
            return Ok(redirect("/account"));
        }
        Ok(Saved::Done(_)) => return Ok(redirect_with_flash(&path(id), key!("flash-user-saved"), 0)),
        Ok(Saved::Outdated(now)) => {
            let theirs = EditConflict::between(&shell, &form, &now).by(changed_by(&app, &admin, &now).await?);
            let form = form.over(&now);
            (now.account, form, PageState { theirs, ..PageState::default() })
        }
        Err(Error::Taken(field)) => {
            let problems = Problems::taken_for_other(&app, field, &form.username).await?;
            (found.account, form, PageState { problems, ..PageState::default() })
        }
        Err(Error::LastAdmin) => {
            let problems = Problems::general(key!("admin-error-last-admin"), Field::Role, 0);
            (found.account, form, PageState { problems, ..PageState::default() })
        }
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::CONFLICT, page(&app, shell, &admin, account, form, state).await?).into_response())
}

/// Who changed the account last, other than this admin.
async fn changed_by(app: &App, admin: &AdminUser, now: &Managed) -> Result<Option<String>, PageError> {
    let part = list::of_account(app, &admin.actor(), now.account.id, None, 20).await?;
    let is_change = |record: &&Record| {
        let topic = record.action.map(Action::topic);
        matches!(topic, Some(Topic::Profiles | Topic::Accounts | Topic::Admins))
    };
    let actor = part.records.iter().find(is_change).and_then(|record| record.actor.as_ref());
    Ok(actor.filter(|actor| actor.id != admin.account().id).and_then(|actor| actor.name.clone()))
}
