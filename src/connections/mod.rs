//! Connections of HTTP: how many, how long, how they end. What is answered is for others to say.

mod crowd;
mod host;
mod patience;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use self::crowd::{Activity, Crowd, Place, Room};
pub(crate) use self::host::is_local;
use self::patience::Patient;
use crate::error::{Error, Result};

/// Answers requests and knows nothing of connections.
pub trait Answering: Send + Sync + 'static {
    /// The body of an answer.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static;

    /// Answers a request whose headers have come; its body may still be on the way.
    fn answer(
        self: Arc<Self>,
        client: SocketAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// What one client may take of what all share.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there are at a time. One more makes the oldest silent one end, and waits if none is silent.
    pub connections: usize,
    /// How many of them one client has. One more makes its oldest silent one end, and is refused if none is silent.
    pub connections_per_client: usize,
    /// Bytes of a request line and its headers; more is refused with 431.
    pub header_bytes: usize,
    /// Headers of a request; more are refused with 431.
    pub headers: usize,
    /// In which a client has to send its request line and headers, and may think about its next request.
    pub request_patience: Duration,
    /// In which a client has to take an answer.
    pub answer_patience: Duration,
    /// In which requests under way are finished once the server stops.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            connections_per_client: 64,
            header_bytes: 16 << 10,
            headers: 64,
            request_patience: Duration::from_secs(10),
            answer_patience: Duration::from_secs(30),
            farewell: Duration::from_secs(10),
        }
    }
}

/// How often it is seen that the server shall stop.
const HEARTBEAT: Duration = Duration::from_millis(50);
/// A connection is given no less to read and write through.
const BUFFER_BYTES_MIN: usize = 8 << 10;

/// Listens on an address.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
}

impl Server {
    /// Takes the address; requests that come from here on wait for [`run`](Self::run).
    pub fn bind(listen: SocketAddr) -> Result<Self> {
        let failed = |source| Error::Unlistenable { address: listen, source };
        let listener = TcpListener::bind(listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, limits: Limits::default() })
    }

    /// With other bounds than the usual ones.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The address with the port that was given where any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it shall stop, then finishes what is under way.
    pub fn run(self, answering: impl Answering, is_stopped: impl Fn() -> bool) -> Result<()> {
        let failed = |source| Error::Unlistenable { address: self.address, source };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .max_blocking_threads(2 * std::thread::available_parallelism().map_or(1, usize::from))
            .enable_all()
            .build()
            .map_err(failed)?;
        let (answering, limits) = (Arc::new(answering), self.limits);
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            accept_all(listener, answering, limits, is_stopped).await;
            std::io::Result::Ok(())
        });
        runtime.shutdown_background();
        served.map_err(failed)
    }
}

async fn accept_all(
    listener: tokio::net::TcpListener,
    answering: Arc<impl Answering>,
    limits: Limits,
    is_stopped: impl Fn() -> bool,
) {
    let crowd = Arc::new(Crowd::new(limits.connections, limits.connections_per_client));
    let graceful = GracefulShutdown::new();
    let mut number = 0;
    while !is_stopped() {
        match timeout(HEARTBEAT, listener.accept()).await {
            Ok(Ok((stream, client))) => match room(&crowd, client, &is_stopped).await {
                Room::Free => {
                    number += 1;
                    let place = crowd.enter(client.ip(), number);
                    keep((stream, client), place, Arc::clone(&answering), limits, &graceful);
                }
                Room::No => refuse(stream),
                Room::Later => {}
            },
            // No descriptor is left, or the client has gone: neither is for ever.
            Ok(Err(_)) => sleep(HEARTBEAT).await,
            Err(_) => {}
        }
    }
    drop(listener);
    // Who has not taken his answer by then does not get it.
    let _ = timeout(limits.farewell, graceful.shutdown()).await;
}

/// Waits until there is room, there can be none, or the server stops.
async fn room(crowd: &Crowd, client: SocketAddr, is_stopped: impl Fn() -> bool) -> Room {
    loop {
        match crowd.make_room(client.ip()) {
            Room::Later if !is_stopped() => sleep(HEARTBEAT).await,
            room => return room,
        }
    }
}

/// Tells a client that it has too many connections. The buffer of a new connection takes the answer at once.
fn refuse(stream: TcpStream) {
    let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\nretry-after: 1\r\n\r\n";
    // It may have gone, which is its own affair.
    let _ = stream.into_std().and_then(|mut stream| stream.write_all(answer.as_bytes()));
}

/// Answers the requests of one connection, one after the other.
fn keep(
    (stream, client): (TcpStream, SocketAddr),
    place: Place,
    answering: Arc<impl Answering>,
    limits: Limits,
    graceful: &GracefulShutdown,
) {
    // It only makes small answers faster.
    let _ = stream.set_nodelay(true);
    let activity = place.activity.clone();
    let service = {
        let activity = activity.clone();
        service_fn(move |request| answer(Arc::clone(&answering), client, request, activity.clone()))
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request_patience)
        .max_header_size(limits.header_bytes)
        .max_buf_size((2 * limits.header_bytes).max(BUFFER_BYTES_MIN))
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.answer_patience, activity)), service);
    let connection = graceful.watch(connection);
    let (crowd, number) = place.key();
    let task = tokio::spawn(async move {
        // A client that breaks off or talks nonsense is nobody's fault here.
        let _ = connection.await;
        drop(place);
    });
    crowd.attach(number, task.abort_handle());
}

async fn answer<A: Answering>(
    answering: Arc<A>,
    client: SocketAddr,
    request: Request<Incoming>,
    activity: Activity,
) -> Result<Response<A::Body>, Infallible> {
    activity.answer();
    let response = answering.answer(client, request).await;
    activity.write();
    Ok(response)
}
