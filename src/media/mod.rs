//! Where picture files are kept, through object_store: a folder or an S3-compatible store. It knows keys and
//! file names, not whose they are.

mod folder;
mod kept;

use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, GetOptions, GetRange, GetResult, GetResultPayload,
    ObjectStore, ObjectStoreExt as _, PutOptions, RetryConfig,
};
use time::OffsetDateTime;
use tokio::time::sleep;
use url::Url;

use crate::config::MediaUrl;
use crate::private;

use folder::{Folder, PICTURES};
use kept::{Found, Kept};

/// Files up to this size are worth keeping in memory: every rendition but the largest, as a rule.
const MAX_CACHED_FILE: u64 = 64 * 1024;

/// How long a file is sent from memory before the store is asked whether it is still there: another replica, or a
/// command beside the server, may have removed it. A look into a folder costs nothing; a bucket bills each question,
/// and is asked about one picture at most 720 times an hour.
const FOLDER_LIFE: Duration = Duration::from_secs(1);
const BUCKET_LIFE: Duration = Duration::from_secs(5);

/// How long after the first try files that could not be removed are tried again; each time twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// For how long that goes on. By then they are old enough for the sweep.
const MAX_RETRIES: Duration = Duration::from_mins(75);

/// The files of pictures: `pictures/{key}/{file}`.
#[derive(Clone, Debug)]
pub struct Media {
    store: Arc<dyn ObjectStore>,
    /// The same store, where it is a folder: for what must not follow links.
    folder: Option<Folder>,
    shown: String,
    /// Whether files carry their type and caching themselves, for those who fetch them without us.
    labels: bool,
    public_url: Option<Url>,
    kept: Arc<Kept>,
}

/// A file to be sent.
pub enum File {
    /// All of it, from memory.
    Whole(Bytes),
    /// It, or the part that was asked for, from the store.
    Stored(GetResult),
}

/// Why pictures cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or used.
    #[error("the media folder {path} cannot be used: {reason}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The bucket cannot be used.
    #[error("the media store {bucket} cannot be used: {reason}")]
    Bucket {
        /// `s3://bucket/prefix`
        bucket: String,
        /// Why.
        reason: String,
    },
}

impl OpenError {
    fn folder(path: &FilePath, reason: String) -> OpenError {
        OpenError::Folder { path: private::from_root(path), reason }
    }
}

