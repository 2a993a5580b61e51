//! The APIs: which path and method belongs to which dialect, in one place, and what the dialects share.
//!
//! `/api/users` and `/api/user` are the Django dialect's, whatever is asked below them. `/users` is shared by method:
//! POST is CLARK's, the rest FastAPI's; what is below it and unknown is answered in FastAPI's words. `PORTICO_DIALECTS`
//! says which dialects are open. A new dialect is a folder with an [`Api`], a place in [`APIS`], and its routes in
//! [`router`].

mod authorization;
mod body;
mod clark;
mod django;
mod fastapi;
mod json;
mod oauth;
mod openapi;

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::config::Dialects;
use crate::jwt::Dialect;

use super::page_error::PageError;
use super::routing::{any, delete, erased, get, post, put};
use super::{door, middleware, plain};
use openapi::Document;

/// A REST dialect: its tokens, and what is asked of it beside its routes.
struct Api {
    /// Its name and its tokens.
    dialect: &'static Dialect,
    /// What its paths begin with. Where several dialects have the same, the first that is open answers below it.
    bases: &'static [&'static str],
    /// Its answer where no route is.
    not_found: fn() -> Response,
    /// Describes its calls, and the credentials that it takes.
    describe: fn(&mut Document),
}

/// Every dialect, in the order in which the OpenAPI document has them.
static APIS: [Api; 3] = [django::API, fastapi::API, clark::API];

/// The dialects, for those who issue and verify tokens.
pub fn dialects() -> Vec<&'static Dialect> {
    APIS.iter().map(|api| api.dialect).collect()
}

/// The names of the dialects, for the settings.
pub fn dialect_names() -> Vec<&'static str> {
    APIS.iter().map(|api| api.dialect.name).collect()
}

/// The dialects that are open.
fn open_apis(open: &Dialects) -> impl Iterator<Item = &'static Api> {
    APIS.iter().filter(|api| open.has(api.dialect.name))
}

/// Every API of the public listener, of the dialects that are open. What belongs to a closed one is not there.
pub(super) fn router(app: &App) -> Router<App> {
    let open = &app.settings().dialects;
    let dialects = django_or_its_pictures(app).merge(users(app, open)).layer(from_fn(cors));
    if !open.any() {
        // With every dialect closed there are no tokens to ask about.
        return dialects;
    }
    let keys = oauth::keys().layer(from_fn(cors));
    let services = oauth::router().merge(keys).layer(from_fn_with_state(door(app, oauth::unseen), middleware::bounded));
    let documents = openapi::router(open).layer(from_fn_with_state(door(app, plain), middleware::bounded));
    dialects.merge(services).merge(documents)
}

/// What a registration is told that waits for its address to be confirmed.
fn confirm_first(address: &str) -> String {
    format!("We sent a link to {address}. Open it, then log in.")
}

/// The Django dialect; or, when it is closed, the links to pictures that it gave out.
fn django_or_its_pictures(app: &App) -> Router<App> {
    if !app.settings().dialects.has(django::API.dialect.name) {
        let mut files = Router::new();
        for base in ["/api/users/media", "/api/user/media"] {
            files = files.route(&format!("{base}/{{file}}"), get(super::avatar::older));
            files = files.route(&format!("{base}/{{key}}/{{file}}"), get(super::media::show));
        }
        return framed(app, files, plain);
    }
    framed(app, django::users().merge(django::user()), django::fault)
}

/// What FastAPI's and CLARK's dialects share. A call of the closed one is answered as an unknown address.
fn users(app: &App, open: &Dialects) -> Router<App> {
    let [has_fastapi, has_clark] = [&fastapi::API, &clark::API].map(|api| open.has(api.dialect.name));
    // By any method, and without telling by `Allow` which are CLARK's: axum adds that outside of every layer.
    let alone = |own: MethodRouter<App>| if has_fastapi { own } else { any(async || clark::not_found()).merge(own) };
    let nothing = async || fastapi::not_found();
    let (mut fastapi, mut clark) = (Router::new(), Router::new());
    for slash in ["", "/"] {
        let at = |path: &str| format!("/users{path}{slash}");
        if has_fastapi {
            fastapi = fastapi
                .route(&at(""), get(fastapi::show).merge(put(fastapi::update)).merge(delete(fastapi::remove)))
                .route(&at("/register"), post(fastapi::register))
                .route(&at("/login"), post(fastapi::log_in))
                .route(&at("/logout"), post(fastapi::log_out));
        }
        if has_clark {
            clark = clark
                .route(&at(""), alone(post(clark::register)))
                .route(&at("/tokens"), alone(post(clark::log_in).merge(delete(clark::remove_self))))
                .route(&at("/{name}"), alone(delete(clark::remove)))
                .route(&at("/{name}/tokens"), alone(post(clark::validate).merge(delete(clark::log_out))));
        }
        if has_fastapi {
            for name in ["/register", "/login", "/logout"] {
                if has_clark {
                    clark = clark.route(&at(name), delete(clark::remove_reserved));
                } else {
                    fastapi = fastapi.route(&at(name), delete(nothing));
                }
            }
            if !has_clark {
                fastapi = fastapi.route(&at(""), post(nothing));
            }
        }
    }
    let mut users = Router::new();
    if has_clark {
        users = users.merge(framed(app, clark, clark::fault));
    }
    if has_fastapi {
        users = users.merge(framed(app, fastapi, fastapi::fault));
    }
    users.method_not_allowed_fallback(erased(fastapi::method_not_allowed))
}

