//! What the RPCs answer: code and text for everything that can come of a call.

use crate::error::Error;
use crate::metrics::METRICS;
use crate::model::AccountSummary;

use super::proto;

/// The six RPCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Rpc {
    IsExist,
    Create,
    Verify,
    Info,
    UpdateUserData,
    UpdatePassword,
}

/// Why a call was not carried out.
pub(super) enum Refusal {
    /// A parameter is missing, or is nothing that can be stored.
    Parameters,
    /// What the service that this one replaces failed at.
    Broken,
    /// The use case refused.
    Account(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Account(error)
    }
}

impl Rpc {
    pub(super) const ALL: [Rpc; 6] =
        [Rpc::IsExist, Rpc::Create, Rpc::Verify, Rpc::Info, Rpc::UpdateUserData, Rpc::UpdatePassword];

    /// As it is called on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Rpc::IsExist => "IsExist",
            Rpc::Create => "Create",
            Rpc::Verify => "Verify",
            Rpc::Info => "Info",
            Rpc::UpdateUserData => "UpdateUserData",
            Rpc::UpdatePassword => "UpdatePassword",
        }
    }

    fn done(self) -> (i32, &'static str) {
        match self {
            Rpc::IsExist => (200, "An account with this username already exists."),
            Rpc::Create => (201, "User account has been created successfully."),
            Rpc::Verify => (200, "Username and password are correct."),
            Rpc::Info => (200, "User with this username exists."),
            Rpc::UpdateUserData => (200, "User data has been successfully updated."),
            Rpc::UpdatePassword => (200, "User password has been successfully updated."),
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Rpc::IsExist => "Username parameter is missing.",
            Rpc::Create => "First name, last name, username and password parameters are required.",
            Rpc::Verify | Rpc::UpdatePassword => "Username and password parameters are required.",
            Rpc::Info => "Username parameter is required.",
            Rpc::UpdateUserData => "Username, first name, last name, admin parameters are required.",
        }
    }

    fn unknown(self) -> &'static str {
        match self {
            Rpc::IsExist => "An account with this username not found.",
            Rpc::Create | Rpc::Verify | Rpc::Info | Rpc::UpdateUserData | Rpc::UpdatePassword => {
                "User with this username not found."
            }
        }
    }

    fn refused(self, refusal: Refusal) -> (i32, &'static str) {
        const BROKEN: (i32, &str) = (500, "An internal server error has occurred.");
        match refusal {
            Refusal::Parameters => (422, self.wanted()),
            Refusal::Broken => BROKEN,
            Refusal::Account(error) => match error {
                Error::Taken(_) => (409, "That username is taken. Please choose a different one."),
                // A disabled account is not told apart from a missing one here.
                Error::Credentials(_) | Error::Disabled => (401, "Incorrect username or password."),
                Error::NotFound => (404, self.unknown()),
                // The service that this one replaces knew none of these four.
                Error::Forbidden | Error::AppPassword | Error::Closed | Error::Unconfirmed(_) => {
                    (403, "This is not allowed.")
                }
                Error::LastAdmin => (403, "This is the only admin."),
                Error::TooMany(_) => (429, "Too many attempts. Please try again later."),
                Error::Busy(_) => (503, "The service is busy. Please try again later."),
                Error::Unstorable => (422, self.wanted()),
                Error::Picture(_) | Error::StorageUnavailable => BROKEN,
                Error::Internal(error) => {
                    tracing::error!(door = "grpc", rpc = self.name(), error = format!("{error:#}"), "a call failed");
                    BROKEN
                }
            },
        }
    }

    /// The answer without an account.
    pub(super) fn answer<T>(self, outcome: Result<T, Refusal>) -> proto::Response {
        let (code, message) = match outcome {
            Ok(_) => self.done(),
            Err(refusal) => self.refused(refusal),
        };
        count(self, code);
        proto::Response { code, message: message.to_owned() }
    }

    /// The answer with the account, if it was carried out.
    pub(super) fn answer_with_user(
        self,
        outcome: Result<impl Into<AccountSummary>, Refusal>,
    ) -> proto::ResponseWithUser {
        let (user, outcome) = match outcome {
            Ok(account) => (Some(describe(account.into())), Ok(())),
            Err(refusal) => (None, Err(refusal)),
        };
        proto::ResponseWithUser { status: Some(self.answer(outcome)), user }
    }
}

fn count(rpc: Rpc, code: i32) {
    METRICS.grpc_answers.with([rpc.name(), &code.to_string()]).inc();
}

/// The account as callers see it: never its password.
fn describe(account: AccountSummary) -> proto::User {
    proto::User {
        username: account.label().to_owned(),
        password: String::new(),
        first_name: account.first_name,
        last_name: account.last_name,
        admin: account.is_admin,
    }
}
