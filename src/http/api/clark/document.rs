//! The CLARK dialect as its OpenAPI document tells it.

use schemars::JsonSchema;
use serde_json::json;

use super::User;
use super::refusal::{DELETION, Message, REGISTRATION};
use crate::http::api::openapi::Document;

const TAG: &str = "CLARK dialect";
const KINDS: &[&str] = &["application/json", "application/x-www-form-urlencoded"];
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

#[expect(dead_code, reason = "bodies are read field by field; this is their shape")]
mod bodies {
    use super::JsonSchema;

    /// Names with an underscore before them, a whole `name`, and in place of `password` the password and its confirmation
    /// in `objects` (a list or an object of two texts) are read too.
    #[derive(JsonSchema)]
    #[schemars(rename = "ClarkRegistration")]
    pub(super) struct Registration {
        /// 3 to 20 characters.
        pub(super) username: String,
        pub(super) firstname: String,
        pub(super) lastname: String,
        pub(super) email: String,
        pub(super) password: String,
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) organization: Option<String>,
    }

    #[derive(JsonSchema)]
    #[schemars(rename = "ClarkLogIn")]
    pub(super) struct LogIn {
        pub(super) username: String,
        /// The account's, or an app password of it; of an account with a second factor an app password alone.
        pub(super) password: String,
    }

    #[derive(JsonSchema)]
    #[schemars(rename = "ClarkToken")]
    pub(super) struct Token {
        pub(super) token: String,
    }
}

const OK: (u16, &str, &str) = (200, "text/plain; charset=utf-8", "OK");
const BAD_TOKEN: (u16, &str, &str) = (401, HTML, "Invalid access token");
const FORBIDDEN: (u16, &str, &str) = (403, HTML, "The token is of an app password");
const LARGE: (u16, &str, &str) = (413, HTML, "Payload Too Large");
/// Where the address is confirmed before there is an account.
const CONFIRM: &str = "We sent a link to ada@example.org. Open it, then log in.";
const HELD: (u16, &str, &str) = (429, HTML, "Too Many Requests");
const BUSY: (u16, &str, &str) = (503, HTML, "Service Unavailable");

/// Describes it.
pub(super) fn describe(document: &mut Document) {
    document.lock("clark", json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }));
    document
        .call("post", "/users", TAG, "Open an account")
        .takes::<bodies::Registration>(
            KINDS,
            json!({ "username": "ada", "firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.org",
                    "password": "seven quiet otters", "organization": "Analysts" }),
        )
        .answers_as::<User>(200, "The account and its token", JSON)
        .says(&[(400, HTML, REGISTRATION), (400, TEXT, CONFIRM), (403, HTML, "Forbidden"), LARGE])
        .says(&[(420, HTML, "Email is already in use."), HELD, BUSY]);
    document
        .call("post", "/users/tokens", TAG, "Log in; a good token of the account shows that the program is known there")
        .may_be_locked("clark")
        .takes::<bodies::LogIn>(KINDS, json!({ "username": "ada", "password": "seven quiet otters" }))
        .answers_as::<User>(200, "The account and its token", JSON)
        .answers_as::<Message>(400, "Not the right name and password, or no body that makes sense", JSON)
        .says(&[(400, HTML, "Bad Request"), LARGE, HELD, BUSY]);
    document
        .call("post", "/users/{username}/tokens", TAG, "Whether a token is good and belongs to this account")
        .may_be_locked("clark")
        .takes::<bodies::Token>(KINDS, json!({ "token": "eyJ…" }))
        .says(&[OK, BAD_TOKEN, BUSY]);
    document
        .call("delete", "/users/{username}/tokens", TAG, "End every token of the account")
        .locked("clark")
        .says(&[OK, BAD_TOKEN, BUSY]);
    for (path, summary) in [
        ("/users/tokens", "Delete the account of the token"),
        ("/users/{username}", "Delete this account: the token's own, or an admin's choice"),
    ] {
        document.call("delete", path, TAG, summary).locked("clark").says(&[
            OK,
            (400, HTML, DELETION),
            BAD_TOKEN,
            FORBIDDEN,
            BUSY,
        ]);
    }
}
