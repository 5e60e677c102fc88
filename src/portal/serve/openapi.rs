//! The description of what is served, for programs: OpenAPI 3.1.

use serde_json::{Map, Value, json};

use super::LIST_PATH;
use crate::filter::Filter;
use crate::listing::{OrderKey, PAGE_SIZE_DEFAULT, UsageStyle};
use crate::usage::Field;

/// Describes the endpoint as it is served with these settings.
pub fn description(page_size_max: usize, usage: UsageStyle, needs_token: bool) -> Value {
    let security = if needs_token { json!([{ "token": [] }]) } else { json!([]) };
    let list = json!({ "get": list(page_size_max), "head": head(page_size_max) });
    let record = json!({ "get": record() });
    let mut paths = Map::new();
    paths.insert(LIST_PATH.to_owned(), list);
    paths.insert(format!("{LIST_PATH}{{uuid}}/"), record);
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

fn list(page_size_max: usize) -> Value {
    let mut operation = json!({
        "operationId": "marketplace_component_user_usages_list",
        "parameters": list_parameters(page_size_max),
        "responses": refusals(&["400", "401", "404", "406"]),
    });
    operation["responses"]["200"] = json!({
        "description": "One page of records.",
        "headers": list_headers(),
        "content": json_of(&json!({ "type": "array", "items": reference("ComponentUserUsage") })),
    });
    operation
}

fn head(page_size_max: usize) -> Value {
    let ok = json!({ "description": "How many records there are.", "headers": list_headers() });
    let mut responses = json!({ "200": ok });
    for status in ["400", "401", "404", "406"] {
        responses[status] = json!({ "description": "Refused." });
    }
    json!({
        "operationId": "marketplace_component_user_usages_count",
        "parameters": list_parameters(page_size_max),
        "responses": responses,
    })
}

fn record() -> Value {
    let mut parameters = vec![json!({
        "name": "uuid", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" },
    })];
    parameters.extend(filter_parameters());
    parameters.push(field_parameter());
    let mut operation = json!({
        "operationId": "marketplace_component_user_usages_retrieve",
        "parameters": parameters,
        "responses": refusals(&["400", "401", "404", "406"]),
    });
    operation["responses"]["200"] =
        json!({ "description": "One record.", "content": json_of(&reference("ComponentUserUsage")) });
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

fn list_parameters(page_size_max: usize) -> Vec<Value> {
    let mut parameters = filter_parameters();
    let orders: Vec<String> =
        OrderKey::ALL.iter().flat_map(|key| [key.name().to_owned(), format!("-{}", key.name())]).collect();
    parameters.extend([
        query("o", json!({ "type": "array", "items": { "enum": orders } })),
        field_parameter(),
        query("page", json!({ "type": "integer", "minimum": 1 })),
        query(
            "page_size",
            json!({ "type": "integer", "minimum": 1, "maximum": page_size_max, "default": PAGE_SIZE_DEFAULT }),
        ),
    ]);
    parameters
}

fn filter_parameters() -> Vec<Value> {
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
    let parameters = Filter::ALL.map(|filter| (filter, schema(filter)));
    parameters
        .into_iter()
        .filter(|(_, schema)| !schema.is_null())
        .map(|(filter, schema)| query(filter.name(), schema))
        .collect()
}

fn field_parameter() -> Value {
    query("field", json!({ "type": "array", "items": { "enum": Field::ALL.map(Field::name) } }))
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
        "400" => ("A parameter that can not be understood.", "Mistakes"),
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

fn schema(usage: UsageStyle) -> Value {
    let usage = match usage {
        UsageStyle::Number => json!({ "type": "number" }),
        UsageStyle::String => json!({ "type": "string", "pattern": r"^-?\d+\.\d\d$" }),
    };
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
