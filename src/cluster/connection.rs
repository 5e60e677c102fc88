//! What a session with an engine has to do, so that a report does not depend on how it is spoken to.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;

#[cfg(feature = "cluster")]
use super::connect::Session;
use super::{EngineAddress, EnginePaths};
use crate::error::Result;
use crate::ingest::Progress;

/// A session with an engine that speaks the SQL of Spark 4.
pub trait Connection: fmt::Debug {
    /// Runs a statement that returns no rows.
    ///
    /// # Errors
    /// The engine refuses or cannot be reached.
    fn run(&self, statement: &str) -> Result<()>;

    /// All rows of a query.
    ///
    /// # Errors
    /// The engine refuses or cannot be reached; rows that did not all arrive.
    fn query(&self, statement: &str) -> Result<Vec<RecordBatch>>;

    /// Computes a query once, and makes a view of its rows, which are there as long as the session. `false` if the engine
    /// keeps no rows: then there is no view.
    ///
    /// # Errors
    /// The engine cannot be reached.
    fn keep(&self, _view: &str, _query: &str) -> Result<bool> {
        Ok(false)
    }
}

/// An engine that reads staged dumps where they are and adds their records up.
#[derive(Clone, Copy, Debug)]
pub struct Cluster<'q> {
    /// The session, which is used for one report.
    pub connection: &'q dyn Connection,
    /// Where the engine sees the files.
    pub paths: &'q EnginePaths,
    /// Whether records are added up over the users of a component usage. Distinct users are then counted by the engine.
    pub(crate) adds_users_up: bool,
}

impl<'q> Cluster<'q> {
    /// An engine in a session of its own.
    pub fn new(connection: &'q dyn Connection, paths: &'q EnginePaths) -> Self {
        Self { connection, paths, adds_users_up: false }
    }
}

/// A session over Spark Connect.
#[derive(Debug)]
pub struct EngineSession {
    #[cfg(feature = "cluster")]
    session: std::cell::RefCell<Session>,
}

#[cfg(feature = "cluster")]
impl EngineSession {
    /// Connects to an engine. What runs there is stopped if the work is interrupted.
    ///
    /// # Errors
    /// An engine that cannot be reached or refuses; an interruption.
    pub fn connect(address: &EngineAddress, progress: &Arc<Progress>) -> Result<Self> {
        let progress = Arc::clone(progress);
        let session = Session::connect(address, move || progress.is_interrupted())?;
        Ok(Self { session: session.into() })
    }

    /// Drops what the session made in the engine.
    ///
    /// # Errors
    /// The engine's. What it computed before is right nevertheless.
    pub fn end(self) -> Result<()> {
        self.session.into_inner().end()
    }
}

#[cfg(not(feature = "cluster"))]
impl EngineSession {
    /// Connects to an engine, in builds with the feature `cluster`.
    ///
    /// # Errors
    /// This build has no such feature.
    pub fn connect(_: &EngineAddress, _: &Arc<Progress>) -> Result<Self> {
        Err(crate::error::Error::WithoutCluster)
    }

    /// Drops what the session made in the engine.
    ///
    /// # Errors
    /// The engine's.
    pub fn end(self) -> Result<()> {
        Ok(())
    }
}

#[cfg(feature = "cluster")]
impl Connection for EngineSession {
    fn run(&self, statement: &str) -> Result<()> {
        self.session.borrow_mut().run(statement)
    }

    fn query(&self, statement: &str) -> Result<Vec<RecordBatch>> {
        self.session.borrow_mut().query(statement)
    }

    fn keep(&self, view: &str, query: &str) -> Result<bool> {
        self.session.borrow_mut().keep(view, query)
    }
}

#[cfg(not(feature = "cluster"))]
impl Connection for EngineSession {
    fn run(&self, _: &str) -> Result<()> {
        Err(crate::error::Error::WithoutCluster)
    }

    fn query(&self, _: &str) -> Result<Vec<RecordBatch>> {
        Err(crate::error::Error::WithoutCluster)
    }
}
