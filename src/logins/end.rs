//! Ending everything that an account is logged in with.

use crate::app::App;
use crate::error::Error;
use crate::model::Account;
use crate::store::{self, Transaction};
use crate::tokens::revoked::Notices;

use super::session::SessionId;

/// Log-ins that a use case has ended, and the account as it is then.
#[derive(Debug)]
pub struct Ended {
    /// How many sessions and log-ins of programs.
    pub count: u64,
    /// The account, of its new generation.
    pub account: Account,
    /// The id that the session that was kept has now.
    pub kept: Option<SessionId>,
    notices: Notices,
}

impl Ended {
    /// Tells the replicas, for what the transaction that has been committed did.
    pub(crate) async fn tell(&mut self, app: &App) {
        std::mem::take(&mut self.notices).send(app).await;
    }
}

/// Begins the next generation of an account that this transaction holds: every session, token, link, known device and
/// proof under way of an older one is good no more. The session with the handle `keep` goes along, under a new id.
///
/// That rows are removed is tidying: one that is written later, by what was under way, is of the old generation.
///
/// # Errors
/// The database's.
pub(crate) async fn everything(
    app: &App,
    tx: &mut Transaction,
    held: &Account,
    keep: Option<&[u8]>,
) -> Result<Ended, Error> {
    let (id, now, new) = (held.id, app.now(), SessionId::random());
    let kept = match keep {
        Some(handle) => store::sessions::keep(tx, id, handle, &new.key(), held.generation, now).await?,
        None => false,
    };
    let generation = store::accounts::next_generation(tx, id, now).await?;
    let sessions = store::sessions::delete_older(tx, id, generation).await?;
    let families = store::tokens::delete_older(tx, id, generation).await?;
    store::app_passwords::delete_older(tx, id, generation).await?;
    store::links::replace_of(tx, store::links::PASSWORD, id).await?;
    let count = sessions + families.len() as u64;
    let mut notices = Notices::default();
    families.into_iter().for_each(|(family, expires_at)| notices.ended(family, expires_at));
    Ok(Ended { count, account: Account { generation, ..held.clone() }, kept: kept.then_some(new), notices })
}
