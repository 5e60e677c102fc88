//! A portal in memory that behaves as badly as a real one, on a clock that nobody waits for.
//!
//! Ties stand in another order on early pages than on late ones, and for another page size; filters may be unknown and
//! are then ignored without a word; records are written, changed and deleted between two requests; answers fail in
//! every way that answers fail. All of it follows from a seed.

mod others;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use usagebook::period::BillingPeriod;
use usagebook::pull::transport::{Clock, Failure, Method, Request, Response, Transport};

/// How a portal behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habits {
    pub records: usize,
    pub months: u32,
    pub customers: usize,
    pub usernames: usize,
    pub page_size_max: usize,
    pub knows_orders: bool,
    pub knows_head: bool,
    /// Filters that are ignored.
    pub unknown_filters: Vec<&'static str>,
    /// In a thousand requests, how many see a record written, changed or deleted before them.
    pub writes: u64,
    /// In a thousand requests, how many see a record deleted before them.
    pub deletions: u64,
    /// In a thousand requests, how many see a project moved to another customer before them.
    pub moves: u64,
    /// What the token may see.
    pub role: Role,
    /// What is said of how many records there are.
    pub counts: Counts,
    /// In a thousand requests, how many fail.
    pub failures: u64,
    /// After how many requests the token is refused.
    pub token_lasts: Option<u64>,
    /// After how many requests the process that asks is killed.
    pub lives: Option<u64>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            records: 600,
            months: 3,
            customers: 4,
            usernames: 20,
            page_size_max: 300,
            knows_orders: true,
            knows_head: true,
            unknown_filters: Vec::new(),
            writes: 0,
            deletions: 0,
            moves: 0,
            role: Role::Staff,
            counts: Counts::True,
            failures: 0,
            token_lasts: None,
            lives: None,
        }
    }
}

/// Whose token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Staff,
    Support,
    /// Of the customer of this number, whose records alone are shown.
    Owner(u64),
    /// Of nothing: no record is shown.
    Nobody,
    /// The portal does not say whose it is, and shows everything.
    Untold,
}

/// What a portal says of how many records there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    True,
    /// The same number, whatever is there; every page has the first record again.
    Always(u64),
    /// Another number at each request.
    Random,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub uuid: u128,
    username: String,
    /// Customer, project, offering, resource and type, as the filters name them.
    values: [String; 5],
    month: BillingPeriod,
    /// In hundredths.
    pub usage: i64,
    created: DateTime<Utc>,
    pub modified: DateTime<Utc>,
    date: DateTime<Utc>,
    /// The component usage that it hangs on: of its resource, type and month.
    parent: u64,
}

/// What the server holds, by uuid: usage and `modified`.
pub type Truth = BTreeMap<u128, (i64, DateTime<Utc>)>;

pub struct Model {
    pub habits: Habits,
    state: Mutex<State>,
}

struct State {
    random: Random,
    now: DateTime<Utc>,
    records: BTreeMap<u128, Record>,
    next_uuid: u64,
    requests: u64,
    /// The URLs of the pages that were given away.
    pages: Vec<String>,
    /// What it held at its first answer that arrived: a pull knows nothing of earlier ones.
    at_start: Option<Truth>,
    /// Every version that a record ever had.
    versions: BTreeMap<u128, Vec<(i64, DateTime<Utc>)>>,
}

/// xorshift64*: small, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(mixed(seed) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 16) % bound.max(1)
    }

    pub fn in_thousand(&mut self, chance: u64) -> bool {
        self.below(1000) < chance
    }
}

