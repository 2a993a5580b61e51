//! Accounts by username for services that ask by the thousand: what is asked for while a read is under way is answered by
//! the one read after it. A lone question is read at once; of many, each costs a fraction of a way to the database.

use std::collections::HashMap;
use std::sync::OnceLock;

use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

use crate::model::Account;
use crate::store::{Db, Tx};

use super::Row;
use super::find::{find_by_username, with_hash};

/// The most that one read answers.
const MOST: usize = 64;

/// Finds accounts by username.
#[derive(Debug)]
pub struct Usernames {
    db: Db,
    questions: OnceLock<mpsc::UnboundedSender<Question>>,
}

/// A username's key, and who waits for its account. Each is a request under way, so there are no more of them than the
/// server takes at once.
struct Question {
    key: String,
    answer: oneshot::Sender<Option<Account>>,
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
    pub async fn find(&self, key: &str) -> sqlx::Result<Option<Account>> {
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
        let found = find_by_username(&mut self.db.read().await?, key).await?;
        Ok(found.map(|(account, _)| account))
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
        let keys: Vec<&str> = questions.iter().map(|question| question.key.as_str()).collect();
        match read(&db, &keys).await {
            Ok(found) => {
                for Question { key, answer } in questions.drain(..) {
                    // Whoever has gone away wants no answer.
                    let _ = answer.send(found.get(&key).cloned());
                }
            }
            Err(_) => questions.clear(),
        }
    }
}

async fn read(db: &Db, keys: &[&str]) -> sqlx::Result<HashMap<String, Account>> {
    let mut tx = db.read().await?;
    let rows: Vec<Row> = match &mut tx {
        // SQLite binds no lists.
        Tx::Sqlite(held) => {
            sqlx::query_as("select * from accounts where username_key in (select value from json_each($1))")
                .bind(serde_json::json!(keys).to_string())
                .fetch_all(&mut **held)
                .await?
        }
        Tx::Postgres(held) => {
            sqlx::query_as("select * from accounts where username_key = any($1)")
                .bind(keys)
                .fetch_all(&mut **held)
                .await?
        }
    };
    let keyed = |row: Row| Some((row.username_key.clone()?, with_hash(row).0));
    Ok(rows.into_iter().filter_map(keyed).collect())
}
