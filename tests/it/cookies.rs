//! Cookies: two instances on one host, foreign ones, those of an older version, and browsers that keep none.

use crate::support::{Answer, PASSWORD, Portico, Visitor};

/// A page as a browser asks for it that has these cookies.
async fn account(portico: &Portico, cookies: &str) -> Answer {
    portico.visitor().get_with("/account", &[("cookie", cookies)]).await
}

fn port(portico: &Portico) -> &str {
    portico.url().rsplit_once(':').unwrap().1
}

#[tokio::test]
async fn two_instances_on_one_host_keep_their_people_logged_in_side_by_side() {
    let (one, other) = (Portico::start().await, Portico::start().await);
    let (ada, bea) = (one.member("ada").await, other.member("bea").await);
    let pairs = [(&one, &ada), (&other, &bea)].map(|(portico, browser)| {
        let [session, device] = ["portico", "portico-device"].map(|name| browser.cookie(name).unwrap());
        let port = port(portico);
        format!("portico-{port}={session}; portico-device-{port}={device}")
    });
    let jar = pairs.join("; ");
    assert_eq!(account(&one, &jar).await.one("h1"), "Hello, ada");
    assert_eq!(account(&other, &jar).await.one("h1"), "Hello, bea");
}

#[tokio::test]
async fn a_public_url_with_a_port_names_the_cookies_and_one_without_does_not() {
    for (url, name) in
        [("http://accounts.example.org:8080", "portico-8080"), ("http://accounts.example.org", "portico")]
    {
        let portico = Portico::with(&[("PORTICO_PUBLIC_URL", url)]).await;
        let form = [("email", "ada@example.org"), ("username", "ada"), ("password", PASSWORD)];
        let answer = portico.visitor().submit("/signup", &form).await;
        assert_eq!(answer.assert_leads_to("/welcome").cookie("portico").name(), name);
    }
}

#[tokio::test]
async fn a_foreign_cookie_of_the_same_name_ends_no_session() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await.cookie("portico").unwrap();
    let eve = portico.member("eve").await;
    let ended = eve.cookie("portico").unwrap();
    eve.submit("/logout", &[]).await;
    let name = format!("portico-{}", port(&portico));
    for foreign in ["evil", "", "AAAAAAAAAAAAAAAAAAAAAA", &ended] {
        for jar in [format!("{name}={ada}; {name}={foreign}"), format!("{name}={foreign}; {name}={ada}")] {
            let page = account(&portico, &jar).await;
            page.assert_status(200);
            assert_eq!(page.one("h1"), "Hello, ada", "{jar}");
        }
    }
    let many = format!("{name}=a; {name}={ended}; {name}={ended}; x={ada}; {name}={ada}");
    account(&portico, &many).await.assert_status(200);
    account(&portico, &format!("{name}={ended}; {name}=evil")).await.assert_leads_to("/login?next=%2Faccount");
    // Nor does one that is no text.
    let jar = [("cookie", "a=\u{e9}"), ("cookie", &format!("{name}={ada}"))];
    portico.visitor().get_with("/account", &jar).await.assert_status(200);
}

#[tokio::test]
async fn sessions_and_known_devices_outlive_the_upgrade_to_names_with_a_port() {
    let portico = Portico::start().await;
    let ada = portico.member("ada").await;
    let [session, device] = ["portico", "portico-device"].map(|name| ada.cookie(name).unwrap());
    let older = format!("portico={session}; portico-device={device}; portico-theme=dark");
    let page = account(&portico, &older).await;
    assert_eq!(page.one("h1"), "Hello, ada");
    let form = [("login", "ada"), ("password", PASSWORD)];
    let answer =
        portico.visitor().submit_with("/login", &form, &[("cookie", &older), ("sec-fetch-site", "none")]).await;
    answer.assert_leads_to("/account");
    assert_eq!(answer.cookie("portico").name(), format!("portico-{}", port(&portico)));
    // Who logs out is logged out by either name.
    let out = portico.visitor().submit_with("/logout", &[], &[("cookie", &older), ("sec-fetch-site", "none")]).await;
    let cleared: Vec<_> = out.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(cleared.iter().any(|line| line.starts_with("portico=;") && line.contains("Max-Age=0")), "{cleared:?}");
    account(&portico, &older).await.assert_leads_to("/login?next=%2Faccount");
    // Another version's messages are not ours to show.
    let page = portico.visitor().get_with("/login", &[("cookie", "portico-flash=flash-logged-out.0")]).await;
    assert!(page.texts(".flash").is_empty());
}

