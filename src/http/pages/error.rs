//! The page of an error.

use std::sync::Arc;

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::context::{Page, PageContext};
use super::reader::Reader;
use crate::http::page_error::PageError;
use crate::http::visitor::Visitor;
use crate::request_id::RequestId;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: PageContext,
    key: &'static str,
    status: u16,
    id: Option<String>,
    minutes: u64,
}

impl ErrorPage {
    fn title(&self) -> String {
        self.shell.words.text(format!("{}-title", self.key)).into_owned()
    }

    fn lead(&self) -> String {
        self.shell.words.with(format!("{}-lead", self.key), &[("number", self.minutes.into())])
    }
}

/// Gives an answer that is an error its page. `reader` is whom it is for.
pub(in crate::http) fn render(response: Response, reader: &Arc<Reader>) -> Response {
    let error = match response.extensions().get::<PageError>() {
        Some(error) => error.clone(),
        None if response.headers().contains_key(header::CONTENT_TYPE) => return response,
        None => match PageError::of_status(response.status()) {
            Some(error) => error,
            None => return response,
        },
    };
    let wait = match &error {
        PageError::TooMany(wait) | PageError::Busy(wait) => wait.as_secs(),
        _ => 0,
    };
    // Who is asking is found out further in, where a request gets as far as that.
    let visitor = response.extensions().get::<Visitor>().and_then(|visitor| visitor.0.clone());
    let page = ErrorPage {
        shell: PageContext::of_reader(Arc::clone(reader), visitor).without_message(),
        key: error.key(),
        status: error.status().as_u16(),
        id: RequestId::current().filter(|_| matches!(error, PageError::Internal)).map(|id| id.to_string()),
        minutes: wait.div_ceil(60).max(1),
    };
    let mut answer = (error.status(), Page(page)).into_response();
    if let Some(value) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, value.clone());
    }
    error.add_retry_after(&mut answer);
    answer
}