fn mixed(number: u64) -> u64 {
    let mut number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

impl Model {
    pub fn new(seed: u64, habits: Habits) -> Self {
        let mut state = State {
            random: Random::new(seed),
            now: "2026-11-23T10:00:00.123456Z".parse().expect("a time"),
            records: BTreeMap::new(),
            next_uuid: 0,
            requests: 0,
            pages: Vec::new(),
            at_start: None,
            versions: BTreeMap::new(),
        };
        for _ in 0..habits.records {
            let created = state.now - TimeDelta::seconds(3600 + state.random.below(10_000_000) as i64);
            state.insert(&habits, created);
        }
        Self { habits, state: Mutex::new(state) }
    }

    /// The same portal with other habits, its token renewed and its client alive again.
    pub fn with(self, change: impl FnOnce(&mut Habits)) -> Self {
        let mut habits = self.habits;
        change(&mut habits);
        let mut state = self.state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.requests = 0;
        state.pages.clear();
        Self { habits, state: Mutex::new(state) }
    }

    pub fn truth_at_start(&self) -> Truth {
        self.state().at_start.clone().expect("it was asked")
    }

    pub fn truth(&self) -> Truth {
        self.state().truth()
    }

    /// Records that were there from the first answer that arrived on until now.
    pub fn lasting(&self) -> Vec<u128> {
        let state = self.state();
        let at_start = state.at_start.iter().flat_map(Truth::keys).copied();
        at_start.filter(|uuid| state.records.contains_key(uuid)).collect()
    }

    pub fn was_ever(&self, uuid: u128, version: (i64, DateTime<Utc>)) -> bool {
        self.state().versions.get(&uuid).is_some_and(|versions| versions.contains(&version))
    }

    pub fn requests(&self) -> u64 {
        self.state().requests
    }

    pub fn pages(&self) -> Vec<String> {
        self.state().pages.clone()
    }

    /// Deletes a record that passes, as an operator would.
    pub fn delete_one(&self) {
        let mut state = self.state();
        let uuid = *state.records.keys().next().expect("there are records");
        state.records.remove(&uuid);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn knows(&self, filter: &str) -> bool {
        !self.habits.unknown_filters.contains(&filter)
    }

    /// The records that a query lets through, in an order that is not total; or why it is refused.
    fn select<'s>(
        &self,
        state: &'s State,
        parameters: &[(String, String)],
        window: u64,
    ) -> Result<Vec<&'s Record>, &'static str> {
        let mut records: Vec<&Record> = state.records.values().collect();
        match self.habits.role {
            Role::Owner(customer) => records.retain(|record| record.values[0] == uuid_of(1, customer)),
            Role::Nobody => records.clear(),
            Role::Staff | Role::Support | Role::Untold => {}
        }
        let names = ["customer_uuid", "project_uuid", "offering_uuid", "resource_uuid", "type"];
        let mut order = String::new();
        for (name, value) in parameters.iter().filter(|(name, value)| !value.is_empty() && self.knows(name)) {
            if let Some(at) = names.iter().position(|filter| filter == name) {
                records.retain(|record| record.values[at] == *value);
            }
            match name.as_str() {
                "component_usage__billing_period" | "billing_period" => {
                    let month = value.parse::<chrono::NaiveDate>().ok().map(BillingPeriod::of);
                    records.retain(|record| Some(record.month) == month);
                }
                "username" => {
                    records.retain(|record| record.username.to_lowercase().contains(&value.to_lowercase()));
                }
                "o" if self.habits.knows_orders => order = value.clone(),
                _ => {}
            }
        }
        let keys: Vec<&str> = order.split(',').filter(|key| !key.is_empty()).collect();
        let known = ["component_usage__billing_period", "billing_period", "usage", "username"];
        if keys.iter().any(|key| !known.contains(&key.trim_start_matches('-'))) {
            return Err(r#"{"o":["Select a valid choice."]}"#);
        }
        records.sort_by(|a, b| {
            let by_keys = keys.iter().map(|key| {
                let ordering = match key.trim_start_matches('-') {
                    "usage" => a.usage.cmp(&b.usage),
                    "username" => a.username.cmp(&b.username),
                    _ => a.month.cmp(&b.month),
                };
                if key.starts_with('-') { ordering.reverse() } else { ordering }
            });
            let by_default = || b.date.cmp(&a.date).then_with(|| a.values[4].cmp(&b.values[4]));
            let by_keys = by_keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then);
            let by_keys = if keys.is_empty() { by_default() } else { by_keys };
            // Among ties, whatever the planner does for a window of this kind.
            let window = mixed(window);
            let tie = |record: &Record| mixed(record.uuid as u64 ^ window);
            by_keys.then_with(|| tie(a).cmp(&tie(b)))
        });
        Ok(records)
    }

    fn me(&self) -> Response {
        let body = match self.habits.role {
            Role::Staff => r#"{"uuid":"a1","is_staff":true,"is_support":false}"#,
            Role::Support => r#"{"uuid":"a1","is_staff":false,"is_support":true}"#,
            Role::Owner(_) | Role::Nobody => r#"{"uuid":"a1"}"#,
            Role::Untold => return Response { status: 404, ..Response::default() },
        };
        Response { status: 200, body: body.as_bytes().to_vec(), ..Response::default() }
    }

    fn answer(&self, state: &mut State, request: &Request) -> Response {
        let (address, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        if address.ends_with("/api/users/me/") {
            return self.me();
        }
        let mut response =
            Response { status: 200, date: Some(whole_second(state.now)), ..Response::default() };
        let is_of_parents = address.ends_with("/api/marketplace-component-usages/");
        let list =
            address.split_once("/api/").map(|(_, path)| path.trim_end_matches('/')).unwrap_or_default();
        if let Some(rows) = others::list(list, state.records.values()) {
            return others::answer(rows, request, &self.habits, response);
        }
        if !is_of_parents && !address.ends_with("/api/marketplace-component-user-usages/") {
            response.status = 404;
            response.body = br#"{"detail":"Not found."}"#.to_vec();
            return response;
        }
        let parameters = parameters(query);
        let number = |wanted: &str, default: usize| {
            let value = parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.parse());
            value.and_then(Result::ok).filter(|number| *number > 0).unwrap_or(default)
        };
        let page = number("page", 1);
        let page_size = number("page_size", 10).min(self.habits.page_size_max);
        let offset = (page - 1) * page_size;
        // A heap for early pages, a sort for late ones.
        let is_late = offset >= 3 * page_size;
        let random = state.random.next();
        let mut is_given = false;
        match self.select(state, &parameters, page_size as u64 * 2 + u64::from(is_late)) {
            Err(refusal) => {
                response.status = 400;
                response.body = refusal.as_bytes().to_vec();
            }
            Ok(records) if self.habits.counts != Counts::True => {
                response.count = Some(match self.habits.counts {
                    Counts::Always(count) => count,
                    Counts::True | Counts::Random => random >> 24,
                });
                is_given = true;
                response.body = json(&records[..records.len().min(1)]).into_bytes();
            }
            Ok(records) if page > 1 && offset >= records.len() => {
                response.status = 404;
                response.body = br#"{"detail":"Invalid page."}"#.to_vec();
            }
            Ok(records) => {
                response.count = Some(records.len() as u64);
                if request.method == Method::Get {
                    is_given = true;
                    let end = records.len().min(offset + page_size);
                    let write = if is_of_parents { parents_json } else { json };
                    response.body = write(&records[offset..end]).into_bytes();
                }
            }
        }
        if is_given {
            state.pages.push(request.url.clone());
        }
        response
    }
}

impl Transport for Model {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let mut state = self.state();
        let state = &mut *state;
        state.requests += 1;
        assert!(self.habits.lives.is_none_or(|lives| state.requests <= lives), "killed");
        state.now += TimeDelta::milliseconds(20 + state.random.below(400) as i64);
        while state.random.in_thousand(self.habits.writes) {
            state.write(&self.habits);
        }
        if state.random.in_thousand(self.habits.deletions) && !state.records.is_empty() {
            let place = state.random.below(state.records.len() as u64) as usize;
            let uuid = *state.records.keys().nth(place).expect("it was counted");
            state.records.remove(&uuid);
        }
        if state.random.in_thousand(self.habits.moves) {
            state.move_project(&self.habits);
        }
        if self.habits.token_lasts.is_some_and(|requests| state.requests > requests) {
            let body = br#"{"detail":"Invalid token."}"#.to_vec();
            return Ok(Response { status: 401, body, ..Response::default() });
        }
        if request.method == Method::Head && !self.habits.knows_head {
            return Ok(Response { status: 405, ..Response::default() });
        }
        let mut response = self.answer(state, request);
        if !state.random.in_thousand(self.habits.failures) {
            state.start();
            return Ok(response);
        }
        let failure = |reason: &str| Failure::passing(reason);
        match state.random.below(7) {
            0 => Ok(Response {
                status: 500,
                body: b"<h1>Server Error (500)</h1>".to_vec(),
                ..Response::default()
            }),
            1 => Ok(Response { status: 429, retry_after: Some("7".to_owned()), ..Response::default() }),
            2 => {
                let until = (state.now + TimeDelta::seconds(20)).format("%a, %d %b %Y %H:%M:%S GMT");
                Ok(Response { status: 503, retry_after: Some(until.to_string()), ..response })
            }
            3 => Err(failure("the connection broke")),
            4 => {
                state.now += TimeDelta::seconds(30);
                Err(failure("the bytes dripped too slowly"))
            }
            5 => {
                response.count = None;
                Ok(response)
            }
            _ => {
                response.body.truncate(response.body.len() / 2);
                response.body.is_empty().then(|| response.count = None);
                Ok(response)
            }
        }
    }
}

