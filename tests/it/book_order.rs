//! A month is a function of the set of its deliveries: a plain loop over them in time says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use usagebook::Book;
use usagebook::book::{BookWriter, Version};

use crate::book::{Parcel, lines, shelf};
use crate::book_disk::disk;
use crate::records::Record;

/// A record of a delivery: user, which of two uuids it has, hundredths, day of `modified`.
type Numbers = (u8, u8, u8, u8);

/// What a delivery is complete for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Complete {
    Nothing,
    Month,
    /// One customer's records of the month.
    Customer(u8),
}

#[derive(Clone, Debug)]
struct Delivery {
    /// Each customer's name in it, and project, and what it shows.
    name: u8,
    project: u8,
    complete: Complete,
    /// Whether it is retracted once all are taken in.
    is_retracted: bool,
    records: Vec<(u8, Numbers)>,
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let record = (0..2_u8, (0..3_u8, 0..2_u8, 0..3_u8, 1..4_u8));
    let complete =
        prop_oneof![Just(Complete::Nothing), Just(Complete::Month), (0..2_u8).prop_map(Complete::Customer),];
    (0..2_u8, 0..2_u8, complete, any::<bool>(), prop::collection::vec(record, 1..6)).prop_map(
        |(name, project, complete, is_retracted, records)| {
            let mut seen = BTreeSet::new();
            let is_first = |(customer, (user, ..)): &(u8, Numbers)| seen.insert((*customer, *user));
            let records = records.into_iter().filter(is_first).collect();
            Delivery { name, project, complete, is_retracted, records }
        },
    )
}

fn parcel(day: usize, delivery: &Delivery) -> Parcel {
    let Delivery { name, project, complete, records, .. } = delivery;
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
        ..Parcel::default()
    };
    match complete {
        Complete::Nothing => parcel,
        Complete::Month => parcel.complete("2026-10"),
        Complete::Customer(customer) => parcel.complete("2026-10").for_customers(&[&format!("c{customer}")]),
    }
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
        last_seen.retain(|(customer, ..), seen| {
            *seen == at
                || match delivery.complete {
                    Complete::Nothing => true,
                    Complete::Month => false,
                    Complete::Customer(complete) => *customer != complete,
                }
        });
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

    #[test]
    fn without_retracted_deliveries_a_book_is_as_one_that_never_had_them(
        deliveries in prop::collection::vec(delivery(), 1..6),
        closed_at in 0..6_usize,
    ) {
        let (_folder, book) = shelf();
        let (_folder, other) = shelf();
        let parcels: Vec<Parcel> =
            deliveries.iter().enumerate().map(|(at, delivery)| parcel(at + 1, delivery)).collect();
        let mut closing = None;
        let mut ids = Vec::new();
        for (at, parcel) in parcels.iter().enumerate() {
            ids.push(parcel.deliver_on(&book, disk()).unwrap().delivery.id);
            if at == closed_at {
                let mut writer = BookWriter::open_on(&book, None, disk()).unwrap();
                closing = Some((writer.close(&crate::book::closing("2026-10")).unwrap(), at));
            }
        }
        let retracted = |at: usize| deliveries[at].is_retracted;
        let mut writer = BookWriter::open_on(&book, None, disk()).unwrap();
        for (at, id) in ids.iter().enumerate().filter(|(at, _)| retracted(*at)) {
            let clock = format!("2026-12-{:02}T00:00:00Z", at + 1).parse().unwrap();
            prop_assert!(writer.retract(&id.to_string(), "a mistake", clock).unwrap().is_new);
        }
        drop(writer);
        let counting = || deliveries.iter().enumerate().filter(|(at, _)| !retracted(*at));
        deliver(&other, counting().map(|(at, _)| parcels[at].clone()));

        let period = "2026-10".parse().unwrap();
        let left: Vec<Delivery> = counting().map(|(_, delivery)| delivery.clone()).collect();
        let opened = Book::open(&book).unwrap();
        prop_assert_eq!(lines(&opened.records(period, &Version::Now).unwrap()), expected(&left));
        prop_assert!(opened.verify().unwrap().damage.is_empty());
        if let Some((closing, at)) = closing {
            prop_assert_eq!(&opened.closing(period, 1).unwrap().digest, &closing.digest);
            prop_assert_eq!(opened.closing(period, 1).unwrap(), &closing, "byte for byte");
            let closed = lines(&opened.records(period, &Version::Closed(1)).unwrap());
            prop_assert_eq!(closed, expected(&deliveries[..=at]));
        }
        if !left.is_empty() {
            let month = |book: &Path| Book::open(book).unwrap().month(period).unwrap().clone();
            prop_assert_eq!(month(&book).now, month(&other).now, "the month's file has the same bytes");
        }
    }
}
