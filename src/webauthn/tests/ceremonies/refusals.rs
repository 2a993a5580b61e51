//! One check each: an answer that is right but for one thing.

use crate::support::{
    ATTESTED, Authenticator, BACKED_UP, BACKUP_ELIGIBLE, CHALLENGE, EXTENSIONS, HANDLE, USER_PRESENT, USER_VERIFIED,
    attestation_object, base64url, byte_string, client_data, head, known, log_in, register, registration_json,
    relying_party, text,
};
use portico_webauthn::{Error, Known, PublicKey, Registration, UserPresence, UserVerification};
use serde_json::{Value, json};

const REQUIRED: UserVerification = UserVerification::Required;
const PREFERRED: UserVerification = UserVerification::Preferred;

/// A registration whose attestation object is these bytes.
fn with_object(authenticator: &Authenticator, object: &[u8]) -> Result<(), Error> {
    let client_data = client_data("webauthn.create").to_string();
    register(&registration_json(&authenticator.id, client_data.as_bytes(), object), REQUIRED).map(|_| ())
}

/// A registration whose authenticator data ends with these bytes.
fn with_data(authenticator: &Authenticator, flags: u8, rest: &[u8]) -> Result<(), Error> {
    with_object(authenticator, &attestation_object(&authenticator.data(flags, rest)))
}

fn with_client_data(change: impl FnOnce(&mut Value)) -> Result<(), Error> {
    let authenticator = Authenticator::new();
    let mut client_data = client_data("webauthn.create");
    change(&mut client_data);
    let object = attestation_object(&authenticator.data(ATTESTED, &authenticator.attested(&authenticator.cose())));
    let json = registration_json(&authenticator.id, client_data.to_string().as_bytes(), &object);
    register(&json, REQUIRED).map(|_| ())
}

#[test]
fn a_credential_is_told_of_as_it_is() {
    let mut authenticator = Authenticator::new();
    authenticator.flags |= BACKUP_ELIGIBLE | BACKED_UP;
    authenticator.counter = 7;
    let mut json = authenticator.created();
    json["response"]["transports"] = json!(["usb", "internal", "usb", "a, b", ""]);
    json["clientExtensionResults"] = json!({"credProps": {"rk": true}, "others": 1});
    let credential = register(&json, REQUIRED).unwrap();
    assert_eq!(credential.id, authenticator.id);
    assert_eq!(credential.public_key, authenticator.cose());
    assert_eq!(credential.counter, 7);
    assert!(credential.user_present && credential.user_verified);
    assert!(credential.backup_eligible && credential.backed_up);
    assert_eq!(credential.aaguid, [7; 16]);
    assert_eq!(credential.transports, ["internal", "usb"]);
    assert_eq!(credential.discoverable, Some(true));
    assert_eq!(register(&authenticator.created(), REQUIRED).unwrap().discoverable, None);
}

#[test]
fn a_registration_answers_a_known_challenge_on_a_page_of_ours() {
    assert_eq!(with_client_data(|_| ()), Ok(()));
    assert_eq!(with_client_data(|data| data["type"] = json!("webauthn.get")), Err(Error::Ceremony));
    assert_eq!(with_client_data(|data| data["challenge"] = json!(base64url(b"another"))), Err(Error::Challenge));
    assert_eq!(with_client_data(|data| data["challenge"] = json!("not base64url!")), Err(Error::ClientData));
    for origin in ["https://evil.example", "http://example.org", "https://example.org:8443", "https://example.org.evil"]
    {
        assert_eq!(with_client_data(|data| data["origin"] = json!(origin)), Err(Error::Origin), "{origin}");
    }
    assert_eq!(with_client_data(|data| data["crossOrigin"] = json!(true)), Err(Error::CrossOrigin));
    assert_eq!(with_client_data(|data| data["topOrigin"] = json!("https://example.org")), Err(Error::CrossOrigin));
}

