//! The Django dialect.

use serde_json::{Value, json};

use crate::support::{Portico, photo};

use super::{Api, assert_answer, json, text};

const ADA: &str = "ada@example.org";
const PASSWORD: &str = "Abcdef1";

fn ada() -> Value {
    json!({ "email": ADA, "full_name": "Ada Lovelace", "password": "Abcdef12" })
}

#[tokio::test]
async fn a_registration_with_a_picture_is_one_creation_whose_event_has_the_picture() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let mut form = Vec::new();
    for (name, value) in [("email", ADA), ("full_name", "Ada Lovelace"), ("password", "Abcdef12")] {
        form.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    form.extend(b"--x\r\ncontent-disposition: form-data; name=\"profile_pic\"; filename=\"me.jpg\"\r\n\r\n");
    form.extend(photo::jpeg(200, 100));
    form.extend(b"\r\n--x--\r\n");
    let kind = "multipart/form-data; boundary=x";
    let answer = api.send("POST", "/api/user/register/", "", kind, &form).await;
    let link = text(answer.assert_status(201), "/profile_pic");
    let link = link.strip_prefix(portico.url().trim_end_matches('/')).unwrap();
    portico.visitor().get(link).await.assert_status(200);
    let database = portico.database();
    assert_eq!(database.text("select kind from events").await, "user.created");
    let told: Value = serde_json::from_str(&database.text("select body from events").await).unwrap();
    assert!(told["profile_pic"].as_str().is_some_and(|told| told.ends_with(link)), "{told} for {link}");
    assert_eq!(database.count("events").await, 1);

    // Who has the address already gets no second account, and no file of theirs stays.
    let files = portico.picture_files();
    api.send("POST", "/api/user/register/", "", kind, &form).await.assert_status(400);
    assert_eq!(portico.picture_files(), files);
}

#[tokio::test]
async fn the_newer_base_registers_with_tokens_and_the_older_with_the_account() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let answer = api.call("POST", "/api/users/register/", "", ada()).await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(json(&answer).as_object().unwrap().len(), 2);
    let access = text(&answer, "/access");
    let me = api.call("GET", "/api/users/me/", &format!("JWT {access}"), Value::Null).await;
    let id = text(&me, "/id");
    let expected = format!(r#"{{"id":"{id}","email":"{ADA}","full_name":"Ada Lovelace","profile_pic":null}}"#);
    assert_answer(&me, 200, &expected);

    let other = json!({ "email": "bob@example.org", "full_name": "Bob", "password": " Abcdef12 " });
    let answer = api.call("POST", "/api/user/register", "", other).await;
    let id = text(&answer, "/id");
    let expected = format!(r#"{{"id":"{id}","email":"bob@example.org","full_name":"Bob","profile_pic":null}}"#);
    assert_answer(&answer, 201, &expected);
}

#[tokio::test]
async fn log_ins_answer_as_each_base_did() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    api.call("POST", "/api/users/register", "", ada()).await.assert_status(200);
    let answer = api.call("POST", "/api/users/login/", "", json!({ "email": ADA, "password": "Abcdef12" })).await;
    answer.assert_status(200);
    let keys: Vec<_> = answer.text().split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(keys[0], "refresh");
    for key in ["refresh", "access", "id", "email", "full_name", "profile_pic"] {
        assert!(json(&answer).get(key).is_some(), "{key}");
    }
    let answer = api.call("POST", "/api/user/login", "", json!({ "email": ADA, "password": " Abcdef12 " })).await;
    answer.assert_status(200);
    text(&answer, "/tokens/refresh");
    text(&answer, "/tokens/access");
    assert_eq!(text(&answer, "/data/email"), ADA);
}

