//! `/account/email`: the e-mail an account has, and how Portico speaks to its person.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::change::{Change, change};
use crate::accounts::email_change;
use crate::app::App;
use crate::error::Error;
use crate::language::Key;
use crate::language::{known_zone, zone_names};
use crate::model::{Account, Client, Email, Field, Language, Problem, Theme};

use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Form, Problems};
use crate::http::pages::recent_login::RiskyForm;
use crate::http::pages::user_agent::UserAgent;
use crate::http::pages::{draft, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

const PAGE: &str = "/account/email";

/// Where the form of the e-mail is sent to.
const ADDRESS: &str = "/account/email/address";

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
    /// The e-mail, as its form shows it.
    email: String,
    /// A change that waits.
    waiting: Option<Waiting>,
    languages: Vec<Choice>,
    zones: Vec<Choice>,
}

/// A change of the e-mail that its new address has to confirm.
struct Waiting {
    email: String,
    until: String,
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
    let kept = draft::take(&session, PAGE).await?;
    let typed = draft::take(&session, ADDRESS).await?.and_then(|mut fields| fields.remove("email"));
    let shell = if kept.is_some() || typed.is_some() { shell.saying(draft::UNSAVED) } else { shell };
    let form = kept.map_or_else(|| PreferencesForm::of(&user.0), PreferencesForm::of_draft);
    Ok(page(&app, shell, &user.0, form, typed, Problems::default()).await?.into_response())
}

/// The page, with an address that was typed, or the one the account has.
async fn page(
    app: &App,
    shell: PageContext,
    account: &Account,
    form: PreferencesForm,
    typed: Option<String>,
    problems: Problems,
) -> Result<Page<PreferencesPage>, PageError> {
    let zone = account.time_zone.as_deref();
    let waiting = email_change::waiting(app, account)
        .await?
        .map(|(email, until)| Waiting { email, until: shell.words.timestamp(until, zone) });
    Ok(Page(PreferencesPage {
        shell,
        waiting,
        face: Face::of(account),
        email: typed.unwrap_or_else(|| account.email().unwrap_or_default().to_owned()),
        languages: languages(&form.language),
        zones: zones(&form.time_zone),
        form,
        problems,
    }))
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
                let mut response = redirect_with_flash(PAGE, key!("flash-preferences-saved"), 0);
                let headers = response.headers_mut();
                headers.append(header::SET_COOKIE, cookies::set_theme(account.theme));
                if let Some(language) = account.language.as_deref().and_then(Language::of_tag) {
                    headers.append(header::SET_COOKIE, cookies::set_language(language, None));
                }
                return Ok(response);
            }
            Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::Language, wait),
            Err(error) => return Err(error.into()),
        },
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(&app, shell, &user.0, form, None, problems).await?).into_response())
}

/// Another e-mail, after a recent log-in. No password stands beside it: a browser that fills in passwords would put the
/// name that it has saved into the address.
pub(super) async fn submit_address(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    browser: UserAgent,
    RiskyForm(mut fields): RiskyForm,
) -> Result<Response, PageError> {
    let typed = fields.remove("email").unwrap_or_default();
    let wanted = match fields.get("do").map(String::as_str) {
        // The buttons beside a change that waits.
        Some("keep") => Ok(None),
        Some("again") => match email_change::waiting(&app, &user.0).await? {
            Some((email, _)) => Email::choose(&email).map(Some),
            None => Ok(None),
        },
        _ => address(&user.0, &typed),
    };
    let (status, problems) = match wanted {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Email, problem)),
        Ok(wanted) => {
            let request = email_change::Request {
                agent: Some(browser.name()),
                language: shell.words.language(),
                session: session.handle(),
                address: client.address,
            };
            match set_address(&app, &user, wanted, request).await {
                Ok(flash) => {
                    let mut response = redirect_with_flash(PAGE, flash, 0);
                    response.headers_mut().extend(cookies::set_signals(&user.0));
                    return Ok(response);
                }
                Err(Error::Taken(field)) => (StatusCode::CONFLICT, Problems::taken_for_other(&app, field, "").await?),
                Err(Error::TooMany(wait)) => Problems::too_many_changes(Field::Email, wait),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let (form, wait) = (PreferencesForm::of(&user.0), problems.retry_after());
    Ok((status, wait, page(&app, shell, &user.0, form, Some(typed), problems).await?).into_response())
}

/// Changes the address, or asks for the change where the new one has to confirm it. Gives the key of the message.
async fn set_address(
    app: &App,
    user: &CurrentUser,
    wanted: Option<Email>,
    request: email_change::Request<'_>,
) -> Result<Key, Error> {
    let (by, id) = (user.actor(), user.0.id);
    let Some(email) = wanted else {
        email_change::withdraw(app, &by, id).await?;
        return Ok(if email_change::is_confirmed_first(app, by.door) {
            key!("flash-email-withdrawn")
        } else {
            key!("flash-email-saved")
        });
    };
    // Written otherwise, it is the same mailbox.
    let is_same = user.0.email.as_ref().is_some_and(|present| present.key() == email.key());
    if email_change::is_confirmed_first(app, by.door) && !is_same {
        email_change::ask(app, &by, id, &email, request).await?;
        return Ok(key!("flash-email-sent"));
    }
    change(app, &by, id, Change { email: Some(Some(email)), ..Change::default() }).await?;
    Ok(key!("flash-email-saved"))
}

/// The address that was typed, or nothing for the one that the account has: that stays acceptable, by whatever rule it
/// came in.
fn address(account: &Account, typed: &str) -> Result<Option<Email>, Problem> {
    if account.email().is_some_and(|email| email == typed.trim()) {
        return Ok(None);
    }
    Email::choose(typed).map(Some)
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