#[test]
fn client_data_says_each_thing_once() {
    let authenticator = Authenticator::new();
    let challenge = base64url(CHALLENGE);
    let twice = format!(
        r#"{{"type":"webauthn.create","challenge":"{challenge}","origin":"https://evil.example","origin":"https://example.org"}}"#
    );
    let object = attestation_object(&authenticator.data(ATTESTED, &authenticator.attested(&authenticator.cose())));
    let json = registration_json(&authenticator.id, twice.as_bytes(), &object);
    assert_eq!(register(&json, REQUIRED), Err(Error::ClientData));
}

#[test]
fn an_answer_is_the_json_of_a_public_key_credential() {
    let good = Authenticator::new().created();
    let mut others = vec![json!(null), json!([]), json!({})];
    for (at, value) in [("type", json!("password")), ("id", json!("b3RoZXI")), ("rawId", json!("***"))] {
        let mut other = good.clone();
        other[at] = value;
        others.push(other);
    }
    for json in others {
        assert_eq!(register(&json, REQUIRED), Err(Error::Json), "{json}");
    }
    assert_eq!(Registration::from_json("{").map(|_| ()), Err(Error::Json));
}

#[test]
fn a_registration_is_for_this_domain_with_the_flags_that_were_asked_for() {
    let mut authenticator = Authenticator::new();
    authenticator.rp_id = "other.example";
    assert_eq!(register(&authenticator.created(), REQUIRED), Err(Error::RelyingParty));
    authenticator.rp_id = "example.org";
    for (flags, verification, expected) in [
        (USER_VERIFIED, REQUIRED, Err(Error::UserPresence)),
        (USER_PRESENT, REQUIRED, Err(Error::UserVerification)),
        (USER_PRESENT, PREFERRED, Ok(())),
        (USER_PRESENT | USER_VERIFIED | BACKED_UP, REQUIRED, Err(Error::BackupFlags)),
    ] {
        authenticator.flags = flags;
        assert_eq!(register(&authenticator.created(), verification).map(|_| ()), expected, "{flags:08b}");
    }
}

#[test]
fn no_user_has_to_be_there_when_a_browser_makes_a_passkey_by_itself() {
    let mut authenticator = Authenticator::new();
    authenticator.flags = 0;
    let registration = Registration::from_json(&authenticator.created().to_string()).unwrap();
    let credential =
        registration.verify(&relying_party(), UserPresence::ConditionalCreate, PREFERRED, |_| true).unwrap();
    assert!(!credential.user_present && !credential.user_verified);
}

#[test]
fn a_credentials_id_is_its_own_and_has_1_to_1023_bytes() {
    let mut authenticator = Authenticator::new();
    for (length, expected) in
        [(0, Err(Error::CredentialId)), (1, Ok(())), (1023, Ok(())), (1024, Err(Error::CredentialId))]
    {
        authenticator.id = vec![1; length];
        assert_eq!(register(&authenticator.created(), REQUIRED).map(|_| ()), expected, "{length}");
    }
    let mut json = authenticator.created();
    authenticator.id = b"one".to_vec();
    let object = authenticator.created()["response"]["attestationObject"].clone();
    json["response"]["attestationObject"] = object;
    assert_eq!(register(&json, REQUIRED), Err(Error::CredentialId));
}

#[test]
fn authenticator_data_has_what_its_flags_say_and_nothing_else() {
    let authenticator = Authenticator::new();
    let attested = authenticator.attested(&authenticator.cose());
    let unread = Err(Error::AuthenticatorData);
    // {"credProtect": 2}
    let extensions = [head(5, 1), text("credProtect"), vec![2]].concat();
    assert_eq!(with_data(&authenticator, ATTESTED, &attested), Ok(()));
    assert_eq!(with_data(&authenticator, ATTESTED | EXTENSIONS, &[&attested[..], &extensions].concat()), Ok(()));
    assert_eq!(with_data(&authenticator, 0, &[]), unread, "no credential");
    assert_eq!(with_data(&authenticator, 0, &attested), unread, "a credential that no flag tells of");
    assert_eq!(with_data(&authenticator, ATTESTED, &[]), unread, "a flag without a credential");
    assert_eq!(with_data(&authenticator, ATTESTED, &[&attested[..], &extensions].concat()), unread, "no flag");
    assert_eq!(with_data(&authenticator, ATTESTED | EXTENSIONS, &attested), unread, "no extensions");
    assert_eq!(with_data(&authenticator, ATTESTED | EXTENSIONS, &[&attested[..], &[0x80]].concat()), unread, "a list");
    assert_eq!(with_data(&authenticator, ATTESTED, &[&attested[..], &[0]].concat()), unread, "one byte more");
    let more = [&attested[..], &extensions, &[0]].concat();
    assert_eq!(with_data(&authenticator, ATTESTED | EXTENSIONS, &more), unread, "one byte more");
}