#[tokio::test]
async fn bad_fields_are_told_in_the_exact_words() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    api.call("POST", "/api/users/register", "", ada()).await.assert_status(200);
    let long = "x".repeat(251);
    let rows = [
        ("/api/users/register", json!({}), r#"{"email":["This field is required."],"full_name":["This field is required."],"password":["This field is required."]}"#.to_owned()),
        ("/api/users/register", json!({ "email": "", "full_name": null, "password": true }), r#"{"email":["This field may not be blank."],"full_name":["This field may not be null."],"password":["Not a valid string."]}"#.to_owned()),
        ("/api/users/register", json!({ "email": "ada", "full_name": long, "password": "a\0" }), r#"{"email":["Enter a valid email address."],"full_name":["Ensure this field has no more than 250 characters."],"password":["Null characters are not allowed."]}"#.to_owned()),
        ("/api/users/register", ada(), r#"{"email":["Email address already exists."]}"#.to_owned()),
        ("/api/users/register", json!({ "email": "b@example.org", "full_name": "B", "password": "x", "profile_pic": "x" }), r#"{"profile_pic":["The submitted data was not a file. Check the encoding type on the form."]}"#.to_owned()),
        ("/api/users/register", json!([]), r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#.to_owned()),
        ("/api/users/login", json!({ "email": ADA, "password": "Abcdef13" }), r#"{"email":"Invalid User Credentials.","password":"Invalid User Credentials."}"#.to_owned()),
        ("/api/users/login", json!({ "email": "a@b", "password": "short" }), r#"{"email":["Ensure this field has at least 5 characters.","Enter a valid email address."],"password":["Ensure this field has at least 8 characters."]}"#.to_owned()),
        ("/api/user/login", json!({ "email": "nobody@example.org", "password": "Abcdef13" }), r#"{"email":["Invalid user credentials"]}"#.to_owned()),
        ("/api/user/login", json!({ "email": ADA, "password": "Abcdef13" }), r#"{"email":"Invalid User Credentials.","password":"Invalid User Credentials."}"#.to_owned()),
        ("/api/user/login", json!({ "email": "x", "password": "Abcdef13" }), r#"{"email":["Invalid user credentials","Ensure this field has at least 5 characters.","Enter a valid email address."]}"#.to_owned()),
        ("/api/users/refresh", json!({}), r#"{"refresh":["This field is required."]}"#.to_owned()),
    ];
    for (path, body, expected) in rows {
        let answer = api.call("POST", path, "", body.clone()).await;
        assert_eq!((answer.status, answer.text()), (400, expected), "{path} {body}");
    }
}

#[tokio::test]
async fn wrong_types_methods_and_addresses_are_told_as_the_framework_did() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let answer = api.send("POST", "/api/users/login/", "", "text/plain", b"x").await;
    assert_answer(&answer, 415, r#"{"detail":"Unsupported media type \"text/plain\" in request."}"#);
    let answer = api.call("GET", "/api/users/login/", "", Value::Null).await;
    assert_answer(&answer, 405, r#"{"detail":"Method \"GET\" not allowed."}"#);
    assert!(answer.header("allow").contains("POST"), "{:?}", answer.headers);
    let answer = api.send("POST", "/api/users/login/", "", "application/json", b"{\"email\":").await;
    answer.assert_status(400);
    assert!(text(&answer, "/detail").starts_with("JSON parse error - "));
    for path in ["/api/users", "/api/users/", "/api/users/nothing/here", "/api/user/nothing", "/api/users/NOT-A-UUID/"]
    {
        let answer = api.call("GET", path, "", Value::Null).await;
        assert_answer(&answer, 404, r#"{"detail":"Not found."}"#);
    }
    let answer = api.call("GET", "/api/users/0198a7f2-0000-7000-8000-000000000000/", "", Value::Null).await;
    assert_answer(&answer, 404, r#"{"detail":"No BaseUser matches the given query."}"#);
}

#[tokio::test]
async fn refusals_of_tokens_have_the_exact_bodies() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let tokens = api.call("POST", "/api/users/register", "", ada()).await;
    let refresh = text(&tokens, "/refresh");
    let anonymous = r#"{"detail":"Authentication credentials were not provided."}"#;
    let invalid = |message| {
        format!(
            r#"{{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{{"token_class":"AccessToken","token_type":"access","message":"{message}"}}]}}"#
        )
    };
    let header = r#"{"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"}"#;
    let rows = [
        (String::new(), anonymous.to_owned()),
        ("Bearer x".to_owned(), anonymous.to_owned()),
        ("Basic eDp5".to_owned(), anonymous.to_owned()),
        ("jwt x".to_owned(), invalid("Token is invalid or expired")),
        ("JWT".to_owned(), header.to_owned()),
        ("JWT a b".to_owned(), header.to_owned()),
        ("JWT junk".to_owned(), invalid("Token is invalid or expired")),
        (format!("JWT {refresh}"), invalid("Token has wrong type")),
    ];
    for (authorization, expected) in rows {
        let answer = api.call("GET", "/api/users/me", &authorization, Value::Null).await;
        assert_eq!((answer.status, answer.text()), (401, expected), "{authorization}");
        assert_eq!(answer.header("www-authenticate"), "JWT realm=\"api\"");
    }
    // A bad header is a bad header on public addresses too, but for the refresh.
    api.call("POST", "/api/users/login", "JWT junk", json!({ "email": ADA })).await.assert_status(401);
    api.call("POST", "/api/users/refresh", "JWT junk", json!({ "refresh": refresh })).await.assert_status(201);
    let answer = api.call("POST", "/api/users/refresh", "", json!({ "refresh": "junk" })).await;
    assert_answer(&answer, 401, r#"{"detail":"Token is invalid or expired","code":"token_not_valid"}"#);
    let access = text(&tokens, "/access");
    let answer = api.call("POST", "/api/users/refresh", "", json!({ "refresh": access })).await;
    assert_answer(&answer, 401, r#"{"detail":"Token has wrong type","code":"token_not_valid"}"#);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let access = text(&api.call("POST", "/api/users/register", "", ada()).await, "/access");
    api.call(
        "POST",
        "/api/users/register",
        "",
        json!({ "email": "bob@example.org", "full_name": "Bob", "password": PASSWORD }),
    )
    .await;
    let jwt = format!("JWT {access}");
    api.call("PUT", "/api/users/update/", &jwt, json!({})).await.assert_status(200);
    let answer =
        api.call("PUT", "/api/users/update", &jwt, json!({ "full_name": " Ada K. Lovelace ", "is_admin": true })).await;
    assert_eq!(text(&answer, "/full_name"), "Ada K. Lovelace");
    assert_eq!(text(&answer, "/email"), ADA);
    let answer = api.call("PUT", "/api/users/update", &jwt, json!({ "email": "bob@example.org" })).await;
    assert_answer(&answer, 400, r#"{"email":["user with this email already exists."]}"#);
    api.call("PUT", "/api/users/update", &jwt, json!({ "email": ADA })).await.assert_status(200);
    let answer = api.call("PATCH", "/api/users/update", &jwt, json!({})).await;
    assert_answer(&answer, 405, r#"{"detail":"Method \"PATCH\" not allowed."}"#);
    // The password it has is no change; another ends every token.
    api.call("PUT", "/api/users/update", &jwt, json!({ "password": "Abcdef12" })).await.assert_status(200);
    api.call("GET", "/api/users/me", &jwt, Value::Null).await.assert_status(200);
    api.call("PUT", "/api/users/update", &jwt, json!({ "password": "Another-12" })).await.assert_status(200);
    api.call("GET", "/api/users/me", &jwt, Value::Null).await.assert_status(401);
    let log_in = json!({ "email": ADA, "password": "Another-12" });
    api.call("POST", "/api/users/login", "", log_in).await.assert_status(200);
}

#[tokio::test]
async fn a_picture_comes_with_the_form_and_goes_by_null() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let access = text(&api.call("POST", "/api/users/register", "", ada()).await, "/access");
    let jwt = format!("JWT {access}");
    let upload = |name: &str, bytes: &[u8]| {
        let mut body =
            format!("--x\r\ncontent-disposition: form-data; name=\"profile_pic\"; filename=\"{name}\"\r\n\r\n")
                .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        body
    };
    let kind = "multipart/form-data; boundary=x";
    let answer = api.send("PUT", "/api/users/update", &jwt, kind, &upload("me.jpg", &photo::jpeg(200, 100))).await;
    answer.assert_status(200);
    let link = text(&answer, "/profile_pic");
    let picture = portico.visitor().get(link.strip_prefix(portico.url().trim_end_matches('/')).unwrap()).await;
    picture.assert_status(200);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    let rows = [
        (
            "me.jpg",
            &b"no picture"[..],
            r#"{"profile_pic":["Upload a valid image. The file you uploaded was either not an image or a corrupted image."]}"#,
        ),
        ("me.jpg", b"", r#"{"profile_pic":["The submitted file is empty."]}"#),
        (
            "me.exe",
            b"\xFF\xD8\xFF",
            "{\"profile_pic\":[\"File extension “exe” is not allowed. Allowed extensions are: blp, bmp, dib, bufr, cur, pcx, dcx, dds, ps, eps, fit, fits, fli, flc, ftc, ftu, gbr, gif, grib, h5, hdf, png, apng, jp2, j2k, jpc, jpf, jpx, j2c, icns, ico, im, iim, jfif, jpe, jpg, jpeg, mpg, mpeg, tif, tiff, mpo, msp, palm, pcd, pdf, pxr, pbm, pgm, ppm, pnm, psd, qoi, bw, rgb, rgba, sgi, ras, tga, icb, vda, vst, webp, wmf, emf, xbm, xpm.\"]}",
        ),
    ];
    for (name, bytes, expected) in rows {
        assert_answer(&api.send("PUT", "/api/users/update", &jwt, kind, &upload(name, bytes)).await, 400, expected);
    }
    // What older deployments linked to still resolves.
    let id = text(&api.call("GET", "/api/users/me", &jwt, Value::Null).await, "/id");
    for link in
        [format!("/api/users/media/{id}.jpg"), format!("/api/user/media/{id}_aB3dE5g.png"), format!("/media/{id}.jpeg")]
    {
        let older = portico.visitor().get(&link).await;
        older.assert_status(200);
        assert_eq!(
            (older.header("content-type"), older.header("content-disposition")),
            ("image/jpeg", "inline"),
            "{link}"
        );
        assert_eq!(older.header("x-content-type-options"), "nosniff");
        assert_eq!(older.header("access-control-allow-origin"), "*");
    }
    for link in [
        "/api/users/media/0198a7f2-0000-7000-8000-000000000000.jpg",
        "/api/user/media/me.jpg",
        "/media/..%2fportico.db",
    ] {
        portico.visitor().get(link).await.assert_status(404);
    }
    // Answered as the rest of the dialect, to scripts of other sites too.
    let missing = api.call("GET", "/api/users/media/me.jpg", "", Value::Null).await;
    assert_answer(&missing, 404, r#"{"detail":"Not found."}"#);
    assert_eq!(missing.header("access-control-allow-origin"), "*");
    let picture = text(&api.call("GET", "/api/users/me", &jwt, Value::Null).await, "/profile_pic");
    let picture = portico.visitor().get(&picture[picture.find("/media/").unwrap()..]).await;
    assert_eq!(picture.assert_status(200).header("access-control-allow-origin"), "*");
    let long = format!("{}.jpg", "n".repeat(110));
    let answer = api.send("PUT", "/api/users/update", &jwt, kind, &upload(&long, b"x")).await;
    assert_answer(&answer, 400, r#"{"profile_pic":["Ensure this filename has at most 100 characters (it has 114)."]}"#);
    let answer = api.call("PUT", "/api/users/update", &jwt, json!({ "profile_pic": null })).await;
    assert_eq!(json(&answer)["profile_pic"], Value::Null);
}

#[tokio::test]
async fn an_account_is_shown_to_all_and_deleted_by_its_own_alone() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let ada = text(&api.call("POST", "/api/users/register", "", ada()).await, "/access");
    let bob = json!({ "email": "bob@example.org", "full_name": "Bob", "password": PASSWORD });
    let bob = text(&api.call("POST", "/api/users/register", "", bob).await, "/access");
    let id = text(&api.call("GET", "/api/users/me", &format!("JWT {ada}"), Value::Null).await, "/id");
    let path = format!("/api/users/{id}/");
    let shown = format!(r#"{{"id":"{id}","email":null,"full_name":"Ada Lovelace","profile_pic":null}}"#);
    assert_answer(&api.call("GET", &path, "", Value::Null).await, 200, &shown);
    assert_eq!(text(&api.call("GET", &path, &format!("JWT {ada}"), Value::Null).await, "/email"), ADA);
    api.call("DELETE", &path, "", Value::Null).await.assert_status(401);
    let denied = r#"{"detail":"You do not have permission to perform this action."}"#;
    assert_answer(&api.call("DELETE", &path, &format!("JWT {bob}"), Value::Null).await, 403, denied);
    assert_answer(&api.call("DELETE", &path, &format!("JWT {ada}"), Value::Null).await, 204, "");
    let gone = r#"{"detail":"User not found","code":"user_not_found"}"#;
    assert_answer(&api.call("GET", "/api/users/me", &format!("JWT {ada}"), Value::Null).await, 401, gone);
}

#[tokio::test]
async fn browsers_of_other_origins_may_call() {
    let portico = Portico::start().await;
    let headers = [("origin", "http://localhost:3000"), ("access-control-request-method", "PUT")];
    let answer = portico.visitor().ask(hyper::Method::OPTIONS, "/api/users/update/", &headers, Vec::new().into()).await;
    assert_answer(&answer, 200, "");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-methods"), "DELETE, GET, OPTIONS, PATCH, POST, PUT");
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with"
    );
    assert_eq!(answer.header("access-control-max-age"), "86400");
    let answer = portico
        .visitor()
        .get_with("/api/users/me", &[("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")])
        .await;
    answer.assert_status(401);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn no_user_comes_or_goes_where_the_operator_has_closed_it() {
    let ada = json!({ "email": "ada@example.org", "full_name": "Ada", "password": "Abcdef12" });
    let denied = r#"{"detail":"You do not have permission to perform this action."}"#;
    let portico = Portico::with(&[("PORTICO_SIGNUP", "closed")]).await;
    let api = Api::of(&portico);
    for base in ["/api/users", "/api/user"] {
        assert_answer(&api.call("POST", &format!("{base}/register"), "", ada.clone()).await, 403, denied);
    }
    let portico = Portico::with(&[("PORTICO_SELF_DELETE", "off")]).await;
    let api = Api::of(&portico);
    let access = text(&api.call("POST", "/api/users/register", "", ada).await, "/access");
    let jwt = format!("JWT {access}");
    let id = text(&api.call("GET", "/api/users/me", &jwt, Value::Null).await, "/id");
    assert_answer(&api.call("DELETE", &format!("/api/users/{id}/"), &jwt, Value::Null).await, 403, denied);
    api.call("GET", "/api/users/me", &jwt, Value::Null).await.assert_status(200);
}

#[tokio::test]
async fn deleting_no_account_is_not_found_and_deleting_another_is_forbidden() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let register = async |email: &str| {
        let body = json!({ "email": email, "full_name": "Ada", "password": "Abcdef12" });
        let jwt = format!("JWT {}", text(&api.call("POST", "/api/users/register", "", body).await, "/access"));
        let id = text(&api.call("GET", "/api/users/me", &jwt, Value::Null).await, "/id");
        (jwt, id)
    };
    let ((jwt, _), (_, other)) = (register("ada@example.org").await, register("bea@example.org").await);
    let nobody = "00000000-0000-4000-8000-000000000000";
    api.call("DELETE", &format!("/api/users/{nobody}/"), &jwt, Value::Null).await.assert_status(404);
    api.call("DELETE", &format!("/api/users/{other}/"), &jwt, Value::Null).await.assert_status(403);
}
