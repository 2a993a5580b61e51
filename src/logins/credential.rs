//! Counting log-ins by what the account was logged in to with: right ones leave rows, and are limited like wrong ones.

use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::limits::{Rule, address_key};
use crate::model::client::DeviceId;
use crate::model::{AccountId, Client};

/// By what an account is logged in to. Each has counts of its own: who has one of them keeps out no owner who has
/// another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Credential {
    /// Its password, from a client that it is not known on.
    Password,
    /// Its password, in a known browser or program.
    KnownDevice(DeviceId),
    /// Its password and a second factor.
    SecondFactor,
    /// An app password.
    AppPassword(Uuid),
    /// A passkey.
    Passkey,
}

impl Credential {
    fn key(self, id: AccountId) -> String {
        match self {
            Credential::Password => id.to_string(),
            Credential::KnownDevice(device) => format!("{id} device {device}"),
            Credential::SecondFactor => format!("{id} second factor"),
            Credential::AppPassword(app_password) => format!("{id} app password {app_password}"),
            Credential::Passkey => format!("{id} passkey"),
        }
    }

    fn pair(self, id: AccountId, client: Client) -> String {
        format!("{} {}", self.key(id), address_key(client.address))
    }

    /// Asks, before the work, whether one more log-in from this address would be counted.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub(super) async fn check(self, app: &App, id: AccountId, client: Client) -> Result<(), Error> {
        Ok(app.limits().check(Rule::LogInPair, &self.pair(id, client)).await?)
    }

    /// Counts a log-in: each leaves a row or two.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub(super) async fn count(self, app: &App, id: AccountId, client: Client) -> Result<(), Error> {
        let limits = app.limits();
        limits.count(Rule::LogInPair, &self.pair(id, client)).await?;
        limits.count(Rule::LogInAccount, &self.key(id)).await?;
        limits.count(Rule::LogInAddress, &address_key(client.address)).await?;
        Ok(())
    }
}

/// Asks, before anything is looked up, whether one more log-in from an address would be counted, to whatever account.
///
/// # Errors
/// [`Error::TooMany`].
pub(super) async fn check_address(app: &App, client: Client) -> Result<(), Error> {
    Ok(app.limits().check(Rule::LogInAddress, &address_key(client.address)).await?)
}
