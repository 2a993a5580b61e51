//! The accounts whose avatars are asked for.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::model::Account;
use crate::model::avatar::AvatarSubject;
use crate::store::read_through::{Look, ReadThrough};
use crate::store::{Db, former_usernames};

use super::find::{find, find_by_email_md5, find_by_email_sha256};

/// Finds the accounts of avatars, of which a page of an application shows many.
#[derive(Debug)]
pub struct Avatars {
    db: Db,
    /// With when it was read. What is not there is kept like what is: who waits longer for the one than for the other finds
    /// out which accounts there are.
    kept: ReadThrough<AvatarSubject, (OffsetDateTime, Option<Arc<Account>>)>,
}

impl Avatars {
    /// Begins to read with the first question.
    pub fn new(db: Db) -> Avatars {
        Avatars { kept: ReadThrough::new(db.clone()), db }
    }

    /// The account that is named.
    pub async fn account(&self, who: &AvatarSubject, now: OffsetDateTime) -> sqlx::Result<Option<Arc<Account>>> {
        // A username that an account has no more leads to it for a while.
        let is_current = |(read_at, _): &(_, _)| *read_at == now || !matches!(who, AvatarSubject::Username(_));
        let (_, account) = match self.kept.look(who.clone(), is_current) {
            Look::Kept(found) => found,
            Look::Absent(place) => place.fill((now, self.read(who, now).await?.map(Arc::new))),
        };
        Ok(account)
    }

    async fn read(&self, who: &AvatarSubject, now: OffsetDateTime) -> sqlx::Result<Option<Account>> {
        let mut connection = self.db.read().await?;
        match who {
            AvatarSubject::Id(id) => find(&mut connection, *id).await,
            AvatarSubject::Username(keys) => former_usernames::find_account(&mut connection, keys, now).await,
            AvatarSubject::Md5(hash) => find_by_email_md5(&mut connection, hash).await,
            AvatarSubject::Sha256(hash) => find_by_email_sha256(&mut connection, hash).await,
        }
    }
}
