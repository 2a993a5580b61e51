//! What the Django dialect answers.

use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::model::Account;
use crate::tokens::Grant;

/// An account as these clients know it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoUser")]
pub(super) struct User {
    id: String,
    pub(super) email: Option<String>,
    full_name: String,
    profile_pic: Option<String>,
}

impl User {
    pub(super) fn of(app: &App, account: &Account) -> User {
        User {
            id: account.id.to_string(),
            email: account.email().map(str::to_owned),
            full_name: account.name.full.clone(),
            profile_pic: account.picture.as_ref().map(|picture| picture.url(app.public_url())),
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoTokens")]
pub(super) struct Tokens {
    refresh: String,
    access: String,
}

impl From<Grant> for Tokens {
    fn from(grant: Grant) -> Tokens {
        Tokens { refresh: grant.refresh.unwrap_or_default(), access: grant.access }
    }
}

/// What `/api/users/login` answers: tokens as its code did, and the account as its documents say.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoLoggedIn")]
pub(super) struct LoggedIn {
    #[serde(flatten)]
    pub(super) tokens: Tokens,
    #[serde(flatten)]
    pub(super) user: User,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoLoggedInData")]
pub(super) struct LoggedInData {
    pub(super) tokens: Tokens,
    pub(super) data: User,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoRefreshed")]
pub(super) struct Refreshed {
    access: String,
    refresh: String,
}

impl From<Grant> for Refreshed {
    fn from(grant: Grant) -> Refreshed {
        Refreshed { refresh: grant.refresh.unwrap_or_default(), access: grant.access }
    }
}
