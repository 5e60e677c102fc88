//! What is answered to a request.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{HeaderName, LINK, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::links::{BaseUrl, links};
use super::parameters::Parameters;
use super::reply::{Refusal, allow, json_response, response, with};
use super::shelf::Shelf;
use super::tokens::Tokens;
use super::{LIST_PATH, access, cors, negotiation, openapi};
use crate::error::{Error, Result};
use crate::ingest::parse_uuid;
use crate::listing::{Catalogue, Rendering, UsageStyle};

const RESULT_COUNT: HeaderName = HeaderName::from_static("x-result-count");

/// How the endpoint is served.
#[derive(Clone)]
pub struct Settings {
    /// Any of these opens it; none at all and it is open to this machine.
    pub tokens: Tokens,
    /// The base of links; that of the request where there is none.
    pub base_url: Option<BaseUrl>,
    pub page_size_max: usize,
    /// The origins whose pages may call; `*` for any.
    pub cors_origins: Vec<String>,
    pub usage: UsageStyle,
}

impl Settings {
    /// # Errors
    /// An address that others reach, and no token to keep them out.
    pub fn check(&self, listen: SocketAddr) -> Result<()> {
        match self.tokens.is_empty() && !listen.ip().is_loopback() {
            true => Err(Error::Incompatible {
                what: "--listen with an address that other machines reach",
                need: "a token, by --token-file or the environment's USAGEBOOK_TOKEN",
            }),
            false => Ok(()),
        }
    }
}

/// The endpoint: answers requests, one at a time and without a connection.
pub struct Site {
    settings: Settings,
    shelf: Arc<Shelf>,
    /// What links begin with where a request names no host.
    address: String,
}

/// What a path leads to.
enum Route {
    Health,
    OpenApi,
    List,
    Record(String),
    /// The same with a slash behind it.
    WithoutSlash,
    Nowhere,
}

impl Route {
    fn of(path: &str) -> Self {
        let rest = match path {
            "/healthz" => return Self::Health,
            "/openapi.json" => return Self::OpenApi,
            _ if path == LIST_PATH.trim_end_matches('/') => return Self::WithoutSlash,
            _ => path.strip_prefix(LIST_PATH),
        };
        match rest.map(|rest| rest.split_once('/').unwrap_or((rest, "no slash"))) {
            Some(("", "no slash")) => Self::List,
            Some(("", _)) | None => Self::Nowhere,
            Some((name, "")) => Self::Record(percent_decode_str(name).decode_utf8_lossy().into_owned()),
            Some((_, "no slash")) => Self::WithoutSlash,
            Some(_) => Self::Nowhere,
        }
    }
}

impl Site {
    pub fn new(settings: Settings, shelf: Arc<Shelf>, address: SocketAddr) -> Self {
        Self { settings, shelf, address: address.to_string() }
    }

    /// Answers a request. A body that comes with it is not read; HEAD is answered as GET.
    pub fn answer(&self, request: &Parts) -> Response<Bytes> {
        let mut response = self.answered(request).unwrap_or_else(Refusal::response);
        cors::admit(&request.headers, &self.settings.cors_origins, &mut response);
        response
    }

    fn answered(&self, request: &Parts) -> Result<Response<Bytes>, Refusal> {
        let settings = &self.settings;
        let known_host = settings.base_url.as_ref().map(BaseUrl::host);
        let host = access::host(&request.headers, settings.tokens.is_empty(), known_host)?;
        let route = Route::of(request.uri.path());
        match &route {
            Route::Health => return health(&request.method),
            Route::OpenApi => return self.openapi(&request.method),
            Route::WithoutSlash => return Ok(redirect(request)),
            Route::Nowhere => return Err(Refusal::NotFound),
            Route::List | Route::Record(_) => {}
        }
        if cors::is_preflight(&request.method, &request.headers, &settings.cors_origins) {
            return Ok(cors::preflight());
        }
        let parameters = Parameters::parse(request.uri.query().unwrap_or_default());
        let answered = self.endpoint(request, &route, &parameters, host);
        Ok(allow(answered.unwrap_or_else(Refusal::response)))
    }

