//! A month is a function of the set of its deliveries: a plain loop over them in time says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use usagebook::Book;
use usagebook::book::Version;

use crate::book::{Parcel, lines, shelf};
use crate::book_disk::disk;
use crate::records::Record;

/// A record of a delivery: user, which of two uuids it has, hundredths, day of `modified`.
type Numbers = (u8, u8, u8, u8);

#[derive(Clone, Debug)]
struct Delivery {
    /// Each customer's name in it, and project, and what it shows.
    name: u8,
    project: u8,
    is_complete: bool,
    records: Vec<(u8, Numbers)>,
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let record = (0..2_u8, (0..3_u8, 0..2_u8, 0..3_u8, 1..4_u8));
    (0..2_u8, 0..2_u8, any::<bool>(), prop::collection::vec(record, 1..6)).prop_map(
        |(name, project, is_complete, records)| {
            let mut seen = BTreeSet::new();
            let is_first = |(customer, (user, ..)): &(u8, Numbers)| seen.insert((*customer, *user));
            Delivery { name, project, is_complete, records: records.into_iter().filter(is_first).collect() }
        },
    )
}

fn parcel(day: usize, delivery: &Delivery) -> Parcel {
    let Delivery { name, project, is_complete, records } = delivery;
    let record = |(customer, (user, uuid, hundredths, modified)): &(u8, Numbers)| {
        Record::new(&format!(
            "c{customer} cpu hour 2026-10 user{user} 0.0{hundredths} uuid=r{customer}/{user}/{uuid} \
             modified=2026-10-0{modified}T00:00:00Z customer_name=C{customer}-{name} \
             project_uuid=p{customer}-{project} project_name=p{customer}-{project}"
        ))
    };
    let parcel = Parcel {
        day: format!("2026-11-{day:02}"),
        records: records.iter().map(record).collect(),
        complete: vec![],
    };
    if *is_complete { parcel.complete("2026-10") } else { parcel }
}

/// What holds after deliveries in time, by a plain loop.
fn expected(deliveries: &[Delivery]) -> String {
    let mut versions: BTreeMap<(u8, u8, u8), (u8, u8)> = BTreeMap::new();
    let mut last_seen: BTreeMap<(u8, u8, u8), usize> = BTreeMap::new();
    let mut owners: BTreeMap<u8, (u8, u8)> = BTreeMap::new();
    for (at, delivery) in deliveries.iter().enumerate() {
        for (customer, (user, uuid, hundredths, modified)) in &delivery.records {
            let key = (*customer, *user, *uuid);
            let version = versions.entry(key).or_insert((*modified, *hundredths));
            if *modified >= version.0 {
                *version = (*modified, *hundredths);
            }
            last_seen.insert(key, at);
            owners.insert(*customer, (delivery.name, delivery.project));
        }
        if delivery.is_complete {
            last_seen.retain(|_, seen| *seen == at);
        }
    }
    let mut winners: BTreeMap<(u8, u8), (usize, u8)> = BTreeMap::new();
    for ((customer, user, uuid), seen) in &last_seen {
        let winner = winners.entry((*customer, *user)).or_insert((*seen, *uuid));
        *winner = (*winner).max((*seen, *uuid));
    }
    let line = |((customer, user), (_, uuid)): (&(u8, u8), &(usize, u8))| {
        let (name, project) = owners[customer];
        let (_, hundredths) = versions[&(*customer, *user, *uuid)];
        format!("C{customer}-{name} p{customer}-{project} cpu hour user{user} 0.0{hundredths}\n")
    };
    winners.iter().map(line).collect()
}

fn deliver(book: &Path, parcels: impl Iterator<Item = Parcel>) {
    for parcel in parcels {
        parcel.deliver_on(book, disk()).expect("the delivery is taken in");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_taking_in_changes_nothing_and_a_plain_loop_agrees(
        deliveries in prop::collection::vec(delivery(), 1..6),
        keys in prop::collection::vec(any::<u32>(), 6),
    ) {
        let (_folder, book) = shelf();
        deliver(&book, deliveries.iter().enumerate().map(|(at, delivery)| parcel(at + 1, delivery)));
        let mut shuffled: Vec<(usize, &Delivery)> = deliveries.iter().enumerate().collect();
        shuffled.sort_by_key(|(at, _)| keys[*at]);
        let (_folder, other) = shelf();
        deliver(&other, shuffled.into_iter().map(|(at, delivery)| parcel(at + 1, delivery)));

        let period = "2026-10".parse().unwrap();
        for book in [&book, &other] {
            let book = Book::open(book).unwrap();
            prop_assert_eq!(lines(&book.records(period, &Version::Now).unwrap()), expected(&deliveries));
            for (at, delivery) in book.deliveries().iter().enumerate() {
                let version = Version::Delivery(delivery.id.to_string());
                let state = lines(&book.records(period, &version).unwrap());
                prop_assert_eq!(state, expected(&deliveries[..=at]), "as of delivery {}", at + 1);
            }
            prop_assert!(book.verify().unwrap().damage.is_empty());
        }
        let file = |book: &Path| Book::open(book).unwrap().month(period).unwrap().now.clone();
        prop_assert_eq!(file(&book), file(&other), "the month's file has the same bytes");
    }
}
