//! Accounts by username for services that ask by the thousand: what is asked for while a read is under way is answered by
//! the one read after it, and only what services are told is read. A lone question is read at once; of many, each costs a
//! fraction of a way to the database.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::FromRow;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::model::{AccountId, Brief};
use crate::store::{Db, Tx, query};

/// The most that one read answers.
const MOST: usize = 64;
/// A read that takes longer has failed: nobody waits behind it for a database that has gone silent.
const LONGEST: Duration = Duration::from_secs(5);

/// What is read, with the key it is found by.
#[derive(FromRow)]
struct Row {
    username_key: String,
    id: AccountId,
    username: Option<String>,
    email: Option<String>,
    first_name: String,
    last_name: String,
    is_admin: bool,
}

macro_rules! rows {
    ($condition:literal) => {
        concat!(
            "select username_key, id, username, email, first_name, last_name, is_admin from accounts where ",
            $condition
        )
    };
}

impl From<Row> for Brief {
    fn from(row: Row) -> Brief {
        let Row { username_key: _, id, username, email, first_name, last_name, is_admin } = row;
        Brief { id, username, email, first_name, last_name, is_admin }
    }
}

/// Finds accounts by username.
#[derive(Debug)]
pub struct Usernames {
    db: Db,
    questions: OnceLock<mpsc::UnboundedSender<Question>>,
}

/// A username's key, and who waits for its account. One whose request was given up is dropped unread, so what waits is
/// what requests under way ask for.
struct Question {
    key: String,
    answer: oneshot::Sender<Option<Brief>>,
}

impl Usernames {
    /// Begins to read with the first question.
    pub fn new(db: Db) -> Usernames {
        Usernames { db, questions: OnceLock::new() }
    }

    /// The account with this username key.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, key: &str) -> sqlx::Result<Option<Brief>> {
        let questions = self.questions.get_or_init(|| {
            let (questions, asked) = mpsc::unbounded_channel();
            tokio::spawn(answer(self.db.clone(), asked));
            questions
        });
        let (answer, answered) = oneshot::channel();
        // Where nobody answers, the read failed: then each asks for itself, and learns why.
        if questions.send(Question { key: key.to_owned(), answer }).is_ok()
            && let Ok(found) = answered.await
        {
            return Ok(found);
        }
        let mut tx = self.db.read().await?;
        let row: Option<Row> = query!(&mut tx, fetch_optional, rows!("username_key = $1"), key)?;
        Ok(row.map(Brief::from))
    }
}

async fn answer(db: Db, mut asked: mpsc::UnboundedReceiver<Question>) {
    let mut questions = Vec::with_capacity(MOST);
    while asked.recv_many(&mut questions, MOST).await > 0 {
        // Whoever is about to ask goes first: a turn of theirs is short beside a way to the database.
        yield_now().await;
        while questions.len() < MOST
            && let Ok(question) = asked.try_recv()
        {
            questions.push(question);
        }
        questions.retain(|question| !question.answer.is_closed());
        if questions.is_empty() {
            continue;
        }
        let keys: Vec<&str> = questions.iter().map(|question| question.key.as_str()).collect();
        match timeout(LONGEST, read(&db, &keys)).await {
            Ok(Ok(found)) => {
                for Question { key, answer } in questions.drain(..) {
                    // Whoever has gone away wants no answer.
                    let _ = answer.send(found.get(&key).cloned());
                }
            }
            Ok(Err(_)) | Err(_) => questions.clear(),
        }
    }
}

async fn read(db: &Db, keys: &[&str]) -> sqlx::Result<HashMap<String, Brief>> {
    let mut tx = db.read().await?;
    let rows: Vec<Row> = match &mut tx {
        // SQLite binds no lists.
        Tx::Sqlite(held) => {
            sqlx::query_as(rows!("username_key in (select value from json_each($1))"))
                .bind(serde_json::json!(keys).to_string())
                .fetch_all(&mut **held)
                .await?
        }
        Tx::Postgres(held) => sqlx::query_as(rows!("username_key = any($1)")).bind(keys).fetch_all(&mut **held).await?,
    };
    Ok(rows.into_iter().map(|mut row| (std::mem::take(&mut row.username_key), row.into())).collect())
}
