//! Adding and removing second factors, with all that begins and ends with them.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::authenticated::Method;
use crate::clock;
use crate::error::Error;
use crate::factors::enrolment::Enrolment;
use crate::factors::recovery;
use crate::logins::end::{self, Ended};
use crate::mails::{self, Detail, Purpose, Tell};
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor, EventKind};
use crate::permission::permit_admin;
use crate::store::factors as stored;
use crate::store::{self, Transaction};

use super::{announce, confirm, hold_for_change, hold_to_end};

/// The most authenticators that an account may have.
const MAX_AUTHENTICATORS: usize = 10;

/// The longest name of a factor, in characters.
const MAX_NAME: usize = 60;

/// An authenticator app as its owner sees it.
#[derive(Clone, Debug)]
pub struct Authenticator {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When a code of it was last taken at a log-in or a later proof.
    pub used_at: Option<OffsetDateTime>,
}

/// What an account has beside its password.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Its authenticator apps, in the order that they were added.
    pub authenticators: Vec<Authenticator>,
    /// How many passkeys and security keys it has.
    pub passkeys: usize,
    /// How many recovery codes are left.
    pub recovery_codes: usize,
    /// When they were made.
    pub recovery_codes_made_at: Option<OffsetDateTime>,
    /// In how many browsers the second step is not asked for.
    pub trusted_browsers: usize,
}

impl Overview {
    /// How many factors there are.
    pub fn factors(&self) -> usize {
        self.authenticators.len() + self.passkeys
    }

    /// Whether so few recovery codes are left that there should be new ones.
    pub fn are_codes_few(&self) -> bool {
        self.recovery_codes <= recovery::FEW
    }
}

/// What an account has beside its password.
///
/// # Errors
/// When the database does not answer.
pub async fn overview(app: &App, id: AccountId) -> Result<Overview, Error> {
    let mut connection = app.db().snapshot().await?;
    let authenticators = stored::authenticators(&mut connection, id).await?;
    let (recovery_codes, recovery_codes_made_at) = stored::recovery_codes(&mut connection, id).await?;
    let passkeys = stored::count_passkeys(&mut connection, id).await?;
    let trusted_browsers = stored::count_trusted(&mut connection, id, app.now()).await?;
    let number = |count: i64| usize::try_from(count).unwrap_or_default();
    let shown = |authenticator: stored::Authenticator| Authenticator {
        id: authenticator.id,
        name: authenticator.name,
        created_at: authenticator.created_at,
        used_at: authenticator.used_at,
    };
    let authenticators = authenticators.into_iter().map(shown).collect();
    Ok(Overview {
        authenticators,
        passkeys: number(passkeys),
        recovery_codes: number(recovery_codes),
        recovery_codes_made_at,
        trusted_browsers: number(trusted_browsers),
    })
}

/// Whether an account has an authenticator app.
///
/// # Errors
/// When the database does not answer.
pub async fn has_app(app: &App, id: AccountId) -> Result<bool, Error> {
    Ok(!stored::authenticators(&mut app.db().read().await?, id).await?.is_empty())
}

/// Whether an account has to confirm its address before it may have a second factor: until then the mailbox may be
/// another person's, who would be locked out of what they can claim.
pub fn waits_for_email(app: &App, account: &Account) -> bool {
    confirm::is_awaited(app, account)
}

