use std::io::{BufReader, Cursor, Write as _};

use super::*;

fn built(list: &str) -> Vec<u8> {
    let mut to = Cursor::new(Vec::new());
    build(BufReader::new(list.as_bytes()), &mut to).unwrap();
    to.into_inner()
}

fn refused(list: &str) -> String {
    build(BufReader::new(list.as_bytes()), Cursor::new(Vec::new())).unwrap_err().to_string()
}

/// Texts that no user chose: a counter under a hash.
fn made_up(count: u32) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("{:016x}", mix(u64::from(number) + 1)))
}

#[test]
fn every_entry_is_found_whatever_its_letter_case() {
    let list: Vec<String> = made_up(3_000).collect();
    let bytes = built(&format!("{}\r\nПАРОЛЬ-ЗИМЫ\nhu\u{308}tte am see\n\n", list.join("\n")));
    let filter = Filter::open(bytes.as_slice()).unwrap();
    assert_eq!(filter.entries(), 3_002);
    for text in list.iter().map(String::as_str).chain(["пароль-зимы", "H\u{fc}tte am See"]) {
        assert!(filter.has(text).unwrap(), "{text}");
    }
    assert!(!filter.has("").unwrap());
}

#[test]
fn of_a_million_others_at_most_fifty_are_taken_for_an_entry() {
    let bytes = built(&made_up(30_000).map(|text| format!("{text}!\n")).collect::<String>());
    let filter = Filter::open(bytes.as_slice()).unwrap();
    // The look-up alone: a million hashes would take a debug build a while.
    let shard = filter.shards[0];
    let slot = |place: u64| u16::from_le_bytes(at(&bytes, usize::try_from(shard.offset + 2 * place).unwrap()));
    let taken = (0..1_000_000).filter(|number| {
        let (places, left) = shard.places(mix(*number));
        places.into_iter().fold(left, |left, place| left ^ slot(place)) == 0
    });
    let taken = taken.count();
    assert!((1..=50).contains(&taken), "{taken}");
}

#[test]
fn a_list_of_several_shards_finds_all_of_each() {
    let count: u64 = (1 << 20) + 50;
    let step = u64::MAX / count;
    let key = |number: u64| number * step + mix(number) % step;
    let line = |number: u64| format!("{:016X}000000000000000000000000:{number}\n", key(number));
    let bytes = built(&(0..count).map(line).collect::<String>());
    let filter = Filter::open(bytes.as_slice()).unwrap();
    assert_eq!((filter.entries(), filter.shards.len()), (count, 2));
    assert_eq!(filter.shards[1].first, key(1 << 20));
    assert!(bytes.len() as f64 * 8.0 / count as f64 <= 19.0);
}

#[test]
fn hashes_of_the_downloader_are_told_by_their_form_and_looked_up_as_they_are() {
    // SHA-1 of "P@ssw0rd" and "password".
    let bytes = built("21BD12DC183F740EE76F27B78EB39C8AD972A757:52579\r\n5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:3\n");
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let filter = Filter::open(file).unwrap();
    assert_eq!(filter.entries(), 2);
    assert!(filter.has("P@ssw0rd").unwrap() && filter.has("password").unwrap());
    assert!(!filter.has("p@ssw0rd").unwrap() && !filter.has("Password").unwrap());
}

#[test]
fn what_is_no_list_is_refused_by_its_line() {
    let hash = "21BD12DC183F740EE76F27B78EB39C8AD972A757:5";
    assert_eq!(refused(""), "there is nothing in the list");
    assert_eq!(refused("\n\n"), "there is nothing in the list");
    assert!(
        refused(&format!("{hash}\n0018A45C4D1DEF81644B54AB7F969B88D65:1\n")).starts_with("line 2 is no SHA-1 hash")
    );
    let later = "FFBD12DC183F740EE76F27B78EB39C8AD972A757:5";
    assert!(refused(&format!("{later}\n{hash}\n")).starts_with("line 2: hashes must be in ascending order"));
}

#[test]
fn what_is_no_filter_is_not_opened() {
    let good = built("correct horse\nbattery staple\n");
    let opened = |bytes: &[u8]| Filter::open(bytes).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(opened(&good), Ok(()));
    let foreign = Err("it is no filter that `portico passwords filter` has built".to_owned());
    assert_eq!(opened(b""), foreign);
    assert_eq!(opened(&[0; 100]), foreign);
    let damaged = Err("it is damaged, or not all of it was copied".to_owned());
    assert_eq!(opened(&good[..good.len() - 1]), damaged);
    for at in (12..HEADER).chain(good.len() - ROW..good.len()) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_eq!(opened(&bad), damaged, "{at}");
    }
    let mut newer = good;
    newer[8] = 2;
    assert_eq!(opened(&newer), Err("it is of another version of the format, or was not built to its end".to_owned()));
}
