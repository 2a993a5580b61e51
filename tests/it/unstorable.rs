//! What no database can hold (NUL, bytes that are no text, numbers and days without end) in every place where a request
//! has room for it: refused or taken for nothing, by each door in its own words, and never a fault of ours. A fault
//! would also stand in the log, which every story is looked through for.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use bytes::Bytes;
use hyper::Method;

use crate::support::{PASSWORD, Portico, Visitor, photo, user};

/// As they stand in addresses and forms. The last of the first kind is half of a pair of UTF-16.
const TEXTS: [&str; 6] = ["%00", "a%00b", "a%00%40example.org", "%FF", "a%C3", "%ED%A0%80"];
const NUMBERS: [&str; 9] = [
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999",
    "-1",
    "1e999",
    "NaN",
    "0x10",
    "%D9%A1",
];
const DAYS: [&str; 8] = [
    "-9999-01-01",
    "0000-01-01",
    "0001-01-01",
    "9998-12-31",
    "9999-12-31",
    "%2B262143-12-31",
    "2026-02-30",
    "2026-01-01%00",
];

/// What stands in quotes behind `mark` in the files below `folder`.
fn quoted(folder: &str, mark: &str, found: &mut BTreeSet<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            quoted(path.to_str().unwrap(), mark, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.extend(text.split(mark).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
}

/// Every address of the public listener, by the program's own text and document.
async fn routes(visitor: &Visitor) -> Vec<String> {
    let mut routes = BTreeSet::new();
    quoted("src/http", ".route(\"", &mut routes);
    quoted("src/http", ".route(\n            \"", &mut routes);
    let document: serde_json::Value = serde_json::from_slice(&visitor.get("/openapi.json").await.body).unwrap();
    routes.extend(document["paths"].as_object().unwrap().keys().cloned());
    // It would end the session of the client that asks for all the others.
    routes.retain(|route| route.starts_with('/') && !route.ends_with("/logout"));
    assert!(routes.len() > 60, "{routes:?}");
    routes.into_iter().collect()
}

/// An address with `value` in each of its places.
fn filled(route: &str, value: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { value.to_owned() } else { part.to_owned() };
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn open() -> (Portico, Visitor) {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let admin = portico.admin("ada").await;
    admin.set_picture(&photo::jpeg(64, 64)).await.assert_status(303);
    (portico, admin)
}

async fn assert_no_fault(visitor: &Visitor, method: &Method, address: &str, kind: &str, body: &str) {
    let headers = [("content-type", kind), ("sec-fetch-site", "same-origin")];
    let answer = visitor.ask(method.clone(), address, &headers, Bytes::from(body.to_owned())).await;
    assert!(answer.status < 500, "{method} {address} {body}: {} {}", answer.status, answer.gist());
}

#[tokio::test]
async fn no_address_is_a_fault() {
    let (_portico, admin) = open().await;
    for route in routes(&admin).await {
        for value in TEXTS.iter().chain(&NUMBERS) {
            let address = filled(&route, value);
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
                if address != route || method == Method::GET {
                    assert_no_fault(&admin, &method, &address, "application/json", "").await;
                }
            }
        }
    }
    for address in ["/media/x%00y.jpg", "/api/users/media/x%00.jpg", "/api/user/media/%00", "/u/%00", "/invite/%FF"] {
        admin.get(address).await.assert_status(404);
    }
}

#[tokio::test]
async fn no_query_is_a_fault() {
    const NAMES: [&str; 20] = [
        "q", "status", "role", "email", "sort", "page", "before", "after", "who", "whom", "topic", "from", "to",
        "next", "back", "s", "d", "z", "x", "id",
    ];
    let (_portico, admin) = open().await;
    let values: Vec<&str> = TEXTS.into_iter().chain(NUMBERS).chain(DAYS).collect();
    for route in routes(&admin).await {
        for value in &values {
            let all: Vec<String> = NAMES.iter().map(|name| format!("{name}={value}")).collect();
            let address = filled(&route, "ada");
            assert_no_fault(&admin, &Method::GET, &format!("{address}?{}", all.join("&")), "", "").await;
        }
    }
    for page in ["/admin/users", "/admin/audit", "/admin/audit.csv", "/account/security/history"] {
        for name in NAMES {
            for value in &values {
                assert_no_fault(&admin, &Method::GET, &format!("{page}?{name}={value}"), "", "").await;
            }
        }
    }
}

#[tokio::test]
async fn no_form_is_a_fault() {
    let (portico, admin) = open().await;
    portico.member("bob").await;
    let mut names = BTreeSet::new();
    quoted("templates", " name=\"", &mut names);
    names.retain(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    // Those of the programs, and those that pages put together from parts.
    names.extend(["profile_pic", "firstname", "lastname", "full_name", "refresh", "token"].map(str::to_owned));
    names.extend(["name", "username", "email", "login", "password", "current", "new", "confirm"].map(str::to_owned));
    names.extend(
        ["pronouns", "bio", "location", "website", "note", "reason", "language", "time_zone"].map(str::to_owned),
    );
    assert!(names.len() > 25, "{names:?}");
    let bob = admin.get("/admin/users?q=bob").await.attribute("a[href^='/admin/users/0']", "href");
    let bob = bob.rsplit('/').next().unwrap();
    for route in routes(&admin).await {
        // Some forms are taken for what they are, such as ending every session or another username.
        let admin = portico.visitor();
        let answer = admin.submit("/login", &[("login", "ada@example.org"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "before {route}: {}", answer.gist());
        for value in TEXTS.into_iter().chain(NUMBERS) {
            let form: Vec<String> = names.iter().map(|name| format!("{name}={value}")).collect();
            let kind = "application/x-www-form-urlencoded";
            assert_no_fault(&admin, &Method::POST, &filled(&route, bob), kind, &form.join("&")).await;
        }
    }
}

#[tokio::test]
async fn no_json_is_a_fault() {
    const NAMES: [&str; 12] = [
        "email",
        "username",
        "password",
        "full_name",
        "firstname",
        "lastname",
        "organization",
        "refresh",
        "token",
        "id",
        "profile_pic",
        "current_password",
    ];
    let (portico, admin) = open().await;
    let api = portico.visitor();
    let login = format!("{{\"username\": \"ada\", \"password\": \"{PASSWORD}\"}}");
    let json = ("content-type", "application/json");
    let answer = api.ask(Method::POST, "/users/tokens", &[json], login.into()).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer.assert_status(200).body).unwrap();
    let token = answer["token"].as_str().unwrap();
    let values = ["\"\\u0000\"", "\"a\\u0000b@example.org\"", "\"\\ud800\"", "1e400", "18446744073709551616", "-0.0"];
    for route in routes(&admin).await {
        let scheme = if route.starts_with("/api") { "JWT" } else { "Bearer" };
        let authorization = format!("{scheme} {token}");
        for value in values {
            let fields: Vec<String> = NAMES.iter().map(|name| format!("\"{name}\": {value}")).collect();
            let body = format!("{{{}}}", fields.join(", "));
            for method in [Method::POST, Method::PUT, Method::PATCH] {
                let headers = [json, ("authorization", authorization.as_str())];
                let path = filled(&route, "ada");
                let answer = api.ask(method.clone(), &path, &headers, body.clone().into()).await;
                assert!(answer.status < 500, "{method} {path} {body}: {} {}", answer.status, answer.text());
            }
        }
    }
}

#[tokio::test]
async fn no_part_of_an_upload_is_a_fault() {
    let (portico, admin) = open().await;
    let parts = [
        b"form-data; name=\"photo\"; filename=\"a\0b.jpg\"".as_slice(),
        b"form-data; name=\"photo\"; filename=\"a\xFFb.jpg\"",
        b"form-data; name=\"photo\"; filename*=UTF-8''a%00b.jpg",
        b"form-data; name=\"name\"",
        b"form-data; name=\"na\0me\"",
        b"form-data; name=\"\xFF\"",
    ];
    for address in ["/account/picture", "/welcome", "/api/users/register/", "/api/user/register/"] {
        for part in parts {
            for content in [b"a\0b".as_slice(), b"\xFF\xFE", b"ada@example.org"] {
                let body = [b"--x\r\ncontent-disposition: ", part, b"\r\n\r\n", content, b"\r\n--x--\r\n"].concat();
                let headers = [("content-type", "multipart/form-data; boundary=x"), ("sec-fetch-site", "same-origin")];
                let answer = admin.ask(Method::POST, address, &headers, body.into()).await;
                assert!(answer.status < 500, "{address} {part:?}: {}", answer.status);
            }
        }
    }
    drop(portico);
}

#[tokio::test]
async fn no_header_is_a_fault() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off"), ("PORTICO_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let host = portico.url().trim_start_matches("http://").to_owned();
    let names = [
        "user-agent",
        "cookie",
        "accept-language",
        "authorization",
        "x-forwarded-for",
        "x-forwarded-proto",
        "range",
        "if-none-match",
        "accept",
        "origin",
        "referer",
        "content-type",
        "idempotency-key",
    ];
    let body = "login=ada&password=wrong&username=ada&email=ada%40example.org";
    for name in names {
        for value in [b"a\xFFb".as_slice(), b"portico=%00", b"portico_device=\xED\xA0\x80", b"JWT \xFF", b"bytes=-\xFF"]
        {
            for address in ["POST /login", "POST /users/tokens", "POST /api/users/login/", "GET /avatar/@ada", "GET /"]
            {
                let head = format!("{address} HTTP/1.1\r\nhost: {host}\r\nsec-fetch-site: same-origin\r\n");
                let kind = "content-type: application/x-www-form-urlencoded\r\n";
                let rest = format!("connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let kind = if name == "content-type" { "" } else { kind };
                let request =
                    [head.as_bytes(), kind.as_bytes(), name.as_bytes(), b": ", value, b"\r\n", rest.as_bytes()]
                        .concat();
                let host = host.clone();
                let answer = tokio::task::spawn_blocking(move || {
                    let mut connection = TcpStream::connect(host).unwrap();
                    connection.write_all(&request).unwrap();
                    let mut answer = Vec::new();
                    let _ = connection.read_to_end(&mut answer);
                    String::from_utf8_lossy(&answer).into_owned()
                });
                let answer = answer.await.unwrap();
                let is_fine = answer.starts_with("HTTP/1.1 2")
                    || answer.starts_with("HTTP/1.1 3")
                    || answer.starts_with("HTTP/1.1 4");
                assert!(is_fine, "{address} {name} {value:?}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn no_text_of_a_service_is_a_fault() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    for rpc in ["IsExist", "Create", "Verify", "Info", "UpdateUserData", "UpdatePassword"] {
        for at in 0..4 {
            // A password with NUL fails as it did at the service that this one replaces: in the answer, not in the log.
            let most = if at == 1 { 500 } else { 499 };
            let mut texts = ["ada", "seven quiet otters", "Ada", "Lovelace"];
            texts[at] = "a\0b";
            let (code, message) = caller.says(rpc, user(texts[0], texts[1], texts[2], texts[3])).await;
            assert!(code <= most, "{rpc} {at}: {code} {message}");
        }
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused_at_their_field() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let answer =
        ada.ask(Method::POST, "/account/profile", &headers, "name=Ada+%FF&username=ada&email=ada%40example.org".into());
    answer.await.assert_status(422).assert_problem("name", "Use ordinary letters and signs");
    let signup = "username=bob&email=bob%40example.org&password=seven+quiet+%FF+otters";
    let answer = portico.visitor().ask(Method::POST, "/signup", &headers, signup.into()).await;
    answer.assert_status(422).assert_problem("password", "Use ordinary letters and signs");
}

#[tokio::test]
async fn an_address_beyond_16_kilobytes_names_nothing_and_is_not_shown_again() {
    let portico = Portico::start().await;
    let long = "x".repeat(16 * 1024);
    for path in [format!("/u/{long}"), format!("/login?next=/{long}"), format!("/{long}")] {
        let page = portico.visitor().get(&path).await;
        page.assert_status(404);
        assert!(!page.text().contains(&long[..100]), "{}", page.gist());
    }
    portico.visitor().get(&format!("/login?next=/{}", &long[..8_000])).await.assert_status(200);
}
