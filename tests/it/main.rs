//! Stories about Portico as people and programs meet it: each starts the real program on free ports, with a database of
//! its own. `TEST_DATABASE` says which kind (`sqlite`, also when unset, or `postgres`); no story knows. Stories about
//! other servers fail where there is none and name what is missing: `tests/run --only sqlite` starts them all.

#![expect(unreachable_pub, reason = "a test binary has no outside: `pub` marks what the stories use of their support")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod support;

mod account;
mod admin;
mod api;
mod app_passwords;
mod audit;
mod avatar;
mod bench;
mod bodies;
mod brand;
mod breached;
#[path = "../../src/imaging/tests/pipeline/broken_files.rs"]
mod broken_files;
mod command_line;
mod confirm;
mod connections;
mod cookies;
mod crash;
mod email_change;
mod ended;
mod endurance;
mod events;
mod exhaustion;
mod forgot;
mod former_pictures;
mod former_usernames;
mod forms;
mod fresh;
mod grpc;
mod grpc_guard;
mod imported;
mod internal;
mod known_devices;
mod limits;
mod location;
mod log;
mod login;
mod long_texts;
mod mail;
mod mailer;
mod media;
mod media_folder;
mod media_s3;
mod names;
mod normalized;
mod notices;
mod operators;
mod other_account;
mod outages;
mod own_email;
mod passkey_sign_up;
mod passkeys;
mod picture_editor;
mod pictures;
mod private_files;
mod profile;
mod proxies;
mod refused;
mod schema;
mod search;
mod service;
mod sessions;
mod settings;
mod sign_up_guard;
mod signup;
mod status;
mod structure;
mod terms;
mod time_zones;
mod transfer;
mod two_factor;
mod two_factor_acts;
mod two_factor_doors;
mod typed_login;
mod unstorable;
mod uploads;
mod webhooks;
