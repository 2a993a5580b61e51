//! What a trusted proxy says of the way people come, where the public URL is not set or is another.

use crate::support::{Answer, PASSWORD, Portico, Visitor};

const PROXY: (&str, &str) = ("PORTICO_TRUSTED_PROXIES", "127.0.0.1");

/// What a proxy with TLS adds to a request, and a browser without Fetch Metadata to a form.
const BY_HTTPS: [(&str, &str); 4] = [
    ("host", "accounts.example.org"),
    ("x-forwarded-for", "192.0.2.7"),
    ("x-forwarded-proto", "https"),
    ("origin", "https://accounts.example.org"),
];

async fn log_in(visitor: &Visitor, headers: &[(&str, &str)]) -> Answer {
    visitor.submit_with("/login", &[("login", "ada"), ("password", PASSWORD)], headers).await
}

/// The headers with one of them replaced.
fn but<'h>(name: &'h str, value: &'h str) -> Vec<(&'h str, &'h str)> {
    BY_HTTPS.into_iter().filter(|(known, _)| *known != name).chain([(name, value)]).collect()
}

/// An admin's browser behind the proxy.
async fn admin(portico: &Portico) -> Visitor {
    portico.admin("ada").await;
    let admin = portico.visitor();
    log_in(&admin, &BY_HTTPS).await.assert_leads_to("/account");
    admin
}

#[track_caller]
fn finding(page: &Answer, subject: &str) -> String {
    let found = page.texts(".checks li div");
    found.into_iter().find(|text| text.starts_with(subject)).unwrap_or_else(|| panic!("no {subject}: {}", page.gist()))
}

#[tokio::test]
async fn behind_https_and_a_trusted_proxy_people_log_in_with_secure_cookies_before_the_public_url_is_set() {
    let portico = Portico::with(&[PROXY]).await;
    portico.member("ada").await;
    let browser = portico.visitor();
    let answer = log_in(&browser, &BY_HTTPS).await;
    answer.assert_leads_to("/account");
    for name in ["__Host-portico", "__Host-portico-device"] {
        let cookie = answer.cookie(name);
        assert_eq!((cookie.secure(), cookie.path(), cookie.domain()), (Some(true), Some("/"), None), "{name}");
    }
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(browser.get_with("/account", &BY_HTTPS).await.one("h1"), "Hello, ada");
    let form = [("username", "ada"), ("name", "Ada")];
    browser.submit_with("/account/profile", &form, &BY_HTTPS).await.assert_leads_to("/account/profile");
    for origin in ["https://evil.example", "http://accounts.example.org", "https://accounts.example.org:8443", "null"] {
        log_in(&portico.visitor(), &but("origin", origin)).await.assert_status(403);
    }
    // Who comes by plain http beside it, comes by plain http.
    let plain = log_in(&portico.visitor(), &but("x-forwarded-proto", "https, http")).await;
    plain.assert_status(403);
    let local = portico.log_in("ada", PASSWORD).await;
    assert_eq!(local.get("/account").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_stranger_who_sends_the_headers_of_a_proxy_switches_nothing() {
    for settings in
        [&[][..], &[("PORTICO_TRUSTED_PROXIES", "192.0.2.1")], &[("PORTICO_PUBLIC_URL", "http://a.example")]]
    {
        let portico = Portico::with(settings).await;
        portico.member("ada").await;
        log_in(&portico.visitor(), &BY_HTTPS).await.assert_status(403);
        let same_origin = [("x-forwarded-proto", "https"), ("sec-fetch-site", "same-origin")];
        let answer = log_in(&portico.visitor(), &same_origin).await;
        answer.assert_leads_to("/account");
        assert_ne!(answer.cookie("portico").secure(), Some(true));
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn no_host_of_a_request_gets_into_a_link_that_is_handed_out() {
    let portico = Portico::with(&[PROXY]).await;
    let admin = admin(&portico).await;
    let evil = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "https"),
        ("sec-fetch-site", "same-origin"),
    ];
    let form = [("email", "bea@example.org"), ("minutes", "10080")];
    let page = admin.submit_with("/admin/users/invites", &form, &evil).await;
    page.assert_status(201);
    assert!(page.one("#link").starts_with(&format!("{}/invite/", portico.url())), "{}", page.one("#link"));
    assert!(!page.text().contains("evil.example"));
}

#[tokio::test]
async fn the_system_page_the_doctor_and_the_log_say_that_the_public_url_is_not_set() {
    let portico = Portico::with(&[PROXY]).await;
    portico.logged("people come through a proxy, but PORTICO_PUBLIC_URL is not set").await;
    let admin = admin(&portico).await;
    let page = admin.get_with("/admin/status", &BY_HTTPS).await;
    page.assert_status(200);
    assert_ne!(page.one("h1 + p"), "Everything checked is as it should be.");
    let seen = finding(&page, "this request");
    assert!(seen.contains("people come by https://accounts.example.org, but PORTICO_PUBLIC_URL is not set"), "{seen}");
    assert!(seen.contains("set PORTICO_PUBLIC_URL to https://accounts.example.org"), "{seen}");
    assert!(finding(&page, "cookies").contains("Secure for those who come by https"));
    let line = portico.logged("of an admin's request").await;
    assert!(line.contains("set PORTICO_PUBLIC_URL to https://accounts.example.org"), "{line}");
    let done = portico.run(&["doctor"], "");
    assert_ne!(done.code, 0);
    assert!(done.out.contains("PORTICO_PUBLIC_URL is not set"), "{}", done.out);
    // A proxy that asks by an address of its own says which was asked for.
    let mut rewritten = but("host", "127.0.0.1:8000");
    rewritten.push(("x-forwarded-host", "accounts.example.org"));
    let page = admin.get_with("/admin/status", &rewritten).await;
    assert!(finding(&page, "this request").contains("people come by https://accounts.example.org,"));
}

#[tokio::test]
async fn the_system_page_and_the_log_say_that_people_come_by_another_address_than_the_public_url() {
    let portico = Portico::with(&[PROXY, ("PORTICO_PUBLIC_URL", "https://old.example.org")]).await;
    portico.admin("ada").await;
    let admin = portico.visitor();
    let headers = [("host", "accounts.example.org"), ("x-forwarded-proto", "https"), ("x-forwarded-for", "192.0.2.7")];
    log_in(&admin, &[&headers[..], &[("sec-fetch-site", "same-origin")]].concat()).await.assert_leads_to("/account");
    let page = admin.get_with("/admin/status", &headers).await;
    let seen = finding(&page, "this request");
    assert!(seen.contains("but PORTICO_PUBLIC_URL says https://old.example.org"), "{seen}");
    assert!(seen.contains("set PORTICO_PUBLIC_URL to https://accounts.example.org"), "{seen}");
    portico
        .logged("it asked for https://accounts.example.org, but PORTICO_PUBLIC_URL says https://old.example.org")
        .await;
}

#[tokio::test]
async fn the_system_page_says_that_a_proxy_tells_no_address() {
    let portico = Portico::with(&[PROXY]).await;
    let admin = admin(&portico).await;
    for (forwarded, is_told) in [("192.0.2.7,", false), ("192.0.2.7, unknown", true), ("192.0.2.7:x", true)] {
        let page = admin.get_with("/admin/status", &but("x-forwarded-for", forwarded)).await;
        assert_eq!(finding(&page, "proxy").contains("which is no address"), is_told, "{forwarded}");
    }
}
