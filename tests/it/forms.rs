//! Forms as clients write them: files that were not chosen, empty ones, names in old ways, and bytes that are no text.

use hyper::Method;
use serde_json::{Value, json};

use crate::api::{Api, assert_answer, json as body, text};
use crate::support::{Answer, PASSWORD, Part, Portico, Visitor, photo};

const MULTIPART: &str = "multipart/form-data; boundary=x";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const BASES: [(&str, u16); 2] = [("/api/users", 200), ("/api/user", 201)];

/// A form of parts: what each says of itself, and its bytes.
fn form(parts: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (disposition, bytes) in parts {
        let head: &[u8] = b"--x\r\ncontent-disposition: form-data; ";
        body.extend_from_slice(&[head, disposition, b"\r\n\r\n", bytes, b"\r\n"].concat());
    }
    body.extend_from_slice(b"--x--\r\n");
    body
}

/// A person of one of the two bases, and what they authenticate by.
async fn registered(api: &Api, name: &str) -> String {
    let ada = json!({ "email": format!("{name}@example.org"), "full_name": "Ada", "password": "Abcdef12" });
    let answer = api.call("POST", "/api/users/register", "", ada).await;
    format!("JWT {}", text(&answer, "/access"))
}

async fn has_picture(visitor: &Visitor) -> bool {
    !visitor.get("/account").await.attributes("main .av img", "src").is_empty()
}

#[track_caller]
fn assert_photo_problem(page: &Answer, status: u16, words: &str) {
    page.assert_status(status).assert_summary(words);
    assert_eq!(page.one("#photo-error"), format!("Error: {words}"));
}

#[tokio::test]
async fn a_file_field_that_no_user_touched_was_not_sent() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let untouched: [&[u8]; 3] = [
        b"name=\"profile_pic\"; filename=\"\"\r\ncontent-type: application/octet-stream",
        b"name=\"profile_pic\"; filename=\" \"",
        b"name=\"avatar\"; filename=\"\"",
    ];
    for (number, field) in untouched.into_iter().enumerate() {
        for (base, status) in BASES {
            let email = format!("a{number}{status}@example.org");
            let texts: [(&[u8], &[u8]); 3] = [
                (b"name=\"email\"", email.as_bytes()),
                (b"name=\"full_name\"", b"Ada"),
                (b"name=\"password\"", b"Abcdef12"),
            ];
            let registration = form(&[texts[0], texts[1], (field, b""), texts[2]]);
            let answer = api.send("POST", &format!("{base}/register/"), "", MULTIPART, &registration).await;
            answer.assert_status(status);
            let log_in = json!({ "email": email, "password": "Abcdef12" });
            let jwt = text(&api.call("POST", "/api/users/login", "", log_in).await, "/access");
            let jwt = format!("JWT {jwt}");
            let update = format!("{base}/update/");
            let photo = photo::jpeg(64, 64);
            let picture = form(&[(b"name=\"profile_pic\"; filename=\"a.jpg\"", &photo)]);
            let link = text(&api.send("PUT", &update, &jwt, MULTIPART, &picture).await, "/profile_pic");
            let change = form(&[(b"name=\"full_name\"", b"Ada King"), (field, b"")]);
            let answer = api.send("PUT", &update, &jwt, MULTIPART, &change).await;
            answer.assert_status(200);
            assert_eq!((text(&answer, "/full_name"), text(&answer, "/profile_pic")), ("Ada King".to_owned(), link));
        }
    }
    let ada = portico.member("ada").await;
    ada.set_picture(&photo::jpeg(64, 64)).await.assert_status(303);
    let parts = [Part::File("photo", "", b""), Part::Text("x", "10"), Part::Text("do", "save")];
    ada.upload("/account/picture", &parts).await.assert_leads_to("/account/profile");
    let parts = [Part::Text("name", "Ada"), Part::File("photo", "", b"")];
    ada.upload("/welcome", &parts).await.assert_leads_to("/account");
    assert!(has_picture(&ada).await);
}

#[tokio::test]
async fn an_empty_file_that_was_chosen_is_refused_and_nothing_is_saved() {
    let portico = Portico::start().await;
    let ada = portico.admin("ada").await;
    let words = "This file is empty. Choose another";
    let empty = [Part::File("photo", "cloud.jpg", b""), Part::Text("x", "0"), Part::Text("do", "save")];
    assert_photo_problem(&ada.upload("/account/picture", &empty).await, 422, words);
    assert!(!has_picture(&ada).await);
    ada.set_picture(&photo::jpeg(600, 300)).await.assert_status(303);
    let before = (portico.picture_files(), portico.database().count("events").await);
    assert_photo_problem(&ada.upload("/account/picture", &empty).await, 422, words);
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts")).await;
    assert_photo_problem(&ada.upload(&format!("/admin/users/{id}/picture"), &empty).await, 422, words);
    let welcome = [Part::Text("name", "Countess"), Part::File("photo", "cloud.jpg", b"")];
    let page = ada.upload("/welcome", &welcome).await;
    assert_photo_problem(&page, 422, words);
    assert_eq!(page.value("name"), "Countess");
    assert_eq!((portico.picture_files(), portico.database().count("events").await), before);
    assert_eq!(portico.database().count("accounts where full_name = 'Countess'").await, 0);
    let api = Api::of(&portico);
    let jwt = registered(&api, "bea").await;
    let upload = form(&[(b"name=\"profile_pic\"; filename=\"a.jpg\"", b"")]);
    let expected = r#"{"profile_pic":["The submitted file is empty."]}"#;
    assert_answer(&api.send("PUT", "/api/users/update", &jwt, MULTIPART, &upload).await, 400, expected);
}

