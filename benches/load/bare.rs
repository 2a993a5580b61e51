//! What a signed-in page costs at least: axum, two reads, one template, and nothing around them. The reads are
//! Portico's own, on the same kind of pool, in one connection; the template is Portico's file, with the same words.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Html;
use axum::routing::get;
use portico::app;
use portico::language::{Language, Value, Words};
use portico::model::picture::Crop;
use portico::model::{Account, Name, Theme};
use portico::store::{self, Db};
use tower_sessions::session::Id;

/// Serves the one page until it is killed.
pub(crate) fn serve(folder: &Path, assets: &[String]) -> anyhow::Result<()> {
    let url = format!("sqlite:{}", folder.join("data/portico.db").display());
    let environment = std::iter::once(("DATABASE_URL".to_owned(), url));
    let (settings, _) = portico::config::load(Vec::new(), environment, None)?;
    let assets = assets.to_vec();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let db = Db::open(&settings).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let named = |name: &str| {
            let (stem, ending) = name.split_once('.').context("an ending")?;
            let found = assets
                .iter()
                .find(|path| path.starts_with(&format!("/static/{stem}.")) && path.ends_with(&format!(".{ending}")));
            anyhow::Ok((name.to_owned(), found.with_context(|| format!("no address of {name}"))?.clone()))
        };
        let assets = ["portico.css", "portico.js", "icons.svg", "mark.svg"].map(named).into_iter();
        let bare = Bare { db, prefix: "127.0.0.1/u/".to_owned(), assets: assets.collect::<anyhow::Result<_>>()? };
        eprintln!("the bare handler is open at http://{address}");
        let router = Router::new().route("/account/profile", get(profile)).with_state(Arc::new(bare));
        Ok(axum::serve(listener, router).await?)
    })
}

struct Bare {
    db: Db,
    prefix: String,
    assets: HashMap<String, String>,
}

async fn profile(State(bare): State<Arc<Bare>>, headers: HeaderMap) -> Result<Html<String>, StatusCode> {
    let account = find(&bare.db, &headers).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let account = Arc::new(account.ok_or(StatusCode::FORBIDDEN)?);
    let page = Profile {
        face: Face {
            initials: Name::initials(account.shown_name()),
            hue: format!("h{}", account.id.0.as_bytes()[15] % 8 + 1),
        },
        form: Form {
            name: account.name.full.clone(),
            pronouns: account.profile.pronouns.clone(),
            username: account.username().unwrap_or_default().to_owned(),
            bio: account.profile.bio.clone(),
            website: account.profile.website.clone(),
            public: account.profile.public.then_some(()),
            findable: account.profile.findable.then_some(()),
        },
        problems: Problems,
        panel: Panel {
            has_picture: false,
            crop: Crop::default(),
            megabytes: 10,
            bytes: 10_000_000,
            version: String::new(),
        },
        prefix: bare.prefix.clone(),
        public_page: None,
        shell: Shell { words: Language::English.words(), account: Some(account), bare: Arc::clone(&bare) },
    };
    page.render().map(Html).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn find(db: &Db, headers: &HeaderMap) -> anyhow::Result<Option<Account>> {
    let cookie = headers.get(header::COOKIE).context("a cookie")?.to_str()?;
    let id: Id = cookie.strip_prefix("portico=").context("a session")?.parse()?;
    let mut tx = db.read().await?;
    let id = app::hash_token(&id.0.to_le_bytes());
    let session = store::sessions::find(&mut tx, &id, app::now()).await?.context("a session")?;
    Ok(store::accounts::find(&mut tx, session.account_id.context("an account")?).await?)
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct Profile {
    shell: Shell,
    face: Face,
    form: Form,
    problems: Problems,
    panel: Panel,
    prefix: String,
    public_page: Option<String>,
}

struct Face {
    initials: String,
    hue: String,
}

struct Form {
    name: String,
    pronouns: String,
    username: String,
    bio: String,
    website: String,
    public: Option<()>,
    findable: Option<()>,
}

struct Panel {
    has_picture: bool,
    crop: Crop,
    megabytes: u64,
    bytes: usize,
    version: String,
}

struct Problems;

struct Shell {
    words: &'static Words,
    account: Option<Arc<Account>>,
    bare: Arc<Bare>,
}

impl Face {
    #[expect(clippy::unused_self, reason = "what the template calls")]
    fn path<P>(&self, _: P) -> Option<String> {
        None
    }
}

#[expect(clippy::unused_self, reason = "what the template calls")]
impl Problems {
    fn is_empty(&self) -> bool {
        true
    }

    fn on<S, F: ?Sized>(&self, _: &S, _: &F) -> Option<String> {
        None
    }

    fn about(&self, _: &str) -> bool {
        false
    }

    fn summary<S>(&self, _: &S) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

#[expect(clippy::unused_self, reason = "what the template calls")]
impl Shell {
    fn text(&self, key: &str) -> std::borrow::Cow<'static, str> {
        self.words.text(key)
    }

    fn text1<V: Value + ?Sized>(&self, key: &str, name: &'static str, value: &V) -> String {
        self.words.with(key, &[(name, value.value())])
    }

    /// Nothing here needs to be escaped.
    fn html1<V: Value + ?Sized>(&self, key: &str, name: &'static str, value: &V) -> String {
        self.text1(key, name, value)
    }

    fn optional(&self, key: &str) -> String {
        format!("{} <span class=\"opt\">{}</span>", self.text(key), self.text("optional"))
    }

    fn asset(&self, name: &str) -> &str {
        self.bare.assets.get(name).map_or("", String::as_str)
    }

    fn icon(&self, name: &str) -> String {
        format!("{}#{name}", self.asset("icons.svg"))
    }

    fn language(&self) -> &'static str {
        "en"
    }

    fn other_languages(&self) -> [(&'static str, &'static str); 1] {
        [("ru", Language::Russian.own_name())]
    }

    fn theme(&self) -> Option<&'static str> {
        let theme = self.account.as_ref().map(|account| account.theme).unwrap_or_default();
        (theme != Theme::System).then_some(theme.as_str())
    }

    fn brand(&self) -> &'static str {
        "Portico"
    }

    fn terms_url(&self) -> Option<&str> {
        None
    }

    fn privacy_url(&self) -> Option<&str> {
        None
    }

    fn self_delete(&self) -> bool {
        true
    }

    fn flash_text(&self) -> Option<String> {
        None
    }

    fn flash_warns(&self) -> bool {
        false
    }

    fn theme_css(&self) -> &'static str {
        "/theme.css"
    }

    fn is_at(&self, page: &str) -> bool {
        page == "/account/profile"
    }

    fn encoded_path(&self) -> &'static str {
        "%2Faccount%2Fprofile"
    }
}
