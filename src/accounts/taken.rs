//! Who asks which usernames and e-mails are taken. Each answer tells something about an account: no client gets more of
//! them than people need who look for a free name, whatever the door.

use std::net::IpAddr;

use crate::app::App;
use crate::limits::{Rule, address_key};
use crate::model::{AccountId, Actor, Email, Field, Username};

use crate::error::Error;

/// A client about to be told whether a name is taken.
pub(super) struct Asker<'a> {
    app: &'a App,
    /// Whom answers are counted for.
    subjects: Vec<(Rule, String)>,
}

impl<'a> Asker<'a> {
    /// An actor without an account, by their address.
    ///
    /// # Errors
    /// [`Error::TooMany`] for who was told enough. Nothing is looked up for them.
    pub(super) async fn anonymous(app: &'a App, address: IpAddr) -> Result<Asker<'a>, Error> {
        Asker::new(app, Some(address), None).await
    }

    /// The actor that changes the account `id`: its owner by address and account; any other who may sees every name.
    ///
    /// # Errors
    /// As [`Asker::anonymous`].
    pub(super) async fn of_change(app: &'a App, by: &Actor, id: AccountId) -> Result<Asker<'a>, Error> {
        if by.is(id) { Asker::new(app, by.address, Some(id)).await } else { Asker::new(app, None, None).await }
    }

    async fn new(app: &'a App, address: Option<IpAddr>, account: Option<AccountId>) -> Result<Asker<'a>, Error> {
        let address = address.map(|address| (Rule::TakenAddress, address_key(address)));
        let account = account.map(|id| (Rule::TakenAccount, id.to_string()));
        let subjects: Vec<_> = address.into_iter().chain(account).collect();
        for (rule, who) in &subjects {
            app.limits().check(*rule, who).await?;
        }
        Ok(Asker { app, subjects })
    }

    /// What to tell of an error: that a name is taken is counted, once for each name, and told no more when that was
    /// too often.
    pub(super) async fn told(&self, error: Error, username: Option<&Username>, email: Option<&Email>) -> Error {
        let name = match error {
            Error::Taken(Field::Username) => username.map(Username::key),
            Error::Taken(_) => email.map(Email::key),
            _ => return error,
        };
        let limits = self.app.limits();
        for (rule, who) in &self.subjects {
            let told = format!("{who} {}", name.unwrap_or_default());
            if limits.is_new(Rule::TakenName, &told).await
                && let Err(too_many) = limits.count(*rule, who).await
            {
                return too_many.into();
            }
        }
        error
    }
}

/// Whether a user may choose a username: not what people would take for the operator, by whatever letters.
/// Those who may give out such names are not asked.
///
/// # Errors
/// [`Error::Taken`].
pub(super) fn permit_claim(app: &App, username: Option<&Username>) -> Result<(), Error> {
    match username {
        Some(username) if username.is_reserved(&app.settings().brand_name) => Err(Error::Taken(Field::Username)),
        _ => Ok(()),
    }
}
