//! Use cases: the audit log. Who did what to whom is written in the transaction of the change itself, whichever door it
//! came by; reading it is for admins, and for each person what is about them.

mod changes;
pub mod export;
pub mod list;
pub mod prune;
pub mod queue;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::model::audit::{Action, Entry};
use crate::model::{Account, AccountId, Actor};
use crate::store::bulk::Rows;
use crate::store::{self, Transaction};

/// Records that something was done, in the transaction that does it. `detail` is what else there is to say of it, never
/// a secret.
pub(crate) async fn record(
    tx: &mut Transaction,
    by: &Actor,
    action: Action,
    subject: Option<AccountId>,
    detail: Map<String, Value>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    store::audit::push(tx, &Entry { created_at: now, action, actor: *by, subject, detail }).await
}

/// Records what differs between an account before and after a change, and why, if a reason was given: a row for each
/// kind of thing.
pub(crate) async fn record_changes(
    tx: &mut Transaction,
    by: &Actor,
    before: &Account,
    after: &Account,
    reason: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    for (action, mut detail) in changes::between(before, after) {
        if !reason.is_empty() {
            detail.insert("reason".to_owned(), reason.into());
        }
        record(tx, by, action, Some(after.id), detail, now).await?;
    }
    Ok(())
}

/// Records that an account was opened.
pub(crate) async fn record_opened(
    tx: &mut Transaction,
    by: &Actor,
    action: Action,
    account: &Account,
) -> sqlx::Result<()> {
    record(tx, by, action, Some(account.id), changes::opened(account), account.created_at).await
}

/// Says that accounts came in from elsewhere: a row for each.
pub(crate) fn imported(by: &Actor, ids: impl Iterator<Item = AccountId>, from: &str, now: OffsetDateTime) -> Rows {
    let detail = detail("from", from.into());
    let entry =
        |id| Entry { created_at: now, action: Action::Imported, actor: *by, subject: Some(id), detail: detail.clone() };
    store::audit::rows(ids.map(entry))
}

/// The entry of a log-in, with a browser or program that calls itself `agent`.
pub(crate) fn logged_in(by: Actor, agent: &str, now: OffsetDateTime) -> Entry {
    let subject = by.who.account();
    Entry { created_at: now, action: Action::LoggedIn, actor: by, subject, detail: detail("agent", agent.into()) }
}

/// The entry of a wrong password.
pub(crate) fn wrong_password(by: Actor, id: AccountId, now: OffsetDateTime) -> Entry {
    Entry { created_at: now, action: Action::WrongPassword, actor: by, subject: Some(id), detail: Map::new() }
}

/// The entry of a right password that opens nothing, since the account has a second factor and the door asks for none.
pub(crate) fn password_alone(by: Actor, id: AccountId, now: OffsetDateTime) -> Entry {
    Entry { action: Action::PasswordAlone, ..wrong_password(by, id, now) }
}

/// Records that an account was deleted, and takes its personal data out of what was noted of it before: its id stays.
pub(crate) async fn record_deleted(
    tx: &mut Transaction,
    by: &Actor,
    id: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    store::audit::redact(tx, id).await?;
    let address = by.address.filter(|_| !by.is(id));
    record(tx, &Actor { address, ..*by }, Action::Deleted, Some(id), Map::new(), now).await
}

/// The detail of a row, with one field.
pub(crate) fn detail(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}
