//! What is answered to a request.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{HeaderName, LINK, LOCATION};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::component_usages::ComponentUsageList;
use super::links::{BaseUrl, links};
use super::parameters::{Endpoint, Parameters};
use super::reply::{Refusal, allow, json_response, response, with};
use super::shelf::Shelf;
use super::tokens::Tokens;
use super::{COMPONENT_USAGES_PATH, LIST_PATH, access, cors, negotiation, openapi};
use crate::conflict::Conflict;
use crate::error::{Error, Result};
use crate::listing::{Catalogue, Rendering, UsageStyle};
use crate::text::parse_uuid;

const RESULT_COUNT: HeaderName = HeaderName::from_static("x-result-count");

/// How the endpoint is served.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Any of these opens it; none at all and it is open to this machine.
    pub tokens: Tokens,
    /// The base of links; that of the request where there is none.
    pub base_url: Option<BaseUrl>,
    /// The most records of a page; a request for more gets this many.
    pub page_size_max: usize,
    /// The origins whose pages may call; `*` for any.
    pub cors_origins: Vec<String>,
    /// How usage is written in JSON.
    pub usage: UsageStyle,
}

impl Settings {
    /// # Errors
    /// An address that other machines reach, or web pages of any origin, and no token to keep them out.
    pub fn check(&self, listen: SocketAddr) -> Result<()> {
        // Any page in a sandbox and any file that is opened in a browser has the origin null.
        let is_open_to_any_page = self.cors_origins.iter().any(|origin| origin == "*" || origin == "null");
        match self.tokens.is_empty() {
            true if !listen.ip().is_loopback() => Err(Conflict::OpenToMachines.into()),
            true if is_open_to_any_page => Err(Conflict::OpenToPages.into()),
            _ => Ok(()),
        }
    }
}

/// The endpoint: answers requests, one at a time and without a connection.
#[derive(Debug)]
pub struct Site {
    settings: Settings,
    shelf: Arc<Shelf<Catalogue>>,
    component_usages: Option<Arc<Shelf<ComponentUsageList>>>,
    /// What links begin with where a request names no host.
    address: String,
}

/// What a path leads to.
enum Route {
    Health,
    OpenApi,
    List(Endpoint),
    Record(Endpoint, String),
    /// The same with a slash behind it.
    WithoutSlash,
    Nowhere,
}

impl Route {
    fn of(path: &str, has_component_usages: bool) -> Self {
        match path {
            "/healthz" => return Self::Health,
            "/openapi.json" => return Self::OpenApi,
            _ => {}
        }
        let lists = [(LIST_PATH, Endpoint::UserUsages), (COMPONENT_USAGES_PATH, Endpoint::ComponentUsages)];
        let served = &lists[..if has_component_usages { 2 } else { 1 }];
        if served.iter().any(|(list, _)| path == list.trim_end_matches('/')) {
            return Self::WithoutSlash;
        }
        let below = served.iter().find_map(|(list, endpoint)| Some((path.strip_prefix(list)?, *endpoint)));
        let Some((rest, endpoint)) = below else { return Self::Nowhere };
        match rest.split_once('/') {
            None if rest.is_empty() => Self::List(endpoint),
            None => Self::WithoutSlash,
            Some((name, "")) if !name.is_empty() => {
                Self::Record(endpoint, percent_decode_str(name).decode_utf8_lossy().into_owned())
            }
            Some(_) => Self::Nowhere,
        }
    }
}

impl Site {
    /// Serves what is on the shelf. `address` is where the server listens, for links of requests that name no host.
    pub fn new(settings: Settings, shelf: Arc<Shelf<Catalogue>>, address: SocketAddr) -> Self {
        Self { settings, shelf, component_usages: None, address: address.to_string() }
    }