/// Makes a factor of an authenticator app whose code was right. With the first one everything that the account is
/// logged in with ends, but the session with the handle `keep`, which has another id then.
///
/// # Errors
/// [`Error::Forbidden`] before a code was right, or when the account has as many as it may; [`Error::TooMany`],
/// [`Error::NotFound`].
pub async fn add_authenticator(
    app: &App,
    by: &Actor,
    id: AccountId,
    enrolment: &Enrolment,
    keep: Option<&[u8]>,
) -> Result<Option<Ended>, Error> {
    let step = enrolment.step().ok_or(Error::Forbidden)?;
    let (mut tx, held) = hold_for_change(app, by, id).await?;
    let is_first = !held.two_factor;
    let known = stored::authenticators(&mut tx, id).await?;
    if known.len() >= MAX_AUTHENTICATORS || (is_first && enrolment.codes.is_empty()) || waits_for_email(app, &held) {
        return Err(Error::Forbidden);
    }
    let new = stored::Authenticator {
        id: clock::new_id(),
        account_id: id,
        name: shortened(&enrolment.name),
        sealed_secret: Vec::new(),
        last_step: step,
        created_at: app.now(),
        used_at: None,
    };
    let sealed_secret = enrolment.sealed_secret(app, id, new.id)?;
    stored::insert_authenticator(&mut tx, &stored::Authenticator { sealed_secret, ..new.clone() }).await?;
    let added = Added { kind: "authenticator", name: &new.name, method: Method::PasswordAndCode };
    let mut ended = self::added(app, &mut tx, by, &held, added, keep).await?;
    if is_first {
        replace_codes(app, &mut tx, by, id, &enrolment.codes).await?;
    }
    tx.commit().await?;
    if let Some(ended) = &mut ended {
        ended.tell(app).await;
    }
    Ok(ended)
}

/// A name of a factor as it is kept.
pub fn shortened(name: &str) -> String {
    name.trim().chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect()
}

/// A factor that a transaction has added.
pub(crate) struct Added<'a> {
    /// What it is, as the audit log tells it.
    pub(crate) kind: &'static str,
    /// What it is called.
    pub(crate) name: &'a str,
    /// What its owner has proved themself by as they added it.
    pub(crate) method: Method,
}

/// What goes with a factor that this transaction, which holds the account, has added. The first one ends everything
/// that the password alone has opened, but the session with the handle `keep`.
pub(crate) async fn added(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    factor: Added<'_>,
    keep: Option<&[u8]>,
) -> Result<Option<Ended>, Error> {
    let now = app.now();
    if held.two_factor {
        stored::refresh(tx, held.id).await?;
        audit::record(tx, by, Action::FactorAdded, Some(held.id), of_factor(factor.kind, factor.name), now).await?;
        stored::delete_trusted(tx, held.id).await?;
        mails::notify(app, tx, Purpose::FactorAdded, held, Detail::default()).await?;
        return Ok(None);
    }
    begun(app, tx, by, held.id, factor.kind, factor.name).await?;
    let mut ended = end::everything(app, tx, held, keep).await?;
    ended.account.two_factor = true;
    if let Some(session) = ended.kept {
        store::sessions::set_proof(tx, &session.key(), factor.method.amr(), now).await?;
    }
    mails::notify(app, tx, Purpose::TwoFactorOn, held, Detail::default()).await?;
    announce(app, tx, EventKind::Updated, &ended.account).await?;
    Ok(Some(ended))
}

/// What is noted of the first factor of an account, which this transaction has added.
pub(crate) async fn begun(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    id: AccountId,
    kind: &'static str,
    name: &str,
) -> Result<(), Error> {
    stored::refresh(tx, id).await?;
    audit::record(tx, by, Action::FactorAdded, Some(id), of_factor(kind, name), app.now()).await?;
    audit::record(tx, by, Action::TwoFactorOn, Some(id), Map::new(), app.now()).await?;
    Ok(())
}

/// What the audit log tells of a factor.
fn of_factor(kind: &'static str, name: &str) -> Map<String, Value> {
    Map::from_iter([("kind".to_owned(), json!(kind)), ("name".to_owned(), json!(name))])
}

/// Gives an authenticator app of an account another name.
///
/// # Errors
/// [`Error::TooMany`], [`Error::NotFound`].
pub async fn rename_authenticator(
    app: &App,
    by: &Actor,
    id: AccountId,
    authenticator: Uuid,
    name: &str,
) -> Result<(), Error> {
    let name = shortened(name);
    let (mut tx, _) = hold_for_change(app, by, id).await?;
    let known = stored::authenticators(&mut tx, id).await?;
    let before = known.into_iter().find(|known| known.id == authenticator).ok_or(Error::NotFound)?.name;
    if name.is_empty() || name == before {
        return Ok(());
    }
    if !stored::rename_authenticator(&mut tx, id, authenticator, &name).await? {
        return Err(Error::NotFound);
    }
    renamed(app, &mut tx, by, id, before, name).await?;
    Ok(tx.commit().await?)
}