#[test]
fn cbor_is_as_ctap2_writes_it() {
    let authenticator = Authenticator::new();
    let data = byte_string(&authenticator.data(ATTESTED, &authenticator.attested(&authenticator.cose())));
    let object = |statement: &[u8]| {
        [head(5, 3), text("fmt"), text("none"), text("attStmt"), statement.to_owned(), text("authData"), data.clone()]
            .concat()
    };
    let key = text("a");
    let nested = |depth: usize| [&[0xa1, 0x61, b'a'].repeat(depth)[..], &[0]].concat();
    assert_eq!(with_object(&authenticator, &object(&[0xa0])), Ok(()));
    assert_eq!(with_object(&authenticator, &object(&nested(3))), Ok(()));
    let good = object(&[0xa0]);
    let indefinite = |major: u8, content: &[u8]| [&[major << 5 | 31][..], content, &[0xff]].concat();
    let unread = [
        ("trailing bytes", [&good[..], &[0]].concat()),
        ("a statement that is no map", object(&[0x80])),
        ("nested too deep", object(&nested(4))),
        ("nested without end", object(&nested(40_000))),
        ("a key twice", object(&[&[0xa2][..], &key, &[0], &key, &[1]].concat())),
        ("a map without length", object(&indefinite(5, &[]))),
        ("a list without length", object(&[&[0xa1][..], &key, &indefinite(4, &[])].concat())),
        ("a string without length", object(&[&[0xa1][..], &key, &indefinite(2, &byte_string(b"x"))].concat())),
        ("a text without length", object(&[&[0xa1][..], &key, &indefinite(3, &key)].concat())),
        ("a tag", object(&[&[0xa1][..], &key, &[0xc1, 0]].concat())),
        (
            "a list longer than all there is",
            object(&[&[0xa1][..], &key, &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255]].concat()),
        ),
        ("the object without length", indefinite(5, &good[1..])),
        ("a member twice", [head(5, 4), good[1..].to_owned(), text("fmt"), text("none")].concat()),
        ("an unknown member", [head(5, 4), good[1..].to_owned(), text("more"), text("none")].concat()),
        ("no statement", [head(5, 2), text("fmt"), text("none"), text("authData"), data.clone()].concat()),
        ("nothing", Vec::new()),
    ];
    for (what, object) in unread {
        assert_eq!(with_object(&authenticator, &object), Err(Error::AttestationObject), "{what}");
    }
    let strings =
        [head(5, 3), text("fmt"), text("none"), text("attStmt"), vec![0xa0], text("authData"), indefinite(2, &data)];
    assert_eq!(with_object(&authenticator, &strings.concat()), Err(Error::AttestationObject));
}

/// A COSE key of RSA.
fn rsa(algorithm: &[u8], n: &[u8], e: &[u8]) -> Vec<u8> {
    [&[0xa4, 1, 3, 3][..], algorithm, &[0x20], &byte_string(n), &[0x21], &byte_string(e)].concat()
}

