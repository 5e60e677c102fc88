//! One statement from its start to its complete result, over as many streams as that takes.
//!
//! A server ends a stream on purpose when it has lasted long (Spark: two minutes) or brought much, and goes on in the next. So the end
//! of a stream says nothing; only `ResultComplete` does.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tonic::{Code, Status, Streaming};

use super::failure::{Outlook, Speaker, outlook};
use super::rows::Rows;
use super::service::{self, CLIENT, Service};
use super::wire::{
    AnalyzePlanRequest, AnalyzePlanResponse, Done, ExecutePlanRequest, ExecutePlanResponse,
    INTERRUPT_OPERATION, InterruptRequest, Plan, ReattachExecuteRequest, ReattachOptions, ReleaseAll,
    ReleaseExecuteRequest, ReleaseSessionRequest, RequestOption, ResponseType, SparkVersion, UserContext,
};
use crate::error::{EngineFailure, Error, Result};

/// How often somebody who waits looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What is cleaned up is cleaned up soon, or by the server when the session has been idle.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that was asleep makes a session for it first.
const GREET_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a statement is run whose operation the server forgets: Sail does so when its connection breaks.
const STARTS_MAX: u32 = 5;

/// Somebody at a terminal waits for it.
const INTERRUPT_TIMEOUT: Duration = Duration::from_secs(3);

/// A stream that ends sooner than this, and has brought nothing, was not ended because it had lasted long.
const STREAM_MIN: Duration = Duration::from_secs(1);

/// How long to try.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Attempts in a row, as long as nothing was ever answered: the address may be wrong.
    pub attempts_first: u32,
    /// Attempts in a row, once there were answers.
    pub attempts: u32,
    /// The first pause; each next one is twice as long.
    pub pause: Duration,
    pub pause_max: Duration,
}

impl Default for Patience {
    /// Some twenty seconds for a server that has answered.
    fn default() -> Self {
        Self {
            attempts_first: 4,
            attempts: 10,
            pause: Duration::from_millis(100),
            pause_max: Duration::from_secs(5),
        }
    }
}

impl Patience {
    pub(super) fn pause_after(&self, attempts: u32) -> Duration {
        self.pause.saturating_mul(1 << attempts.min(16).saturating_sub(1)).min(self.pause_max)
    }
}

/// A session on a server.
pub(super) struct Link {
    pub service: Service,
    pub speaker: Speaker,
    /// `sc://host:port`
    pub address: String,
    pub session_id: String,
    pub user_id: String,
    /// The server's own name for the session: another one is a server that was started anew.
    pub server_session: Option<String>,
    pub patience: Patience,
    pub is_stopped: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whether there is nobody to clean up at.
    pub is_lost: bool,
}

/// How a stream ended.
enum End {
    Complete,
    /// The rest comes in another stream.
    Open,
    Broken(Status),
}

/// What a statement has brought until now.
#[derive(Default)]
struct Progress {
    rows: Rows,
    last_response: Option<String>,
    responses: u64,
}

impl Link {
    /// Runs a plan until its result is complete.
    pub(super) async fn execute(&mut self, plan: Plan) -> Result<Rows> {
        let mut operation = super::random_id();
        let outcome = self.follow(&mut operation, plan).await;
        match &outcome {
            Err(Error::Interrupted) => self.interrupt(&operation).await,
            _ if self.is_lost => {}
            _ => self.release(&operation).await,
        }
        outcome
    }

