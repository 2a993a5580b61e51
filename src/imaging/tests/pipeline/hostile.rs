//! Files made to break a decoder: refused with a reason or stored right, never a panic.

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use portico_imaging::{Crop, Limits, PictureError, prepare};

use super::broken_files::{broken_files, rounds, seeds};
use super::{PICTURES, crc, prepared};

#[test]
fn thousands_of_broken_files_do_no_harm() {
    // So small a limit that a header which lies about its size costs no time here; others test large ones.
    let limits = Limits { max_pixels: 1_000_000 };
    let (mut taken, mut refused) = (0, 0);
    for (round, (name, bytes)) in broken_files(PICTURES).take(rounds(10_000)).enumerate() {
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
    for (name, seed) in seeds(PICTURES) {
        for part in [4, 10, 25, 50, 75, 90, 97] {
            // An animation's first frame may well be whole by then.
            if name.starts_with("frames") && part > 25 {
                continue;
            }
            let problem = prepared(&seed[..seed.len() * part / 100]).map(|_| ());
            let wanted = if seed.len() * part / 100 < 12 { PictureError::NotAPicture } else { PictureError::Damaged };
            assert!(problem == Err(wanted) || problem == Err(PictureError::Damaged), "{name} {part}: {problem:?}");
        }
    }
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_memory_is_asked_for() {
    let too_many = Err(PictureError::TooManyPixels { max: 64_000_000 });
    let mut png = seeds(PICTURES).into_iter().find(|(name, _)| name == "plain.png").unwrap().1;
    png[16..24].copy_from_slice(&[0, 0, 0x50, 0, 0, 0, 0x50, 0]);
    let check = crc(&png[12..29]);
    png[29..33].copy_from_slice(&check.to_be_bytes());
    assert_eq!(prepared(&png).map(|_| ()), too_many);
    let mut gif = seeds(PICTURES).into_iter().find(|(name, _)| name == "interlaced.gif").unwrap().1;
    gif[6..10].fill(0xFF);
    assert_eq!(prepared(&gif).map(|_| ()), too_many);
    let mut jpeg = seeds(PICTURES).into_iter().find(|(name, _)| name == "progressive.jpg").unwrap().1;
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC2]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    assert_eq!(prepared(&jpeg).map(|_| ()), too_many);
}

#[test]
fn a_palette_of_parts_of_colours_or_of_too_many_is_damaged() {
    let seed = seeds(PICTURES).into_iter().find(|(name, _)| name == "palette.png").unwrap().1;
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
        assert_eq!(with_palette(bytes), Err(PictureError::Damaged), "{bytes}");
    }
    for bytes in [3, 48, 768] {
        assert_eq!(with_palette(bytes), Ok((96, 64)), "{bytes}");
    }
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
    let seed = seeds(PICTURES).into_iter().find(|(name, _)| name == "progressive.jpg").unwrap().1;
    let first = seed.windows(2).position(|marker| marker == [0xFF, 0xDA]).unwrap();
    let next = first + 2 + seed[first + 2..].windows(2).position(|m| m[0] == 0xFF && m[1] != 0).unwrap();
    let mut bytes = seed[..next].to_vec();
    for _ in 0..2_000 {
        bytes.extend_from_slice(&seed[first..next]);
    }
    assert_eq!(prepared(&bytes).map(|_| ()), Err(PictureError::TooComplex));
}

#[test]
fn what_is_no_picture_is_told_by_its_bytes() {
    for bytes in
        [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"II*\0", b"BM", b"GIF", b"\xFF\xD8"]
    {
        assert_eq!(prepared(bytes).map(|_| ()), Err(PictureError::NotAPicture));
    }
}

#[test]
fn a_polyglot_leaves_its_other_half_behind() {
    let script = b"<script>alert(1)</script>";
    let mut bytes = seeds(PICTURES).into_iter().find(|(name, _)| name == "sequential.jpg").unwrap().1;
    bytes.extend(script);
    let made = prepared(&bytes).unwrap();
    for file in made.renditions.iter().flat_map(|each| [&each.webp, &each.jpeg]).chain([&made.working_copy]) {
        assert!(!file.windows(script.len()).any(|part| part == script));
    }
}

#[test]
fn a_caller_that_left_is_not_worked_for() {
    let cancelled = AtomicBool::new(true);
    for (_, seed) in seeds(PICTURES) {
        let problem = prepare(&seed, Crop::default(), &Limits::default(), &cancelled).map(|_| ());
        assert_eq!(problem, Err(PictureError::Cancelled));
    }
}
