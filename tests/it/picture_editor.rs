//! The picture editor as it works without a script: turning and mirroring, tabs that are outdated, and what is said of
//! files and sessions that are no good.

use std::time::Duration;

use image::ImageFormat;

use crate::support::photo::{self, BLUE, GREEN, RED, YELLOW};
use crate::support::{Answer, Part, Portico, Visitor};

const PICTURE: &str = "/account/picture";

/// Presses a button of the editor on a page, with its fields as they stand there.
async fn press(visitor: &Visitor, page: &Answer, button: &str) -> Answer {
    let fields = ["version", "z", "x", "y", "turn", "mirror"].map(|name| (name, page.value(name)));
    let mut parts: Vec<Part<'_>> = fields.iter().map(|(name, value)| Part::Text(name, value)).collect();
    parts.extend([Part::File("photo", "", b""), Part::Text("do", button)]);
    visitor.upload(PICTURE, &parts).await
}

/// What the page's stage shows.
async fn staged(visitor: &Visitor, page: &Answer) -> image::RgbImage {
    photo::decode(&visitor.get(&page.attribute("[data-stage] img", "src")).await.body)
}

#[track_caller]
fn assert_told(page: &Answer, words: &str) {
    assert_eq!(page.assert_status(401).texts(".flash p"), [words]);
}

async fn profile(visitor: &Visitor) -> Answer {
    visitor.get("/account/profile").await
}

#[tokio::test]
async fn a_saved_picture_is_turned_and_mirrored_by_buttons_and_saved_as_it_was_shown() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(600, 400)).await.assert_status(303);
    let page = profile(&ada).await;
    let before = page.value("version");

    let turned = press(&ada, &page, "turn-right").await;
    assert_eq!(turned.assert_status(200).value("turn"), "90");
    photo::assert_quarters(&staged(&ada, &turned).await, [BLUE, RED, YELLOW, GREEN]);
    let mirrored = press(&ada, &turned, "mirror").await;
    let shown = [RED, BLUE, GREEN, YELLOW];
    photo::assert_quarters(&staged(&ada, &mirrored).await, shown);
    assert_eq!(profile(&ada).await.value("version"), before, "nothing is stored by looking");

    press(&ada, &mirrored, "save").await.assert_leads_to("/account/profile");
    let page = profile(&ada).await;
    assert_ne!(page.value("version"), before);
    photo::assert_quarters(&staged(&ada, &page).await, shown);
    let whole = photo::decode(&ada.get("/account/picture/original").await.body);
    assert_eq!(whole.dimensions(), (400, 600), "the working copy is turned, to be cropped again as it looks");
    photo::assert_quarters(&whole, shown);
    assert_eq!([page.value("turn"), page.value("mirror")], ["0", "0"]);
}

#[tokio::test]
async fn what_the_square_shows_stays_in_it_while_the_picture_is_turned() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let wide = photo::jpeg(800, 400);
    let corner =
        [Part::File("photo", "a.jpg", &wide), Part::Text("z", "300"), Part::Text("x", "0"), Part::Text("y", "0")];
    ada.upload(PICTURE, &corner).await.assert_status(303);
    let mut page = profile(&ada).await;
    for button in ["turn-left", "mirror", "turn-left", "turn-left", "mirror", "turn-right", "turn-right"] {
        page = press(&ada, &page, button).await;
        photo::assert_quarters(&staged(&ada, &page).await, [RED; 4]);
    }
    assert_eq!([page.value("turn"), page.value("mirror")], ["270", "0"]);
    assert_eq!([page.value("z"), page.value("x"), page.value("y")], ["300", "0", "100"]);
}

#[tokio::test]
async fn an_upload_is_turned_before_it_is_cropped() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let upload = photo::from_phone(640, 480);
    let parts = [
        Part::File("photo", "me.jpg", &upload),
        Part::Text("turn", "270"),
        Part::Text("mirror", "1"),
        Part::Text("do", "save"),
    ];
    ada.upload(PICTURE, &parts).await.assert_status(303);
    let page = profile(&ada).await;
    // Mirrored: green and red above; then its right side comes up.
    photo::assert_quarters(&staged(&ada, &page).await, [RED, BLUE, GREEN, YELLOW]);
}

#[tokio::test]
async fn a_turn_that_makes_no_sense_is_none() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let upload = photo::jpeg(300, 300);
    for (turn, mirror) in [("-90", "yes"), ("360", "2"), ("", ""), ("a quarter", "0"), ("99999999", "01")] {
        let parts = [Part::File("photo", "me.jpg", &upload), Part::Text("turn", turn), Part::Text("mirror", mirror)];
        ada.upload(PICTURE, &parts).await.assert_status(303);
        photo::assert_quarters(&staged(&ada, &profile(&ada).await).await, [RED, GREEN, BLUE, YELLOW]);
    }
}

