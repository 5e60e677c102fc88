mod engines;
mod fake;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use prost::Message as _;

use self::fake::{Act, Fake, batch, numbers};
use super::operation::Patience;
use super::wire::{
    ArrowBatch, Command, ExecutePlanRequest, InterruptRequest, Kept, KeptRows, OpType,
    ReattachExecuteRequest, ResponseType, ResultComplete,
};
use super::{Session, random_id};
use crate::cluster::EngineAddress;
use crate::error::{EngineFailure, Error, Result};

/// As many attempts as ever, and no long pauses.
fn quick() -> Patience {
    let pause = Duration::from_millis(1);
    Patience { pause, pause_max: pause, ..Patience::default() }
}

fn connect(address: &str) -> Result<Session> {
    let address: EngineAddress = address.parse()?;
    Session::connect_with(&address, Box::new(|| false), quick())
}

fn session(fake: &Fake) -> Session {
    connect(&format!("sc://{}", fake.address)).expect("a session")
}

/// The numbers of the first column.
fn column(batches: &[RecordBatch]) -> Vec<i64> {
    batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
}

fn failure<T>(outcome: Result<T>) -> EngineFailure {
    match outcome.err().expect("a failure") {
        Error::Engine { failure, .. } => failure,
        error => panic!("another error: {error}"),
    }
}

/// The failure of a query that is answered in this way.
fn failed(responses: Vec<ResponseType>, scripts: Vec<Vec<Act>>) -> EngineFailure {
    failure(session(&Fake::start(responses, scripts)).query("SELECT n"))
}

#[test]
fn a_result_is_all_its_rows_and_the_server_is_asked_to_forget_it() {
    let fake = Fake::start(numbers(3), vec![vec![Act::Next(4), Act::End], vec![Act::Next(4), Act::End]]);
    let mut session = session(&fake);
    session.run("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1").expect("a statement");
    assert_eq!(column(&session.query("SELECT n").expect("rows")), (0..30).collect::<Vec<_>>());
    session.end().expect("an end");
    let methods =
        ["AnalyzePlan", "ExecutePlan", "ReleaseExecute", "ExecutePlan", "ReleaseExecute", "ReleaseSession"];
    assert_eq!(fake.methods(), methods);
}

#[test]
fn rows_are_kept_under_a_name_where_a_server_keeps_them() {
    let relation = Some(KeptRows { relation_id: "kept 1".to_owned() });
    let responses =
        vec![ResponseType::Kept(Kept { relation }), ResponseType::ResultComplete(ResultComplete {})];
    let fake = Fake::start(responses, vec![vec![Act::Next(2), Act::End], vec![Act::Next(2), Act::End]]);
    let mut session = session(&fake);
    assert!(session.keep("v", "SELECT 1").expect("rows"));
    let asked = fake.asked();
    let executed = ExecutePlanRequest::decode(asked[3].message.clone()).expect("a request");
    let Some(OpType::Command(Command { create_view: Some(view), .. })) = executed.plan.unwrap().op_type
    else {
        panic!("no view is made")
    };
    assert_eq!((view.name.as_str(), view.replace), ("v", true));
    assert_eq!(view.input.unwrap().kept.unwrap().relation_id, "kept 1");
}

#[test]
fn a_server_that_keeps_no_rows_is_asked_once() {
    let refused = Act::Fail(13, "checkpoint object-store path is not configured");
    let fake = Fake::start(vec![], vec![vec![refused]]);
    let mut session = session(&fake);
    assert!(!session.keep("v", "SELECT 1").expect("no rows"));
    assert!(!session.keep("v", "SELECT 1").expect("no rows"));
    assert_eq!(fake.methods(), ["AnalyzePlan", "ExecutePlan", "ReleaseExecute"]);
}

