//! `portico doctor`: what an operator would check by hand, each finding with its remedy.

use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::diagnosis::{Finding, checks, services};
use crate::http;
use crate::media::Media;
use crate::model::Language;
use crate::pictures;
use crate::private;
use crate::redis::Redis;
use crate::store::{Db, OpenError};

use super::secret_key;

/// How long a relay may take to say whether it lets us in.
const MAIL_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Args)]
pub(super) struct Doctor {
    /// Mend what can be mended: files that other users of the machine can read, picture files of no account
    #[arg(long)]
    fix: bool,
}

impl Doctor {
    pub(super) async fn run(self, mut settings: Settings) -> anyhow::Result<()> {
        // Before anything is opened, which closes what is our own to others.
        let files = self.files(&settings);
        let db = Db::open_existing(&settings).await;
        let mut findings = vec![checks::address(&settings), checks::proxies(&settings)];
        findings.extend(checks::internal(&settings));
        findings.extend(checks::limits(&settings).into_iter().chain(checks::doors(&settings)));
        let breached = checks::breached(&settings);
        let opens_filter = breached.ok;
        findings.push(breached);
        findings.extend([checks::cookies(&settings), checks::token_keys(&settings, &http::dialects())]);
        findings.extend([checks::dialects(&settings), checks::open_files()]);
        if let Err(error @ OpenError::Missing(_)) = &db {
            // Whatever else would be looked at stands beside it, and looking would make some of it.
            findings.push(services::database_closed(error));
            return tell(&findings);
        }
        let loaded = secret_key::load(&mut settings);
        let told = loaded.as_ref().map(|_| ()).map_err(|error| format!("{error:#}"));
        findings.push(checks::key(&settings, told));
        let database = match &db {
            Ok(db) => services::database(db).await,
            Err(error) => services::database_closed(error),
        };
        let is_usable = database.ok;
        findings.push(database);
        if let (Ok(db), true) = (&db, is_usable) {
            findings.extend(services::damage(db).await);
        }
        let media = Media::open_existing(&settings.media_url, settings.media_public_url.as_ref()).await;
        findings.push(services::media_opened(media.as_ref().map_err(ToString::to_string)));
        findings.push(files);
        findings.extend(services::broker(&settings).await);
        let redis = settings.redis_url.as_ref().map(Redis::open).transpose();
        findings.extend(match &redis {
            Ok(redis) => services::redis(redis.as_ref()).await,
            Err(error) => Some(services::redis_refused(error)),
        });
        let key = match loaded {
            Ok(key) => Some(key).filter(|key| {
                let unread = checks::token_key_file(&settings, key, http::dialects());
                let is_read = unread.is_none();
                findings.extend(unread);
                is_read
            }),
            Err(_) => None,
        };
        if let (Ok(db), Ok(media), Some(key), true, true, true) =
            (db, media, key, is_usable, redis.is_ok(), opens_filter)
        {
            let url = settings.public_url.clone().unwrap_or("http://localhost".parse()?);
            let app = App::new(settings, key, url, db, media, http::dialects(), Clock::from_environment())?;
            findings.extend(services::mail(app.mailer(), MAIL_TIMEOUT).await);
            findings.push(checks::passkeys(app.settings(), app.db()).await);
            findings.push(services::names(app.db()).await);
            findings.push(services::clock(app.db()).await);
            findings.extend(checks::authenticators(&app).await);
            findings.push(self.pictures(&app).await);
            findings.push(services::missing_pictures(&app).await);
            app.close().await;
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
        services::pictures(count.map_err(|error| format!("{error:#}")), self.fix)
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