#[tokio::test]
async fn a_file_is_taken_however_its_name_is_written() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let jwt = registered(&api, "ada").await;
    let photo = photo::jpeg(64, 64);
    let names: [&[u8]; 6] = [
        b"name=\"profile_pic\"; filename*=UTF-8''na%C3%AFve.jpg",
        b"name=profile_pic; filename*=iso-8859-1'en'%E9.jpg",
        b"name=\"profile_pic\"; filename=\"\xE9.jpg\"",
        "name=\"profile_pic\"; filename=\"naïve.jpg\"".as_bytes(),
        b"filename=\"C:\\photos\\me.jpg\"; name=\"profile_pic\"",
        b"name=\"profile_pic\"; filename=\"a\\\"b.jpg\"",
    ];
    let mut links = Vec::new();
    for name in names {
        let answer = api.send("PUT", "/api/users/update", &jwt, MULTIPART, &form(&[(name, &photo)])).await;
        answer.assert_status(200);
        links.push(text(&answer, "/profile_pic"));
    }
    links.dedup();
    assert_eq!(links.len(), names.len());
    let ada = portico.member("eve").await;
    for name in [&b"name=\"photo\"; filename*=UTF-8''a.jpg"[..], b"name=\"photo\"; filename=\"\xE9.jpg\""] {
        let headers = [("content-type", MULTIPART), ("sec-fetch-site", "same-origin")];
        let answer = ada.ask(Method::POST, "/account/picture", &headers, form(&[(name, &photo)]).into()).await;
        answer.assert_leads_to("/account/profile");
    }
}

#[tokio::test]
async fn of_several_files_the_last_counts_and_what_has_no_name_is_none() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let jwt = registered(&api, "ada").await;
    let (small, large) = (photo::jpeg(64, 64), photo::jpeg(300, 300));
    let file: &[u8] = b"name=\"profile_pic\"; filename=\"a.jpg\"";
    let twice = form(&[(file, &small), (file, &large)]);
    let beside = form(&[(file, &large), (b"name=\"profile_pic\"", b""), (b"name=\"profile_pic\"; filename=\"\"", b"")]);
    for sent in [twice, beside] {
        let answer = api.send("PUT", "/api/users/update", &jwt, MULTIPART, &sent).await;
        answer.assert_status(200);
        assert!(text(&answer, "/profile_pic").ends_with("-256.jpg"), "{}", answer.text());
    }
    let expected = r#"{"profile_pic":["The submitted data was not a file. Check the encoding type on the form."]}"#;
    for (name, bytes) in [
        (&b"name=\"profile_pic\""[..], large.as_slice()),
        (b"name=\"profile_pic\"", b"me.jpg"),
        (b"name=\"profile_pic\"; filename=\"\"", &large),
    ] {
        let sent = form(&[(name, bytes)]);
        assert_answer(&api.send("PUT", "/api/users/update", &jwt, MULTIPART, &sent).await, 400, expected);
    }
    // Which of two texts is meant is still not guessed.
    let twice = form(&[(b"name=\"full_name\"", b"Ada"), (b"name=\"full_name\"", b"Bea")]);
    api.send("PUT", "/api/users/update", &jwt, MULTIPART, &twice).await.assert_status(400);
    let removed = form(&[(b"name=\"profile_pic\"", b"")]);
    let answer = api.send("PUT", "/api/users/update", &jwt, MULTIPART, &removed).await;
    assert_eq!(body(&answer)["profile_pic"], Value::Null);
}

#[tokio::test]
async fn a_file_has_the_same_limit_at_every_door_which_is_told_at_its_field() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let jwt = registered(&api, "ada").await;
    let eve = portico.member("eve").await;
    let photo = photo::jpeg(64, 64);
    let file: &[u8] = b"name=\"profile_pic\"; filename=\"a.jpg\"";
    let most = photo::padded(&photo, 10_000_000);
    // The texts beside it are no part of the file.
    let long = "n".repeat(16_000);
    let sent = form(&[
        (b"name=a", long.as_bytes()),
        (b"name=b", long.as_bytes()),
        (b"name=c", long.as_bytes()),
        (file, most.as_slice()),
    ]);
    api.send("PUT", "/api/users/update", &jwt, MULTIPART, &sent).await.assert_status(200);
    eve.set_picture(&most).await.assert_status(303);
    let expected = r#"{"profile_pic":["Ensure this file has at most 10000000 bytes."]}"#;
    for size in [10_000_001, 10_400_000, 40_000_000] {
        let larger = photo::padded(&photo, size);
        assert_photo_problem(&eve.set_picture(&larger).await, 413, "This file is larger than 10 MB");
        let sent = form(&[(file, &larger)]);
        for (method, path) in
            [("PUT", "/api/users/update"), ("POST", "/api/users/register"), ("POST", "/api/user/register")]
        {
            assert_answer(&api.send(method, path, &jwt, MULTIPART, &sent).await, 413, expected);
        }
    }
}

