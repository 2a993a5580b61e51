//! Use cases: everything that can be done to an account, with its rules, permissions, transactions and
//! events. No HTTP, no HTML.

pub mod admins;
pub mod change;
pub mod data;
pub mod devices;
pub mod expire;
pub mod find;
pub mod invites;
pub mod legacy_hashes;
pub mod manage;
pub mod password;
pub mod password_link;
pub mod register;
pub mod remove;
pub mod search;
pub mod setup;
pub mod status;
mod taken;

use std::net::IpAddr;
use std::time::Duration;

use crate::app::App;
use crate::audit;
use crate::limits::{Rule, TooMany};
use crate::logins::device::DeviceProof;
use crate::model::picture::PictureProblem;
use crate::model::{Account, AccountId, Actor, Event, EventKind, Field, Who};
use crate::store::{self, Tx};
use crate::threads::Busy;

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
    /// Whoever asks may not do this.
    #[error("not allowed")]
    Forbidden,
    /// There is no such account.
    #[error("no such account")]
    NotFound,
    /// The operator has closed this.
    #[error("closed by the operator")]
    Closed,
    /// It would leave nobody who can administer.
    #[error("the only admin")]
    LastAdmin,
    /// Tried too often.
    #[error("too many tries")]
    TooMany(Duration),
    /// The workers are full.
    #[error("too busy")]
    Busy(Duration),
    /// The picture cannot be used.
    #[error("the picture cannot be used: {0:?}")]
    Picture(PictureProblem),
    /// The media store does not answer or has no room; logged already.
    #[error("the picture store does not answer")]
    Unstored,
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
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        match error {
            // Nobody has done wrong and nothing is broken: the database has more work than connections.
            sqlx::Error::PoolTimedOut => Error::Busy(Duration::from_secs(2)),
            // Whatever door it came by and whichever field it stood in: the caller's doing, and no fault of ours.
            error if store::is_unstorable(&error) => Error::Unstorable,
            error if store::is_locked(&error) => Error::Busy(Duration::from_secs(2)),
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

/// Where a request comes from, for limits and the list of devices.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The address of the client itself, not of a proxy.
    pub address: IpAddr,
    /// What it shows to be a device that an account is known on.
    pub device: Option<DeviceProof>,
}

/// Whether the account that acts may change the account `id`: itself, an admin, or the operator. Whoever acts by a log-in
/// that has ended meanwhile may not.
pub(crate) async fn permit(tx: &mut Tx, by: &Actor, id: AccountId) -> Result<(), Error> {
    if !by.is(id) {
        return permit_admin(tx, by).await;
    }
    if by.generation.is_none() {
        return Ok(());
    }
    match store::accounts::generation(tx, id).await? {
        Some(now) if !by.is_of(now) => Err(Error::Forbidden),
        // Of an account that is gone, the use case tells so itself.
        _ => Ok(()),
    }
}

/// Only an admin or the operator.
pub(crate) async fn permit_admin(tx: &mut Tx, by: &Actor) -> Result<(), Error> {
    match by.who {
        Who::Service | Who::Operator => Ok(()),
        Who::Stranger => Err(Error::Forbidden),
        Who::Account(actor) => match store::accounts::find(tx, actor).await? {
            Some(actor) if actor.is_admin && actor.is_active() && by.is_of(actor.generation) => Ok(()),
            _ => Err(Error::Forbidden),
        },
    }
}

/// Counts a change. What people change of their own accounts is limited, since each change leaves rows in the audit log and in
/// the outbox that nobody can take away.
pub(crate) async fn count_change(app: &App, by: &Actor, id: AccountId) -> Result<(), Error> {
    if by.is(id) {
        app.limits().count(Rule::Change, &id.to_string()).await?;
    }
    Ok(())
}

/// The transaction of a change, which is counted first: the transaction waits for nothing else than the database.
pub(crate) async fn begin_change(app: &App, by: &Actor, id: AccountId) -> Result<Tx, Error> {
    count_change(app, by, id).await?;
    Ok(app.db().write().await?)
}

/// Writes a changed account, what the audit log tells of the change, and the event; nothing where nothing is changed. Names
/// that others have are told apart from faults.
pub(crate) async fn save(
    app: &App,
    tx: &mut Tx,
    by: &Actor,
    before: &Account,
    account: &mut Account,
) -> Result<(), Error> {
    save_because(app, tx, by, before, account, "").await
}

/// The same, for a reason that stands in the audit log, or none.
pub(crate) async fn save_because(
    app: &App,
    tx: &mut Tx,
    by: &Actor,
    before: &Account,
    account: &mut Account,
    reason: &str,
) -> Result<(), Error> {
    if account == before {
        return Ok(());
    }
    record(app, tx, by, before, account, reason).await?;
    announce(app, tx, EventKind::Updated, account).await
}

/// The same without the event, where more follows that is one change with this. There is always an admin left who can log in.
async fn record(
    app: &App,
    tx: &mut Tx,
    by: &Actor,
    before: &Account,
    account: &mut Account,
    reason: &str,
) -> Result<(), Error> {
    if !(account.is_admin && account.is_active()) {
        admins::keep_one(tx, before).await?;
    }
    account.updated_at = app.now();
    if !store::accounts::update(tx, account).await.map_err(taken)? {
        return Err(Error::NotFound);
    }
    if account.is_admin && !before.is_admin {
        setup::withdraw(tx).await?;
    }
    Ok(audit::note_changes(tx, by, before, account, reason, account.updated_at).await?)
}

/// Puts the event about an account into the outbox, inside the transaction of the change.
pub(crate) async fn announce(app: &App, tx: &mut Tx, kind: EventKind, account: &Account) -> Result<(), Error> {
    store::events::push(tx, &Event::about(kind, account, app.public_url()), app.now()).await?;
    Ok(())
}

/// Which name another account has, if that is what the database says.
pub(crate) fn taken(error: sqlx::Error) -> Error {
    if store::is_taken(&error, "accounts", "username_key") || store::is_taken(&error, "accounts", "username_skeleton") {
        Error::Taken(Field::Username)
    } else if store::is_taken(&error, "accounts", "email_key") {
        Error::Taken(Field::Email)
    } else {
        error.into()
    }
}
