//! `portico move-db`: from a SQLite file to PostgreSQL.

use anyhow::bail;
use clap::Args;

use crate::config::{DatabaseUrl, Settings, database};
use crate::log;
use crate::store::Db;
use crate::transfer::move_db;

use super::progress::Progress;
use super::running;

/// Where to move. Stop Portico first; the file stays as it is. Sessions and tokens stay good, as long as SECRET_KEY
/// stays.
#[derive(Args)]
pub(super) struct MoveDb {
    /// The address of an empty PostgreSQL database
    #[arg(long, value_name = "postgres://…")]
    to: String,
}

impl MoveDb {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let database_url = match database(&self.to) {
            Ok(url @ DatabaseUrl::Postgres(_)) => url,
            Ok(DatabaseUrl::Sqlite(_)) => bail!("--to is no address of a PostgreSQL database (postgres://…)"),
            Err(expected) => bail!("--to is no address of a PostgreSQL database; expected {expected}"),
        };
        let (is_running, source) = (running::is_one(&settings), settings.clone());
        let target = Settings { database_url, ..settings.clone() };
        let target = Db::open(&target).await?;
        let app = super::open_existing(settings).await?;
        let mut progress = Progress::new(None);
        let done = move_db::move_db(&app, &target, |table, rows| progress.show(rows, table, 0)).await;
        progress.end();
        app.close().await;
        target.close().await;
        for table in done? {
            say!("{:>10}  {} (counted and compared)", table.rows.1, table.name)?;
        }
        if is_running || running::is_one(&source) {
            log::tell(
                "portico: a server runs on the SQLite file. It could write nothing while the rows were carried over, but what it",
            );
            log::tell("has written since stays there: stop it, empty the target and move again, or lose that.");
        }
        say!("Everything has arrived. Now set DATABASE_URL to the new address, and SECRET_KEY to the key in use")?;
        say!("(without the setting, it stands in data/secret.key), and start Portico.")?;
        Ok(())
    }
}
