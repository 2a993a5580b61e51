//! The admins' pages, as admins and everybody else meet them.

use bytes::Bytes;
use hyper::Method;

use crate::support::Portico;

#[tokio::test]
async fn whoever_is_no_admin_finds_nothing_by_any_path_and_method() {
    let portico = Portico::start().await;
    let admin = portico.admin("root").await;
    admin.get("/admin").await.assert_status(200);
    for visitor in [portico.visitor(), portico.member("ada").await] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            let nothing = visitor.ask(method.clone(), "/admin-nothing", &[], Bytes::new()).await;
            for path in ["/admin", "/admin/", "/admin/users", "/admin/users/new", "/admin/nothing/at/all", "/admin?q=a"]
            {
                let answer = visitor.ask(method.clone(), path, &[], Bytes::from_static(b"x=1")).await;
                assert_eq!(answer.status, 404, "{method} {path}");
                assert_eq!(answer.header("allow"), "", "{method} {path}");
                let heading = |answer: &crate::support::Answer| answer.texts("h1");
                assert_eq!(heading(&answer), heading(&nothing), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn admins_find_their_pages_in_the_bar_above_and_nobody_else_does() {
    let portico = Portico::start().await;
    let admin = portico.admin("root").await;
    let page = admin.get("/account").await;
    assert_eq!(page.texts(".top nav a"), ["Account", "Admin"]);
    let page = admin.get("/admin").await;
    assert_eq!(page.one(".top nav a[aria-current]"), "Admin");
    admin.get("/admin/nothing").await.assert_status(404);
    let page = portico.member("ada").await.get("/account").await;
    assert_eq!(page.texts(".top nav a"), ["Account"]);
}
