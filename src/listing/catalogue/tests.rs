//! A catalogue answers as a frame that is filtered and sorted anew for each request.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::filter::Filter;
use crate::ingest::{ReadRequest, Reading, read};
use crate::listing::record::Value;
use crate::listing::{Order, OrderKey, Page, Paging, list};
use crate::text::uuid_text;
use crate::usage::Field;

/// Three months of a real server: ties in every order, null users, usernames in many scripts.
static FRAME: LazyLock<UsageFrame> = LazyLock::new(|| {
    let mut request = ReadRequest::new(["fixtures/real/complete"]);
    request.reading = Reading { timezone: chrono_tz::UTC, keeps_details: true, keeps_raw: false };
    read(&request, &Arc::default()).unwrap().frame
});

/// One that gathers what few rows it can, and one that always walks.
static CATALOGUES: LazyLock<[Catalogue; 2]> = LazyLock::new(|| {
    let catalogue = || Catalogue::new(FRAME.clone(), chrono_tz::UTC).unwrap();
    [catalogue(), Catalogue { gathered_max: 0, ..catalogue() }]
});

fn uuids(reader: &RecordReader, rows: &[u32]) -> Vec<u128> {
    let uuid = |row: &u32| match reader.value(*row, Field::Uuid) {
        Value::Uuid(uuid) => uuid,
        other => panic!("{other:?} is no uuid"),
    };
    rows.iter().map(uuid).collect()
}

fn filters(given: &[(Filter, String)]) -> Filters {
    let mut filters = Filters::default();
    given.iter().for_each(|(filter, text)| filters.add(*filter, text).unwrap());
    filters
}

fn some_filters() -> impl Strategy<Value = Vec<(Filter, String)>> {
    let place = |entities: &[crate::usage::Entity]| {
        let uuids: Vec<String> = entities.iter().map(|entity| uuid_text(entity.uuid)).collect();
        select(uuids)
    };
    let word = |words: &[&str]| select(words.iter().map(ToString::to_string).collect::<Vec<_>>());
    let types: Vec<&str> = FRAME.component_types.iter().map(|name| &**name).collect();
    let all = vec![
        (Just(Filter::CustomerUuid), place(&FRAME.customers).boxed()).boxed(),
        (Just(Filter::ProjectUuid), place(&FRAME.projects).boxed()).boxed(),
        (Just(Filter::OfferingUuid), place(&FRAME.offerings).boxed()).boxed(),
        (Just(Filter::ResourceUuid), place(&FRAME.resources).boxed()).boxed(),
        (Just(Filter::Type), word(&types).boxed()).boxed(),
        (Just(Filter::Username), word(&["A", "é", "0", "o", "nobody", "李"]).boxed()).boxed(),
        (Just(Filter::DateAfter), word(&["2026-08-31", "2026-09-30", "2027-01-01"]).boxed()).boxed(),
        (Just(Filter::DateBefore), word(&["2026-08-31", "2026-10-15"]).boxed()).boxed(),
        (Just(Filter::BillingPeriodMonth), word(&["8", "9", "10"]).boxed()).boxed(),
        (Just(Filter::BillingPeriodYear), word(&["2025", "2026"]).boxed()).boxed(),
    ];
    subsequence(all, 0..=2).prop_flat_map(|given| given)
}

