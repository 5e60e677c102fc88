//! The description of what is served, for programs: OpenAPI 3.1.

use serde_json::{Map, Value, json};

use super::component_usages::FIELDS;
use super::parameters::Endpoint;
use super::site::Settings;
use super::{COMPONENT_USAGES_PATH, LIST_PATH};
use crate::filter::Filter;
use crate::listing::{PAGE_SIZE_DEFAULT, UsageStyle};
use crate::usage::Field;

/// Describes the endpoint as it is served with these settings.
pub(crate) fn description(settings: &Settings, has_component_usages: bool) -> Value {
    let (page_size_max, usage) = (settings.page_size_max, settings.usage);
    let security = if settings.tokens.is_empty() { json!([]) } else { json!([{ "token": [] }]) };
    let mut paths = Map::new();
    let lists = [(LIST_PATH, Endpoint::UserUsages), (COMPONENT_USAGES_PATH, Endpoint::ComponentUsages)];
    for (path, endpoint) in &lists[..if has_component_usages { 2 } else { 1 }] {
        let list = json!({ "get": list(*endpoint, page_size_max), "head": head(*endpoint, page_size_max) });
        paths.insert((*path).to_owned(), list);
        paths.insert(format!("{path}{{uuid}}/"), json!({ "get": record(*endpoint) }));
    }
    paths.insert("/healthz".to_owned(), json!({ "get": health() }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Component user usages",
            "description": "Usage of components by users, a record for each user, component, resource and month.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "security": security,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "The word Token or Bearer, a space, and a token.",
                },
            },
            "schemas": {
                "ComponentUserUsage": schema(usage),
                "ComponentUsage": component_usage_schema(usage),
                "Detail": {
                    "type": "object", "required": ["detail"], "additionalProperties": false,
                    "properties": { "detail": { "type": "string" } },
                },
                "Mistakes": {
                    "type": "object",
                    "additionalProperties": { "type": ["array", "string"], "items": { "type": "string" } },
                },
            },
        },
    })
}

fn list(endpoint: Endpoint, page_size_max: usize) -> Value {
    let mut operation = json!({
        "operationId": operation(endpoint, "list"),
        "parameters": list_parameters(endpoint, page_size_max),
        "responses": refusals(&["400", "401", "404", "406"]),
    });
    operation["responses"]["200"] = json!({
        "description": "One page of records.",
        "headers": list_headers(),
        "content": json_of(&json!({ "type": "array", "items": reference(endpoint.model()) })),
    });
    operation
}

fn head(endpoint: Endpoint, page_size_max: usize) -> Value {
    let ok = json!({ "description": "How many records there are.", "headers": list_headers() });
    let mut responses = json!({ "200": ok });
    for status in ["400", "401", "404", "406"] {
        responses[status] = json!({ "description": "Refused." });
    }
    json!({
        "operationId": operation(endpoint, "count"),
        "parameters": list_parameters(endpoint, page_size_max),
        "responses": responses,
    })
}

fn record(endpoint: Endpoint) -> Value {
    let mut parameters = vec![json!({
        "name": "uuid", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" },
    })];
    parameters.extend(filter_parameters(endpoint));
    parameters.push(field_parameter(endpoint));
    let mut operation = json!({
        "operationId": operation(endpoint, "retrieve"),
        "parameters": parameters,
        "responses": refusals(&["400", "401", "404", "406"]),
    });
    operation["responses"]["200"] =
        json!({ "description": "One record.", "content": json_of(&reference(endpoint.model())) });
    operation
}

fn health() -> Value {
    let schema =
        json!({ "type": "object", "required": ["status"], "properties": { "status": { "const": "ok" } } });
    json!({
        "operationId": "health",
        "security": [],
        "responses": { "200": { "description": "Requests are answered.", "content": json_of(&schema) } },
    })
}

fn list_parameters(endpoint: Endpoint, page_size_max: usize) -> Vec<Value> {
    let mut parameters = filter_parameters(endpoint);
    let names = endpoint.orders().iter().map(|key| endpoint.order_name(*key));
    let orders: Vec<String> = names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect();
    parameters.extend([
        query("o", json!({ "type": "array", "items": { "enum": orders } })),
        field_parameter(endpoint),
        query("page", json!({ "type": "integer", "minimum": 1 })),
        query(
            "page_size",
            json!({ "type": "integer", "minimum": 1, "maximum": page_size_max, "default": PAGE_SIZE_DEFAULT }),
        ),
    ]);
    parameters
}