#[test]
fn a_stream_that_ends_or_breaks_anywhere_is_taken_up_where_it_was() {
    let responses = numbers(4);
    for kept in 0..=4 {
        for end in
            [Act::End, Act::Cut, Act::Fail(14, "come back"), Act::Fail(13, "[INVALID_CURSOR.DISCONNECTED] x")]
        {
            let scripts =
                vec![vec![Act::Next(kept), end.clone()], vec![Act::Next(1), end.clone()], vec![Act::Next(9)]];
            let fake = Fake::start(responses.clone(), scripts);
            let rows = session(&fake).query("SELECT n");
            let rows = rows.unwrap_or_else(|error| panic!("{kept} responses, then {end:?}: {error}"));
            assert_eq!(column(&rows), (0..40).collect::<Vec<_>>(), "{kept} responses, then {end:?}");
            let asked = fake.asked();
            let again =
                asked.iter().find(|asked| asked.method == "ReattachExecute").expect("a second stream");
            let again = ReattachExecuteRequest::decode(again.message.clone()).expect("a request");
            let first = ExecutePlanRequest::decode(asked[1].message.clone()).expect("a request");
            assert_eq!(first.operation_id, Some(again.operation_id));
            assert_eq!(again.last_response_id, kept.checked_sub(1).map(|last| last.to_string()));
        }
    }
}

#[test]
fn a_statement_that_never_came_to_the_server_is_sent_once_more() {
    for unknown in ["[INVALID_HANDLE.OPERATION_NOT_FOUND] no", "invalid argument: operation not found: 7"] {
        let scripts = vec![vec![Act::Cut], vec![Act::Fail(13, unknown)], vec![Act::Next(9)]];
        let fake = Fake::start(numbers(1), scripts);
        assert_eq!(column(&session(&fake).query("SELECT n").expect("rows")).len(), 10);
        assert_eq!(fake.methods()[1..4], ["ExecutePlan", "ReattachExecute", "ExecutePlan"]);
    }
}

#[test]
fn a_statement_whose_rows_the_server_has_forgotten_is_run_once_more_from_its_beginning() {
    let forgotten = || vec![Act::Fail(13, "internal error: task context not found for operation")];
    let scripts = vec![
        vec![Act::Next(2), Act::Cut],
        forgotten(),
        vec![Act::Next(1), Act::Cut],
        forgotten(),
        vec![Act::Next(9)],
    ];
    let fake = Fake::start(numbers(3), scripts);
    assert_eq!(column(&session(&fake).query("SELECT n").expect("rows")), (0..30).collect::<Vec<_>>());
    let often = (0..9).flat_map(|_| [vec![Act::Next(1), Act::Cut], forgotten()]).collect();
    assert!(matches!(failed(numbers(3), often), EngineFailure::Lost { .. }));
}

#[test]
fn a_result_without_its_end_is_no_result() {
    let found = failed(numbers(2), vec![vec![Act::Next(2), Act::End]]);
    assert_eq!(found, EngineFailure::Lost { reason: "its streams end without a result".to_owned() });
}

#[test]
fn a_batch_that_is_missing_or_has_other_rows_than_announced_is_an_error() {
    let complete = || numbers(0).remove(0);
    let differ = |announced, received| EngineFailure::RowsDiffer { announced, received };
    let cases = [
        (vec![batch(0, 10, 10, Some(0)), batch(20, 30, 10, Some(20)), complete()], differ(20, 10)),
        (vec![batch(0, 10, 10, Some(0)), batch(0, 10, 10, Some(0)), complete()], differ(0, 10)),
        (vec![batch(0, 9, 10, None), complete()], differ(10, 9)),
        (vec![batch(0, 11, 10, Some(0)), complete()], differ(10, 11)),
    ];
    for (responses, expected) in cases {
        assert_eq!(failed(responses, vec![vec![Act::Next(9)]]), expected);
    }
    let without_offsets = vec![batch(0, 10, 10, None), batch(10, 12, 2, None), complete()];
    let fake = Fake::start(without_offsets, vec![vec![Act::Next(9)]]);
    assert_eq!(column(&session(&fake).query("SELECT n").expect("rows")).len(), 12);
}

#[test]
fn bytes_that_are_no_rows_are_an_error() {
    for data in [vec![], vec![0; 100], vec![255; 100]] {
        let batch = ArrowBatch { row_count: 1, data, start_offset: None, num_chunks_in_batch: None };
        let found = failed(vec![ResponseType::ArrowBatch(batch)], vec![vec![Act::Next(1)]]);
        let is_expected = matches!(found, EngineFailure::Unusable { .. } | EngineFailure::RowsDiffer { .. });
        assert!(is_expected, "{found}");
    }
    assert!(matches!(failed(vec![], vec![vec![Act::Garble]]), EngineFailure::Unusable { .. }));
}

