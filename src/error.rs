//! Why a use case was not carried out: one type for all of them, which each door puts into its own words.

use std::time::Duration;

use crate::limits::TooMany;
use crate::model::Field;
use crate::model::picture::PictureProblem;
use crate::store;
use crate::worker_pool::Busy;

/// When to come again while the database cannot be used.
const DATABASE_PAUSE: Duration = Duration::from_secs(2);

/// Why a use case was not carried out. Each door puts it into its own words in one exhaustive `match`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another account has this username or e-mail.
    #[error("the {0:?} is taken")]
    Taken(Field),
    /// The name or the password is not right.
    #[error("the credentials are not right")]
    Credentials(Credentials),
    /// The password is right, but an admin has switched the account off.
    #[error("the account is disabled")]
    Disabled,
    /// The caller may not do this.
    #[error("not allowed")]
    Forbidden,
    /// An app password does not allow this.
    #[error("an app password does not allow this")]
    AppPassword,
    /// There is no such account.
    #[error("no such account")]
    NotFound,
    /// The operator has closed this.
    #[error("closed by the operator")]
    Closed,
    /// It would leave no active admin.
    #[error("the only admin")]
    LastAdmin,
    /// A link is on its way to this address, which is to be confirmed before there is an account.
    #[error("the address is not confirmed")]
    Unconfirmed(String),
    /// Tried too often.
    #[error("too many tries")]
    TooMany(Duration),
    /// The workers are full.
    #[error("too busy")]
    Busy(Duration),
    /// The picture cannot be used.
    #[error("the picture cannot be used: {0:?}")]
    Picture(#[from] PictureProblem),
    /// The media store does not answer or has no room; logged already.
    #[error("the picture store does not answer")]
    StorageUnavailable,
    /// A value that neither database can hold, such as a text with NUL.
    #[error("a value that cannot be stored")]
    Unstorable,
    /// Not the caller's fault.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// What is not right about a log-in. Most doors answer both alike; one dialect must tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No account has this name.
    Unknown,
    /// The password is another.
    Password,
    /// The code of a second factor is not right or was used, where the password is known to be right.
    SecondFactor,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        match error {
            // Neither the caller nor the program is at fault: the database has more work than connections.
            sqlx::Error::PoolTimedOut => Error::Busy(DATABASE_PAUSE),
            // Whatever door it came by and whichever field it stood in: the caller's doing, and no fault of ours.
            error if store::is_unstorable(&error) => Error::Unstorable,
            error if store::is_passing(&error) => {
                tracing::warn!(%error, "the database cannot be used at the moment");
                Error::Busy(DATABASE_PAUSE)
            }
            error if store::is_pooled(&error) => {
                let advice = "behind a pooler that lends connections for a transaction, DATABASE_URL wants \
                              statement-cache-capacity=0";
                Error::Internal(anyhow::Error::new(error).context(advice))
            }
            error => Error::Internal(anyhow::Error::new(error).context("the database refused")),
        }
    }
}

impl From<Busy> for Error {
    fn from(busy: Busy) -> Error {
        Error::Busy(busy.retry_after)
    }
}

impl From<TooMany> for Error {
    fn from(limit: TooMany) -> Error {
        Error::TooMany(limit.retry_after)
    }
}
