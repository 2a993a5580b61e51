//! Pictures by address: whose, how large, and what stands for one that is not there.

use hyper::Method;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::support::photo::{BLUE, GREEN, RED, YELLOW, assert_quarters, decode, jpeg};
use super::support::{Answer, Part, Portico, Visitor};

const WEBP: (&str, &str) = ("accept", "image/avif,image/webp,image/apng,*/*;q=0.8");
/// No account has it.
const NO_ID: &str = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn md5(email: &str) -> String {
    hex(&Md5::digest(email))
}

fn sha256(email: &str) -> String {
    hex(&Sha256::digest(email))
}

/// Saves the profile, open to all, with the box for being found ticked, or not.
async fn set_findable(visitor: &Visitor, username: &str, findable: bool) {
    let mut form = vec![("name", "Ada King Lovelace"), ("username", username), ("public", "1")];
    if findable {
        form.push(("findable", "1"));
    }
    visitor.submit("/account/profile", &form).await.assert_leads_to("/account/profile");
}

/// A user with a picture of four colours, who may be found by her e-mail.
async fn findable_member(portico: &Portico, username: &str) -> Visitor {
    let visitor = portico.member(username).await;
    visitor.set_picture(&jpeg(600, 600)).await;
    set_findable(&visitor, username, true).await;
    visitor
}

fn id(portico: &Portico, username: &str) -> String {
    let shown = portico.run(&["user", "show", username], "");
    let account: serde_json::Value = serde_json::from_str(&shown.out).expect("an account as JSON");
    account["id"].as_str().expect("an id").to_owned()
}

/// The sides of a picture.
fn sides(answer: &Answer) -> (u32, u32) {
    decode(&answer.body).dimensions()
}

/// Everything of an answer but when it was given and which request it was.
fn whole(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.body.to_vec())
}

#[tokio::test]
async fn a_picture_is_found_by_id_username_and_hashes_of_the_email() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let id = id(&portico, "ada");
    let (md5, sha256) = (md5("ada@example.org"), sha256("ada@example.org"));
    let visitor = portico.visitor();
    for who in [
        id.clone(),
        "@ada".to_owned(),
        "@ADA".to_owned(),
        md5.clone(),
        sha256.clone(),
        format!("{md5}.jpg"),
        format!("{}.png", sha256.to_uppercase()),
        format!("{id}.jpeg"),
    ] {
        let answer = visitor.get(&format!("/avatar/{who}?s=256")).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "image/jpeg", "{who}");
        assert_quarters(&decode(&answer.body), [RED, GREEN, BLUE, YELLOW]);
    }
}

#[tokio::test]
async fn a_picture_comes_in_the_stored_size_that_is_at_least_the_one_asked_for() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    for (query, side) in [
        ("", 128),
        ("?s=1", 64),
        ("?s=64", 64),
        ("?size=65", 128),
        ("?s=200&d=404", 256),
        ("?s=512", 512),
        ("?s=2048", 512),
        ("?s=0", 128),
        ("?s=x", 128),
    ] {
        assert_eq!(sides(&visitor.get(&format!("/avatar/@ada{query}")).await), (side, side), "{query}");
    }
}

#[tokio::test]
async fn those_who_know_webp_get_it_and_caches_keep_the_two_apart() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    let webp = visitor.get_with("/avatar/@ada", &[WEBP]).await;
    assert_eq!(webp.header("content-type"), "image/webp");
    assert_quarters(&decode(&webp.body), [RED, GREEN, BLUE, YELLOW]);
    let jpeg = visitor.get("/avatar/@ada").await;
    assert_eq!(jpeg.header("content-type"), "image/jpeg");
    assert_ne!(webp.header("etag"), jpeg.header("etag"));
    for answer in [&webp, &jpeg] {
        assert_eq!(answer.header("vary"), "accept");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn of_two_kinds_the_one_that_is_preferred_is_sent() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    for (accept, kind) in [
        ("image/jpeg,image/webp;q=0.1", "image/jpeg"),
        ("image/webp;q=0.5, */*", "image/jpeg"),
        ("image/webp;q=0, image/*", "image/jpeg"),
        ("image/jpeg;q=0.5, image/webp", "image/webp"),
        ("image/jpeg;q=0.1, image/*;q=0.9", "image/webp"),
    ] {
        let answer = visitor.get_with("/avatar/@ada", &[("accept", accept)]).await;
        assert_eq!(answer.header("content-type"), kind, "{accept}");
        assert_eq!(answer.header("vary"), "accept");
    }
}

