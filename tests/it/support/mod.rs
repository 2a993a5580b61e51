//! What the stories share: the program, its visitors, its database, pictures to upload.

mod answer;
mod app;
mod broker;
mod certificates;
mod command;
mod database;
mod factor;
mod grpc;
mod mails;
mod media_store;
mod own_broker;
mod passkey;
pub mod photo;
mod ports;
mod receiver;
mod server;
mod sink;
mod visitor;

pub use answer::Answer;
pub use app::app;
pub use broker::{Consumer, Cut, Delivered, broker_url, queue_name};
pub use certificates::certificates;
pub use command::{Done, command};
pub use database::Database;
pub use factor::{Authenticator, begin, verify};
pub use grpc::{Caller, python, user};
pub use mails::{MAIL, count as mail_count, mail, mails, mails_to};
pub use media_store::{Bucket, MediaStore};
pub use own_broker::OwnBroker;
pub use passkey::{Passkey, asked};
pub use ports::free_port;
pub use receiver::{Received, Receiver};
pub use server::Portico;
pub use sink::{Mail, Sink};
pub use visitor::{Part, Visitor};

/// The password of every account here, unless a story is about passwords.
pub const PASSWORD: &str = "seven quiet otters";
