//! Forms: reading them, and showing them again with what was typed and what is wrong.

use std::time::Duration;

use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderName, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::accounts::register;
use crate::app::App;
use crate::error::Error;
use crate::language::Key;
use crate::model::password::Password;
use crate::model::profile::TEXTS;
use crate::model::{Field, Problem, Profile};
use crate::passkeys::Refusal;

use super::context::PageContext;
use crate::http::page_error::PageError;

/// A posted form. One that cannot be read ends in an error page; what its fields say is the page's own matter.
pub(super) struct Form<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Form<T>, PageError> {
        match axum::Form::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Form(form)),
            Err(FormRejection::BytesRejection(rejection)) if rejection.status() == 413 => Err(PageError::TooLarge),
            Err(_) => Err(PageError::BadForm),
        }
    }
}

/// The fields of a form as they came, for those that may have to be kept while the user reauthenticates.
pub(super) type Fields = std::collections::HashMap<String, String>;

/// A profile as it was typed, before anything of it is checked.
pub(super) fn typed_profile(fields: &mut Fields) -> Profile {
    let ticked = |name: &str| fields.contains_key(name);
    let mut profile = Profile { public: ticked("public"), findable: ticked("findable"), ..Profile::default() };
    for text in &TEXTS {
        *(text.of_mut)(&mut profile) = fields.remove(text.field.name()).unwrap_or_default();
    }
    profile
}

/// What was typed, or what is there already: that is kept as it is, however it came in.
pub(super) fn kept_or(
    typed: &str,
    known: &str,
    parse: impl Fn(&str) -> Result<String, Problem>,
) -> Result<String, Problem> {
    // Browsers send each line break as two characters.
    if typed.replace("\r\n", "\n") == known.replace("\r\n", "\n") { Ok(known.to_owned()) } else { parse(typed) }
}

/// What is wrong with a form, field by field, in the order found.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    fields: Vec<(Field, Problem)>,
    /// The key of a sentence about the form as a whole, linked to a field, and a number in it.
    general: Option<(Key, Field, u64)>,
    /// A name in that sentence.
    name: &'static str,
    /// How long to wait before the next try.
    wait: Option<Duration>,
}

/// The current password, as they typed it: longer than any can be, it is simply not the right one.
///
/// # Errors
/// [`Problem::Unproved`], [`Problem::Wrong`].
pub(super) fn own_password(typed: String) -> Result<Password, Problem> {
    Password::typed(typed).map_err(|problem| match problem {
        Problem::TooLong { .. } => Problem::Wrong,
        Problem::Missing => Problem::Unproved,
        problem => problem,
    })
}

impl Problems {
    /// One field, one problem.
    pub(super) fn one(field: Field, problem: Problem) -> Problems {
        Problems { fields: vec![(field, problem)], ..Problems::default() }
    }

    /// A name that is taken, and of a username one like what was typed that is free.
    pub(super) async fn taken(app: &App, field: Field, username: &str) -> Result<Problems, PageError> {
        let suggestion = match field {
            Field::Username => register::suggest(app, username).await?,
            _ => None,
        };
        Ok(Problems::one(field, Problem::Taken { suggestion }))
    }

    /// The same for those who fill in another person's form: they are not told to log in instead.
    pub(super) async fn taken_for_other(app: &App, field: Field, username: &str) -> Result<Problems, PageError> {
        match field {
            Field::Email => Ok(Problems::general(key!("problem-email-taken-other"), field, 0)),
            _ => Problems::taken(app, field, username).await,
        }
    }

    /// Something about the form as a whole: the key of its sentence, and the field its link leads to.
    pub(super) fn general(key: Key, field: Field, number: u64) -> Problems {
        Problems { general: Some((key, field, number)), ..Problems::default() }
    }

    /// The same, with a name in the sentence.
    pub(super) fn named(key: Key, field: Field, name: &'static str) -> Problems {
        Problems { name, ..Problems::general(key, field, 0) }
    }

