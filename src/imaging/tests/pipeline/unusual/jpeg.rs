//! JPEG files with stray bytes, without tables or notes, and with inks.

use std::time::{Duration, Instant};

use portico_imaging::PictureError;

use super::{HEIGHT, WIDTH, chart, found, prepared};

fn jpeg(setting: impl FnOnce(&mut jpeg_encoder::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
    setting(&mut encoder);
    encoder.encode(&chart(3), WIDTH, HEIGHT, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn inks(note: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.encode(&chart(4), WIDTH, HEIGHT, jpeg_encoder::ColorType::Cmyk).unwrap();
    if !note {
        remove(&mut bytes, 0xEE);
    }
    bytes
}

/// Where each segment begins: its marker, and from which byte to which.
fn segments(bytes: &[u8]) -> Vec<(u8, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 2;
    while bytes[at + 1] != 0xD9 {
        let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        found.push((bytes[at + 1], at, at + 2 + length));
        at += 2 + length;
        // After a scan's header, its data.
        while bytes[at] != 0xFF || matches!(bytes[at + 1], 0 | 0xD0..=0xD7) {
            at += 1;
        }
    }
    found
}

fn remove(bytes: &mut Vec<u8>, marker: u8) {
    for (found, start, end) in segments(bytes).into_iter().rev() {
        if found == marker {
            bytes.drain(start..end);
        }
    }
}

#[test]
fn stray_bytes_between_the_segments_of_a_jpeg_are_passed_over() {
    let original = jpeg(|_| ());
    let wanted = prepared(&original).unwrap();
    let strays: [&[u8]; 6] = [&[0], &[0, 0], &[7; 18], &[0xFF, 0x00], &[0xFF, 0xFF], &[0x42; 70_000]];
    for (marker, start, _) in segments(&original).into_iter().skip(1) {
        for stray in strays {
            let mut bytes = original.clone();
            bytes.splice(start..start, stray.iter().copied());
            assert!(prepared(&bytes).as_ref() == Ok(&wanted), "{marker:#X}, {} bytes", stray.len());
        }
    }
}

#[test]
fn stray_bytes_without_end_are_no_picture() {
    let start = Instant::now();
    for stray in [0x00, 0x42, 0xFF] {
        let bytes = [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 2][..], &vec![stray; 10_000_000]].concat();
        assert_eq!(found(prepared(&bytes)), Err(PictureError::Damaged));
    }
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_jpeg_that_lacks_only_its_end_mark_is_whole_and_one_that_lacks_a_scan_is_not() {
    for original in [jpeg(|_| ()), jpeg(|encoder| encoder.set_progressive(true))] {
        let wanted = prepared(&original).unwrap();
        for cut in [1, 2] {
            assert_eq!(prepared(&original[..original.len() - cut]).as_ref(), Ok(&wanted), "{cut}");
        }
        for cut in [8, 20, original.len() / 2] {
            let bytes = &original[..original.len() - cut];
            assert_eq!(found(prepared(bytes)), Err(PictureError::Damaged), "{cut}");
        }
    }
    let progressive = jpeg(|encoder| encoder.set_progressive(true));
    let last = segments(&progressive).into_iter().rfind(|&(marker, ..)| marker == 0xDA).unwrap().1;
    assert_eq!(found(prepared(&progressive[..last])), Err(PictureError::Damaged));
}

#[test]
fn a_jpeg_without_huffman_tables_means_the_standard_ones() {
    let original = jpeg(|_| ());
    let mut bytes = original.clone();
    remove(&mut bytes, 0xC4);
    assert!(bytes.len() < original.len());
    assert!(prepared(&bytes) == prepared(&original));
}

#[test]
fn components_of_one_name_are_told_apart_by_their_order() {
    let original = jpeg(|_| ());
    for (name, in_scans) in [(1, true), (0, false), (255, true), (0, true)] {
        let mut bytes = original.clone();
        for (marker, start, _) in segments(&original) {
            match marker {
                0xC0 => [10, 13, 16].into_iter().for_each(|at| bytes[start + at] = name),
                0xDA if in_scans => [5, 7, 9].into_iter().for_each(|at| bytes[start + at] = name),
                _ => {}
            }
        }
        assert!(prepared(&bytes) == prepared(&original), "{name} {in_scans}");
    }
}

#[test]
fn a_quantization_table_may_come_just_before_its_first_scan() {
    // Each component in a scan of its own.
    for progressive in [false, true] {
        let original = jpeg(|encoder| {
            encoder.set_optimized_huffman_tables(true);
            encoder.set_progressive(progressive);
        });
        let found = segments(&original);
        let scans: Vec<usize> = found.iter().filter(|(marker, ..)| *marker == 0xDA).map(|found| found.1).collect();
        let &(_, start, end) = found.iter().rfind(|(marker, ..)| *marker == 0xDB).unwrap();
        // The colours', which the second scan is the first to use.
        let table = original[start..end].to_vec();
        let mut bytes = original.clone();
        bytes.splice(scans[1]..scans[1], table);
        bytes.drain(start..end);
        assert!(prepared(&bytes) == prepared(&original), "{progressive}");
        // Later it is too late.
        let mut bytes = original.clone();
        bytes.drain(start..end);
        assert_eq!(prepared(&bytes).err(), Some(PictureError::Damaged));
    }
}

#[test]
fn inks_without_adobes_note_are_read_as_those_with_it() {
    assert!(inks(false).len() < inks(true).len());
    assert!(prepared(&inks(false)).unwrap() == prepared(&inks(true)).unwrap());
}

#[test]
fn exif_is_read_whatever_pads_its_name() {
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let original = jpeg(|encoder| encoder.add_exif_metadata(exif).unwrap());
    let name = original.windows(6).position(|bytes| bytes == b"Exif\0\0").unwrap();
    for padding in [0, 1, 0xFF] {
        let mut bytes = original.clone();
        bytes[name + 5] = padding;
        assert_eq!(found(prepared(&bytes)), Ok((HEIGHT.into(), WIDTH.into())), "{padding}");
    }
}
