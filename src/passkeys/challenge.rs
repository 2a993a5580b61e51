//! Challenges that nothing is kept of until they are answered: when they end, a nonce, and a MAC over both and over what
//! they are for. Pages that carry one write nothing; the nonce of one that was answered is kept until it would have ended.

use std::time::Duration;

use portico_webauthn::UserVerification;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::secrets::random_token;

/// How long a challenge may be answered. Pages renew theirs while they are open.
pub const LIFETIME: Duration = Duration::from_secs(600);

const NONCE: usize = 16;
const LENGTH: usize = 8 + NONCE + 32;

/// What a challenge is for: an answer to one is none to another.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// Logging in: in the browser with this cookie.
    LogIn {
        /// The cookie's value.
        browser: &'a str,
    },
    /// Adding a passkey to an account.
    Add {
        /// The account.
        account: AccountId,
        /// The handle of the session in which it is added.
        session: &'a [u8],
    },
    /// The second step of a log-in.
    SecondStep {
        /// The account.
        account: AccountId,
        /// What the cookie of the step carries.
        token: &'a str,
    },
    /// Proving again that it is oneself.
    Reauthentication {
        /// The account.
        account: AccountId,
        /// The handle of the session.
        session: &'a [u8],
    },
    /// Making the passkey of an account that is to be opened: in the browser with this cookie.
    SignUp {
        /// The cookie's value.
        browser: &'a str,
    },
    /// Proving, where a mailed link was opened, that one has signed up with it.
    Confirmation {
        /// The account, where there is one already.
        account: Option<AccountId>,
        /// The token of the link.
        token: &'a str,
    },
    /// The second factor beside a link that sets a password.
    PasswordReset {
        /// The account.
        account: AccountId,
        /// The token of the link.
        token: &'a str,
    },
    /// Proving, beside a link that takes a change of the address back, that one was there before it.
    EmailUndo {
        /// The account.
        account: AccountId,
        /// The token of the link.
        token: &'a str,
    },
}

impl Purpose<'_> {
    /// Whether an answer has to come from who is known to the authenticator, rather than from who holds it: where it stands
    /// alone.
    pub(crate) fn user_verification(self) -> UserVerification {
        match self {
            Purpose::LogIn { .. }
            | Purpose::Reauthentication { .. }
            | Purpose::SignUp { .. }
            | Purpose::Confirmation { .. }
            | Purpose::EmailUndo { .. } => UserVerification::Required,
            Purpose::SecondStep { .. } | Purpose::Add { .. } | Purpose::PasswordReset { .. } => {
                UserVerification::Preferred
            }
        }
    }

    /// The account, where it is known beforehand.
    pub(crate) fn account(self) -> Option<AccountId> {
        match self {
            Purpose::LogIn { .. } | Purpose::SignUp { .. } => None,
            Purpose::Confirmation { account, .. } => account,
            Purpose::Add { account, .. }
            | Purpose::SecondStep { account, .. }
            | Purpose::Reauthentication { account, .. }
            | Purpose::PasswordReset { account, .. }
            | Purpose::EmailUndo { account, .. } => Some(account),
        }
    }

    /// What the MAC is over, beside the challenge.
    fn bytes(self) -> Vec<u8> {
        let (number, bound) = match self {
            Purpose::LogIn { browser } => (1, browser.as_bytes()),
            Purpose::Add { session, .. } => (2, session),
            Purpose::SecondStep { token, .. } => (3, token.as_bytes()),
            Purpose::Reauthentication { session, .. } => (4, session),
            Purpose::SignUp { browser } => (5, browser.as_bytes()),
            Purpose::Confirmation { token, .. } => (6, token.as_bytes()),
            Purpose::PasswordReset { token, .. } => (7, token.as_bytes()),
            Purpose::EmailUndo { token, .. } => (8, token.as_bytes()),
        };
        let account = self.account().map_or([0; 16], |account| account.0.into_bytes());
        [&[number], account.as_slice(), bound].concat()
    }

    fn mac(self, app: &App, head: &[u8]) -> [u8; 32] {
        app.sign("passkey challenge", &[head, &self.bytes()].concat())
    }
}

/// What is wrong with a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It was given, and is too old.
    Expired,
    /// It was not given, or for something else.
    Foreign,
}

/// A challenge that may be answered, unless it was before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) nonce: [u8; NONCE],
    pub(crate) expires_at: OffsetDateTime,
}

/// What the challenges of the log-in pages in one browser are bound to.
pub fn browser_token() -> String {
    random_token()
}

/// Gives a challenge.
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn issue(app: &App, purpose: Purpose<'_>) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| Error::Internal(anyhow::anyhow!("no random bytes: {error}")))?;
    let expires = (app.now() + LIFETIME).unix_timestamp().to_be_bytes();
    let head = [expires.as_slice(), &nonce].concat();
    let mac = purpose.mac(app, &head);
    Ok([head.as_slice(), &mac].concat())
}

/// What tells a challenge that was given from all others.
pub(crate) fn nonce(challenge: &[u8]) -> &[u8] {
    challenge.get(8..8 + NONCE).unwrap_or_default()
}

/// Looks at a challenge that is said to be answered.
pub(crate) fn check(app: &App, purpose: Purpose<'_>, challenge: &[u8]) -> Result<Given, Bad> {
    let challenge: &[u8; LENGTH] = challenge.try_into().map_err(|_| Bad::Foreign)?;
    let (head, mac) = challenge.split_at(8 + NONCE);
    if !bool::from(purpose.mac(app, head).ct_eq(mac)) {
        return Err(Bad::Foreign);
    }
    let (expires, nonce) = head.split_first_chunk().ok_or(Bad::Foreign)?;
    let expires_at = OffsetDateTime::from_unix_timestamp(i64::from_be_bytes(*expires)).map_err(|_| Bad::Foreign)?;
    if expires_at <= app.now() {
        return Err(Bad::Expired);
    }
    Ok(Given { nonce: nonce.try_into().map_err(|_| Bad::Foreign)?, expires_at })
}
