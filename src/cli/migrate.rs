//! `portico migrate`: the schema brought up to date, as `serve` does at its start.

use crate::config::Settings;
use crate::store::Db;

pub(super) async fn run(settings: Settings) -> anyhow::Result<()> {
    let db = Db::open(&settings).await?;
    db.migrate().await?;
    let (known, done, _) = db.migrations().await?;
    say!("{}: {done} of {known} migrations done", db.place())?;
    db.close().await;
    Ok(())
}
