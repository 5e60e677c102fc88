//! Connections: how many, how long, how they end.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::log;
use super::patience::Patient;
use super::reply::Refusal;
use super::site::Site;
use crate::error::{Error, Result};

/// Others wait until one ends.
const CONNECTIONS_MAX: usize = 512;
/// Of a request line and all headers; more is refused with 431.
const HEADER_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;
/// In which a client has to send its request line and headers, and in which it may think about the next request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);
/// In which a client has to take an answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);
/// In which requests under way are finished once the server stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// How often it is seen that the server shall stop.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// Listens on an address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

/// What every connection needs.
struct Desk {
    site: Site,
    log: Option<fn(&str)>,
}

impl Server {
    /// Takes the address; requests that come from here on wait for [`run`](Self::run).
    pub fn bind(listen: SocketAddr) -> Result<Self> {
        let failed = |source| Error::Unlistenable { address: listen, source };
        let listener = TcpListener::bind(listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// The address with the port that was given where any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it shall stop, then finishes what is under way.
    pub fn run(self, site: Site, is_stopped: impl Fn() -> bool, log: Option<fn(&str)>) -> Result<()> {
        let failed = |source| Error::Unlistenable { address: self.address, source };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .max_blocking_threads(2 * std::thread::available_parallelism().map_or(1, usize::from))
            .enable_all()
            .build()
            .map_err(failed)?;
        let desk = Arc::new(Desk { site, log });
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            accept_all(listener, desk, is_stopped).await;
            std::io::Result::Ok(())
        });
        runtime.shutdown_background();
        served.map_err(failed)
    }
}

async fn accept_all(listener: tokio::net::TcpListener, desk: Arc<Desk>, is_stopped: impl Fn() -> bool) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    while !is_stopped() {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.expect("the places are never closed");
            (place, listener.accept().await)
        };
        match timeout(HEARTBEAT, next).await {
            Ok((place, Ok((stream, client)))) => {
                keep(stream, client, place, Arc::clone(&desk), &graceful);
            }
            // No descriptor is left, or the client has gone: neither is for ever.
            Ok((_, Err(_))) => sleep(HEARTBEAT).await,
            Err(_) => {}
        }
    }
    drop(listener);
    // Who has not taken his answer by then does not get it.
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
}

/// Answers the requests of one connection, one after the other.
fn keep(
    stream: TcpStream,
    client: SocketAddr,
    place: OwnedSemaphorePermit,
    desk: Arc<Desk>,
    graceful: &GracefulShutdown,
) {
    // It only makes small answers faster.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(Arc::clone(&desk), client, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_PATIENCE)
        .max_header_size(HEADER_BYTES_MAX)
        .max_buf_size(2 * HEADER_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(Patient::new(stream, ANSWER_PATIENCE)), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that breaks off or talks nonsense is nobody's fault here.
        let _ = connection.await;
        drop(place);
    });
}

/// Looks the answer up on a thread of its own, so that a long look-up holds nobody else's connection up.
async fn answer(
    desk: Arc<Desk>,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (request, body) = request.into_parts();
    drop(body);
    let answered = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        let response = desk.site.answer(&request);
        if let Some(log) = desk.log {
            log(&log::line(client, &request, response.status(), response.body().len(), start.elapsed()));
        }
        response
    });
    let response = answered.await.unwrap_or_else(|_: tokio::task::JoinError| Refusal::Internal.response());
    Ok(response.map(Full::new))
}
