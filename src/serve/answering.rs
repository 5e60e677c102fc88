//! A site behind connections, with a line for each request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::log;
use super::reply::{Cause, Refusal};
use super::site::Site;
use crate::connections::Answering;

/// Where lines about requests go.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// Takes a line without its end.
    pub write: fn(&str),
    /// Whether every request has a line, or only those that could not be answered.
    pub has_all: bool,
}

/// A site that writes a line for each request.
#[derive(Debug)]
pub struct Served {
    site: Site,
    log: Log,
}

impl Site {
    /// The same with a line for each request.
    pub fn logged(self, log: Log) -> Served {
        Served { site: self, log }
    }
}

impl Answering for Served {
    type Body = Full<Bytes>;

    /// Looks the answer up on a thread of its own, so that a long look-up holds nobody else's connection up.
    async fn answer(
        self: Arc<Self>,
        client: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let (request, body) = request.into_parts();
        drop(body);
        let answered = tokio::task::spawn_blocking(move || {
            let start = Instant::now();
            let response = self.site.answer(&request);
            let Log { write, has_all } = self.log;
            let cause = response.extensions().get::<Cause>();
            if has_all || cause.is_some() {
                write(&log::line(
                    client,
                    &request,
                    response.status(),
                    response.body().len(),
                    start.elapsed(),
                ));
            }
            if let Some(Cause(cause)) = cause {
                write(&format!("error: {cause}"));
            }
            response
        });
        let response = answered.await.unwrap_or_else(|panic| Refusal::Internal(panic.to_string()).response());
        response.map(Full::new)
    }
}
