//! What came back: status, headers, and the page as a reader meets it.

use bytes::Bytes;
use cookie::Cookie;
use hyper::HeaderMap;
use hyper::header::{LOCATION, SET_COOKIE};
use scraper::{ElementRef, Html, Selector};

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Answer {
        assert_eq!(self.status, status, "{}", self.gist());
        self
    }

    /// It leads to `path`, by GET.
    #[track_caller]
    pub fn assert_leads_to(&self, path: &str) -> &Answer {
        self.assert_status(303);
        assert_eq!(self.leads_to(), path);
        self
    }

    /// The message beside a field, which also stands in the summary and belongs to the field for those who hear it.
    #[track_caller]
    pub fn assert_problem(&self, field: &str, words: &str) -> &Answer {
        assert_eq!(self.problems(), [(field.to_owned(), words.to_owned())]);
        assert_eq!(self.texts(&format!("#{field}-error")), [format!("Error: {words}")]);
        let described = self.attribute(&format!("[name={field}]"), "aria-describedby");
        assert!(described.split(' ').any(|id| id == format!("{field}-error")), "{described}");
        self
    }

    /// The message about the form as a whole.
    #[track_caller]
    pub fn assert_summary(&self, words: &str) -> &Answer {
        let problems = self.problems();
        assert_eq!(problems.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(), [words]);
        self
    }

    /// The message that the last answer left.
    #[track_caller]
    pub fn assert_flash(&self, words: &str) -> &Answer {
        self.assert_status(200);
        assert_eq!(self.texts(".flash p"), [words]);
        self
    }

    /// Where it leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A cookie it sets, by its name without the port that may end it.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> Cookie<'_> {
        let is_port = |rest: &str| rest.strip_prefix('-').is_some_and(|port| port.parse::<u16>().is_ok());
        let is_it = |sent: &str| sent.strip_prefix(name).is_some_and(|rest| rest.is_empty() || is_port(rest));
        let mut cookies =
            self.headers.get_all(SET_COOKIE).iter().map(|line| Cookie::parse(line.to_str().unwrap()).unwrap());
        cookies.rfind(|cookie| is_it(cookie.name())).unwrap_or_else(|| panic!("no cookie {name}"))
    }

    /// Its body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What a reader sees of a page, or the whole of anything else.
    pub fn gist(&self) -> String {
        let main = self.texts("main").join(" ");
        if main.is_empty() { self.text() } else { main }
    }

    /// Everything wrong, by the summary: the field each line leads to, and its words.
    pub fn problems(&self) -> Vec<(String, String)> {
        let field = |link: ElementRef<'_>| (link.attr("href").unwrap_or_default()[1..].to_owned(), text_of(link));
        self.find(".errors li a", field)
    }

    /// What stands in a field.
    #[track_caller]
    pub fn value(&self, field: &str) -> String {
        let value = |element: ElementRef<'_>| match element.value().name() {
            "textarea" => element.text().collect::<String>(),
            "select" => element
                .select(&Selector::parse("option[selected]").unwrap())
                .next()
                .and_then(|option| option.attr("value"))
                .unwrap_or_default()
                .to_owned(),
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        let values = self.find(&format!("[name={field}]:not([type=radio])"), value);
        assert_eq!(values.len(), 1, "fields called {field}");
        values.into_iter().next().unwrap()
    }

    /// Whether a box is ticked.
    pub fn is_checked(&self, field: &str) -> bool {
        !self.find(&format!("[name={field}][checked]"), |_| ()).is_empty()
    }

    /// The texts of all elements of a CSS selector.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.find(selector, text_of)
    }

    /// The only text of a CSS selector.
    #[track_caller]
    pub fn one(&self, selector: &str) -> String {
        let texts = self.texts(selector);
        assert_eq!(texts.len(), 1, "{selector}: {}", self.gist());
        texts.into_iter().next().unwrap()
    }

    /// An attribute of all elements of a CSS selector that have it.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.find(selector, |element| element.attr(name).map(str::to_owned)).into_iter().flatten().collect()
    }

    /// An attribute of the first element of a CSS selector.
    #[track_caller]
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        self.attributes(selector, name).into_iter().next().unwrap_or_else(|| panic!("no {name} at {selector}"))
    }

    fn find<T>(&self, selector: &str, of: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        let page = Html::parse_document(&self.text());
        page.select(&Selector::parse(selector).expect("a CSS selector")).map(of).collect()
    }
}

/// Its text as it is read: spaces between words are one.
fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
