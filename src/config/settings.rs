//! Every setting, each declared once: field, type, environment name, default, meaning, secrecy.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::model::{Account, Language};

use super::addresses;
use super::brand::{self, BrandFile};
use super::dialects::Dialects;
use super::factors::{self, DoorsSecondFactor, RequireTwoFactor};
use super::mail::{self, ConfirmDoors, MailRate, MailTransport, Mailbox, SmtpAuth};
use super::parse::{self, EmailConfirm, Synchronous, TokenAlgorithm};
use super::passkeys;
use super::storage::{self, DatabaseUrl, MediaUrl};
use super::{Error, Secrecy, Secret, Setting, Values};

macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $field:ident: $type:ty = $name:literal or $default:literal $secrecy:ident by $parse:path;)*) => {
        /// The settings in force, checked once.
        #[derive(Clone, Debug)]
        pub struct Settings { $($(#[doc = $meaning])+ pub $field: $type,)* }

        /// Every setting there is, in the order of the README's table.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: $name, default: $default, meaning: concat!($($meaning),+), secrecy: settings!(@$secrecy),
        },)*];

        impl Settings {
            /// Checks each value on its own, then together.
            pub(super) fn read(values: &Values, dialects: &[&str]) -> Result<Settings, Error> {
                let mut settings = Settings { $($field: {
                    let setting = SETTINGS.iter().find(|setting| setting.name == $name).unwrap_or(&SETTINGS[0]);
                    let (value, _) = values.get(setting);
                    $parse(value).map_err(|expected| values.bad(setting, expected))?
                },)* };
                settings.dialects = settings.open(values, dialects)?;
                settings.agree()?;
                Ok(settings)
            }
        }
    };
    (@secret) => { Secrecy::Secret };
    (@address) => { Secrecy::Address };
    (@plain) => { Secrecy::Plain };
}

