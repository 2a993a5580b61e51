//! Finding picture files that no account refers to: what a crash between storing and committing, or between
//! committing and removing, has left; and forgetting former pictures.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context as _;

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::store;

/// Files younger than this may belong to an upload that is still under way.
const UNDER_WAY: Duration = Duration::from_secs(3600);

/// How many pictures are read from the database at once.
const PAGE: i64 = 1_000;

/// Removes the files of orphaned pictures, and forgets former ones whose time is over. Gives how many were orphaned.
///
/// # Errors
/// When the database or the media store does not answer.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    super::former::prune(app).await?;
    let orphans = orphans(app).await?;
    for key in &orphans {
        app.media().discard(key).await;
    }
    Ok(orphans.len())
}

/// The accounts of which the picture's files are not there.
///
/// # Errors
/// When the database or the media store does not answer.
pub async fn missing(app: &App) -> Result<Vec<AccountId>, Error> {
    let keys = app.media().keys_stored_before(app.now()).await.context("the media store does not list its files")?;
    let keys: HashSet<String> = keys.into_iter().collect();
    let mut missing = Vec::new();
    let mut last = String::new();
    loop {
        let page = store::accounts::pictures_after(&mut app.db().read().await?, &last, PAGE).await?;
        let Some((_, key)) = page.last() else { return Ok(missing) };
        last.clone_from(key);
        for (id, key) in page.into_iter().filter(|(_, key)| !keys.contains(key)) {
            // It may have come after they were listed.
            match app.media().read(&key, super::WORKING_COPY).await {
                Err(object_store::Error::NotFound { .. }) => missing.push(id),
                found => drop(found.context("the media store does not answer")?),
            }
        }
    }
}

/// The keys of orphaned pictures.
///
/// # Errors
/// When the database or the media store does not answer.
pub async fn orphans(app: &App) -> Result<Vec<String>, Error> {
    let keys = app
        .media()
        .keys_stored_before(app.now() - UNDER_WAY)
        .await
        .context("the media store does not list its files")?;
    let mut orphans = Vec::new();
    let mut connection = app.db().read().await?;
    for key in keys {
        if !store::accounts::picture_exists(&mut connection, &key).await? {
            orphans.push(key);
        }
    }
    Ok(orphans)
}