/// What every dialect's routes stand behind; `fault` says in its words what no handler says.
fn framed(app: &App, routes: Router<App>, fault: fn(StatusCode) -> Response) -> Router<App> {
    routes
        .layer(CatchPanicLayer::custom(move |_: Panic| fault(StatusCode::INTERNAL_SERVER_ERROR)))
        .layer(from_fn_with_state(door(app, fault), middleware::bounded))
        .layer(from_fn(move |request, next| unasked(request, next, fault)))
}

/// What a handler panicked with, which the panic hook has logged.
type Panic = Box<dyn Any + Send + 'static>;

/// Refuses what a page of another site makes its visitors' browsers send without asking first: else it could have all
/// of them try passwords and sign up, each from an address of their own. Front ends elsewhere send JSON, or a token,
/// and browsers ask for those.
async fn unasked(request: Request, next: Next, fault: fn(StatusCode) -> Response) -> Response {
    if is_unasked(request.method(), request.headers()) { fault(StatusCode::FORBIDDEN) } else { next.run(request).await }
}

/// Whether a browser says that another site makes it send this, and that it was not asked about it: what it sends so is
/// a "simple" request of the Fetch standard.
fn is_unasked(method: &Method, headers: &HeaderMap) -> bool {
    let is_foreign = headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"cross-site");
    let kind = body::media_type(headers);
    let is_simple =
        matches!(kind.as_str(), "" | "text/plain" | "application/x-www-form-urlencoded" | "multipart/form-data");
    *method == Method::POST && is_foreign && is_simple && !headers.contains_key(header::AUTHORIZATION)
}

/// Puts the words of CLARK's paths in lower case: Express took `/Users/Tokens` for `/users/tokens`. Names are left as
/// they are. To be done before routes are matched, which is before any layer of a router.
pub(crate) fn lowercase_clark_path<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    let path = request.uri().path();
    let is_users = path.get(1..6).is_some_and(|word| word.eq_ignore_ascii_case("users"));
    if !is_users || !path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return request;
    }
    let lowered = |(place, segment): (usize, &str)| match place {
        1 if segment.eq_ignore_ascii_case("users") => "users".to_owned(),
        2 | 3 if segment.eq_ignore_ascii_case("tokens") => "tokens".to_owned(),
        _ => segment.to_owned(),
    };
    let path = path.split('/').enumerate().map(lowered).collect::<Vec<_>>().join("/");
    let target = request.uri().query().map_or(path.clone(), |query| format!("{path}?{query}"));
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = target.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// Where no route is, but below an API that is open: answered in its dialect's words before any page's layer sees it.
pub(super) fn not_found(app: &App, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let is_below = |base: &&str| path.strip_prefix(*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let mut open = open_apis(&app.settings().dialects);
    let api = open.find(|api| api.bases.iter().any(is_below))?;
    Some(allow_any_origin(preflight(request).unwrap_or_else(api.not_found)))
}

/// Lets pages of any site use the APIs: they take no cookie, so a browser lends no user's log-in to another site.
async fn cors(request: Request, next: Next) -> Response {
    allow_any_origin(match preflight(&request) {
        Some(response) => response,
        None => next.run(request).await,
    })
}

/// The answer to a browser that asks what it may do, if the request is that. Whatever headers it names it may send:
/// monitoring adds some of its own to every request. `*` would leave out `Authorization`.
fn preflight(request: &Request) -> Option<Response> {
    let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || !asks {
        return None;
    }
    let mut response = StatusCode::OK.into_response();
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).filter(|names| is_list_of_names(names));
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value| headers.insert(name, value);
    add(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("DELETE, GET, OPTIONS, PATCH, POST, PUT"));
    add(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        wanted.cloned().unwrap_or(HeaderValue::from_static(
            "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with",
        )),
    );
    add(header::VARY, HeaderValue::from_static("access-control-request-headers"));
    add(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    add(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    Some(response)
}

/// Whether a value is names of headers, separated by commas, and nothing else.
fn is_list_of_names(value: &HeaderValue) -> bool {
    let is_name = |name: &[u8]| HeaderName::from_bytes(name.trim_ascii()).is_ok();
    value.len() <= 4096 && value.as_bytes().split(|byte| *byte == b',').all(is_name)
}

/// What pages elsewhere may read of an answer beside its body.
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after, x-request-id, www-authenticate, location");

fn allow_any_origin(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    response
}

/// Notes when to come again.
fn retry_after(mut response: Response, wait: Duration) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    response
}

/// Logs a fault, once; what the answer says of it is its dialect's.
fn log(error: &anyhow::Error) {
    let _ = PageError::internal(error);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Key;

    #[test]
    fn every_dialect_has_a_name() {
        let nameless = dialect_names().into_iter().filter(|name| Key::find(&format!("door-{name}")).is_none());
        assert_eq!(nameless.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn what_browsers_send_for_other_sites_without_asking_is_told_apart() {
        let is_refused = |method: Method, headers: &[(&'static str, &'static str)]| {
            let headers =
                headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            is_unasked(&method, &headers.collect())
        };
        let foreign = ("sec-fetch-site", "cross-site");
        for kind in
            ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
        {
            assert!(is_refused(Method::POST, &[foreign, ("content-type", kind)]), "{kind}");
            assert!(!is_refused(Method::POST, &[("content-type", kind)]), "{kind}");
            assert!(!is_refused(Method::POST, &[("sec-fetch-site", "same-site"), ("content-type", kind)]), "{kind}");
            assert!(
                !is_refused(Method::POST, &[foreign, ("content-type", kind), ("authorization", "JWT x")]),
                "{kind}"
            );
        }
        assert!(is_refused(Method::POST, &[foreign]));
        assert!(!is_refused(Method::POST, &[foreign, ("content-type", "application/json")]));
        assert!(!is_refused(Method::GET, &[foreign]));
    }
}
