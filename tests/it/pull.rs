//! Pulls from a portal in memory: whole with exactly the server's records, or called what they are.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tempfile::TempDir;
use usagebook::notice::{Code, Severity};
use usagebook::pull::transport::{Clock as _, Failure, Request, Response, Transport};
use usagebook::pull::{
    DIRECT_MAX, Endpoint, PullProgress, PullRequest, Pulled, PulledList, Verdict, Wholeness, pull,
};

use crate::frames::intake;
use crate::portal_model::{Counts, Habits, Model, Random, Role, Truth};

pub fn request(to: &Path) -> PullRequest {
    PullRequest::new("https://portal.example.org".parse().unwrap(), to)
}

/// What came of the records.
pub fn records(pulled: Pulled) -> PulledList {
    pulled.lists.into_iter().next().expect("records are pulled first")
}

pub fn run(request: &PullRequest, model: &Model) -> Verdict {
    let pulled = pull(request, model, model, &PullProgress::default()).expect("the folder can be written");
    records(pulled).verdict
}

pub fn resumed(request: &PullRequest) -> PullRequest {
    PullRequest { is_resumed: true, ..request.clone() }
}

/// What the folder's pages hold, the newest version of each record.
fn held(folder: &Path) -> Truth {
    let mut truth = Truth::new();
    for (name, text) in files(folder) {
        if !name.starts_with("page-") {
            continue;
        }
        let records: Vec<Value> = serde_json::from_str(&text).expect("a page is JSON");
        for record in records {
            let text = |field: &str| record[field].as_str().expect("text").to_owned();
            let uuid = u128::from_str_radix(&text("uuid"), 16).expect("a uuid");
            let hundredths = record["usage"].to_string().replace('.', "");
            let hundredths: i64 = hundredths.parse().expect("a usage");
            let scale =
                if record["usage"].to_string().split('.').nth(1).map_or(0, str::len) == 1 { 10 } else { 1 };
            let modified: DateTime<Utc> = text("modified").parse().expect("a time");
            let version = (hundredths * scale, modified);
            let newest = truth.entry(uuid).or_insert(version);
            if version.1 > newest.1 {
                *newest = version;
            }
        }
    }
    truth
}

pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(name, fs::read_to_string(&path).expect("text"));
    }
    files
}

fn differences(a: &Truth, b: &Truth) -> u64 {
    let of_a = a.iter().filter(|(uuid, version)| b.get(uuid) != Some(version)).count();
    let of_b = b.keys().filter(|uuid| !a.contains_key(uuid)).count();
    (of_a + of_b) as u64
}

/// Whether a report over the folder rings the alarm.
pub fn rings(folder: &Path) -> bool {
    if held(folder).is_empty() && !files(folder).keys().any(|name| name.starts_with("page-")) {
        // There is nothing to report on, which the command refuses.
        return true;
    }
    let intake = intake(&[folder.display().to_string()]);
    assert_eq!(intake.faults.first(), [], "the pages can be read");
    assert_eq!(intake.accounting.kept, held(folder).len() as u64);
    intake
        .notices
        .iter()
        .any(|notice| notice.code == Code::Incomplete && notice.severity == Severity::Warning)
}

/// A verdict is true of what the folder holds and the server held.
pub fn check_truth(verdict: &Verdict, folder: &Path, model: &Model) {
    let (held, at_start) = (held(folder), model.truth_at_start());
    for (uuid, version) in &held {
        assert!(model.was_ever(*uuid, *version), "a record that never was: {verdict:?}");
    }
    match verdict.verdict {
        Wholeness::Whole => assert_eq!(held, at_start),
        Wholeness::WholeAtStart => {
            let lost: Vec<_> = model.lasting().into_iter().filter(|uuid| !held.contains_key(uuid)).collect();
            assert!(lost.is_empty(), "{} lost: {verdict:?}", lost.len());
            let differences = differences(&held, &at_start);
            assert!(differences <= verdict.changed, "{differences} differ: {verdict:?}");
        }
        Wholeness::Incomplete => assert!(verdict.reason.is_some()),
    }
    if verdict.is_whole() {
        assert_eq!(verdict.records, held.len() as u64);
    }
    assert_eq!(rings(folder), !verdict.is_whole(), "{verdict:?}");
}

