//! Which address leads to which page, and what every answer has.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::routing::{MethodRouter, get, post};
use chrono::{DateTime, Utc};
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Request, Response, Uri};
use tower_service::Service as _;

use super::asked::Asked;
use super::doorway::{Doorway, START, Session, Visitor};
use super::looked::Looks;
use super::opened::{Opened, Settings};
use super::parameters::Parameters;
use super::reply::{Problem, Reply, in_words, with, with_type};
use super::{answer, behind, changes, download, figures, form, history, months, page, warnings};
use crate::book::BookWriter;
use crate::config::MonthSettings;
use crate::connections::Answering;
use crate::error::{Error, Result};
use crate::ingest::Progress;

/// What the desk is given by the face that starts it.
pub trait Surroundings: Send + Sync + 'static {
    /// The time now.
    ///
    /// # Errors
    /// A clock that cannot be read.
    fn now(&self) -> Result<DateTime<Utc>>;

    /// The command that shows the same.
    fn command(&self, asked: &Asked<'_>, month: Option<&MonthSettings>) -> String;

    /// Takes note of what was written to the book.
    fn written(&self, writer: &BookWriter);

    /// Takes note of why a page could not be made.
    fn failed(&self, cause: &str);
}

/// Pages over a book.
#[derive(Debug)]
pub struct Desk {
    shared: Arc<Shared>,
    router: Router,
    address: SocketAddr,
}

/// What all pages need.
pub(crate) struct Shared {
    settings: Settings,
    surroundings: Box<dyn Surroundings>,
    pub doorway: Doorway,
    /// Interrupted when the desk ends, so that nothing is computed any more.
    progress: Arc<Progress>,
    pub looks: Looks,
}

/// One request of a browser that was let in.
#[derive(Debug)]
pub(crate) struct Visit {
    pub shared: Arc<Shared>,
    pub session: Session,
    pub parameters: Parameters,
}

/// What a page comes to.
pub(crate) type Outcome = Result<Reply, Problem>;

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk that is reached at an address of this machine. It ends when the progress is interrupted, and interrupts it when
    /// its button is pressed.
    ///
    /// # Errors
    /// An address that other machines reach; a system without random numbers.
    pub fn new(
        settings: Settings,
        address: SocketAddr,
        surroundings: impl Surroundings,
        progress: Arc<Progress>,
    ) -> Result<Self> {
        Self::check(address)?;
        let shared = Arc::new(Shared {
            settings,
            surroundings: Box::new(surroundings),
            doorway: Doorway::new(address)?,
            progress,
            looks: Looks::default(),
        });
        Ok(Self { router: router(Arc::clone(&shared)), shared, address })
    }

    /// # Errors
    /// An address that other machines reach.
    pub fn check(address: SocketAddr) -> Result<()> {
        match address.ip().is_loopback() {
            true => Ok(()),
            false => Err(Error::BadParameter {
                parameter: "listen",
                value: address.to_string(),
                expected:
                    "an address of this machine alone, as 127.0.0.1:0; the desk has no accounts and no TLS"
                        .to_owned(),
            }),
        }
    }

    /// Where the first browser is let in. It has a secret in it; `None` once it was used.
    pub fn start_address(&self) -> Option<String> {
        Some(format!("http://{}{}", self.address, self.shared.doorway.start_path()?))
    }
}

impl Answering for Desk {
    type Body = Body;

    async fn answer(self: Arc<Self>, _: SocketAddr, request: Request<Incoming>) -> Response<Body> {
        let (request, body) = request.into_parts();
        let mut response = match self.shared.doorway.admit(&request) {
            Err(refusal) => page::refused(refusal, request.uri.path()).response(),
            Ok(visitor) => {
                let mut request = Request::from_parts(request, body);
                request.extensions_mut().insert(visitor);
                // A router is always ready, and has no error.
                let Ok(response) = self.router.clone().call(request).await;
                response
            }
        };
        protect(&mut response);
        response
    }
}

/// Only the desk's own style; no script, no frame, no other address.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

