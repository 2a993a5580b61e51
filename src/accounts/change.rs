//! Changing an account, whichever door asks for it.

use time::OffsetDateTime;

use crate::app::App;
use crate::error::Error;
use crate::logins::prove_password;
use crate::mails;
use crate::model::password::Password;
use crate::model::picture::{Picture, PictureProblem};
use crate::model::{Account, AccountId, Actor, Client, Email, Field, Name, Profile, Theme, Username};
use crate::permission::{permit, permit_admin, permit_in_person};
use crate::store::{self, Transaction};

use super::taken::{Asker, permit_claim};
use super::{count_change, email_change, email_undo, password, record, save};

/// What is to change of an account; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The username, or none.
    pub username: Option<Option<Username>>,
    /// The e-mail, or none. Another address is not confirmed.
    pub email: Option<Option<Email>>,
    /// Whether the e-mail, if the address stays, is confirmed: for admins to say.
    pub email_confirmed: Option<bool>,
    /// The whole name. One given in parts stays in those parts while its whole is the same.
    pub full_name: Option<String>,
    /// The name in its parts, for doors that know those.
    pub name: Option<Name>,
    /// What other people see.
    pub profile: Option<Profile>,
    /// Where the person belongs, or nothing.
    pub organization: Option<Option<String>>,
    /// A language Portico speaks; none follows the browser.
    pub language: Option<Option<String>>,
    /// An IANA time zone; none is UTC.
    pub time_zone: Option<Option<String>>,
    /// Light, dark or as the system says.
    pub theme: Option<Theme>,
    /// The picture, or none. Its files are stored before; those of the picture that was there are removed after.
    pub picture: Option<Option<Picture>>,
    /// The key of the picture that all of this is meant for, where it is meant for one.
    pub picture_seen: Option<String>,
    /// Whether it may edit others: for admins to say.
    pub is_admin: Option<bool>,
    /// The password. Another one ends everything that the account is logged in with; the one it has already, nothing.
    pub password: Option<Password>,
}

impl Change {
    fn is_for_admins(&self) -> bool {
        self.email_confirmed.is_some() || self.is_admin.is_some()
    }

    /// Whether the account is to have another e-mail or username.
    fn names_another(&self, before: &Account) -> bool {
        let email = self.email.as_ref();
        let is_other = |new: &Option<Email>| new.as_ref().map(Email::key) != before.email.as_ref().map(Email::key);
        email.is_some_and(is_other) || self.username.as_ref().is_some_and(|new| *new != before.username)
    }

    /// Takes out of it the e-mail, if that is another than the account has.
    fn take_other_email(&mut self, before: &Account) -> Option<Email> {
        let is_other = |email: &mut Option<Email>| {
            email.as_ref().is_some_and(|new| before.email.as_ref().map(Email::key) != Some(new.key()))
        };
        self.email.take_if(is_other).flatten()
    }

    /// What it makes of an account, but for the password.
    pub(super) fn of(self, before: &Account, now: OffsetDateTime) -> Account {
        let email = self.email.unwrap_or_else(|| before.email.clone());
        let is_same = email.as_ref().map(Email::key) == before.email.as_ref().map(Email::key);
        let is_confirmed =
            is_same && email.is_some() && self.email_confirmed.unwrap_or(before.email_verified_at.is_some());
        let full_name = self.full_name.map(|full| Name::full(&full)).filter(|name| name.full != before.name.full);
        Account {
            username: self.username.unwrap_or_else(|| before.username.clone()),
            email,
            email_verified_at: is_confirmed.then(|| before.email_verified_at.unwrap_or(now)),
            name: self.name.or(full_name).unwrap_or_else(|| before.name.clone()),
            profile: self.profile.unwrap_or_else(|| before.profile.clone()),
            organization: self.organization.unwrap_or_else(|| before.organization.clone()),
            language: self.language.unwrap_or_else(|| before.language.clone()),
            time_zone: self.time_zone.unwrap_or_else(|| before.time_zone.clone()),
            theme: self.theme.unwrap_or(before.theme),
            picture: self.picture.unwrap_or_else(|| before.picture.clone()),
            is_admin: self.is_admin.unwrap_or(before.is_admin),
            ..before.clone()
        }
    }
}