const FILTERS: [&str; 6] = [
    "component_usage__billing_period",
    "customer_uuid",
    "project_uuid",
    "offering_uuid",
    "resource_uuid",
    "type",
];

fn random_habits(random: &mut Random) -> Habits {
    let is_old = random.in_thousand(250);
    Habits {
        records: random.below(900) as usize,
        months: 1 + random.below(5) as u32,
        customers: 1 + random.below(6) as usize,
        usernames: 2 + random.below(60) as usize,
        page_size_max: [10, 37, 100, 300][random.below(4) as usize],
        knows_orders: !is_old,
        knows_head: !random.in_thousand(150),
        unknown_filters: FILTERS.into_iter().filter(|_| random.in_thousand(150)).collect(),
        writes: [0, 0, 0, 5, 30, 200][random.below(6) as usize],
        deletions: [0, 0, 0, 10, 50][random.below(5) as usize],
        moves: 0,
        role: Role::Staff,
        counts: Counts::True,
        failures: [0, 0, 50, 150][random.below(4) as usize],
        token_lasts: random.in_thousand(150).then(|| random.below(60)),
        lives: None,
    }
}

/// How many seeds are run: more where somebody has the time.
fn runs() -> u64 {
    std::env::var("USAGEBOOK_PULL_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(50)
}

#[test]
fn a_pull_is_whole_with_exactly_the_servers_records_or_says_that_it_is_not() {
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..runs() {
        let mut random = Random::new(seed);
        let habits = random_habits(&mut random);
        let model = Model::new(seed, habits.clone());
        let folder = TempDir::new().expect("a folder");
        let direct_max = [50, DIRECT_MAX][random.below(2) as usize];
        let request = PullRequest { direct_max, ..request(folder.path()) };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let pulled = pull(&request, &model, &model, &PullProgress::default());
            let Ok(pulled) = pulled else { return "nothing".to_owned() };
            let verdict = records(pulled).verdict;
            check_truth(&verdict, folder.path(), &model);
            let is_easy = habits.writes == 0
                && habits.deletions == 0
                && habits.knows_orders
                && habits.unknown_filters.is_empty()
                && habits.token_lasts.is_none();
            assert!(!is_easy || verdict.verdict == Wholeness::Whole, "{verdict:?}");
            format!("{:?}", verdict.verdict)
        }));
        let end = outcome.unwrap_or_else(|_| panic!("seed {seed}: {habits:?}"));
        *ends.entry(end).or_default() += 1;
    }
    println!("{ends:?}");
    assert!(ends["Whole"] > runs() / 4, "{ends:?}");
    assert!(ends.contains_key("Incomplete") && ends.contains_key("WholeAtStart"), "{ends:?}");
}

#[test]
fn what_a_quiet_server_never_gives_is_counted_to_the_record() {
    let mut incomplete = 0;
    for seed in 0..20 {
        let habits = Habits {
            records: 60,
            months: 1,
            page_size_max: 1,
            knows_orders: false,
            unknown_filters: FILTERS.to_vec(),
            ..Habits::default()
        };
        let model = Model::new(seed, habits);
        let folder = TempDir::new().expect("a folder");
        let verdict = run(&request(folder.path()), &model);
        check_truth(&verdict, folder.path(), &model);
        let missing = model.truth().len() - held(folder.path()).len();
        assert_eq!(verdict.missing, missing as u64, "seed {seed}: {verdict:?}");
        incomplete += u64::from(!verdict.is_whole());
    }
    assert!(incomplete > 0, "no seed is hard enough");
}

/// Everything but times, by file.
fn timeless(folder: &Path) -> BTreeMap<String, String> {
    let mut files = files(folder);
    let index: Value = serde_json::from_str(&files.remove("index.json").expect("an index")).expect("JSON");
    let pages = index["pages"].as_array().expect("a list").iter();
    let fields = ["page", "url", "status", "X-Result-Count", "rows", "file", "sha256", "slice"];
    let page = |page: &Value| fields.map(|field| page[field].to_string()).join(" ");
    files.insert("pages".to_owned(), pages.map(page).collect::<Vec<_>>().join("\n"));
    files.insert("records".to_owned(), index["verdict"]["records"].to_string());
    files.insert("verdict".to_owned(), index["verdict"]["verdict"].to_string());
    files
}

