//! Requests that are sent until they are answered: in turn, by several hands, again after pauses that grow.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::page::{self, Facts};
use super::progress::PullProgress;
use super::stop::Stop;
use super::transport::{Clock, Method, Request, Response, Transport};

/// How often one request is sent before the pull stops.
const ATTEMPTS: u32 = 10;

/// The same as long as nothing was ever answered: the address may be wrong, and somebody waits before a terminal.
const FIRST_ATTEMPTS: u32 = 4;

const PAUSE_MAX: Duration = Duration::from_secs(60);

/// No server is waited for longer, whatever it asks for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// How often an object is asked for that a pull can do without.
const OBJECT_ATTEMPTS: u32 = 3;

/// So many requests without a new record end a pull, and five more for each page that brought one.
const IDLE_REQUESTS: u64 = 2_000;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Page(Page),
    /// There is no such page any more: the slice has become shorter.
    Gone,
    /// The server does not take a parameter's value (400), and says so in these words.
    Refused(String),
}

/// A page as it was received; without a body for the count alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub status: u16,
    /// `X-Result-Count`.
    pub count: u64,
    /// By this machine's clock.
    pub time: DateTime<Utc>,
    /// By the server's clock, to the second before it.
    pub server_time: DateTime<Utc>,
    pub body: Vec<u8>,
    pub facts: Vec<Facts>,
}

/// Sends requests politely.
pub(crate) struct Fetcher<'a> {
    transport: &'a dyn Transport,
    clock: &'a dyn Clock,
    progress: &'a PullProgress,
    jobs: usize,
    /// The time between two requests, where one is asked for.
    interval: Duration,
    /// When the next request may be sent.
    next_turn: Mutex<DateTime<Utc>>,
    /// Some servers do not know HEAD: then the count comes with a page of one record.
    has_no_head: AtomicBool,
    /// Whether any request was answered, whatever the answer was.
    is_reached: AtomicBool,
    /// Requests since a page brought a record that was new, and how many pages did.
    idle: AtomicU64,
    productive: AtomicU64,
}

/// Why an attempt gave no answer.
enum Trouble {
    /// It may give one later; after this time, if the server says so.
    Passing {
        reason: String,
        retry_after: Option<Duration>,
    },
    Lasting(Stop),
}

