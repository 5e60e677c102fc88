//! A session with an engine that speaks Spark Connect: Apache Spark 4, Sail, and what is made of them.
//!
//! The rest of the program sees functions that return when they are done; that they wait for a network is known here only. Of a result
//! every row is returned, or an error.
//!
//! ```text
//! wire        the messages, by field number
//! service     the calls, over HTTP/2 and TLS
//! operation   one statement until its result is complete: retries, streams that go on in others, Ctrl-C
//! rows        batches of rows, proved to follow on each other
//! failure     what a server says → what to tell
//! ```

mod failure;
mod operation;
mod rows;
mod service;
mod wire;

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use arrow_array::RecordBatch;
use tokio::runtime::{Builder, Runtime};

use self::failure::Speaker;
use self::operation::{Link, Patience};
use self::rows::Rows;
use self::service::Service;
use super::EngineAddress;
use crate::error::{EngineFailure, Error, Result};
use crate::quiet::quietly;

/// Whose sessions they are, if the address does not say.
const USER: &str = "usagebook";

/// A session, in which statements run one after the other.
///
/// When it is dropped before its [end](Session::end), because something failed, the server is asked to forget it all the same.
pub(crate) struct Session {
    runtime: Runtime,
    link: Link,
    is_ended: bool,
    /// Whether it was not yet noticed that the server keeps no rows.
    may_keep: bool,
}

/// Shows no token.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("address", &self.link.address).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects to an engine. `is_stopped` is asked ten times a second whether to stop; then what runs there is stopped, too, and the
    /// error is [`Error::Interrupted`].
    ///
    /// # Errors
    /// An address that is not to be used with its token, a file without certificates, an engine that cannot be reached.
    pub(crate) fn connect(
        address: &EngineAddress,
        is_stopped: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::connect_with(address, Box::new(is_stopped), Patience::default())
    }

    fn connect_with(
        address: &EngineAddress,
        is_stopped: Box<dyn Fn() -> bool + Send + Sync>,
        patience: Patience,
    ) -> Result<Self> {
        let target = address.target()?;
        let endpoint = service::endpoint(&target)?;
        let speaker = Speaker::new(&target);
        let failed = |reason| Error::Engine {
            address: address.to_string(),
            failure: EngineFailure::Unreachable { reason },
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(speaker.root(&error)))?;
        let channel = {
            let _inside = runtime.enter();
            endpoint.connect_lazy()
        };
        let mut link = Link {
            service: Service::new(channel, &target),
            speaker,
            address: address.to_string(),
            session_id: random_id(),
            user_id: target.user.unwrap_or_else(|| USER.to_owned()),
            server_session: None,
            patience,
            is_stopped,
            is_lost: false,
        };
        match wait(&runtime, &mut link, async |link| link.greet().await) {
            Ok(()) => Ok(Self { runtime, link, is_ended: false, may_keep: true }),
            Err(error) => {
                // A name that is still being looked up is not waited for.
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Runs a statement that returns nothing, as `CREATE OR REPLACE TEMPORARY VIEW …`.
    ///
    /// # Errors
    /// The engine's, or an interruption.
    pub(crate) fn run(&mut self, statement: &str) -> Result<()> {
        self.execute(wire::command(statement)).map(drop)
    }

    /// Runs a query and returns every row.
    ///
    /// # Errors
    /// The engine's, rows that are missing, or an interruption.
    pub(crate) fn query(&mut self, statement: &str) -> Result<Vec<RecordBatch>> {
        self.execute(wire::query(statement))
    }

    /// Lets the server compute a query and keep its rows until the session ends, as a view. `false` if it keeps none: then
    /// there is no view.
    ///
    /// # Errors
    /// A server that is lost, rows that it names by nothing, or an interruption. A query that it refuses is one that it does not keep.
    pub(crate) fn keep(&mut self, view: &str, query: &str) -> Result<bool> {
        use EngineFailure::{Lacking, Refused};
        if !self.may_keep {
            return Ok(false);
        }
        match self.answer(wire::checkpoint(query)) {
            Ok(Rows { kept: Some(kept), .. }) => self.answer(wire::view_of(kept, view)).map(|_| true),
            Ok(_) => {
                let reason = "no name for the rows that it keeps".to_owned();
                Err(self.link.failed(EngineFailure::Unusable { reason }))
            }
            Err(Error::Engine { failure: Lacking { .. } | Refused { .. }, .. }) => {
                self.may_keep = false;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn execute(&mut self, plan: wire::Plan) -> Result<Vec<RecordBatch>> {
        Ok(self.answer(plan)?.into_batches())
    }

    fn answer(&mut self, plan: wire::Plan) -> Result<Rows> {
        wait(&self.runtime, &mut self.link, async |link| link.execute(plan).await)
    }

    /// Drops what the session made on the server, and the session.
    ///
    /// # Errors
    /// The engine's. What it computed before is right nevertheless.
    pub(crate) fn end(mut self) -> Result<()> {
        self.is_ended = true;
        wait(&self.runtime, &mut self.link, async |link| link.release_session().await)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_ended && !self.link.is_lost {
            // Something else has failed, which is what counts.
            drop(wait(&self.runtime, &mut self.link, async |link| link.release_session().await));
        }
    }
}

/// What comes of an exchange with the server. The library that reads answers panics at some that are no gRPC.
fn wait<T>(
    runtime: &Runtime,
    link: &mut Link,
    exchange: impl AsyncFnOnce(&mut Link) -> Result<T>,
) -> Result<T> {
    quietly(|| runtime.block_on(exchange(link))).unwrap_or_else(|| {
        let reason = "an answer that is not gRPC".to_owned();
        Err(link.failed(EngineFailure::Unusable { reason }))
    })
}

/// An id of a session or an operation, as Spark wants it: a uuid of random bits.
fn random_id() -> String {
    // Every state of the standard hasher begins with random keys.
    let [high, low] = [0, 1].map(|at| RandomState::new().hash_one(at));
    let bits = u128::from(high) << 64 | u128::from(low);
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests;
