//! What the CLARK dialect reads from a request: JSON or a form, and a new account in it.

use axum::extract::Request;
use serde_json::Value;

use crate::accounts::registration::{Credential, Registration};
use crate::model::name::plain;
use crate::model::password::Password;
use crate::model::{Email, Name, Username};

use super::refusal::Refusal;
use crate::http::api::body::{self, Fields, Input, Takes, Unreadable};

/// What may stand several times in a form, as its framework read it.
const LISTS: &[&str] = &["objects", "objects[]", "_objects", "_objects[]"];

/// The most characters of a name or an organisation.
const MAX_TEXT: usize = 250;

/// JSON or a form; Express read nothing from bodies of other types.
pub(super) async fn read(request: Request) -> Result<Fields, Refusal> {
    match body::fields(request, Takes::Forms, LISTS).await {
        // There is no answer that names a field.
        Ok(form) if form.values().any(|input| matches!(input, Input::NotText)) => Err(Refusal::Body),
        Ok(form) => Ok(form),
        Err(Unreadable::Type(_)) => Ok(Fields::new()),
        Err(Unreadable::TooLarge | Unreadable::FileTooLarge { .. }) => Err(Refusal::TooLarge),
        Err(Unreadable::Json(_) | Unreadable::Form | Unreadable::Shape(_)) => Err(Refusal::Body),
    }
}

/// A text under its name, or under the name with the underscore that a later client sends; not empty.
pub(super) fn value(form: &Fields, name: &str) -> Option<String> {
    let found = form.get(name).or_else(|| form.get(&format!("_{name}")))?;
    match found {
        Input::Text(text) | Input::Json(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// A new account by this door's rules: a username of 3 to 20 characters, an e-mail, some password.
pub(super) fn registration(form: &Fields) -> Option<Registration> {
    let username = value(form, "username")?;
    let username = Username::claim(username.trim()).ok()?;
    if !(3..=20).contains(&username.typed().chars().count()) {
        return None;
    }
    let email = Email::parse(&value(form, "email")?).ok()?;
    let password = Password::typed(value(form, "password").or_else(|| twice(form))?).ok()?;
    let [first, last, full, organization] =
        ["firstname", "lastname", "name", "organization"].map(|name| value(form, name));
    let texts = [&first, &last, &full, &organization];
    if texts.into_iter().flatten().any(|text| text.chars().count() > MAX_TEXT || text.chars().any(char::is_control)) {
        return None;
    }
    let name = match (first, last, full) {
        (None, None, Some(full)) => Name::full(&full),
        (first, last, _) => Name::parts(&first.unwrap_or_default(), &last.unwrap_or_default()),
    };
    if name.full.chars().count() > MAX_TEXT {
        return None;
    }
    let organization = organization.map(|text| plain(&text)).filter(|text| !text.is_empty());
    let (username, email) = (Some(username), Some(email));
    Some(Registration {
        username,
        email,
        name,
        credential: Credential::Password(password),
        organization,
        language: None,
        time_zone: None,
        terms: None,
        picture: None,
    })
}

/// The documents have password and confirmation in `objects`: as a list or an object, which a form writes as
/// `objects[…]`.
fn twice(form: &Fields) -> Option<String> {
    let is_part = |name: &str| matches!(name.split('[').next(), Some("objects" | "_objects"));
    let mut texts = Vec::new();
    for (_, input) in form.iter().filter(|(name, _)| is_part(name)) {
        match input {
            Input::Json(Value::Array(items)) => texts.extend(items.iter().map(Value::as_str)),
            Input::Json(Value::Object(items)) => texts.extend(items.values().map(Value::as_str)),
            Input::List(items) => texts.extend(items.iter().map(|text| Some(text.as_str()))),
            Input::Text(text) => texts.push(Some(text)),
            Input::Json(_) | Input::NotText | Input::File { .. } => texts.push(None),
        }
    }
    match texts.as_slice() {
        [Some(first), Some(second)] if first == second && !first.is_empty() => Some((*first).to_owned()),
        _ => None,
    }
}
