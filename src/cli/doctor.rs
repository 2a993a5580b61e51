//! `portico doctor`: what an operator would check by hand, each finding with its remedy.

use anyhow::bail;
use clap::Args;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::diagnosis::{Finding, checks};
use crate::http;
use crate::media::Media;
use crate::model::Language;
use crate::pictures;
use crate::private;
use crate::store::Db;

use super::secret_key;

#[derive(Args)]
pub(super) struct Doctor {
    /// Mend what can be mended: files that other users of the machine can read, picture files that belong to nobody
    #[arg(long)]
    fix: bool,
}

impl Doctor {
    pub(super) async fn run(self, mut settings: Settings) -> anyhow::Result<()> {
        let loaded = secret_key::load(&mut settings);
        let told = loaded.as_ref().map(|_| ()).map_err(|error| format!("{error:#}"));
        let mut findings = vec![checks::address(&settings)];
        findings.extend(checks::internal(&settings));
        let keys = checks::token_keys(&settings, &http::dialects());
        findings.extend([checks::cookies(&settings), checks::key(&settings, told), keys]);
        findings.extend([checks::dialects(&settings), checks::open_files()]);
        let db = Db::open(&settings).await;
        let database = match &db {
            Ok(db) => checks::database(db).await,
            Err(error) => checks::database_closed(error),
        };
        let is_usable = database.ok;
        findings.push(database);
        let media = Media::open(&settings.media_url, settings.media_public_url.as_ref()).await;
        findings.push(checks::media_opened(media.as_ref().map_err(ToString::to_string)));
        findings.push(self.files(&settings));
        findings.extend(checks::broker(&settings).await);
        if let (Ok(db), Ok(media), Ok(key), true) = (db, media, loaded, is_usable) {
            let url = settings.public_url.clone().unwrap_or("http://localhost".parse()?);
            let app = App::new(settings, key, url, db, media, http::dialects(), Clock::from_environment())?;
            findings.push(checks::names(app.db()).await);
            findings.push(checks::clock(app.db()).await);
            findings.extend(checks::redis(app.redis()).await);
            findings.push(self.pictures(&app).await);
            app.passwords().stop();
            app.db().close().await;
        }
        tell(&findings)
    }

    /// What other users of this machine can read.
    fn files(&self, settings: &Settings) -> Finding {
        let mut mended = Vec::new();
        if self.fix {
            mended = private::open_places(settings);
            // Where it may not be done, the place stays among those that are told of.
            mended.retain(|place| place.close().is_ok());
        }
        checks::files(settings, &mended)
    }

    /// Picture files that no account refers to.
    async fn pictures(&self, app: &App) -> Finding {
        let count = if self.fix {
            pictures::sweep::sweep(app).await
        } else {
            pictures::sweep::orphans(app).await.map(|orphans| orphans.len())
        };
        checks::pictures(count.map_err(|error| format!("{error:#}")), self.fix)
    }
}

fn tell(findings: &[Finding]) -> anyhow::Result<()> {
    let words = Language::English.words();
    for finding in findings {
        let mark = if finding.ok { "ok   " } else { "WRONG" };
        let fix = finding.fix(words).map(|fix| format!("; {fix}")).unwrap_or_default();
        say!("{mark} {}: {}{fix}", finding.subject(words), finding.state(words))?;
    }
    let bad = findings.iter().filter(|finding| !finding.ok).count();
    if bad > 0 { bail!("{bad} of {} checks failed", findings.len()) } else { Ok(()) }
}