fn filter_parameters(endpoint: Endpoint) -> Vec<Value> {
    let uuid = json!({ "type": "string", "format": "uuid" });
    let date = json!({ "type": "string", "format": "date" });
    let text = json!({ "type": "string" });
    let schema = |filter| match filter {
        Filter::CustomerUuid | Filter::ProjectUuid | Filter::OfferingUuid | Filter::ResourceUuid => {
            uuid.clone()
        }
        Filter::Resource => json!({ "type": "string", "format": "uri" }),
        Filter::Type | Filter::Username => text.clone(),
        Filter::DateAfter | Filter::DateBefore | Filter::ComponentUsageBillingPeriod => date.clone(),
        Filter::BillingPeriodYear => json!({ "type": "number", "minimum": 1, "exclusiveMaximum": 10000 }),
        Filter::BillingPeriodMonth => json!({ "type": "number" }),
        Filter::Customer | Filter::Project | Filter::Offering => Value::Null,
    };
    let filters = Filter::ALL.into_iter().filter(|filter| endpoint.filters().any(|known| known == *filter));
    filters.map(|filter| query(endpoint.filter_name(filter), schema(filter))).collect()
}

fn field_parameter(endpoint: Endpoint) -> Value {
    let names = match endpoint {
        Endpoint::UserUsages => Field::ALL.map(Field::name).to_vec(),
        Endpoint::ComponentUsages => FIELDS.to_vec(),
    };
    query("field", json!({ "type": "array", "items": { "enum": names } }))
}

fn operation(endpoint: Endpoint, kind: &str) -> String {
    match endpoint {
        Endpoint::UserUsages => format!("marketplace_component_user_usages_{kind}"),
        Endpoint::ComponentUsages => format!("marketplace_component_usages_{kind}"),
    }
}

fn query(name: &str, schema: Value) -> Value {
    let mut parameter = json!({ "name": name, "in": "query" });
    if schema["type"] == "array" {
        parameter["style"] = "form".into();
        parameter["explode"] = true.into();
    }
    parameter["schema"] = schema;
    parameter
}

fn list_headers() -> Value {
    json!({
        "X-Result-Count": {
            "description": "How many records there are on all pages.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
        },
        "Link": {
            "description": "The first, previous, next and last page.",
            "required": true,
            "schema": { "type": "string" },
        },
    })
}

fn refusals(statuses: &[&str]) -> Value {
    let description = |status: &str| match status {
        "400" => ("A parameter that cannot be understood.", "Mistakes"),
        "401" => ("No token, or no good one.", "Detail"),
        "404" => ("No such page or record.", "Detail"),
        _ => ("The client does not take JSON.", "Detail"),
    };
    let refusal = |status: &&str| {
        let (words, schema) = description(status);
        (status.to_string(), json!({ "description": words, "content": json_of(&reference(schema)) }))
    };
    Value::Object(statuses.iter().map(refusal).collect())
}

fn usage_schema(usage: UsageStyle) -> Value {
    match usage {
        UsageStyle::Number => json!({ "type": "number" }),
        UsageStyle::String => json!({ "type": "string", "pattern": r"^-?\d+\.\d\d$" }),
    }
}

fn component_usage_schema(usage: UsageStyle) -> Value {
    let of_field = |field: &str| match field {
        "uuid" | "resource_uuid" => json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" }),
        "usage" => usage_schema(usage),
        "recurring" => json!({ "type": ["boolean", "null"] }),
        "modified_by" => json!({ "type": ["integer", "null"] }),
        "created" | "date" => json!({ "type": ["string", "null"], "format": "date-time" }),
        "billing_period" => json!({ "type": "string", "format": "date" }),
        "missing_usage_policy" => json!({ "enum": ["none", "reuse", "zero"] }),
        _ => json!({ "type": ["string", "null"] }),
    };
    let properties = FIELDS.map(|field| (field.to_owned(), of_field(field)));
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": Value::Object(properties.into_iter().collect()),
    })
}

fn schema(usage: UsageStyle) -> Value {
    let usage = usage_schema(usage);
    let uuid = json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" });
    let time = json!({ "type": "string", "format": "date-time" });
    let of_field = |field| match field {
        Field::Uuid
        | Field::ResourceUuid
        | Field::OfferingUuid
        | Field::ProjectUuid
        | Field::CustomerUuid => uuid.clone(),
        Field::User => json!({ "type": ["string", "null"] }),
        Field::Usage => usage.clone(),
        Field::Modified => time.clone(),
        Field::Created | Field::Date => json!({ "type": ["string", "null"], "format": "date-time" }),
        Field::BillingPeriod => json!({ "type": "string", "format": "date" }),
        _ => json!({ "type": "string" }),
    };
    let properties = Field::ALL.map(|field| (field.name().to_owned(), of_field(field)));
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": Value::Object(properties.into_iter().collect()),
    })
}

fn json_of(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
