//! `portico export`: every account as a line of JSON.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::config::Settings;
use crate::model::Actor;
use crate::private;
use crate::transfer::export;

use super::progress::Progress;

/// What to export: every account with everything about it, for `portico import --from portico`. The password hashes are
/// in it: every reader of the file can try passwords on them. Sessions, tokens and the audit log are not.
#[derive(Args)]
pub(super) struct Export {
    /// Write to this file, which only you can read, instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the pictures into this folder
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// Leave the password hashes out; all users will need a new password
    #[arg(long)]
    without_passwords: bool,
}

impl Export {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        if let Some(folder) = &self.pictures {
            private::create_folder(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        let mut output: Box<dyn Write + Send> = match &self.output {
            Some(path) => Box::new(super::private_file(path)?),
            None => Box::new(BufWriter::new(std::io::stdout())),
        };
        let app = super::open_existing(settings).await?;
        let mut progress = Progress::new(None);
        let (by, with_passwords) = (Actor::operator(), !self.without_passwords);
        let done = export::export(&app, &by, &mut output, self.pictures.as_deref(), with_passwords, |count| {
            progress.show(count, "accounts", 0);
        });
        let done = done.await;
        progress.end();
        app.close().await;
        let count = done?;
        crate::log::tell(format_args!("{count} accounts are written"));
        Ok(())
    }
}
