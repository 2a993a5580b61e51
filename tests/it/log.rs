//! What the log holds of people: nothing.

use crate::support::{PASSWORD, Portico, photo};

#[tokio::test]
async fn the_log_of_a_whole_journey_holds_nothing_secret_or_personal() {
    let portico = Portico::with(&[("PORTICO_LOG", "debug"), ("PORTICO_INTERNAL_TOKEN", "a token of the inside")]).await;
    let visitor = portico.visitor();
    let form = [("email", "quentin.crisp@example.org"), ("username", "quentin"), ("password", PASSWORD)];
    visitor.submit("/signup", &form).await.assert_leads_to("/welcome");
    let mut secrets = vec![visitor.cookie("portico").unwrap()];
    let profile = [("username", "quentin"), ("name", "Quentin Crisp"), ("bio", "A private remark"), ("public", "1")];
    visitor.submit("/account/profile", &profile).await.assert_status(303);
    visitor.get("/u/quentin?from=quentin").await.assert_status(200);
    visitor.set_picture(&photo::from_phone(200, 100)).await.assert_status(303);
    visitor.set_picture(b"not a picture").await.assert_status(422);
    let change = [("current", PASSWORD), ("new", "eight brave herons")];
    visitor.submit("/account/security/password", &change).await.assert_status(303);
    secrets.push(visitor.cookie("portico").unwrap());
    secrets.push(visitor.cookie("portico-device").unwrap().split_once('.').unwrap().1.to_owned());
    visitor.submit("/account/data/download", &[]).await.assert_status(200);
    visitor.submit("/logout", &[]).await;
    visitor.submit("/login", &[("login", "quentin"), ("password", "a wrong guess")]).await.assert_status(422);
    let evil = [("sec-fetch-site", "cross-site"), ("referer", "https://evil.example/quentin")];
    visitor.submit_with("/login", &[("login", "quentin")], &evil).await.assert_status(403);
    visitor.get("/setup/made-up-token").await.assert_status(404);
    let bearer = [("authorization", "Bearer a token of the inside")];
    portico.internal().get_with("/metrics", &bearer).await.assert_status(200);
    let again = [("login", "quentin"), ("password", "eight brave herons")];
    visitor.submit("/login", &again).await.assert_leads_to("/account");
    let leave = [("confirm", "quentin"), ("password", "eight brave herons")];
    visitor.submit("/account/delete", &leave).await.assert_leads_to("/goodbye");
    let id = visitor.get("/nowhere/quentin").await.header("x-request-id").to_owned();
    portico.logged(&id).await;
    let log = portico.log();
    secrets.extend(
        [
            PASSWORD,
            "seven+quiet",
            "eight brave herons",
            "a wrong guess",
            "inside-token",
            "made-up-token",
            "quentin",
            "Quentin",
            "crisp",
            "example.org",
            "A private remark",
            "argon2id",
            "48.8584",
            "evil.example",
            "for these stories only",
        ]
        .map(str::to_owned),
    );
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret:?} stands in the log");
    }
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'), "times are UTC");
    }
}

#[tokio::test]
async fn the_first_lines_tell_where_to_open_it_and_where_things_are_kept() {
    let portico = Portico::start().await;
    portico.logged("there is no admin yet; this link makes the first one").await;
    let log = portico.log();
    assert!(log.contains(&format!("Portico is open at {}", portico.url())), "{log}");
    assert!(log.contains("accounts are kept in ") && log.contains("pictures in folder "), "{log}");
    assert!(log.contains("the internal listener is at http://127.0.0.1:"), "{log}");
}
