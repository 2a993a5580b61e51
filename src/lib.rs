//! Portico: the front door of an application. It keeps user accounts and the pages people meet them on.
//!
//! Four layers, each calling only those below it:
//!
//! - doors: [`cli`], [`http`], [`grpc`], [`workers`] translate; [`server`] opens the listeners, [`peer`] tells who is at the
//!   other end of a connection;
//! - use cases: [`accounts`], [`factors`], [`logins`], [`pictures`] and [`tokens`] hold every rule, transaction and event; [`permission`] says
//!   who may, [`authenticated`] is the proof of a log-in, [`lookup`] finds accounts; [`audit`] tells who did what, [`events`]
//!   sees what is announced on its way, [`personal_data`] packs the personal data of a user, [`diagnosis`] tells how the program is,
//!   [`transfer`] moves accounts in and out by the thousand; [`error`] is why one of them was not carried out;
//! - tools: [`store`], [`media`], [`picture_workers`], [`placeholders`], [`passwords`], [`breached`], [`worker_pool`], [`limits`],
//!   [`language`], [`redis`], [`broker`], [`webhook`], [`mailer`], [`tls`], [`log`], [`private`], [`recent_errors`], [`open_files`], [`shares`],
//!   [`secrets`], each for one thing of the outside world;
//! - [`model`]: accounts and the values they are made of, pure; [`html`]: how templates escape; [`password_filter`]: lists of leaked passwords as filters;
//!   [`metrics`]: what is counted of the process; [`request_id`]: what names a request; [`clock`]: the time that everything goes by.
//!
//! [`app::App`] carries the tools to the use cases; [`config`] is read once, at the start.

// The others find sentences by its macro.
#[macro_use]
pub mod language;

pub mod accounts;
pub mod app;
pub mod audit;
pub mod authenticated;
pub mod breached;
pub mod broker;
pub mod cli;
pub mod clock;
pub mod config;
pub mod diagnosis;
pub mod error;
pub mod events;
pub mod factors;
pub mod grpc;
pub mod html;
pub mod http;
pub mod jwt;
pub mod limits;
pub mod log;
pub mod logins;
pub mod lookup;
pub mod mailer;
pub mod mails;
pub mod media;
pub mod metrics;
pub mod model;
pub mod open_files;
pub mod passkeys;
pub mod password_filter;
pub mod passwords;
pub mod peer;
pub mod permission;
pub mod personal_data;
pub mod picture_workers;
pub mod pictures;
pub mod placeholders;
pub mod private;
pub mod recent_errors;
pub mod redis;
pub mod request_id;
pub mod secrets;
pub mod server;
pub mod shares;
pub mod store;
pub mod tls;
pub mod tokens;
pub mod transfer;
pub mod webhook;
pub mod worker_pool;
pub mod workers;
