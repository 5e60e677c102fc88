//! The calls of the service over HTTP/2 and TLS, one function for each kind of call. Knows nothing of retries.

use std::fs;
use std::time::Duration;

use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::wire::ExecutePlanResponse;
use crate::cluster::address::Target;
use crate::error::{Error, Result};

/// Who asks, in the server's logs.
pub(super) const CLIENT: &str = concat!("usagebook/", env!("CARGO_PKG_VERSION"));

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection is silent before the system asks whether the other side is there. Pings of HTTP/2 would do the same, but
/// servers take them for an attack.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

const HEADERS_MAX: u32 = 1 << 20;

/// As much as servers send in one message.
const MESSAGE_MAX: usize = 128 << 20;

pub(super) const ANALYZE: &str = "/spark.connect.SparkConnectService/AnalyzePlan";
pub(super) const EXECUTE: &str = "/spark.connect.SparkConnectService/ExecutePlan";
pub(super) const REATTACH: &str = "/spark.connect.SparkConnectService/ReattachExecute";
pub(super) const RELEASE: &str = "/spark.connect.SparkConnectService/ReleaseExecute";
pub(super) const INTERRUPT: &str = "/spark.connect.SparkConnectService/Interrupt";
pub(super) const RELEASE_SESSION: &str = "/spark.connect.SparkConnectService/ReleaseSession";

/// A connection, which is made anew when it breaks, and what every call takes along.
pub(super) struct Service {
    grpc: Grpc<Channel>,
    metadata: MetadataMap,
}

impl Service {
    /// Over a connection to the target.
    pub(super) fn new(channel: Channel, target: &Target) -> Self {
        let mut metadata = MetadataMap::new();
        let bearer = target.token.iter().map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        for (name, value) in bearer.chain(target.headers.iter().cloned()) {
            let name = AsciiMetadataKey::from_bytes(name.as_bytes());
            // An address has no other names and values than those that can be sent.
            if let (Ok(name), Ok(mut value)) = (name, AsciiMetadataValue::try_from(value)) {
                value.set_sensitive(true);
                metadata.insert(name, value);
            }
        }
        Self { grpc: Grpc::new(channel).max_decoding_message_size(MESSAGE_MAX), metadata }
    }

    /// Begins a call that is answered by a stream.
    pub(super) async fn stream<M: Message + 'static>(
        &self,
        method: &'static str,
        message: M,
    ) -> Result<Streaming<ExecutePlanResponse>, Status> {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let codec = ProstCodec::<M, ExecutePlanResponse>::default();
        let path = PathAndQuery::from_static(method);
        Ok(grpc.server_streaming(self.request(message), path, codec).await?.into_inner())
    }

    /// A call with one answer, within a time.
    pub(super) async fn call<M: Message + 'static, R: Message + Default + 'static>(
        &self,
        method: &'static str,
        message: M,
        timeout: Duration,
    ) -> Result<R, Status> {
        let mut grpc = self.grpc.clone();
        let call = async {
            grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
            let codec = ProstCodec::<M, R>::default();
            let path = PathAndQuery::from_static(method);
            Ok(grpc.unary(self.request(message), path, codec).await?.into_inner())
        };
        match tokio::time::timeout(timeout, call).await {
            Ok(answer) => answer,
            Err(_) => {
                Err(Status::deadline_exceeded(format!("no answer within {} seconds", timeout.as_secs())))
            }
        }
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        request
    }
}

/// How to get to the target.
///
/// # Errors
/// A file without certificates.
pub(super) fn endpoint(target: &Target) -> Result<Endpoint> {
    let scheme = if target.is_tls { "https" } else { "http" };
    let unusable = |_| Error::from(crate::conflict::Conflict::EngineAddressUnusable);
    let endpoint = Endpoint::from_shared(format!("{scheme}://{}", target.authority))
        .map_err(unusable)?
        .user_agent(CLIENT)
        .map_err(unusable)?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(Some(KEEP_ALIVE))
        .tcp_keepalive_interval(Some(KEEP_ALIVE))
        .tcp_nodelay(true)
        // What an engine says of a failure comes in headers, with the plan.
        .http2_max_header_list_size(HEADERS_MAX)
        // Rows are read as fast as they come.
        .http2_adaptive_window(true);
    if !target.is_tls {
        return Ok(endpoint);
    }
    let tls = ClientTlsConfig::new().domain_name(&target.host);
    let Some(path) = &target.ca_file else {
        return endpoint.tls_config(tls.with_webpki_roots()).map_err(unusable);
    };
    let pem = fs::read(path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
    let no_certificates = || Error::UnusableFile { path: path.clone(), expected: "certificates in PEM" };
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(no_certificates());
    }
    endpoint.tls_config(tls.ca_certificate(Certificate::from_pem(pem))).map_err(|_| no_certificates())
}
