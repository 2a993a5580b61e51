//! The methods of a path. Handlers stand in them behind one type: axum's services around a handler are compiled once for
//! each type of handler otherwise, which took a third of the time in which only one core compiles this crate.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodRouter};

use crate::app::App;

/// What a handler's answer comes out of: functions' are boxed by axum.
type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler whatever it takes.
#[derive(Clone)]
struct Erased(Arc<dyn Fn(Request, App) -> Answer + Send + Sync>);

impl Handler<(), App> for Erased {
    type Future = Answer;

    fn call(self, request: Request, app: App) -> Answer {
        (self.0)(request, app)
    }
}

/// A handler behind the one type.
pub(super) fn erased<T: 'static>(handler: impl Handler<T, App, Future = Answer>) -> impl Handler<(), App> {
    Erased(Arc::new(move |request, app| handler.clone().call(request, app)))
}

/// Answers GET, and HEAD with its headers.
pub(super) fn get<T: 'static>(handler: impl Handler<T, App, Future = Answer>) -> MethodRouter<App> {
    routing::get(erased(handler))
}

/// Answers POST.
pub(super) fn post<T: 'static>(handler: impl Handler<T, App, Future = Answer>) -> MethodRouter<App> {
    routing::post(erased(handler))
}

/// Answers PUT.
pub(super) fn put<T: 'static>(handler: impl Handler<T, App, Future = Answer>) -> MethodRouter<App> {
    routing::put(erased(handler))
}

/// Answers DELETE.
pub(super) fn delete<T: 'static>(handler: impl Handler<T, App, Future = Answer>) -> MethodRouter<App> {
    routing::delete(erased(handler))
}

/// Answers every method that nothing else answers.
pub(super) fn any<T: 'static>(handler: impl Handler<T, App, Future = Answer>) -> MethodRouter<App> {
    routing::any(erased(handler))
}

/// A page with a form: GET shows it, POST takes what is submitted.
pub(super) fn form<T: 'static, U: 'static>(
    show: impl Handler<T, App, Future = Answer>,
    submit: impl Handler<U, App, Future = Answer>,
) -> MethodRouter<App> {
    get(show).merge(post(submit))
}