    /// What is said of the answer of a passkey that proves nothing here, or the fault that it is.
    pub(super) fn of_passkey(refusal: Refusal, field: Field) -> Result<Problems, PageError> {
        let key = match refusal {
            Refusal::Failed(error) => return Err(error.into()),
            Refusal::Expired => key!("login-error-passkey-expired"),
            Refusal::Refused | Refusal::Unknown(_) | Refusal::Unavailable => key!("verify-error-passkey"),
        };
        Ok(Problems::general(key, field, 0))
    }

    /// Tried too often: the sentence tells people the minutes to wait, [`Problems::retry_after`] programs the seconds.
    pub(super) fn too_many(key: Key, field: Field, wait: Duration) -> Problems {
        Problems { wait: Some(wait), ..Problems::general(key, field, wait.as_secs().div_ceil(60)) }
    }

    /// Too many changes: what is said at the form, with its link to `field`.
    pub(super) fn too_many_changes(field: Field, wait: Duration) -> (StatusCode, Problems) {
        (StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key!("change-error-too-many"), field, wait))
    }

    /// The header that goes with [`Problems::too_many`].
    pub(super) fn retry_after(&self) -> Option<[(HeaderName, String); 1]> {
        self.wait.map(|wait| [(header::RETRY_AFTER, wait.as_secs().max(1).to_string())])
    }

    /// What is said at `field` when its password did not authenticate the user.
    ///
    /// # Errors
    /// What has a page of its own.
    pub(super) fn not_reauthenticated(field: Field, error: Error) -> Result<(StatusCode, Problems), PageError> {
        match error {
            Error::Credentials(_) => Ok((StatusCode::UNPROCESSABLE_ENTITY, Problems::one(field, Problem::Wrong))),
            Error::TooMany(wait) => {
                Ok((StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key!("login-error-too-many"), field, wait)))
            }
            error => Err(error.into()),
        }
    }

    /// Keeps a good value and files a bad one, so that one answer names every field.
    pub(super) fn check<T>(&mut self, field: Field, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.fields.push((field, problem))).ok()
    }

    /// The texts of a profile as it takes them, those that are good. What is in `known` is kept as it is, however it
    /// came in.
    pub(super) fn check_profile(&mut self, typed: &Profile, known: &Profile) -> Profile {
        let mut profile = typed.clone();
        for text in &TEXTS {
            let checked = kept_or((text.of)(typed), (text.of)(known), text.parse);
            *(text.of_mut)(&mut profile) = self.check(text.field, checked).unwrap_or_default();
        }
        profile
    }

    /// What came of the fields, all of which were checked, unless anything is wrong with one.
    pub(super) fn or<T>(self, form: Option<T>) -> Result<T, Problems> {
        form.filter(|_| self.is_empty()).ok_or(self)
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.general.is_none()
    }

    /// What is wrong with a field (by its form name), in words.
    pub(super) fn on(&self, shell: &PageContext, field: &str) -> Option<String> {
        let (field, problem) = self.fields.iter().find(|(known, _)| known.name() == field)?;
        Some(shell.words.problem(*field, problem))
    }

    /// Whether anything is wrong with a field, the form as a whole included.
    pub(super) fn about(&self, field: &str) -> bool {
        self.fields.iter().any(|(known, _)| known.name() == field)
            || self.general.is_some_and(|(_, known, _)| known.name() == field)
    }

    /// Everything that is wrong, for the summary: the field to go to, and the words.
    pub(super) fn summary(&self, shell: &PageContext) -> Vec<(&'static str, String)> {
        let general = self.general.iter().map(|(key, field, number)| {
            (
                field.name(),
                shell.words.with(
                    key,
                    &[
                        ("number", (*number).into()),
                        ("name", self.name.into()),
                        ("support", shell.support_email().unwrap_or_default().into()),
                    ],
                ),
            )
        });
        let fields = self.fields.iter().map(|(field, problem)| (field.name(), shell.words.problem(*field, problem)));
        general.chain(fields).collect()
    }
}
