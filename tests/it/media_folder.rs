//! Pictures in a folder: what only a folder can do to them.

use std::path::PathBuf;
use std::time::Duration;

use crate::support::{Part, Portico, Visitor, photo};

#[tokio::test]
async fn a_media_store_that_takes_no_files_makes_it_not_ready_but_not_dead() {
    let portico = Portico::start().await;
    let media = portico.media();
    std::fs::rename(&media, portico.folder().join("away")).unwrap();
    std::fs::write(&media, "a file where the folder was").unwrap();
    let visitor = portico.visitor();
    assert_eq!(portico.readiness(503).await, "database: ok\nmedia: failed\n");
    visitor.get("/healthz").await.assert_status(200);
    std::fs::remove_file(&media).unwrap();
    std::fs::rename(portico.folder().join("away"), &media).unwrap();
    portico.readiness(200).await;
}

#[tokio::test]
async fn a_picture_that_was_removed_while_its_store_was_away_is_gone_once_the_store_is_back() {
    let portico = Portico::start().await;
    let media = portico.media();
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let shown = ada.get("/account").await.attribute("main .av img", "src");
    std::fs::rename(&media, portico.folder().join("away")).unwrap();
    std::fs::write(&media, "a file where the folder was").unwrap();
    ada.upload("/account/picture", &[Part::Text("do", "remove")]).await.assert_status(303);
    std::fs::remove_file(&media).unwrap();
    std::fs::rename(portico.folder().join("away"), &media).unwrap();
    let visitor = portico.visitor();
    for _ in 0..400 {
        if visitor.get(&shown).await.status == 404 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the picture is still shown");
}

#[tokio::test]
async fn a_link_in_the_media_folder_leads_nowhere() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let shown = ada.get("/account").await.attribute("main .av img", "src");
    let folder = shown.rsplit_once('/').unwrap().0;
    let files = portico.picture_files();
    let file = files.iter().find(|file| file.ends_with("64.webp")).unwrap();
    let secret = portico.folder().join("secret");
    std::fs::write(&secret, "not a picture").unwrap();
    std::fs::remove_file(file).unwrap();
    std::os::unix::fs::symlink(&secret, file).unwrap();
    let answer = ada.get(&format!("{folder}/64.webp")).await;
    assert!(!answer.text().contains("not a picture"), "{}", answer.status);
}

/// Puts a link in the place of a user's picture folder, which comes to lie outside. Gives the addresses of the picture
/// and where the files are now.
async fn with_a_link_in_its_place(portico: &Portico, name: &str) -> (Visitor, String, PathBuf) {
    let visitor = portico.member(name).await;
    visitor.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let shown = visitor.get("/account").await.attribute("main .av img", "src");
    let address = shown.rsplit_once('/').unwrap().0.to_owned();
    let folder = portico.media().join("pictures").join(address.rsplit_once('/').unwrap().1);
    let outside = portico.folder().join(format!("outside-{name}"));
    std::fs::rename(&folder, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &folder).unwrap();
    (visitor, address, outside)
}

#[tokio::test]
async fn a_link_in_the_place_of_a_pictures_folder_leads_nowhere() {
    let portico = Portico::start().await;
    let (ada, address, _) = with_a_link_in_its_place(&portico, "ada").await;
    for file in ["64.webp", "64.jpg", "256.webp"] {
        ada.get(&format!("{address}/{file}")).await.assert_status(404);
        ada.get_with(&format!("{address}/{file}"), &[("range", "bytes=0-9")]).await.assert_status(404);
    }
    ada.get("/account/picture/original").await.assert_status(404);
}

#[tokio::test]
async fn a_picture_is_not_stored_through_a_link() {
    let mut portico = Portico::start().await;
    portico.expect_faults();
    let ada = portico.member("ada").await;
    let outside = portico.folder().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, portico.media().join("pictures")).unwrap();
    ada.set_picture(&photo::jpeg(100, 100)).await.assert_status(503);
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

#[tokio::test]
async fn removing_a_picture_removes_a_link_in_its_place_and_nothing_behind_it() {
    let portico = Portico::start().await;
    let (ada, _, outside) = with_a_link_in_its_place(&portico, "ada").await;
    let files = std::fs::read_dir(&outside).unwrap().count();
    assert!(files > 0);
    let removed = ada.upload("/account/picture", &[Part::Text("do", "remove")]).await;
    removed.assert_status(303);
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), files);
    assert_eq!(std::fs::read_dir(portico.media().join("pictures")).unwrap().count(), 0);
}

#[tokio::test]
async fn sweeping_up_stays_within_the_folder() {
    let portico = Portico::start().await;
    let outside = portico.folder().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("64.webp"), "somebody else's").unwrap();
    let pictures = portico.media().join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    std::os::unix::fs::symlink(&outside, pictures.join("f".repeat(32))).unwrap();
    portico.advance(Duration::from_hours(2));
    portico.run(&["doctor", "--fix"], "").assert_done();
    assert!(outside.join("64.webp").exists());
}