#[test]
fn killed_at_any_moment_and_resumed_it_leaves_the_same_files_as_without() {
    for seed in 0..runs() / 5 {
        let mut random = Random::new(seed);
        let habits = Habits {
            writes: 0,
            deletions: 0,
            token_lasts: None,
            records: 50 + random.below(700) as usize,
            ..random_habits(&mut random)
        };
        let (whole, killed) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
        let model = Model::new(seed, habits);
        run(&request(whole.path()), &model);
        let requests = model.requests();
        let mut model = model;
        let mut wanted = request(killed.path());
        let mut is_done = false;
        for life in 1..1000 {
            let lives = random.below(requests) + life;
            model = model.with(|habits| habits.lives = Some(lives));
            let outcome =
                catch_unwind(AssertUnwindSafe(|| pull(&wanted, &model, &model, &PullProgress::default())));
            if outcome.is_ok() {
                is_done = true;
                break;
            }
            wanted = resumed(&wanted);
        }
        assert!(is_done, "seed {seed}: it never ends");
        assert_eq!(timeless(killed.path()), timeless(whole.path()), "seed {seed}");
    }
}

#[test]
fn a_resumed_pull_asks_for_no_page_of_what_is_whole() {
    let folder = TempDir::new().expect("a folder");
    let habits = Habits { token_lasts: Some(12), records: 900, page_size_max: 100, ..Habits::default() };
    let model = Model::new(7, habits);
    let verdict = run(&request(folder.path()), &model);
    assert_eq!(verdict.verdict, Wholeness::Incomplete);
    assert!(verdict.reason.as_ref().is_some_and(|reason| reason.contains("401")), "{verdict:?}");
    assert!(rings(folder.path()));
    let there = files(folder.path()).keys().filter(|name| name.starts_with("page-")).count();
    assert!(there > 0, "what was read is kept");

    let model = model.with(|habits| habits.token_lasts = None);
    let verdict = run(&resumed(&request(folder.path())), &model);
    assert_eq!(verdict.verdict, Wholeness::Whole);
    check_truth(&verdict, folder.path(), &model);
    let all = files(folder.path()).keys().filter(|name| name.starts_with("page-")).count();
    let slice_pages = model.pages().into_iter().filter(|url| url.contains("page_size=300")).count();
    assert_eq!(slice_pages, all - there);

    let model = model.with(|_| {});
    assert_eq!(run(&resumed(&request(folder.path())), &model), verdict);
    assert_eq!(model.requests(), 0, "what is whole is not asked for again");
}

#[test]
fn a_page_that_was_damaged_since_is_fetched_again() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(3, Habits::default());
    run(&request(folder.path()), &model);
    let page = folder.path().join("page-2026-10-0001.json");
    let sound = fs::read(&page).expect("the page");
    fs::write(&page, b"[]").expect("the page can be written");
    assert!(rings(folder.path()), "a record is gone");
    run(&resumed(&request(folder.path())), &model);
    assert_eq!(fs::read(&page).expect("the page"), sound);
    assert!(!rings(folder.path()));
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(3, Habits::default());
    let said = |request: &PullRequest| {
        pull(request, &model, &model, &PullProgress::default()).expect_err("it is refused").to_string()
    };
    fs::write(folder.path().join("notes.txt"), "x").expect("a file");
    assert!(said(&request(folder.path())).contains("holds other files"));
    fs::remove_file(folder.path().join("notes.txt")).expect("the file");
    run(&request(folder.path()), &model);
    assert!(said(&request(folder.path())).contains("holds a dump already"));
    let other = PullRequest {
        portal: "https://other.example.org".parse().unwrap(),
        ..resumed(&request(folder.path()))
    };
    assert!(said(&other).contains("with which it began"));
}

