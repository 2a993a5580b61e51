//! The known answers of Web Authentication Level 3, §16, whole and broken.

use std::ops::Range;

use crate::support::{Pair, good_pairs, pairs, sha256};
use portico_webauthn::Error;

#[test]
fn the_pairs_of_the_specification_are_right() {
    for pair in good_pairs() {
        let credential = pair.register().unwrap_or_else(|error| panic!("{}: {error}", pair.id));
        assert_eq!(credential.id, pair.credential_id);
        pair.log_in(&credential).unwrap_or_else(|error| panic!("{}: {error}", pair.id));
    }
    assert_eq!(good_pairs().len(), 12);
}

#[test]
fn frames_of_other_sites_and_algorithms_that_were_not_offered_are_refused() {
    let expected = [
        ("sctn-test-vectors-none-es256-crossOrigin", Error::CrossOrigin),
        ("sctn-test-vectors-none-es256-topOrigin", Error::CrossOrigin),
        ("sctn-test-vectors-packed-ed448", Error::PublicKey),
    ];
    for (id, error) in expected {
        let pair = pairs().into_iter().find(|pair| pair.id == id).unwrap();
        assert_eq!(pair.register(), Err(error), "{id}");
    }
}

/// Every other length than the whole.
fn truncated(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|length| bytes[..length].to_owned())
}

/// Each bit turned over, with where its byte stands.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_owned();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit / 8, flipped)
    })
}

#[test]
fn no_part_of_a_registration_may_be_cut_off() {
    for pair in good_pairs() {
        for client_data in truncated(&pair.reg.client_data) {
            let mut cut = pair.clone();
            cut.reg.client_data = client_data;
            assert!(cut.register().is_err(), "{}", pair.id);
        }
        for attestation_object in truncated(&pair.reg.attestation_object) {
            let mut cut = pair.clone();
            cut.reg.attestation_object = attestation_object;
            assert!(cut.register().is_err(), "{}", pair.id);
        }
        for credential_id in truncated(&pair.credential_id) {
            let mut cut = pair.clone();
            cut.credential_id = credential_id;
            assert!(cut.register().is_err(), "{}", pair.id);
        }
    }
}

#[test]
fn no_part_of_a_log_in_may_be_cut_off() {
    for pair in good_pairs() {
        let credential = pair.register().unwrap();
        for client_data in truncated(&pair.auth.client_data) {
            let mut cut = pair.clone();
            cut.auth.client_data = client_data;
            assert!(cut.log_in(&credential).is_err(), "{}", pair.id);
        }
        for authenticator_data in truncated(&pair.auth.authenticator_data) {
            let mut cut = pair.clone();
            cut.auth.authenticator_data = authenticator_data;
            assert!(cut.log_in(&credential).is_err(), "{}", pair.id);
        }
        for signature in truncated(&pair.auth.signature) {
            let mut cut = pair.clone();
            cut.auth.signature = signature;
            assert!(cut.log_in(&credential).is_err(), "{}", pair.id);
        }
    }
}

#[test]
fn every_bit_of_a_log_in_matters() {
    for pair in good_pairs() {
        let credential = pair.register().unwrap();
        for (at, client_data) in flipped(&pair.auth.client_data) {
            let mut changed = pair.clone();
            changed.auth.client_data = client_data;
            assert!(changed.log_in(&credential).is_err(), "{} client data, byte {at}", pair.id);
        }
        for (at, authenticator_data) in flipped(&pair.auth.authenticator_data) {
            let mut changed = pair.clone();
            changed.auth.authenticator_data = authenticator_data;
            assert!(changed.log_in(&credential).is_err(), "{} authenticator data, byte {at}", pair.id);
        }
        for (at, signature) in flipped(&pair.auth.signature) {
            let mut changed = pair.clone();
            changed.auth.signature = signature;
            assert!(changed.log_in(&credential).is_err(), "{} signature, byte {at}", pair.id);
        }
        for (at, credential_id) in flipped(&pair.credential_id) {
            let mut changed = pair.clone();
            changed.credential_id = credential_id;
            assert_eq!(changed.log_in(&credential), Err(Error::CredentialId), "{} id, byte {at}", pair.id);
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Range<usize> {
    let start = bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    start..start + wanted.len()
}

/// No key signs a registration when no attestation is asked for. So these bits say what they say, and no check can be
/// made of them: the statement and its format, the model of the authenticator, its first counter, whether a user was
/// verified and whether it may be backed up, and members of the client data that no check asks for.
fn bits_that_matter(pair: &Pair, public_key: &[u8]) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let client_data = &pair.reg.client_data;
    let text = std::str::from_utf8(client_data).unwrap();
    let member = |name: &str| {
        let start = text.find(&format!("\"{name}\":\"")).unwrap();
        let value = start + name.len() + 4;
        start..value + text[value..].find('"').unwrap() + 1
    };
    let object = &pair.reg.attestation_object;
    let data = find(object, &sha256(b"example.org"));
    // After the hash: flags, counter, model, and the length of the id.
    let id = data.end + 1 + 4 + 16..data.end + 1 + 4 + 16 + 2 + pair.credential_id.len();
    (vec![member("type"), member("challenge"), member("origin")], vec![data, id, find(object, public_key)])
}

/// How it was changed to another answer that is taken, though anything hangs on what was changed.
fn taken(pair: &Pair) -> Vec<String> {
    let credential = pair.register().unwrap();
    let (of_client_data, of_object) = bits_that_matter(pair, &credential.public_key);
    let matters = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|range| range.contains(&at));
    let mut taken = Vec::new();
    for (at, client_data) in flipped(&pair.reg.client_data) {
        let mut changed = pair.clone();
        changed.reg.client_data = client_data;
        if changed.register().is_ok_and(|found| found != credential || matters(&of_client_data, at)) {
            taken.push(format!("{} client data, byte {at}", pair.id));
        }
    }
    let object = &pair.reg.attestation_object;
    let statement = find(object, b"attStmt").end..find(object, b"authData").start;
    for (bit, (at, attestation_object)) in flipped(object).enumerate() {
        // No check looks at it, and some are long: a bit of each byte will do.
        if statement.contains(&at) && bit % 8 != at % 8 {
            continue;
        }
        let mut changed = pair.clone();
        changed.reg.attestation_object = attestation_object;
        // Another key may be as good a key, but opens nothing for this one's owner.
        let opens = |found| matters(&of_object, at) && pair.log_in(&found).is_ok();
        if changed.register().is_ok_and(opens) {
            taken.push(format!("{} attestation object, byte {at}", pair.id));
        }
    }
    taken
}

#[test]
fn every_bit_of_a_registration_that_anything_hangs_on_matters() {
    let pairs = good_pairs();
    let taken: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = pairs.iter().map(|pair| scope.spawn(|| taken(pair))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken, Vec::<String>::new());
}