/// Notes that a factor is called otherwise.
pub(crate) async fn renamed(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    id: AccountId,
    before: String,
    after: String,
) -> Result<(), Error> {
    let mut detail = audit::detail("before", before.into());
    detail.insert("after".to_owned(), after.into());
    Ok(audit::record(tx, by, Action::FactorRenamed, Some(id), detail, app.now()).await?)
}

/// Removes an authenticator app of an account.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_authenticator(app: &App, by: &Actor, id: AccountId, authenticator: Uuid) -> Result<(), Error> {
    let (mut tx, held) = hold_to_end(app, by, id).await?;
    let name = stored::delete_authenticator(&mut tx, id, authenticator).await?.ok_or(Error::NotFound)?;
    removed(app, &mut tx, by, &held, "authenticator", &name).await?;
    Ok(tx.commit().await?)
}

/// What goes with a factor that this transaction, which holds the account, has removed. Recovery codes go with the last
/// one. Gives whether there is another.
pub(crate) async fn removed(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    kind: &'static str,
    name: &str,
) -> Result<bool, Error> {
    let now = app.now();
    audit::record(tx, by, Action::FactorRemoved, Some(held.id), of_factor(kind, name), now).await?;
    stored::delete_trusted(tx, held.id).await?;
    if stored::refresh(tx, held.id).await? {
        mails::notify(app, tx, Purpose::FactorRemoved, held, Detail::default()).await?;
        return Ok(true);
    }
    stored::delete_recovery_codes(tx, held.id).await?;
    turned_off(app, tx, by, held, "", Detail::default()).await?;
    Ok(false)
}

async fn turned_off(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    reason: &str,
    detail: Detail,
) -> Result<(), Error> {
    let why = if reason.is_empty() { Map::new() } else { audit::detail("reason", reason.into()) };
    audit::record(tx, by, Action::TwoFactorOff, Some(held.id), why, app.now()).await?;
    mails::notify(app, tx, Purpose::TwoFactorOff, held, detail).await?;
    announce(app, tx, EventKind::Updated, &Account { two_factor: false, ..held.clone() }).await
}

/// Removes every factor of an account whose owner has lost them: by an admin or the operator, who are sure who asks.
/// Everything that the account is logged in with ends. False when there was none.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn remove_all(app: &App, by: &Actor, id: AccountId, reason: &str) -> Result<bool, Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    let held = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if stored::delete_all(&mut tx, id).await? == 0 {
        return Ok(false);
    }
    stored::delete_trusted(&mut tx, id).await?;
    let mut ended = end::everything(app, &mut tx, &held, None).await?;
    turned_off(app, &mut tx, by, &held, reason, mails::told_reason(&held, Tell::Reason, reason)).await?;
    tx.commit().await?;
    ended.tell(app).await;
    Ok(true)
}

/// Puts a new set of recovery codes in place of the old one. Gives it, to be shown once.
///
/// # Errors
/// [`Error::Forbidden`] for an account without a factor; [`Error::TooMany`], [`Error::NotFound`].
pub async fn renew_recovery_codes(app: &App, by: &Actor, id: AccountId) -> Result<Vec<String>, Error> {
    let set = recovery::new_set()?;
    let (mut tx, held) = hold_for_change(app, by, id).await?;
    if !held.two_factor {
        return Err(Error::Forbidden);
    }
    replace_codes(app, &mut tx, by, id, &set).await?;
    mails::notify(app, &mut tx, Purpose::RecoveryCodesMade, &held, Detail::default()).await?;
    tx.commit().await?;
    Ok(set)
}

/// Puts a set of recovery codes in place of the one before, in the transaction that holds the account.
pub(crate) async fn replace_codes(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    id: AccountId,
    set: &[String],
) -> Result<(), Error> {
    recovery::replace(app, tx, id, set).await?;
    audit::record(tx, by, Action::RecoveryCodesMade, Some(id), Map::new(), app.now()).await?;
    Ok(())
}

/// Asks for the second step in every browser again.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn end_trust(app: &App, by: &Actor, id: AccountId) -> Result<u64, Error> {
    let (mut tx, _) = hold_to_end(app, by, id).await?;
    let count = stored::delete_trusted(&mut tx, id).await?;
    if count > 0 {
        audit::record(&mut tx, by, Action::TrustEnded, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    Ok(count)
}