#[test]
fn a_filter_that_the_server_does_not_know_is_never_trusted() {
    let folder = TempDir::new().expect("a folder");
    let habits = Habits { unknown_filters: vec!["username"], ..Habits::default() };
    let model = Model::new(3, habits);
    let filters = vec![("username".to_owned(), vec!["user1".to_owned()])];
    let filtered = PullRequest { filters, ..request(folder.path()) };
    let error = pull(&filtered, &model, &model, &PullProgress::default()).expect_err("it is refused");
    assert!(
        error.to_string().contains("asked for a username that no record has, the server counts records"),
        "{error}"
    );

    let model = model.with(|habits| habits.unknown_filters.clear());
    let verdict = run(&filtered, &model);
    assert_eq!(verdict.verdict, Wholeness::Whole);
    assert!(verdict.records > 0 && verdict.records < 600, "{verdict:?}");
}

#[test]
fn only_the_months_that_were_asked_for_are_pulled() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(3, Habits::default());
    let periods = vec!["2026-09".parse().expect("a month"), "2026-10".parse().expect("a month")];
    let verdict = run(&PullRequest { periods, ..request(folder.path()) }, &model);
    assert_eq!(verdict.verdict, Wholeness::Whole);
    assert!(!rings(folder.path()));
    let names: Vec<String> = files(folder.path()).into_keys().collect();
    assert_eq!(names, ["index.json", "page-2026-09-0001.json", "page-2026-10-0001.json"]);
}

#[test]
fn the_pages_that_several_hands_fetch_are_those_of_one() {
    let (one, many) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    let habits = Habits { records: 900, page_size_max: 10, failures: 100, ..Habits::default() };
    run(&request(one.path()), &Model::new(5, habits.clone()));
    run(&PullRequest { jobs: 4, ..request(many.path()) }, &Model::new(5, habits));
    assert_eq!(timeless(many.path()), timeless(one.path()));
}

#[test]
fn requests_keep_to_the_rate() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(5, Habits { records: 900, page_size_max: 10, ..Habits::default() });
    let begun = model.now();
    run(&PullRequest { rate: Some(2), ..request(folder.path()) }, &model);
    let took = model.now() - begun;
    let least = (model.requests() as i64 - 1) * 500;
    assert!(took.num_milliseconds() >= least, "{took} for {} requests", model.requests());
}

/// A server that goes away after so many answers.
struct Leaving<'a> {
    model: &'a Model,
    answers: AtomicU64,
}

impl<'a> Leaving<'a> {
    fn after(answers: u64, model: &'a Model) -> Self {
        Self { model, answers: AtomicU64::new(answers) }
    }
}

impl Transport for Leaving<'_> {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let left = self.answers.fetch_update(Relaxed, Relaxed, |answers| answers.checked_sub(1));
        match left {
            Ok(_) => self.model.send(request),
            Err(_) => Err(Failure::passing("connection refused")),
        }
    }
}

#[test]
fn a_server_that_never_answers_is_said_to_be_gone_and_leaves_the_folder_free() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(5, Habits::default());
    let begun = model.now();
    let gone = Leaving::after(0, &model);
    let error =
        pull(&request(folder.path()), &gone, &model, &PullProgress::default()).expect_err("nothing comes");
    let said = error.to_string();
    assert!(said.contains("no answer after 4 attempts; the last one gave connection refused"), "{said}");
    assert!(model.now() - begun < TimeDelta::seconds(20), "nobody waits long for a wrong address");
    assert_eq!(run(&request(folder.path()), &model).verdict, Wholeness::Whole);
}

#[test]
fn a_server_that_goes_away_is_waited_for() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(5, Habits::default());
    let leaving = Leaving::after(2, &model);
    let begun = model.now();
    let pulled = pull(&request(folder.path()), &leaving, &model, &PullProgress::default()).expect("a part");
    let reason = records(pulled).verdict.reason.expect("it is not whole");
    assert!(reason.contains("no answer after 10 attempts"), "{reason}");
    assert!(model.now() - begun > TimeDelta::seconds(100), "it is stubborn");
}

