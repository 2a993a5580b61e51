//! The client of a request: where it comes from, and what it shows to be known.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::AccountId;

/// Where a request comes from, for limits and the list of devices.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The address of the client itself, not of a proxy.
    pub address: IpAddr,
    /// What it shows to be a device that an account is known on.
    pub device: Option<DeviceProof>,
}

/// Names a device that an account is known on. Made by chance, or a token family's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceId(pub(crate) Uuid);

impl fmt::Display for DeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What a client shows to be a known device. Nothing is believed of it before the account it names has been looked at.
#[derive(Clone, Copy, Debug)]
pub struct DeviceProof(pub(crate) Proof);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof {
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
    /// The account that it names.
    pub fn account(&self) -> AccountId {
        match self.0 {
            Proof::Cookie { account, .. } | Proof::Family { account, .. } => account,
        }
    }

    /// Of the cookie that `logins::device` made.
    pub fn of_cookie(value: &str) -> Option<DeviceProof> {
        let mut parts = value.splitn(3, '.');
        let account = AccountId(parts.next()?.parse().ok()?);
        let device = DeviceId(parts.next()?.parse().ok()?);
        let mac = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?.try_into().ok()?;
        Some(DeviceProof(Proof::Cookie { account, device, mac }))
    }
}
