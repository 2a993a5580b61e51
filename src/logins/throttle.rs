//! The throttle of wrong passwords: who may try how often, and who has to wait. One count for all doors, names and
//! letter cases.
//!
//! Strangers are refused by their address, and slowed down by the account they try: whatever strangers do, its owner
//! comes in from an address of their own. Who has shown to be the owner before (by a browser, a session, a token) has a
//! count that no stranger can use up.

use std::time::Duration;

use crate::app::App;
use crate::error::Error;
use crate::limits::{Rule, address_key, site_key};
use crate::model::client::DeviceId;
use crate::model::{Account, AccountId, Actor, Client};
use crate::secrets::{hash_token, hex};
use crate::store;

/// So many wrong attempts of strangers at an account a day slow no attempt down.
const FREE: u32 = 20;

/// How much longer each try after those takes than the one before.
const STEP: Duration = Duration::from_millis(50);

/// The longest delay of an attempt.
const MAX_DELAY: Duration = Duration::from_secs(4);

/// How many attempts at one account may wait at once from one address, and how many attempts at whatever accounts.
const WAITING_PAIR: u32 = 3;
const WAITING_ADDRESS: u32 = 20;

/// How many attempts may wait at once from one IPv6 site, of which each network is an address to us.
const WAITING_SITE: u32 = 60;

/// How many attempts at one account may wait at once that services make for their people, whose addresses are not known
/// here.
const WAITING_SERVICE: u32 = 32;

/// The target of password attempts: an account, or a name that no account has.
pub(super) struct Target(String);

impl Target {
    /// An account. The hash of its password is part of the key: another password begins with no wrong attempts, in
    /// every process, the client that set it.
    pub(super) fn account(id: AccountId, hash: Option<&str>) -> Target {
        Target(format!("{id} {}", hash.unwrap_or_default()))
    }

    /// An unknown name: it is counted like one that some account has.
    pub(super) fn unknown_name(name: &str) -> Target {
        Target(format!("unknown {name}"))
    }
}

/// What shows that a try comes from a client that has been logged in to the account.
pub(super) enum Proof {
    /// The browser or program.
    Device(DeviceId),
    /// A session of the account.
    Session,
}

/// Whether a client may bring a proof: of which account, only a look at that account tells.
fn claims(client: Client) -> bool {
    client.device.is_some()
}

/// A client that wants to try a password.
pub(super) struct Arrival<'a> {
    app: &'a App,
    client: Option<Client>,
    counted: Counted<'a>,
}

/// A try that may look at the password.
#[must_use]
pub(super) struct Attempt<'a> {
    counted: Counted<'a>,
    /// Whether it had to wait: what was read before may be another now.
    pub(super) has_waited: bool,
}

struct Counted<'a> {
    app: &'a App,
    attempts: Vec<(Rule, String)>,
}

/// Asks the limit of the client's address, before anything is done with what was sent. Who claims to be known is looked
/// at first.
///
/// # Errors
/// [`Error::TooMany`].
pub(super) async fn arrive(app: &App, client: Client) -> Result<Arrival<'_>, Error> {
    let mut arrival = Arrival { app, client: Some(client), counted: Counted { app, attempts: Vec::new() } };
    if !claims(client) {
        arrival.counted.add(Rule::SignInAddress, address_key(client.address)).await?;
    }
    Ok(arrival)
}

/// A client that shows a passkey, of whatever account: what cannot be guessed needs no count but its address's.
///
/// # Errors
/// [`Error::TooMany`].
pub(super) async fn by_address(app: &App, client: Client) -> Result<Attempt<'_>, Error> {
    let mut counted = Counted { app, attempts: Vec::new() };
    counted.add(Rule::SignInAddress, address_key(client.address)).await?;
    Ok(Attempt { counted, has_waited: false })
}

/// A service that asks for a user whose address it does not tell.
pub(super) fn for_service(app: &App) -> Arrival<'_> {
    Arrival { app, client: None, counted: Counted { app, attempts: Vec::new() } }
}

/// A client with a session of the account whose password it is: no count of their neighbours holds them up.
///
/// # Errors
/// [`Error::TooMany`].
pub(super) async fn in_session<'a>(
    app: &'a App,
    by: &Actor,
    id: AccountId,
    client: Client,
) -> Result<Arrival<'a>, Error> {
    match by.log_in {
        Some(log_in) => count_proof(app, &format!("{id} {log_in}")).await?,
        None => count_proof(app, &format!("{id} {}", by.door.as_str())).await?,
    }
    Ok(Arrival { app, client: Some(client), counted: Counted { app, attempts: Vec::new() } })
}

/// Counts a password that is about to be hashed for who has shown a session, a token or a link: by what was shown, so that
/// no thief of one keeps the owner from another. A right one is no wrong try, and costs as much.
///
/// # Errors
/// [`Error::TooMany`].
pub(crate) async fn count_proof(app: &App, of: &str) -> Result<(), Error> {
    app.limits().count(Rule::Proof, of).await?;
    Ok(())
}

/// The same for who has shown a mailed link.
///
/// # Errors
/// [`Error::TooMany`].
pub(crate) async fn count_proof_by_link(app: &App, token: &str) -> Result<(), Error> {
    count_proof(app, &format!("link {}", hex(&hash_token(token.as_bytes())))).await
}

impl<'a> Arrival<'a> {
    /// Nothing was tried.
    pub(super) async fn leave(self) {
        self.counted.forgive().await;
    }

