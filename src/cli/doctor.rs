//! `portico doctor`: what an operator would check by hand, each finding with its remedy.

use anyhow::bail;
use clap::Args;

use crate::app::App;
use crate::config::{DatabaseUrl, Settings};
use crate::media::Media;
use crate::pictures;
use crate::store::Db;

use super::secret_key;

#[derive(Args)]
pub(super) struct Doctor {
    /// Mend what can be mended: remove picture files that belong to nobody
    #[arg(long)]
    fix: bool,
}

/// What was looked at, and what is to be done about it if it is not well.
struct Finding {
    subject: &'static str,
    state: Result<String, String>,
}

impl Doctor {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let mut findings = vec![address(&settings), key(&settings)];
        let (database, db) = database(&settings).await;
        findings.push(database);
        let (store, media) = media(&settings).await;
        findings.push(store);
        if let (Some(db), Some(media), Ok(key)) = (db, media, secret_key::load(&settings)) {
            let url = settings.public_url.clone().unwrap_or("http://localhost".parse()?);
            let app = App::new(settings, key, url, db, media)?;
            findings.push(self.orphans(&app).await);
            app.db().close().await;
        }
        let mut bad = 0;
        for finding in &findings {
            match &finding.state {
                Ok(text) => println!("ok    {}: {text}", finding.subject),
                Err(text) => {
                    bad += 1;
                    println!("WRONG {}: {text}", finding.subject);
                }
            }
        }
        if bad > 0 { bail!("{bad} of {} checks failed", findings.len()) } else { Ok(()) }
    }

    /// Picture files that no account refers to.
    async fn orphans(&self, app: &App) -> Finding {
        let count = if self.fix {
            pictures::sweep::sweep(app).await
        } else {
            pictures::sweep::orphans(app).await.map(|orphans| orphans.len())
        };
        let state = match count {
            Ok(0) => Ok("every stored picture belongs to an account".to_owned()),
            Ok(count) if self.fix => Ok(format!("{count} pictures that belonged to nobody are removed")),
            Ok(count) => Err(format!("{count} belong to nobody; `portico doctor --fix` removes them")),
            Err(error) => Err(format!("{error:#}")),
        };
        Finding { subject: "picture files", state }
    }
}

fn address(settings: &Settings) -> Finding {
    let state = match &settings.public_url {
        Some(url) if url.scheme() == "https" && settings.trusted_proxies.is_empty() => Err(format!(
            "people come by {url}, through a proxy, but PORTICO_TRUSTED_PROXIES is empty: every visitor seems to have \
             the proxy's address, and one limit for all; set it to the proxy's address, such as 127.0.0.1"
        )),
        Some(url) => Ok(format!("people come by {url}")),
        None if settings.listen.ip().is_loopback() => {
            Ok("for this machine only; set PORTICO_PUBLIC_URL for others".to_owned())
        }
        None => Err("open to other machines without PORTICO_PUBLIC_URL: cookies are not Secure; put a proxy with TLS \
                     before it and set the https:// address"
            .to_owned()),
    };
    Finding { subject: "address", state }
}

fn key(settings: &Settings) -> Finding {
    let state = match (&settings.secret_key, &settings.database_url) {
        (Some(_), _) => Ok("set".to_owned()),
        (None, DatabaseUrl::Sqlite(_)) => secret_key::load(settings)
            .map(|_| "kept beside the database".to_owned())
            .map_err(|error| format!("{error:#}")),
        (None, DatabaseUrl::Postgres(_)) => Err("not set".to_owned()),
    };
    Finding { subject: "SECRET_KEY", state }
}

async fn database(settings: &Settings) -> (Finding, Option<Db>) {
    let subject = "database";
    let db = match Db::open(settings).await {
        Ok(db) => db,
        Err(error) => return (Finding { subject, state: Err(error.to_string()) }, None),
    };
    let state = match db.migrations().await {
        Ok((known, done)) if known == done => Ok(format!("{} answers, its schema is up to date", db.name())),
        Ok((known, done)) if done > known => Err(format!(
            "its schema is newer than this program ({done} migrations, {known} known); run the newer program"
        )),
        Ok((known, done)) => Err(format!("{done} of {known} migrations are done; run `portico migrate`")),
        Err(_) => Err("it answers, but holds no schema yet; run `portico migrate`".to_owned()),
    };
    let usable = state.is_ok().then_some(db);
    (Finding { subject, state }, usable)
}

async fn media(settings: &Settings) -> (Finding, Option<Media>) {
    match Media::open(&settings.media_url, settings.media_public_url.as_ref()).await {
        Ok(media) => (Finding { subject: "media", state: Ok(format!("{} takes files", media.name())) }, Some(media)),
        Err(error) => (Finding { subject: "media", state: Err(error.to_string()) }, None),
    }
}
