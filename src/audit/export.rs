//! Handing the log out leaves a row of its own.

use crate::app::App;
use crate::error::Error;
use crate::model::Actor;
use crate::model::audit::Action;
use crate::permission::permit_admin;

use super::{detail, record};

/// Notes that an admin takes the log away.
///
/// # Errors
/// [`Error::Forbidden`] to all but admins and the operator.
pub async fn begin(app: &App, by: &Actor) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    record(&mut tx, by, Action::Exported, None, detail("what", "audit".into()), app.now()).await?;
    Ok(tx.commit().await?)
}
