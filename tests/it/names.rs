//! One name, one person: at every door, for names of today's rule and of older ones.

use portico::grpc::proto::ResponseWithUser;
use serde_json::{Value, json};

use crate::api::{Api, assert_answer, claims, json, text};
use crate::support::{Database, PASSWORD, Portico, user};

const SECRET: &str = "what services ask with, 32 bytes";

fn clark(username: &str, email: &str, password: &str) -> Value {
    json!({ "username": username, "firstname": "M", "lastname": "L", "email": email, "password": password })
}

/// Lets the database take an address for a username, as it did before names were kept apart.
async fn unguard(portico: &Portico) {
    let on = if matches!(portico.database(), Database::Postgres { .. }) { " on accounts" } else { "" };
    portico.database().execute(&format!("drop trigger accounts_username_other{on}")).await;
}

/// The id of the account with an e-mail.
async fn id(portico: &Portico, email: &str) -> String {
    let column = portico.database().id_as_text("id");
    portico.database().text(&format!("select {column} from accounts where email = '{email}'")).await
}

/// Bob came by e-mail alone; Mallory has his e-mail for a username, as could be before.
async fn with_a_pair() -> Portico {
    let portico = Portico::with(&[("PORTICO_INTROSPECTION_SECRET", SECRET), ("PORTICO_RATE_LIMITS", "off")]).await;
    let api = Api::of(&portico);
    let bob = json!({ "email": "bob@example.com", "full_name": "Bob B", "password": "bobs long password" });
    api.call("POST", "/api/users/register", "", bob).await.assert_status(200);
    let mallory = clark("mallory", "mallory@example.net", "mallorys long password");
    api.call("POST", "/users", "", mallory).await.assert_status(200);
    unguard(&portico).await;
    let plant = "update accounts set username = 'bob@example.com', username_key = 'bob@example.com' \
                 where username = 'mallory'";
    assert_eq!(portico.database().execute(plant).await, 1);
    portico
}

#[tokio::test]
async fn no_door_gives_any_user_an_address_for_a_username() {
    let portico = Portico::start().await;
    let admin = portico.admin("root-of-all").await;
    let api = Api::of(&portico);
    let bob = json!({ "email": "bob@example.com", "full_name": "Bob", "password": "bobs long password" });
    api.call("POST", "/api/users/register", "", bob).await.assert_status(200);
    for name in ["bob@example.com", "BOB＠example.com", "b﹫b.example", "nobody@x.org"] {
        let answer = api.call("POST", "/users", "", clark(name, "mallory@example.net", "hush")).await;
        assert_answer(&answer, 400, "Invalid registration credentials");
        let body = json!({ "username": name, "email": "mallory@example.net", "password": "Abcdef1" });
        api.call("POST", "/users/register", "", body).await.assert_status(422);
        let form = [("email", "mallory@example.net"), ("username", name), ("password", PASSWORD)];
        portico.visitor().submit("/signup", &form).await.assert_status(422);
        let form = [("name", "M"), ("username", name), ("email", ""), ("role", "member"), ("way", "password")];
        let answer = admin.submit("/admin/users/new", &form).await;
        assert!((400..500).contains(&answer.status), "{name}: {}", answer.status);
        admin.submit("/account/profile", &[("name", "R"), ("username", name)]).await.assert_status(422);
        let create = ["user", "create", "--username", name];
        portico.run(&create, "eight brave herons\n").assert_refused("the username cannot be used");
        portico.run(&["user", "rename", "root-of-all", name], "").assert_refused("the username cannot be used");
        assert_eq!(portico.caller().says("Create", user(name, "x", "A", "B")).await.0, 409, "{name}");
    }
    assert_eq!(portico.database().count("accounts").await, 2);
}