/// Changes all of it, or nothing. What is there already changes nothing and announces nothing.
///
/// # Errors
/// [`Error::Taken`], [`Error::TooMany`], [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdmin`],
/// [`Error::Busy`].
pub async fn change(app: &App, by: &Actor, id: AccountId, change: Change) -> Result<Account, Error> {
    let (username, email) = (change.username.clone().flatten(), change.email.clone().flatten());
    if username.is_none() && email.is_none() {
        return carry_out(app, by, id, change).await;
    }
    let asker = Asker::of_change(app, by, id).await?;
    match carry_out(app, by, id, change).await {
        Err(error) => Err(asker.told(error, username.as_ref(), email.as_ref()).await),
        done => done,
    }
}

/// Checks the password that the account has, where a client sent it along with what it wants to change: before anything
/// else is done.
///
/// # Errors
/// As [`reauthenticate`](crate::logins::reauthenticate()).
pub async fn prove(
    app: &App,
    by: &Actor,
    id: AccountId,
    current: Option<&Password>,
    client: Client,
) -> Result<(), Error> {
    match current {
        Some(_) if by.by_app_password => Err(Error::AppPassword),
        Some(current) => prove_password(app, by, id, current, client).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Whether the account `id` may have an address: for doors that tell everything that is wrong with a form at once. It
/// counts as a change that is refused. That the address is free now promises nothing: who has it, the database decides
/// when the change is written.
///
/// # Errors
/// [`Error::Taken`], [`Error::TooMany`], [`Error::Forbidden`].
pub async fn check_email(app: &App, by: &Actor, id: AccountId, email: &Email) -> Result<(), Error> {
    let asker = Asker::of_change(app, by, id).await?;
    count_change(app, by, id).await?;
    let mut connection = app.db().read().await?;
    permit(&mut connection, by, id).await?;
    if waits(app, by, id) {
        return Ok(());
    }
    let is_taken = store::accounts::is_address_taken(&mut connection, email, Some(id)).await?;
    drop(connection);
    if is_taken { Err(asker.told(Error::Taken(Field::Email), None, Some(email)).await) } else { Ok(()) }
}

async fn carry_out(app: &App, by: &Actor, id: AccountId, mut change: Change) -> Result<Account, Error> {
    // Not even the password that it has already: no caller finds out so whether it is.
    if change.password.is_some() {
        permit_in_person(by)?;
    }
    count_change(app, by, id).await?;
    let hash = match change.password.take() {
        Some(new) => password::hash_of_another(app, by, id, &new).await?,
        None => None,
    };
    let (mut tx, before) = hold(app, by, id, &change).await?;
    let waiting = if waits(app, by, id) { change.take_other_email(&before) } else { None };
    let mut account = change.of(&before, app.now());
    email_undo::tell_former(app, &mut tx, by, &before, &account).await?;
    let account = match hash {
        None => {
            save(app, &mut tx, by, &before, &mut account).await?;
            ask_to_confirm(app, &mut tx, by, &account, waiting).await?;
            tx.commit().await?;
            account
        }
        // All of it is one change, with one event.
        Some(hash) => {
            if account != before {
                record(app, &mut tx, by, &before, &mut account, "").await?;
            }
            let mut ended = if by.is(id) {
                password::replace_by_token(app, &mut tx, by, &account, &hash).await?
            } else {
                password::replace(app, &mut tx, by, &account, &hash, None).await?
            };
            ask_to_confirm(app, &mut tx, by, &ended.account, waiting).await?;
            tx.commit().await?;
            ended.tell(app).await;
            ended.account
        }
    };
    if let Some(old) = before.picture.filter(|old| account.picture.as_ref() != Some(old)) {
        app.media().remove(&old.key).await;
    }
    Ok(account)
}

/// The transaction of a change that is permitted, and the account before it.
async fn hold(app: &App, by: &Actor, id: AccountId, change: &Change) -> Result<(Transaction, Account), Error> {
    let mut tx = app.db().begin().await?;
    // Held before the right is asked for, so that the log-in that asks cannot end meanwhile.
    let held = store::accounts::find_for_update(&mut tx, id).await?;
    if change.is_for_admins() {
        permit_admin(&mut tx, by).await?;
    } else {
        permit(&mut tx, by, id).await?;
    }
    let before = held.ok_or(Error::NotFound)?;
    if change.names_another(&before) {
        permit_in_person(by)?;
    }
    if by.is(id) {
        permit_claim(app, change.username.as_ref().and_then(Option::as_ref))?;
    }
    let present = before.picture.as_ref().map(|picture| &picture.key);
    if change.picture_seen.as_ref().is_some_and(|seen| Some(seen) != present) {
        return Err(Error::Picture(PictureProblem::Replaced));
    }
    Ok((tx, before))
}

/// Whether another address that is given by this actor has to be confirmed first.
fn waits(app: &App, by: &Actor, id: AccountId) -> bool {
    by.is(id) && email_change::is_confirmed_first(app, by.door)
}

/// Sends a new address the mail that confirms it, where there is one.
async fn ask_to_confirm(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    email: Option<Email>,
) -> Result<(), Error> {
    let (Some(email), Some(address)) = (email, by.client()) else { return Ok(()) };
    let language = mails::language_of(app, account);
    let request = email_change::Request { agent: None, language, session: None, address };
    email_change::ask_in(app, tx, by, account, &email, request).await
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::model::{Generation, Status};

    const NOW: OffsetDateTime = datetime!(2026-05-06 07:08:09 UTC);

    fn ada() -> Account {
        let joined = datetime!(2026-01-02 03:04:05 UTC);
        Account {
            id: AccountId::new(),
            username: Username::choose("ada").ok(),
            email: Email::choose("ada@example.org").ok(),
            name: Name::parts("Ada King", "Lovelace"),
            organization: None,
            profile: Profile::default(),
            language: None,
            time_zone: None,
            theme: Theme::System,
            terms: None,
            is_admin: false,
            status: Status::Active,
            picture: None,
            email_verified_at: Some(joined),
            two_factor: false,
            password_changed_at: joined,
            generation: Generation::default(),
            created_at: joined,
            updated_at: joined,
        }
    }

    #[test]
    fn a_name_in_parts_stays_so_while_its_whole_is_the_same() {
        let ada = ada();
        let whole = |full: &str| Change { full_name: Some(full.to_owned()), ..Change::default() }.of(&ada, NOW).name;
        assert_eq!(whole("Ada King Lovelace"), ada.name);
        assert_eq!(whole("Ada Lovelace"), Name::parts("Ada", "Lovelace"));
        let parts = Name::parts("Ada", "King Lovelace");
        assert_eq!(Change { name: Some(parts.clone()), ..Change::default() }.of(&ada, NOW).name, parts);
    }

    #[test]
    fn another_address_is_not_confirmed_and_the_same_one_stays_so() {
        let ada = ada();
        let confirmed = |email: Option<&str>, email_confirmed| {
            let email = Some(email.map(|email| Email::choose(email).unwrap()));
            Change { email, email_confirmed, ..Change::default() }.of(&ada, NOW).email_verified_at
        };
        assert_eq!(confirmed(Some("ADA@example.org"), None), ada.email_verified_at);
        assert_eq!(confirmed(Some("ADA@example.org"), Some(true)), ada.email_verified_at);
        assert_eq!(confirmed(Some("ada@example.org"), Some(false)), None);
        for none in [None, Some(true)] {
            assert_eq!(confirmed(Some("new@example.org"), none), None);
            assert_eq!(confirmed(None, none), None);
        }
        let unconfirmed = Account { email_verified_at: None, ..ada };
        let change = Change { email_confirmed: Some(true), ..Change::default() };
        assert_eq!(change.of(&unconfirmed, NOW).email_verified_at, Some(NOW));
    }

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let ada = ada();
        assert_eq!(Change::default().of(&ada, NOW), ada);
    }
}
