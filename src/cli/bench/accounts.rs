//! The accounts that the load is made with: opened before it, deleted in the end.

use std::sync::Arc;

use anyhow::anyhow;
use reqwest::StatusCode;
use tokio_util::sync::CancellationToken;

use crate::secrets::random_text;

use super::account::Account;
use super::client::{Client, Fault};
use super::work;

/// Accounts that do not exist.
pub(super) struct Accounts {
    /// What all their names begin with.
    stem: String,
    all: Vec<Arc<Account>>,
}

impl Accounts {
    pub(super) fn new() -> anyhow::Result<Accounts> {
        let stem = format!("bench-{}", random_text(10)?.to_lowercase());
        Ok(Accounts { stem, all: Vec::new() })
    }

    /// What all their names begin with.
    pub(super) fn stem(&self) -> &str {
        &self.stem
    }

    /// All that are there.
    pub(super) fn all(&self) -> &[Arc<Account>] {
        &self.all
    }

    /// Opens so many, each with a picture and a session, until it is to stop.
    pub(super) async fn open(&mut self, client: &Client, count: u16, stop: &CancellationToken) -> anyhow::Result<()> {
        // One more, which goes at once: where that is refused, there are no others to be left.
        self.open_one(client, count).await?;
        if let Some(account) = self.all.last() {
            account.delete_once(client).await.map_err(|fault| explain("a deletion", &fault))?;
            self.all.pop();
        }
        for number in 0..count {
            if stop.is_cancelled() {
                break;
            }
            self.open_one(client, number).await?;
        }
        Ok(())
    }

    async fn open_one(&mut self, client: &Client, number: u16) -> anyhow::Result<()> {
        let [_, tint] = number.to_be_bytes();
        let account = Arc::new(Account::new(format!("{}-{number}", self.stem), tint)?);
        // Before it is there: an answer that is lost may have been a good one.
        self.all.push(Arc::clone(&account));
        if let Err(fault) = account.register(client).await {
            if fault.status.is_some_and(|status| !status.is_success()) {
                self.all.pop();
            }
            return Err(explain("sign-up", &fault));
        }
        account.upload(client).await.map_err(|fault| explain("an upload", &fault))?;
        account.start_session(client).await.map_err(|fault| explain("a log-in by the page", &fault))?;
        work::page(client, &account).await.map_err(|fault| explain("the profile page", &fault))
    }

    /// Deletes them all, as far as that goes.
    ///
    /// # Errors
    /// Why the first is left of those that are.
    pub(super) async fn delete(&self, client: &Client) -> Result<(), Fault> {
        let mut done = Ok(());
        for account in &self.all {
            let deleted = account.delete(client).await;
            // Where no answer comes, none will for the others.
            let is_away = deleted.as_ref().is_err_and(|fault| fault.status.is_none());
            done = done.and(deleted);
            if is_away {
                break;
            }
        }
        done
    }
}

/// A fault before the load began, and which setting has it mended.
fn explain(what: &str, fault: &Fault) -> anyhow::Error {
    let mend = match fault.status {
        None => return anyhow!("{what} came to nothing: {fault}"),
        Some(StatusCode::SEE_OTHER | StatusCode::UNAUTHORIZED) => {
            "no second factor may be asked for (PORTICO_REQUIRE_TWO_FACTOR=off)"
        }
        Some(StatusCode::FORBIDDEN) => {
            "people must be let sign up and delete their account (PORTICO_SIGNUP=open, PORTICO_SELF_DELETE=on)"
        }
        Some(StatusCode::NOT_FOUND) => "the Django dialect must be open (PORTICO_DIALECTS=all)",
        Some(StatusCode::TOO_MANY_REQUESTS) => "limits must be off (PORTICO_RATE_LIMITS=off)",
        Some(StatusCode::BAD_REQUEST) => {
            "if addresses are confirmed first, that must be off (PORTICO_EMAIL_CONFIRM=off)"
        }
        Some(_) => return anyhow!("{what} was answered by {fault}"),
    };
    anyhow!("{what} was answered by {fault}; of a throwaway installation {mend}")
}
