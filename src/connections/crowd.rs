//! Who is connected: no client takes every connection, and silent connections make room first.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::task::AbortHandle;

/// What a connection is doing. It is silent unless a whole request of its is being answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(Arc<AtomicU8>);

const SILENT: u8 = 0;
const ANSWERING: u8 = 1;
const WRITING: u8 = 2;

impl Activity {
    /// A request has come whole.
    pub(crate) fn answer(&self) {
        self.0.store(ANSWERING, Ordering::Relaxed);
    }

    /// The answer is known and has to be written.
    pub(crate) fn write(&self) {
        self.0.store(WRITING, Ordering::Relaxed);
    }

    /// All that was there to be written is written.
    pub(crate) fn flushed(&self) {
        // An answer that is still being looked up is not written.
        let _ = self.0.compare_exchange(WRITING, SILENT, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn is_silent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == SILENT
    }
}

/// All connections, the oldest first.
#[derive(Debug)]
pub(crate) struct Crowd {
    guests: Mutex<Vec<Guest>>,
    /// At a time, in all and of one client.
    guests_max: usize,
    guests_per_client: usize,
}

#[derive(Debug)]
struct Guest {
    number: u64,
    client: IpAddr,
    activity: Activity,
    task: Option<AbortHandle>,
}

/// One connection; it leaves the crowd when this is dropped.
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    number: u64,
    pub activity: Activity,
}

impl Place {
    /// The crowd, and the connection's number in it.
    pub(crate) fn key(&self) -> (Arc<Crowd>, u64) {
        (Arc::clone(&self.crowd), self.number)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.guests().retain(|guest| guest.number != self.number);
    }
}

/// Whether there is room for one more connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Free,
    /// All connections are being answered: one of them has to end first.
    Later,
    /// The client has as many connections as it may have, and all of them are being answered.
    No,
}

impl Crowd {
    pub(crate) fn new(guests_max: usize, guests_per_client: usize) -> Self {
        Self { guests: Mutex::default(), guests_max, guests_per_client }
    }

    fn guests(&self) -> MutexGuard<'_, Vec<Guest>> {
        self.guests.lock().expect("nobody panics while holding the crowd")
    }

    /// Sends away the oldest silent connection if there is no room: one of the client's own if it has too many.
    pub(crate) fn make_room(&self, client: IpAddr) -> Room {
        let client = network(client);
        let mut guests = self.guests();
        let is_own = |guest: &Guest| guest.client == client;
        if guests.iter().filter(|guest| is_own(guest)).count() >= self.guests_per_client {
            return if send_away(&mut guests, is_own) { Room::Free } else { Room::No };
        }
        match guests.len() < self.guests_max || send_away(&mut guests, |_| true) {
            true => Room::Free,
            false => Room::Later,
        }
    }

    pub(crate) fn enter(self: &Arc<Self>, client: IpAddr, number: u64) -> Place {
        let activity = Activity::default();
        let guest = Guest { number, client: network(client), activity: activity.clone(), task: None };
        self.guests().push(guest);
        Place { crowd: Arc::clone(self), number, activity }
    }

    /// Names the task of a connection, which ends with it.
    pub(crate) fn attach(&self, number: u64, task: AbortHandle) {
        // The connection may have ended already.
        if let Some(guest) = self.guests().iter_mut().find(|guest| guest.number == number) {
            guest.task = Some(task);
        }
    }
}

/// Ends the oldest silent connection of some; false if all of them are being answered.
fn send_away(guests: &mut Vec<Guest>, is_meant: impl Fn(&Guest) -> bool) -> bool {
    let silent = guests.iter().position(|guest| is_meant(guest) && guest.activity.is_silent());
    let Some(silent) = silent else { return false };
    if let Some(task) = guests.remove(silent).task {
        task.abort();
    }
    true
}

/// What counts as one client: an address, or the 64 bits of IPv6 that one household or office has.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_with_too_many_connections_loses_its_oldest_silent_one() {
        let crowd = Arc::new(Crowd::new(10, 2));
        let (one, other) = (client("10.0.0.1"), client("10.0.0.2"));
        let _other = crowd.enter(other, 0);
        let busy = crowd.enter(one, 1);
        busy.activity.answer();
        let _silent = crowd.enter(one, 2);
        assert_eq!(crowd.make_room(one), Room::Free);
        let numbers = || crowd.guests().iter().map(|guest| guest.number).collect::<Vec<_>>();
        assert_eq!(numbers(), [0, 1]);
        let second = crowd.enter(one, 3);
        second.activity.answer();
        assert_eq!(crowd.make_room(one), Room::No);
        assert_eq!(crowd.make_room(other), Room::Free);
        second.activity.write();
        second.activity.flushed();
        assert_eq!(crowd.make_room(one), Room::Free);
        assert_eq!(numbers(), [0, 1]);
    }

    #[test]
    fn when_all_connections_are_taken_the_oldest_silent_one_goes_whoever_has_it() {
        let crowd = Arc::new(Crowd::new(2, 2));
        let first = crowd.enter(client("10.0.0.1"), 0);
        let second = crowd.enter(client("10.0.0.2"), 1);
        first.activity.answer();
        assert_eq!(crowd.make_room(client("10.0.0.3")), Room::Free);
        drop(second);
        let third = crowd.enter(client("10.0.0.3"), 2);
        third.activity.answer();
        assert_eq!(crowd.make_room(client("10.0.0.4")), Room::Later);
        drop(first);
        assert_eq!(crowd.make_room(client("10.0.0.4")), Room::Free);
    }

    #[test]
    fn an_office_of_ipv6_is_one_client() {
        assert_eq!(network(client("2001:db8:1:2:3:4:5:6")), network(client("2001:db8:1:2::1")));
        assert_ne!(network(client("2001:db8:1:2::1")), network(client("2001:db8:1:3::1")));
        assert_eq!(network(client("::ffff:10.0.0.1")), client("10.0.0.1"));
    }
}
