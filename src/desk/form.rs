//! Forms that the desk's own pages send.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, State};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response};

use super::doorway::{Refusal, Visitor};
use super::parameters::Parameters;
use super::site::{Shared, Visit};
use super::{answer, page};

/// No form of the desk is longer.
const BYTES_MAX: usize = 64 << 10;

/// In which a browser sends a form.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends the desk.
pub(crate) async fn stop(
    State(shared): State<Arc<Shared>>,
    Extension(visitor): Extension<Visitor>,
    request: Request<Body>,
) -> Response<Body> {
    match sent(shared, visitor, request).await {
        Ok(visit) => {
            visit.stop();
            page::stopped().response()
        }
        Err(refusal) => page::refused(refusal, "/stop").response(),
    }
}

/// Writes an answer for a warning into the book's log.
pub(crate) async fn acknowledge(
    State(shared): State<Arc<Shared>>,
    Extension(visitor): Extension<Visitor>,
    request: Request<Body>,
) -> Response<Body> {
    match sent(shared, visitor, request).await {
        Ok(visit) if visit.is_read_only() => page::refused(Refusal::ReadOnly, "").response(),
        Ok(visit) => visit.answer(answer::acknowledge).await,
        Err(refusal) => page::refused(refusal, "").response(),
    }
}

/// What a form says, if a page of this session sent it. The origin is known to be the desk's own.
async fn sent(shared: Arc<Shared>, visitor: Visitor, request: Request<Body>) -> Result<Visit, Refusal> {
    let Visitor::Known(session) = visitor else { return Err(Refusal::Stranger) };
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type != Some("application/x-www-form-urlencoded") {
        return Err(Refusal::Form);
    }
    let body = tokio::time::timeout(PATIENCE, to_bytes(request.into_body(), BYTES_MAX)).await;
    let body = body.ok().and_then(Result::ok).ok_or(Refusal::Form)?;
    let parameters = Parameters::parse(&String::from_utf8_lossy(&body));
    match session.form.is(parameters.one("token").unwrap_or_default()) {
        true => Ok(Visit { shared, session, parameters }),
        false => Err(Refusal::Form),
    }
}
