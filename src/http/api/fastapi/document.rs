//! The FastAPI dialect as its OpenAPI document tells it.

use schemars::JsonSchema;
use serde_json::json;

use super::refusal::{Detail, Problem};
use super::{Both, Data, Registered, Token};
use crate::http::api::openapi::Document;

const TAG: &str = "FastAPI dialect";
const JSON: &[&str] = &["application/json"];

#[expect(dead_code, reason = "bodies are read field by field, each with texts of its own; this is their shape")]
mod bodies {
    use super::JsonSchema;

    #[derive(JsonSchema)]
    #[schemars(rename = "FastapiRegistration")]
    pub(super) struct Registration {
        /// 3 to 16 of letters, digits, `_` and `-`.
        pub(super) username: String,
        pub(super) email: String,
        /// 6 to 20 characters, with a small letter, a capital and a digit.
        pub(super) password: String,
    }

    #[derive(JsonSchema)]
    #[schemars(rename = "FastapiLogIn")]
    pub(super) struct LogIn {
        pub(super) username: String,
        /// The account's, or an app password of it; of an account with a second factor an app password alone.
        pub(super) password: String,
    }

    #[derive(JsonSchema)]
    #[schemars(rename = "FastapiUpdate")]
    pub(super) struct Update {
        pub(super) email: String,
        pub(super) password: String,
        /// The password that the account has: refused when it is another, not asked for when it is left out.
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) current_password: Option<String>,
    }
}

type Text = Detail<String>;
type Problems = Detail<Vec<Problem>>;

const INVALID: &str = "What is wrong with the body, as pydantic tells it";
const BAD_TOKEN: &[(u16, &str)] = &[(401, "No token, or one that is not good")];
const TAKEN: &[(u16, &str)] = &[(409, "The username or the e-mail is another account's")];
const LARGE: &[(u16, &str)] = &[(408, "The body came too slowly"), (413, "The body is too large")];
const BUSY: &[(u16, &str)] = &[(503, "Too much to do; come again")];
const HELD: &[(u16, &str)] = &[(429, "Too many tries"), (503, "Too much to do; come again")];

/// Describes it.
pub(super) fn describe(document: &mut Document) {
    let lock = json!({
        "type": "apiKey", "in": "header", "name": "Authorization",
        "description": "The access token, raw or behind `Bearer `.",
    });
    document.lock("fastapi", lock);
    document
        .call("post", "/users/register", TAG, "Open an account")
        .takes::<bodies::Registration>(
            JSON,
            json!({ "username": "ada", "email": "ada@example.org", "password": "Abcdef1" }),
        )
        .answers::<Registered>(200, "The account and its token")
        .refuses::<Text>(&[(403, "Sign-up is closed")])
        .refuses::<Text>(TAKEN)
        .refuses::<Text>(LARGE)
        .answers::<Problems>(422, "What is wrong with the body, as pydantic tells it; where addresses are confirmed first, at `email` that a link was sent")
        .refuses::<Text>(HELD);
    document
        .call("post", "/users/login", TAG, "Log in; a good token of the account shows that the program is known there")
        .may_be_locked("fastapi")
        .takes::<bodies::LogIn>(JSON, json!({ "username": "ada", "password": "Abcdef1" }))
        .answers::<Token>(200, "A token")
        .refuses::<Text>(&[(401, "Not the right password"), (404, "No account has this name")])
        .refuses::<Text>(LARGE)
        .answers::<Problems>(422, INVALID)
        .refuses::<Text>(HELD);
    document
        .call("post", "/users/logout", TAG, "Log the token out")
        .locked("fastapi")
        .empty(204, "Logged out, again too")
        .refuses::<Text>(BAD_TOKEN)
        .refuses::<Text>(BUSY);
    document
        .call("get", "/users", TAG, "Who the token belongs to")
        .locked("fastapi")
        .answers::<Both>(200, "The account, in both shapes that clients know")
        .refuses::<Text>(BAD_TOKEN)
        .refuses::<Text>(BUSY);
    document
        .call("put", "/users", TAG, "Change e-mail and password; another password ends every token")
        .locked("fastapi")
        .takes::<bodies::Update>(JSON, json!({ "email": "ada@example.org", "password": "Abcdef2" }))
        .answers::<Data>(200, "The account as it is now")
        .refuses::<Text>(&[(401, "No token, or one that is not good; or another password than the current one")])
        .refuses::<Text>(&[(403, "A token of an app password changes neither e-mail nor password")])
        .refuses::<Text>(TAKEN)
        .refuses::<Text>(LARGE)
        .answers::<Problems>(422, INVALID)
        .refuses::<Text>(HELD);
    document
        .call("delete", "/users", TAG, "Delete the account of the token")
        .locked("fastapi")
        .empty(204, "Deleted")
        .refuses::<Text>(BAD_TOKEN)
        .refuses::<Text>(&[(403, "Accounts are deleted by admins alone, or the token is of an app password")])
        .refuses::<Text>(BUSY);
}