#[tokio::test]
async fn an_ending_says_the_kind_whatever_is_preferred() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    for who in [id(&portico, "ada"), md5("ada@example.org"), sha256("ada@example.org")] {
        for (ending, kind) in [
            (".jpg", "image/jpeg"),
            (".JPG", "image/jpeg"),
            (".jpeg", "image/jpeg"),
            (".Jpeg/", "image/jpeg"),
            (".webp", "image/webp"),
            (".WEBP/", "image/webp"),
        ] {
            for accept in ["image/avif,image/webp,*/*;q=0.8", "image/jpeg", "*/*"] {
                let path = format!("/avatar/{who}{ending}?s=64");
                let answer = visitor.get_with(&path, &[("accept", accept)]).await;
                answer.assert_status(200);
                assert_eq!(answer.header("content-type"), kind, "{path} {accept}");
                assert_quarters(&decode(&answer.body), [RED, GREEN, BLUE, YELLOW]);
                assert!(!answer.headers.contains_key("vary"), "{path}");
                let again = visitor.get_with(&path, &[("if-none-match", answer.header("etag"))]).await;
                assert!(!again.assert_status(304).headers.contains_key("vary"), "{path}");
            }
        }
        // No picture is kept as PNG: a client that asks so has a say by `Accept`, as without an ending.
        for ending in ["/", ".png", ".PNG/"] {
            let answer = visitor.get_with(&format!("/avatar/{who}{ending}"), &[WEBP]).await;
            assert_eq!(answer.header("content-type"), "image/webp");
            assert_eq!(answer.header("vary"), "accept");
        }
    }
    visitor.get("/avatar/@ada/").await.assert_status(200);
    visitor.get("/avatar/@ada.webp").await.assert_status(200);
    let older = visitor.get_with(&format!("/media/{}.jpg", id(&portico, "ada")), &[WEBP]).await;
    assert_eq!(older.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn scripts_of_other_sites_may_read_every_answer() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    let tag = visitor.get("/avatar/@ada").await.header("etag").to_owned();
    for (path, known, status) in [
        ("/avatar/@ada", "", 200),
        ("/avatar/@ada", tag.as_str(), 304),
        ("/avatar/@nobody", "", 200),
        ("/avatar/@nobody?d=404", "", 404),
        ("/avatar/nobody", "", 404),
        ("/media/nobody.jpg", "", 404),
        ("/media/00000000000000000000000000000000/64.jpg", "", 404),
    ] {
        let answer = visitor.get_with(path, &[("origin", "https://app.example"), ("if-none-match", known)]).await;
        answer.assert_status(status);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
    }
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    portico.member("bob").await;
    let visitor = portico.visitor();
    for path in ["/avatar/@ada", "/avatar/@bob", "/avatar/@nobody?d=identicon"] {
        let first = visitor.get(path).await;
        let tag = first.header("etag");
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = visitor.get_with(path, &[("if-none-match", &known)]).await;
            again.assert_status(304);
            assert!(again.body.is_empty());
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.header("cache-control"), "public, max-age=300");
            assert_eq!(again.header("vary"), "accept");
        }
        visitor.get_with(path, &[("if-none-match", "\"other\"")]).await.assert_status(200);
        let head = visitor.ask(Method::HEAD, path, &[], Default::default()).await;
        head.assert_status(200);
        assert!(head.body.is_empty());
        assert_eq!(whole(&head).1, whole(&first).1, "{path}");
    }
}

#[tokio::test]
async fn a_new_picture_shows_and_a_removed_one_is_gone() {
    let portico = Portico::start().await;
    let ada = findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    let first = visitor.get("/avatar/@ada").await;
    ada.set_picture(&jpeg(300, 200)).await;
    let second = visitor.get("/avatar/@ada").await;
    assert_ne!(first.header("etag"), second.header("etag"));
    ada.upload("/account/picture", &[Part::Text("do", "remove")]).await.assert_leads_to("/account/profile");
    assert_eq!(visitor.get("/avatar/@ada").await.header("content-type"), "image/png");
    visitor.get("/avatar/@ada?d=404").await.assert_status(404);
}

