//! Pictures in a folder: what only a folder can do to them.

use crate::support::{Portico, photo};

#[tokio::test]
async fn a_media_store_that_takes_no_files_makes_it_not_ready_but_not_dead() {
    let portico = Portico::start().await;
    let media = portico.media();
    std::fs::rename(&media, portico.folder().join("away")).unwrap();
    std::fs::write(&media, "a file where the folder was").unwrap();
    let visitor = portico.visitor();
    let ready = visitor.get("/readyz").await;
    assert_eq!(ready.assert_status(503).text(), "database: ok\nmedia: failed\n");
    visitor.get("/healthz").await.assert_status(200);
    std::fs::remove_file(&media).unwrap();
    std::fs::rename(portico.folder().join("away"), &media).unwrap();
    visitor.get("/readyz").await.assert_status(200);
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
