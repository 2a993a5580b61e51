//! Tokens signed with a key pair: the public keys for services that verify by themselves, and changing the key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::Portico;

use super::{Api, claims, json, text};

/// Two key pairs of each kind, for these stories only.
const ED_25519: [&str; 2] = [
    "MC4CAQAwBQYDK2VwBCIEIMEAAA91o7esSM2ivW/J3lenjjrtbmDTszBUvKIFBS0J",
    "MC4CAQAwBQYDK2VwBCIEIFEKkMAMagm1A7BZZjrO8tqluO0+Yz0ly0+kbXh/8t3D",
];
const P_256: [&str; 2] = [
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkQJBB6s7x4ojfpl9zWoVSOVtPqGDdAygwB3uNNl1BEqhRANCAASrErToGgrvknGdC6PAHad+BmIHdy4J4fLwSnWG0k9H7KSmgpF8Xu5Vylunx9vcGTBKVSTTd/o8tWYVtCb1wpIH",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgA/W3lJBFU8LUpKelMrwmu8tOQAbZrqxD5+kmHERx402hRANCAAQkxefKYga+SOqn0Qq0kaY1xQLLoyGNjMfBh3MRZrBaobad7GVQ1ILGdPo5e58Kz9IR4CpbyafeSwULg2tdJzHA",
];

fn pem(key: &str) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n")
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

async fn me(api: &Api, token: &str) -> u16 {
    api.call("GET", "/api/users/me", &format!("JWT {token}"), Value::Null).await.status
}

async fn log_in(api: &Api) -> String {
    let body = json!({ "email": "ada@example.org", "password": "Abcdef12" });
    text(&api.call("POST", "/api/users/login", "", body).await, "/access")
}

#[tokio::test]
async fn a_changed_key_signs_and_the_one_before_it_still_verifies_until_it_is_taken_out() {
    for (algorithm, kind, keys) in [("EdDSA", "OKP", ED_25519), ("ES256", "EC", P_256)] {
        let folder = tempfile::tempdir().unwrap();
        migrate(folder.path());
        let file = folder.path().join("keys.pem");
        std::fs::write(&file, pem(keys[0])).unwrap();
        let settings = [("PORTICO_TOKEN_ALG", algorithm), ("PORTICO_TOKEN_KEY_FILE", file.to_str().unwrap())];
        let mut portico = Portico::with(&settings).await;
        let api = Api::of(&portico);
        let body = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
        api.call("POST", "/api/users/register", "", body).await.assert_status(200);
        let older = log_in(&api).await;
        assert_eq!(header(&older)["alg"], algorithm);
        let set = json(&api.call("GET", "/.well-known/jwks.json", "", Value::Null).await);
        assert_eq!(set["keys"].as_array().unwrap().len(), 1);
        let public = &set["keys"][0];
        assert_eq!((&public["kty"], &public["alg"], &public["use"]), (&json!(kind), &json!(algorithm), &json!("sig")));
        assert_eq!(public["kid"], header(&older)["kid"]);
        assert_eq!(public["d"], Value::Null, "the private part");
        assert!(verifies(public, &older), "by the published key alone");

        // What is signed with the public key's text as if it were a secret is not taken for a token of ours.
        let forged = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256" }).to_string()),
            older.split('.').nth(1).unwrap()
        );
        assert_eq!(me(&api, &format!("{forged}.{}", hs256(&forged, public["x"].as_str().unwrap()))).await, 401);
        assert_eq!(
            me(&api, &format!("{forged}.{}", hs256(&forged, "for these stories only: 32 bytes or more"))).await,
            401
        );

        std::fs::write(&file, pem(keys[1]) + &pem(keys[0])).unwrap();
        portico.restart().await;
        let api = Api::of(&portico);
        let newer = log_in(&api).await;
        assert_ne!(header(&newer)["kid"], header(&older)["kid"]);
        assert_eq!((me(&api, &older).await, me(&api, &newer).await), (200, 200));
        let set = json(&api.call("GET", "/.well-known/jwks.json", "", Value::Null).await);
        assert_eq!(set["keys"].as_array().unwrap().len(), 2);

        std::fs::write(&file, pem(keys[1])).unwrap();
        portico.restart().await;
        let api = Api::of(&portico);
        assert_eq!((me(&api, &older).await, me(&api, &newer).await), (401, 200));
        assert_eq!(claims(&newer)["token_type"], "access");
    }
}