#[test]
fn a_public_key_is_a_good_one_of_an_algorithm_that_was_offered() {
    let authenticator = Authenticator::new();
    let good = authenticator.cose();
    assert_eq!(PublicKey::from_cose(&good).unwrap().algorithm(), -7);
    let (x, y) = (&good[8..42], &good[43..77]);
    let without_y = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], x, &[0x22, 0xf5]].concat();
    let off_curve = {
        let mut off = good.clone();
        off[76] ^= 1;
        off
    };
    let mut bad = vec![
        ("one byte more", [&good[..], &[0]].concat()),
        ("a compressed point", without_y),
        ("a point off the curve", off_curve),
        ("a key of another algorithm", [&[0xa5, 1, 2, 3, 0x27, 0x20, 1, 0x21][..], x, &[0x22], y].concat()),
        ("another curve", [&[0xa5, 1, 2, 3, 0x26, 0x20, 2, 0x21][..], x, &[0x22], y].concat()),
        ("a label twice", [&[0xa6, 1, 2, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], x, &[0x22], y].concat()),
        ("an algorithm twice", [&[0xa6, 1, 2, 3, 0x26, 3, 0x26, 0x20, 1, 0x21][..], x, &[0x22], y].concat()),
        ("a label of something else", [&[0xa6, 1, 2, 2, 0x40, 3, 0x26, 0x20, 1, 0x21][..], x, &[0x22], y].concat()),
        ("no algorithm", [&[0xa4, 1, 2, 0x20, 1, 0x21][..], x, &[0x22], y].concat()),
    ];
    let algorithm = &[0x39, 1, 0][..];
    let modulus = |bits: usize| {
        let mut modulus = vec![0xff; bits / 8];
        modulus[0] = 0x80;
        modulus
    };
    assert!(PublicKey::from_cose(&rsa(algorithm, &modulus(2048), &[1, 0, 1])).is_ok());
    for (what, n, e) in [
        ("a modulus of 1,024 bits", modulus(1024), &[1, 0, 1][..]),
        ("a modulus of 8,200 bits", modulus(8200), &[1, 0, 1]),
        ("a modulus with a zero in front", [&[0][..], &modulus(2048)].concat(), &[1, 0, 1]),
        ("an exponent of 1", modulus(2048), &[1]),
        ("an even exponent", modulus(2048), &[1, 0, 0]),
        ("an exponent with a zero in front", modulus(2048), &[0, 1, 0, 1]),
        ("no exponent", modulus(2048), &[]),
        ("an exponent of 72 bits", modulus(2048), &[1; 9]),
    ] {
        bad.push((what, rsa(algorithm, &n, e)));
    }
    // RS1, with SHA-1.
    bad.push(("an algorithm that was not offered", rsa(&[0x39, 0xff, 0xfe], &modulus(2048), &[1, 0, 1])));
    for (what, cose) in bad {
        assert_eq!(PublicKey::from_cose(&cose).map(|_| ()), Err(Error::PublicKey), "{what}");
    }
}

fn assertion() -> String {
    client_data("webauthn.get").to_string()
}

#[test]
fn a_log_in_is_told_of_as_it_is() {
    let mut authenticator = Authenticator::new();
    authenticator.flags |= BACKUP_ELIGIBLE;
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    authenticator.flags |= BACKED_UP;
    authenticator.counter = 3;
    let found = log_in(&authenticator.asserted(&assertion()), known(&credential), REQUIRED).unwrap();
    assert!(found.user_verified && found.backed_up);
    assert_eq!(found.counter, 3);
}

#[test]
fn a_log_in_answers_a_known_challenge_on_a_page_of_ours() {
    let authenticator = Authenticator::new();
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    let with = |at: &str, value: Value| {
        let mut data = client_data("webauthn.get");
        data[at] = value;
        log_in(&authenticator.asserted(&data.to_string()), known(&credential), REQUIRED).map(|_| ())
    };
    assert_eq!(with("more", json!(1)), Ok(()));
    assert_eq!(with("type", json!("webauthn.create")), Err(Error::Ceremony));
    assert_eq!(with("challenge", json!("")), Err(Error::Challenge));
    assert_eq!(with("origin", json!("https://evil.example")), Err(Error::Origin));
    assert_eq!(with("crossOrigin", json!(true)), Err(Error::CrossOrigin));
    assert_eq!(with("topOrigin", json!("https://evil.example")), Err(Error::CrossOrigin));
}

