//! The proof of a log-in: which account, how, and when. It is what sessions are started and tokens are issued
//! for.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::error::{Credentials, Error};
use crate::model::{Account, AccountId, Generation};
use crate::store;

/// An authenticated user: which account, how, when, and at which generation of it. Only the use cases make
/// one. The right password of an account with a second factor makes a
/// [`Proved`](crate::logins::second_step::Proved) instead, from which only the second step leads here.
#[derive(Clone, Debug)]
pub struct Authenticated {
    account: Account,
    method: Method,
    at: OffsetDateTime,
    app_password: Option<AppPassword>,
}

/// The app password that proved it.
#[derive(Clone, Debug)]
pub struct AppPassword {
    /// Its id.
    pub id: Uuid,
    /// What its owner calls it.
    pub label: String,
}

/// The authentication method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By the account's password, given or just chosen.
    Password,
    /// By the password and a code: of an authenticator app, or a recovery code.
    PasswordAndCode,
    /// By a passkey that has verified who used it.
    Passkey,
    /// By the password and a security key that has not.
    PasswordAndKey,
    /// By a password that was made for one program, and opens no page.
    AppPassword,
}

impl Method {
    /// The values of `amr` (RFC 8176), with spaces between them.
    pub fn amr(self) -> &'static str {
        match self {
            Method::Password | Method::AppPassword => "pwd",
            Method::PasswordAndCode => "pwd otp mfa",
            Method::Passkey => "pop user mfa",
            Method::PasswordAndKey => "pwd pop user mfa",
        }
    }
}

/// Whether what [`Method::amr`] gave tells of more than one factor.
pub(crate) fn is_multi_factor(amr: &str) -> bool {
    amr.split(' ').any(|value| value == "mfa")
}

impl Authenticated {
    pub(crate) fn by_password(app: &App, account: Account) -> Authenticated {
        Authenticated { account, method: Method::Password, at: app.now(), app_password: None }
    }

    pub(crate) fn by_code(app: &App, account: Account) -> Authenticated {
        Authenticated { account, method: Method::PasswordAndCode, at: app.now(), app_password: None }
    }

    pub(crate) fn by_app_password(app: &App, account: Account, used: AppPassword) -> Authenticated {
        Authenticated { account, method: Method::AppPassword, at: app.now(), app_password: Some(used) }
    }

    /// The app password that was given in place of the password, if one was.
    pub fn app_password(&self) -> Option<&AppPassword> {
        self.app_password.as_ref()
    }

    pub(crate) fn by_passkey(app: &App, account: Account) -> Authenticated {
        Authenticated { account, method: Method::Passkey, at: app.now(), app_password: None }
    }

    pub(crate) fn by_password_and_key(app: &App, account: Account) -> Authenticated {
        Authenticated { account, method: Method::PasswordAndKey, at: app.now(), app_password: None }
    }

    /// The account, as it was when the proof was given.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// How the proof was given.
    pub fn method(&self) -> Method {
        self.method
    }

    /// When it was given (`auth_time`).
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// The generation of the account that it is good for.
    pub fn generation(&self) -> Generation {
        self.account.generation
    }
}

/// Why a log-in comes to nothing at the last moment: its account is not what it was when the proof was given.
pub(crate) async fn refusal(app: &App, id: AccountId) -> Error {
    let found = async {
        let mut connection = app.db().read().await?;
        store::accounts::find(&mut connection, id).await
    };
    match found.await {
        Ok(Some(account)) if account.is_active() => Error::Credentials(Credentials::Password),
        Ok(Some(_)) => Error::Disabled,
        Ok(None) => Error::Credentials(Credentials::Unknown),
        Err(error) => error.into(),
    }
}