    /// The same with the endpoint of component usages.
    pub fn with_component_usages(self, shelf: Arc<Shelf<ComponentUsageList>>) -> Self {
        Self { component_usages: Some(shelf), ..self }
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
        let route = Route::of(request.uri.path(), self.component_usages.is_some());
        match &route {
            Route::Health => return health(&request.method),
            Route::OpenApi => return self.openapi(&request.method),
            Route::WithoutSlash => return Ok(redirect(request)),
            Route::Nowhere => return Err(Refusal::NotFound),
            Route::List(_) | Route::Record(..) => {}
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
        let is_read = matches!(request.method, Method::GET | Method::HEAD);
        match (&request.method, route) {
            (&Method::OPTIONS, Route::Record(endpoint, _)) => Ok(metadata(*endpoint, "Instance")),
            (&Method::OPTIONS, Route::List(endpoint)) => Ok(metadata(*endpoint, "List")),
            (_, Route::Record(endpoint, name)) if is_read => self.record(*endpoint, name, parameters),
            (_, Route::List(endpoint)) if is_read => {
                let base = self.settings.base_url.clone();
                let base = base.unwrap_or_else(|| BaseUrl::of_host(host.unwrap_or(&self.address)));
                self.list(*endpoint, request.uri.path(), parameters, &base)
            }
            (method, _) => Err(Refusal::MethodNotAllowed(method.to_string())),
        }
    }

    fn list(
        &self,
        endpoint: Endpoint,
        path: &str,
        parameters: &Parameters,
        base: &BaseUrl,
    ) -> Result<Response<Bytes>, Refusal> {
        let (filters, request) = parameters.list_request(endpoint, self.settings.page_size_max)?;
        let refused = |error| match error {
            Error::BadParameter { .. } => Refusal::InvalidPage,
            error => Refusal::internal(error),
        };
        let (listing, body) = match endpoint {
            Endpoint::UserUsages => {
                let catalogue = self.shelf.current();
                let listing = catalogue.list(&filters, &request).map_err(refused)?;
                let mut body = Vec::new();
                catalogue
                    .reader()
                    .write_array(&listing.rows, &self.rendering(parameters), &mut body)
                    .map_err(Refusal::internal)?;
                (listing, body)
            }
            Endpoint::ComponentUsages => {
                let usages = self.current_component_usages()?;
                let listing = usages.list(&filters, &request).map_err(refused)?;
                let fields = parameters.component_usage_fields();
                let body = usages.array(&listing.rows, &fields, self.settings.usage);
                (listing, body.into_bytes())
            }
        };
        let response = with(response(StatusCode::OK, body.into()), RESULT_COUNT, &listing.total.to_string());
        Ok(with(response, LINK, &links(base, path, parameters, &listing)))
    }

    fn record(
        &self,
        endpoint: Endpoint,
        name: &str,
        parameters: &Parameters,
    ) -> Result<Response<Bytes>, Refusal> {
        let none = || Refusal::NoSuchRecord(endpoint.model());
        let uuid = parse_uuid(name.as_bytes()).ok_or_else(none)?;
        let (filters, _) = parameters.filters_and_orders(endpoint)?;
        let body = match endpoint {
            Endpoint::UserUsages => {
                let catalogue = self.shelf.current();
                let row = catalogue.retrieve(uuid, &filters).ok_or_else(none)?;
                let mut body = Vec::new();
                catalogue
                    .reader()
                    .write_object(row, &self.rendering(parameters), &mut body)
                    .map_err(Refusal::internal)?;
                body
            }
            Endpoint::ComponentUsages => {
                let usages = self.current_component_usages()?;
                let row = usages.retrieve(uuid, &filters).ok_or_else(none)?;
                let fields = parameters.component_usage_fields();
                usages.object(row, &fields, self.settings.usage).into_bytes()
            }
        };
        Ok(response(StatusCode::OK, body.into()))
    }

    fn current_component_usages(&self) -> Result<Arc<ComponentUsageList>, Refusal> {
        self.component_usages.as_ref().map(|shelf| shelf.current()).ok_or(Refusal::NotFound)
    }

    fn rendering(&self, parameters: &Parameters) -> Rendering {
        Rendering { fields: parameters.fields(), usage: self.settings.usage }
    }

    fn openapi(&self, method: &Method) -> Result<Response<Bytes>, Refusal> {
        only_read(method)?;
        let settings = &self.settings;
        let description = openapi::description(settings, self.component_usages.is_some());
        Ok(json_response(StatusCode::OK, &description))
    }
}

/// What a path is, as the portal words it.
fn metadata(endpoint: Endpoint, kind: &str) -> Response<Bytes> {
    let name = match endpoint {
        Endpoint::UserUsages => format!("Component User Usage {kind}"),
        Endpoint::ComponentUsages => format!("Component Usage {kind}"),
    };
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