fn protect(response: &mut Response<Body>) {
    let always: [(HeaderName, &str); 7] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Forms need their origin; no other site learns anything.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in always {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", reading(months::page))
        .route("/figures", reading(figures::page))
        .route("/behind", reading(behind::page))
        .route("/warnings", reading(warnings::page))
        .route("/changes", reading(changes::page))
        .route("/log", reading(history::page))
        .route("/download/{name}", get(file))
        .route("/stop", post(form::stop))
        .route(answer::PATH, post(form::acknowledge))
        .route(START, get(start))
        .route("/assets/desk.css", get(style))
        .fallback(reading(|_| Err(Problem::Nowhere)))
        .with_state(shared)
}

/// A page that changes nothing. It is made on a thread of its own, so that a long one holds no other up.
fn reading(view: fn(&Visit) -> Outcome) -> MethodRouter<Arc<Shared>> {
    get(move |State(shared): State<Arc<Shared>>, Extension(visitor): Extension<Visitor>, uri: Uri| {
        visited(shared, visitor, uri, view)
    })
}

/// A file that is named in the address by what it shows.
async fn file(
    State(shared): State<Arc<Shared>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    uri: Uri,
) -> Response<Body> {
    visited(shared, visitor, uri, move |visit| download::file(visit, &name)).await
}

async fn visited(
    shared: Arc<Shared>,
    visitor: Visitor,
    uri: Uri,
    view: impl FnOnce(&Visit) -> Outcome + Send + 'static,
) -> Response<Body> {
    let Visitor::Known(session) = visitor else {
        return page::refused(super::doorway::Refusal::Stranger, uri.path()).response();
    };
    let visit = Visit { shared, session, parameters: Parameters::parse(uri.query().unwrap_or_default()) };
    visit.answer(view).await
}

impl Visit {
    /// Makes a page on a thread of its own.
    pub(crate) async fn answer(self, view: impl FnOnce(&Self) -> Outcome + Send + 'static) -> Response<Body> {
        let shared = Arc::clone(&self.shared);
        let answered = tokio::task::spawn_blocking(move || {
            let reply = view(&self).unwrap_or_else(|problem| {
                if let Problem::Library(error) = &problem
                    && problem.status().is_server_error()
                {
                    self.shared.surroundings.failed(&in_words(error));
                }
                page::problem(&self, &problem)
            });
            reply.response()
        });
        answered.await.unwrap_or_else(|panic| {
            shared.surroundings.failed(&panic.to_string());
            page::broken().response()
        })
    }

    /// The book and its settings as they are now.
    pub(crate) fn open(&self) -> Result<Opened> {
        self.shared.settings.open(self.shared.surroundings.now()?)
    }

    /// Ends a computation when the desk ends.
    pub(crate) fn watch(&self) -> &Arc<Progress> {
        &self.shared.progress
    }

    /// The command that shows the same.
    pub(crate) fn command(&self, asked: &Asked<'_>, opened: &Opened) -> String {
        self.shared.surroundings.command(asked, opened.month_settings())
    }

    /// Whether nothing is written to the book.
    pub(crate) fn is_read_only(&self) -> bool {
        self.shared.settings.is_read_only
    }

    /// The time now.
    pub(crate) fn now(&self) -> Result<DateTime<Utc>> {
        self.shared.surroundings.now()
    }

    /// Takes note of what was written to the book.
    pub(crate) fn written(&self, writer: &BookWriter) {
        self.shared.surroundings.written(writer);
    }

    /// The name of the book's folder.
    pub(crate) fn book_name(&self) -> String {
        let folder = &self.shared.settings.book;
        folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
    }

    /// Ends the desk.
    pub(crate) fn stop(&self) {
        self.shared.progress.interrupt();
    }
}

/// Lets the first browser in, and takes the token out of its address. The page leads on by itself: a browser does not send
/// the new cookie along when it follows a redirect that began in another program.
async fn start(
    State(shared): State<Arc<Shared>>,
    Extension(visitor): Extension<Visitor>,
    uri: Uri,
) -> Response<Body> {
    let parameters = Parameters::parse(uri.query().unwrap_or_default());
    if let Visitor::Known(_) = visitor {
        return Reply::Elsewhere("/".to_owned()).response();
    }
    match shared.doorway.start(parameters.one("token").unwrap_or_default()) {
        Ok(cookie) => {
            let response = with(page::welcome().response(), SET_COOKIE, &cookie);
            with(response, REFERRER_POLICY, "no-referrer")
        }
        Err(refusal) => page::refused(refusal, START).response(),
    }
}

async fn style() -> Response<Body> {
    with_type("text/css; charset=utf-8", page::style())
}