impl<'a> Fetcher<'a> {
    /// `rate` is how many requests a second may be sent at most; none for as many as are answered.
    pub(crate) fn new(
        transport: &'a dyn Transport,
        clock: &'a dyn Clock,
        progress: &'a PullProgress,
        jobs: usize,
        rate: Option<u32>,
    ) -> Self {
        Self {
            transport,
            clock,
            progress,
            jobs: jobs.max(1),
            interval: rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.max(1)),
            next_turn: Mutex::new(DateTime::UNIX_EPOCH),
            has_no_head: AtomicBool::new(false),
            is_reached: AtomicBool::new(false),
            idle: AtomicU64::new(0),
            productive: AtomicU64::new(0),
        }
    }

    /// Sends requests, several at a time, and hands each answer on in the order in which they come.
    ///
    /// # Errors
    /// The first reason to stop, of a request or of whoever takes the answers; later answers are thrown away.
    pub(crate) fn fetch_all(
        &self,
        requests: &[Request],
        mut take: impl FnMut(usize, Answer) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let hands = self.jobs.min(requests.len());
        if hands <= 1 {
            return (0..).zip(requests).try_for_each(|(at, request)| take(at, self.fetch(request)?));
        }
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::sync_channel(hands);
        thread::scope(|scope| {
            for _ in 0..hands {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    while let Some((at, request)) = next_of(next, requests) {
                        if sender.send((at, self.fetch(request))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let outcome = receiver.iter().try_for_each(|(at, answer)| take(at, answer?));
            // Whoever still has an answer finds nobody to give it to, and ends.
            next.store(requests.len(), Ordering::Relaxed);
            drop(receiver);
            outcome
        })
    }

    /// Takes note of a page that brought new records: as long as some do, a pull goes on.
    pub(crate) fn note_new_records(&self) {
        self.idle.store(0, Ordering::Relaxed);
        self.productive.fetch_add(1, Ordering::Relaxed);
    }

    fn check_idle(&self) -> Result<(), Stop> {
        let requests = self.idle.fetch_add(1, Ordering::Relaxed);
        let is_enough = requests >= IDLE_REQUESTS + 5 * self.productive.load(Ordering::Relaxed);
        if is_enough { Err(Stop::NothingNew { requests }) } else { Ok(()) }
    }

    /// Asks for one object, which is no list. `None` if there is none, or no answer after a few attempts.
    pub(crate) fn object(&self, url: String) -> Result<Option<Vec<u8>>, Stop> {
        for attempt in 1..=OBJECT_ATTEMPTS {
            self.take_turn()?;
            PullProgress::add(&self.progress.requests, 1);
            match self.transport.send(&Request::get(url.clone())) {
                Ok(response) if response.status == 200 => return Ok(Some(response.body)),
                Ok(response) if !matches!(response.status, 408 | 425 | 429 | 500..=599) => return Ok(None),
                Ok(response) => self.pause(attempt, self.retry_after(&response))?,
                Err(_) => self.pause(attempt, None)?,
            }
        }
        Ok(None)
    }

    /// Sends one request until it is answered.
    pub(crate) fn fetch(&self, request: &Request) -> Result<Answer, Stop> {
        self.check_idle()?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.take_turn()?;
            match self.attempt(request) {
                Ok(answer) => {
                    self.progress.set_trouble(String::new());
                    return Ok(answer);
                }
                Err(Trouble::Lasting(stop)) => return Err(stop),
                Err(Trouble::Passing { reason, .. }) if attempt >= self.attempts() => {
                    return Err(Stop::NoAnswer { attempts: attempt, reason });
                }
                Err(Trouble::Passing { reason, retry_after }) => {
                    PullProgress::add(&self.progress.retries, 1);
                    self.progress.set_trouble(reason);
                    self.pause(attempt, retry_after)?;
                }
            }
        }
    }

    fn attempts(&self) -> u32 {
        if self.is_reached.load(Ordering::Relaxed) { ATTEMPTS } else { FIRST_ATTEMPTS }
    }

    fn attempt(&self, request: &Request) -> Result<Answer, Trouble> {
        PullProgress::add(&self.progress.requests, 1);
        let asks_for_count = request.method == Method::Head;
        let is_head = asks_for_count && !self.has_no_head.load(Ordering::Relaxed);
        let method = if is_head { Method::Head } else { Method::Get };
        let request = Request { method, url: request.url.clone() };
        let response = self.transport.send(&request).map_err(|failure| match failure.is_lasting {
            true => Trouble::Lasting(Stop::Unusable { reason: failure.reason }),
            false => Trouble::Passing { reason: failure.reason, retry_after: None },
        })?;
        self.is_reached.store(true, Ordering::Relaxed);
        if is_head && (matches!(response.status, 405 | 501) || is_countless(&response)) {
            self.has_no_head.store(true, Ordering::Relaxed);
            return self.attempt(&Request::head(request.url));
        }
        self.understood(response, asks_for_count)
    }

    fn understood(&self, response: Response, asks_for_count: bool) -> Result<Answer, Trouble> {
        let status = response.status;
        let detail = || detail(&response.body);
        match status {
            200 => self.page(response, asks_for_count),
            400 => Ok(Answer::Refused(detail())),
            401 | 403 => Err(Trouble::Lasting(Stop::TokenRefused { status, detail: detail() })),
            404 => Ok(Answer::Gone),
            408 | 425 | 429 | 500..=599 => Err(Trouble::Passing {
                reason: format!("status {status} {}", detail()).trim_end().to_owned(),
                retry_after: self.retry_after(&response),
            }),
            300..=399 => Err(Trouble::Lasting(match response.location {
                Some(location) => Stop::Redirected { location },
                None => Stop::RedirectedNowhere { status },
            })),
            _ => Err(Trouble::Lasting(Stop::Refused { status, detail: detail() })),
        }
    }

    fn page(&self, response: Response, asks_for_count: bool) -> Result<Answer, Trouble> {
        let passing = |reason: String| Trouble::Passing { reason, retry_after: None };
        let count = response.count.ok_or_else(|| passing("an answer without X-Result-Count".to_owned()))?;
        let time = self.clock.now();
        let server_time = response.date.unwrap_or(time);
        let mut page =
            Page { status: response.status, count, time, server_time, body: Vec::new(), facts: Vec::new() };
        if !asks_for_count {
            page.facts = page::parse(&response.body).map_err(passing)?;
            page.body = response.body;
        }
        Ok(Answer::Page(page))
    }

    /// Waits until it is one's turn.
    fn take_turn(&self) -> Result<(), Stop> {
        let now = self.clock.now();
        let turn = {
            let mut next_turn = self.next_turn.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = now.max(*next_turn);
            *next_turn = turn + self.interval;
            turn
        };
        self.sleep((turn - now).to_std().unwrap_or_default())
    }

    /// Waits before a request is sent again. Where the server names a longer time, nobody sends anything before it.
    fn pause(&self, attempt: u32, retry_after: Option<Duration>) -> Result<(), Stop> {
        let pause = Duration::from_secs(1 << (attempt - 1).min(16)).min(PAUSE_MAX);
        if let Some(wait) = retry_after.filter(|wait| *wait >= pause) {
            let until = self.clock.now() + wait.min(RETRY_AFTER_MAX);
            let mut next_turn = self.next_turn.lock().unwrap_or_else(PoisonError::into_inner);
            *next_turn = until.max(*next_turn);
            return Ok(());
        }
        let half = pause / 2;
        let scatter = self.clock.random() % (half.as_millis() as u64).max(1);
        self.sleep(half + Duration::from_millis(scatter))
    }

    /// Sleeps in short naps, so that an interruption is heard.
    fn sleep(&self, mut duration: Duration) -> Result<(), Stop> {
        const NAP: Duration = Duration::from_millis(200);
        loop {
            if self.progress.is_interrupted() {
                return Err(Stop::Interrupted);
            }
            if duration.is_zero() {
                return Ok(());
            }
            let nap = duration.min(NAP);
            self.clock.sleep(nap);
            duration -= nap;
        }
    }

    fn retry_after(&self, response: &Response) -> Option<Duration> {
        let text = response.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
        let now = response.date.unwrap_or_else(|| self.clock.now());
        Some((until - now).to_std().unwrap_or_default())
    }
}

fn next_of<'r>(next: &AtomicUsize, requests: &'r [Request]) -> Option<(usize, &'r Request)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    requests.get(at).map(|request| (at, request))
}

fn is_countless(response: &Response) -> bool {
    response.status == 200 && response.count.is_none()
}

/// What the body of an error says, shortened.
fn detail(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Detail {
        detail: String,
    }
    let text = match serde_json::from_slice::<Detail>(body) {
        Ok(Detail { detail }) => detail,
        Err(_) => String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" "),
    };
    text.chars().take(200).collect()
}