impl Clock for Model {
    fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    fn sleep(&self, duration: Duration) {
        self.state().now += TimeDelta::from_std(duration).expect("a pause is short");
    }

    fn random(&self) -> u64 {
        self.state().random.next()
    }
}

impl Record {
    fn parent_of(&self) -> u64 {
        let bytes = format!("{}{}{}", self.values[3], self.values[4], self.month);
        bytes.bytes().fold(7, |hash, byte| mixed(hash ^ u64::from(byte)))
    }
}

impl State {
    fn truth(&self) -> Truth {
        self.records.values().map(|record| (record.uuid, (record.usage, record.modified))).collect()
    }

    fn write(&mut self, habits: &Habits) {
        self.now += TimeDelta::microseconds(1 + self.random.below(1000) as i64);
        let now = self.now;
        let place = self.random.below(self.records.len() as u64) as usize;
        let some = self.records.keys().nth(place).copied();
        match (self.random.below(4), some) {
            (0, _) | (_, None) => self.insert(habits, now),
            (1, Some(uuid)) => drop(self.records.remove(&uuid)),
            (_, Some(uuid)) => {
                let usage = self.random.below(5000) as i64;
                let record = self.records.get_mut(&uuid).expect("it was found");
                (record.usage, record.modified) = (usage, now);
                self.versions.entry(uuid).or_default().push((usage, now));
            }
        }
    }