#[tokio::test]
async fn a_tab_from_before_another_picture_changes_nothing_and_shows_the_present_one() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let nothing_yet = profile(&ada).await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let old = profile(&ada).await;
    let newer = photo::encode(&photo::quarters(300, 300, [BLUE; 4]), ImageFormat::Png);
    ada.set_picture(&newer).await.assert_status(303);
    let present = profile(&ada).await;

    for (tab, button) in
        [(&old, "save"), (&old, "preview"), (&old, "turn-left"), (&old, "remove"), (&nothing_yet, "upload")]
    {
        let fields = [("version", tab.value("version")), ("z", "300".to_owned()), ("turn", "90".to_owned())];
        let mut parts: Vec<Part<'_>> = fields.iter().map(|(name, value)| Part::Text(name, value)).collect();
        parts.push(Part::Text("do", button));
        let answer = ada.upload(PICTURE, &parts).await;
        let words = "Your picture was changed meanwhile, so nothing was done. This is the present one";
        answer.assert_status(409).assert_summary(words);
        assert_eq!(answer.one("#photo-error"), format!("Error: {words}"));
        assert_eq!(answer.value("version"), present.value("version"));
        assert_eq!(
            [answer.value("z"), answer.value("turn")],
            ["100", "0"],
            "{button}: the fields are of the present one"
        );
        photo::assert_quarters(&staged(&ada, &answer).await, [BLUE; 4]);
    }
    assert_eq!(profile(&ada).await.value("version"), present.value("version"));

    // A new photo is meant to take the place of whatever is there, and what is gone can be removed again.
    let upload = photo::jpeg(310, 310);
    let version = old.value("version");
    let parts = [Part::Text("version", &version), Part::File("photo", "me.jpg", &upload), Part::Text("do", "save")];
    ada.upload(PICTURE, &parts).await.assert_status(303);
    press(&ada, &profile(&ada).await, "remove").await.assert_status(303);
    ada.upload(PICTURE, &[Part::Text("version", &version), Part::Text("do", "remove")]).await.assert_status(303);
}

#[tokio::test]
async fn files_that_are_not_taken_are_called_by_their_type() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let bitmap = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0".as_slice();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\0".as_slice();
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf\0\0\0\0".as_slice();
    let kind = |name: &str| format!("{name} files cannot be read here. Save this one as JPEG or PNG, then choose that");
    let most_compatible = "HEIC photos cannot be read here. Save this one as JPEG, then choose that. \
                           On an iPhone: Settings › Camera › Formats › Most Compatible";
    for (bytes, words) in [
        (heic, most_compatible.to_owned()),
        (avif, kind("AVIF")),
        (b"\xFF\x0A\xFA\x7F\x01", kind("JPEG XL")),
        (bitmap, kind("BMP")),
        (b"II*\0\x08\0\0\0", kind("TIFF")),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", kind("SVG")),
        (b"%PDF-1.7\n", kind("PDF")),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "This is a video. Choose a photo".to_owned()),
        (b"holiday", "This file is not a JPEG, PNG, WebP or GIF image".to_owned()),
    ] {
        let page = ada.set_picture(bytes).await;
        page.assert_status(422).assert_summary(&words);
        assert_eq!(page.one("#photo-error"), format!("Error: {words}"));
    }
}

#[tokio::test]
async fn the_log_in_page_asks_for_a_photo_again_where_one_was_chosen() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    portico.advance(Duration::from_hours(24));
    let bytes = photo::jpeg(64, 64);
    for path in [PICTURE, "/welcome"] {
        let parts = [Part::Text("name", "Ada"), Part::File("photo", "me.jpg", &bytes), Part::Text("do", "save")];
        let words = "You were logged out. Log in to go on, then choose your photo again: it could not be kept.";
        assert_told(&ada.upload(path, &parts).await, words);
    }
    let parts = [Part::Text("name", "Ada"), Part::File("photo", "", b"")];
    let words = "You were logged out. Log in to go on: what you typed is kept, passwords apart.";
    assert_told(&ada.upload("/welcome", &parts).await, words);
    // Sliders alone are nothing that was typed.
    let parts = [Part::Text("z", "200"), Part::Text("turn", "90"), Part::Text("do", "save")];
    assert_told(&ada.upload(PICTURE, &parts).await, "Log in to go on.");
}
