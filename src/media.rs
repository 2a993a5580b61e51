//! Where picture files are kept, through object_store: a folder or an S3-compatible store. It knows keys and
//! file names, not whose they are.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, GetOptions, GetResult, GetResultPayload, ObjectStore,
    ObjectStoreExt as _, PutOptions, RetryConfig,
};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use url::Url;

use crate::config::MediaUrl;

/// Files up to this size are worth keeping in memory: every rendition but the largest, as a rule.
const SMALL: u64 = 64 * 1024;
/// What is kept in memory, in all.
const CACHE: u64 = 32 * 1024 * 1024;

/// The files of pictures: `pictures/{key}/{file}`.
#[derive(Clone, Debug)]
pub struct Media {
    store: Arc<dyn ObjectStore>,
    shown: String,
    /// Whether files carry their type and caching themselves, for those who fetch them without us.
    labels: bool,
    public_url: Option<Url>,
    cache: Arc<Cache<String, Bytes, Size>>,
}

/// A cached file weighs what it holds.
#[derive(Clone, Debug)]
struct Size;

impl Weighter<String, Bytes> for Size {
    fn weight(&self, name: &String, file: &Bytes) -> u64 {
        (name.len() + file.len()) as u64
    }
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

impl Media {
    /// Opens the store, making a folder that is not there, and checks that it takes files. `public_url` is where
    /// everybody can fetch them without Portico, if anywhere.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(url: &MediaUrl, public_url: Option<&Url>) -> Result<Media, OpenError> {
        let (store, shown, labels): (Arc<dyn ObjectStore>, _, _) = match url {
            MediaUrl::Folder(path) => (Arc::new(open_folder(path)?), format!("folder {}", path.display()), false),
            MediaUrl::S3 { bucket, prefix } => {
                let shown = format!("s3://{bucket}/{prefix}");
                let store = open_bucket(bucket)
                    .map_err(|error| OpenError::Bucket { bucket: shown.clone(), reason: reason(&error) })?;
                (Arc::new(PrefixStore::new(store, prefix.as_str())), shown, true)
            }
        };
        let cache = Arc::new(Cache::with_weighter(1_000, CACHE, Size));
        let media = Media { store, shown, labels, public_url: public_url.cloned(), cache };
        media.ping().await.map_err(|error| match url {
            MediaUrl::Folder(path) => OpenError::Folder { path: path.clone(), reason: error.to_string() },
            MediaUrl::S3 { .. } => OpenError::Bucket { bucket: media.shown.clone(), reason: reason(&error) },
        })?;
        Ok(media)
    }

    /// What the log and the pages call it.
    pub fn name(&self) -> &str {
        &self.shown
    }

    /// Where everybody can fetch a file without us, if the store is public.
    pub fn public_url(&self, key: &str, file: &str) -> Option<String> {
        let base = self.public_url.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{base}/pictures/{key}/{file}"))
    }

    /// Whether the store takes files.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> object_store::Result<()> {
        self.store.put(&Path::from("ping"), Bytes::from_static(b"pong").into()).await.map(|_| ())
    }

    /// Stores a file of this type whole, or not at all.
    ///
    /// # Errors
    /// The store's.
    pub async fn put(&self, key: &str, file: &str, kind: &'static str, bytes: Bytes) -> object_store::Result<()> {
        let mut options = PutOptions::default();
        // A folder keeps no attributes, and refuses them.
        if self.labels {
            options.attributes = Attributes::from_iter([
                (Attribute::ContentType, kind),
                (Attribute::CacheControl, "public, max-age=31536000, immutable"),
            ]);
        }
        self.store.put_opts(&path(key, file), bytes.into(), options).await.map(|_| ())
    }

    /// A file to be sent: the small ones from memory, after the first time.
    ///
    /// # Errors
    /// The store's; `NotFound` when there is no such file.
    pub async fn get(&self, key: &str, file: &str, options: GetOptions) -> object_store::Result<File> {
        let name = format!("{key}/{file}");
        if let Some(bytes) = self.cache.get(&name) {
            return Ok(File::Whole(bytes));
        }
        let whole = options.range.is_none() && !options.head;
        let found = self.store.get_opts(&path(key, file), options).await?;
        // Files of our own making are no links; what a link leads to may lie anywhere (SECURITY F5).
        if let GetResultPayload::File(_, path) = &found.payload
            && path.is_symlink()
        {
            let source = "a symbolic link".into();
            return Err(object_store::Error::NotFound { path: found.meta.location.to_string(), source });
        }
        if whole && found.meta.size <= SMALL {
            let bytes = found.bytes().await?;
            self.cache.insert(name, bytes.clone());
            return Ok(File::Whole(bytes));
        }
        Ok(File::Stored(found))
    }

    /// The whole of a file.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(&self, key: &str, file: &str) -> object_store::Result<Bytes> {
        self.store.get(&path(key, file)).await?.bytes().await
    }

    /// Removes the files of a picture. What cannot be removed now stays for the sweep, with a log line.
    pub async fn remove(&self, key: &str) {
        let prefix = Path::from("pictures").join(key);
        let paths = self.store.list(Some(&prefix)).map_ok(|object| object.location).boxed();
        let removed: Result<Vec<Path>, _> = self.store.delete_stream(paths).try_collect().await;
        match removed {
            Ok(paths) => {
                for path in paths {
                    let name = path.filename().map(|file| format!("{key}/{file}"));
                    name.map(|name| self.cache.remove(&name));
                }
            }
            Err(error) => tracing::warn!(%error, "a picture's files could not be removed and stay for the sweep"),
        }
    }

    /// The keys of pictures stored longer than `age` ago.
    ///
    /// # Errors
    /// The store's.
    pub async fn keys_older_than(&self, age: Duration) -> object_store::Result<Vec<String>> {
        let limit = SystemTime::now() - age;
        let mut keys: Vec<String> = self
            .store
            .list(Some(&Path::from("pictures")))
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
    Path::from("pictures").join(key).join(file)
}

fn open_folder(path: &FilePath) -> Result<LocalFileSystem, OpenError> {
    let bad = |reason: String| OpenError::Folder { path: path.to_owned(), reason };
    std::fs::create_dir_all(path).map_err(|error| bad(error.to_string()))?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|error| bad(error.to_string()))?;
    Ok(store.with_automatic_cleanup(true))
}

fn open_bucket(bucket: &str) -> object_store::Result<AmazonS3> {
    let builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    // A store on this machine or in this network has no certificate, and whoever wrote http:// has said so.
    let plain = builder.get_config_value(&AmazonS3ConfigKey::Endpoint).is_some_and(|url| url.starts_with("http://"));
    builder
        .with_client_options(
            ClientOptions::new()
                .with_allow_http(plain)
                .with_connect_timeout(Duration::from_secs(3))
                .with_timeout(Duration::from_secs(20)),
        )
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 4,
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
        _ => "check AWS_ENDPOINT_URL, AWS_REGION and the network",
    };
    let text = error.to_string();
    let first: String = text.lines().next().unwrap_or_default().chars().take(300).collect();
    format!("{advice} ({first})")
}
