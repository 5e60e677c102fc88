//! A server in the test's own process: it answers by a script, and keeps what it was asked.

use std::collections::VecDeque;
use std::future::{Future as _, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use arrow_array::{Int64Array, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::cluster::connect::wire::{
    AnalyzePlanResponse, ArrowBatch, Done, ExecutePlanResponse, ReattachExecuteRequest, ResponseType,
    ResultComplete,
};

/// What a stream does next.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Sends this many of the responses that come after the last one that the client has.
    Next(usize),
    /// Ends as if nothing were wrong.
    End,
    /// Ends with a status and what it says.
    Fail(u32, &'static str),
    /// The connection breaks.
    Cut,
    /// The connection breaks, and nobody listens any more.
    Die,
    /// Says nothing any more.
    Hang,
    /// From now on it is another process.
    Restart,
    /// Details that are no base64.
    Garble,
}

/// A call: the last part of its path, the token and another header that came along, the message.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub method: String,
    pub authorization: Option<String>,
    pub extra: Option<String>,
    pub message: Bytes,
}

struct Shared {
    responses: Vec<ResponseType>,
    scripts: Mutex<VecDeque<Vec<Act>>>,
    token: Option<&'static str>,
    asked: Mutex<Vec<Asked>>,
    process: Mutex<u32>,
    death: Notify,
}

/// A running server.
pub(super) struct Fake {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Fake {
    /// One that has these responses for any statement; each stream follows the next script.
    pub(super) fn start(responses: Vec<ResponseType>, scripts: Vec<Vec<Act>>) -> Self {
        Self::start_with(responses, scripts, None)
    }

    /// One that wants a token.
    pub(super) fn start_with(
        responses: Vec<ResponseType>,
        scripts: Vec<Vec<Act>>,
        token: Option<&'static str>,
    ) -> Self {
        let shared = Arc::new(Shared {
            responses,
            scripts: Mutex::new(scripts.into()),
            token,
            asked: Mutex::default(),
            process: Mutex::new(1),
            death: Notify::new(),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that tokio takes");
        let address = listener.local_addr().expect("an address");
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(listen(listener, served));
        });
        Self { address, shared }
    }

    /// The calls until now.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("a lock").clone()
    }

    /// The methods that were called until now, in order.
    pub(super) fn methods(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.method).collect()
    }
}

/// A batch of the numbers from `start` to before `end`, with a count that may be wrong.
pub(super) fn batch(start: i64, end: i64, row_count: i64, start_offset: Option<i64>) -> ResponseType {
    let numbers = Arc::new(Int64Array::from_iter_values(start..end));
    let rows = RecordBatch::try_from_iter([("n", numbers as _)]).expect("a batch");
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).expect("memory");
    writer.write(&rows).expect("memory");
    let data = writer.into_inner().expect("memory");
    ResponseType::ArrowBatch(ArrowBatch { row_count, data, start_offset, num_chunks_in_batch: None })
}

/// The numbers from 0 in batches of ten, and the end of the result.
pub(super) fn numbers(batches: i64) -> Vec<ResponseType> {
    let ten = |at: i64| batch(at * 10, at * 10 + 10, 10, Some(at * 10));
    (0..batches).map(ten).chain([ResponseType::ResultComplete(ResultComplete {})]).collect()
}

async fn listen(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    let mut death = pin!(shared.death.notified());
    loop {
        let next = poll_fn(|context| match death.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => listener.poll_accept(context).map(|accepted| accepted.ok()),
        });
        let Some((stream, _)) = next.await else { break };
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
    drop(listener);
    // What was begun is not waited for.
    tokio::time::sleep(Duration::from_secs(1)).await;
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let cut = Arc::new(Notify::new());
    let mut is_cut = pin!(cut.notified());
    loop {
        let next = poll_fn(|context| match is_cut.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => connection.poll_accept(context),
        });
        let Some(Ok((request, respond))) = next.await else { return };
        tokio::spawn(answer(request, respond, Arc::clone(&shared), Arc::clone(&cut)));
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    shared: Arc<Shared>,
    cut: Arc<Notify>,
) {
    let (head, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(data)) = body.data().await {
        bytes.extend_from_slice(&data);
    }
    let header =
        |name| head.headers.get(name).map(|value: &HeaderValue| value.to_str().expect("text").to_owned());
    let method = head.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let asked = Asked {
        method: method.clone(),
        authorization: header("authorization"),
        extra: header("x-extra"),
        message: Bytes::from(bytes).slice(5..),
    };
    shared.asked.lock().expect("a lock").push(asked.clone());
    let response = Response::builder().header("content-type", "application/grpc").body(()).expect("a head");
    let mut stream = respond.send_response(response, false).expect("a connection");
    let wanted = shared.token.map(|token| format!("Bearer {token}"));
    if wanted.is_some() && asked.authorization != wanted {
        return end(&mut stream, 16, "Invalid authentication token");
    }
    let process = || format!("process {}", shared.process.lock().expect("a lock"));
    let after = match method.as_str() {
        "ExecutePlan" => None,
        "ReattachExecute" => {
            let request = ReattachExecuteRequest::decode(asked.message).expect("a request");
            request.last_response_id
        }
        "AnalyzePlan" => {
            send(&mut stream, &AnalyzePlanResponse { server_side_session_id: process() });
            return end(&mut stream, 0, "");
        }
        _ => {
            send(&mut stream, &Done {});
            return end(&mut stream, 0, "");
        }
    };
    let mut at = after.map_or(0, |id| id.parse::<usize>().expect("an id of this server") + 1);
    let script = shared.scripts.lock().expect("a lock").pop_front().unwrap_or_default();
    for act in script {
        match act {
            Act::Next(count) => {
                for response_type in shared.responses.iter().skip(at).take(count) {
                    let response = ExecutePlanResponse {
                        response_id: at.to_string(),
                        server_side_session_id: process(),
                        response_type: Some(response_type.clone()),
                    };
                    send(&mut stream, &response);
                    at += 1;
                }
            }
            Act::End => return end(&mut stream, 0, ""),
            Act::Fail(code, message) => return end(&mut stream, code, message),
            Act::Cut | Act::Die => {
                // What was sent before arrives.
                tokio::time::sleep(Duration::from_millis(50)).await;
                if matches!(act, Act::Die) {
                    shared.death.notify_one();
                }
                cut.notify_one();
                return;
            }
            Act::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
            Act::Restart => *shared.process.lock().expect("a lock") += 1,
            Act::Garble => {
                let mut trailers = status(13, "boom");
                trailers.insert("grpc-status-details-bin", HeaderValue::from_static("!"));
                return drop(stream.send_trailers(trailers));
            }
        }
    }
    end(&mut stream, 0, "");
}

fn send(stream: &mut SendStream<Bytes>, message: &impl Message) {
    let encoded = message.encode_to_vec();
    let length = u32::try_from(encoded.len()).expect("a small message").to_be_bytes();
    // A client that has gone away is none of the server's business.
    drop(stream.send_data([&[0], length.as_slice(), &encoded].concat().into(), false));
}

fn end(stream: &mut SendStream<Bytes>, code: u32, message: &str) {
    drop(stream.send_trailers(status(code, message)));
}

fn status(code: u32, message: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(code));
    trailers.insert("grpc-message", HeaderValue::from_str(message).expect("plain text"));
    trailers
}