/// What browsers send beside a form of ours.
const PAGE: [(&str, &str); 2] =
    [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("sec-fetch-site", "same-origin")];

/// After `path` was sent, as a browser that keeps cookies and as one that does not: the one comes to `first`, with
/// nothing in the address, the other to a log-in page that says why.
async fn assert_told(portico: &Portico, path: &str, form: &[(&str, &str)], first: &str) {
    let browser = portico.visitor();
    let answer = browser.submit_with(path, form, &PAGE).await;
    answer.assert_status(303);
    let blocked: Visitor = portico.visitor();
    let page = blocked.get_with(answer.leads_to(), &PAGE).await;
    page.assert_status(200);
    page.assert_summary("Your browser does not keep this site’s cookies. Allow them to log in");
    assert_eq!(page.value("next"), first, "{path}");
    let page = blocked.get_with(answer.leads_to(), &[PAGE[0], ("accept-language", "ru")]).await;
    page.assert_summary("Ваш браузер не сохраняет cookie этого сайта. Разрешите их, чтобы войти");
    browser.follow(&answer).await.assert_leads_to(first);
    browser.get(first).await.assert_status(200);
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so_after_every_way_to_log_in() {
    let portico = Portico::start().await;
    let line = portico.logged("/setup/").await;
    let setup = line.split("/setup/").nth(1).unwrap().split(['"', ' ']).next().unwrap().to_owned();
    let form =
        |name: &'static str| [("email", name), ("username", name.split('@').next().unwrap()), ("password", PASSWORD)];
    assert_told(&portico, &format!("/setup/{setup}"), &form("boss@example.org"), "/welcome").await;
    assert_told(&portico, "/signup", &form("ada@example.org"), "/welcome").await;
    let admin = portico.log_in("boss", PASSWORD).await;
    let page = admin.submit("/admin/users/invites", &[("email", "bea@example.org"), ("minutes", "10080")]).await;
    let link = page.one("#link");
    let invite = &link[link.find("/invite/").unwrap()..];
    assert_told(&portico, invite, &form("bea@example.org"), "/welcome").await;
    let log_in = [("login", "ada"), ("password", PASSWORD)];
    assert_told(&portico, "/login", &log_in, "/account").await;
    let next = [("login", "ada"), ("password", PASSWORD), ("next", "/account/security?x=1&y=2")];
    assert_told(&portico, "/login", &next, "/account/security?x=1&y=2").await;
    // After a reset people log in by that page.
    let id = portico.database().id_as_text("id");
    let id = portico.database().text(&format!("select {id} from accounts where username = 'ada'")).await;
    let page = admin.submit(&format!("/admin/users/{id}/password"), &[("minutes", "30")]).await;
    let link = page.one("#link");
    let reset = &link[link.find("/password/reset/").unwrap()..];
    let browser = portico.visitor();
    let answer = browser.submit_with(reset, &[("password", "eleven purple kettles")], &PAGE).await;
    answer.assert_leads_to("/login");
    assert_told(&portico, "/login", &[("login", "ada"), ("password", "eleven purple kettles")], "/account").await;
}

#[tokio::test]
async fn who_has_shown_a_cookie_and_a_program_go_straight_on() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    let form = [("login", "ada"), ("password", PASSWORD)];
    let browser = portico.visitor();
    browser.get("/language/en?next=/login").await;
    browser.submit_with("/login", &form, &PAGE).await.assert_leads_to("/account");
    browser.submit("/logout", &[]).await;
    browser.submit_with("/login", &form, &PAGE).await.assert_leads_to("/account");
    portico.visitor().submit_with("/login", &form, &[("accept", "*/*")]).await.assert_leads_to("/account");
    // Logged out meanwhile: no word of cookies to one who keeps them.
    browser.submit("/logout", &[]).await;
    let page = browser.get("/login?next=%2Faccount&kept=").await;
    assert!(page.problems().is_empty());
}
