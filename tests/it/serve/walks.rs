//! Whoever follows the links gets every record once, whatever the order and however large the pages.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use super::client::{LIST, get};
use super::running::{RECORDS, Within, catalogue};

#[test]
fn the_links_lead_past_every_record_exactly_once() {
    let server = Within::start(RECORDS, Default::default());
    for order in
        ["", "o=usage", "o=-usage&o=username", "o=-username", "o=component_usage__billing_period,-usage"]
    {
        for (filter, sizes) in [("", &[37, 300, 5000][..]), ("type=storage", &[1, 7, 10])] {
            for size in sizes {
                let mut target = format!("{LIST}?{filter}&{order}&field=uuid&page_size={size}");
                let mut seen = BTreeSet::new();
                let mut records = 0;
                let count = loop {
                    let page = get(server.address, &target);
                    assert_eq!(page.status, 200, "{page:?}");
                    for record in page.json().as_array().expect("a page") {
                        records += 1;
                        seen.insert(record["uuid"].to_string());
                    }
                    match page.link("next") {
                        Some(next) => {
                            target = next
                                .split_once(LIST)
                                .map(|(_, rest)| format!("{LIST}{rest}"))
                                .expect("a link")
                        }
                        None => {
                            break page.header("x-result-count").expect("a count").parse().expect("a number");
                        }
                    }
                };
                assert_eq!((records, seen.len()), (count, count), "{filter} {order} {size}");
            }
        }
    }
    server.join();
}

#[test]
fn a_page_is_of_one_catalogue_while_others_take_its_place() {
    let (august, october) = ("fixtures/real/complete/2026-08", "fixtures/real/complete/2026-10");
    let server = Within::start(august, Default::default());
    let is_done = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..20 {
                server.shelf.replace(catalogue(if round % 2 == 0 { october } else { august }));
            }
            is_done.store(true, Ordering::SeqCst);
        });
        let mut seen = BTreeSet::new();
        while !is_done.load(Ordering::SeqCst) {
            let page = get(server.address, &format!("{LIST}?o=usage&page_size=300&field=billing_period"));
            let months: BTreeSet<String> = page
                .json()
                .as_array()
                .expect("a page")
                .iter()
                .map(|record| record["billing_period"].to_string())
                .collect();
            let count = if months.contains("\"2026-08-01\"") { "1554" } else { "1513" };
            assert_eq!((months.len(), page.header("x-result-count")), (1, Some(count)), "{months:?}");
            seen.extend(months);
        }
        seen
    });
    assert_eq!(seen.len(), 2, "both were seen");
    server.join();
}