settings! {
    /// The public listener: pages, REST, media. Port 0 picks one; the log's first lines say which.
    listen: SocketAddr = "PORTICO_LISTEN" or "127.0.0.1:8000" plain by addresses::address;
    /// The internal listener: gRPC and metrics, never for the internet. `off` for none.
    internal_listen: Option<SocketAddr> = "PORTICO_INTERNAL_LISTEN" or "127.0.0.1:50050" plain by addresses::address_or_off;
    /// When set, gRPC, `/metrics` and `/mail/bounces` want `authorization: Bearer` with it; at least 16 characters.
    internal_token: Option<Secret> = "PORTICO_INTERNAL_TOKEN" or "" secret by parse::client_secret;
    /// Names by which the internal listener may be called, beside addresses and `localhost`, separated by commas: those of a compose file or a cluster.
    internal_hosts: Vec<String> = "PORTICO_INTERNAL_HOSTS" or "" plain by addresses::hosts;
    /// The PEM certificate (chain) of the internal listener, which then speaks TLS alone. Read at the start.
    internal_tls_cert_file: Option<PathBuf> = "PORTICO_INTERNAL_TLS_CERT_FILE" or "" plain by parse::path;
    /// The PEM private key of that certificate.
    internal_tls_key_file: Option<PathBuf> = "PORTICO_INTERNAL_TLS_KEY_FILE" or "" plain by parse::path;
    /// PEM certificates of authorities: when set, only callers with a certificate of theirs are let in at the internal listener.
    internal_tls_client_ca_file: Option<PathBuf> = "PORTICO_INTERNAL_TLS_CLIENT_CA_FILE" or "" plain by parse::path;
    /// The base of every absolute link. `https://…` turns on Secure and `__Host-` cookies and HSTS. Unset: the listener.
    public_url: Option<Url> = "PORTICO_PUBLIC_URL" or "" address by addresses::public_url;
    /// Networks whose `X-Forwarded-For` is believed, separated by commas, and, while `PORTICO_PUBLIC_URL` is unset, their `X-Forwarded-Proto`.
    trusted_proxies: Vec<IpNet> = "PORTICO_TRUSTED_PROXIES" or "" plain by addresses::networks;
    /// A SQLite file (created), or `postgres://…`.
    database_url: DatabaseUrl = "DATABASE_URL" or "sqlite:data/portico.db" address by storage::database;
    /// Where pictures are kept: a folder, as a path or `file://…`, or `s3://bucket/prefix` with the usual `AWS_*` variables (any S3-compatible `AWS_ENDPOINT_URL`).
    media_url: MediaUrl = "MEDIA_URL" or "media" address by storage::media;
    /// The public address of the bucket (or of a CDN before it): `/media` then redirects there. Unset: Portico passes the files on.
    media_public_url: Option<Url> = "MEDIA_PUBLIC_URL" or "" address by addresses::web_url;
    /// Signs what Portico hands out; at least 32 bytes, no placeholder. Unset: made once and kept beside the SQLite file in `secret.key`; PostgreSQL wants it set.
    secret_key: Option<Secret> = "SECRET_KEY" or "" secret by parse::secret_key;
    /// Redis, shared by every replica, for revoked tokens and counts of attempts; while it does not answer, no token is taken. Unset: the database and memory serve.
    redis_url: Option<Secret> = "REDIS_URL" or "" secret by parse::secret;
    /// RabbitMQ for user events, `amqp://…` or `amqps://…`. Unset: events wait in the outbox.
    amqp_url: Option<Secret> = "AMQP_URL" or "" secret by parse::amqp;
    /// This service's own queue name.
    current_queue: String = "CURRENT_QUEUE" or "users" plain by parse::text;
    /// The queues that get every event, separated by commas; the own one is skipped.
    queue_list: Vec<String> = "QUEUE_LIST" or "" plain by parse::queues;
    /// How long events are kept, delivered or not: what is to be delivered once more must be there, and what could not be delivered for so long is lost.
    event_retention: Duration = "PORTICO_EVENT_RETENTION" or "30d" plain by parse::lifetime;
    /// How long the audit log is kept; at least a day.
    audit_retention: Duration = "PORTICO_AUDIT_RETENTION" or "365d" plain by parse::audit_retention;
    /// Private networks that webhooks may be sent to, separated by commas. Unset: none.
    webhook_networks: Vec<IpNet> = "PORTICO_WEBHOOK_NETWORKS" or "" plain by addresses::networks;
    /// How long a webhook may fail before it is given up.
    webhook_give_up: Duration = "PORTICO_WEBHOOK_GIVE_UP" or "5d" plain by parse::lifetime;
    /// Outgoing mail: `smtp://USER:PASSWORD@HOST:587` (STARTTLS required; to a loopback address taken if offered), `smtps://…:465` (TLS from the start), `smtp+plain://HOST:25` (no TLS, no password, inside the own network), `sendmail:/usr/sbin/sendmail`, or `folder:mails` for development. Unset: nothing is mailed.
    smtp_url: Option<MailTransport> = "SMTP_URL" or "" address by mail::transport;
    /// PEM certificates of the authorities that the relay's certificate is checked by. Unset: the system's.
    smtp_ca_file: Option<PathBuf> = "SMTP_CA_FILE" or "" plain by parse::path;
    /// How the relay is logged in to: `plain`, `login`, `xoauth2` (the password is an access token), or `auto`.
    smtp_auth: SmtpAuth = "SMTP_AUTH" or "auto" plain by mail::smtp_auth;
    /// Whom mails are from, like `Accounts <accounts@example.org>`. Unset: the brand's name, and `no-reply` at the host of `PORTICO_PUBLIC_URL`.
    mail_from: Option<Mailbox> = "PORTICO_MAIL_FROM" or "" plain by mail::mailbox;
    /// Where answers to mails go. Unset: `PORTICO_SUPPORT_EMAIL`, if that is an address.
    mail_reply_to: Option<Mailbox> = "PORTICO_MAIL_REPLY_TO" or "" plain by mail::mailbox;
    /// How many mails the relay is given: `5/s`, `100/min` or `1000/h`.
    mail_rate: MailRate = "PORTICO_MAIL_RATE" or "100/min" plain by mail::rate;
    /// How many mails are sent at a time, 1–100: connections to the relay.
    mail_workers: usize = "PORTICO_MAIL_WORKERS" or "4" plain by parse::mail_workers;
    /// Whether an address that no account has is told so, once a day, when a new password is asked for: `on` or `off`.
    mail_unknown: bool = "PORTICO_MAIL_UNKNOWN" or "off" plain by parse::on_or_off;
    /// How tokens are signed: `HS256`, `EdDSA` or `ES256`.
    token_alg: TokenAlgorithm = "PORTICO_TOKEN_ALG" or "HS256" plain by parse::token_algorithm;
    /// The PEM private keys for `EdDSA` and `ES256`: the first signs, the others still verify. Unset, with `EdDSA` and SQLite: made once and kept beside the SQLite file in `token.key`.
    token_key_file: Option<PathBuf> = "PORTICO_TOKEN_KEY_FILE" or "" plain by parse::path;
    /// The Django dialect's own HS256 key, at least 12 characters. Unset: `SECRET_KEY`.
    django_secret: Option<Secret> = "PORTICO_DJANGO_SECRET" or "" secret by parse::dialect_secret;
    /// The FastAPI dialect's own HS256 key, at least 12 characters. Unset: `SECRET_KEY`.
    fastapi_secret: Option<Secret> = "PORTICO_FASTAPI_SECRET" or "" secret by parse::dialect_secret;
    /// The CLARK dialect's own HS256 key, at least 12 characters. Unset: `SECRET_KEY`.
    clark_secret: Option<Secret> = "PORTICO_CLARK_SECRET" or "" secret by parse::dialect_secret;
    /// Keys that `SECRET_KEY` had before, separated by commas: tokens signed with them stay good until they run out.
    previous_secret_keys: Vec<Secret> = "PORTICO_PREVIOUS_SECRET_KEYS" or "" secret by parse::secret_keys;
    /// The issuer that the CLARK dialect's tokens carry.
    clark_issuer: String = "PORTICO_CLARK_ISSUER" or "bloomin_onion" plain by parse::text;
    /// How long the Django dialect's access tokens last.
    django_access_lifetime: Duration = "PORTICO_DJANGO_ACCESS_LIFETIME" or "1h" plain by parse::lifetime;
    /// How long the Django dialect's refresh tokens last.
    django_refresh_lifetime: Duration = "PORTICO_DJANGO_REFRESH_LIFETIME" or "30d" plain by parse::lifetime;
    /// How long the FastAPI dialect's tokens last.
    fastapi_lifetime: Duration = "PORTICO_FASTAPI_LIFETIME" or "60m" plain by parse::lifetime;
    /// How long the CLARK dialect's tokens last.
    clark_lifetime: Duration = "PORTICO_CLARK_LIFETIME" or "24h" plain by parse::lifetime;
    /// What other services prove themselves with when they ask about tokens or revoke them (RFC 7662, RFC 7009), at least 16 characters. Unset: those addresses are closed.
    introspection_secret: Option<Secret> = "PORTICO_INTROSPECTION_SECRET" or "" secret by parse::client_secret;
    /// How long a used refresh token still answers with its successor; `0` for never.
    refresh_grace: Duration = "PORTICO_REFRESH_GRACE" or "10s" plain by parse::duration;
    /// The shortest new password on the pages, in characters; never under 8.
    password_min: usize = "PORTICO_PASSWORD_MIN" or "12" plain by parse::password_min;
    /// A filter of leaked passwords, built by `portico passwords filter`: those in it are refused beside those of the built-in list. Unset: the built-in list alone.
    breached_file: Option<PathBuf> = "PORTICO_BREACHED_FILE" or "" plain by parse::path;
    /// The address of a service with Have I Been Pwned's range API that new passwords, and those of log-ins, are looked up at by five digits of their hash: `https://api.pwnedpasswords.com/range/`. One that does not answer within a second is passed over. `off` for none.
    breached_api: Option<Url> = "PORTICO_BREACHED_API" or "off" plain by addresses::range_api;
    /// Threads that hash passwords, at the lowest priority. `0`: one for each core.
    password_workers: usize = "PORTICO_PASSWORD_WORKERS" or "0" plain by parse::count;
    /// Threads that work on pictures, at low priority. `0`: one for each core.
    picture_workers: usize = "PORTICO_PICTURE_WORKERS" or "0" plain by parse::count;
    /// The largest picture taken, in bytes.
    picture_max_bytes: usize = "PORTICO_PICTURE_MAX_BYTES" or "10000000" plain by parse::count;
    /// The largest picture taken, in pixels.
    picture_max_pixels: u64 = "PORTICO_PICTURE_MAX_PIXELS" or "64000000" plain by parse::pixels;
    /// Whether a new e-mail is confirmed by a link that is mailed to it: `off`, `optional` (the account works at once), or `required` before the first log-in. Unset: `optional` where mail is sent, else `off`.
    email_confirm: Option<EmailConfirm> = "PORTICO_EMAIL_CONFIRM" or "" plain by parse::email_confirm;
    /// Which doors keep to that: `all`, or `pages`, where REST dialects create accounts at once.
    email_confirm_doors: ConfirmDoors = "PORTICO_EMAIL_CONFIRM_DOORS" or "all" plain by mail::confirm_doors;
    /// The host application's name.
    brand_name: String = "PORTICO_BRAND_NAME" or "Portico" plain by parse::text;
    /// The brand colour's hue, 0–360 (OKLCH).
    brand_hue: f32 = "PORTICO_BRAND_HUE" or "192" plain by parse::hue;
    /// The brand colour's strength, 0–.16 (OKLCH chroma).
    brand_chroma: f32 = "PORTICO_BRAND_CHROMA" or ".075" plain by parse::chroma;
    /// A picture in place of the mark beside the name: an SVG, PNG or WebP file of at most 100 kB, read at the start. Unset: Portico's mark.
    brand_logo: Option<BrandFile> = "PORTICO_BRAND_LOGO" or "" plain by brand::logo;
    /// A style sheet after Portico's own: a CSS file of at most 100 kB, read at the start. It loads pictures from Portico alone. Unset: none.
    brand_style: Option<BrandFile> = "PORTICO_BRAND_STYLE" or "" plain by brand::style;
    /// The language of people whose browser asks for none that Portico speaks: `en` or `ru`.
    language: Language = "PORTICO_LANGUAGE" or "en" plain by parse::language;
    /// Where a person who cannot log in writes to. Unset: the pages don't say.
    support_email: Option<String> = "PORTICO_SUPPORT_EMAIL" or "" plain by parse::optional_text;
    /// The host application's terms of use. Who opens an account on the pages agrees to them. Unset: no link, and no question.
    terms_url: Option<Url> = "PORTICO_TERMS_URL" or "" address by addresses::web_url;
    /// What the present version of the terms is called, such as a date: kept with the account of each who agrees to it.
    terms_version: String = "PORTICO_TERMS_VERSION" or "1" plain by parse::version;
    /// The host application's privacy notice. Unset: no link.
    privacy_url: Option<Url> = "PORTICO_PRIVACY_URL" or "" address by addresses::web_url;
    /// Where to report a weakness to, for `/.well-known/security.txt` (RFC 9116): `mailto:…` or `https://…`, separated by commas. Unset: there is no such file.
    security_contact: Vec<Url> = "PORTICO_SECURITY_CONTACT" or "" plain by addresses::contacts;
    /// How weaknesses are handled, an `https://…` address named in that file. Unset: not named.
    security_policy: Option<Url> = "PORTICO_SECURITY_POLICY" or "" address by addresses::https_url;
    /// `open`, or `closed`: only admins and gRPC create accounts.
    signup_open: bool = "PORTICO_SIGNUP" or "open" plain by parse::open_or_closed;
    /// Whether the sign-up page is guarded against programs that fill in forms: `on` or `off`. People see nothing of it.
    signup_guard: bool = "PORTICO_SIGNUP_GUARD" or "on" plain by parse::on_or_off;
    /// Whether people may delete their own account: `on` or `off`.
    self_delete: bool = "PORTICO_SELF_DELETE" or "on" plain by parse::on_or_off;
    /// Who has to have a second factor: `off`, `admins` or `everyone`. Without one their accounts lead nowhere but to the pages that add one.
    require_two_factor: RequireTwoFactor = "PORTICO_REQUIRE_TWO_FACTOR" or "off" plain by factors::require;
    /// The domain that passkeys are made for: the host of `PORTICO_PUBLIC_URL` or one above it, for good, as passkeys of another one are of no use. Unset: that host.
    passkey_domain: Option<String> = "PORTICO_PASSKEY_DOMAIN" or "" plain by passkeys::domain;
    /// Other origins whose pages may use the passkeys, separated by commas, told to browsers at `/.well-known/webauthn`. Unset: none.
    passkey_origins: Vec<String> = "PORTICO_PASSKEY_ORIGINS" or "" plain by passkeys::origins;
    /// What REST dialects and gRPC do with the password alone of an account with a second factor: `refuse` it as a wrong one, or `ignore` the factor, for clients that cannot be changed.
    doors_second_factor: DoorsSecondFactor = "PORTICO_DOORS_SECOND_FACTOR" or "refuse" plain by factors::doors;
    /// Which REST dialects are open: `all`, `none`, or `django`, `fastapi` and `clark` by commas. Addresses of closed ones are as if they were not there.
    dialects: Dialects = "PORTICO_DIALECTS" or "all" plain by parse::dialects;
    /// `on`, or `off` for load tests. Limits are per client address and per account.
    rate_limits: bool = "PORTICO_RATE_LIMITS" or "on" plain by parse::on_or_off;
    /// How long a session lasts unused, unless the person chose to stay logged in.
    session_idle: Duration = "PORTICO_SESSION_IDLE" or "24h" plain by parse::lifetime;
    /// How long a session lasts at most, and when the person chose to stay logged in.
    session_max: Duration = "PORTICO_SESSION_MAX" or "30d" plain by parse::lifetime;
    /// SQLite's `synchronous`: `normal` survives a crash of Portico, `full` also a power cut, at several times the cost of a write.
    sqlite_synchronous: Synchronous = "PORTICO_SQLITE_SYNCHRONOUS" or "normal" plain by parse::synchronous;
    /// Connections to PostgreSQL, at most.
    database_connections: u32 = "PORTICO_DATABASE_CONNECTIONS" or "10" plain by parse::connections;
    /// How long a connection stays open while nothing is asked. Longer than the proxy before Portico keeps its own, or requests meet the end of a connection.
    keep_alive: Duration = "PORTICO_KEEP_ALIVE" or "75s" plain by parse::lifetime;
    /// How long after SIGTERM `/readyz` answers 503 while requests are still taken, for load balancers that need time to go elsewhere. `0s`: the listeners close at once.
    drain: Duration = "PORTICO_DRAIN" or "0s" plain by parse::duration;
    /// What is logged, in `tracing`'s directives: `info`, `debug`, `portico=debug` (then the rest at `info`), `off,portico=debug`.
    log: String = "PORTICO_LOG" or "info" plain by parse::log_directives;
}

