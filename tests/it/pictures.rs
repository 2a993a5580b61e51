//! Profile pictures: upload, crop, removal, and what cannot be taken.

use image::ImageFormat;

use crate::broken_files::{broken_files, rounds};
use crate::support::photo::{self, BLUE, GREEN, RED, YELLOW};
use crate::support::{Answer, Part, Portico, Visitor};

const PICTURE: &str = "/account/picture";

/// The address of a user's picture without the size, or nothing.
async fn picture_path(visitor: &Visitor) -> Option<String> {
    let page = visitor.get("/account").await;
    let path = page.attributes("main .av img", "src").into_iter().next()?;
    Some(path.rsplit_once('/').unwrap().0.to_owned())
}

#[track_caller]
fn assert_photo_problem(page: &Answer, status: u16, words: &str) {
    page.assert_status(status).assert_summary(words);
    assert_eq!(page.one("#photo-error"), format!("Error: {words}"));
}

#[tokio::test]
async fn a_photo_from_a_phone_is_upright_in_every_size_and_kind() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let photo = photo::from_phone(4032, 3024);
    let answer = ada.set_picture(&photo).await;
    ada.follow(answer.assert_leads_to("/account/profile"))
        .await
        .assert_flash("Your picture is saved. You can still move it below.");
    let path = picture_path(&ada).await.expect("a picture");
    for step in [64, 128, 256, 512, 1024] {
        for (ending, kind, format) in
            [("webp", "image/webp", ImageFormat::WebP), ("jpg", "image/jpeg", ImageFormat::Jpeg)]
        {
            let file = portico.visitor().get(&format!("{path}/{step}.{ending}")).await;
            file.assert_status(200);
            assert_eq!(file.header("content-type"), kind);
            assert_eq!(image::guess_format(&file.body).unwrap(), format);
            let picture = photo::decode(&file.body);
            assert_eq!(picture.dimensions(), (step, step));
            photo::assert_quarters(&picture, [RED, GREEN, BLUE, YELLOW]);
        }
    }
    let original = ada.get("/account/picture/original").await;
    let original = photo::decode(&original.body);
    let (width, height) = original.dimensions();
    assert!((1024..=2048).contains(&height) && width * 4 == height * 3, "{width}×{height}");
    photo::assert_quarters(&original, [RED, GREEN, BLUE, YELLOW]);
}

#[tokio::test]
async fn no_stored_file_tells_where_a_photo_was_taken() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let upload = photo::from_phone(640, 480);
    let holds = |bytes: &[u8], mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    assert!(holds(&upload, b"48.8584"));
    ada.set_picture(&upload).await.assert_status(303);
    let files = portico.picture_files();
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for mark in [&b"48.8584"[..], b"Exif", b"EXIF", b"XMP "] {
            assert!(!holds(&bytes, mark), "{} holds {}", file.display(), String::from_utf8_lossy(mark));
        }
    }
}

#[tokio::test]
async fn every_kind_of_picture_is_taken_whatever_it_is_called() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let picture = photo::quarters(200, 200, [RED, GREEN, BLUE, YELLOW]);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = photo::encode(&picture, format);
        let parts = [Part::File("photo", "holiday.txt", &bytes), Part::Text("do", "save")];
        ada.upload(PICTURE, &parts).await.assert_leads_to("/account/profile");
        let path = picture_path(&ada).await.unwrap();
        let stored = photo::decode(&ada.get(&format!("{path}/128.jpg")).await.body);
        photo::assert_quarters(&stored, [RED, GREEN, BLUE, YELLOW]);
    }
}

#[tokio::test]
async fn a_small_picture_is_never_enlarged() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 200)).await.assert_status(303);
    let path = picture_path(&ada).await.unwrap();
    for (step, status) in [(64, 200), (128, 200), (256, 404), (1024, 404)] {
        ada.get(&format!("{path}/{step}.webp")).await.assert_status(status);
    }
    ada.set_picture(&photo::jpeg(40, 30)).await.assert_status(303);
    let path = picture_path(&ada).await.unwrap();
    let smallest = photo::decode(&ada.get(&format!("{path}/64.jpg")).await.body);
    assert_eq!(smallest.dimensions(), (30, 30));
}

#[tokio::test]
async fn the_persons_crop_decides_what_shows_and_can_be_moved_without_another_upload() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let wide = photo::jpeg(800, 400);
    let left = [Part::File("photo", "a.jpg", &wide), Part::Text("x", "0"), Part::Text("do", "save")];
    ada.upload(PICTURE, &left).await.assert_leads_to("/account/profile");
    let first = picture_path(&ada).await.unwrap();
    let picture = photo::decode(&ada.get(&format!("{first}/256.jpg")).await.body);
    photo::assert_quarters(&picture, [RED, RED, BLUE, BLUE]);
    let right = [Part::Text("z", "200"), Part::Text("x", "100"), Part::Text("y", "100"), Part::Text("do", "save")];
    ada.upload(PICTURE, &right).await.assert_leads_to("/account/profile");
    let second = picture_path(&ada).await.unwrap();
    assert_ne!(first, second, "another picture has another address");
    let picture = photo::decode(&ada.get(&format!("{second}/128.jpg")).await.body);
    photo::assert_quarters(&picture, [YELLOW; 4]);
    let page = ada.get("/account/profile").await;
    assert_eq!([page.value("z"), page.value("x"), page.value("y")], ["200", "100", "100"]);
}

