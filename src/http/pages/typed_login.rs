//! The name that stands, hidden, beside a password in forms of users who have logged in, for password managers: the one
//! that they saved the password under. With another name they would save a second entry, and keep the old password in
//! the first.

use crate::http::page_error::PageError;
use crate::http::sessions::{Current, Data};
use crate::model::Account;

const KEY: &str = "login";

/// Keeps what a user typed when they logged in.
pub(super) fn keep(data: &mut Data, typed: &str) {
    data.insert(KEY.to_owned(), typed.into());
}

/// What this user typed when they logged in, while it is a name of the account; else what a sign-up is saved under.
pub(super) async fn of(session: &Current, account: &Account) -> Result<String, PageError> {
    let typed: Option<String> = session.data().get(KEY).await?;
    Ok(typed.filter(|typed| account.has_login(typed.trim())).unwrap_or_else(|| account.login().to_owned()))
}