#[test]
fn a_log_in_is_for_this_domain_with_the_flags_that_were_asked_for() {
    let mut authenticator = Authenticator::new();
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    for (flags, verification, expected) in [
        (USER_PRESENT, PREFERRED, Ok(())),
        (USER_PRESENT, REQUIRED, Err(Error::UserVerification)),
        (USER_VERIFIED, PREFERRED, Err(Error::UserPresence)),
        (USER_PRESENT | USER_VERIFIED | BACKED_UP, REQUIRED, Err(Error::BackupFlags)),
        (USER_PRESENT | USER_VERIFIED | BACKUP_ELIGIBLE, REQUIRED, Err(Error::BackupEligibilityChanged)),
    ] {
        authenticator.flags = flags;
        let found = log_in(&authenticator.asserted(&assertion()), known(&credential), verification);
        assert_eq!(found.map(|_| ()), expected, "{flags:08b}");
    }
    authenticator.flags = USER_PRESENT | USER_VERIFIED;
    authenticator.rp_id = "other.example";
    let found = log_in(&authenticator.asserted(&assertion()), known(&credential), REQUIRED);
    assert_eq!(found, Err(Error::RelyingParty));
}

#[test]
fn a_log_in_is_signed_by_the_key_that_was_registered() {
    let authenticator = Authenticator::new();
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    let stranger = Authenticator::new();
    assert_eq!(log_in(&stranger.asserted(&assertion()), known(&credential), REQUIRED), Err(Error::Signature));
    let other = Known { id: b"another", ..known(&credential) };
    assert_eq!(log_in(&authenticator.asserted(&assertion()), other, REQUIRED), Err(Error::CredentialId));
}

#[test]
fn a_log_in_names_the_user_whose_credential_it_is() {
    let authenticator = Authenticator::new();
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    let named = |handle: Value, names_user: bool| {
        let mut json = authenticator.asserted(&assertion());
        json["response"]["userHandle"] = handle;
        log_in(&json, Known { names_user, ..known(&credential) }, REQUIRED).map(|_| ())
    };
    assert_eq!(named(json!(base64url(HANDLE)), true), Ok(()));
    assert_eq!(named(json!(base64url(HANDLE)), false), Ok(()));
    assert_eq!(named(json!(null), false), Ok(()));
    assert_eq!(named(json!(null), true), Err(Error::UserHandle));
    assert_eq!(named(json!(base64url(b"another")), true), Err(Error::UserHandle));
    assert_eq!(named(json!(base64url(b"another")), false), Err(Error::UserHandle));
}

#[test]
fn a_counter_goes_up_or_is_zero_for_ever() {
    let mut authenticator = Authenticator::new();
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    let mut counted = |before: u32, now: u32| {
        authenticator.counter = now;
        let known = Known { counter: before, ..known(&credential) };
        log_in(&authenticator.asserted(&assertion()), known, REQUIRED).map(|found| found.counter)
    };
    assert_eq!(counted(0, 0), Ok(0));
    assert_eq!(counted(0, 1), Ok(1));
    assert_eq!(counted(7, 8), Ok(8));
    assert_eq!(counted(7, 7), Err(Error::Counter));
    assert_eq!(counted(7, 6), Err(Error::Counter));
    assert_eq!(counted(7, 0), Err(Error::Counter));
    assert_eq!(counted(u32::MAX, 0), Err(Error::Counter));
}

#[test]
fn the_data_of_a_log_in_ends_where_it_says() {
    let authenticator = Authenticator::new();
    let credential = register(&authenticator.created(), REQUIRED).unwrap();
    let with = |flags: u8, rest: &[u8]| {
        let json = authenticator.asserted_with(&assertion(), &authenticator.data(flags, rest));
        log_in(&json, known(&credential), REQUIRED).map(|_| ())
    };
    assert_eq!(with(EXTENSIONS, &[0xa0]), Ok(()));
    assert_eq!(with(EXTENSIONS, &[]), Err(Error::AuthenticatorData));
    assert_eq!(with(0, &[0xa0]), Err(Error::AuthenticatorData));
    assert_eq!(with(EXTENSIONS, &[0xa0, 0]), Err(Error::AuthenticatorData));
}