#[tokio::test]
async fn a_picture_that_the_store_has_lost_is_replaced_by_what_stands_for_one() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    std::fs::remove_dir_all(portico.media().join("pictures")).unwrap();
    let answer = portico.visitor().get("/avatar/@ada").await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "image/png");
}

#[tokio::test]
async fn a_hidden_account_answers_like_no_account() {
    let portico = Portico::start().await;
    let ada = findable_member(&portico, "ada").await;
    set_findable(&ada, "ada", false).await;
    findable_member(&portico, "bob").await;
    portico.run(&["user", "disable", "bob"], "").assert_done();
    portico.member("eve").await;
    let visitor = portico.visitor();
    for query in ["", "?s=200", "?d=initials", "?d=404", "?d=blank", "?d=mp&f=y"] {
        let no_account = whole(&visitor.get(&format!("/avatar/{}{query}", md5("nobody@example.org"))).await);
        for email in ["ada@example.org", "bob@example.org", "eve@example.org"] {
            for hash in [md5(email), sha256(email)] {
                let answer = visitor.get(&format!("/avatar/{hash}{query}")).await;
                assert_eq!(whole(&answer), no_account, "{email} {query}");
            }
        }
    }
    // The database, too, knows no more of them than of an unknown account.
    let hashed = "accounts where email_md5 is not null or email_sha256 is not null";
    assert_eq!(portico.database().count(hashed).await, 0);
    // By name, a disabled account is as an unknown one.
    let no_account = whole(&visitor.get("/avatar/@nobody").await);
    assert_eq!(whole(&visitor.get("/avatar/@bob").await), no_account);
    assert_eq!(whole(&visitor.get(&format!("/avatar/{}", id(&portico, "bob"))).await), no_account);
    assert_eq!(whole(&visitor.get(&format!("/avatar/{NO_ID}")).await), no_account);
    // Enabled again, he is found again.
    portico.run(&["user", "enable", "bob"], "").assert_done();
    let answer = visitor.get(&format!("/avatar/{}", md5("bob@example.org"))).await;
    assert_eq!(answer.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn by_username_an_account_without_picture_and_public_profile_answers_like_no_account() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let visitor = portico.visitor();
    for query in ["", "?s=200", "?d=initials", "?d=404", "?d=blank", "?d=mp&f=y", "?s=512&d=initials&f=y"] {
        let no_account = whole(&visitor.get(&format!("/avatar/@nobody{query}")).await);
        for name in ["ada", "ADA", "Ａda"] {
            let answer = visitor.get(&format!("/avatar/@{}{query}", name.replace('Ａ', "%EF%BC%A1"))).await;
            assert_eq!(whole(&answer), no_account, "{name} {query}");
        }
    }
    // A user who opens the profile is drawn by name, too, and a picture is there to be seen.
    set_findable(&ada, "ada", false).await;
    assert_ne!(whole(&visitor.get("/avatar/@ada").await), whole(&visitor.get("/avatar/@nobody").await));
    let bob = portico.member("bob").await;
    bob.set_picture(&jpeg(600, 600)).await.assert_status(303);
    assert_eq!(visitor.get("/avatar/@bob").await.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn being_found_is_a_choice_on_the_profile_page_and_off_at_first() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let page = ada.get("/account/profile").await;
    assert!(!page.is_checked("findable"));
    assert!(page.text().contains("Other apps can find my picture by my email"));
    set_findable(&ada, "ada", true).await;
    assert!(ada.get("/account/profile").await.is_checked("findable"));
    let email = "ada@example.org";
    let hashed = "accounts where email_md5 is not null and email_sha256 is not null";
    assert_eq!(portico.database().count(hashed).await, 1);
    let answer = portico.visitor().get(&format!("/avatar/{}?d=initials", sha256(email))).await;
    assert_ne!(whole(&answer), whole(&portico.visitor().get("/avatar/@nobody").await));
}

#[tokio::test]
async fn each_default_is_a_square_of_the_size_asked_for() {
    let portico = Portico::start().await;
    set_findable(&portico.member("ada").await, "ada", false).await;
    let visitor = portico.visitor();
    let mut seen = Vec::new();
    for default in ["mp", "identicon", "initials", "blank"] {
        for (asked, side) in [(1, 1), (48, 48), (81, 81), (512, 512), (2048, 512)] {
            let answer = visitor.get(&format!("/avatar/@ada?d={default}&s={asked}")).await;
            assert_eq!(answer.header("content-type"), "image/png");
            assert_eq!(sides(&answer), (side, side), "{default}");
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        }
        let answer = visitor.get(&format!("/avatar/@ada?d={default}")).await;
        assert_eq!(sides(&answer), (80, 80));
        assert!(!seen.contains(&answer.body), "{default} is like another");
        seen.push(answer.body);
    }
    let blank = image::load_from_memory(&seen[3]).unwrap().into_rgba8();
    assert!(blank.pixels().all(|pixel| pixel.0[3] == 0));
    let missing = visitor.get("/avatar/@ada?default=404").await;
    missing.assert_status(404);
    assert!(missing.body.is_empty());
    assert_eq!(missing.header("cache-control"), "public, max-age=300");
}

#[tokio::test]
async fn without_a_word_people_are_shown_by_initials_and_hashes_by_a_silhouette() {
    let portico = Portico::start().await;
    set_findable(&portico.member("ada").await, "ada", false).await;
    let visitor = portico.visitor();
    let get = async |path: &str| visitor.get(path).await.body;
    assert_eq!(get("/avatar/@ada").await, get("/avatar/@ada?d=initials").await);
    assert_eq!(get(&format!("/avatar/{}", id(&portico, "ada"))).await, get("/avatar/@ada").await);
    let hash = md5("ada@example.org");
    assert_eq!(get(&format!("/avatar/{hash}")).await, get("/avatar/@ada?d=mp").await);
    assert_eq!(get("/avatar/@ada?d=mm").await, get("/avatar/@ada?d=mp").await);
    // Each pattern is of the name it was asked for by.
    assert_ne!(get("/avatar/@ada?d=identicon").await, get("/avatar/@bob?d=identicon").await);
    assert_eq!(get("/avatar/@ada?d=identicon").await, get("/avatar/@ADA?d=identicon").await);
}

#[tokio::test]
async fn the_default_can_be_asked_for_where_there_is_a_picture() {
    let portico = Portico::start().await;
    findable_member(&portico, "ada").await;
    let visitor = portico.visitor();
    for query in ["f=y", "forcedefault=y", "f=y&d=identicon"] {
        let answer = visitor.get(&format!("/avatar/@ada?{query}")).await;
        assert_eq!(answer.header("content-type"), "image/png", "{query}");
    }
    visitor.get("/avatar/@ada?f=y&d=404").await.assert_status(404);
    assert_eq!(visitor.get("/avatar/@ada?f=n").await.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn no_client_is_sent_to_an_address_given_as_the_default() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let hash = md5("nobody@example.org");
    let plain = whole(&visitor.get(&format!("/avatar/{hash}")).await);
    for default in ["https%3A%2F%2Fevil.example%2Fa.png", "//evil.example/a.png", "robohash", "", "%00%ff"] {
        assert_eq!(whole(&visitor.get(&format!("/avatar/{hash}?d={default}")).await), plain, "{default}");
    }
}

#[tokio::test]
async fn what_names_no_account_ever_is_not_found() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    for who in ["ada", "@", "ada@example.org", "00000000000000000000000000000000.gif", "..%2f..%2fetc", "%00", "@a%00"]
    {
        visitor.get(&format!("/avatar/{who}")).await.assert_status(404);
    }
    visitor.submit("/avatar/@ada", &[]).await.assert_status(405);
}

#[tokio::test]
async fn a_crowd_that_asks_for_ever_new_patterns_gets_them_or_is_told_to_come_back() {
    let portico = Portico::start().await;
    let visitor = portico.visitor();
    let crowd = (0..150).map(|number| {
        let visitor = visitor.clone();
        async move { visitor.get(&format!("/avatar/@crowd{number}?d=identicon&s=64")).await }
    });
    let answers = futures_util::future::join_all(crowd).await;
    for answer in &answers {
        match answer.status {
            200 => assert_eq!(answer.header("content-type"), "image/png"),
            503 => assert!(!answer.header("retry-after").is_empty()),
            status => panic!("{status}"),
        }
    }
    assert!(answers.iter().any(|answer| answer.status == 200));
    // What was drawn before is there without a thread.
    visitor.get("/login").await.assert_status(200);
}
