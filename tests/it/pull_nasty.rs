//! Pulls from portals that show a part, delete, move and lie: proved for whom, within what effort, or called what they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use usagebook::ingest::SeenAs;
use usagebook::pull::{Endpoint, PullProgress, PullRequest, PulledList, Verdict, Wholeness, pull};

use crate::portal_model::{Counts, Habits, Model, Role};
use crate::pull::{check_truth, files, records, request, resumed, rings, run};

/// A pull of records, with what the token saw.
fn seen(folder: &Path, model: &Model) -> PulledList {
    records(pull(&request(folder), model, model, &PullProgress::default()).expect("it can be pulled"))
}

#[test]
fn a_token_that_sees_a_part_proves_that_part_only() {
    for (role, seen_as, said) in [
        (Role::Staff, Some(SeenAs::All), "whole: 570 records, proved"),
        (Role::Support, Some(SeenAs::All), "whole: 570 records, proved"),
        (Role::Owner(1), Some(SeenAs::Part), "whole: 152 records, proved for what this token sees"),
        (Role::Nobody, Some(SeenAs::Part), "whole: 0 records, proved for what this token sees"),
        (Role::Untold, None, "whole: 570 records, proved for what this token sees"),
    ] {
        let folder = TempDir::new().expect("a folder");
        let model = Model::new(7, Habits { role, ..Habits::default() });
        let list = seen(folder.path(), &model);
        assert_eq!(list.seen_as, seen_as, "{role:?}");
        assert_eq!(list.to_string(), said, "{role:?}");
        let index: Value = serde_json::from_str(&files(folder.path())["index.json"]).expect("JSON");
        let key = seen_as.map(|seen_as| if seen_as == SeenAs::All { "all" } else { "part" });
        assert_eq!(index.get("seen_as").and_then(Value::as_str), key, "{role:?}");
        assert_eq!(list.is_sound(), role != Role::Nobody, "nothing seen by nobody is no proof");
    }
}

#[test]
fn nothing_at_all_is_sound_only_where_everything_is_shown() {
    let folder = TempDir::new().expect("a folder");
    let empty = |role| Model::new(7, Habits { records: 0, role, ..Habits::default() });
    assert!(seen(folder.path(), &empty(Role::Staff)).is_sound());
    let folder = TempDir::new().expect("a folder");
    assert!(!seen(folder.path(), &empty(Role::Untold)).is_sound());
}

#[test]
fn a_pull_that_goes_on_with_a_lesser_token_claims_no_more_than_that_sees() {
    let folder = TempDir::new().expect("a folder");
    let habits = Habits { token_lasts: Some(12), records: 900, page_size_max: 100, ..Habits::default() };
    let model = Model::new(7, habits);
    assert_eq!(seen(folder.path(), &model).seen_as, Some(SeenAs::All));
    let model = model.with(|habits| (habits.token_lasts, habits.role) = (None, Role::Owner(1)));
    let resumed = resumed(&request(folder.path()));
    let pulled = pull(&resumed, &model, &model, &PullProgress::default()).expect("it goes on");
    assert_eq!(records(pulled).seen_as, Some(SeenAs::Part));
}

/// The requests of a pull of a portal that is quiet, but for a habit.
fn requests_with(seed: u64, change: impl Fn(&mut Habits)) -> (u64, Verdict) {
    let mut habits = Habits { records: 600, months: 3, page_size_max: 20, ..Habits::default() };
    change(&mut habits);
    let folder = TempDir::new().expect("a folder");
    let model = Model::new(seed, habits);
    let verdict = run(&request(folder.path()), &model);
    check_truth(&verdict, folder.path(), &model);
    (model.requests(), verdict)
}