#[tokio::test]
async fn a_secret_is_changed_without_logging_any_user_out() {
    let old = "for these stories only: 32 bytes or more";
    let mut portico = Portico::start().await;
    let api = Api::of(&portico);
    let body = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    let token = text(&api.call("POST", "/api/users/register", "", body).await, "/access");
    assert_eq!(json(&api.call("GET", "/.well-known/jwks.json", "", Value::Null).await), json!({ "keys": [] }));
    portico.set("SECRET_KEY", "another secret of thirty-two bytes!");
    portico.set("PORTICO_PREVIOUS_SECRET_KEYS", old);
    portico.restart().await;
    let api = Api::of(&portico);
    assert_eq!(me(&api, &token).await, 200);
    let newer = log_in(&api).await;
    portico.set("PORTICO_PREVIOUS_SECRET_KEYS", "");
    portico.restart().await;
    let api = Api::of(&portico);
    assert_eq!((me(&api, &token).await, me(&api, &newer).await), (401, 200));
}

/// Makes the database that commands look for.
fn migrate(folder: &std::path::Path) {
    let mut command = crate::support::command();
    command.current_dir(folder).arg("migrate");
    crate::support::Done::of(command, "").assert_done();
}

#[tokio::test]
async fn a_file_without_such_a_key_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    migrate(folder.path());
    let file = folder.path().join("keys.pem");
    for content in ["", "no key", &pem(P_256[0]), &pem(&STANDARD.encode("junk"))] {
        std::fs::write(&file, content).unwrap();
        let mut command = crate::support::command();
        command.current_dir(folder.path()).args(["user", "list"]);
        command.env("PORTICO_TOKEN_ALG", "EdDSA").env("PORTICO_TOKEN_KEY_FILE", &file);
        crate::support::Done::of(command, "").assert_refused("holds no private key for EdDsa");
    }
}

#[tokio::test]
async fn the_private_key_of_tokens_is_made_once_where_one_machine_is_all_there_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    migrate(folder.path());
    let run = |settings: &[(&str, &str)]| {
        let mut command = crate::support::command();
        command.current_dir(folder.path()).args(["user", "list"]).env("PORTICO_TOKEN_ALG", "EdDSA");
        crate::support::Done::of(
            {
                command.envs(settings.iter().copied());
                command
            },
            "",
        )
    };
    let file = folder.path().join("data/token.key");
    run(&[]).assert_done();
    let key = std::fs::read_to_string(&file).unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"), "a PEM text");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    run(&[]).assert_done();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), key);
    run(&[("PORTICO_TOKEN_ALG", "ES256")]).assert_refused("PORTICO_TOKEN_KEY_FILE");
    run(&[("DATABASE_URL", "postgres://127.0.0.1:1/x")]).assert_refused("PORTICO_TOKEN_KEY_FILE");
    std::fs::write(&file, "no key").unwrap();
    run(&[]).assert_refused("holds no private key for EdDsa");
}

fn hs256(text: &str, key: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// As another service would check it: with nothing but the published key.
fn verifies(public: &Value, token: &str) -> bool {
    let key = jsonwebtoken::DecodingKey::from_jwk(&serde_json::from_value(public.clone()).unwrap()).unwrap();
    let algorithm = public["alg"].as_str().unwrap().parse().unwrap();
    let mut validation = jsonwebtoken::Validation::new(algorithm);
    validation.validate_aud = false;
    jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
}
