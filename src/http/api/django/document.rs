//! The Django dialect as its OpenAPI document tells it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::json;

use super::answers::{LoggedIn, LoggedInData, Refreshed, Tokens, User};
use super::refusal::{Detail, Texts};
use crate::http::api::openapi::Document;

const TAG: &str = "Django dialect";
const KINDS: &[&str] = &["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

/// What is wrong with each field.
type Fields = BTreeMap<String, Texts>;

#[expect(dead_code, reason = "bodies are read field by field, each with texts of its own; this is their shape")]
mod bodies {
    use super::JsonSchema;

    #[derive(JsonSchema)]
    #[schemars(rename = "DjangoRegistration")]
    pub(super) struct Registration {
        pub(super) email: String,
        pub(super) full_name: String,
        pub(super) password: String,
    }

    #[derive(JsonSchema)]
    #[schemars(rename = "DjangoLogIn")]
    pub(super) struct LogIn {
        pub(super) email: String,
        /// The account's, or an app password of it; of an account with a second factor an app password alone.
        pub(super) password: String,
    }

    #[derive(JsonSchema)]
    #[schemars(rename = "DjangoRefresh")]
    pub(super) struct Refresh {
        pub(super) refresh: String,
    }

    /// Any of them; `profile_pic` is a file in a multipart form, or `null` to remove the picture.
    #[derive(JsonSchema)]
    #[schemars(rename = "DjangoUpdate")]
    pub(super) struct Update {
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) email: Option<String>,
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) full_name: Option<String>,
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) password: Option<String>,
        /// The password that the account has: refused when it is another, not asked for when it is left out.
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) current_password: Option<String>,
        #[schemars(skip_serializing_if = "Option::is_none")]
        pub(super) profile_pic: Option<String>,
    }
}

const UNREADABLE: &[(u16, &str)] = &[
    (408, "The body came too slowly"),
    (413, "The body is too large; what is wrong with the field where it is a file"),
    (415, "The body is of no type that is read"),
];
const BUSY: &[(u16, &str)] = &[(503, "Too much to do; come again")];
const HELD: &[(u16, &str)] = &[(429, "Too many tries"), (503, "Too much to do; come again")];
const REGISTRATION: &str =
    "What is wrong with the body or its fields; where addresses are confirmed first, at `email` that a link was sent";
const BAD_TOKEN: &[(u16, &str)] = &[(401, "No token, or one that is not good")];

/// What a body without sense is told, and what fields without sense are told.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "DjangoBadRequest")]
#[expect(dead_code, reason = "the two shapes of one status")]
enum Bad {
    Fields(Fields),
    Body(Detail<'static>),
}

/// Describes it.
pub(super) fn describe(document: &mut Document) {
    let lock = json!({
        "type": "apiKey", "in": "header", "name": "Authorization",
        "description": "`JWT`, a space, and the access token.",
    });
    document.lock("django", lock);
    for (base, is_newer) in [("/api/users", true), ("/api/user", false)] {
        describe_register(document, base, is_newer);
        describe_login(document, base, is_newer);
        describe_refresh(document, base, is_newer);
        describe_own(document, base);
        describe_media(document, base);
    }
    describe_users(document);
}

fn describe_register(document: &mut Document, base: &str, is_newer: bool) {
    let call = document
        .call("post", &format!("{base}/register"), TAG, "Open an account")
        .may_be_locked("django")
        .takes::<bodies::Registration>(
            KINDS,
            json!({ "email": "ada@example.org", "full_name": "Ada Lovelace", "password": "seven quiet otters" }),
        )
        .answers::<Bad>(400, REGISTRATION)
        .refuses::<Detail<'static>>(BAD_TOKEN)
        .refuses::<Detail<'static>>(&[(403, "Sign-up is closed")])
        .refuses::<Detail<'static>>(UNREADABLE)
        .refuses::<Detail<'static>>(HELD);
    if is_newer {
        call.answers::<Tokens>(200, "Tokens of the new account");
    } else {
        call.answers::<User>(201, "The new account");
    }
}

fn describe_login(document: &mut Document, base: &str, is_newer: bool) {
    let call = document
        .call("post", &format!("{base}/login"), TAG, "Log in")
        .may_be_locked("django")
        .takes::<bodies::LogIn>(KINDS, json!({ "email": "ada@example.org", "password": "seven quiet otters" }))
        .answers::<Bad>(400, "Not the right e-mail and password, or no body that makes sense")
        .refuses::<Detail<'static>>(BAD_TOKEN)
        .refuses::<Detail<'static>>(&[(403, "A token of an app password changes neither e-mail nor password")])
        .refuses::<Detail<'static>>(UNREADABLE)
        .refuses::<Detail<'static>>(HELD);
    if is_newer {
        call.answers::<LoggedIn>(200, "Tokens and the account");
    } else {
        call.answers::<LoggedInData>(200, "Tokens and the account");
    }
}

fn describe_refresh(document: &mut Document, base: &str, is_newer: bool) {
    document
        .call("post", &format!("{base}/refresh"), TAG, "Get the next tokens; each refresh token works once")
        .takes::<bodies::Refresh>(KINDS, json!({ "refresh": "eyJ…" }))
        .answers::<Refreshed>(if is_newer { 201 } else { 200 }, "The next tokens")
        .answers::<Bad>(400, "What is wrong with the body")
        .refuses::<Detail<'static>>(&[(401, "A token that is not good, or was used before")])
        .refuses::<Detail<'static>>(UNREADABLE)
        .refuses::<Detail<'static>>(BUSY);
}

fn describe_own(document: &mut Document, base: &str) {
    document
        .call("get", &format!("{base}/me"), TAG, "Who the token belongs to")
        .locked("django")
        .answers::<User>(200, "The account")
        .refuses::<Detail<'static>>(BAD_TOKEN)
        .refuses::<Detail<'static>>(BUSY);
    document
        .call("put", &format!("{base}/update"), TAG, "Change some of it; another password ends every token")
        .locked("django")
        .takes::<bodies::Update>(KINDS, json!({ "full_name": "Ada King" }))
        .answers::<User>(200, "The account as it is now")
        .answers::<Bad>(400, "What is wrong with the body or its fields")
        .refuses::<Detail<'static>>(BAD_TOKEN)
        .refuses::<Detail<'static>>(&[(403, "A token of an app password changes neither e-mail nor password")])
        .refuses::<Detail<'static>>(UNREADABLE)
        .refuses::<Detail<'static>>(HELD);
}

fn describe_media(document: &mut Document, base: &str) {
    document
        .call("get", &format!("{base}/media/{{file}}"), TAG, "A picture by the link of an older deployment")
        .empty(404, "No account of this name has a picture")
        .says(&[(200, "image/jpeg", "The picture")]);
}

fn describe_users(document: &mut Document) {
    document
        .call("get", "/api/users/{id}", TAG, "An account; its e-mail is shown to itself and to admins")
        .may_be_locked("django")
        .answers::<User>(200, "The account")
        .refuses::<Detail<'static>>(BAD_TOKEN)
        .refuses::<Detail<'static>>(&[(404, "No such account")])
        .refuses::<Detail<'static>>(BUSY);
    document
        .call("delete", "/api/users/{id}", TAG, "Delete the account of the token; admins delete any account")
        .locked("django")
        .empty(204, "Deleted")
        .refuses::<Detail<'static>>(BAD_TOKEN)
        .refuses::<Detail<'static>>(&[
            (403, "Another user's, or the token is of an app password"),
            (404, "No such account"),
        ])
        .refuses::<Detail<'static>>(BUSY);
}
