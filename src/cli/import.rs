//! `portico import`: accounts of other services, or of another Portico.

use std::env::VarError;
use std::fs::File;
use std::io::{BufWriter, Read, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::config::{Secret, Settings};
use crate::error::Error;
use crate::model::{AccountId, Actor};
use crate::transfer::import::{self, GlobalSalt, ImportObserver, Options, Report};
use crate::transfer::{Reason, Source};

use super::progress::Progress;

/// What to import. Records whose id, username or e-mail another account has are reported and left out, never merged.
/// What came in once is not taken in again, so an import that was stopped goes on when it is run again.
#[derive(Args)]
pub(super) struct Import {
    /// The file, or - for standard input: a record a line (NDJSON, mongoexport), a JSON array (dumpdata), or a table
    /// with a header (CSV)
    file: PathBuf,
    /// Where it comes from
    #[arg(long, value_parser = PossibleValuesParser::new(Source::ALL.map(Source::as_str)))]
    from: String,
    /// The one salt of internet-lab's hashes; better in the variable PWD_SALT, where no process list shows it
    #[arg(long)]
    salt: Option<String>,
    /// How often internet-lab repeated its hashes (or the variable PWD_ITERATIONS) [default: 100000]
    #[arg(long)]
    iterations: Option<u32>,
    /// The folder with the files of their pictures, by the names they had
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// Change nothing, and say what would happen
    #[arg(long)]
    dry_run: bool,
    /// How many records come in at once, all or none
    #[arg(long, default_value_t = 8_000)]
    batch: usize,
    /// Write the records that are refused here, to be mended and imported
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Announce no account to other services (user.created)
    #[arg(long)]
    no_events: bool,
}

impl Import {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let source = Source::ALL.into_iter().find(|source| source.as_str() == self.from).context("unknown source")?;
        let salt = self.salt(source)?;
        if let Some(folder) = self.pictures.as_deref().filter(|folder| !folder.is_dir()) {
            bail!("the folder {} is not there", folder.display());
        }
        let (input, length): (Box<dyn Read + Send>, Option<u64>) = if self.file.as_os_str() == "-" {
            (Box::new(std::io::stdin()), None)
        } else {
            let file = File::open(&self.file).with_context(|| format!("{} cannot be read", self.file.display()))?;
            let length = file.metadata().ok().map(|file| file.len());
            (Box::new(file), length)
        };
        let rejects = self.rejects.as_ref().map(super::private_file).transpose()?;
        let app = super::open(settings).await?;
        let options = Options {
            source,
            batch: self.batch,
            dry_run: self.dry_run,
            events: !self.no_events,
            pictures: self.pictures.clone(),
            salt,
        };
        let mut watch = Teller { progress: Progress::new(length), rejects };
        let done = import::import(&app, &Actor::operator(), input, options, &mut watch).await;
        watch.progress.end();
        let done = done.map_err(said).and_then(|report| {
            if let Some(rejects) = &mut watch.rejects {
                rejects.flush().context("the refused records cannot be written")?;
            }
            Ok(report)
        });
        app.close().await;
        let report = done?;
        tell(&report, self.dry_run)?;
        if report.refused > 0 {
            return Err(super::Incomplete(report.refused, report.read).into());
        }
        Ok(())
    }

    fn salt(&self, source: Source) -> anyhow::Result<Option<GlobalSalt>> {
        if source != Source::InternetLab {
            return Ok(None);
        }
        let salt = self.salt.clone().or_else(|| std::env::var("PWD_SALT").ok());
        let iterations = match self.iterations {
            Some(iterations) => iterations,
            None => match std::env::var("PWD_ITERATIONS") {
                Err(VarError::NotPresent) => 100_000,
                text => text.unwrap_or_default().trim().parse().context("PWD_ITERATIONS is no number")?,
            },
        };
        let Some(salt) = salt else { bail!("internet-lab's hashes need their salt: --salt, or PWD_SALT of its .env") };
        Ok(Some(GlobalSalt { salt: Secret::new(salt), iterations }))
    }
}

/// Tells the operator.
struct Teller {
    progress: Progress,
    rejects: Option<BufWriter<File>>,
}

impl ImportObserver for Teller {
    fn progress(&mut self, report: &Report) {
        self.progress.show(report.read, "records", report.bytes);
    }

    fn refused(&mut self, line: u64, reason: &Reason, text: &str) {
        self.progress.line(&format!("line {line}: {reason}"));
        if let Some(rejects) = &mut self.rejects
            && let Err(error) = writeln!(rejects, "{text}")
        {
            self.progress.line(&format!("line {line}: cannot be written to the refused ones: {error}"));
        }
    }

    fn unread(&mut self, columns: &[String]) {
        self.progress.line(&format!("columns that are not read: {}", columns.join(", ")));
    }

    fn alike(&mut self, line: u64, id: AccountId) {
        self.progress.line(&format!("line {line}: account {id}: its username looks like another's"));
    }

    fn lost_authenticators(&mut self, line: u64, id: AccountId, number: usize) {
        self.progress.line(&format!(
            "line {line}: account {id}: authenticators left out, sealed under another SECRET_KEY: {number}"
        ));
    }

    fn picture_failed(&mut self, id: AccountId, file: &str, why: &str) {
        self.progress.line(&format!("account {id}: the picture {file:?} is left out: {why}"));
    }
}

fn tell(report: &Report, dry_run: bool) -> std::io::Result<()> {
    say!("{}", if dry_run { "Nothing was changed. This would happen:" } else { "Done." })?;
    say!("{:>10}  records read", report.read)?;
    say!("{:>10}  accounts {}", report.created, if dry_run { "would come in" } else { "came in" })?;
    let others = [
        (report.known, "had come in before"),
        (report.alike, "with a username that looks like another's, as listed"),
        (report.refused, "refused, as listed"),
        (report.ignored, "of something else than accounts"),
        (report.without_password, "without a password: its hash cannot be read here; they need a new one"),
        (report.shipped_passwords, "without a password: it was the one their service is shipped with"),
        (report.pictures, "pictures set"),
        (report.pictures_missing, "pictures left out, as listed"),
        (report.lost_authenticators, "authenticators left out, sealed under another SECRET_KEY, as listed"),
        (report.used_tokens, "used-up tokens noted"),
    ];
    for (number, what) in others.into_iter().filter(|(number, _)| *number > 0) {
        say!("{number:>10}  {what}")?;
    }
    Ok(())
}

fn said(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(error) => error,
        Error::Taken(_) => anyhow::anyhow!("names are taken faster than they are imported; run it again"),
        error => anyhow::anyhow!("{error}"),
    }
}
