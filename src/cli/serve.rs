//! `portico serve`: the listeners, the workers and the first lines of the log.

use std::net::SocketAddr;

use anyhow::Context as _;

use crate::accounts::setup;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::diagnosis::checks;
use crate::http;
use crate::log;
use crate::media::Media;
use crate::model::Language;
use crate::server::{self, Capacity, Listener, Patience, StopSignals};
use crate::store::Db;
use crate::tls;
use crate::workers;

use super::{running, secret_key};

pub(super) async fn run(mut settings: Settings) -> anyhow::Result<()> {
    let clock = Clock::from_environment();
    // Before anything is waited for: the first process of a container hears no signal that it does not ask for.
    let mut signals = StopSignals::listen();
    let _log = log::start(&settings.log, clock.clone())?;
    let public = listener("PORTICO_LISTEN", settings.listen).await?;
    let internal = internal_listener(&settings).await?;
    let public_url = match &settings.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", public.address()).parse()?,
    };
    let opened = tokio::select! {
        opened = open(&settings) => opened?,
        () = signals.next() => {
            tracing::info!("stopped before it was open");
            return Ok(());
        }
    };
    let (db, media) = opened;
    // Where the file system has no locks, others are not told.
    let _running = running::tell(&settings).ok();
    let secret_key = secret_key::load(&mut settings)?;
    let app = App::new(settings, secret_key, public_url, db, media, http::dialects(), clock)?;

    announce(&app, &public, internal.as_ref());
    if let Some(token) = setup::token(&app).await? {
        let url = app.public_url().join(&format!("setup/{token}"))?;
        tracing::info!("there is no admin yet; this link makes the first one, once, within 24 hours: {url}");
    }
    let settings = app.settings();
    let connections = settings.database_connections as usize;
    let (for_public, for_internal) = Capacity::divide(connections, &settings.trusted_proxies, settings.rate_limits);
    let (all, each) = for_public.figures();
    tracing::info!("up to {all} connections are served at once, up to {each} of one address");

    let workers = workers::start(&app)?;
    let mut listeners = vec![(public, http::public(&app), for_public)];
    if let Some(internal) = internal {
        listeners.push((internal, http::internal(&app)?, for_internal));
    }
    let patience = Patience { keep_alive: settings.keep_alive, drain: settings.drain };
    server::serve(listeners, patience, signals, || app.leave()).await;
    workers.stop().await;
    app.close().await;
    tracing::info!("Portico is closed");
    Ok(())
}

/// The database, its schema up to date, and the media store.
async fn open(settings: &Settings) -> anyhow::Result<(Db, Media)> {
    let db = Db::open(settings).await?;
    db.migrate().await?;
    let media = Media::open(&settings.media_url, settings.media_public_url.as_ref()).await?;
    Ok((db, media))
}

async fn listener(name: &'static str, address: SocketAddr) -> anyhow::Result<Listener> {
    Listener::bind(address).await.with_context(|| format!("{name} {address} cannot be used"))
}

async fn internal_listener(settings: &Settings) -> anyhow::Result<Option<Listener>> {
    let Some(address) = settings.internal_listen else { return Ok(None) };
    let listener = listener("PORTICO_INTERNAL_LISTEN", address).await?;
    Ok(Some(match settings.internal_tls() {
        Some(files) => listener.with_tls(tls::acceptor(&files).context("PORTICO_INTERNAL_TLS_…_FILE")?),
        None => listener,
    }))
}

/// Logs where Portico is open, and warns of settings that leave it open to attackers.
fn announce(app: &App, public: &Listener, internal: Option<&Listener>) {
    let settings = app.settings();
    tracing::info!("Portico is open at {}", app.public_url().as_str().trim_end_matches('/'));
    tracing::info!("accounts are kept in {}, pictures in {}", app.db().place(), app.media().name());
    if settings.public_url.is_some() {
        tracing::info!("the public listener is at http://{}", public.address());
    }
    if let Some(internal) = internal {
        tracing::info!("the internal listener is at {}://{}", internal.scheme(), internal.address());
    }
    for finding in [checks::address(settings), checks::token_keys(settings, app.keys().dialects())] {
        if !finding.ok {
            tracing::warn!("{}", finding.state(Language::English.words()));
        }
    }
    if checks::internal_is_open(settings) {
        tracing::warn!(
            "the internal listener is open to other machines without PORTICO_INTERNAL_TOKEN or client certificates: \
             every client that reaches it may set every password"
        );
    }
}