impl Media {
    /// Opens the store, making a folder that is not there, and checks that it takes files. `public_url` is where
    /// any client can fetch them without Portico, if anywhere.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(url: &MediaUrl, public_url: Option<&Url>) -> Result<Media, OpenError> {
        if let MediaUrl::Folder(path) = url {
            private::create_folder(path).map_err(|error| OpenError::folder(path, error.to_string()))?;
        }
        Media::open_existing(url, public_url).await
    }

    /// The same, but a folder has to be there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_existing(url: &MediaUrl, public_url: Option<&Url>) -> Result<Media, OpenError> {
        let (store, folder, shown, labels): (Arc<dyn ObjectStore>, _, _, _) = match url {
            MediaUrl::Folder(path) => {
                let shown = format!("folder {}", private::from_root(path).display());
                (Arc::new(open_folder(path)?), Some(Folder::new(path.clone())), shown, false)
            }
            MediaUrl::S3 { bucket, prefix } => {
                let shown = format!("s3://{bucket}/{prefix}");
                let store = open_bucket(bucket)
                    .map_err(|error| OpenError::Bucket { bucket: shown.clone(), reason: reason(&error) })?;
                (Arc::new(PrefixStore::new(store, prefix.as_str())), None, shown, true)
            }
        };
        let kept = Arc::new(Kept::for_so(if folder.is_some() { FOLDER_LIFE } else { BUCKET_LIFE }));
        let media = Media { store, folder, shown, labels, public_url: public_url.cloned(), kept };
        media.ping().await.map_err(|error| match url {
            MediaUrl::Folder(path) => OpenError::folder(path, error.to_string()),
            MediaUrl::S3 { .. } => OpenError::Bucket { bucket: media.shown.clone(), reason: reason(&error) },
        })?;
        Ok(media)
    }

    /// What the log and the pages call it.
    pub fn name(&self) -> &str {
        &self.shown
    }

    /// Where any client can fetch a file without us, if the store is public.
    pub fn public_url(&self, key: &str, file: &str) -> Option<String> {
        let base = self.public_url.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{base}/pictures/{key}/{file}"))
    }

    /// Whether the store takes files.
    ///
    /// # Errors
    /// [`object_store::Error`] when the store does not answer.
    pub async fn ping(&self) -> object_store::Result<()> {
        self.store.put(&Path::from("ping"), Bytes::from_static(b"pong").into()).await.map(|_| ())
    }

    /// Stores a file of this type whole, or not at all.
    ///
    /// # Errors
    /// [`object_store::Error`], the store's.
    pub async fn put(&self, key: &str, file: &str, kind: &'static str, bytes: Bytes) -> object_store::Result<()> {
        let mut options = PutOptions::default();
        // A folder keeps no attributes, and refuses them.
        if self.labels {
            options.attributes = Attributes::from_iter([
                (Attribute::ContentType, kind),
                (Attribute::CacheControl, "public, max-age=31536000, immutable"),
            ]);
        }
        self.in_folder(key, |folder, key| folder.takes(&key)).await?;
        self.store.put_opts(&path(key, file), bytes.into(), options).await?;
        // Another process may have put a link there meanwhile: then nothing is stored.
        self.stands(key, file).await.map(|_| ())
    }

    /// A file from memory, where that needs no look into the store; none where browsers fetch files from the store.
    pub fn fresh(&self, key: &str, file: &str) -> Option<Bytes> {
        if self.public_url.is_some() { None } else { self.kept.fresh(&format!("{key}/{file}")) }
    }

    /// A file to be sent: the small ones from memory, after the first time.
    ///
    /// # Errors
    /// The store's; `NotFound` when there is no such file.
    pub async fn get(&self, key: &str, file: &str, options: GetOptions) -> object_store::Result<File> {
        let name = format!("{key}/{file}");
        match self.kept.find(&name) {
            Found::Fresh(bytes) => return Ok(File::Whole(bytes)),
            Found::Stale(bytes) => match self.exists(key, file).await {
                Err(error @ object_store::Error::NotFound { .. }) => {
                    self.kept.forget(&name);
                    return Err(error);
                }
                Ok(()) => return Ok(File::Whole(bytes)),
                Err(error) => {
                    // A store that does not answer has removed nothing.
                    tracing::debug!(%error, "a picture is sent from memory: its store does not answer");
                    return Ok(File::Whole(bytes));
                }
            },
            Found::Nothing => {}
        }
        let whole = options.range.is_none() && !options.head;
        let found = self.open_file(key, file, options).await?;
        if whole && found.meta.size <= MAX_CACHED_FILE {
            let bytes = found.bytes().await?;
            self.kept.put(name, bytes.clone());
            return Ok(File::Whole(bytes));
        }
        Ok(File::Stored(found))
    }

    /// The whole of a file.
    ///
    /// # Errors
    /// [`object_store::Error`], the store's.
    pub async fn read(&self, key: &str, file: &str) -> object_store::Result<Bytes> {
        self.open_file(key, file, GetOptions::default()).await?.bytes().await
    }

    /// A file, or a part of it, to be read as it is sent.
    ///
    /// # Errors
    /// What the store says.
    pub async fn stream(&self, key: &str, file: &str, part: Option<Range<u64>>) -> object_store::Result<GetResult> {
        let options = GetOptions { range: part.map(GetRange::Bounded), ..GetOptions::default() };
        self.open_file(key, file, options).await
    }

    /// A file of ours, or the store's refusal. Our files are no links, nor lie behind one: what a link leads to may lie
    /// anywhere.
    async fn open_file(&self, key: &str, file: &str, options: GetOptions) -> object_store::Result<GetResult> {
        let stands = self.stands(key, file).await?;
        let found = self.store.get_opts(&path(key, file), options).await?;
        if let (Some(stands), GetResultPayload::File(opened, _)) = (stands, &found.payload)
            && folder::identity_of(opened).map_err(generic)? != stands
        {
            return Err(absent(key, file));
        }
        Ok(found)
    }

    /// Which file stands there; nothing to say of a bucket, which has no links.
    async fn stands(&self, key: &str, file: &str) -> object_store::Result<Option<folder::Identity>> {
        let name = file.to_owned();
        match self.in_folder(key, move |folder, key| folder.find(&key, &name)).await? {
            Some(None) => Err(absent(key, file)),
            found => Ok(found.flatten()),
        }
    }

    /// Whether a file is there.
    async fn exists(&self, key: &str, file: &str) -> object_store::Result<()> {
        if self.stands(key, file).await?.is_none() {
            self.store.head(&path(key, file)).await?;
        }
        Ok(())
    }

    /// Asks the folder, where there is one, off the threads that must not wait.
    async fn in_folder<T: Send + 'static>(
        &self,
        key: &str,
        ask: impl FnOnce(&Folder, String) -> std::io::Result<T> + Send + 'static,
    ) -> object_store::Result<Option<T>> {
        let Some(folder) = self.folder.clone() else { return Ok(None) };
        let key = key.to_owned();
        let answer = tokio::task::spawn_blocking(move || ask(&folder, key)).await;
        answer.map_err(std::io::Error::other).and_then(|answer| answer).map(Some).map_err(generic)
    }

    /// Removes the files of a picture that no account has any more. Where the store is away it is tried again: what was
    /// removed does not come back with it for long.
    pub async fn remove(&self, key: &str) {
        if let Err(error) = self.try_remove(key).await {
            tracing::warn!(%error, "a picture's files could not be removed; they are once the store takes it, or by the sweep");
            tokio::spawn(self.clone().remove_later(key.to_owned()));
        }
    }

    /// Removes the files of a picture that may be an account's after all, where the answer to a commit was lost, or that
    /// the sweep has found. What cannot be removed now stays for the sweep, which asks the database.
    pub async fn discard(&self, key: &str) {
        if let Err(error) = self.try_remove(key).await {
            tracing::warn!(%error, "a picture's files could not be removed and stay for the sweep");
        }
    }

    /// Tries until the sweep finds them.
    async fn remove_later(self, key: String) {
        let mut wait = FIRST_WAIT;
        let begun = Instant::now();
        while begun.elapsed() < MAX_RETRIES {
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            if self.try_remove(&key).await.is_ok() {
                return;
            }
        }
    }

    async fn try_remove(&self, key: &str) -> object_store::Result<()> {
        let removed = match self.in_folder(key, |folder, key| folder.remove(&key)).await {
            Ok(None) => {
                let prefix = Path::from(PICTURES).join(key);
                let paths = self.store.list(Some(&prefix)).map_ok(|object| object.location).boxed();
                self.store.delete_stream(paths).try_for_each(|_| async { Ok(()) }).await
            }
            done => done.map(|_| ()),
        };
        // Also where they could not be removed: memory is not to show them.
        self.kept.forget_all(key);
        removed
    }

    /// The keys of pictures stored before a time.
    ///
    /// # Errors
    /// [`object_store::Error`], the store's.
    pub async fn keys_stored_before(&self, timestamp: OffsetDateTime) -> object_store::Result<Vec<String>> {
        if let Some(keys) = self.in_folder("", move |folder, _| folder.keys_stored_before(timestamp)).await? {
            return Ok(keys);
        }
        let limit = SystemTime::from(timestamp);
        let mut keys: Vec<String> = self
            .store
            .list(Some(&Path::from(PICTURES)))
            .try_filter_map(|object| async move {
                let old = SystemTime::from(object.last_modified) < limit;
                Ok(object.location.parts().nth(1).filter(|_| old).map(|part| part.as_ref().to_owned()))
            })
            .try_collect()
            .await?;
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

fn path(key: &str, file: &str) -> Path {
    Path::from(PICTURES).join(key).join(file)
}

fn absent(key: &str, file: &str) -> object_store::Error {
    let source = "no file, or a symbolic link on the way to it".into();
    object_store::Error::NotFound { path: path(key, file).to_string(), source }
}

fn generic(error: std::io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "folder", source: error.into() }
}