/// The files that the internal listener's TLS is made of.
#[derive(Clone, Debug)]
pub struct InternalTls {
    /// Its certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
    /// The authorities of callers' certificates, where callers need one.
    pub client_ca: Option<PathBuf>,
}

impl Settings {
    /// The dialects that are open, of all that there are.
    fn open(&self, values: &Values, dialects: &[&str]) -> Result<Dialects, Error> {
        let setting = SETTINGS.iter().find(|setting| setting.name == "PORTICO_DIALECTS").unwrap_or(&SETTINGS[0]);
        self.dialects.among(dialects).map_err(|expected| values.bad(setting, expected))
    }

    /// What only holds between settings.
    fn agree(&self) -> Result<(), Error> {
        if matches!(self.database_url, DatabaseUrl::Postgres(_)) && self.secret_key.is_none() {
            return Err(Error::Combination(
                "SECRET_KEY must be set when the database is PostgreSQL, the same for every replica; \
                 `openssl rand -base64 48` makes one"
                    .to_owned(),
            ));
        }
        if self.mail_is_on() && self.public_url.is_none() && !self.listen.ip().to_canonical().is_loopback() {
            return Err(Error::Combination(
                "PORTICO_PUBLIC_URL must be set where SMTP_URL is: links in mails never come from what a request says"
                    .to_owned(),
            ));
        }
        if !self.mail_is_on() && self.email_confirm() != EmailConfirm::Off {
            return Err(Error::Combination(
                "PORTICO_EMAIL_CONFIRM is optional or required, which needs SMTP_URL; without mail it is off"
                    .to_owned(),
            ));
        }
        let (certificate, key) = (&self.internal_tls_cert_file, &self.internal_tls_key_file);
        if certificate.is_some() != key.is_some() || certificate.is_none() && self.internal_tls_client_ca_file.is_some()
        {
            return Err(Error::Combination(
                "PORTICO_INTERNAL_TLS_CERT_FILE and PORTICO_INTERNAL_TLS_KEY_FILE are set together, and \
                 PORTICO_INTERNAL_TLS_CLIENT_CA_FILE only beside them"
                    .to_owned(),
            ));
        }
        if self.token_alg != TokenAlgorithm::Hs256 && self.token_key_file.is_none() && !self.makes_token_key() {
            return Err(Error::Combination(format!(
                "PORTICO_TOKEN_ALG={:?} needs PORTICO_TOKEN_KEY_FILE, a PEM private key (with EdDSA and SQLite one is made)",
                self.token_alg
            )));
        }
        if let Some(domain) = &self.passkey_domain
            && !self.public_url.as_ref().is_some_and(|url| passkeys::covers(domain, url))
        {
            return Err(Error::Combination(
                "PORTICO_PASSKEY_DOMAIN must be the host of PORTICO_PUBLIC_URL or a domain above it".to_owned(),
            ));
        }
        if self.security_policy.is_some() && self.security_contact.is_empty() {
            return Err(Error::Combination(
                "PORTICO_SECURITY_POLICY needs PORTICO_SECURITY_CONTACT, which security.txt cannot do without"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether mail is sent.
    pub fn mail_is_on(&self) -> bool {
        self.smtp_url.is_some()
    }

    /// Whether a new e-mail is confirmed: what is set, else as mail allows.
    pub fn email_confirm(&self) -> EmailConfirm {
        let unset = if self.mail_is_on() { EmailConfirm::Optional } else { EmailConfirm::Off };
        self.email_confirm.unwrap_or(unset)
    }

    /// Whether doors that ask for no second factor refuse the password of an account that may have one.
    pub fn doors_refuse(&self, two_factor: bool) -> bool {
        two_factor && self.doors_second_factor == DoorsSecondFactor::Refuse
    }

    /// Whether an account has no second factor and has to have one.
    pub fn owes_factor(&self, account: &Account) -> bool {
        !account.two_factor && self.require_two_factor.is_wanted_of(account.is_admin)
    }

    /// Whom mails are from; `public_url` is where people reach Portico.
    pub fn mail_sender(&self, public_url: &Url) -> Mailbox {
        let unset = || Mailbox {
            name: Some(self.brand_name.clone()),
            address: format!("no-reply@{}", mail::domain_of(public_url)),
        };
        self.mail_from.clone().unwrap_or_else(unset)
    }

    /// Where answers to mails go, if anywhere.
    pub fn mail_reply_to(&self) -> Option<Mailbox> {
        let support = || {
            let address = mail::ascii_address(self.support_email.as_deref()?)?;
            Some(Mailbox { name: None, address })
        };
        self.mail_reply_to.clone().or_else(support)
    }

    /// Whether the private key of tokens is made at the first start. Several machines need the same one: there it is set.
    pub fn makes_token_key(&self) -> bool {
        let is_alone = matches!(self.database_url, DatabaseUrl::Sqlite(_));
        self.token_alg == TokenAlgorithm::EdDsa && self.token_key_file.is_none() && is_alone
    }

    /// The files of TLS at the internal listener, where they are set.
    pub fn internal_tls(&self) -> Option<InternalTls> {
        let (certificate, key) = self.internal_tls_cert_file.clone().zip(self.internal_tls_key_file.clone())?;
        Some(InternalTls { certificate, key, client_ca: self.internal_tls_client_ca_file.clone() })
    }

    /// Whether people reach Portico by https: decides Secure cookies and HSTS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}