fn some_orders() -> impl Strategy<Value = Vec<Order>> {
    let order = (select(OrderKey::ALL.to_vec()), any::<bool>())
        .prop_map(|(key, is_descending)| Order { key, is_descending });
    prop::collection::vec(order, 0..=3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_page_is_the_page_of_a_list_that_is_made_anew(
        given in some_filters(),
        orders in some_orders(),
        size in select(vec![1, 7, 10, 100, 300]),
        part in 0..100_usize,
    ) {
        let filters = filters(&given);
        let frame = filters.apply(FRAME.clone(), &[], chrono_tz::UTC);
        let pages = frame.records.len().div_ceil(size).max(1);
        for page in [Page::Number(1 + pages * part / 100), Page::Last] {
            let request = ListRequest { orders: orders.clone(), paging: Paging::Page { page, size } };
            let expected = list(&frame, &request).unwrap();
            for catalogue in &*CATALOGUES {
                let found = catalogue.list(&filters, &request).unwrap();
                prop_assert_eq!((found.total, found.page, found.pages), (expected.total, expected.page, pages));
                let expected = uuids(&RecordReader::new(&frame).unwrap(), &expected.rows);
                prop_assert_eq!(uuids(&catalogue.reader(), &found.rows), expected);
            }
        }
    }

    #[test]
    fn one_record_is_there_exactly_where_its_list_has_it(given in some_filters(), place in any::<prop::sample::Index>()) {
        let catalogue = &CATALOGUES[0];
        let filters = filters(&given);
        let row = place.index(catalogue.len()) as u32;
        let uuid = uuids(&catalogue.reader(), &[row])[0];
        let listed = catalogue.list(&filters, &ListRequest { orders: vec![], paging: Paging::All }).unwrap();
        let found = catalogue.retrieve(uuid, &filters);
        prop_assert_eq!(found, listed.rows.contains(&row).then_some(row));
        prop_assert_eq!(catalogue.retrieve(uuid ^ 1, &filters), None);
    }

    #[test]
    fn a_set_of_rows_is_sorted_by_its_bits_as_by_comparing(rows in prop::collection::btree_set(0..1000_u32, 0..200)) {
        let mut shuffled: Vec<u32> = rows.iter().rev().copied().collect();
        bits::sort(&mut shuffled, 1000);
        prop_assert_eq!(shuffled, rows.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn every_page_size_and_order_gives_each_record_once() {
    for catalogue in &*CATALOGUES {
        for orders in [&[][..], &["usage"], &["-username"], &["-component_usage__billing_period", "usage"]] {
            let orders = Order::parse_lists(orders).unwrap();
            for size in [1, 7, 100, 299, 300, 5000] {
                let mut seen = BTreeSet::new();
                for number in 1..=catalogue.len().div_ceil(size) {
                    let paging = Paging::Page { page: Page::Number(number), size };
                    let request = ListRequest { orders: orders.clone(), paging };
                    seen.extend(catalogue.list(&Filters::default(), &request).unwrap().rows);
                }
                assert_eq!(seen.len(), catalogue.len());
            }
        }
    }
}

#[test]
fn lists_that_nobody_asks_for_are_forgotten() {
    let mut catalogue = Catalogue::new(FRAME.clone(), chrono_tz::UTC).unwrap();
    let whole =
        |order: &str| ListRequest { orders: Order::parse_lists(&[order]).unwrap(), paging: Paging::All };
    for order in ["usage", "-usage", "username", "-username", "usage,username"] {
        catalogue.list(&Filters::default(), &whole(order)).unwrap();
    }
    assert_eq!(catalogue.views.extent().0, 5);
    // There is room for two lists of all records, and for the slack in which a list grows.
    *catalogue.views.extent().1 = 2 * 2 * 4 * catalogue.len();
    catalogue.list(&Filters::default(), &whole("-usage,username")).unwrap();
    assert!((2..5).contains(&catalogue.views.extent().0), "{}", catalogue.views.extent().0);
    for name in 0..2000 {
        let filters = filters(&[(Filter::Type, name.to_string())]);
        catalogue.list(&filters, &ListRequest::default()).unwrap();
    }
    assert!(catalogue.views.extent().0 <= 1024);
}

#[test]
fn what_runs_over_from_one_username_into_the_next_is_in_neither() {
    let names = ["ab", "ba", "Abba", ""].map(Box::from);
    let found = Usernames::new(&names).containing(&["bb", "abba"]);
    assert_eq!(found.iter().collect::<Vec<_>>(), [2]);
}
