//! Use cases: everything that can be done to an account, with its rules, permissions, transactions and
//! events. No HTTP, no HTML.

pub mod admins;
pub mod app_passwords;
pub mod change;
pub mod confirm;
pub mod devices;
pub mod email_change;
pub mod email_links;
pub mod email_undo;
pub mod expire;
pub mod insert;
pub mod invites;
pub mod legacy_hashes;
pub mod manage;
pub mod passkeys;
pub mod password;
pub mod password_reset;
pub mod pending;
pub mod register;
pub mod registration;
pub mod remove;
pub mod search;
pub mod setup;
pub mod status;
mod taken;
pub mod two_factor;

use std::time::Duration;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::limits::Rule;
use crate::mails::{self, Detail, Purpose};
use crate::model::picture::Picture;
use crate::model::{Account, AccountId, Actor, Event, EventKind, Field, Username};
use crate::permission::permit;
use crate::store::{self, Transaction};

pub use crate::store::links::LinkState;

/// The proof that a change was counted, without which none begins: see [`count_change`].
pub(crate) struct Counted(());

/// Counts a change, before anything is done for it, hashing included. What people change of their own accounts is
/// limited, since each change leaves rows in the audit log and in the outbox that no later step can undo.
///
/// # Errors
/// [`Error::TooMany`].
pub(crate) async fn count_change(app: &App, by: &Actor, id: AccountId) -> Result<Counted, Error> {
    if by.is(id) {
        app.limits().count(Rule::Change, &id.to_string()).await?;
    }
    Ok(Counted(()))
}

/// [`count_change`] for another password, by a user who has shown the present one: it has a count of its own, since it puts
/// out the thief who has used up the other.
///
/// # Errors
/// [`Error::TooMany`].
async fn count_change_of_password(app: &App, by: &Actor, id: AccountId) -> Result<Counted, Error> {
    if by.is(id) {
        app.limits().count(Rule::Change, &format!("{id} password")).await?;
    }
    Ok(Counted(()))
}

/// Counts a draft that is kept with a log-in.
///
/// # Errors
/// [`Error::TooMany`].
pub async fn count_draft(app: &App, id: AccountId) -> Result<(), Error> {
    app.limits().count(Rule::Draft, &id.to_string()).await?;
    Ok(())
}

/// The transaction of an act on an account, which holds it: nothing else changes it before the act is done or given up,
/// so that the actor's permission, which is asked for here, lasts as long.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
async fn hold(app: &App, by: &Actor, id: AccountId, _: Counted) -> Result<(Transaction, Account), Error> {
    let mut tx = app.db().begin().await?;
    let held = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    Ok((tx, held))
}

/// [`hold`] to end or remove what was counted as it was begun or added, so that there is no more of it than of that: no
/// thief who has used up the changes keeps the owner from it.
///
/// # Errors
/// Those of [`hold`].
async fn hold_to_end(app: &App, by: &Actor, id: AccountId) -> Result<(Transaction, Account), Error> {
    hold(app, by, id, Counted(())).await
}

/// [`hold`] for a change, which is counted first: the transaction waits for nothing else than the database.
///
/// # Errors
/// [`Error::TooMany`], and those of [`hold`].
async fn hold_for_change(app: &App, by: &Actor, id: AccountId) -> Result<(Transaction, Account), Error> {
    let counted = count_change(app, by, id).await?;
    hold(app, by, id, counted).await
}

/// Writes a changed account, what the audit log tells of the change, and the event; nothing where nothing is changed.
/// Names that others have are told apart from faults.
pub(crate) async fn save(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    before: &Account,
    account: &mut Account,
) -> Result<(), Error> {
    save_because(app, tx, by, before, account, "").await
}

