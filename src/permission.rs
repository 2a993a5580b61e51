//! Permissions: who may change an account. Asked inside the transaction of the change.

use crate::error::Error;
use crate::model::{AccountId, Actor, Principal};
use crate::store::{self, Connection};

/// Whether the account that acts may change the account `id`: itself, an admin, or the operator. An actor with a log-in
/// that has ended meanwhile may not.
pub(crate) async fn permit(connection: &mut Connection, by: &Actor, id: AccountId) -> Result<(), Error> {
    if !by.is(id) {
        return permit_admin(connection, by).await;
    }
    if by.generation.is_none() {
        return Ok(());
    }
    match store::accounts::generation(connection, id).await? {
        Some(now) if !by.is_of(now) => Err(Error::Forbidden),
        // Of an account that is gone, the use case tells so itself.
        _ => Ok(()),
    }
}

/// Not by a token that an app password got: what logs an account in, and what cannot be taken back.
pub(crate) fn permit_in_person(by: &Actor) -> Result<(), Error> {
    if by.by_app_password { Err(Error::AppPassword) } else { Ok(()) }
}

/// Only an admin or the operator.
pub(crate) async fn permit_admin(connection: &mut Connection, by: &Actor) -> Result<(), Error> {
    permit_in_person(by)?;
    match by.who {
        Principal::Service | Principal::Operator => Ok(()),
        Principal::Anonymous => Err(Error::Forbidden),
        Principal::Account(actor) => match store::accounts::find(connection, actor).await? {
            Some(actor) if actor.is_admin && actor.is_active() && by.is_of(actor.generation) => Ok(()),
            _ => Err(Error::Forbidden),
        },
    }
}
