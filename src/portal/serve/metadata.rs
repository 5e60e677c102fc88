//! The answer to OPTIONS: what a path is, as the portal words it.

use serde_json::{Value, json};

pub fn of_list() -> Value {
    of("Component User Usage List")
}

pub fn of_record() -> Value {
    of("Component User Usage Instance")
}

fn of(name: &str) -> Value {
    json!({ "name": name, "description": "", "renders": ["application/json"], "parses": [] })
}
