//! Files made to break a decoder: refused with a reason or stored right, never a panic.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use portico::imaging::{Limits, prepare};
use portico::model::picture::{Crop, PictureProblem};

use super::imaging::prepared;

/// How many broken files to try; a longer run is a matter of setting it.
pub fn rounds(usual: usize) -> usize {
    std::env::var("PICTURE_MUTATIONS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// Broken files without end, each with the name of the picture it was: the same ones on every machine.
pub fn broken_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    let mut chance = Chance(2026);
    seeds().into_iter().cycle().map(move |(name, mut bytes)| {
        chance.mutate(&mut bytes);
        (name, bytes)
    })
}

fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Steele, Lea and Flood's SplitMix64: the same numbers on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((value ^ (value >> 31)) % most.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            // Headers are short, and most of what can go wrong is decided there.
            let reach = if self.below(2) == 0 { bytes.len().min(200) } else { bytes.len() };
            let at = self.below(reach);
            match self.below(6) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][self.below(6)],
                2 => bytes[at] = self.below(256) as u8,
                3 => bytes.truncate(at + 1),
                4 => {
                    let end = (at + 1 + self.below(40)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, part);
                }
                _ => {
                    let end = (at + 1 + self.below(20)).min(bytes.len());
                    bytes.drain(at..end);
                    if bytes.is_empty() {
                        bytes.push(0);
                    }
                }
            }
        }
    }
}

#[test]
fn thousands_of_broken_files_do_no_harm() {
    // So small a limit that a header which lies about its size costs no time here; others test large ones.
    let limits = Limits { max_pixels: 1_000_000 };
    let (mut taken, mut refused) = (0, 0);
    for (round, (name, bytes)) in broken_files().take(rounds(10_000)).enumerate() {
        let start = Instant::now();
        match prepare(&bytes, Crop::default(), &limits, &AtomicBool::new(false)) {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{name}, round {round}");
    }
    assert!(taken > 0 && refused > 0);
}

#[test]
fn a_file_cut_off_anywhere_is_damaged() {
    for (name, seed) in seeds() {
        for part in [4, 10, 25, 50, 75, 90, 97] {
            // An animation's first frame may well be whole by then.
            if name.starts_with("frames") && part > 25 {
                continue;
            }
            let problem = prepared(&seed[..seed.len() * part / 100]).map(|_| ());
            let wanted =
                if seed.len() * part / 100 < 12 { PictureProblem::NotAPicture } else { PictureProblem::Damaged };
            assert!(problem == Err(wanted) || problem == Err(PictureProblem::Damaged), "{name} {part}: {problem:?}");
        }
    }
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_memory_is_asked_for() {
    let too_many = Err(PictureProblem::TooManyPixels { max: 64_000_000 });
    let mut png = seeds().into_iter().find(|(name, _)| name == "plain.png").unwrap().1;
    png[16..24].copy_from_slice(&[0, 0, 0x50, 0, 0, 0, 0x50, 0]);
    let check = crc(&png[12..29]);
    png[29..33].copy_from_slice(&check.to_be_bytes());
    assert_eq!(prepared(&png).map(|_| ()), too_many);
    let mut gif = seeds().into_iter().find(|(name, _)| name == "interlaced.gif").unwrap().1;
    gif[6..10].fill(0xFF);
    assert_eq!(prepared(&gif).map(|_| ()), too_many);
    let mut jpeg = seeds().into_iter().find(|(name, _)| name == "progressive.jpg").unwrap().1;
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC2]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert_eq!(prepared(&jpeg).map(|_| ()), too_many);
}

#[test]
fn a_palette_of_parts_of_colours_or_of_too_many_is_damaged() {
    let seed = seeds().into_iter().find(|(name, _)| name == "palette.png").unwrap().1;
    let start = seed.windows(4).position(|name| name == b"PLTE").unwrap();
    let length = u32::from_be_bytes(seed[start - 4..start].try_into().unwrap()) as usize;
    let with_palette = |bytes: usize| {
        let palette = [&b"PLTE"[..], &[90; 1000][..bytes]].concat();
        let mut png = seed[..start - 4].to_vec();
        png.extend((bytes as u32).to_be_bytes());
        png.extend(&palette);
        png.extend(crc(&palette).to_be_bytes());
        png.extend(&seed[start + 4 + length + 4..]);
        prepared(&png).map(|made| (made.width, made.height))
    };
    for bytes in [0, 1, 2, 4, 767, 769, 771, 1000] {
        assert_eq!(with_palette(bytes), Err(PictureProblem::Damaged), "{bytes}");
    }
    for bytes in [3, 48, 768] {
        assert_eq!(with_palette(bytes), Ok((96, 64)), "{bytes}");
    }
}

/// The checksum of a PNG's chunk, its type included.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn a_strip_is_a_small_picture() {
    for (width, height) in [(1u16, 50_000u16), (50_000, 1)] {
        let mut bytes = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
        encoder.encode(&vec![77; 50_000], width, height, jpeg_encoder::ColorType::Luma).unwrap();
        let made = prepared(&bytes).unwrap();
        assert_eq!((made.renditions.len(), made.renditions[0].side), (1, 1));
        assert_eq!(made.width.max(made.height), 2048);
    }
}

#[test]
fn thousands_of_empty_scans_are_more_work_than_they_are_worth() {
    let seed = seeds().into_iter().find(|(name, _)| name == "progressive.jpg").unwrap().1;
    let first = seed.windows(2).position(|marker| marker == [0xFF, 0xDA]).unwrap();
    let next = first + 2 + seed[first + 2..].windows(2).position(|m| m[0] == 0xFF && m[1] != 0).unwrap();
    let mut bytes = seed[..next].to_vec();
    for _ in 0..2_000 {
        bytes.extend_from_slice(&seed[first..next]);
    }
    assert_eq!(prepared(&bytes).map(|_| ()), Err(PictureProblem::TooComplex));
}

#[test]
fn what_is_no_picture_is_told_by_its_bytes() {
    for bytes in
        [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"II*\0", b"BM", b"GIF", b"\xFF\xD8"]
    {
        assert_eq!(prepared(bytes).map(|_| ()), Err(PictureProblem::NotAPicture));
    }
}

#[test]
fn a_polyglot_leaves_its_other_half_behind() {
    let script = b"<script>alert(1)</script>";
    let mut bytes = seeds().into_iter().find(|(name, _)| name == "sequential.jpg").unwrap().1;
    bytes.extend(script);
    let made = prepared(&bytes).unwrap();
    for file in made.renditions.iter().flat_map(|each| [&each.webp, &each.jpeg]).chain([&made.working_copy]) {
        assert!(!file.windows(script.len()).any(|part| part == script));
    }
}

#[test]
fn somebody_who_left_is_not_worked_for() {
    let cancelled = AtomicBool::new(true);
    for (_, seed) in seeds() {
        let problem = prepare(&seed, Crop::default(), &Limits::default(), &cancelled).map(|_| ());
        assert_eq!(problem, Err(PictureProblem::Cancelled));
    }
}
