//! Bodies of the FastAPI dialect: what it accepts, and what it says about what it does not, as pydantic 2.5 does.

use axum::extract::Request;
use serde_json::{Map, Value, json};

use crate::model::password::Password;
use crate::model::{Email, Username};

use super::email;
use super::refusal::{Problem, Refusal};
use crate::http::api::body::{self, Unreadable};
use crate::http::api::json;

const NAME_LENGTH: &str = "Username должен содержать от 3 до 16 символов";
const NAME_CHARACTERS: &str = "Username содержит недопустимые символы";
const PASSWORD_LENGTH: &str = "Password должен содержать от 6 до 20 символов";
const PASSWORD_CHARACTERS: &str = "Password содержит недопустимые символы";
const PASSWORD_MIX: &str =
    "Password должен содержать буквы английского алфавита в нижнем и верхнем регистре и хотя бы одну цифру.";
const MASK: &str = "**********";

/// An object as it is checked, and what is wrong with it.
pub(super) struct Body {
    fields: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Body {
    /// Reads a JSON object, which must be called so: what a page of any other site may send unasked is not.
    pub(super) async fn read(request: Request) -> Result<Body, Refusal> {
        let kind = body::media_type(request.headers());
        let is_json = kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
        let bytes = match body::bytes(request.into_body()).await {
            Ok(bytes) => bytes,
            Err(Unreadable::TooLarge) => return Err(Refusal::TooLarge),
            Err(_) => return Err(invalid(missing(vec!["body".into()], Value::Null))),
        };
        if bytes.is_empty() {
            return Err(invalid(missing(vec!["body".into()], Value::Null)));
        }
        let value = match json::parse(&bytes) {
            _ if !is_json => Value::String(MASK.to_owned()),
            Ok(value) => value,
            Err(error) => {
                return Err(invalid(Problem {
                    kind: "json_invalid",
                    loc: vec!["body".into(), error.at.into()],
                    msg: "JSON decode error".to_owned(),
                    input: json!({}),
                    ctx: Some(json!({ "error": error.what })),
                    url: None,
                }));
            }
        };
        match value {
            Value::Object(fields) => Ok(Body { fields, problems: Vec::new() }),
            Value::Null => Err(invalid(missing(vec!["body".into()], Value::Null))),
            _ => Err(invalid(Problem {
                kind: "model_attributes_type",
                loc: vec!["body".into()],
                msg: "Input should be a valid dictionary or object to extract fields from".to_owned(),
                input: MASK.into(),
                ctx: None,
                url: url("model_attributes_type"),
            })),
        }
    }

    /// What is wrong, as an answer.
    pub(super) fn refusal(self) -> Refusal {
        Refusal::Invalid(self.problems)
    }

    fn text(&mut self, field: &'static str) -> Option<String> {
        match self.fields.get(field) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                let input = if field.ends_with("password") || !is_plain(other) { MASK.into() } else { other.clone() };
                self.problems.push(Problem {
                    kind: "string_type",
                    loc: vec!["body".into(), field.into()],
                    msg: "Input should be a valid string".to_owned(),
                    input,
                    ctx: None,
                    url: url("string_type"),
                });
                None
            }
            None => {
                let shown = masked(&self.fields);
                self.problems.push(missing(vec!["body".into(), field.into()], shown));
                None
            }
        }
    }

    fn wrong(&mut self, field: &'static str, input: &str, text: &str) {
        self.problems.push(Problem {
            kind: "value_error",
            loc: vec!["body".into(), field.into()],
            msg: format!("Value error, {text}"),
            input: if field == "password" { MASK } else { input }.into(),
            ctx: Some(json!({ "error": {} })),
            url: url("value_error"),
        });
    }

    pub(super) fn username(&mut self) -> Option<Username> {
        let text = self.text("username")?;
        if !(3..=16).contains(&text.chars().count()) {
            self.wrong("username", &text, NAME_LENGTH);
            return None;
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let username = Username::claim(&text).ok().filter(|_| text.chars().all(allowed));
        if username.is_none() {
            self.wrong("username", &text, NAME_CHARACTERS);
        }
        username
    }

    pub(super) fn email(&mut self) -> Option<Email> {
        let text = self.text("email")?;
        let reason = match email::parse(&text) {
            Ok(email) => return Some(email),
            Err(reason) => reason,
        };
        self.problems.push(Problem {
            kind: "value_error",
            loc: vec!["body".into(), "email".into()],
            msg: format!("value is not a valid email address: {reason}"),
            input: text.into(),
            ctx: Some(json!({ "reason": reason })),
            url: None,
        });
        None
    }

    pub(super) fn new_password(&mut self) -> Option<Password> {
        let text = self.text("password")?;
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&()*+,-./:<=>?@[]^_{|}~".contains(letter);
        let has = |kind: fn(&char) -> bool| text.chars().any(|letter| kind(&letter));
        let problem = if !(6..=20).contains(&text.chars().count()) {
            PASSWORD_LENGTH
        } else if !text.chars().all(allowed) {
            PASSWORD_CHARACTERS
        } else if !has(char::is_ascii_lowercase) || !has(char::is_ascii_uppercase) || !has(char::is_ascii_digit) {
            PASSWORD_MIX
        } else {
            return Password::typed(text).ok();
        };
        self.wrong("password", "", problem);
        None
    }

    /// The password that the account has, if the client sends it along.
    ///
    /// # Errors
    /// When it is no text: noted with the other problems.
    pub(super) fn current_password(&mut self) -> Result<Option<String>, ()> {
        match self.fields.get("current_password") {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.text("current_password").map(Some).ok_or(()),
        }
    }

    /// A name to look up: anything but nothing.
    pub(super) fn login(&mut self) -> Option<String> {
        let text = self.text("username")?;
        if text.is_empty() {
            self.wrong("username", &text, NAME_LENGTH);
            return None;
        }
        Some(text)
    }

    /// A password to compare: anything but nothing.
    pub(super) fn known_password(&mut self) -> Option<String> {
        let text = self.text("password")?;
        if text.is_empty() {
            self.wrong("password", "", PASSWORD_LENGTH);
            return None;
        }
        Some(text)
    }
}

fn invalid(problem: Problem) -> Refusal {
    Refusal::Invalid(vec![problem])
}

fn missing(loc: Vec<Value>, input: Value) -> Problem {
    Problem { kind: "missing", loc, msg: "Field required".to_owned(), input, ctx: None, url: url("missing") }
}

fn url(kind: &str) -> Option<String> {
    Some(format!("https://errors.pydantic.dev/2.5/v/{kind}"))
}

/// The object as it may be shown: names and plain values under `username` and `email`, everything else masked.
fn masked(fields: &Map<String, Value>) -> Value {
    let shown = |(name, value): (&String, &Value)| {
        let is_public = (name == "username" || name == "email") && (value.is_string() || is_plain(value));
        (name.clone(), if is_public { value.clone() } else { MASK.into() })
    };
    Value::Object(fields.iter().map(shown).collect())
}

fn is_plain(value: &Value) -> bool {
    value.is_null() || value.is_boolean() || value.is_number()
}
