//! The brand's own files, and what browsers ask for by themselves.

use crate::support::{Done, Portico, command};

const LOGO: &str = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";

#[tokio::test]
async fn logo_and_style_of_the_brand_are_on_every_page_under_names_of_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let (logo, style) = (folder.path().join("logo"), folder.path().join("style"));
    std::fs::write(&logo, LOGO).unwrap();
    std::fs::write(&style, ":root { --brand-h: 20; }").unwrap();
    let (logo, style) = (logo.display().to_string(), style.display().to_string());
    let portico = Portico::with(&[("PORTICO_BRAND_LOGO", &logo), ("PORTICO_BRAND_STYLE", &style)]).await;
    let ada = portico.member("ada").await;
    for page in [portico.visitor().get("/login").await, ada.get("/account").await] {
        assert_eq!(page.texts(".brand svg").len(), 0);
        let sheets = page.attributes("link[rel=stylesheet]", "href");
        assert_eq!(sheets.len(), 2);
        assert!(sheets[1].starts_with("/static/brand.") && sheets[1].ends_with(".css"), "{sheets:?}");
        let drawing = page.attribute(".brand img", "src");
        for (path, kind, content) in [
            (drawing.as_str(), "image/svg+xml", LOGO),
            (sheets[1].as_str(), "text/css; charset=utf-8", ":root { --brand-h: 20; }"),
        ] {
            let file = portico.visitor().get(path).await;
            file.assert_status(200);
            assert_eq!((file.header("content-type"), &*file.body), (kind, content.as_bytes()));
            assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
            let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
            assert_eq!(file.header("content-security-policy"), policy, "opened by itself it runs nothing");
            let tag = file.header("etag").to_owned();
            portico.visitor().get_with(path, &[("if-none-match", &tag)]).await.assert_status(304);
        }
    }
    portico.visitor().get("/static/logo.000000000000.svg").await.assert_status(404);
}

#[test]
fn a_brand_file_that_cannot_be_used_stops_the_start_and_says_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let (text, large) = (folder.path().join("text"), folder.path().join("large"));
    std::fs::write(&text, "a picture, honestly").unwrap();
    std::fs::write(&large, format!("<svg>{}</svg>", " ".repeat(100_000))).unwrap();
    for (setting, file, expected) in [
        ("PORTICO_BRAND_LOGO", &text, "an SVG, PNG or WebP file of at most 100 kB"),
        ("PORTICO_BRAND_LOGO", &large, "it is larger"),
        ("PORTICO_BRAND_LOGO", &folder.path().join("none"), "an SVG, PNG or WebP file of at most 100 kB"),
        ("PORTICO_BRAND_STYLE", &large, "a CSS file in UTF-8 of at most 100 kB"),
    ] {
        let mut command = command();
        command.current_dir(folder.path()).env(setting, file).arg("serve");
        let done = Done::of(command, "");
        assert!(done.code != 0 && done.complaint.contains(expected), "{done:?}");
        assert!(done.complaint.contains(setting), "{done:?}");
    }
}

#[tokio::test]
async fn icons_that_browsers_ask_for_by_themselves_are_not_kept_for_ever() {
    let portico = Portico::start().await;
    let icon = portico.visitor().get("/favicon.ico").await;
    icon.assert_status(200);
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    assert_eq!(icon.header("cache-control"), "public, max-age=86400");
    for path in ["/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"] {
        let absent = portico.visitor().get(path).await;
        absent.assert_status(404);
        assert_eq!((absent.header("cache-control"), absent.body.len()), ("public, max-age=86400", 0));
    }
}