    fn insert(&mut self, habits: &Habits, created: DateTime<Utc>) {
        self.next_uuid += 1;
        let uuid = u128::from(mixed(self.next_uuid)) << 64 | u128::from(mixed(!self.next_uuid));
        let random = &mut self.random;
        let customer = random.below(habits.customers as u64);
        let project = customer * 3 + random.below(3);
        let offering = random.below(2);
        let resource = project * 2 + offering;
        let kind = ["cpu", "gpu", "ram", "storage"][random.below(4) as usize];
        let month = BillingPeriod::new(2026, 10).expect("a month");
        let month = month.plus_months(-(random.below(u64::from(habits.months)) as i32));
        let record = Record {
            uuid,
            username: format!("user{}", random.below(habits.usernames as u64)),
            values: [
                uuid_of(1, customer),
                uuid_of(2, project),
                uuid_of(3, offering),
                uuid_of(4, resource),
                kind.to_owned(),
            ],
            month,
            // Few different ones, so that there are ties.
            usage: random.below(8) as i64 * 100,
            created,
            modified: created,
            date: month.first_day().and_hms_opt(12, 0, 0).expect("noon").and_utc(),
            parent: 0,
        };
        let record = Record { parent: record.parent_of(), ..record };
        let is_taken = |other: &Record| other.parent == record.parent && other.username == record.username;
        if !self.records.values().any(is_taken) {
            self.versions.entry(uuid).or_default().push((record.usage, record.modified));
            self.records.insert(uuid, record);
        }
    }

