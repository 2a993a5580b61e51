//! The pictures of accounts that come in: those of an export are taken as they are, files of other services go through
//! what an upload goes through.

use std::path::Path;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::app::App;
use crate::error::Error;
use crate::lookup;
use crate::model::Actor;
use crate::pictures;

use super::Source;
use super::import::{ImportObserver, Imported, Report};

/// How many are read and stored at once; the workers that decode them are as many as there are cores.
const AT_ONCE: usize = 4;

/// Sets the pictures of those who have none yet.
pub(super) async fn set_all(
    app: &App,
    by: &Actor,
    (source, folder): (Source, &Path),
    came: &[Imported],
    report: &mut Report,
    watch: &mut impl ImportObserver,
) -> Result<(), Error> {
    let mut done = stream::iter(came).map(|came| async move { (came, set(app, by, (source, folder), came).await) });
    let mut done = std::pin::pin!((&mut done).buffer_unordered(AT_ONCE));
    while let Some((came, outcome)) = done.next().await {
        match outcome? {
            Outcome::Set => report.pictures += 1,
            Outcome::There => {}
            Outcome::Missing(why) => {
                report.pictures_missing += 1;
                watch.picture_failed(came.id, &came.picture.file, &why);
            }
        }
    }
    Ok(())
}

/// What became of a picture.
enum Outcome {
    Set,
    There,
    Missing(String),
}

async fn set(app: &App, by: &Actor, (source, folder): (Source, &Path), came: &Imported) -> Result<Outcome, Error> {
    // Gone since, or it has one: from before, or from an import that was stopped.
    if lookup::by_id(app, came.id).await?.is_none_or(|account| account.picture.is_some()) {
        return Ok(Outcome::There);
    }
    let path = folder.join(&came.picture.file);
    let most = app.settings().picture_max_bytes as u64;
    let bytes = match tokio::fs::metadata(&path).await {
        Ok(found) if found.len() > most => return Ok(Outcome::Missing(format!("it is larger than {most} bytes"))),
        Ok(_) => tokio::fs::read(&path).await,
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) => return Ok(Outcome::Missing(error.to_string())),
    };
    loop {
        let (bytes, crop) = (bytes.clone(), came.picture.crop);
        let done = match source {
            Source::Portico => pictures::set::restore(app, by, came.id, bytes, crop).await,
            _ => pictures::set::set(app, by, came.id, bytes, crop).await,
        };
        match done {
            Ok(_) => return Ok(Outcome::Set),
            Err(Error::Picture(problem)) => return Ok(Outcome::Missing(problem.to_string())),
            Err(Error::NotFound) => return Ok(Outcome::There),
            Err(Error::Busy(wait)) => tokio::time::sleep(wait).await,
            Err(error) => return Err(error),
        }
    }
}