    /// `operation` is the id under which the server knows it last.
    async fn follow(&mut self, operation: &mut String, plan: Plan) -> Result<Rows> {
        let mut progress = Progress::default();
        let mut is_begun = false;
        let (mut attempts, mut starts) = (0, 1);
        loop {
            let (started, before) = (Instant::now(), progress.responses);
            let end = match self.stream(operation, (!is_begun).then_some(&plan), &progress).await? {
                Ok(stream) => self.drain(stream, &mut progress).await?,
                Err(status) => End::Broken(status),
            };
            let is_further = progress.responses > before;
            let reason = match end {
                End::Complete => return Ok(progress.rows),
                End::Open if is_further || started.elapsed() >= STREAM_MIN => {
                    (is_begun, attempts) = (true, 0);
                    continue;
                }
                End::Open => {
                    is_begun = true;
                    "its streams end without a result".to_owned()
                }
                End::Broken(status) => {
                    is_begun = match outlook(&status) {
                        // The operation may have come to the server even if no answer came here.
                        Outlook::Passing => true,
                        // It is the same statement once more, whose rows are all sent once more.
                        Outlook::Forgotten if is_begun && starts < STARTS_MAX => {
                            starts += 1;
                            *operation = super::random_id();
                            progress = Progress::default();
                            false
                        }
                        Outlook::Forgotten | Outlook::Lasting => {
                            return Err(self.failed(self.speaker.failure(&status)));
                        }
                    };
                    self.speaker.sentence(&status)
                }
            };
            attempts = if is_further { 1 } else { attempts + 1 };
            self.pause(attempts, reason).await?;
        }
    }

