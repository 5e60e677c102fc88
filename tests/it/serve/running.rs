//! Servers that run: the command as a user starts it, and the library's within the test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use usagebook::connections::{Limits, Server};
use usagebook::listing::{Catalogue, UsageStyle};
use usagebook::serve::{Log, Settings, Shelf, Site, Tokens};

use crate::binary::{command, words};

pub const RECORDS: &str = "fixtures/real/complete";

/// The command; it ends with this value.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    /// What it said before it was ready.
    pub said: String,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Running {
    /// Starts `serve` on a free port and waits until it is ready.
    pub fn start(arguments: &str) -> Self {
        Self::start_with(arguments, |_| {})
    }

    pub fn start_with(arguments: &str, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(words(arguments));
        command.env_remove("USAGEBOOK_TOKEN").stdout(Stdio::null()).stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("the command starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).expect("text") > 0, "it ended: {said}");
            said += &line;
            if let Some((_, rest)) = line.split_once(" records at http://") {
                break rest.split('/').next().and_then(|address| address.parse().ok()).expect("an address");
            }
        };
        Self { child, address, said, stderr }
    }

    /// Asks it to stop; gives its exit code and what it said since it was ready.
    pub fn stop(mut self) -> (Option<i32>, String) {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(killed.success());
        let mut log = String::new();
        self.stderr.read_to_string(&mut log).expect("text");
        (self.child.wait().expect("it ends").code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server within the test, with limits of its own; it ends with this value.
pub struct Within {
    pub address: SocketAddr,
    pub shelf: Arc<Shelf<Catalogue>>,
    is_stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Within {
    pub fn start(input: &str, limits: Limits) -> Self {
        let shelf = Arc::new(Shelf::new(catalogue(input)));
        let server =
            Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port").with_limits(limits);
        let settings = Settings {
            tokens: Tokens::default(),
            base_url: None,
            page_size_max: 5000,
            cors_origins: vec![],
            usage: UsageStyle::Number,
        };
        let (address, is_stopped) = (server.address(), Arc::new(AtomicBool::new(false)));
        let site = Site::new(settings, Arc::clone(&shelf), address);
        let stopped = Arc::clone(&is_stopped);
        let thread = std::thread::spawn(move || {
            let site = site.logged(Log { write: |_| {}, has_all: false });
            server.run(site, || stopped.load(Ordering::SeqCst)).expect("it serves");
        });
        Self { address, shelf, is_stopped, thread: Some(thread) }
    }

    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
    }

    /// Waits until it has ended.
    pub fn join(mut self) {
        self.stop();
        self.thread.take().expect("it runs").join().expect("it ends well");
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn catalogue(input: &str) -> Catalogue {
    let mut request = crate::frames::request(&[input]);
    request.reading.keeps_details = true;
    let intake = usagebook::read(&request, &Arc::default()).expect("the records");
    Catalogue::new(intake.frame, chrono_tz::UTC).expect("a catalogue")
}