#[tokio::test]
async fn the_files_of_a_replaced_or_removed_picture_are_gone() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let old = picture_path(&ada).await.unwrap();
    let files = portico.picture_files();
    ada.set_picture(&photo::jpeg(310, 310)).await.assert_status(303);
    ada.get(&format!("{old}/64.webp")).await.assert_status(302);
    assert!(files.iter().all(|file| !file.exists()));
    assert_eq!(portico.picture_files().len(), files.len());
    for _ in 0..2 {
        let answer = ada.upload(PICTURE, &[Part::Text("do", "remove")]).await;
        ada.follow(answer.assert_leads_to("/account/profile")).await.assert_flash("Your picture is removed.");
    }
    assert_eq!(picture_path(&ada).await, None);
    assert!(portico.picture_files().is_empty());
    ada.get("/account/picture/original").await.assert_status(404);
}

#[tokio::test]
async fn a_new_picture_is_announced_with_its_address() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(600, 600)).await.assert_status(303);
    let body = portico.database().text("select body from events where kind = 'user.updated'").await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let url = body["profile_pic"].as_str().expect("an address");
    let path = url.strip_prefix(portico.url()).expect("an absolute address");
    portico.visitor().get(path).await.assert_status(200);
}

#[tokio::test]
async fn what_is_no_picture_is_explained_and_the_old_one_stays() {
    let portico = Portico::with(&[("PORTICO_PICTURE_MAX_PIXELS", "1000000")]).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let before = (picture_path(&ada).await, portico.picture_files());
    let whole = photo::jpeg(400, 400);
    let half = &whole[..whole.len() / 2];
    let mut liar = photo::encode(&photo::quarters(20, 20, [RED; 4]), ImageFormat::Png);
    // The header's width, and its checksum, are made up.
    liar[16..20].copy_from_slice(&40_000u32.to_be_bytes());
    liar[20..24].copy_from_slice(&40_000u32.to_be_bytes());
    let many = photo::jpeg(1100, 1000);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice();
    let kind = "This file is not a JPEG, PNG, WebP or GIF image";
    let damaged = "This image is damaged or incomplete. Choose another";
    for (bytes, words) in [
        (svg, Some("SVG files cannot be read here. Save this one as JPEG or PNG, then choose that")),
        (b"<!doctype html><script>alert(1)</script>".as_slice(), Some(kind)),
        (b"\xff\xd8\xff".as_slice(), Some(damaged)),
        (half, Some(damaged)),
        (&liar, None),
        (
            &many,
            Some(
                "This image has more than 1 megapixels, the most that can be taken. Save it smaller, or choose another",
            ),
        ),
    ] {
        let page = ada.set_picture(bytes).await;
        match words {
            Some(words) => assert_photo_problem(&page, 422, words),
            None => assert_eq!(page.assert_status(422).problems()[0].0, "photo"),
        }
        assert_eq!((picture_path(&ada).await, portico.picture_files()), before);
    }
}

#[tokio::test]
async fn a_form_without_a_file_asks_for_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let page = ada.upload(PICTURE, &[Part::File("photo", "", b""), Part::Text("do", "upload")]).await;
    assert_photo_problem(&page, 422, "Choose a photo");
}

#[tokio::test]
async fn a_file_over_the_limit_is_answered_and_the_old_picture_stays() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let before = picture_path(&ada).await;
    for megabytes in [10, 11, 40] {
        let page = ada.set_picture(&vec![7; megabytes * 1_000_000 + 1]).await;
        assert_photo_problem(&page, 413, "This file is larger than 10 MB");
    }
    assert_eq!(picture_path(&ada).await, before);
}

#[tokio::test]
async fn the_step_after_signing_up_takes_a_name_and_a_picture_at_once() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let bytes = photo::jpeg(300, 300);
    let parts = [Part::Text("name", "Ada Lovelace"), Part::File("photo", "me.jpg", &bytes), Part::Text("do", "save")];
    ada.upload("/welcome", &parts).await.assert_status(303);
    assert_eq!(ada.get("/account").await.one("h1"), "Hello, Ada Lovelace");
    assert!(picture_path(&ada).await.is_some());
}

#[tokio::test]
async fn an_unusable_picture_after_signing_up_is_explained_there() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let parts = [Part::Text("name", "Ada"), Part::File("photo", "me.jpg", b"not a picture"), Part::Text("do", "save")];
    let page = ada.upload("/welcome", &parts).await;
    assert_photo_problem(&page, 422, "This file is not a JPEG, PNG, WebP or GIF image");
    assert_eq!(page.value("name"), "Ada");
}

#[tokio::test]
async fn an_upload_without_a_session_leads_to_logging_in() {
    let portico = Portico::start().await;
    let answer = portico.visitor().set_picture(&photo::jpeg(64, 64)).await;
    answer.assert_status(401);
    assert_eq!(answer.value("next"), "/account/picture");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_do_no_harm_and_the_old_picture_stays() {
    // So small a limit that a header which lies about its size costs no time here; others test large ones.
    let settings = [("PORTICO_RATE_LIMITS", "off"), ("PORTICO_PICTURE_MAX_PIXELS", "1000000")];
    let portico = Portico::with(&settings).await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let mut shown = picture_path(&ada).await;
    // What decoding does with many more of them, the tests of the pipeline look at without a program around it.
    let pictures = concat!(env!("CARGO_MANIFEST_DIR"), "/src/imaging/tests/pictures");
    for (round, (name, bytes)) in broken_files(pictures).take(rounds(2_000)).enumerate() {
        let answer = ada.set_picture(&bytes).await;
        match answer.status {
            303 => shown = picture_path(&ada).await,
            422 => assert_eq!(picture_path(&ada).await, shown, "{name}, round {round}"),
            other => panic!("{name}, round {round}: {other}, {}", answer.gist()),
        }
        ada.get(&format!("{}/64.webp", shown.as_ref().unwrap())).await.assert_status(200);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", portico.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 300_000, "{peak} kB at its peak");
}