#[tokio::test]
async fn the_database_refuses_an_address_for_a_username_and_an_older_username_for_an_address() {
    let portico = Portico::start().await;
    portico.member("ada").await;
    portico.member("grace").await;
    let database = portico.database();
    // A row like Grace's.
    let copy = |names: &str| {
        let id = match database {
            Database::Sqlite(_) => "x'0192f0c17a2b7c3d8e4f5a6b7c8d9e0f'",
            Database::Postgres { .. } => "cast('0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f' as uuid)",
        };
        let rest = "full_name, first_name, last_name, pronouns, bio, website, public_profile, findable, theme, is_admin, \
                    status, password_changed_at, created_at, updated_at";
        format!(
            "insert into accounts (id, username, username_key, email, email_key, {rest}) \
             select {id}, {names}, {rest} from accounts where username = 'grace'"
        )
    };
    let rename =
        "update accounts set username = 'x@example.org', username_key = 'x@example.org' where username = 'ada'";
    for sql in [rename.to_owned(), copy("'y@example.org', 'y@example.org', null, null")] {
        let said = database.try_execute(&sql).await.unwrap_err();
        assert!(said.contains("does not read as an e-mail address"), "{said}");
    }
    unguard(&portico).await;
    assert_eq!(database.execute(rename).await, 1);
    for sql in [
        copy("null, null, 'x@example.org', 'x@example.org'"),
        "update accounts set email = 'x@example.org', email_key = 'x@example.org' where username = 'grace'".to_owned(),
    ] {
        assert!(database.try_execute(&sql).await.is_err(), "{sql}");
    }
    let api = Api::of(&portico);
    let body = json!({ "email": "X@example.org", "full_name": "X", "password": "xes long password" });
    let answer = api.call("POST", "/api/users/register", "", body).await;
    assert_answer(&answer, 400, r#"{"email":["Email address already exists."]}"#);
    // What it is called, its own e-mail may be, and it may be saved as it is.
    let own = "update accounts set email = 'x@example.org', email_key = 'x@example.org', username_key = 'x@example.org' \
               where username = 'x@example.org'";
    assert_eq!(database.execute(own).await, 1);
    portico.run(&["user", "promote", "x@example.org"], "").assert_done();
    assert_eq!(portico.caller().says("Verify", user("x@example.org", PASSWORD, "", "")).await.0, 200);
}

#[tokio::test]
async fn services_take_no_user_for_another_whose_address_is_their_older_username() {
    let portico = with_a_pair().await;
    let api = Api::of(&portico);
    let log_in = |password: &'static str| {
        let body = json!({ "username": "bob@example.com", "password": password });
        api.call("POST", "/users/tokens", "", body)
    };
    let bob = text(&log_in("bobs long password").await, "/token");
    let mallory = text(&log_in("mallorys long password").await, "/token");
    let (bobs, mallorys) = (claims(&bob), claims(&mallory));
    assert_ne!(bobs["sub"], mallorys["sub"]);
    assert_eq!((&bobs["username"], &bobs["aud"]), (&json!("bob@example.com"), &json!("bob@example.com")));
    assert_eq!(
        (&mallorys["username"], &mallorys["aud"]),
        (&json!("mallory@example.net"), &json!("mallory@example.net"))
    );
    for (token, name) in [(&bob, "bob@example.com"), (&mallory, "mallory@example.net")] {
        let form = format!("token={token}&client_secret={}", SECRET.replace(' ', "+"));
        let kind = "application/x-www-form-urlencoded";
        let answer = api.send("POST", "/oauth/introspect", "", kind, form.as_bytes()).await;
        assert_eq!((&json(&answer)["active"], &json(&answer)["username"]), (&json!(true), &json!(name)));
    }
    let path = "/users/bob@example.com/tokens";
    assert_answer(&api.call("POST", path, "", json!({ "token": bob })).await, 200, "OK");
    let refused = api.call("POST", path, "", json!({ "token": mallory })).await;
    assert_answer(&refused, 401, "Invalid access token");
    let bearer = format!("Bearer {mallory}");
    let refused = api.call("DELETE", "/users/bob@example.com", &bearer, Value::Null).await;
    assert_answer(&refused, 401, "Invalid access token");

    let caller = portico.caller();
    let info: ResponseWithUser = caller.call("Info", user("bob@example.com", "", "", "")).await.unwrap();
    assert_eq!(info.user, Some(user("bob@example.com", "", "Bob", "B")));
    let verify = |password: &str| caller.says("Verify", user("bob@example.com", password, "", ""));
    assert_eq!(verify("bobs long password").await.0, 200);
    assert_eq!(verify("mallorys long password").await.0, 401);
    let mut promotion = user("bob@example.com", "", "Bob", "B");
    promotion.admin = true;
    let promoted: ResponseWithUser = caller.call("UpdateUserData", promotion).await.unwrap();
    assert_eq!(promoted.status.unwrap().code, 200);
    let admins = portico.database().texts("select email from accounts where is_admin").await;
    assert_eq!(admins, ["bob@example.com"]);
}

