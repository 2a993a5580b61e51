//! People who come from a replaced service log in with the password they had; its hash is replaced then.

use crate::support::{PASSWORD, Portico};

/// `ada` with the hash of another service (the known answers of those services) logs in with `password`.
async fn log_in_with(hash: &str, password: &str) {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.database().execute(&format!("update accounts set password_hash = '{hash}'")).await;
    let wrong = [("login", "ada"), ("password", PASSWORD)];
    portico.visitor().submit("/login", &wrong).await.assert_status(422);
    assert_eq!(portico.database().text("select password_hash from accounts").await, hash);
    portico.log_in("ada", password).await;
    let now = portico.database().text("select password_hash from accounts").await;
    assert!(now.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{now}");
    let ada = portico.log_in("ada", password).await;
    assert_eq!(portico.database().text("select password_hash from accounts").await, now);
    ada.get("/account").await.assert_status(200);
    assert_eq!(portico.database().count("events where kind = 'user.updated'").await, 0);
}

#[tokio::test]
async fn a_bcrypt_hash_is_good_once_more() {
    log_in_with("$2b$12$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja", "n").await;
}

#[tokio::test]
async fn a_django_hash_is_good_once_more() {
    log_in_with(
        "pbkdf2_sha256$870000$jmZqyMTB7bokK3nI114D53$pnCV4CJ83Ho2G/fUgxr5cGu2hUe3qoc9TN5LOic+o1U=",
        "password1",
    )
    .await;
}

#[tokio::test]
async fn an_older_django_hash_is_good_once_more() {
    log_in_with(
        "pbkdf2_sha256$720000$Kq3NaAMhEUxkfy2ocbSN6W$1A6l7wBZ/dZhoCoDsL52/Mt8gkxet2vTnLuWILDCz4k=",
        "password1",
    )
    .await;
}

#[tokio::test]
async fn a_hash_with_one_salt_for_all_users_is_good_once_more() {
    let hash = portico::passwords::global_salt("TbfEtLgspFC6WtGImSTlxL+6rt0mti5McQqpH3ceWu8=", "skh4Ss", 100_000);
    log_in_with(&hash.unwrap(), "Abcdef1").await;
}

#[tokio::test]
async fn a_hash_of_no_known_kind_opens_nothing_and_breaks_nothing() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    portico.member("ada").await;
    for hash in ["!unusable", "$2b$12$short", "pbkdf2_sha256$0$x$y", "$argon2id$v=19$m=1", "plain", ""] {
        portico.database().execute(&format!("update accounts set password_hash = '{hash}'")).await;
        for password in [PASSWORD, hash, "plain"] {
            if !password.is_empty() {
                let form = [("login", "ada"), ("password", password)];
                portico.visitor().submit("/login", &form).await.assert_status(422);
            }
        }
    }
}

#[tokio::test]
async fn an_account_without_a_password_cannot_be_opened_by_one() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.database().execute("update accounts set password_hash = null").await;
    let form = [("login", "ada"), ("password", PASSWORD)];
    portico.visitor().submit("/login", &form).await.assert_status(422);
}
