//! The other lists of the portal in memory: what follows from its records.

use std::collections::BTreeMap;

use usagebook::period::BillingPeriod;
use usagebook::pull::transport::{Method, Request, Response};

use super::{Habits, Record, mixed, parameters};

/// Something that is listed.
pub struct Row {
    uuid: u64,
    customer: String,
    offering: String,
    month: Option<BillingPeriod>,
    json: String,
}

/// The rows of a list; none if there is no such list.
pub fn list<'r>(name: &str, records: impl Iterator<Item = &'r Record>) -> Option<Vec<Row>> {
    let row: fn(&Record) -> Row = match name {
        "invoices" => return Some(invoices(records)),
        "customers" => customer,
        "projects" => project,
        "marketplace-offering-users" => offering_user,
        _ => return None,
    };
    let rows: BTreeMap<u64, Row> = records.map(row).map(|row| (row.uuid, row)).collect();
    Some(rows.into_values().collect())
}

fn hash(texts: &[&str]) -> u64 {
    texts.iter().flat_map(|text| text.bytes()).fold(11, |hash, byte| mixed(hash ^ u64::from(byte)))
}

/// Hundredths by resource and component.
type Items<'r> = BTreeMap<(&'r str, &'r str), i64>;

/// What each customer is billed in each month: an item for each component of a resource that was used.
fn invoices<'r>(records: impl Iterator<Item = &'r Record>) -> Vec<Row> {
    let mut billed: BTreeMap<(&str, BillingPeriod), Items> = BTreeMap::new();
    for record in records {
        let [customer, _, _, resource, component] = &record.values;
        let items = billed.entry((customer, record.month)).or_default();
        *items.entry((resource, component)).or_default() += record.usage;
    }
    billed.into_iter().map(|((customer, month), items)| invoice(customer, month, &items)).collect()
}

/// Without `created`, and with the customer's URL only, as the portal has it.
fn invoice(customer: &str, month: BillingPeriod, items: &Items) -> Row {
    let uuid = hash(&["invoice", customer, &month.to_string()]);
    let item = |((resource, component), usage): (&(&str, &str), &i64)| {
        format!(
            r#"{{"name":"r / {component}","unit":"quantity","measured_unit":"hour","quantity":"{}.{:02}00000000","unit_price":"1.0000000000","start":"{}T00:00:00Z","resource_uuid":"{resource}","resource_name":"r","billing_type":"usage","credit":false,"details":{{"plan_component_id":1,"offering_component_type":"{component}"}}}}"#,
            usage / 100,
            usage % 100,
            month.first_day()
        )
    };
    let json = format!(
        r#"{{"uuid":"{uuid:032x}","number":1,"customer":"http://h/api/customers/{customer}/","state":"created","year":{},"month":{},"items":[{}]}}"#,
        month.year(),
        month.month(),
        items.iter().map(item).collect::<Vec<_>>().join(",")
    );
    Row { uuid, customer: customer.to_owned(), offering: String::new(), month: Some(month), json }
}

fn customer(record: &Record) -> Row {
    let customer = &record.values[0];
    let json =
        format!(r#"{{"uuid":"{customer}","created":"2020-01-01T00:00:00Z","name":"c","country":"EE"}}"#);
    Row { uuid: hash(&[customer]), customer: String::new(), offering: String::new(), month: None, json }
}

fn project(record: &Record) -> Row {
    let [customer, project, ..] = &record.values;
    let json = format!(
        r#"{{"uuid":"{project}","created":"2020-01-01T00:00:00Z","name":"p","customer_uuid":"{customer}","type":null}}"#
    );
    Row { uuid: hash(&[project]), customer: customer.clone(), offering: String::new(), month: None, json }
}

fn offering_user(record: &Record) -> Row {
    let (offering, username) = (&record.values[2], &record.username);
    let uuid = hash(&["user", offering, username]);
    let json = format!(
        r#"{{"url":"http://h/api/marketplace-offering-users/{uuid:032x}/","uuid":"{uuid:032x}","created":"2020-01-01T00:00:00Z","username":"{username}","offering_uuid":"{offering}","user_full_name":"Person {username}"}}"#
    );
    Row { uuid, customer: String::new(), offering: offering.clone(), month: None, json }
}

/// A page of them: ordered by month, the ties as the planner has them; no order can be asked for.
pub fn answer(mut rows: Vec<Row>, request: &Request, habits: &Habits, mut response: Response) -> Response {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let parameters = parameters(query);
    let value = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        found.filter(|_| !habits.unknown_filters.contains(&wanted))
    };
    let number = |wanted| value(wanted).and_then(|value| value.parse::<usize>().ok());
    if let Some(year) = number("year") {
        rows.retain(|row| row.month.is_none_or(|month| month.year() as usize == year));
    }
    if let Some(wanted) = number("month") {
        rows.retain(|row| row.month.is_none_or(|month| month.month() as usize == wanted));
    }
    for customer in ["customer_uuid", "customer"].into_iter().filter_map(value) {
        rows.retain(|row| row.customer == customer);
    }
    if let Some(offering) = value("offering_uuid") {
        rows.retain(|row| row.offering == offering);
    }
    let (page, size) = (number("page").unwrap_or(1), number("page_size").unwrap_or(10));
    let size = size.min(habits.page_size_max);
    let window = size as u64 * 2 + u64::from(page > 3);
    rows.sort_by_key(|row| (std::cmp::Reverse(row.month), mixed(row.uuid ^ mixed(window))));
    let offset = (page - 1) * size;
    if page > 1 && offset >= rows.len() {
        response.status = 404;
        return response;
    }
    response.count = Some(rows.len() as u64);
    if request.method == Method::Get {
        let end = rows.len().min(offset + size);
        let texts: Vec<&str> = rows[offset..end].iter().map(|row| row.json.as_str()).collect();
        response.body = format!("[{}]", texts.join(",")).into_bytes();
    }
    response
}
