//! Logging in by a passkey: by it alone, or as the second step, and proving again that it is oneself.

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::model::{AccountId, Client, LogIn};
use crate::passkeys::challenge::Purpose;
use crate::passkeys::{Refusal, check, prove};

use super::credential::Credential;
use super::second_step::{self, Waiting};
use super::throttle;

/// Authenticates the user a passkey names, which has verified them: a whole log-in. `browser` is the cookie that its
/// challenge was given to.
///
/// # Errors
/// Why it is none.
pub async fn authenticate(app: &App, browser: &str, json: &str, client: Client) -> Result<Authenticated, Refusal> {
    let attempt = throttle::by_address(app, client).await?;
    let checked = match check(app, Purpose::LogIn { browser }, json, client).await {
        // Who opened the page long ago has guessed nothing.
        Err(refusal @ (Refusal::Expired | Refusal::Unavailable | Refusal::Failed(_))) => {
            attempt.unlooked().await;
            return Err(refusal);
        }
        checked => checked?,
    };
    Credential::Passkey.count(app, checked.account.id, client).await?;
    let proof = checked.spend(app).await?;
    attempt.right().await;
    Ok(Authenticated::by_passkey(app, proof.account))
}

/// Does the second step of a log-in by a passkey or security key.
///
/// # Errors
/// [`Error::NotFound`] when the log-in waits no more; why the answer is not taken.
pub async fn second_step(
    app: &App,
    token: &str,
    json: &str,
    client: Client,
) -> Result<(Authenticated, Waiting), Refusal> {
    let waiting = second_step::find(app, token).await?.ok_or(Error::NotFound)?;
    let account = waiting.account.id;
    throttle::count_proof_by_link(app, token).await?;
    let proof = prove(app, Purpose::SecondStep { account, token }, json, client).await?;
    // Of two requests at once one logs in.
    if !second_step::end(app, token).await? {
        return Err(Error::NotFound.into());
    }
    second_step::done(app, &waiting.account, client).await?;
    // As the password has found it: what ended it meanwhile counts.
    let who = if proof.user_verified {
        Authenticated::by_passkey(app, waiting.account.clone())
    } else {
        Authenticated::by_password_and_key(app, waiting.account.clone())
    };
    Ok((who, waiting))
}

/// The owner of this account, if the answer is that of a passkey of theirs which has verified them.
///
/// # Errors
/// Why it is not taken.
pub async fn reauthenticate(
    app: &App,
    account: AccountId,
    session: &[u8],
    json: &str,
    client: Client,
) -> Result<Authenticated, Refusal> {
    throttle::count_proof(app, &format!("{account} passkey {}", LogIn::session(session))).await?;
    let proof = prove(app, Purpose::Reauthentication { account, session }, json, client).await?;
    Ok(Authenticated::by_passkey(app, proof.account))
}
