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
use hyper::{Method, Request, Response, Uri};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use super::asked::Asked;
use super::doorway::{Doorway, START, Session, Visitor};
use super::looked::Looks;
use super::opened::{Opened, Settings};
use super::parameters::{Known, Parameters};
use super::reply::{Problem, Reply, in_words, with, with_type};
use super::{answer, behind, changes, download, figures, form, history, months, page, warnings};
use crate::book::BookWriter;
use crate::config::MonthSettings;
use crate::connections::Answering;
use crate::error::{Error, Result};
use crate::ingest::Progress;
use crate::usecase::ReportQuestion;

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
    /// How many long pages and files are made at once.
    computing: Arc<Semaphore>,
}

/// Long pages and files at once; the others wait, so that a short page does not wait for all of them.
const AT_ONCE: usize = 2;

/// What the address of each page can say.
const MONTHS: Known = Known::once(&["all"]);
const FIGURES: Known = Known {
    once: &["period", "version", "compare", "top", "sort", "figures-page"],
    often: &["by"],
    has_filters: true,
};
const BEHIND: Known = Known {
    once: &["period", "version", "unit", "currency", "component", "user", "records-page", "arithmetic-page"],
    often: &[],
    has_filters: true,
};
const WARNINGS: Known = Known::once(&["period", "version", "rows-page"]);
const CHANGES: Known = Known::once(&["period", "from", "to", "changes-page", "money-page"]);
const LOG: Known = Known::NOTHING;

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
            computing: Arc::new(Semaphore::new(AT_ONCE)),
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
            Err(refusal) => page::refused(refusal, &own_address(&request.uri)).response(),
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
        .route("/", computing(&MONTHS, months::page))
        .route("/figures", computing(&FIGURES, figures::page))
        .route("/behind", computing(&BEHIND, behind::page))
        .route("/warnings", computing(&WARNINGS, warnings::page))
        .route("/changes", computing(&CHANGES, changes::page))
        .route("/log", reading(history::page))
        .route("/download/{name}", get(file))
        .route("/stop", post(form::stop))
        .route(answer::PATH, post(form::acknowledge))
        .route(START, get(start))
        .route("/assets/desk.css", get(style))
        .fallback(nowhere)
        .with_state(shared)
}

/// A page that changes nothing and is made at once, on a thread of its own.
fn reading(view: fn(&Visit) -> Outcome) -> MethodRouter<Arc<Shared>> {
    get(async move |State(shared): State<Arc<Shared>>, Extension(visitor): Extension<Visitor>, uri: Uri| {
        match visit(shared, visitor, &uri, &LOG) {
            Ok(visit) => visit.answer(view).await,
            Err(response) => response,
        }
    })
}

/// The same of a page that may take long.
fn computing(known: &'static Known, view: fn(&Visit) -> Outcome) -> MethodRouter<Arc<Shared>> {
    get(async move |State(shared): State<Arc<Shared>>, Extension(visitor): Extension<Visitor>, uri: Uri| {
        match visit(shared, visitor, &uri, known) {
            Ok(visit) => visit.compute(view).await,
            Err(response) => response,
        }
    })
}

async fn nowhere(
    Extension(visitor): Extension<Visitor>,
    State(shared): State<Arc<Shared>>,
) -> Response<Body> {
    match visit(shared, visitor, &Uri::default(), &Known::NOTHING) {
        Ok(visit) => page::problem(&visit, &Problem::Nowhere).response(),
        Err(response) => response,
    }
}

/// The path and the query of an address.
fn own_address(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(String::new, ToString::to_string)
}

/// A file that is named in the address by what it shows.
async fn file(
    State(shared): State<Arc<Shared>>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    uri: Uri,
) -> Response<Body> {
    match visit(shared, visitor, &uri, download::known(&name)) {
        Ok(visit) => visit.compute(move |visit| download::file(visit, &name)).await,
        Err(response) => response,
    }
}

/// A request of a browser that was let in and whose address says what it can; else the answer that says what is wrong.
#[expect(clippy::result_large_err, reason = "the response is sent as it is")]
fn visit(shared: Arc<Shared>, visitor: Visitor, uri: &Uri, known: &Known) -> Result<Visit, Response<Body>> {
    let Visitor::Known(session) = visitor else {
        return Err(page::refused(super::doorway::Refusal::Stranger, &own_address(uri)).response());
    };
    let read = Parameters::read(uri.query().unwrap_or_default(), known);
    let (parameters, wrong) = match read {
        Ok(parameters) => (parameters, None),
        Err(wrong) => (Parameters::default(), Some(wrong)),
    };
    let visit = Visit { shared, session, parameters };
    match wrong {
        None => Ok(visit),
        Some(wrong) => Err(page::problem(&visit, &Problem::Address(wrong)).response()),
    }
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

    /// Makes a page that may take long, a few of them at once.
    async fn compute(self, view: impl FnOnce(&Self) -> Outcome + Send + 'static) -> Response<Body> {
        // Nobody closes it. Who goes away while waiting waits no more.
        let permit = Arc::clone(&self.shared.computing).acquire_owned().await;
        self.answer(move |visit| {
            let _permit = permit;
            view(visit)
        })
        .await
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

    /// The same of figures; closed months have their own prices, and the command names none.
    pub(crate) fn command_of(
        &self,
        asked: &Asked<'_>,
        opened: &Opened,
        question: &ReportQuestion<'_>,
    ) -> String {
        let mut month = opened.month_settings().cloned();
        if let Some(month) = month.as_mut().filter(|_| question.records.tariff.is_none()) {
            (month.prices, month.exchange_rates, month.currency) = (None, None, None);
            (month.unpriced, month.basis) = (None, None);
        }
        self.shared.surroundings.command(asked, month.as_ref())
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
    method: Method,
    uri: Uri,
) -> Response<Body> {
    let parameters = Parameters::parse(uri.query().unwrap_or_default());
    if let Visitor::Known(_) = visitor {
        return Reply::Elsewhere("/".to_owned()).response();
    }
    // A program that only looks whether there is something does not use the token up.
    if method == Method::HEAD {
        return Response::new(Body::empty());
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