    fn endpoint(
        &self,
        request: &Parts,
        route: &Route,
        parameters: &Parameters,
        host: Option<&str>,
    ) -> Result<Response<Bytes>, Refusal> {
        negotiation::check(&request.headers, parameters)?;
        access::authorize(&request.headers, &self.settings.tokens)?;
        let catalogue = self.shelf.current();
        match (&request.method, route) {
            (&Method::GET | &Method::HEAD, Route::Record(name)) => self.record(&catalogue, name, parameters),
            (&Method::GET | &Method::HEAD, _) => {
                let base = self.settings.base_url.clone();
                let base = base.unwrap_or_else(|| BaseUrl::of_host(host.unwrap_or(&self.address)));
                self.list(&catalogue, request.uri.path(), parameters, &base)
            }
            (&Method::OPTIONS, Route::Record(_)) => Ok(metadata("Component User Usage Instance")),
            (&Method::OPTIONS, _) => Ok(metadata("Component User Usage List")),
            (method, _) => Err(Refusal::MethodNotAllowed(method.to_string())),
        }
    }

    fn list(
        &self,
        catalogue: &Catalogue,
        path: &str,
        parameters: &Parameters,
        base: &BaseUrl,
    ) -> Result<Response<Bytes>, Refusal> {
        let (filters, request) = parameters.list_request(self.settings.page_size_max)?;
        let listing = catalogue.list(&filters, &request).map_err(|error| match error {
            Error::BadParameter { .. } => Refusal::InvalidPage,
            _ => Refusal::Internal,
        })?;
        let mut body = Vec::new();
        let reader = catalogue.reader().map_err(|_| Refusal::Internal)?;
        reader
            .write_array(&listing.rows, &self.rendering(parameters), &mut body)
            .map_err(|_| Refusal::Internal)?;
        let response = with(response(StatusCode::OK, body.into()), RESULT_COUNT, &listing.total.to_string());
        Ok(with(response, LINK, &links(base, path, parameters, &listing)))
    }

    fn record(
        &self,
        catalogue: &Catalogue,
        name: &str,
        parameters: &Parameters,
    ) -> Result<Response<Bytes>, Refusal> {
        let uuid = parse_uuid(name.as_bytes()).ok_or(Refusal::NoSuchRecord)?;
        let (filters, _) = parameters.filters_and_orders()?;
        let row = catalogue.retrieve(uuid, &filters).map_err(|_| Refusal::Internal)?;
        let row = row.ok_or(Refusal::NoSuchRecord)?;
        let mut body = Vec::new();
        let reader = catalogue.reader().map_err(|_| Refusal::Internal)?;
        reader.write_object(row, &self.rendering(parameters), &mut body).map_err(|_| Refusal::Internal)?;
        Ok(response(StatusCode::OK, body.into()))
    }

    fn rendering(&self, parameters: &Parameters) -> Rendering {
        Rendering { fields: parameters.fields(), usage: self.settings.usage }
    }

    fn openapi(&self, method: &Method) -> Result<Response<Bytes>, Refusal> {
        only_read(method)?;
        let settings = &self.settings;
        let description =
            openapi::description(settings.page_size_max, settings.usage, !settings.tokens.is_empty());
        Ok(json_response(StatusCode::OK, &description))
    }
}

/// What a path is, as the portal words it.
fn metadata(name: &str) -> Response<Bytes> {
    let body = format!(r#"{{"name":"{name}","description":"","renders":["application/json"],"parses":[]}}"#);
    response(StatusCode::OK, body.into())
}

fn health(method: &Method) -> Result<Response<Bytes>, Refusal> {
    only_read(method)?;
    Ok(json_response(StatusCode::OK, &json!({ "status": "ok" })))
}

fn only_read(method: &Method) -> Result<(), Refusal> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Refusal::MethodNotAllowed(method.to_string())),
    }
}

/// To the same path with a slash, on whatever host the client found it.
fn redirect(request: &Parts) -> Response<Bytes> {
    let query = request.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("{}/{query}", request.uri.path());
    with(response(StatusCode::MOVED_PERMANENTLY, Bytes::new()), LOCATION, &location)
}
