//! Addresses of pictures that others have taken the place of: they lead on for a while, and to nothing that is gone.

use std::time::Duration;

use serde_json::Value;

use crate::api::{Api, text};
use crate::support::{Part, Portico, Visitor, photo};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The address of a user's picture without the size.
async fn folder(visitor: &Visitor) -> String {
    let path = visitor.get("/account").await.attribute("main .av img", "src");
    path.rsplit_once('/').unwrap().0.to_owned()
}

/// A user whose second picture, of at most 256 pixels, took the place of one of 512: both addresses.
async fn changed(portico: &Portico) -> (Visitor, String, String) {
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(600, 600)).await.assert_status(303);
    let old = folder(&ada).await;
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    let new = folder(&ada).await;
    (ada, old, new)
}

#[tokio::test]
async fn a_former_picture_leads_to_the_present_one_in_every_size_and_kind() {
    let portico = Portico::start().await;
    let (ada, old, new) = changed(&portico).await;
    for (file, present) in [
        ("64.webp", "64.webp"),
        ("64.jpg", "64.jpg"),
        ("256.jpg", "256.jpg"),
        ("512.webp", "256.webp"),
        ("1024.jpg", "256.jpg"),
    ] {
        let answer = portico.visitor().get(&format!("{old}/{file}")).await;
        answer.assert_status(302);
        assert_eq!(answer.leads_to(), format!("{new}/{present}"));
        assert_eq!(answer.header("cache-control"), "public, max-age=60");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        portico.visitor().follow(&answer).await.assert_status(200);
    }
    portico.visitor().get(&format!("{old}/original")).await.assert_status(404);
    // The newest is what all of them lead to, not the next.
    ada.set_picture(&photo::jpeg(310, 310)).await.assert_status(303);
    let newest = folder(&ada).await;
    for former in [old, new] {
        assert_eq!(portico.visitor().get(&format!("{former}/64.jpg")).await.leads_to(), format!("{newest}/64.jpg"));
    }
}

#[tokio::test]
async fn a_former_picture_leads_on_for_thirty_days_and_is_forgotten_then() {
    let portico = Portico::start().await;
    let (_, old, new) = changed(&portico).await;
    let visitor = portico.visitor();
    portico.advance(DAY * 29);
    visitor.get(&format!("{old}/64.jpg")).await.assert_status(302);
    portico.advance(DAY);
    visitor.get(&format!("{old}/64.jpg")).await.assert_status(404);
    visitor.get(&format!("{new}/64.jpg")).await.assert_status(200);
    assert_eq!(portico.database().count("former_pictures").await, 1);
    portico.run(&["doctor", "--fix"], "");
    assert_eq!(portico.database().count("former_pictures").await, 0);
}

#[tokio::test]
async fn a_user_who_removes_their_picture_is_shown_by_none_of_its_addresses_at_any_replica() {
    let portico = Portico::start().await;
    let twin = portico.twin().await;
    let (ada, old, _) = changed(&portico).await;
    twin.visitor().get(&format!("{old}/64.jpg")).await.assert_status(302);
    ada.upload("/account/picture", &[Part::Text("do", "remove")]).await.assert_status(303);
    for replica in [&portico, &twin] {
        replica.visitor().get(&format!("{old}/64.jpg")).await.assert_status(404);
    }
    // A picture that is set afterwards is not what was asked for then.
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    twin.visitor().get(&format!("{old}/64.jpg")).await.assert_status(404);
}

#[tokio::test]
async fn former_pictures_of_those_who_are_disabled_or_gone_lead_nowhere() {
    let portico = Portico::start().await;
    let (_, old, _) = changed(&portico).await;
    let visitor = portico.visitor();
    let old = format!("{old}/64.jpg");
    portico.run(&["user", "disable", "ada"], "").assert_done();
    visitor.get(&old).await.assert_status(404);
    portico.run(&["user", "enable", "ada"], "").assert_done();
    visitor.get(&old).await.assert_status(302);
    portico.run(&["user", "delete", "ada"], "").assert_done();
    visitor.get(&old).await.assert_status(404);
    assert_eq!(portico.database().count("former_pictures").await, 0);
}

#[tokio::test]
async fn the_same_crop_saved_again_changes_nothing() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(600, 300)).await.assert_status(303);
    let (before, files) = (folder(&ada).await, portico.picture_files());
    let events = portico.database().count("events").await;
    let crop = |x| [Part::Text("z", "100"), Part::Text("x", x), Part::Text("y", "50"), Part::Text("do", "save")];
    let answer = ada.upload("/account/picture", &crop("50")).await;
    ada.follow(answer.assert_leads_to("/account/profile")).await.assert_flash("Your picture is saved.");
    assert_eq!((folder(&ada).await, portico.picture_files()), (before.clone(), files));
    assert_eq!(portico.database().count("events").await, events);
    ada.upload("/account/picture", &crop("0")).await.assert_leads_to("/account/profile");
    assert_ne!(folder(&ada).await, before);
}

#[tokio::test]
async fn what_profile_pic_ends_with_and_its_path_below_media_are_names_of_the_image() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(600, 600)).await.assert_status(303);
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts")).await;
    let api = Api::of(&portico);
    let link = text(&api.call("GET", &format!("/api/users/{id}/"), "", Value::Null).await, "/profile_pic");
    let path = link.strip_prefix(portico.url()).unwrap();
    let below = path.strip_prefix("/media/").unwrap();
    let name = path.rsplit('/').next().unwrap();
    let folder = folder(&ada).await;
    let page_path = format!("{}/512.jpg", folder.strip_prefix("/media/").unwrap());
    let visitor = portico.visitor();
    let image = visitor.get(path).await;
    assert_eq!(photo::decode(&image.assert_status(200).body).dimensions(), (512, 512));
    for base in ["/media", "/api/user/media", "/api/users/media"] {
        for name in [name, below, &page_path] {
            let answer = visitor.get(&format!("{base}/{name}")).await;
            answer.assert_status(200);
            assert_eq!(answer.header("content-type"), "image/jpeg", "{base}/{name}");
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert_eq!(answer.body, image.body);
        }
    }
    // Those names, too, lead on after a change.
    ada.set_picture(&photo::jpeg(300, 300)).await.assert_status(303);
    for base in ["/media", "/api/user/media", "/api/users/media"] {
        for name in [name, &page_path] {
            let answer = visitor.get(&format!("{base}/{name}")).await;
            assert!(answer.assert_status(302).leads_to().ends_with("/256.jpg"), "{base}/{name}");
        }
    }
    let nobody = "0".repeat(32);
    for name in [format!("{nobody}-512.jpg"), format!("{nobody}/512.jpg"), format!("{nobody}-512.exe")] {
        let answer = visitor.get(&format!("/api/users/media/{name}")).await;
        assert_eq!(answer.assert_status(404).text(), r#"{"detail":"Not found."}"#);
    }
}

#[tokio::test]
async fn an_account_keeps_the_addresses_of_its_last_hundred_pictures() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.member("ada").await;
    let photo = photo::jpeg(64, 64);
    ada.set_picture(&photo).await.assert_status(303);
    let first = folder(&ada).await;
    for number in 0..101 {
        if number == 1 {
            portico.advance(Duration::from_secs(10));
        }
        ada.set_picture(&photo).await.assert_status(303);
    }
    assert_eq!(portico.database().count("former_pictures").await, 100);
    portico.visitor().get(&format!("{first}/64.jpg")).await.assert_status(404);
}
