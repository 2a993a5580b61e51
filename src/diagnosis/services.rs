//! The checks of what Portico stands on: the database, the picture store, the clock, and servers elsewhere.

use std::time::Duration;

use redis::RedisError;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::app::App;
use crate::broker::Broker;
use crate::clock::Clock;
use crate::config::Settings;
use crate::mailer::{Mailer, Reply, SendError};
use crate::media::Media;
use crate::model::AccountId;
use crate::pictures;
use crate::redis::Redis;
use crate::store::{self, Db, OpenError};

use super::{Finding, in_time};

/// How far the clock may be from the database's, in seconds.
const APART: i64 = 5;

/// How many accounts are named in a finding.
const MAX_LISTED: i64 = 10;

/// A database that does not open.
pub fn database_closed(error: &OpenError) -> Finding {
    let reason = vec![("reason", error.to_string())];
    match error {
        OpenError::Missing(_) => Finding::wrong("database", "database-missing", reason),
        OpenError::File { source, .. } if store::is_damaged(source) => {
            Finding::wrong("database", "database-damaged", reason)
        }
        _ => Finding::wrong("database", "database-away", reason),
    }
}

/// Whether the database answers and knows the tables of this program.
pub async fn database(db: &Db) -> Finding {
    let name = ("name", db.place());
    let broken =
        |error: sqlx::Error| Finding::wrong("database", "database-broken", vec![("reason", error.to_string())]);
    let asked = async {
        db.ping().await?;
        db.keeps_statements().await?;
        db.migrations().await
    };
    let (known, done, changed) = match in_time(asked).await {
        None => return Finding::wrong("database", "database-silent", vec![name]),
        Some(Err(error)) if store::is_absent_table(&error) => {
            return Finding::wrong("database", "database-empty", Vec::new());
        }
        Some(Err(error)) if store::is_pooled(&error) => return pooled(),
        Some(Err(error)) => return broken(error),
        Some(Ok(found)) => found,
    };
    let numbers = || vec![("known", known.to_string()), ("done", done.to_string())];
    match changed {
        Some(version) => Finding::wrong("database", "database-changed", vec![("version", version.to_string())]),
        None if known == done => Finding::well("database", "database", vec![name]),
        None if done > known => Finding::wrong("database", "database-newer", numbers()),
        None => Finding::wrong("database", "database-behind", numbers()),
    }
}

/// A pooler that keeps no statement for us shows at any statement but the first.
fn pooled() -> Finding {
    Finding::wrong("database", "database-pooled", Vec::new())
}

/// What is wrong with the pages of a SQLite file, if anything is. It reads all of them.
pub async fn damage(db: &Db) -> Option<Finding> {
    let reason = match db.damage().await {
        Ok(damage) => damage?,
        Err(error) => error.to_string(),
    };
    Some(Finding::wrong("database", "database-damaged", vec![("reason", reason)]))
}

/// Whether every name is one account's. Those of an older rule are told by their ids alone.
pub async fn names(db: &Db) -> Finding {
    let read = async {
        let mut connection = db.read().await?;
        let pairs = store::names::pairs(&mut connection, MAX_LISTED).await?;
        Ok::<_, sqlx::Error>((pairs, store::names::alike(&mut connection, MAX_LISTED).await?))
    };
    let (pairs, alike) = match in_time(read).await {
        Some(Ok(found)) => found,
        Some(Err(error)) if store::is_pooled(&error) => return pooled(),
        _ => return Finding::wrong("names", "names-unknown", Vec::new()),
    };
    if !pairs.is_empty() {
        let pairs: Vec<String> = pairs.iter().map(|pair| format!("{} ({})", pair.username_of, pair.email_of)).collect();
        return Finding::wrong("names", "names-shared", vec![("accounts", pairs.join(", "))]);
    }
    if !alike.is_empty() {
        let alike: Vec<String> = alike.iter().map(ToString::to_string).collect();
        return Finding::well("names", "names-alike", vec![("accounts", alike.join(", "))]);
    }
    Finding::well("names", "names", Vec::new())
}

/// Whether a media store that was opened takes files.
pub async fn media_answers(media: &Media) -> Finding {
    let name = ("name", media.name().to_owned());
    match in_time(media.ping()).await {
        Some(Ok(())) => Finding::well("media", "media", vec![name]),
        Some(Err(_)) => Finding::wrong("media", "media-refuses", vec![name]),
        None => Finding::wrong("media", "media-silent", vec![name]),
    }
}

/// A media store that was opened, which it only is when it takes files, or why it was not.
pub fn media_opened(media: Result<&Media, String>) -> Finding {
    match media {
        Ok(media) => Finding::well("media", "media", vec![("name", media.name().to_owned())]),
        Err(reason) => Finding::wrong("media", "media-away", vec![("reason", reason)]),
    }
}

