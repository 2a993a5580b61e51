//! Known devices: a browser or a program that an account was logged in to before shows it when it logs in again, so that
//! its owner is not held up by strangers' wrong tries. It opens nothing by itself.
//!
//! A browser keeps a cookie: account, device id, and a MAC over both and the account's generation, so it ends with the
//! password and with a log-out everywhere. A program shows a token whose family still stands.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::accounts::{Client, Error};
use crate::app::App;
use crate::model::{Account, AccountId};
use crate::tokens::verify;

const PURPOSE: &str = "known-device";

/// Names a device that an account is known on. Made by chance, or a token family's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceId(Uuid);

impl fmt::Display for DeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What a client shows to be a known device. Nothing is believed of it before [`Client::device_of`].
#[derive(Clone, Copy, Debug)]
pub struct DeviceProof(Proof);

#[derive(Clone, Copy, Debug)]
enum Proof {
    Cookie {
        account: AccountId,
        device: DeviceId,
        mac: [u8; 32],
    },
    /// A token's, whose signature was good.
    Family {
        account: AccountId,
        family: Uuid,
    },
}

impl DeviceProof {
    /// Of the cookie that [`renew`] made.
    pub fn of_cookie(value: &str) -> Option<DeviceProof> {
        let mut parts = value.splitn(3, '.');
        let account = AccountId(parts.next()?.parse().ok()?);
        let device = DeviceId(parts.next()?.parse().ok()?);
        let mac = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?.try_into().ok()?;
        Some(DeviceProof(Proof::Cookie { account, device, mac }))
    }

    /// Of an access or refresh token of ours that has not run out.
    pub fn of_token(app: &App, token: &str) -> Option<DeviceProof> {
        let (account, family) = verify::signed_family(app, token)?;
        Some(DeviceProof(Proof::Family { account, family }))
    }
}

impl Client {
    /// The device id of a client that `account` is known on: one for each browser and each program.
    ///
    /// # Errors
    /// When the database does not answer, which is asked about a program's token only.
    pub async fn device_of(&self, app: &App, account: &Account) -> Result<Option<DeviceId>, Error> {
        Ok(match self.device {
            Some(DeviceProof(Proof::Cookie { account: whose, device, mac: shown })) if whose == account.id => {
                bool::from(mac(app, account, device).ct_eq(&shown)).then_some(device)
            }
            Some(DeviceProof(Proof::Family { account: whose, family })) if whose == account.id => {
                verify::family_stands(app, whose, family).await?.then_some(DeviceId(family))
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

fn mac(app: &App, account: &Account, device: DeviceId) -> [u8; 32] {
    let message =
        [account.id.0.as_bytes().as_slice(), device.0.as_bytes(), &account.generation.0.to_be_bytes()].concat();
    app.sign(PURPOSE, &message)
}
