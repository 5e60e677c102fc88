//! Sessions with a real engine. USAGEBOOK_TEST_ENGINE has its address; without one these tests are not run.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{column, failure};
use crate::cluster::connect::Session;
use crate::error::{EngineFailure, Error, Result};

fn connect() -> Result<Session> {
    connect_until(|| false)
}

fn connect_until(is_stopped: impl Fn() -> bool + Send + Sync + 'static) -> Result<Session> {
    let address = std::env::var("USAGEBOOK_TEST_ENGINE").expect("the address of an engine");
    Session::connect(&address.parse()?, is_stopped)
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_sends_every_row_however_often_its_streams_end() {
    let mut session = connect().expect("a session");
    session
        .run("CREATE OR REPLACE TEMPORARY VIEW numbers AS SELECT id FROM range(0, 300000)")
        .expect("a view");
    let rows = session.query("SELECT id FROM numbers ORDER BY id").expect("rows");
    assert_eq!(column(&rows), (0..300_000).collect::<Vec<_>>());
    // Longer than a server with a limit of three seconds lets a stream last, for an engine of any speed.
    let slow = "SELECT COUNT(*) AS n FROM range(0, 40000) a CROSS JOIN range(0, 40000) b \
                WHERE (a.id * 7919 + b.id * 104729) % 1000003 = 5";
    let rows = session.query(slow).expect("rows");
    assert!(column(&rows)[0] > 0);
    assert_eq!(
        session
            .query("SELECT id FROM numbers WHERE id < 0")
            .expect("no rows")
            .iter()
            .map(|batch| batch.num_rows())
            .sum::<usize>(),
        0
    );
    session.end().expect("an end");
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_says_what_it_lacks() {
    let mut session = connect().expect("a session");
    let found = failure(session.query("SELECT no_such_function(1)"));
    assert!(
        matches!(&found, EngineFailure::Lacking { sentence } if sentence.contains("no_such_function")),
        "{found}"
    );
    let found = failure(session.query("SELECT n FROM no_such_table"));
    assert!(
        matches!(&found, EngineFailure::Refused { sentence } if sentence.contains("no_such_table")),
        "{found}"
    );
    assert!(!Path::new("/no/such").exists());
    // Sail reads a path that is not there as a table without rows.
    match session.query("SELECT * FROM parquet.`/no/such/file.parquet`") {
        Ok(rows) => assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 0),
        failed => assert!(matches!(failure(failed), EngineFailure::PathUnseen { .. })),
    }
    // A statement that failed leaves the session as it was.
    assert_eq!(column(&session.query("SELECT CAST(7 AS BIGINT) AS n").expect("a row")), [7]);
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_computes_what_it_keeps_once() {
    let mut session = connect().expect("a session");
    let drawn = "SELECT CAST(RAND() * 1000000000 AS BIGINT) AS n FROM range(0, 3)";
    if session.keep("drawn", drawn).expect("kept or not") {
        let first = column(&session.query("SELECT n FROM drawn ORDER BY n").expect("rows"));
        let second = column(&session.query("SELECT n FROM drawn ORDER BY n").expect("rows"));
        assert_eq!(first, second);
    }
    session.end().expect("an end");
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_forgets_a_session_that_has_ended() {
    let mut session = connect().expect("a session");
    session.run("CREATE OR REPLACE TEMPORARY VIEW mine AS SELECT 1 AS n").expect("a view");
    session.end().expect("an end");
    let mut next = connect().expect("a session");
    failure(next.query("SELECT n FROM mine"));
}

#[test]
#[ignore = "needs an engine"]
fn a_statement_that_takes_hours_can_be_stopped() {
    let started = Instant::now();
    let mut session = connect_until(move || started.elapsed() > Duration::from_secs(5)).expect("a session");
    // Sail stops between batches of rows; a join of all with all has none for hours.
    let hours = "SELECT COUNT(*) AS n FROM range(0, 900000000000) WHERE (id * 7919) % 1000003 = 5";
    assert!(matches!(session.query(hours), Err(Error::Interrupted)));
    drop(session);
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
    // The engine is free for others.
    let mut next = connect().expect("a session");
    assert_eq!(column(&next.query("SELECT CAST(7 AS BIGINT) AS n").expect("a row")), [7]);
}