#[test]
fn records_that_are_deleted_while_a_month_is_read_cost_at_most_about_twice_the_requests() {
    let (mut quiet, mut churned, mut whole) = (0, 0, 0);
    for seed in 0..20 {
        let (requests, _) = requests_with(seed, |habits| habits.usernames = 1_000);
        quiet += requests;
        let (with_churn, verdict) = requests_with(seed, |habits| {
            habits.usernames = 1_000;
            habits.deletions = 40;
        });
        assert!(with_churn < requests * 5 / 2 + 20, "seed {seed}: {with_churn} after {requests}");
        churned += with_churn;
        whole += u64::from(verdict.is_whole());
    }
    println!("{quiet} quiet, {churned} with churn, {whole} of 20 whole");
    assert!(churned < quiet * 2, "{churned} after {quiet}");
    assert!(whole >= 18, "{whole} of 20 whole");
}

#[test]
fn a_count_that_is_a_lie_is_not_believed_for_ever() {
    for counts in [Counts::Always(5_000_000), Counts::Always(u64::MAX), Counts::Random] {
        let folder = TempDir::new().expect("a folder");
        let model = Model::new(7, Habits { counts, ..Habits::default() });
        let pulled = pull(&request(folder.path()), &model, &model, &PullProgress::default());
        println!("{counts:?}: {} requests", model.requests());
        assert!(model.requests() < 20_000, "{counts:?}: {} requests", model.requests());
        let verdict = records(pulled.expect("the first record")).verdict;
        assert_eq!(verdict.verdict, Wholeness::Incomplete, "{counts:?}");
        assert!(verdict.reason.is_some() && verdict.missing > 0, "{counts:?}: {verdict:?}");
    }
}

#[test]
fn every_list_is_pulled_and_proved_by_the_same_engine() {
    let mut pages = 0;
    for seed in 0..10 {
        let folder = TempDir::new().expect("a folder");
        let habits = Habits { records: 900, months: 9, customers: 30, page_size_max: 7, ..Habits::default() };
        let model = Model::new(seed, habits);
        let request = PullRequest { others: Endpoint::OTHERS.to_vec(), ..request(folder.path()) };
        let pulled = pull(&request, &model, &model, &PullProgress::default()).expect("it can be pulled");
        for list in &pulled.lists {
            let name = list.endpoint.folder();
            assert_eq!(list.verdict.verdict, Wholeness::Whole, "{name}: {:?}", list.verdict);
            let files = files(&folder.path().join(name));
            pages += files.len();
            let mut uuids = BTreeSet::new();
            for (_, text) in files.iter().filter(|(file, _)| file.starts_with("page-")) {
                let rows: Vec<Value> = serde_json::from_str(text).expect("a page");
                uuids.extend(rows.iter().map(|row| row["uuid"].to_string()));
            }
            assert_eq!(uuids.len() as u64, list.verdict.records, "{name}");
            assert!(list.verdict.records > 0, "{name}");
        }
        assert!(!rings(folder.path()), "the other lists do not disturb a report");
    }
    assert!(pages > 100, "{pages}");
}

#[test]
fn what_is_moved_while_it_is_read_is_read_again_or_warned_of() {
    let (mut torn, mut clean) = (0, 0);
    for seed in 0..30 {
        let folder = TempDir::new().expect("a folder");
        let habits = Habits {
            records: 900,
            page_size_max: 50,
            moves: [3, 10, 400][seed as usize % 3],
            ..Habits::default()
        };
        let model = Model::new(seed, habits);
        let list = seen(folder.path(), &model);
        let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, text) in files(folder.path()).iter().filter(|(file, _)| file.starts_with("page-")) {
            for row in serde_json::from_str::<Vec<Value>>(text).expect("a page") {
                let owner = row["customer_uuid"].to_string();
                owners.entry(row["project_uuid"].to_string()).or_default().insert(owner);
            }
        }
        let is_torn = owners.values().any(|owners| owners.len() > 1);
        assert_eq!(is_torn, !list.verdict.contradictions.is_empty(), "seed {seed}: {:?}", list.verdict);
        assert!(!is_torn || !list.is_sound(), "seed {seed}");
        torn += u64::from(is_torn);
        clean += u64::from(!is_torn);
    }
    println!("{torn} torn, {clean} clean");
    assert!(torn > 0 && clean > torn, "{torn} torn, {clean} clean");
}