    /// Lets a try come to the password, sooner or later.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub(super) async fn admit(mut self, target: &Target, proof: Option<Proof>) -> Result<Attempt<'a>, Error> {
        if let Some(proof) = proof
            && self.counted.known(target, &proof).await
        {
            return Ok(Attempt { counted: self.counted, has_waited: false });
        }
        let address = self.client.map(|client| address_key(client.address));
        let places = match &address {
            Some(address) => {
                if self.counted.attempts.is_empty() {
                    self.counted.add(Rule::SignInAddress, address.clone()).await?;
                }
                let pair = format!("{address} {}", target.0);
                self.counted.add(Rule::SignInPair, pair.clone()).await?;
                let site = self.client.and_then(|client| site_key(client.address));
                let site = site.map(|site| (Rule::SignInAddress, site, WAITING_SITE));
                let here =
                    [(Rule::SignInPair, pair, WAITING_PAIR), (Rule::SignInAddress, address.clone(), WAITING_ADDRESS)];
                here.into_iter().chain(site).collect()
            }
            None => vec![(Rule::SignInAccount, target.0.clone(), WAITING_SERVICE)],
        };
        let delay = match self.app.limits().count_up(Rule::SignInAccount, &target.0).await {
            Ok(wrong) => {
                self.counted.attempts.push((Rule::SignInAccount, target.0.clone()));
                delay(wrong)
            }
            Err(most) => delay(most),
        };
        let places: Vec<_> = places.iter().map(|(rule, who, most)| (*rule, who.as_str(), *most)).collect();
        let limits = self.app.limits();
        let waited = match self.client {
            Some(_) => limits.wait(&places, delay).await,
            None => limits.wait_for_service(&places, delay).await,
        };
        if let Err(full) = waited {
            self.counted.forgive().await;
            return Err(full.into());
        }
        Ok(Attempt { counted: self.counted, has_waited: !delay.is_zero() })
    }
}

impl Attempt<'_> {
    /// The password was not looked at: that is no wrong try.
    pub(super) async fn unlooked(self) {
        self.counted.forgive().await;
    }

    /// The password was right, which is the first of two steps: until the second is done, it may be a thief's, and stays
    /// counted for the account. Their neighbours at the address have nothing to do with it.
    pub(super) async fn first_step(self) {
        for (rule, who) in &self.counted.attempts {
            if *rule == Rule::SignInAddress {
                self.counted.app.limits().forgive(*rule, who).await;
            }
        }
    }

    /// The password was right: it is no wrong try, and those before it in this place were its owner's.
    pub(super) async fn right(self) {
        self.counted.forgive().await;
        for (rule, who) in &self.counted.attempts {
            if matches!(rule, Rule::SignInPair | Rule::SignInDevice) {
                self.counted.app.limits().clear(*rule, who).await;
            }
        }
    }
}

impl Counted<'_> {
    async fn add(&mut self, rule: Rule, who: String) -> Result<(), Error> {
        self.app.limits().count(rule, &who).await?;
        self.attempts.push((rule, who));
        Ok(())
    }

    /// Counts an attempt of a known client; false when theirs are used up and they are a stranger like others.
    async fn known(&mut self, target: &Target, proof: &Proof) -> bool {
        let who = known(target, proof);
        if self.add(Rule::SignInDeviceDay, who.clone()).await.is_err() {
            return false;
        }
        if self.add(Rule::SignInDevice, who.clone()).await.is_err() {
            self.app.limits().forgive(Rule::SignInDeviceDay, &who).await;
            self.attempts.clear();
            return false;
        }
        true
    }

    async fn forgive(&self) {
        for (rule, who) in &self.attempts {
            self.app.limits().forgive(*rule, who).await;
        }
    }
}

/// How long a try waits that makes so many.
fn delay(wrong: u32) -> Duration {
    (STEP * wrong.saturating_sub(FREE).min(1_000)).min(MAX_DELAY)
}

/// What a log-in has shown whose second step is done: that the tries of its first step, which stayed counted, were its
/// owner's.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn second_step_done(app: &App, account: &Account, client: Client) -> Result<(), Error> {
    let mut connection = app.db().read().await?;
    let hash = store::accounts::password_hash(&mut connection, account.id).await?;
    drop(connection);
    let target = Target::account(account.id, hash.as_deref());
    let limits = app.limits();
    if let Some(device) = client.device_of(app, account).await? {
        let who = known(&target, &Proof::Device(device));
        limits.clear(Rule::SignInDevice, &who).await;
        limits.forgive(Rule::SignInDeviceDay, &who).await;
    } else {
        let address = address_key(client.address);
        limits.clear(Rule::SignInPair, &format!("{address} {}", target.0)).await;
        limits.forgive(Rule::SignInAccount, &target.0).await;
    }
    Ok(())
}

/// What the tries of a known client are counted under.
fn known(target: &Target, proof: &Proof) -> String {
    match proof {
        Proof::Device(device) => format!("device {device} {}", target.0),
        Proof::Session => format!("session {}", target.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_slowed_down_more_and_more_up_to_four_seconds() {
        assert_eq!([0, 1, 20].map(delay), [Duration::ZERO; 3]);
        assert_eq!(delay(21), STEP);
        assert_eq!(delay(60), Duration::from_secs(2));
        assert_eq!([100, 101, 1_000, u32::MAX].map(delay), [MAX_DELAY; 4]);
    }
}