/// Bytes that are no UTF-8: half of a pair of UTF-16, a letter of Latin-1, and one that is cut off.
const NO_TEXTS: [&[u8]; 3] = [b"\xED\xA0\x80", b"Ren\xE9", b"a\xC3"];

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_at_their_field_by_every_dialect() {
    let portico = Portico::with(&[("PORTICO_INTROSPECTION_SECRET", "a secret of services")]).await;
    let api = Api::of(&portico);
    let good = [("email", "ada@example.org"), ("full_name", "Ada"), ("password", "Abcdef12")];
    for odd in NO_TEXTS {
        for field in ["email", "full_name", "password"] {
            let parts: Vec<(String, &[u8])> = good
                .iter()
                .map(|(name, value)| (format!("name=\"{name}\""), if *name == field { odd } else { value.as_bytes() }))
                .collect();
            let parts: Vec<(&[u8], &[u8])> = parts.iter().map(|(name, bytes)| (name.as_bytes(), *bytes)).collect();
            let pairs: Vec<String> = good
                .iter()
                .map(|(name, value)| format!("{name}={}", percent(if *name == field { odd } else { value.as_bytes() })))
                .collect();
            let expected = format!(r#"{{"{field}":["Not a valid string."]}}"#);
            for (base, _) in BASES {
                let path = format!("{base}/register/");
                assert_answer(&api.send("POST", &path, "", MULTIPART, &form(&parts)).await, 400, &expected);
                let answer = api.send("POST", &path, "", URLENCODED, pairs.join("&").as_bytes()).await;
                assert_answer(&answer, 400, &expected);
            }
        }
        // Some fields may be left out: with such bytes they are not.
        let clark = "username=ada&email=ada%40example.org&password=Abcdef12&firstname=A&lastname=B&organization=";
        let answer = api.send("POST", "/users", "", URLENCODED, (clark.to_owned() + &percent(odd)).as_bytes()).await;
        answer.assert_status(400);
        let token = format!("token={}", percent(odd));
        api.send("POST", "/oauth/introspect", "Bearer a secret of services", URLENCODED, token.as_bytes())
            .await
            .assert_status(400);
    }
    assert_eq!(portico.database().count("accounts").await, 0);
    let jwt = registered(&api, "bea").await;
    for odd in NO_TEXTS {
        let sent = format!("full_name={}", percent(odd));
        let answer = api.send("PUT", "/api/users/update", &jwt, URLENCODED, sent.as_bytes()).await;
        assert_answer(&answer, 400, r#"{"full_name":["Not a valid string."]}"#);
    }
    assert_eq!(portico.database().text("select full_name from accounts").await, "Ada");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_at_their_field_on_every_page() {
    let portico = Portico::start().await;
    let ada = portico.admin("ada").await;
    let words = "Use ordinary letters and signs";
    let same_origin = ("sec-fetch-site", "same-origin");
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts")).await;
    for odd in NO_TEXTS {
        let sent = form(&[(b"name=\"name\"", odd)]);
        let headers = [("content-type", MULTIPART), same_origin];
        let page = ada.ask(Method::POST, "/welcome", &headers, sent.into()).await;
        page.assert_status(422).assert_problem("name", words);
        let odd = percent(odd);
        let own = "username=ada&name=Ada";
        let theirs = "username=ada&email=ada%40example.org&name=Ada&status=active&role=admin";
        for (path, form) in [("/account/profile".to_owned(), own), (format!("/admin/users/{id}"), theirs)] {
            for field in ["pronouns", "bio", "location", "website"] {
                let headers = [("content-type", URLENCODED), same_origin];
                let sent = format!("{form}&{field}={odd}");
                let page = ada.ask(Method::POST, &path, &headers, sent.into()).await;
                page.assert_status(422);
                let problems = page.problems();
                assert!(problems.iter().any(|(at, _)| at == field), "{path} {field}: {problems:?}");
            }
        }
        let headers = [("content-type", URLENCODED), same_origin];
        let sent = format!("{theirs}&note={odd}");
        let page = ada.ask(Method::POST, &format!("/admin/users/{id}"), &headers, sent.into()).await;
        assert!(page.assert_status(422).problems().iter().any(|(at, _)| at == "note"), "{:?}", page.problems());
        let signup = format!("username=bob&email=bob%40example.org&password={}{odd}", PASSWORD.replace(' ', "+"));
        let page = portico.visitor().ask(Method::POST, "/signup", &headers, signup.into()).await;
        page.assert_status(422).assert_problem("password", words);
    }
    let replaced = "accounts where full_name like '%\u{FFFD}%' or bio like '%\u{FFFD}%' or note like '%\u{FFFD}%'";
    assert_eq!(portico.database().count(replaced).await, 0);
}
