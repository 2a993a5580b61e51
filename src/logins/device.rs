//! Known devices: a browser or a program that an account was logged in to before shows it when it logs in again, so
//! that its owner is not held up by strangers' wrong attempts. It opens nothing by itself.
//!
//! A browser keeps a cookie: account, device id, and a MAC over both and the account's generation, so it ends with the
//! password and with a log-out everywhere. A program shows a token whose family still stands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::mails::{self, Detail, Purpose};
use crate::model::client::{DeviceId, DeviceProof, Proof};
use crate::model::{Account, Client};
use crate::store;
use crate::tokens::verify;

const PURPOSE: &str = "known-device";

impl DeviceProof {
    /// Of an access or refresh token of ours that has not run out.
    pub fn of_token(app: &App, token: &str) -> Option<DeviceProof> {
        let (account, family) = verify::signed_family(app, token)?;
        Some(DeviceProof(Proof::Family { account, family }))
    }
}

impl Client {
    /// The device id of a client that `account` is known on: one for each browser, and one, that of the account, for all
    /// programs, which may log in as often as they like and would have as many counts of wrong attempts.
    ///
    /// # Errors
    /// When the database does not answer, which is asked about a program's token only.
    pub async fn device_of(&self, app: &App, account: &Account) -> Result<Option<DeviceId>, Error> {
        Ok(match self.device {
            Some(DeviceProof(Proof::Cookie { account: whose, device, mac: shown })) if whose == account.id => {
                bool::from(mac(app, account, device).ct_eq(&shown)).then_some(device)
            }
            Some(DeviceProof(Proof::Family { account: whose, family })) if whose == account.id => {
                verify::family_stands(app, whose, family).await?.then_some(DeviceId(whose.0))
            }
            _ => None,
        })
    }
}

/// The cookie by which a browser that has just logged in to `account` will be known: under the id that it had, or a new
/// one.
///
/// # Errors
/// As [`Client::device_of`].
pub async fn renew(app: &App, account: &Account, client: Client) -> Result<String, Error> {
    let device = client.device_of(app, account).await?.unwrap_or_else(|| DeviceId(Uuid::new_v4()));
    let mac = URL_SAFE_NO_PAD.encode(mac(app, account, device));
    Ok(format!("{}.{device}.{mac}", account.id))
}

/// Tells the person by mail that a browser, which calls itself `agent`, was logged in that the account was not known on;
/// unless they want no such mail.
///
/// # Errors
/// When the database does not answer.
pub async fn tell_if_new(app: &App, account: &Account, client: Client, agent: &str) -> Result<(), Error> {
    if !app.sends_mail() || client.device_of(app, account).await?.is_some() {
        return Ok(());
    }
    let mut tx = app.db().begin().await?;
    if store::accounts::notifies_devices(&mut tx, account.id).await? {
        mails::notify(app, &mut tx, Purpose::NewDevice, account, Detail::of_agent(Some(agent))).await?;
    }
    Ok(tx.commit().await?)
}

fn mac(app: &App, account: &Account, device: DeviceId) -> [u8; 32] {
    let message =
        [account.id.0.as_bytes().as_slice(), device.0.as_bytes(), &account.generation.0.to_be_bytes()].concat();
    app.sign(PURPOSE, &message)
}