/// Whether this machine's clock can be believed: by the database's where it has one of its own, and by what was
/// written.
pub async fn clock(db: &Db) -> Finding {
    let read = async {
        let mut connection = db.read().await?;
        Ok::<_, sqlx::Error>((
            store::stats::clock(&mut connection).await?,
            store::stats::newest(&mut connection).await?,
        ))
    };
    let (theirs, newest) = match in_time(read).await {
        Some(Ok(found)) => found,
        Some(Err(error)) if store::is_pooled(&error) => return pooled(),
        _ => return Finding::wrong("clock", "clock-unknown", Vec::new()),
    };
    // The machine's, whatever everything else goes by.
    let now = Clock::default().now();
    let ahead = |timestamp: OffsetDateTime| (timestamp - now).whole_seconds();
    match (theirs.map(ahead), newest.map(ahead)) {
        (Some(apart), _) if apart.abs() > APART => {
            Finding::wrong("clock", "clock-apart", vec![("seconds", apart.abs().to_string())])
        }
        (_, Some(ahead)) if ahead > APART => {
            Finding::wrong("clock", "clock-behind", vec![("seconds", ahead.to_string())])
        }
        _ => Finding::well("clock", "clock", Vec::new()),
    }
}

/// Whether the broker lets us in; nothing where there is none.
pub async fn broker(settings: &Settings) -> Option<Finding> {
    let url = settings.amqp_url.as_ref()?;
    let Ok(broker) = Broker::new(url) else {
        return Some(Finding::wrong("broker", "broker-away", vec![("reason", "AMQP_URL".to_owned())]));
    };
    Some(match in_time(broker.reach()).await {
        Some(Ok(())) => Finding::well("broker", "broker", Vec::new()),
        Some(Err(trouble)) => Finding::wrong("broker", "broker-away", vec![("reason", trouble.to_string())]),
        None => Finding::wrong("broker", "broker-silent", Vec::new()),
    })
}

/// Whether Redis answers; nothing where there is none.
pub async fn redis(redis: Option<&Redis>) -> Option<Finding> {
    let answer = in_time(redis?.ping()).await;
    Some(match answer {
        Some(Ok(())) => Finding::well("redis", "redis", Vec::new()),
        Some(Err(error)) => redis_refused(&error),
        None => Finding::wrong("redis", "redis-silent", Vec::new()),
    })
}

/// Whether the mail relay lets us in, without sending anything; nothing where no mail is sent. Relays let clients with
/// wrong credentials wait for the answer, longer than a page may: see [`mail_heard`].
pub async fn mail(mailer: Option<&Mailer>, limit: Duration) -> Option<Finding> {
    Some(match timeout(limit, mailer?.check()).await {
        Ok(answer) => mail_answer(answer.as_ref().map_err(SendError::reply)),
        Err(_) => Finding::wrong("mail", "mail-silent", Vec::new()),
    })
}

/// What was last heard of the mail relay, which is asked nothing; nothing where no mail is sent.
pub fn mail_heard(mailer: Option<&Mailer>) -> Option<Finding> {
    Some(match mailer?.heard() {
        Some(heard) => mail_answer(heard.relay.as_ref()),
        None => Finding::well("mail", "mail-asked", Vec::new()),
    })
}

fn mail_answer(answer: Result<&(), &Reply>) -> Finding {
    match answer {
        Ok(_) => Finding::well("mail", "mail", Vec::new()),
        Err(reply) => Finding::wrong("mail", "mail-away", vec![("reason", reply.text.clone())]),
    }
}

/// Why Redis is of no use.
pub fn redis_refused(error: &RedisError) -> Finding {
    Finding::wrong("redis", "redis-away", vec![("reason", error.to_string())])
}

/// Whether the files of every picture are there, as they may not be after a restore. It looks at all of them.
pub async fn missing_pictures(app: &App) -> Finding {
    let ids = |ids: &[AccountId]| {
        ids.iter().take(MAX_LISTED as usize).map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match pictures::sweep::missing(app).await {
        Ok(missing) if missing.is_empty() => Finding::well("pictures", "pictures-whole", Vec::new()),
        Ok(missing) => {
            let values = vec![("number", missing.len().to_string()), ("accounts", ids(&missing))];
            Finding::wrong("pictures", "pictures-missing", values)
        }
        Err(error) => Finding::wrong("pictures", "pictures-unknown", vec![("reason", format!("{error:#}"))]),
    }
}

/// What came of looking for orphaned picture files.
pub fn pictures(count: Result<usize, String>, mended: bool) -> Finding {
    let number = |count: usize| vec![("number", count.to_string())];
    match count {
        Ok(0) => Finding::well("pictures", "pictures", Vec::new()),
        Ok(count) if mended => Finding::well("pictures", "pictures-mended", number(count)),
        Ok(count) => Finding::wrong("pictures", "pictures-nobodys", number(count)),
        Err(reason) => Finding::wrong("pictures", "pictures-unknown", vec![("reason", reason)]),
    }
}