fn open_folder(path: &FilePath) -> Result<LocalFileSystem, OpenError> {
    let bad = |reason: String| OpenError::folder(path, reason);
    if matches!(path.try_exists(), Ok(false)) {
        return Err(bad("there is none; run this where the server runs, or set MEDIA_URL".to_owned()));
    }
    // Links below it are not followed, so this one would make every picture disappear without a word.
    if path.join(PICTURES).is_symlink() {
        return Err(bad(format!("its {PICTURES:?} is a symbolic link; MEDIA_URL may lead to the place itself")));
    }
    LocalFileSystem::new_with_prefix(path).map_err(|error| bad(error.to_string()))
}

fn open_bucket(bucket: &str) -> object_store::Result<AmazonS3> {
    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    // A store on this machine or in this network has no certificate, and an operator who wrote http:// has said so.
    let is_plain = |key| builder.get_config_value(&key).is_some_and(|url| url.starts_with("http://"));
    let plain = is_plain(AmazonS3ConfigKey::Endpoint) || is_plain(AmazonS3ConfigKey::S3Endpoint);
    builder
        .with_client_options(
            ClientOptions::new()
                .with_allow_http(plain)
                .with_connect_timeout(Duration::from_secs(3))
                .with_timeout(Duration::from_secs(20)),
        )
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            // Some ten seconds in all: a store that is asked too much says so for a while.
            max_retries: 7,
            retry_timeout: Duration::from_secs(15),
        })
        .build()
}

/// The store's complaint on one line, with what to look at. Credentials are no part of it.
fn reason(error: &object_store::Error) -> String {
    let advice = match error {
        object_store::Error::NotFound { .. } => "is there such a bucket?",
        object_store::Error::Unauthenticated { .. } | object_store::Error::PermissionDenied { .. } => {
            "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do"
        }
        // Without them, the library asks the machine that it supposes to run on.
        _ if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() => {
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which are not set, or the machine's own role"
        }
        _ => "check AWS_ENDPOINT_URL, AWS_REGION and the network",
    };
    let text = error.to_string();
    let first: String = text.lines().next().unwrap_or_default().chars().take(300).collect();
    format!("{advice} ({first})")
}
