//! The shared parts: settings, database, workers, stores, clock and chance. Everything that asks the outside
//! world gets it from here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use portico_webauthn::RelyingParty;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

use crate::breached::Breached;
use crate::clock::Clock;
use crate::config::{Secret, Settings, Unavailable};
use crate::jwt::{Dialect, Keys};
use crate::limits::Limits;
use crate::mailer::Mailer;
use crate::media::Media;
use crate::passwords::Passwords;
use crate::picture_workers::PictureWorkers;
use crate::placeholders::PlaceholderCache;
use crate::redis::Redis;
use crate::secrets::{mac, seal, unseal};
use crate::shares::Shares;
use crate::store::Db;
use crate::store::accounts::{Avatars, Summaries};
use crate::store::audit_queue::AuditQueue;
use crate::store::sessions::Sessions;
use crate::store::tokens::Families;

/// The running program's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    clock: Clock,
    settings: Settings,
    secret_key: Secret,
    keys: Keys,
    redis: Option<Arc<Redis>>,
    public_url: Url,
    db: Db,
    summaries: Summaries,
    avatars: Avatars,
    sessions: Sessions,
    families: Families,
    passwords: Passwords,
    breached: Breached,
    picture_workers: PictureWorkers,
    placeholders: PlaceholderCache,
    media: Media,
    mailer: Option<Mailer>,
    relying_party: Result<RelyingParty, Unavailable>,
    limits: Limits,
    form_memory: Arc<Shares>,
    upload_memory: Arc<Shares>,
    readiness: Mutex<Option<(Instant, Readiness)>>,
    audit_queue: AuditQueue,
    started_at: OffsetDateTime,
    is_leaving: AtomicBool,
}

impl App {
    /// Puts the parts together. `public_url` is what absolute links start with, `dialects` are all that may issue
    /// tokens, and `clock` is the time that everything goes by.
    ///
    /// # Errors
    /// When the keys for tokens cannot be read, `REDIS_URL` is no address of a Redis, the mail relay's certificates cannot
    /// be read, or the filter of leaked passwords is none.
    pub fn new(
        settings: Settings,
        secret_key: Secret,
        public_url: Url,
        db: Db,
        media: Media,
        dialects: Vec<&'static Dialect>,
        clock: Clock,
    ) -> anyhow::Result<App> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = |set: usize| if set == 0 { cores } else { set };
        let redis = settings.redis_url.as_ref().map(Redis::open).transpose().context("REDIS_URL cannot be used")?;
        let redis = redis.map(Arc::new);
        Ok(App(Arc::new(Parts {
            keys: Keys::load(&settings, &secret_key, dialects, clock.clone())?,
            // 256 wait at most: some two seconds for two cores, after which people would rather be told to come back.
            passwords: Passwords::start(workers(settings.password_workers), 256, settings.rate_limits),
            breached: Breached::open(settings.breached_file.as_deref(), settings.breached_api.as_ref())
                .context("leaked passwords cannot be looked up")?,
            picture_workers: PictureWorkers::start(workers(settings.picture_workers), 32, settings.rate_limits),
            placeholders: PlaceholderCache::start(settings.rate_limits),
            mailer: Mailer::new(&settings, &public_url)?,
            relying_party: settings.relying_party(&public_url),
            limits: Limits::new(
                settings.rate_limits,
                mac(secret_key.expose().as_bytes(), b"limits"),
                redis.clone(),
                clock.clone(),
            ),
            redis,
            settings,
            secret_key,
            public_url,
            summaries: Summaries::new(&db),
            avatars: Avatars::new(db.clone()),
            sessions: Sessions::new(db.clone()),
            families: Families::new(db.clone()),
            db,
            media,
            form_memory: Shares::new(),
            upload_memory: Shares::new(),
            readiness: Mutex::default(),
            audit_queue: AuditQueue::default(),
            started_at: clock.now(),
            clock,
            is_leaving: AtomicBool::new(false),
        })))
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The keys of tokens.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// How many connections to the database are in use, and how many are open.
    pub fn database_connections(&self) -> (usize, usize) {
        self.db().connections()
    }

    /// How many passwords and how many pictures wait for a thread.
    pub fn queues(&self) -> (usize, usize) {
        (self.passwords().waiting(), self.picture_workers().waiting())
    }

    /// Redis, where there is one.
    pub fn redis(&self) -> Option<&Redis> {
        self.0.redis.as_deref()
    }

