//! Where the pictures of a story are kept: a folder of its own, or a prefix of its own in the bucket of the tests'
//! S3-compatible server. `TEST_MEDIA` says which (`folder`, also when unset, or `s3`); hardly any story knows.

use std::path::{Path, PathBuf};

/// A picture store.
#[derive(Clone, Debug)]
pub enum MediaStore {
    /// A folder.
    Folder(PathBuf),
    /// A part of the bucket.
    Bucket(Bucket),
}

/// A part of the bucket, as Portico is told of it.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Where the server answers.
    pub endpoint: String,
    pub name: String,
    pub access_key: String,
    pub secret_key: String,
    pub prefix: String,
    /// Where the server keeps it: its objects are files.
    pub folder: PathBuf,
}

impl MediaStore {
    /// A new one; a folder lies in `folder`.
    pub fn create(folder: &Path) -> MediaStore {
        match std::env::var("TEST_MEDIA").as_deref() {
            Err(_) | Ok("folder") => MediaStore::Folder(folder.join("media")),
            Ok("s3") => MediaStore::Bucket(Bucket::create()),
            Ok(other) => panic!("TEST_MEDIA is folder or s3, not {other}"),
        }
    }

    /// What Portico is told.
    pub fn settings(&self) -> Vec<(String, String)> {
        match self {
            MediaStore::Folder(path) => vec![("MEDIA_URL".to_owned(), path.display().to_string())],
            MediaStore::Bucket(bucket) => bucket.settings(),
        }
    }

    /// Where its files can be looked at.
    pub fn folder(&self) -> PathBuf {
        match self {
            MediaStore::Folder(path) => path.clone(),
            MediaStore::Bucket(bucket) => bucket.folder.join(&bucket.prefix),
        }
    }
}

impl Bucket {
    /// A part of the bucket that no other test uses.
    pub fn create() -> Bucket {
        let told = |name: &str| {
            std::env::var(name)
                .unwrap_or_else(|_| panic!("{name} is not set: `tests/run` starts an S3 server and says"))
        };
        let name = told("TEST_S3_BUCKET");
        Bucket {
            endpoint: told("TEST_S3_ENDPOINT"),
            access_key: told("TEST_S3_ACCESS_KEY"),
            secret_key: told("TEST_S3_SECRET_KEY"),
            prefix: uuid::Uuid::new_v4().simple().to_string(),
            folder: PathBuf::from(told("TEST_S3_FOLDER")).join(&name),
            name,
        }
    }

    /// What Portico is told.
    pub fn settings(&self) -> Vec<(String, String)> {
        [
            ("MEDIA_URL", &format!("s3://{}/{}", self.name, self.prefix)),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", &"us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", &self.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_key),
        ]
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .to_vec()
    }
}
