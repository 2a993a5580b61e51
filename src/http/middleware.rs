//! What surrounds the answer to a request, from the outside inwards. It is one function for each kind of request, as each
//! `layer` of a router is a box that is copied for each request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;

use crate::app::App;
use crate::config::DatabaseUrl;

use super::bodies::{self, Door, FORM_LIMIT};
use super::cookies::translation::Translation;
use super::cookies::{self, Cookies};
use super::headers::Headers;
use super::observe::Observed;
use super::page_error;
use super::pages::reader::Reader;
use super::scheme::IsHttps;
use super::stages::Stages;
use super::{api, compression, door, internal, pages, plain, same_origin, sessions, visitor};

/// What the public listener's middleware needs.
pub(super) struct Public {
    app: App,
    headers: Headers,
    cookies: Translation,
    files: Door,
    pages: Door,
    stages: Stages,
}

impl Public {
    pub(super) fn new(app: &App, headers: Headers) -> Arc<Public> {
        Arc::new(Public {
            app: app.clone(),
            headers,
            cookies: Translation::of(app),
            files: door(app, plain),
            pages: door(app, page_error::refuse),
            stages: Stages::new(matches!(app.settings().database_url, DatabaseUrl::Postgres(_))),
        })
    }

    /// What every request passes. Those of `stages` are answered together.
    async fn around<F>(
        &self,
        mut request: Request,
        stages: Option<&Stages>,
        answer: impl FnOnce(Request) -> F,
    ) -> Response
    where
        F: Future<Output = Response>,
    {
        let _under_way = stages.map(Stages::enter);
        let observed = Observed::begin(&request);
        let is_https = IsHttps::of(&self.app, &request);
        request.extensions_mut().insert(is_https);
        let cookies = self.cookies.inwards(&mut request, is_https);
        let mut response = observed.answer(answer(request)).await;
        self.headers.add(&mut response, is_https);
        self.cookies.outwards(&cookies, &mut response, is_https);
        if let Some(stages) = stages {
            stages.last().await;
        }
        observed.end(&mut response);
        response
    }

    /// What a page's request passes inside of that.
    async fn page(self: &Arc<Self>, mut request: Request, next: Next) -> Response {
        if let Some(elsewhere) = api::not_found(&self.app, &request) {
            return elsewhere;
        }
        // One look at the database's state serves each request that came before it began.
        let since = Instant::now();
        self.stages.next().await;
        let takes_gzip = compression::is_taken(request.headers());
        let cookies = Cookies::of(request.extensions());
        let reader = Reader::of(&self.app, request.headers(), request.uri(), &cookies);
        request.extensions_mut().insert(Arc::clone(&reader));
        let answer = bodies::bound(&self.pages, request, |request| self.visit(request, since, next));
        let mut answer = AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(page_error::panicked);
        if reader.shows_message(&answer) {
            answer.headers_mut().append(header::SET_COOKIE, cookies::clear_flash());
        }
        compression::page(pages::error::render(answer, &reader), takes_gzip).await
    }

    /// What may go wrong with a page's request before its handler is asked has its page as well.
    async fn visit(self: &Arc<Self>, mut request: Request, since: Instant, next: Next) -> Response {
        DefaultBodyLimit::max(FORM_LIMIT).apply(&mut request);
        match pages::check_address(request.uri()).and_then(|()| same_origin::check(&self.app, &request)) {
            Ok(()) => {
                let (public, with_standing) = (Arc::clone(self), request.uri().path() == pages::OVERVIEW);
                sessions::manage(&self.app, request, move |request| {
                    let (public, next) = (Arc::clone(&public), next.clone());
                    async move { visitor::identify(&public.app, request, since, with_standing, next).await }
                })
                .await
            }
            Err(error) => error.into_response(),
        }
    }
}

/// A request for a page.
pub(super) async fn page(State(public): State<Arc<Public>>, request: Request, next: Next) -> Response {
    // Boxed, as what is around it is copied by the layers of a router.
    public.around(request, Some(&public.stages), |request| Box::pin(public.page(request, next))).await
}

/// A call of an API.
pub(super) async fn call(State(public): State<Arc<Public>>, request: Request, next: Next) -> Response {
    public.around(request, None, |request| next.run(request)).await
}

/// A request for a file.
pub(super) async fn file(State(public): State<Arc<Public>>, request: Request, next: Next) -> Response {
    public.around(request, None, |request| bodies::bound(&public.files, request, |request| next.run(request))).await
}

/// Bounds the bodies of requests; `door` says in its words why one is refused.
pub(super) async fn bounded(State(door): State<Door>, request: Request, next: Next) -> Response {
    bodies::bound(&door, request, |request| next.run(request)).await
}

/// A request to the internal listener, by a service. Nothing is before what keeps browsers out, but what counts and logs.
pub(super) async fn service(State(app): State<App>, request: Request, next: Next) -> Response {
    let observed = Observed::begin(&request);
    let mut response = match internal::refusal(&app, &request) {
        None => observed.answer(next.run(request)).await,
        Some(refusal) => refusal,
    };
    observed.end(&mut response);
    response
}
