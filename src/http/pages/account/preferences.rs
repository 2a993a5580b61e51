//! `/account/email`: the e-mail an account has, and how Portico speaks to its person.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::change::{Change, change};
use crate::app::App;
use crate::error::Error;
use crate::language::{known_zone, zone_names};
use crate::model::Language;
use crate::model::{Account, Field, Problem, Theme};

use super::Face;
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::forms::{Form, Problems};
use crate::http::pages::{draft, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PreferencesForm {
    language: String,
    time_zone: String,
    theme: String,
}

#[derive(Template)]
#[template(path = "account/preferences.html")]
struct PreferencesPage {
    shell: PageContext,
    face: Face,
    form: PreferencesForm,
    problems: Problems,
    email: Option<String>,
    languages: Vec<Choice>,
    zones: Vec<Choice>,
}

/// An entry of a list to choose from.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
) -> Result<Response, PageError> {
    let _ = app;
    let form = match draft::take(&session, "/account/email").await? {
        Some(fields) => PreferencesForm::of_draft(fields),
        None => PreferencesForm::of(&user.0),
    };
    Ok(page(shell, &user.0, form, Problems::default()).into_response())
}

fn page(shell: PageContext, account: &Account, form: PreferencesForm, problems: Problems) -> Page<PreferencesPage> {
    Page(PreferencesPage {
        shell,
        face: Face::of(account),
        email: account.email().map(str::to_owned),
        languages: languages(&form.language),
        zones: zones(&form.time_zone),
        form,
        problems,
    })
}

/// The languages to choose from.
pub(crate) fn languages(chosen: &str) -> Vec<Choice> {
    let choice = |language: Language| Choice {
        value: language.tag(),
        label: language.own_name().to_owned(),
        chosen: chosen == language.tag(),
    };
    Language::ALL.into_iter().map(choice).collect()
}

/// The time zones to choose from.
pub(crate) fn zones(chosen: &str) -> Vec<Choice> {
    let choice = |name: &'static str| Choice { value: name, label: name.replace('_', " "), chosen: chosen == name };
    zone_names().map(choice).collect()
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    Form(form): Form<PreferencesForm>,
) -> Result<Response, PageError> {
    let (status, problems) = match form.check() {
        Ok(chosen) => match change(&app, &user.actor(), user.0.id, chosen).await {
            Ok(account) => {
                let mut response = redirect_with_flash(&app, "/account/email", "flash-preferences-saved", 0);
                let headers = response.headers_mut();
                headers.append(header::SET_COOKIE, cookies::set_theme(&app, account.theme));
                if let Some(language) = account.language.as_deref().and_then(Language::of_tag) {
                    headers.append(header::SET_COOKIE, cookies::set_language(&app, language, None));
                }
                return Ok(response);
            }
            Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::Language, wait),
            Err(error) => return Err(error.into()),
        },
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(shell, &user.0, form, problems)).into_response())
}

impl PreferencesForm {
    fn of(account: &Account) -> PreferencesForm {
        PreferencesForm {
            language: account.language.clone().unwrap_or_default(),
            time_zone: account.time_zone.clone().unwrap_or_default(),
            theme: account.theme.as_str().to_owned(),
        }
    }

    fn of_draft(mut fields: HashMap<String, String>) -> PreferencesForm {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        PreferencesForm { language: take("language"), time_zone: take("time_zone"), theme: take("theme") }
    }

    fn check(&self) -> Result<Change, Problems> {
        let mut problems = Problems::default();
        // An empty choice is the first of each list: the browser's language, UTC.
        let chosen = |value: &String, known: bool| {
            if value.is_empty() {
                Ok(None)
            } else if known {
                Ok(Some(value.clone()))
            } else {
                Err(Problem::Malformed)
            }
        };
        let language =
            problems.check(Field::Language, chosen(&self.language, Language::of_tag(&self.language).is_some()));
        let time_zone = problems.check(Field::TimeZone, chosen(&self.time_zone, known_zone(&self.time_zone).is_some()));
        let theme = problems.check(Field::Theme, self.theme.parse::<Theme>().map_err(|_| Problem::Malformed));
        problems.or(Some(Change { language, time_zone, theme, ..Change::default() }))
    }
}
