//! One portal under several names: addresses of records differ in their host and nothing else.

use usagebook::Book;
use usagebook::book::Version;
use usagebook::listing::RecordReader;
use usagebook::listing::record::Value;
use usagebook::usage::Field;

use crate::binary::{run, said};
use crate::book::{Parcel, shelf};
use crate::records::{Dumps, page, uuid};

const TWO: &str = "acme cpu hour 2026-10 alice 1.00\nzeta cpu hour 2026-10 zoe 2.00";

/// The same records as another name of the portal shows them.
fn on_host(parcel: &Parcel, host: &str) -> Parcel {
    let mut parcel = parcel.clone();
    for (at, record) in parcel.records.iter_mut().enumerate() {
        let uri = |list: &str, name: &str| format!("\"{host}/api/{list}/{}/\"", uuid(name));
        record.set(Field::User, uri("marketplace-offering-users", &format!("user-{at}")));
        record.set(Field::ComponentUsage, uri("marketplace-component-usages", &format!("parent-{at}")));
    }
    parcel
}

#[test]
fn a_portal_that_is_reached_by_another_name_changes_nothing() {
    let (_folder, book) = shelf();
    let parcel = |day: &str, host: &str| on_host(&Parcel::new(day, TWO), host);
    parcel("2026-11-01", "https://portal.example").deliver(&book);
    crate::book::close(&book, "2026-10").unwrap();
    for (at, host) in
        ["http://portal.example", "https://127.0.0.1:8443", "https://localhost"].iter().enumerate()
    {
        let added = parcel(&format!("2026-11-{:02}", at + 2), host).deliver(&book);
        let counts = added.months[0].counts;
        assert_eq!((counts.added, counts.changed, counts.unchanged), (0, 0, 2), "{host}");
        assert_eq!(added.months[0].state.to_string(), "CLOSED v1, 0 late changes");
    }
    let book_of = |command: &str| crate::binary::stdout(&format!("{command} --book '{}'", book.display()));
    assert!(book_of("late").contains("Nothing changed since the months were closed."));
    assert!(book_of("diff 2026-10").contains("Nothing changed"), "{}", book_of("diff 2026-10"));
    assert!(book_of("restate 2026-10 --note none").contains("nothing to restate"));
    let frame = Book::open(&book).unwrap().records("2026-10".parse().unwrap(), &Version::Now).unwrap();
    let Value::Uuid(record) = RecordReader::new(&frame).unwrap().value(0, Field::Uuid) else { panic!() };
    let versions = Book::open(&book).unwrap().record_versions(record).unwrap();
    assert_eq!(versions.iter().map(|version| version.deliveries.len()).collect::<Vec<_>>(), [4], "one form");
    // Another user is another one, whatever the host.
    let mut other = parcel("2026-11-09", "https://localhost");
    other.records[0].set(
        Field::User,
        format!("\"https://localhost/api/marketplace-offering-users/{}/\"", uuid("somebody else")),
    );
    assert_eq!(other.deliver(&book).months[0].counts.changed, 1);
}

#[test]
fn dumps_of_one_portal_under_two_names_are_repeats_of_each_other() {
    let dumps = Dumps::new();
    let write = |name: &str, host: &str| {
        dumps.write(name, page(&on_host(&Parcel::new("2026-11-01", TWO), host).records))
    };
    let files = [write("a.json", "https://portal.example"), write("b.json", "http://10.0.0.1:8000")];
    let outcome = run(&format!("report '{}' '{}'", files[0], files[1]));
    assert!(
        outcome
            .stderr
            .contains("4 records read: 2 used, 0 not asked for, 0 replaced by newer versions, 2 repeated"),
        "{}",
        outcome.stderr
    );
    assert_eq!((outcome.code, said(&outcome, "warning: ").len()), (0, 0), "{}", outcome.stderr);
}
