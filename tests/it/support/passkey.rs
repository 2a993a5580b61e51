//! An authenticator with one key, ES256, that says what it is told to: what a browser gives for it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Answer, Portico, Visitor};

const ATTESTED: u8 = 1 << 6;

/// A passkey, or a security key, with what is known of the account that it was made for.
pub struct Passkey {
    key: EcdsaKeyPair,
    pub id: Vec<u8>,
    pub handle: Vec<u8>,
    pub user_verified: bool,
    pub counter: u32,
    /// What the browser says that the page is from.
    pub origin: String,
    rp_id: String,
}

/// What the page asks of a passkey.
pub fn asked(page: &Answer) -> Value {
    serde_json::from_str(&page.attribute("[data-passkey]", "data-options")).unwrap()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Passkey {
    /// One that has not been made for any account yet.
    pub fn new(portico: &Portico) -> Passkey {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap();
        let port = portico.url().rsplit(':').next().unwrap();
        Passkey {
            id: Sha256::digest(key.public_key()).to_vec(),
            key,
            handle: Vec::new(),
            user_verified: true,
            counter: 0,
            origin: format!("http://localhost:{port}"),
            rp_id: "localhost".to_owned(),
        }
    }

    /// A passkey that a user adds on the page.
    pub async fn add(portico: &Portico, user: &Visitor) -> Passkey {
        let mut passkey = Passkey::new(portico);
        passkey.add_as(user, "Phone", "add").await.assert_status(200);
        passkey
    }

    /// The same, where it is not the first.
    pub async fn add_another(portico: &Portico, user: &Visitor) -> Passkey {
        let mut passkey = Passkey::new(portico);
        passkey.add_as(user, "Another", "add").await.assert_leads_to("/account/security/passkeys");
        passkey
    }

    /// The same, with a name, by the page that has this end. Gives what the page says.
    pub async fn add_as(&mut self, user: &Visitor, name: &str, page: &str) -> Answer {
        let path = format!("/account/security/passkeys/{page}");
        let page = user.get(&path).await;
        page.assert_status(200);
        let made = self.create(&asked(&page));
        user.submit(&path, &[("name", name), ("passkey", &made)]).await
    }

    fn client_data(&self, ceremony: &str, options: &Value) -> String {
        json!({"type": ceremony, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false})
            .to_string()
    }

    fn data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let flags = flags | 1 | u8::from(self.user_verified) << 2;
        let hash = Sha256::digest(&self.rp_id);
        [hash.as_slice(), &[flags], &self.counter.to_be_bytes(), rest].concat()
    }

    /// What `navigator.credentials.create` gives.
    pub fn create(&mut self, options: &Value) -> String {
        self.handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        self.rp_id = options["rp"]["id"].as_str().unwrap().to_owned();
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat();
        let attested = [&[0; 16][..], &[0, u8::try_from(self.id.len()).unwrap()], &self.id, &cose].concat();
        let data = self.data(ATTESTED, &attested);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let length = u8::try_from(data.len()).unwrap();
        let head = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[length]].concat();
        let object = [head.as_slice(), &data].concat();
        self.answer(json!({
            "clientDataJSON": encode(self.client_data("webauthn.create", options).as_bytes()),
            "attestationObject": encode(&object), "transports": ["internal"],
        }))
    }

    /// What `navigator.credentials.get` gives.
    pub fn get(&self, options: &Value) -> String {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0, &[]);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "clientDataJSON": encode(client_data.as_bytes()), "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()), "userHandle": encode(&self.handle),
        }))
    }

    fn answer(&self, response: Value) -> String {
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "response": response,
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
        })
        .to_string()
    }

    /// Signs up with it. Gives what the page says.
    pub async fn sign_up(&mut self, visitor: &Visitor, username: &str) -> Answer {
        let email = format!("{username}@example.org");
        let made = self.make(visitor, &[("email", &email), ("username", username)]).await;
        let fields = [("email", email.as_str()), ("username", username), ("passkey", &made)];
        visitor.submit("/signup/passkey", &fields).await
    }

    /// What a browser makes of it for a form of the sign-up page.
    pub async fn make(&mut self, visitor: &Visitor, fields: &[(&str, &str)]) -> String {
        let options = visitor.submit("/signup/passkey/options", fields).await;
        options.assert_status(200);
        self.create(&serde_json::from_str(&options.text()).unwrap())
    }

    /// Logs in on the log-in page.
    pub async fn log_in(&self, visitor: &Visitor) -> Answer {
        let page = visitor.get("/login").await;
        let answer = self.get(&asked(&page));
        visitor.submit("/login/passkey", &[("passkey", &answer)]).await
    }
}