/// The same, for a reason that stands in the audit log, or none.
pub(crate) async fn save_because(
    app: &App,
    tx: &mut Transaction,
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

/// The same without the event, where more follows that is one change with this. There is always an admin left who can
/// log in.
async fn record(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    before: &Account,
    account: &mut Account,
    reason: &str,
) -> Result<(), Error> {
    if !(account.is_admin && account.is_active()) {
        admins::ensure_an_admin_remains(tx, before).await?;
    }
    account.updated_at = app.now();
    if !write(tx, before, account).await? {
        return Err(Error::NotFound);
    }
    if account.is_admin && !before.is_admin {
        admins::withdraw_link(tx).await?;
    }
    if account.is_admin != before.is_admin {
        let purpose = if account.is_admin { Purpose::RoleGiven } else { Purpose::RoleTaken };
        mails::notify(app, tx, purpose, before, Detail::default()).await?;
    }
    keep_former_username(tx, before, account).await?;
    // From now on the account is not that of the reader of the mailbox that it was signed up with.
    if account.email_verified_at != before.email_verified_at || account.email != before.email {
        store::passkeys::confirm(tx, account.id).await?;
    }
    // Tokens of the replaced services may name an account by this alone: those from before mean the account that had
    // the name then.
    if account.label() != before.label() {
        store::accounts::end_foreign_tokens(tx, account.id, account.updated_at).await?;
    }
    Ok(audit::record_changes(tx, by, before, account, reason, account.updated_at).await?)
}

/// Writes what differs. Another picture by itself makes no form outdated that an admin has open: it holds none. False
/// when the account is gone.
async fn write(tx: &mut Transaction, before: &Account, account: &Account) -> Result<bool, Error> {
    let (old, now) = (&before.picture, account.updated_at);
    let is_there = account.picture == *old || write_picture(tx, old.as_ref(), account).await?;
    let rest = Account { picture: old.clone(), ..account.clone() };
    if !is_there || rest == (Account { updated_at: now, ..before.clone() }) {
        return Ok(is_there);
    }
    store::accounts::update(tx, account).await.map_err(taken)
}

/// Writes another picture, or none. The address of the one before leads to it for a while.
async fn write_picture(tx: &mut Transaction, old: Option<&Picture>, account: &Account) -> Result<bool, Error> {
    let (id, now) = (account.id, account.updated_at);
    match (old, &account.picture) {
        (Some(old), Some(_)) => store::former_pictures::insert(tx, &old.key, id, now).await?,
        // A person who wants a picture gone wants it gone by all its addresses.
        (_, None) => store::former_pictures::clear_of(tx, id).await?,
        (None, Some(_)) => {}
    }
    Ok(store::accounts::set_picture(tx, id, account.picture.as_ref(), now).await?)
}

/// For so long a name that was given up is kept from others, and its addresses lead on.
const FORMER_USERNAME_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Keeps the username that a change gives up. In another letter case it is the same one.
async fn keep_former_username(tx: &mut Transaction, before: &Account, account: &Account) -> sqlx::Result<()> {
    match (&before.username, &account.username) {
        (Some(given_up), taken) if taken.as_ref().map(Username::key) != Some(given_up.key()) => {
            let until = account.updated_at + FORMER_USERNAME_KEPT;
            store::former_usernames::keep(tx, account.id, given_up, taken.as_ref(), until).await
        }
        _ => Ok(()),
    }
}

/// Puts the event about an account into the outbox, inside the transaction of the change.
async fn announce(app: &App, tx: &mut Transaction, kind: EventKind, account: &Account) -> Result<(), Error> {
    store::events::push(tx, &Event::about(kind, account, app.public_url()), app.now()).await?;
    Ok(())
}

/// Which name another account has, if that is what the database says.
pub(crate) fn taken(error: sqlx::Error) -> Error {
    let username = ["username_key", "username_skeleton", "username_key_skeleton"];
    if username.iter().any(|column| store::is_taken(&error, "accounts", column)) {
        Error::Taken(Field::Username)
    } else if store::is_taken(&error, "accounts", "email_key") {
        Error::Taken(Field::Email)
    } else {
        error.into()
    }
}