#[tokio::test]
async fn the_password_decides_which_of_two_logs_in_until_one_is_renamed() {
    let mut portico = with_a_pair().await;
    for (password, name) in [("bobs long password", "Bob B"), ("mallorys long password", "M L")] {
        let browser = portico.log_in("Bob@example.com", password).await;
        assert_eq!(browser.get("/account/profile").await.value("name"), name);
    }
    let wrong = [("login", "bob@example.com"), ("password", "somebody else's")];
    portico.visitor().submit("/login", &wrong).await.assert_status(422);

    let (bob, mallory) = (id(&portico, "bob@example.com").await, id(&portico, "mallory@example.net").await);
    let done = portico.run(&["doctor"], "");
    assert_ne!(done.code, 0);
    assert!(
        done.out.contains(&format!("{mallory} ({bob})")) && done.out.contains("portico user rename"),
        "{}",
        done.out
    );
    assert!(!done.out.contains("bob@example.com"), "{}", done.out);
    portico.restart().await;
    let line = portico.logged("a username is another account's e-mail").await;
    assert!(line.contains(&bob) && line.contains(&mallory) && !line.contains("example"), "{line}");

    portico.run(&["user", "rename", &mallory, "mallory"], "").assert_done();
    portico.run(&["doctor"], "").assert_done();
    let wrong = [("login", "bob@example.com"), ("password", "mallorys long password")];
    portico.visitor().submit("/login", &wrong).await.assert_status(422);
}

#[tokio::test]
async fn of_names_that_differ_in_case_or_looks_alone_one_is_given_out() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let caller = portico.caller();
    for (name, twins) in [
        ("straße", &["STRASSE", "strasse"][..]),
        ("νίκος", &["ΝΊΚΟΣ"][..]),
        ("paypal", &["раураl", "paypa1"][..]),
        ("modern", &["modem", "rnodem"][..]),
        ("ada lovelace", &["ada  lovelace", " ada lovelace"][..]),
        ("Σίσυφος", &["ΣΊΣΥΦΟΣ"][..]),
        ("copayca", &["сорауса"][..]),
        ("apple", &["аррӏе"][..]),
        ("l1l1", &["I1I1", "1l1l"][..]),
        ("irmak", &["İrmak", "İRMAK", "ırmak"][..]),
        ("Irwan", &["ırwan", "lrwan", "irwan"][..]),
        ("ASIA2", &["аѕіа2", "asia2", "ASlA2"][..]),
        ("ian", &["ıan"][..]),
    ] {
        assert_eq!(caller.says("Create", user(name, PASSWORD, "A", "B")).await.0, 201, "{name}");
        for &twin in twins {
            assert_eq!(caller.says("Create", user(twin, "x", "A", "B")).await.0, 409, "{twin}");
            let done = portico.run(&["user", "create", "--username", twin], "eight brave herons\n");
            assert_ne!(done.code, 0, "{twin}");
            let form = [("email", "other@example.org"), ("username", twin), ("password", PASSWORD)];
            let answer = portico.visitor().submit("/signup", &form).await;
            assert!(matches!(answer.status, 409 | 422), "{twin}: {}", answer.status);
        }
    }
    portico.log_in("STRASSE", PASSWORD).await;
    portico.log_in("ΝΊΚΟΣ", PASSWORD).await;
    portico.log_in("ΣΊΣΥΦΟΣ", PASSWORD).await;
    portico.log_in("İRMAK", PASSWORD).await;
    // A small i and a small l are two letters.
    assert_eq!(caller.says("Create", user("lan", PASSWORD, "A", "B")).await.0, 201);
    assert_eq!(portico.database().count("accounts").await, 14);
}