#[test]
fn a_refusal_is_the_servers_own_first_line() {
    let message = "[TABLE_OR_VIEW_NOT_FOUND] no v.%0A'Project ['x]";
    let found = failed(vec![], vec![vec![Act::Fail(13, message)]]);
    assert_eq!(found, EngineFailure::Refused { sentence: "[TABLE_OR_VIEW_NOT_FOUND] no v".to_owned() });
}

#[test]
fn a_wrong_token_is_refused_at_once_and_not_repeated() {
    let fake = Fake::start_with(numbers(1), vec![vec![Act::Next(9)]], Some("right"));
    let address = |parameters| format!("sc://{}{parameters}", fake.address);
    let refused = failure(connect(&address("/;token=wrong-token")));
    assert!(matches!(refused, EngineFailure::TokenRefused { .. }), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("wrong-token"), "{refused:?}");
    assert!(matches!(failure(connect(&address(""))), EngineFailure::TokenMissing { .. }));
    assert_eq!(fake.methods(), ["AnalyzePlan", "AnalyzePlan"], "nothing is asked twice");
    let mut session = connect(&address("/;token=right;x-extra=1%202")).expect("a session");
    session.query("SELECT n").expect("rows");
    drop(session);
    for asked in &fake.asked()[2..] {
        assert_eq!(
            (asked.authorization.as_deref(), asked.extra.as_deref()),
            (Some("Bearer right"), Some("1 2"))
        );
    }
}

#[test]
fn an_engine_that_is_not_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("sc://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = connect(&address).expect_err("nobody is there").to_string();
    assert!(
        error.starts_with(&format!("the engine at {address} cannot be reached: Connection refused")),
        "{error}"
    );
}

#[test]
fn a_server_that_dies_half_way_is_lost() {
    let found = failed(numbers(3), vec![vec![Act::Next(2), Act::Die]]);
    assert!(matches!(&found, EngineFailure::Lost { reason } if reason.contains("refused")), "{found}");
}

#[test]
fn a_server_that_was_started_anew_knows_nothing_of_the_session() {
    let found = failed(numbers(3), vec![vec![Act::Next(2), Act::Cut], vec![Act::Restart, Act::Next(9)]]);
    assert!(matches!(&found, EngineFailure::Lost { reason } if reason.contains("anew")), "{found}");
}

#[test]
fn a_run_that_is_stopped_stops_its_statement_on_the_server_too() {
    let fake = Fake::start(numbers(3), vec![vec![Act::Next(1), Act::Hang]]);
    let is_stopped = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&is_stopped);
    let address: EngineAddress = format!("sc://{}", fake.address).parse().expect("an address");
    let is_stopped_now = Box::new(move || asked.load(Ordering::Relaxed));
    let mut session = Session::connect_with(&address, is_stopped_now, quick()).expect("a session");
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        is_stopped.store(true, Ordering::Relaxed);
    });
    let started = Instant::now();
    assert!(matches!(session.query("SELECT n"), Err(Error::Interrupted)));
    assert!(started.elapsed() < Duration::from_secs(5));
    drop(session);
    assert_eq!(fake.methods(), ["AnalyzePlan", "ExecutePlan", "Interrupt", "ReleaseSession"]);
    let asked = fake.asked();
    let executed = ExecutePlanRequest::decode(asked[1].message.clone()).expect("a request");
    let interrupted = InterruptRequest::decode(asked[2].message.clone()).expect("a request");
    assert_eq!(interrupted.operation_id, executed.operation_id);
    assert_eq!((interrupted.interrupt_type, interrupted.session_id), (3, executed.session_id));
}

#[test]
fn a_session_that_failed_is_released_all_the_same() {
    let fake = Fake::start(vec![], vec![vec![Act::Fail(13, "boom")]]);
    let mut session = session(&fake);
    session.run("nonsense").expect_err("a refusal");
    drop(session);
    assert_eq!(fake.methods(), ["AnalyzePlan", "ExecutePlan", "ReleaseExecute", "ReleaseSession"]);
}

#[test]
fn ids_are_random_uuids() {
    let (first, second) = (random_id(), random_id());
    assert_ne!(first, second);
    assert_eq!((first.len(), first.as_bytes()[14]), (36, b'4'), "{first}");
}
