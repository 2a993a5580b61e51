//! What a signed-in page costs at least: axum, two reads, one template, and nothing around them. The reads are
//! Portico's own, on the same kind of pool but in one connection; the page is Portico's, rendered by itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;
use portico::app::App;
use portico::clock::Clock;
use portico::config::Secret;
use portico::http::profile_alone;
use portico::media::Media;
use portico::model::Account;
use portico::secrets;
use portico::store::Db;
use tower_sessions::session::Id;

/// Serves the one page until it is killed.
pub(crate) fn serve(folder: &Path) -> anyhow::Result<()> {
    std::env::set_current_dir(folder)?;
    let api = super::api::bare(folder);
    let (settings, _) = portico::config::load(Vec::new(), std::iter::empty(), None, &portico::http::dialect_names())?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let db = Db::open(&settings).await?;
        let media = Media::open(&settings.media_url, None).await?;
        let (key, url) = (Secret::new("unused"), format!("http://{address}").parse()?);
        let app = App::new(settings, key, url, db, media, portico::http::dialects(), Clock::default())?;
        eprintln!("the bare handler is open at http://{address}");
        let router = Router::new().route("/account/profile", get(profile));
        // Where no program has logged in, there is no key and no need of it.
        let router = api.map_or(router.clone(), |api| router.merge(api)).with_state(app);
        Ok(axum::serve(listener, router).await?)
    })
}

async fn profile(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Result<Response, StatusCode> {
    let account = find(&app, &headers).await.map_err(|_| StatusCode::FORBIDDEN)?;
    Ok(profile_alone(&app, account, &headers, &uri))
}

async fn find(app: &App, headers: &HeaderMap) -> anyhow::Result<Arc<Account>> {
    let cookie = headers.get(header::COOKIE).context("a cookie")?.to_str()?;
    let id: Id = cookie.strip_prefix("portico=").context("a session")?.parse()?;
    let id = secrets::hash_token(&id.0.to_le_bytes());
    let session = app.sessions().find(id, Instant::now(), app.now(), false).await?.context("a session")?;
    Ok(session.account)
}