#[test]
fn a_deletion_between_two_pulls_is_no_loss() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(
        7,
        Habits { token_lasts: Some(12), records: 900, page_size_max: 100, ..Habits::default() },
    );
    run(&request(folder.path()), &model);
    let model = model.with(|habits| habits.token_lasts = None);
    model.delete_one();
    let verdict = run(&resumed(&request(folder.path())), &model);
    assert_eq!((verdict.verdict, verdict.changed), (Wholeness::WholeAtStart, 1), "{verdict:?}");
    check_truth(&verdict, folder.path(), &model);
}

#[test]
fn parents_lie_beside_the_records_and_do_not_disturb_a_report() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(7, Habits { page_size_max: 50, ..Habits::default() });
    let parents_folder = Endpoint::ComponentUsages.folder();
    let request = PullRequest { others: vec![Endpoint::ComponentUsages], ..request(folder.path()) };
    let pulled = pull(&request, &model, &model, &PullProgress::default()).expect("it can be pulled");
    let parents = &pulled.lists[1].verdict;
    assert_eq!((parents.verdict, parents.records), (Wholeness::Whole, model.truth().len() as u64));
    assert!(pulled.is_sound() && !rings(folder.path()));
    let pages = files(&folder.path().join(parents_folder));
    assert!(
        pages.contains_key("index.json") && pages.contains_key("page-2026-10-0001.json"),
        "{:?}",
        pages.keys()
    );
    let notices = intake(&[folder.path().display().to_string()]).notices;
    let skipped = notices.iter().filter(|notice| notice.message.contains(parents_folder));
    assert_eq!(skipped.count(), 1, "one note for all of them");
}

#[test]
fn what_is_pulled_beside_the_records_is_read_with_them() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(11, Habits { page_size_max: 50, ..Habits::default() });
    let others = vec![Endpoint::Invoices, Endpoint::Customers, Endpoint::Projects, Endpoint::OfferingUsers];
    let request = PullRequest { others, ..request(folder.path()) };
    let pulled = pull(&request, &model, &model, &PullProgress::default()).expect("it can be pulled");
    assert!(pulled.is_sound());
    let path = |endpoint: Endpoint| folder.path().join(endpoint.folder()).display().to_string();
    let report = format!("report '{}' --as-of 2026-11-23 --format csv -q", folder.path().display());
    let attributes = format!(
        "{report} --by country,user --attributes '{}' --attributes '{}'",
        path(Endpoint::Customers),
        path(Endpoint::OfferingUsers)
    );
    let text = crate::binary::stdout(&attributes);
    assert!(text.starts_with("country,username,user_full_name,measured_unit,usage,"), "{text}");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 20, "a row for each username");
    for row in rows {
        assert_eq!((row[0], row[2]), ("EE", format!("Person {}", row[1]).as_str()));
    }

    let check = format!(
        "check '{}' --as-of 2026-11-23 --period 2026-10 --invoices '{}'",
        folder.path().display(),
        path(Endpoint::Invoices)
    );
    let billed = crate::binary::run(&check);
    for code in ["invoice_differs: ", "invoiced_without_usage: ", "usage_not_invoiced: "] {
        assert!(!billed.stdout.contains(code), "{}", billed.stdout);
    }
    let pages = files(&folder.path().join("invoices"));
    let october = r#""month":10,"items":[{"#;
    let (name, text) = pages.iter().find(|(_, text)| text.contains(october)).expect("an invoice of October");
    let items = text.find(october).expect("items");
    let at = items + text[items..].find(r#""quantity":""#).expect("a quantity") + 12;
    fs::write(folder.path().join("invoices").join(name), format!("{}9{}", &text[..at], &text[at..]))
        .expect("it can be written");
    let changed = crate::binary::run(&check);
    assert!(changed.stdout.contains("invoice_differs: 1 component"), "{}", changed.stdout);
}

#[test]
fn a_pull_that_was_killed_rings_until_it_is_resumed() {
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(7, Habits { page_size_max: 50, lives: Some(15), ..Habits::default() });
    let request = request(folder.path());
    let outcome = catch_unwind(AssertUnwindSafe(|| pull(&request, &model, &model, &PullProgress::default())));
    assert!(outcome.is_err() && rings(folder.path()));
    let model = model.with(|habits| habits.lives = None);
    run(&resumed(&request), &model);
    assert!(!rings(folder.path()));
}
