//! Writing every account out, a page at a time, as the import takes it back.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::audit::Action;
use crate::model::picture::Picture;
use crate::model::{AccountId, Actor};
use crate::permission::permit_admin;
use crate::pictures;
use crate::store;
use crate::store::transfer::{AccountWithSecrets, Origins};

use super::portico::Record;

/// How many accounts are read at once.
const PAGE: i64 = 1_000;

/// Writes all accounts, one a line. Gives how many.
///
/// # Errors
/// [`Error::Forbidden`], and when the database, the media store or the output cannot be used.
pub async fn export(
    app: &App,
    by: &Actor,
    output: &mut (impl Write + Send),
    folder: Option<&Path>,
    with_passwords: bool,
    mut progress: impl FnMut(u64),
) -> Result<u64, Error> {
    permit_admin(&mut app.db().read().await?, by).await?;
    let (mut last, mut count): (Option<AccountId>, u64) = (None, 0);
    loop {
        // A page and its origins are of one snapshot. All of them would keep the database from clearing up for as long
        // as an export takes.
        let mut connection = app.db().snapshot().await?;
        let page = store::transfer::page(&mut connection, last, PAGE).await?;
        let (Some(first), Some(end)) = (page.first(), page.last()) else { break };
        last = Some(end.account.id);
        let range = (first.account.id, end.account.id);
        let mut credentials = store::credentials::between(&mut connection, range, app.now()).await?;
        let Origins { mut imports, mut files } = store::transfer::origins(&mut connection, &page).await?;
        drop(connection);
        count += page.len() as u64;
        for whole in page {
            let id = whole.account.id;
            let file = match (folder, &whole.account.picture) {
                (Some(folder), Some(picture)) => write_picture(app, folder, id, picture).await?,
                _ => None,
            };
            let whole = AccountWithSecrets { password_hash: whole.password_hash.filter(|_| with_passwords), ..whole };
            let (files, imports) = (files.remove(&id).unwrap_or_default(), imports.remove(&id).unwrap_or_default());
            let mut credentials = credentials.remove(&id).unwrap_or_default();
            if !with_passwords {
                credentials.app_passwords.clear();
            }
            let record = Record::of(whole, file, files, imports, credentials);
            let line = serde_json::to_string(&record).context("a record")?;
            writeln!(output, "{line}").context("the output cannot be written")?;
        }
        progress(count);
    }
    output.flush().context("the output cannot be written")?;
    let mut tx = app.db().begin().await?;
    let mut detail = audit::detail("count", count.into());
    detail.insert("passwords".to_owned(), with_passwords.into());
    audit::record(&mut tx, by, Action::Exported, None, detail, app.now()).await?;
    tx.commit().await?;
    Ok(count)
}

/// Writes the working copy into the folder. Nothing when the store has lost it.
async fn write_picture(app: &App, folder: &Path, id: AccountId, picture: &Picture) -> Result<Option<String>, Error> {
    let bytes = match app.media().read(&picture.key, pictures::WORKING_COPY).await {
        Ok(bytes) => bytes,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(anyhow::Error::new(error).context("the media store does not answer").into()),
    };
    let extension = pictures::set::working_copy_type(&bytes).extension();
    let file = format!("{id}.{extension}");
    tokio::fs::write(folder.join(&file), &bytes).await.context("a picture cannot be written")?;
    Ok(Some(file))
}
