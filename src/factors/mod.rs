//! Second factors: one-time codes of authenticator apps and recovery codes. What adds and removes them, with all that
//! ends then, is [`crate::accounts::two_factor`].

pub mod code;
pub mod enrolment;
pub mod recovery;
mod totp;

use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::store;

use totp::Secret;

/// What secrets of authenticators are sealed for.
const PURPOSE: &str = "authenticator";

/// What a sealed secret is bound to: its account and itself.
fn about(account: AccountId, id: Uuid) -> Vec<u8> {
    [account.0.as_bytes().as_slice(), id.as_bytes()].concat()
}

/// The secret of an authenticator; `None` when it was sealed with another `SECRET_KEY`.
fn secret_of(app: &App, authenticator: &store::factors::Authenticator) -> Option<Secret> {
    let secret =
        app.unseal(PURPOSE, &about(authenticator.account_id, authenticator.id), &authenticator.sealed_secret)?;
    Some(Secret(secret.as_slice().try_into().ok()?))
}

/// Whether the secret of an authenticator can be read here.
pub(crate) fn can_unseal(app: &App, authenticator: &store::factors::Authenticator) -> bool {
    secret_of(app, authenticator).is_some()
}

/// Whether the secrets of authenticators can be read: not after `SECRET_KEY` became another. As good as one was looked
/// at; true where there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn can_be_read(app: &App) -> Result<bool, Error> {
    let any = store::factors::any_authenticator(&mut app.db().read().await?).await?;
    Ok(any.is_none_or(|any| can_unseal(app, &any)))
}