    /// Asks for the server's version: whether somebody is there, speaks the protocol and takes the token.
    pub(super) async fn greet(&mut self) -> Result<()> {
        let mut attempts = 0;
        loop {
            let request = AnalyzePlanRequest {
                session_id: self.session_id.clone(),
                user_context: self.user(),
                client_type: client(),
                spark_version: Some(SparkVersion {}),
            };
            let call = self.service.call(service::ANALYZE, request, GREET_TIMEOUT);
            let answer: Result<AnalyzePlanResponse, Status> = self.unless_stopped(call).await?;
            let status = match answer {
                Ok(answer) => return self.meet(answer.server_side_session_id),
                Err(status) => status,
            };
            let reason = self.speaker.sentence(&status);
            if status.code() == Code::DeadlineExceeded {
                return Err(self.failed(EngineFailure::Unreachable { reason }));
            }
            if outlook(&status) != Outlook::Passing {
                return Err(self.failed(self.speaker.failure(&status)));
            }
            attempts += 1;
            self.pause(attempts, reason).await?;
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// There were enough of them, or another one would end in the same way.
    async fn pause(&mut self, attempts: u32, reason: String) -> Result<()> {
        if reason.starts_with("invalid peer certificate") {
            return Err(self.failed(EngineFailure::Untrusted { reason }));
        }
        let (attempts_max, failure) = match self.server_session {
            None => (self.patience.attempts_first, EngineFailure::Unreachable { reason }),
            Some(_) => (self.patience.attempts, EngineFailure::Lost { reason }),
        };
        if attempts >= attempts_max {
            return Err(self.failed(failure));
        }
        self.unless_stopped(tokio::time::sleep(self.patience.pause_after(attempts))).await
    }

    /// Begins with a plan, or goes on after the last response.
    async fn stream(
        &self,
        operation: &str,
        plan: Option<&Plan>,
        progress: &Progress,
    ) -> Result<Result<Streaming<ExecutePlanResponse>, Status>> {
        match plan {
            Some(plan) => {
                let reattach_options = Some(ReattachOptions { reattachable: true });
                let request = ExecutePlanRequest {
                    session_id: self.session_id.clone(),
                    user_context: self.user(),
                    plan: Some(plan.clone()),
                    client_type: client(),
                    request_options: vec![RequestOption { reattach_options }],
                    operation_id: Some(operation.to_owned()),
                    client_observed_server_side_session_id: self.server_session.clone(),
                };
                self.unless_stopped(self.service.stream(service::EXECUTE, request)).await
            }
            None => {
                let request = ReattachExecuteRequest {
                    session_id: self.session_id.clone(),
                    user_context: self.user(),
                    operation_id: operation.to_owned(),
                    client_type: client(),
                    last_response_id: progress.last_response.clone(),
                    client_observed_server_side_session_id: self.server_session.clone(),
                };
                self.unless_stopped(self.service.stream(service::REATTACH, request)).await
            }
        }
    }

    /// Takes what a stream brings, to its end.
    async fn drain(
        &mut self,
        mut stream: Streaming<ExecutePlanResponse>,
        progress: &mut Progress,
    ) -> Result<End> {
        loop {
            let response = match self.unless_stopped(stream.message()).await? {
                Ok(Some(response)) => response,
                Ok(None) => return Ok(End::Open),
                Err(status) => return Ok(End::Broken(status)),
            };
            self.meet(response.server_side_session_id)?;
            progress.responses += 1;
            progress.last_response = Some(response.response_id);
            match response.response_type {
                Some(ResponseType::ResultComplete(_)) => return Ok(End::Complete),
                Some(ResponseType::ArrowBatch(batch)) => {
                    progress.rows.take(batch).map_err(|failure| self.failed(failure))?;
                }
                Some(ResponseType::Kept(kept)) => progress.rows.kept = kept.relation,
                None => {}
            }
        }
    }

    /// Checks that it is still the same server.
    fn meet(&mut self, server_session: String) -> Result<()> {
        match &self.server_session {
            Some(known) if *known != server_session => {
                let reason = "it was started anew in the meantime".to_owned();
                Err(self.failed(EngineFailure::Lost { reason }))
            }
            Some(_) => Ok(()),
            None => {
                self.server_session = Some(server_session);
                Ok(())
            }
        }
    }

    /// Stops the job on the server. Whoever stops waits for no answer that does not come.
    async fn interrupt(&self, operation: &str) {
        let request = InterruptRequest {
            session_id: self.session_id.clone(),
            user_context: self.user(),
            client_type: client(),
            interrupt_type: INTERRUPT_OPERATION,
            operation_id: Some(operation.to_owned()),
        };
        let interrupted: Result<Done, Status> =
            self.service.call(service::INTERRUPT, request, INTERRUPT_TIMEOUT).await;
        drop(interrupted);
    }

    /// Frees what the server keeps for another try. Otherwise the end of the session does it.
    async fn release(&self, operation: &str) {
        let request = ReleaseExecuteRequest {
            session_id: self.session_id.clone(),
            user_context: self.user(),
            operation_id: operation.to_owned(),
            client_type: client(),
            release_all: Some(ReleaseAll {}),
        };
        let released: Result<Done, Status> =
            self.service.call(service::RELEASE, request, CLEAN_UP_TIMEOUT).await;
        drop(released);
    }

    /// Ends the session on the server, and all that was made in it. A connection that was closed while nobody needed it is made
    /// once more.
    pub(super) async fn release_session(&mut self) -> Result<()> {
        let request = ReleaseSessionRequest {
            session_id: self.session_id.clone(),
            user_context: self.user(),
            client_type: client(),
        };
        let release = async |link: &Self| -> Result<Done, Status> {
            link.service.call(service::RELEASE_SESSION, request.clone(), CLEAN_UP_TIMEOUT).await
        };
        let mut released = release(self).await;
        if released.as_ref().is_err_and(|status| outlook(status) == Outlook::Passing) {
            released = release(self).await;
        }
        match released {
            Ok(_) => Ok(()),
            Err(status) => Err(self.failed(match outlook(&status) {
                Outlook::Passing => EngineFailure::Lost { reason: self.speaker.sentence(&status) },
                _ => self.speaker.failure(&status),
            })),
        }
    }

    pub(super) fn failed(&mut self, failure: EngineFailure) -> Error {
        use EngineFailure::{Lost, Unreachable, Untrusted};
        self.is_lost |= matches!(failure, Lost { .. } | Unreachable { .. } | Untrusted { .. });
        Error::Engine { address: self.address.clone(), failure }
    }

    fn user(&self) -> Option<UserContext> {
        Some(UserContext { user_id: self.user_id.clone() })
    }

    /// What a future brings, unless the caller wants to stop before.
    pub(super) async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let mut future = pin!(future);
        loop {
            if (self.is_stopped)() {
                return Err(Error::Interrupted);
            }
            if let Ok(value) = tokio::time::timeout(LOOK, future.as_mut()).await {
                return Ok(value);
            }
        }
    }
}

fn client() -> Option<String> {
    Some(CLIENT.to_owned())
}
