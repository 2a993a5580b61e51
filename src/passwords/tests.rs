//! Passwords from end to end: hashed, verified, refused, abandoned, stopped.

use std::sync::mpsc;
use std::time::Duration;

use super::*;

fn password(text: &str) -> Password {
    Password::typed(text.to_owned()).unwrap()
}

#[tokio::test]
async fn a_password_is_right_and_another_wrong() {
    let passwords = Passwords::start(1, 8, false);
    let hash = passwords.hash(&password("purple otter"), None).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert_eq!(passwords.verify(&password("purple otter"), Some(&hash), None).await, Ok(Verdict::Right));
    for other in ["purple otter ", "Purple otter", "purple otte", "x"] {
        assert_eq!(passwords.verify(&password(other), Some(&hash), None).await, Ok(Verdict::Wrong));
    }
    let again = passwords.hash(&password("purple otter"), None).await.unwrap();
    assert_ne!(hash, again);
}

#[tokio::test]
async fn one_letter_written_as_two_characters_is_the_same_password() {
    let passwords = Passwords::start(1, 8, false);
    let (one, two) = (password("h\u{fc}nter"), password("hu\u{308}nter"));
    for made_with in [&one, &two] {
        let hash = passwords.hash(made_with, None).await.unwrap();
        for typed in [&one, &two] {
            assert_eq!(passwords.verify(typed, Some(&hash), None).await, Ok(Verdict::Right));
        }
    }
    // Hashed as it was typed, before it was normalized, or by a replaced service.
    let older = bcrypt::hash_with_salt("hu\u{308}nter", 4, [7; 16]).unwrap().to_string();
    assert_eq!(passwords.verify(&two, Some(&older), None).await, Ok(Verdict::NeedsRehash));
    assert_eq!(passwords.is_same(&two, &older, None).await, Ok(true));
    assert_eq!(passwords.verify(&one, Some(&older), None).await, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn the_argon2_crate_verifies_what_we_hash() {
    use argon2::PasswordVerifier;
    let hash = Passwords::start(1, 8, false).hash(&password("purple otter"), None).await.unwrap();
    let hash = argon2::password_hash::phc::PasswordHash::new(&hash).unwrap();
    let argon2 = argon2::Argon2::default();
    assert!(argon2.verify_password(b"purple otter", &hash).is_ok());
}

#[tokio::test]
async fn argon2_of_another_cost_is_outdated_and_an_absurd_one_is_not_tried() {
    use argon2::password_hash::CustomizedPasswordHasher;
    let passwords = Passwords::start(1, 8, false);
    for (algorithm, memory, passes, lanes) in
        [("argon2id", 65_536, 1, 4), ("argon2i", 64, 3, 1), ("argon2d", 4_096, 1, 1)]
    {
        let params = argon2::Params::new(memory, passes, lanes, None).unwrap();
        let hash = argon2::Argon2::default()
            .hash_password_customized(b"purple otter", b"some salt", Some(algorithm), None, params)
            .unwrap()
            .to_string();
        let right = passwords.verify(&password("purple otter"), Some(&hash), None).await;
        assert_eq!(right, Ok(Verdict::NeedsRehash), "{hash}");
        let wrong = passwords.verify(&password("purple otters"), Some(&hash), None).await;
        assert_eq!(wrong, Ok(Verdict::Wrong), "{hash}");
    }
    for costs in ["m=1048577,t=1,p=1", "m=64,t=33,p=1", "m=1024,t=1,p=17", "m=1000000,t=6,p=1"] {
        let hash = format!("$argon2id$v=19${costs}$c29tZSBzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert!(!is_readable(&hash), "{costs}");
        assert_eq!(passwords.verify(&password("x"), Some(&hash), None).await, Ok(Verdict::Wrong));
    }
}

#[tokio::test]
async fn an_argon2_hash_without_a_version_is_of_the_first_one() {
    let passwords = Passwords::start(1, 8, false);
    // RFC 9106 has no such vector; this one is from the reference implementation's test suite.
    let stored = "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY";
    let verdict = passwords.verify(&password("password"), Some(stored), None).await;
    assert_eq!(verdict, Ok(Verdict::NeedsRehash));
}

#[tokio::test]
async fn older_forms_are_right_but_outdated_and_rubbish_is_wrong() {
    let passwords = Passwords::start(1, 8, false);
    let old = global_salt("TbfEtLgspFC6WtGImSTlxL+6rt0mti5McQqpH3ceWu8=", "skh4Ss", 100_000).unwrap();
    let right = passwords.verify(&password("Abcdef1"), Some(&old), None).await;
    assert_eq!(right, Ok(Verdict::NeedsRehash));
    let long = "$".repeat(100_000);
    for stored in ["", "!unusable", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$é", &long] {
        let verdict = passwords.verify(&password("Abcdef1"), Some(stored), None).await;
        assert_eq!(verdict, Ok(Verdict::Wrong), "{stored:.40}");
    }
}

/// Keeps the only worker busy until the sender goes.
fn occupy(passwords: &Passwords) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), Busy>>) {
    let (release, released) = mpsc::channel::<()>();
    let workers = passwords.workers.clone();
    let occupied = tokio::spawn(async move { workers.run(None, move |_| released.recv().unwrap_or_default()).await });
    (release, occupied)
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_the_abandoned_are_skipped() {
    let passwords = Passwords::start(1, 2, false);
    let (release, occupied) = occupy(&passwords);
    let (begun, has_begun) = mpsc::channel();
    let first = passwords.clone();
    let asker = tokio::spawn(async move { first.hash(&password("first"), None).await });
    let workers = passwords.workers.clone();
    until(|| passwords.waiting() == 1).await;
    let abandoned = tokio::spawn(async move { workers.run(None, move |_| begun.send(())).await });
    until(|| passwords.waiting() == 2).await;

    let refused = passwords.hash(&password("second"), None).await.unwrap_err();
    assert!(refused.retry_after >= Duration::from_secs(1));
    abandoned.abort();
    assert!(abandoned.await.unwrap_err().is_cancelled());
    drop(release);
    occupied.await.unwrap().unwrap();
    assert!(asker.await.unwrap().is_ok());
    until(|| passwords.waiting() == 0).await;
    assert!(has_begun.recv().is_err());
    assert_eq!(passwords.capacity(), 2);
}

#[tokio::test]
async fn a_panic_takes_nothing_else_with_it() {
    let passwords = Passwords::start(1, 8, false);
    let panicked = passwords.workers.run(None, |_| -> () { panic!("a verifier's own fault") }).await;
    assert!(panicked.is_err());
    assert!(passwords.hash(&password("purple otter"), None).await.is_ok());
}

#[tokio::test]
async fn stopping_finishes_what_waits_and_takes_nothing_more() {
    let passwords = Passwords::start(1, 8, false);
    let (release, occupied) = occupy(&passwords);
    let waiting = passwords.clone();
    let asker = tokio::spawn(async move { waiting.hash(&password("first"), None).await });
    until(|| passwords.waiting() == 1).await;
    passwords.stop();
    assert!(passwords.hash(&password("second"), None).await.is_err());
    drop(release);
    occupied.await.unwrap().unwrap();
    assert!(asker.await.unwrap().is_ok());
    assert!(passwords.hash(&password("third"), None).await.is_err());
}

#[tokio::test]
async fn many_askers_share_few_workers() {
    let passwords = Passwords::start(2, 64, false);
    let hash = passwords.hash(&password("purple otter"), None).await.unwrap();
    let askers: Vec<_> = (0..40)
        .map(|_| {
            let (passwords, hash) = (passwords.clone(), hash.clone());
            tokio::spawn(async move { passwords.verify(&password("purple otter"), Some(&hash), None).await })
        })
        .collect();
    for asker in askers {
        assert_eq!(asker.await.unwrap(), Ok(Verdict::Right));
    }
}
