//! What other services hear of: an account was made, changed or removed.

use serde_json::{Value, json};
use url::Url;

use super::{Account, AccountId};

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `user.created`
    Created,
    /// `user.updated`
    Updated,
    /// `user.deleted`
    Deleted,
}

impl EventKind {
    /// The event type on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Created => "user.created",
            EventKind::Updated => "user.updated",
            EventKind::Deleted => "user.deleted",
        }
    }
}

/// One change of one account, as it will be announced.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To whom.
    pub account: AccountId,
    /// What consumers read.
    pub body: Value,
}

impl Event {
    /// The account as it is now, made or changed. `base` is the public address that picture links start with.
    pub fn about(kind: EventKind, account: &Account, base: &Url) -> Event {
        let body = json!({
            "id": account.id.to_string(),
            "email": account.email(),
            "full_name": account.name.full,
            "profile_pic": account.picture.as_ref().map(|picture| picture.url(base)),
            "username": account.username(),
            "first_name": account.name.first,
            "last_name": account.name.last,
            "is_admin": account.is_admin,
            "status": account.status.as_str(),
            "email_verified": account.email_verified_at.is_some(),
            "two_factor": account.two_factor,
        });
        Event { kind, account: account.id, body }
    }

    /// The account is gone; only its id is told.
    pub fn deleted(id: AccountId) -> Event {
        Event { kind: EventKind::Deleted, account: id, body: json!({ "id": id.to_string() }) }
    }
}
