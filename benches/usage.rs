//! One record of the endpoint's shape, made from its number.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use usagebook::usage::Field;

const SEED: u64 = 1;
const MONTHS: u64 = 24;
const COMPONENTS: [(&str, &str); 5] = [
    ("cpu_hours", "core-hours"),
    ("gpu_hours", "GPU-hours"),
    ("storage_gb_hours", "GB-hours"),
    ("ram_gb_hours", "GB-hours"),
    ("floating_ip", "count"),
];
/// So many records hang on one resource, eight on each of its parents.
const RECORDS_PER_RESOURCE: u64 = 1_000;
const USERNAMES: u64 = 20_000;

/// A record. Its parent, one component of one resource in one month, tells everything but the user and the figures.
pub struct Usage {
    number: u64,
    /// Chance that belongs to the record.
    chance: u64,
    /// Chance that belongs to the parent.
    parent_chance: u64,
    month: NaiveDate,
    component: usize,
    resource: u64,
    project: u64,
    username: u64,
}

impl Usage {
    /// Records of uuids and natural keys that all differ.
    pub fn many(records: usize) -> impl Iterator<Item = Self> {
        let resources = (records as u64 / RECORDS_PER_RESOURCE).max(1);
        (0..records as u64).map(move |number| Self::new(number, resources))
    }

    fn new(number: u64, resources: u64) -> Self {
        let parents = MONTHS * COMPONENTS.len() as u64 * resources;
        let parent = number % parents;
        let parent_chance = mixed(parent ^ 0x7061_7265_6e74);
        let resource = parent / MONTHS % resources;
        let project = mixed(resource) % 600;
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date");
        Self {
            number,
            chance: mixed(number),
            parent_chance,
            month: first + Months::new((parent % MONTHS) as u32),
            component: (parent / (MONTHS * resources)) as usize,
            resource,
            project,
            username: (parent_chance % USERNAMES + number / parents) % USERNAMES,
        }
    }

    pub fn month(&self) -> NaiveDate {
        self.month
    }

    pub fn created(&self) -> DateTime<Utc> {
        let micros = TimeDelta::microseconds((self.chance % 86_400_000_000) as i64);
        day(self.month, self.chance % 25) + micros
    }

    pub fn modified(&self) -> DateTime<Utc> {
        self.created() + TimeDelta::days(2)
    }

    pub fn date(&self) -> DateTime<Utc> {
        day(self.month, self.parent_chance % 25) + TimeDelta::seconds((self.parent_chance % 86_400) as i64)
    }

    /// Of two to eight digits, one in twenty is zero.
    pub fn hundredths(&self) -> i128 {
        let digits = self.chance / 20 % 7 + 2;
        match self.chance % 20 {
            0 => 0,
            _ => i128::from(self.chance >> 20) % 10_i128.pow(digits as u32),
        }
    }

    /// A field as the server writes it; none for null.
    pub fn text(&self, field: Field) -> Option<String> {
        let (component_type, measured_unit) = COMPONENTS[self.component];
        let customer = self.project % 80;
        let offering = self.resource % 20;
        Some(match field {
            Field::Uuid => uuid("usage", self.number),
            Field::User if self.username.is_multiple_of(9) => return None,
            Field::User => url("marketplace-offering-users", &uuid("offering user", self.username)),
            Field::Username => format!("user{:05}.p{}", self.username, self.username % 600),
            Field::ComponentUsage => {
                url("marketplace-component-usages", &uuid("component usage", self.parent_chance))
            }
            Field::Usage => format!("{}.{:02}", self.hundredths() / 100, self.hundredths() % 100),
            Field::MeasuredUnit => measured_unit.to_owned(),
            Field::Description if self.chance.is_multiple_of(50) => {
                format!("late report, see \"ticket\" {}", self.chance % 1000)
            }
            Field::Description | Field::BackendId => String::new(),
            Field::Created => self.created().to_rfc3339_opts(SecondsFormat::Micros, true),
            Field::Modified => self.modified().to_rfc3339_opts(SecondsFormat::Micros, true),
            Field::ResourceName => format!("alloc-{} été", self.resource),
            Field::ResourceUuid => uuid("resource", self.resource),
            Field::OfferingName => format!("Offering {offering}"),
            Field::OfferingUuid => uuid("offering", offering),
            Field::ProjectName => format!("Project {} – Größe", self.project),
            Field::ProjectUuid => uuid("project", self.project),
            Field::CustomerName => format!("Customer {customer}"),
            Field::CustomerUuid => uuid("customer", customer),
            Field::ComponentType => component_type.to_owned(),
            Field::Date => self.date().to_rfc3339_opts(SecondsFormat::Secs, true),
            Field::BillingPeriod => self.month.to_string(),
        })
    }

    /// Compact, with the keys in the server's order, and usage as a number.
    pub fn json(&self) -> String {
        let members = Field::ALL.map(|field| {
            let value = match (field, self.text(field)) {
                (_, None) => "null".to_owned(),
                (Field::Usage, Some(number)) => number,
                (_, Some(text)) => serde_json::Value::String(text).to_string(),
            };
            format!("\"{}\":{value}", field.name())
        });
        format!("{{{}}}", members.join(","))
    }
}

fn day(month: NaiveDate, days: u64) -> DateTime<Utc> {
    (month + Days::new(days)).and_time(NaiveTime::MIN).and_utc()
}

fn url(endpoint: &str, uuid: &str) -> String {
    format!("https://portal.example.org/api/{endpoint}/{uuid}/")
}

/// The uuid of the so-manieth thing of a kind, as 32 hex digits.
fn uuid(kind: &str, number: u64) -> String {
    let start = kind.bytes().fold(number, |state, byte| mixed(state ^ u64::from(byte)));
    format!("{start:016x}{:016x}", mixed(start))
}

/// Splitmix64: every number to one that looks like chance, no two to the same.
fn mixed(number: u64) -> u64 {
    let state = number.wrapping_add(SEED).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
