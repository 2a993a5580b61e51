//! Pictures in an S3-compatible store: what only a store at the other end of a network can do to them. That they are
//! stored and served there like in a folder is told by the other stories, run with `TEST_MEDIA=s3`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{Attribute, ObjectStoreExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Bucket, Done, Portico, command, free_port, photo};

/// What a store behind a bad network does.
#[derive(Clone, Copy)]
enum Mood {
    /// All is well.
    Fine = 0,
    /// Says once that it is too busy, then all is well.
    BusyOnce = 1,
    /// Ends every connection.
    Gone = 2,
    /// Has no bucket of that name.
    NoBucket = 3,
}

/// Something between Portico and the store that can spoil it.
struct Network {
    endpoint: String,
    mood: Arc<AtomicU8>,
}

impl Network {
    async fn before(store: &str) -> Network {
        let store = store.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mood = Arc::new(AtomicU8::new(Mood::Fine as u8));
        let shared = Arc::clone(&mood);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, store.clone(), Arc::clone(&shared)));
            }
        });
        Network { endpoint, mood }
    }

    fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }
}

/// Hands bytes on both ways, unless the mood is against it.
async fn pass(mut client: TcpStream, store: String, mood: Arc<AtomicU8>) {
    let answer = |status: &str, code: &str| {
        let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>");
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let Ok(mut store) = TcpStream::connect(store).await else { return };
    let (mut request, mut response) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                let Ok(length @ 1..) = read else { return };
                let refusal = match mood.load(Ordering::SeqCst) {
                    mood if mood == Mood::Gone as u8 => return,
                    mood if mood == Mood::NoBucket as u8 => Some(answer("404 Not Found", "NoSuchBucket")),
                    now if now == Mood::BusyOnce as u8 => {
                        mood.store(Mood::Fine as u8, Ordering::SeqCst);
                        Some(answer("503 Service Unavailable", "SlowDown"))
                    }
                    _ => None,
                };
                if let Some(refusal) = refusal {
                    let _ = client.write_all(refusal.as_bytes()).await;
                    // Closed only when the other side has read it: an early end would throw the answer away.
                    let _ = client.shutdown().await;
                    while client.read(&mut request).await.is_ok_and(|length| length > 0) {}
                    return;
                }
                if store.write_all(&request[..length]).await.is_err() {
                    return;
                }
            }
            read = store.read(&mut response) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&response[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Portico with its pictures in a bucket behind a network.
async fn start() -> (Portico, Network) {
    let mut bucket = Bucket::create();
    let network = Network::before(&bucket.endpoint).await;
    bucket.endpoint.clone_from(&network.endpoint);
    (Portico::with_bucket(bucket, &[]).await, network)
}

/// A start with this bucket, which must fail: in time, and how.
fn start_refused(bucket: &Bucket) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let mut command = command();
    command.current_dir(folder.path()).envs(bucket.settings());
    let done = Done::of(command, "");
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_ne!(done.code, 0, "{done:?}");
    done
}

#[tokio::test]
async fn files_carry_their_type_and_caching_for_those_who_fetch_them_from_the_bucket() {
    let bucket = Bucket::create();
    let store = AmazonS3Builder::new()
        .with_endpoint(&bucket.endpoint)
        .with_allow_http(true)
        .with_region("us-east-1")
        .with_bucket_name(&bucket.name)
        .with_access_key_id(&bucket.access_key)
        .with_secret_access_key(&bucket.secret_key)
        .build()
        .unwrap();
    let prefix = bucket.prefix.clone();
    let portico = Portico::with_bucket(bucket, &[]).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let key = portico.database().text("select picture_key from accounts").await;
    for (file, kind) in [("64.webp", "image/webp"), ("64.jpg", "image/jpeg"), ("original", "image/jpeg")] {
        let found = store.get(&Path::from(format!("{prefix}/pictures/{key}/{file}"))).await.unwrap();
        assert_eq!(found.attributes.get(&Attribute::ContentType).map(|value| value.as_ref()), Some(kind), "{file}");
    }
}

#[tokio::test]
async fn with_a_public_address_pages_and_the_door_lead_to_the_bucket_itself() {
    let settings = [("MEDIA_PUBLIC_URL", "https://pictures.example.org/people/")];
    let portico = Portico::with_bucket(Bucket::create(), &settings).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let key = portico.database().text("select picture_key from accounts").await;
    let answer = portico.visitor().get(&format!("/media/{key}/64.webp")).await;
    answer.assert_status(302);
    assert_eq!(answer.leads_to(), format!("https://pictures.example.org/people/pictures/{key}/64.webp"));
    let page = ada.get("/account").await;
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("img-src 'self' blob: https://pictures.example.org"), "{policy}");
}

#[tokio::test]
async fn a_store_that_is_busy_for_a_moment_is_asked_again() {
    let (portico, network) = start().await;
    let ada = portico.member("ada").await;
    network.set(Mood::BusyOnce);
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let picture = ada.get("/account").await.attribute("main .av img", "src");
    ada.get(&picture).await.assert_status(200);
}

#[tokio::test]
async fn while_the_store_is_away_pictures_wait_and_everything_else_goes_on() {
    let (mut portico, network) = start().await;
    portico.expect_faults();
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let picture = ada.get("/account").await.attribute("main .av img", "src");
    network.set(Mood::Gone);
    let page = ada.set_picture(&photo::jpeg(200, 200)).await;
    page.assert_status(503)
        .assert_summary("Pictures cannot be kept at the moment, and nothing was changed. Try again in a while");
    portico.readiness(503).await;
    ada.submit("/account/profile", &[("name", "Ada"), ("username", "ada")]).await.assert_status(303);
    network.set(Mood::Fine);
    assert_eq!(ada.get("/account").await.attribute("main .av img", "src"), picture);
    ada.get(&picture).await.assert_status(200);
    ada.set_picture(&photo::jpeg(200, 200)).await.assert_status(303);
    portico.readiness(200).await;
}

#[tokio::test]
async fn a_wrong_secret_stops_the_start_and_says_what_to_check() {
    let bucket = Bucket { secret_key: "mistyped".to_owned(), ..Bucket::create() };
    let done = start_refused(&bucket);
    assert!(done.complaint.contains("check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"), "{done:?}");
    assert!(!done.complaint.contains("mistyped"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_stops_the_start_and_says_so() {
    let mut bucket = Bucket::create();
    let network = Network::before(&bucket.endpoint).await;
    network.set(Mood::NoBucket);
    bucket.endpoint = network.endpoint;
    let done = tokio::task::spawn_blocking(move || start_refused(&bucket)).await.unwrap();
    assert!(done.complaint.contains("is there such a bucket?"), "{done:?}");
}

#[tokio::test]
async fn a_store_that_does_not_answer_stops_the_start_and_says_what_to_check() {
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let done = start_refused(&Bucket { endpoint, ..Bucket::create() });
    assert!(done.complaint.contains("check AWS_ENDPOINT_URL"), "{done:?}");
}
