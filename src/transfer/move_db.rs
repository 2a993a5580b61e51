//! Moving an installation from a SQLite file to PostgreSQL: every row, in one transaction, compared before it counts.

use anyhow::{Context as _, bail};

use crate::app::App;
use crate::store::copy::{self, Table};
use crate::store::{self, Connection, Db};

/// How many accounts are told that stand in the way.
const MAX_LISTED: i64 = 100;

/// Carries everything over. The file is held meanwhile: no process can write to it, and it stays as it is.
///
/// # Errors
/// When it is no SQLite file, a username reads as an e-mail address, which the target refuses, the target is no empty
/// PostgreSQL database, or what has arrived is not what was sent; then the target is as it was.
pub async fn move_db(app: &App, target: &Db, progress: impl FnMut(&str, u64)) -> anyhow::Result<Vec<Table>> {
    if !copy::is_sqlite(app.db()) {
        bail!("DATABASE_URL is no SQLite file: there is nothing to move to PostgreSQL");
    }
    if copy::is_sqlite(target) {
        bail!("--to is no PostgreSQL database; a SQLite file is moved by copying it");
    }
    let like_addresses = store::names::like_addresses(&mut app.db().read().await?, MAX_LISTED).await?;
    if !like_addresses.is_empty() {
        let ids: Vec<String> = like_addresses.iter().map(ToString::to_string).collect();
        bail!("usernames of older accounts read as e-mail addresses; rename these first: {}", ids.join(" "));
    }
    target.migrate().await?;
    // Before its indexes are made ready, and again where no writer can come in between.
    check_empty(&mut target.read().await?).await?;
    store::transfer::in_bulk(target, carry_over(app, target, progress)).await
}

async fn carry_over(app: &App, target: &Db, progress: impl FnMut(&str, u64)) -> anyhow::Result<Vec<Table>> {
    let mut source = app.db().begin().await?;
    let mut tx = store::transfer::begin(target).await?;
    check_empty(&mut tx).await?;
    let tables = copy::all(&mut source, target, &mut tx, progress).await.context("the rows cannot be carried over")?;
    if let Some(table) = tables.iter().find(|table| !table.same) {
        let (sent, arrived) = table.rows;
        bail!("what has arrived in the table {:?} is not what was sent: {sent} rows there, {arrived} here", table.name);
    }
    tx.commit().await?;
    Ok(tables)
}

async fn check_empty(target: &mut Connection) -> anyhow::Result<()> {
    if let Some(table) = copy::filled(target).await?.first() {
        bail!("the target is not empty: there are rows in its table {table:?}");
    }
    Ok(())
}