    /// Gives a project with everything under it to another customer, in the middle of a second.
    fn move_project(&mut self, habits: &Habits) {
        let customer = self.random.below(habits.customers as u64);
        let place = self.random.below(self.records.len().max(1) as u64) as usize;
        let Some(project) = self.records.values().nth(place).map(|record| record.values[1].clone()) else {
            return;
        };
        for record in self.records.values_mut().filter(|record| record.values[1] == project) {
            record.values[0] = uuid_of(1, customer);
        }
    }

    fn start(&mut self) {
        if self.at_start.is_none() {
            self.at_start = Some(self.truth());
        }
    }
}

fn uuid_of(kind: u64, number: u64) -> String {
    format!("{:032x}", u128::from(mixed(kind << 32 | number)))
}

fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).expect("a time")
}

pub fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte.unwrap_or_default()).to_digit(16);
        match byte {
            b'%' => match (hex(rest.next()), hex(rest.next())) {
                (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
                _ => panic!("{value} is badly encoded"),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).expect("a value is text")
}

/// A page as the server writes it.
fn json(records: &[&Record]) -> String {
    let mut text = String::from("[");
    for (at, record) in records.iter().enumerate() {
        let Record { uuid, username, values, month, usage, .. } = record;
        let parent = record.parent;
        let [customer, project, offering, resource, kind] = values;
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        let comma = if at > 0 { "," } else { "" };
        write!(
            text,
            r#"{comma}{{"uuid":"{uuid:032x}","user":null,"username":"{username}","component_usage":"http://h/api/marketplace-component-usages/{parent:032x}/","usage":{}.{:02},"measured_unit":"hour","description":"","created":"{}","modified":"{}","backend_id":"","resource_name":"r","resource_uuid":"{resource}","offering_name":"o","offering_uuid":"{offering}","project_name":"p","project_uuid":"{project}","customer_name":"c","customer_uuid":"{customer}","component_type":"{kind}","date":"{}","billing_period":"{}"}}"#,
            usage / 100,
            usage % 100,
            time(record.created),
            time(record.modified),
            time(record.date),
            month.first_day(),
        )
        .expect("text takes text");
    }
    text.push(']');
    text
}

/// A page of component usages: here each record has a parent of its own, of the same uuid.
fn parents_json(records: &[&Record]) -> String {
    let one = |record: &&Record| {
        let Record { uuid, values, month, usage, .. } = record;
        let [customer, project, offering, resource, kind] = values;
        let created = record.created.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!(
            r#"{{"uuid":"{uuid:032x}","created":"{created}","description":"","type":"{kind}","name":"n","measured_unit":"hour","usage":{}.{:02},"date":"2026-10-01T00:00:00Z","recurring":false,"resource_name":"r","resource_uuid":"{resource}","offering_name":"o","offering_uuid":"{offering}","project_name":"p","project_uuid":"{project}","customer_name":"c","customer_uuid":"{customer}","billing_period":"{}","modified_by":null}}"#,
            usage / 100,
            usage % 100,
            month.first_day(),
        )
    };
    format!("[{}]", records.iter().map(one).collect::<Vec<_>>().join(","))
}