#[tokio::test]
async fn what_looks_like_a_name_that_was_given_up_is_kept_from_others_too() {
    let portico = Portico::start().await;
    let browser = portico.member("ada").await;
    for name in ["ASIA2", "grace"] {
        browser.submit("/account/profile", &[("name", "Ada"), ("username", name)]).await.assert_status(303);
    }
    for twin in ["аѕіа2", "asia2", "ASlA2"] {
        let done = portico.run(&["user", "create", "--username", twin], "eight brave herons\n");
        assert_ne!(done.code, 0, "{twin}");
    }
    browser.submit("/account/profile", &[("name", "Ada"), ("username", "asia2")]).await.assert_status(303);
}

#[tokio::test]
async fn what_is_offered_for_a_taken_username_looks_like_no_other_name() {
    let portico = Portico::start().await;
    portico.member("modern").await;
    portico.member("modern-2").await;
    let form = [("email", "other@example.org"), ("username", "modem"), ("password", PASSWORD)];
    let page = portico.visitor().submit("/signup", &form).await;
    page.assert_status(409);
    page.assert_problem("username", "This username is taken. Try modem-3");
}

#[tokio::test]
async fn no_user_takes_a_name_that_hides_something_or_looks_like_the_operators() {
    let portico = Portico::with(&[("PORTICO_BRAND_NAME", "Acme"), ("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.member("ada").await;
    let api = Api::of(&portico);
    let caller = portico.caller();
    let hidden = ["ada\u{200B}", "a\u{202E}da", "\u{3164}\u{3164}\u{3164}", "ad\u{AD}a", "bea\u{FE0F}", "be\u{E000}a"];
    let foreign = ["аdmin", "ɑdmin", "admiո", "pօrtico", "аԁа", "pօrtia", "ɑnna", "ᴀnna", "Ꭺbcd"];
    let operators = ["admin.", "a-d-m-i-n", "admın", "r00t", "acme", "A.C.M.E", "supp0rt", "root.", "ro.ot"];
    for &name in hidden.iter().chain(&foreign).chain(&operators) {
        let answer = api.call("POST", "/users", "", clark(name, "eve@example.org", "hush")).await;
        assert_answer(&answer, 400, "Invalid registration credentials");
        let body = json!({ "username": name, "email": "eve@example.org", "password": "Abcdef1" });
        let answer = api.call("POST", "/users/register", "", body).await;
        assert!(matches!(answer.status, 409 | 422), "{name:?}: {}", answer.status);
        let form = [("email", "eve@example.org"), ("username", name), ("password", PASSWORD)];
        let answer = portico.visitor().submit("/signup", &form).await;
        assert!(matches!(answer.status, 409 | 422), "{name:?}: {}", answer.status);
        let answer = ada.submit("/account/profile", &[("name", "Ada"), ("username", name)]).await;
        assert!(matches!(answer.status, 409 | 422), "{name:?}: {}", answer.status);
    }
    for &name in hidden.iter().chain(&foreign) {
        let done = portico.run(&["user", "create", "--username", name], "eight brave herons\n");
        assert_ne!(done.code, 0, "{name:?}");
        assert_eq!(caller.says("Create", user(name, "x", "A", "B")).await.0, 409, "{name:?}");
    }
    let email = json!({ "email": "a\u{202E}da@example.org", "full_name": "E", "password": "eves long password" });
    api.call("POST", "/api/users/register", "", email).await.assert_status(400);
    assert_eq!(portico.database().count("accounts").await, 1);
    // What means something in an address or in markup is no stranger's to choose; services inside the network may.
    for name in ["<b>x</b>", "a/../b", "100%25", "who?", "ada.\u{307}"] {
        api.call("POST", "/users", "", clark(name, "x@example.org", "hush")).await.assert_status(400);
    }
    assert_eq!(caller.says("Create", user("admin", "x", "A", "B")).await.0, 201);
    portico.run(&["user", "create", "--username", "root"], "eight brave herons\n").assert_done();
    assert_eq!(caller.says("Create", user("<b>x</b>", "x", "A", "B")).await.0, 201);
    api.call("POST", "/users", "", clark("o'brien & co", "x@example.org", "hush")).await.assert_status(200);
}

#[tokio::test]
async fn nothing_in_the_name_of_a_person_turns_the_text_around_it() {
    let portico = Portico::start().await;
    let api = Api::of(&portico);
    let body = json!({ "email": "a@example.org", "full_name": "Ada\u{202E} L\u{2066}", "password": "a long password" });
    api.call("POST", "/api/users/register", "", body).await.assert_status(200);
    let mut body = clark("bea", "b@example.org", "hush");
    body["firstname"] = json!("B\u{202A}ea");
    body["organization"] = json!("Or\u{2069}g");
    api.call("POST", "/users", "", body).await.assert_status(200);
    assert_eq!(portico.caller().says("Create", user("cat", "x", "C\u{202E}at", "D")).await.0, 201);
    let member = portico.member("dan").await;
    let form = [("name", "می\u{200C}خواهم\u{202E}"), ("username", "dan"), ("bio", "b\u{202E}io")];
    member.submit("/account/profile", &form).await.assert_status(303);
    let table = "username,name,organization\neve,E\u{2067}ve,O\u{202B}rg\n";
    portico.run(&["import", "-", "--from", "csv"], table).assert_done();
    let sql =
        "select full_name || '|' || coalesce(organization, '') || '|' || bio from accounts order by created_at, id";
    let mut names = portico.database().texts(sql).await;
    names.sort();
    assert_eq!(names, ["Ada L||", "Bea L|Org|", "Cat D||", "Eve|Org|", "می\u{200C}خواهم||bio"]);
}

#[tokio::test]
async fn an_address_with_an_invisible_character_is_refused_at_every_door_and_said_to_have_one() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let admin = portico.admin("boss").await;
    let api = Api::of(&portico);
    let mut table = "username,email\n".to_owned();
    for (number, address) in [
        "past\u{200B}ed@example.org",
        "\u{E0041}a\u{202E}da@example.org",
        "pasted@exa\u{AD}mple.org",
        "pasted@example\u{200B}.org",
        "pas\u{2060}ted@example.org",
        "pas\u{E000}ted@example.org",
        "pas\u{378}ted@example.org",
        "pas\u{7}ted@example.org",
    ]
    .into_iter()
    .enumerate()
    {
        let form = [("email", address), ("username", "eve"), ("password", PASSWORD)];
        let page = portico.visitor().submit("/signup", &form).await;
        page.assert_status(422).assert_problem("email", "There is an invisible character in this address");
        let form = [("name", "E"), ("username", "eve"), ("email", address), ("role", "member"), ("way", "link")];
        let page = admin.submit("/admin/users/new", &form).await;
        page.assert_status(422).assert_problem("email", "There is an invisible character in this address");
        let body = json!({ "email": address, "full_name": "E", "password": "eves long password" });
        for path in ["/api/users/register", "/api/user/register"] {
            api.call("POST", path, "", body.clone()).await.assert_status(400);
        }
        let body = json!({ "username": "eve", "email": address, "password": "Abcdef1" });
        api.call("POST", "/users/register", "", body).await.assert_status(422);
        let answer = api.call("POST", "/users", "", clark("eve", address, "hush")).await;
        assert_answer(&answer, 400, "Invalid registration credentials");
        let create = ["user", "create", "--username", "eve", "--email", address];
        portico.run(&create, "eight brave herons\n").assert_refused("the email cannot be used");
        table += &format!("eve{number},{address}\n");
    }
    let done = portico.run(&["import", "-", "--from", "csv"], &table);
    assert_eq!(done.code, 3, "{done:?}");
    assert_eq!(portico.database().count("accounts").await, 1);
    // What is pasted along at the ends is taken off, and is no part of a log-in name either.
    let form = [("email", "\u{200B}pasted@example.org\u{FEFF}"), ("username", "eve"), ("password", PASSWORD)];
    portico.visitor().submit("/signup", &form).await.assert_leads_to("/welcome");
    let sql = "select email || '|' || username from accounts where username = 'eve'";
    assert_eq!(portico.database().text(sql).await, "pasted@example.org|eve");
    for login in ["\u{200B}pasted@example.org\u{200B}", "\u{FEFF}eve", "eve\u{200B} "] {
        portico.log_in(login, PASSWORD).await;
    }
}

#[tokio::test]
async fn a_name_that_shows_nothing_is_none_and_the_username_shows() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let admin = portico.admin("boss").await;
    let eve = portico.member("eve").await;
    let api = Api::of(&portico);
    let hidden = [
        "\u{200B}",
        "\u{2060}",
        "\u{2800}",
        "\u{3164}",
        "\u{115F}",
        "\u{AD}",
        "\u{FEFF}",
        "\u{E000}",
        "\u{E0041}",
        "\u{202E}",
    ];
    for nothing in hidden {
        let form =
            [("name", nothing), ("username", "eve"), ("pronouns", nothing), ("location", nothing), ("bio", nothing)];
        eve.submit("/account/profile", &form).await.assert_leads_to("/account/profile");
        assert_eq!(eve.get("/account").await.one("h1"), "Hello, eve", "{nothing:?}");
        let body = json!({ "email": "x@example.org", "full_name": nothing, "password": "xes long password" });
        let answer = api.call("POST", "/api/users/register", "", body).await;
        assert_answer(&answer, 400, r#"{"full_name":["This field may not be blank."]}"#);
    }
    let sql = "select full_name || pronouns || location || bio from accounts where username = 'eve'";
    assert_eq!(portico.database().text(sql).await, "");
    assert!(admin.get("/admin/users").await.texts("tbody a").iter().any(|link| link.contains("eve")));
    let caller = portico.caller();
    assert_eq!(caller.says("Create", user("fay", "x", "\u{200B}Fay\u{FEFF}", "\u{3164}")).await.0, 201);
    let mut body = clark("gil", "gil@example.org", "hush");
    body["organization"] = json!("\u{2800}");
    body["firstname"] = json!("Gil\u{2028}");
    api.call("POST", "/users", "", body).await.assert_status(200);
    let table = "username,name,organization,bio\nhal,\u{FEFF}Hal\u{200B} L\u{2029},\u{3164},b\u{202E}io\n";
    portico.run(&["import", "-", "--from", "csv"], table).assert_done();
    let sql = "select full_name || '|' || last_name || '|' || coalesce(organization, '') || '|' || bio from accounts \
               where username in ('fay', 'gil', 'hal')";
    let mut names = portico.database().texts(sql).await;
    names.sort();
    assert_eq!(names, ["Fay|||", "Gil L|L||", "Hal\u{200B} L|L||bio"]);
    // An older account's.
    portico.database().execute("update accounts set full_name = '\u{200B}' where username = 'eve'").await;
    assert_eq!(eve.get("/account").await.one("h1"), "Hello, eve");
}

#[tokio::test]
async fn names_of_any_length_are_refused_at_every_door_and_by_none_as_a_fault() {
    let portico = Portico::with(&[("PORTICO_RATE_LIMITS", "off")]).await;
    let ada = portico.admin("ada").await;
    let api = Api::of(&portico);
    let caller = portico.caller();
    for long in ["x".repeat(64_000), "\u{FDFA}".repeat(21_000), format!("a@{}", "x".repeat(60_000))] {
        let refused = |answer: &crate::support::Answer, door: &str| {
            assert!((400..500).contains(&answer.status), "{door}: {}", answer.status);
        };
        for (path, body) in [
            ("/users/tokens", json!({ "username": long, "password": "hush" })),
            ("/users/login", json!({ "username": long, "password": "Abcdef1" })),
            ("/users/register", json!({ "username": long, "email": "e@example.org", "password": "Abcdef1" })),
            ("/users/register", json!({ "username": "eve", "email": long, "password": "Abcdef1" })),
            ("/users", clark(&long, "e@example.org", "hush")),
            ("/users", clark("eve", &long, "hush")),
            ("/api/users/login", json!({ "email": long, "password": "Abcdef12" })),
            ("/api/user/login", json!({ "email": long, "password": "Abcdef12" })),
            ("/api/users/register", json!({ "email": long, "full_name": "E", "password": "Abcdef12" })),
            ("/api/users/register", json!({ "email": "e@example.org", "full_name": long, "password": "Abcdef12" })),
        ] {
            refused(&api.call("POST", path, "", body).await, path);
        }
        for field in ["firstname", "lastname", "organization"] {
            let mut body = clark("eve", "e@example.org", "hush");
            body[field] = json!(long);
            refused(&api.call("POST", "/users", "", body).await, field);
        }
        let visitor = portico.visitor();
        // As long as a form may be.
        let wide = &long;
        let long: String = long.chars().take(1_500).collect();
        refused(&visitor.submit("/login", &[("login", long.as_str()), ("password", PASSWORD)]).await, "log-in");
        let form = [("email", "e@example.org"), ("username", long.as_str()), ("password", PASSWORD)];
        refused(&visitor.submit("/signup", &form).await, "sign-up");
        let form = [("email", long.as_str()), ("username", "eve"), ("password", PASSWORD)];
        refused(&visitor.submit("/signup", &form).await, "sign-up");
        refused(&ada.submit("/account/profile", &[("name", long.as_str()), ("username", "ada")]).await, "name");
        refused(&ada.submit("/account/profile", &[("name", "Ada"), ("username", long.as_str())]).await, "username");
        // As long as an address may be.
        let escaped: String = url::form_urlencoded::byte_serialize(&wide.as_bytes()[..6_900]).collect();
        refused(&visitor.get(&format!("/u/{escaped}")).await, "page");
        refused(&visitor.get(&format!("/avatar/@{escaped}?d=404")).await, "avatar");
        let long = wide;
        let create = |user| caller.says("Create", user);
        assert_eq!(create(user(long, "x", "A", "B")).await.0, 422);
        assert_eq!(create(user("eve", "x", long, "B")).await.0, 422);
        assert_eq!(create(user("eve", "x", "A", long)).await.0, 422);
        assert_eq!(caller.says("UpdateUserData", user("ada", "", long, "B")).await.0, 422);
        for rpc in ["IsExist", "Info", "UpdatePassword"] {
            assert_eq!(caller.says(rpc, user(long, "x", "", "")).await.0, 404, "{rpc}");
        }
        assert_eq!(caller.says("Verify", user(long, "x", "", "")).await.0, 401);
    }
    // What is short enough to be looked at, but becomes longer than an index takes.
    let ligatures = "\u{FDFA}".repeat(333);
    assert_eq!(caller.says("Create", user(&ligatures, "x", "A", "B")).await.0, 422);
    assert_eq!(caller.says("Info", user(&ligatures, "", "", "")).await.0, 404);
    assert_eq!(portico.database().count("accounts").await, 1);
}

#[tokio::test]
async fn keys_of_an_older_rule_are_brought_up_to_date_and_what_two_would_share_the_later_goes_without() {
    let mut portico = Portico::start().await;
    let caller = portico.caller();
    let day = std::time::Duration::from_hours(24);
    portico.turn_back(5 * day);
    for name in ["straße", "gross", "first", "second", "wolf"] {
        assert_eq!(caller.says("Create", user(name, PASSWORD, name, "B")).await.0, 201);
        portico.advance(day);
    }
    let old = |name: &str, typed: &str| {
        format!(
            "update accounts set username = '{typed}', username_key = lower('{typed}'), username_skeleton = null, \
             username_key_skeleton = null, key_rule = 1 where username = '{name}'"
        )
    };
    for sql in [
        old("straße", "straße"),
        old("gross", "gross"),
        old("first", "groß"),
        old("second", "modern"),
        old("wolf", "modem"),
    ] {
        assert_eq!(portico.database().execute(&sql).await, 1);
    }
    portico.restart().await;
    let sql = "select username || '|' || username_key || '|' || coalesce(username_skeleton, '') || '|' || \
               coalesce(username_key_skeleton, '') || '|' || key_rule from accounts order by created_at";
    let expected = [
        "straße|strasse|straße|strasse|5",
        "gross|gross|gross|gross|5",
        "groß|groß|groß||5",
        "modern|modern|rnodern|rnodern|5",
        "modem|modem|||5",
    ];
    assert_eq!(portico.database().texts(sql).await, expected);
    for (login, name) in [("STRASSE", "straße"), ("Gross", "gross"), ("groß", "first"), ("modem", "wolf")] {
        let browser = portico.log_in(login, PASSWORD).await;
        assert_eq!(browser.get("/account/profile").await.value("name"), format!("{name} B"), "{login}");
    }
    let caller = portico.caller();
    assert_eq!(caller.says("Create", user("Straße", "x", "A", "B")).await.0, 409);
    let done = portico.run(&["doctor"], "");
    assert!(done.assert_done().out.contains("look like others'"), "{}", done.out);
    // Saved as they are, they stay as they are.
    let browser = portico.log_in("modem", PASSWORD).await;
    browser.submit("/account/profile", &[("name", "Wolf"), ("username", "modem")]).await.assert_status(303);
    assert_eq!(portico.database().count("accounts where key_rule = 5").await, 5);
}

#[tokio::test]
async fn an_account_that_an_older_replica_named_is_saved_without_looks_of_its_own() {
    let portico = Portico::start().await;
    let caller = portico.caller();
    for name in ["Irmak", "other"] {
        assert_eq!(caller.says("Create", user(name, PASSWORD, "A", "B")).await.0, 201);
    }
    // As a program that knows nothing of the column writes it.
    let sql = "update accounts set username = 'ırmak', username_key = 'ırmak', username_skeleton = 'irmak', \
               username_key_skeleton = null where username = 'other'";
    assert_eq!(portico.database().execute(sql).await, 1);
    let browser = portico.log_in("ırmak", PASSWORD).await;
    browser.submit("/account/profile", &[("name", "Other"), ("username", "ırmak")]).await.assert_status(303);
    portico.run(&["user", "disable", "ırmak"], "").assert_done();
}

#[tokio::test]
async fn an_import_brings_look_alikes_in_and_no_address_for_a_username() {
    let portico = Portico::start().await;
    portico.member("modern").await;
    let table = "id,username,email\n\
                 1,own@example.com,OWN@example.com\n\
                 2,other@example.com,third@example.com\n\
                 3,alone@example.com,\n\
                 4,modem,m@example.com\n\
                 5,rnodem,n@example.com\n\
                 7,Irwan,o@example.com\n\
                 8,ırwan,p@example.com\n\
                 6,hid\u{200B}den,h@example.com\n";
    let done = portico.run(&["import", "-", "--from", "csv"], table);
    let (out, said) = (&done.assert_incomplete().out, &done.complaint);
    assert!(out.contains("5  accounts came in") && out.contains("3  refused"), "{done:?}");
    assert!(out.contains("3  with a username that looks like another's"), "{done:?}");
    for line in ["line 3: the username reads as an e-mail address", "line 4: the username reads", "line 5: account"] {
        assert!(said.contains(line) || out.contains(line), "{line}: {done:?}");
    }
    let sql = "select coalesce(username, '-') || ' ' || coalesce(username_skeleton, '-') from accounts \
               where email like '%example.com' order by email_key";
    assert_eq!(portico.database().texts(sql).await, ["modem -", "rnodem -", "Irwan lrwan", "- -", "ırwan -"]);
    portico.run(&["import", "-", "--from", "csv"], table).assert_incomplete();
    assert_eq!(portico.database().count("accounts").await, 6);
}

#[tokio::test]
async fn an_installation_with_an_address_for_a_username_moves_once_the_account_is_renamed() {
    let mut portico = Portico::start().await;
    let target = portico.folder().join("empty");
    std::fs::create_dir(&target).unwrap();
    let empty = Database::create_empty(&target).await;
    // Without a server there is nothing to move to.
    let Database::Postgres { url, .. } = &empty else { return };
    let file = format!("sqlite:{}", portico.folder().join("moving.db").display());
    portico.set("DATABASE_URL", &file);
    portico.restart().await;
    portico.member("ada").await;
    let moving = Database::Sqlite(file);
    moving.execute("drop trigger accounts_username_other").await;
    moving.execute("update accounts set username = 'x@y.example', username_key = 'x@y.example'").await;
    let id = moving.text(&format!("select {} from accounts", moving.id_as_text("id"))).await;
    portico.run(&["move-db", "--to", url], "").assert_refused(&id);
    portico.run(&["user", "rename", &id, "ada"], "").assert_done();
    let done = portico.run(&["move-db", "--to", url], "");
    assert!(done.assert_done().out.contains("1  accounts (counted and compared)"), "{done:?}");
    portico.kill();
    empty.drop();
}
