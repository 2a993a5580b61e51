//! Use cases: taking accounts in from other services and from Portico, writing them out, moving to another database,
//! filling one for a load test. One file for each old service says how its rows are read.

mod clark;
mod django;
mod draft;
pub mod export;
mod fields;
pub mod import;
mod internet_lab;
mod mongo_users;
pub mod move_db;
mod pictures;
mod portico;
mod records;
pub mod seed;
mod table;

use time::OffsetDateTime;

use crate::model::{AccountId, Problem};
use crate::store::credentials::Credentials;
use crate::store::transfer::AccountWithSecrets;

/// Where a file of accounts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Portico's own export.
    Portico,
    /// A Django service: `dumpdata`, or rows of its table.
    Django,
    /// A gRPC service that keeps users in MongoDB: `mongoexport`.
    MongoUsers,
    /// A FastAPI service that keeps users in MySQL: rows of its table.
    InternetLab,
    /// An Express service that keeps users in MongoDB: `mongoexport`.
    Clark,
    /// Anything else, as a table with a header.
    Csv,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 6] =
        [Source::Portico, Source::Django, Source::MongoUsers, Source::InternetLab, Source::Clark, Source::Csv];

    /// As it is named on the command line and kept beside what came from there.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Portico => "portico",
            Source::Django => "django",
            Source::MongoUsers => "mongo-users",
            Source::InternetLab => "internet-lab",
            Source::Clark => "clark",
            Source::Csv => "csv",
        }
    }
}

/// An account as it arrives.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// What its row is called where it comes from: the same each time it is read.
    pub(crate) external_id: String,
    /// The account.
    pub(crate) whole: AccountWithSecrets,
    /// Whether there was a hash in an unknown format, so that a new password has to be set.
    pub(crate) lost_password: bool,
    /// Its picture's file.
    pub(crate) picture: Option<OldPicture>,
    /// What its picture was known by still earlier.
    pub(crate) older_pictures: Vec<String>,
    /// What it was called by other services, which Portico's own export tells.
    pub(crate) also_from: Vec<(String, String)>,
    /// What it is logged in with beside its password.
    pub(crate) credentials: Credentials,
    /// How many authenticators were left out, since they were sealed under another `SECRET_KEY`.
    pub(crate) lost_authenticators: usize,
}

/// A picture in a folder of an old service.
#[derive(Clone, Debug)]
pub(crate) struct OldPicture {
    /// The name of the file, without folders.
    pub(crate) file: String,
    /// The square to show, where that is known.
    pub(crate) crop: portico_imaging::Crop,
}

/// A parsed record of a file.
#[derive(Debug)]
pub(crate) enum ParsedRecord {
    /// An account.
    Account(Box<Incoming>),
    /// A refresh token that is used up or logged out, until when it would have been good.
    UsedToken(String, OffsetDateTime),
    /// Nothing that Portico keeps.
    Nothing,
}

/// Why a record is not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// It cannot be read.
    #[error("the record cannot be read: {0}")]
    Unreadable(String),
    /// It has no name.
    #[error("there is neither a username nor an e-mail")]
    Nameless,
    /// Its username reads as an e-mail address, and is not its own e-mail.
    #[error("the username reads as an e-mail address")]
    Address,
    /// A field holds what it cannot hold.
    #[error("the field {0} cannot be used: {said}", said = said(.1))]
    Field(&'static str, Problem),
    /// An account has its id, and did not come from this record.
    #[error("the id is taken by the account {0}")]
    IdTaken(AccountId),
    /// Another account has its username.
    #[error("the username is taken by the account {0}")]
    UsernameTaken(AccountId),
    /// Another account has its e-mail.
    #[error("the e-mail is taken by the account {0}")]
    EmailTaken(AccountId),
    /// A record before it in the same file has the same id or name.
    #[error("an earlier record of the file has the same {0}")]
    Twice(&'static str),
}

/// What is wrong with a field, for operators.
fn said(problem: &Problem) -> String {
    match problem {
        Problem::Missing => "nothing is there".to_owned(),
        Problem::TooShort { min } => format!("shorter than {min}"),
        Problem::TooLong { max } => format!("longer than {max}"),
        Problem::Characters => "it holds what does not show, or what no database holds".to_owned(),
        Problem::Malformed => "it is none".to_owned(),
        Problem::Taken { .. } => "another account has it".to_owned(),
        Problem::Reserved => "it is reserved".to_owned(),
        Problem::Leaked | Problem::AlmostLeaked | Problem::Pattern | Problem::Personal => {
            "it is guessed at once".to_owned()
        }
        Problem::Wrong | Problem::Unproved | Problem::Unconfirmed { .. } => "it is not the right one".to_owned(),
    }
}