    /// The address that people reach Portico at.
    pub fn public_url(&self) -> &Url {
        &self.0.public_url
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// What services are told of accounts, for many questions at once.
    pub fn summaries(&self) -> &Summaries {
        &self.0.summaries
    }

    /// The accounts whose avatars are asked for.
    pub fn avatars(&self) -> &Avatars {
        &self.0.avatars
    }

    /// Sessions in use, for many questions at once.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Token families in use, for many questions at once.
    pub fn families(&self) -> &Families {
        &self.0.families
    }

    /// The password workers.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// What leaked passwords are looked up in.
    pub fn breached(&self) -> &Breached {
        &self.0.breached
    }

    /// The picture workers.
    pub fn picture_workers(&self) -> &PictureWorkers {
        &self.0.picture_workers
    }

    /// Where what stands for a picture is drawn.
    pub fn placeholders(&self) -> &PlaceholderCache {
        &self.0.placeholders
    }

    /// Where pictures are kept.
    pub fn media(&self) -> &Media {
        &self.0.media
    }

    /// Whether mail is sent.
    pub fn sends_mail(&self) -> bool {
        self.mailer().is_some()
    }

    /// What sends mail, where it is sent.
    pub fn mailer(&self) -> Option<&Mailer> {
        self.0.mailer.as_ref()
    }

    /// Whom passkeys are made for (Web Authentication §4, "Relying Party").
    ///
    /// # Errors
    /// Why there are no passkeys here.
    pub fn relying_party(&self) -> Result<&RelyingParty, Unavailable> {
        self.0.relying_party.as_ref().map_err(|unavailable| *unavailable)
    }

    /// The rate limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// When the program was started.
    pub fn started_at(&self) -> OffsetDateTime {
        self.0.started_at
    }

    /// Rows of the audit log that wait to be written.
    pub fn audit_queue(&self) -> &AuditQueue {
        &self.0.audit_queue
    }

    /// The memory that forms and the beginnings of larger bodies take.
    pub fn form_memory(&self) -> &Arc<Shares> {
        &self.0.form_memory
    }

    /// The memory that the rest of larger bodies takes.
    pub fn upload_memory(&self) -> &Arc<Shares> {
        &self.0.upload_memory
    }

    /// Whether what the program stands on answers, within two seconds. This needs no authentication, so nothing is
    /// asked twice at once, nor again within a second.
    pub async fn readiness(&self) -> Readiness {
        self.look(Duration::from_secs(1)).await
    }

    /// The same, but asked however lately it was, unless others are asking at this moment.
    pub async fn readiness_now(&self) -> Readiness {
        self.look(Duration::ZERO).await
    }

    async fn look(&self, good_for: Duration) -> Readiness {
        let asked = Instant::now();
        let mut looked = self.0.readiness.lock().await;
        let is_leaving = self.0.is_leaving.load(Ordering::Relaxed);
        // Who waited for another caller's check has its result, however many waited.
        if let Some((timestamp, readiness)) = *looked
            && (timestamp > asked || timestamp.elapsed() < good_for)
        {
            return Readiness { is_leaving, ..readiness };
        }
        let redis = async {
            match self.redis() {
                Some(server) => Some(answers(server.ping()).await),
                None => None,
            }
        };
        let (database, media, redis) = tokio::join!(answers(self.db().ping()), answers(self.media().ping()), redis);
        let readiness = Readiness { database, media, redis, is_leaving };
        *looked = Some((Instant::now(), readiness));
        readiness
    }

    /// The clock that everything goes by.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// From here on it is not ready: it is about to stop.
    pub fn leave(&self) {
        self.0.is_leaving.store(true, Ordering::Relaxed);
    }

    /// Ends the workers that hash passwords, and closes the database.
    pub async fn close(&self) {
        self.passwords().stop();
        self.db().close().await;
    }

    /// The time, in whole UTC seconds: SQLite compares times as text.
    pub fn now(&self) -> OffsetDateTime {
        self.clock().now()
    }

    /// A MAC over `message` under a key made from `SECRET_KEY` for this purpose alone.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        mac(&self.key(purpose), message)
    }

    /// Seals a short secret for the database or a form, under a key made from `SECRET_KEY` for this purpose alone; bound to
    /// what `about` says.
    pub(crate) fn seal(&self, purpose: &str, about: &[u8], secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        seal(&self.key(purpose), about, secret)
    }

    /// What [`App::seal`] sealed, with this `SECRET_KEY` or one that there was before; `None` for what was sealed under
    /// another one, or about something else.
    pub(crate) fn unseal(&self, purpose: &str, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let former = self.settings().previous_secret_keys.iter();
        let mut keys = std::iter::once(&self.0.secret_key).chain(former);
        keys.find_map(|key| unseal(&mac(key.expose().as_bytes(), purpose.as_bytes()), about, sealed))
    }

    fn key(&self, purpose: &str) -> [u8; 32] {
        mac(self.0.secret_key.expose().as_bytes(), purpose.as_bytes())
    }
}

/// Whether something answers in time.
async fn answers<E>(ask: impl Future<Output = Result<(), E>>) -> bool {
    const READINESS_TIMEOUT: Duration = Duration::from_secs(2);
    matches!(timeout(READINESS_TIMEOUT, ask).await, Ok(Ok(())))
}

/// What answers and what does not.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    /// The database.
    pub database: bool,
    /// The media store.
    pub media: bool,
    /// Redis, where there is one.
    pub redis: Option<bool>,
    /// Whether the program is about to stop.
    pub is_leaving: bool,
}

impl Readiness {
    /// Whether everything does, and will for a while.
    pub fn is_ready(self) -> bool {
        self.database && self.media && self.redis != Some(false) && !self.is_leaving
    }
}
