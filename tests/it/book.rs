//! Books: what is taken in, closed and restated is what is read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use usagebook::Book;
use usagebook::book::disk::Disk;
use usagebook::book::{
    AddRequest, Added, BookWriter, CloseRequest, Closed, Evidence, Version, WriterOptions,
};
use usagebook::error::Error;
use usagebook::ingest::{Intake, ReadRequest, Role, read};
use usagebook::listing::{RecordReader, record::Value};
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::text::parse_uuid;
use usagebook::usage::{Field, UsageFrame};

use crate::book_disk::disk;
use crate::records::{Dumps, Record, page, records, uuid};

/// A delivery as a test spells it.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    /// `2026-11-01` and the like: when the server said so.
    pub day: String,
    pub records: Vec<Record>,
    /// Months that it holds every record of.
    pub complete: Vec<String>,
    /// The names of the customers that it is complete for; empty for all.
    pub customers: Vec<String>,
}

impl Parcel {
    pub fn new(day: &str, lines: &str) -> Self {
        Self { day: day.to_owned(), records: records(lines), ..Self::default() }
    }

    pub fn complete(self, month: &str) -> Self {
        Self { complete: vec![month.to_owned()], ..self }
    }

    pub fn for_customers(self, names: &[&str]) -> Self {
        Self { customers: names.iter().map(|name| (*name).to_owned()).collect(), ..self }
    }

    fn time(&self) -> DateTime<Utc> {
        format!("{}T08:00:00Z", self.day).parse().expect("a day")
    }

    pub fn request(&self) -> AddRequest {
        AddRequest {
            pulled_at: Some(self.time()),
            clock: self.time(),
            complete: self.complete.iter().map(|month| month.parse().expect("a month")).collect(),
            customers: self.customers.iter().filter_map(|name| parse_uuid(uuid(name).as_bytes())).collect(),
            retire_up_to: Some(u64::MAX),
            ..AddRequest::default()
        }
    }

    /// Takes it in on a disk.
    pub fn deliver_on(&self, book: &Path, disk: Arc<dyn Disk>) -> Result<Added, Error> {
        self.deliver_as(book, disk, &self.request())
    }

    pub fn deliver_as(&self, book: &Path, disk: Arc<dyn Disk>, request: &AddRequest) -> Result<Added, Error> {
        BookWriter::open_on(book, None, disk)?.add(&self.intake(), request)
    }

    fn intake(&self) -> Intake {
        let dumps = Dumps::new();
        let file = dumps.write("page-1.json", page(&self.records));
        let mut reading = ReadRequest::new([file]);
        reading.reading.keeps_details = true;
        reading.hashes_files = true;
        let intake = read(&reading, &Arc::default()).expect("the records can be read");
        assert_eq!(intake.faults.first(), []);
        intake
    }

    pub fn deliver(&self, book: &Path) -> Added {
        self.deliver_on(book, disk()).expect("the delivery is taken in")
    }
}

pub fn close(book: &Path, month: &str) -> Result<usagebook::book::Closing, Error> {
    BookWriter::open_on(book, None, disk())?.close(&closing(month))
}

pub fn closing(month: &str) -> CloseRequest {
    CloseRequest { note: "a note".to_owned(), ..CloseRequest::new(month.parse().expect("a month")) }
}

/// The records of a frame, a line each: customer, project, component, unit, username, usage.
pub fn lines(frame: &UsageFrame) -> String {
    let reader = RecordReader::new(frame).expect("details");
    let fields = [
        Field::CustomerName,
        Field::ProjectName,
        Field::ComponentType,
        Field::MeasuredUnit,
        Field::Username,
        Field::Usage,
    ];
    let text = |row, field| match reader.value(row, field) {
        Value::Text(text) => text.to_owned(),
        Value::Usage(usage) => usage.to_string(),
        other => panic!("{other:?}"),
    };
    let line = |row| fields.map(|field| text(row, field)).join(" ") + "\n";
    let mut lines: Vec<String> = (0..frame.records.len() as u32).map(line).collect();
    lines.sort();
    lines.concat()
}

/// The records of a month in a version.
pub fn state(book: &Path, month: &str, version: &str) -> String {
    let version: Version = version.parse().expect("a version");
    let book = Book::open(book).expect("a book");
    lines(&book.records(month.parse().expect("a month"), &version).expect("the month is there"))
}

/// Everything that a reader can see of a book.
pub fn seen(book: &Path) -> String {
    let book = match Book::open(book) {
        Ok(book) => book,
        Err(Error::NotABook { .. }) => return "no book".to_owned(),
        Err(error) => panic!("{error}"),
    };
    let mut text = String::new();
    for (period, month) in book.months() {
        let versions = month.closings.iter().map(|closing| Version::Closed(closing.version));
        for version in versions.chain([Version::Now]) {
            let frame = book.records(period, &version).expect("the version is there");
            text += &format!("{period} {version}: {}\n{}", month.describe(), lines(&frame));
        }
    }
    for delivery in book.deliveries() {
        text += &format!("{} {}\n", delivery.id, delivery.time);
    }
    for (period, month) in book.months().filter(|(_, month)| !month.adjustments.is_empty()) {
        text += &format!("{period}: {} adjustments\n", month.adjustments.len());
    }
    for (period, month) in book.months().filter(|(_, month)| !month.acknowledgements.is_empty()) {
        text += &format!("{period}: {} acknowledgements\n", month.acknowledgements.len());
    }
    for issue in book.issues() {
        for document in book.register(issue).expect("a register").documents {
            text += &format!("{} {} of {}\n", document.kind.name(), document.number, document.recipient);
        }
    }
    text
}

/// A folder for a book that goes away at the end of a test.
pub fn shelf() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = folder.path().join("usage.book");
    (folder, book)
}

fn note(error: Result<impl Sized, Error>) -> String {
    error.err().expect("it is refused").to_string()
}

#[test]
fn the_newest_version_of_a_record_counts_in_whatever_order_deliveries_come() {
    let older = Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00 modified=2026-10-20T00:00:00Z");
    let newer = Parcel::new("2026-11-02", "acme cpu hour 2026-10 alice 2.00 modified=2026-10-21T00:00:00Z");
    for order in [[&older, &newer], [&newer, &older]] {
        let (_folder, book) = shelf();
        order.iter().for_each(|parcel| _ = parcel.deliver(&book));
        assert_eq!(state(&book, "2026-10", "now"), "acme acme-project cpu hour alice 2.00\n");
    }
}

#[test]
fn a_change_that_is_prepared_is_the_books_state_once_it_is_committed_and_not_before() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    let late = Parcel::new("2026-11-09", "acme cpu hour 2026-10 alice 4.00 modified=2026-11-08T00:00:00Z");
    let mut writer = BookWriter::open_on(&book, None, disk()).unwrap();
    let root = fs::read(book.join("book.json")).unwrap();
    for is_committed in [false, true] {
        let change = writer.prepare_add(&late.intake(), &late.request()).unwrap();
        assert!(change.outcome.is_new, "what was dropped is forgotten");
        assert_eq!(fs::read(book.join("book.json")).unwrap(), root);
        assert_eq!(state(&book, "2026-10", "now"), "acme acme-project cpu hour alice 1.00\n");
        if is_committed {
            change.commit().unwrap();
        }
    }
    assert_eq!(state(&book, "2026-10", "now"), "acme acme-project cpu hour alice 4.00\n");
}

#[test]
fn the_same_inputs_again_change_not_a_byte() {
    let (folder, book) = shelf();
    let parcel = Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").complete("2026-10");
    assert!(parcel.deliver(&book).is_new);
    let before = bytes(folder.path());
    assert!(!parcel.deliver(&book).is_new);
    let unnamed = AddRequest { pulled_at: None, ..parcel.request() };
    let clock = AddRequest { clock: "2027-01-01T00:00:00Z".parse().unwrap(), ..unnamed };
    assert!(!parcel.deliver_as(&book, disk(), &clock).unwrap().is_new);
    assert_eq!(bytes(folder.path()), before);
}

/// Every file below a folder, by name.
pub fn bytes(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let kind = std::fs::symlink_metadata(&path).expect("it is there").file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                found.push((
                    path.clone(),
                    std::fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes(),
                ));
            } else {
                found.push((path.clone(), std::fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_complete_delivery_retires_what_it_lacks_and_an_older_one_does_not_revive_it() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00\nacme cpu hour 2026-10 bob 2.00")
        .deliver(&book);
    let added =
        Parcel::new("2026-11-03", "acme cpu hour 2026-10 alice 1.00").complete("2026-10").deliver(&book);
    assert_eq!((added.months[0].counts.retired, added.months[0].counts.unchanged), (1, 1));
    let alone = "acme acme-project cpu hour alice 1.00\n";
    assert_eq!(state(&book, "2026-10", "now"), alone);
    Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 5.00 modified=2026-11-02T00:00:00Z").deliver(&book);
    assert_eq!(state(&book, "2026-10", "now"), alone);
    Parcel::new("2026-11-04", "acme cpu hour 2026-10 bob 2.00").deliver(&book);
    let revived = "acme acme-project cpu hour alice 1.00\nacme acme-project cpu hour bob 5.00\n";
    assert_eq!(state(&book, "2026-10", "now"), revived, "of the versions that were shown the newest counts");
}

#[test]
fn more_than_a_tenth_of_a_month_is_not_retired_by_mistake() {
    let (folder, book) = shelf();
    let all: String = (0..20).map(|user| format!("acme cpu hour 2026-10 user{user} 1.00\n")).collect();
    let most: String = (0..17).map(|user| format!("acme cpu hour 2026-10 user{user} 1.00\n")).collect();
    Parcel::new("2026-11-01", &all).deliver(&book);
    let before = bytes(folder.path());
    let parcel = Parcel::new("2026-11-02", &most).complete("2026-10");
    let with = |retire_up_to| AddRequest { retire_up_to, ..parcel.request() };
    let refused = note(parcel.deliver_as(&book, disk(), &with(None)));
    assert!(
        refused.starts_with("2026-10: 3 of its 20 records would be retired; allow that if they are gone"),
        "{refused}"
    );
    assert!(parcel.deliver_as(&book, disk(), &with(Some(2))).is_err());
    assert_eq!(bytes(folder.path()), before);
    let added = parcel.deliver_as(&book, disk(), &with(Some(3))).unwrap();
    assert_eq!(added.months[0].counts.retired, 3);
}

#[test]
fn the_latest_deliverys_names_and_owners_hold_even_if_no_record_was_modified() {
    let (_folder, book) = shelf();
    let later = "acme cpu hour 2026-10 alice 1.00 customer_name=Acme2 project_uuid=moved project_name=Moved";
    Parcel::new("2026-11-05", later).deliver(&book);
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00\nacme gpu hour 2026-10 alice 3.00")
        .deliver(&book);
    let expected = "Acme2 Moved cpu hour alice 1.00\nAcme2 acme-project gpu hour alice 3.00\n";
    assert_eq!(state(&book, "2026-10", "now"), expected);
}

#[test]
fn a_report_over_several_months_shows_the_latest_name() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-05", "acme cpu hour 2026-09 alice 1.00 customer_name=New").deliver(&book);
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 2.00 customer_name=Old").deliver(&book);
    let opened = Book::open(&book).unwrap();
    for keeps_details in [false, true] {
        let frame = opened.read(&[], None, keeps_details).unwrap().frame;
        let names: Vec<&str> = frame.customers.iter().map(|customer| &*customer.name).collect();
        assert_eq!(names, ["New"]);
    }
}

#[test]
fn a_name_that_holds_since_an_earlier_delivery_is_as_old_as_that() {
    let (_folder, book) = shelf();
    // In September acme was named last on the 1st, though the month has a later delivery.
    Parcel::new("2026-11-01", "acme cpu hour 2026-09 alice 1.00 customer_name=Old").deliver(&book);
    Parcel::new("2026-11-09", "zeta cpu hour 2026-09 alice 1.00").deliver(&book);
    Parcel::new("2026-11-05", "acme cpu hour 2026-10 alice 2.00 customer_name=New").deliver(&book);
    let frame = Book::open(&book).unwrap().read(&[], None, false).unwrap().frame;
    let mut names: Vec<&str> = frame.customers.iter().map(|customer| &*customer.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["New", "zeta"]);
}

#[test]
fn a_closed_month_never_changes_and_says_what_came_late() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    let first = close(&book, "2026-10").unwrap();
    let late = Parcel::new("2026-11-09", "acme cpu hour 2026-10 alice 4.00 modified=2026-11-08T00:00:00Z");
    let added = late.deliver(&book);
    assert_eq!(
        (added.months[0].late, added.months[0].state.to_string()),
        (1, "CLOSED v1, 1 late change".to_owned())
    );
    assert_eq!(state(&book, "2026-10", "v1"), "acme acme-project cpu hour alice 1.00\n");
    assert_eq!(state(&book, "2026-10", "now"), "acme acme-project cpu hour alice 4.00\n");
    let mut writer = BookWriter::open_on(&book, None, disk()).unwrap();
    let Closed::New(second) = writer.restate(&closing("2026-10")).unwrap() else {
        panic!("a record differs")
    };
    assert_eq!((first.version, second.version), (1, 2));
    assert_ne!(first.digest, second.digest);
    assert!(matches!(writer.restate(&closing("2026-10")), Ok(Closed::Unchanged(same)) if same == second));
    drop(writer);
    assert_eq!(state(&book, "2026-10", "v1"), "acme acme-project cpu hour alice 1.00\n");
    assert_eq!(state(&book, "2026-10", "v2"), "acme acme-project cpu hour alice 4.00\n");
    let intake = Book::open(&book).unwrap().read(&[], None, false).unwrap();
    assert_eq!(intake.states[0].state.to_string(), "CLOSED v2, cut-off 2026-11-09T08:00:00Z");
}

#[test]
fn a_cut_off_takes_the_deliveries_up_to_it() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    Parcel::new("2026-11-03", "acme cpu hour 2026-10 bob 2.00").deliver(&book);
    let mut request = closing("2026-10");
    request.as_of = Some("2026-11-02T00:00:00Z".parse().unwrap());
    let closed = BookWriter::open_on(&book, None, disk()).unwrap().close(&request).unwrap();
    assert_eq!(closed.state.records, 1);
    assert_eq!(state(&book, "2026-10", "v1"), "acme acme-project cpu hour alice 1.00\n");
    let month = Book::open(&book).unwrap().month("2026-10".parse().unwrap()).unwrap().clone();
    assert_eq!(
        (month.late_changes, month.describe().to_string()),
        (1, "CLOSED v1, 1 late change".to_owned())
    );
}

#[test]
fn a_month_that_is_not_over_is_closed_on_request_only() {
    let (_folder, book) = shelf();
    Parcel::new("2026-10-31", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    let refused = note(close(&book, "2026-10"));
    assert!(refused.contains("it was not over at the cut-off, 2026-10-31T08:00:00Z"), "{refused}");
    let request = CloseRequest { accepts_incomplete: true, ..closing("2026-10") };
    BookWriter::open_on(&book, None, disk()).unwrap().close(&request).unwrap();
    let refused = note(close(&book, "2026-10"));
    assert!(refused.contains("it is closed as v1"), "{refused}");
    assert!(note(close(&book, "2026-09")).contains("no month 2026-09"));
}

#[test]
fn what_is_known_not_to_be_complete_is_taken_as_complete_on_request_only() {
    let (_folder, book) = shelf();
    let line = "acme cpu hour 2026-10 alice 1.00";
    // A record twice in one dump: its pages overlap, so others are probably missing.
    let parcel = Parcel::new("2026-11-01", &format!("{line}\n{line}\nacme cpu hour 2026-10 bob 1.00"));
    let complete = parcel.clone().complete("2026-10");
    let refused = note(complete.deliver_on(&book, disk()));
    assert!(refused.starts_with("2026-10: the inputs do not hold every record of it"), "{refused}");
    assert_eq!(parcel.deliver(&book).months[0].evidence, Evidence::Disproved);
    assert!(note(close(&book, "2026-10")).contains("do not hold every record"));
    let accepted = AddRequest { accepts_incomplete: true, ..complete.request() };
    let added = complete.deliver_as(&book, disk(), &accepted).unwrap();
    assert!(added.months[0].is_complete);
}

#[test]
fn every_state_since_the_first_delivery_can_be_shown() {
    let (_folder, book) = shelf();
    let first = Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    let second =
        Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 2.00").complete("2026-10").deliver(&book);
    assert_eq!(
        state(&book, "2026-10", &first.delivery.id.to_string()),
        "acme acme-project cpu hour alice 1.00\n"
    );
    assert_eq!(
        state(&book, "2026-10", &second.delivery.id.to_string()[..6]),
        "acme acme-project cpu hour bob 2.00\n"
    );
    let opened = Book::open(&book).unwrap();
    let missing = opened.records("2026-10".parse().unwrap(), &Version::Closed(1));
    assert_eq!(note(missing), "2026-10 has no version v1, only now");
}

#[test]
fn a_record_knows_its_versions_and_where_it_came_from() {
    let (_folder, book) = shelf();
    let first = Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book).delivery;
    let newer = "acme cpu hour 2026-10 alice 2.00 modified=2026-11-02T00:00:00Z";
    let second = Parcel::new("2026-11-02", newer).deliver(&book).delivery;
    Parcel::new("2026-11-03", newer).deliver(&book);
    let opened = Book::open(&book).unwrap();
    let frame = opened.records("2026-10".parse().unwrap(), &Version::Now).unwrap();
    let Value::Uuid(uuid) = RecordReader::new(&frame).unwrap().value(0, Field::Uuid) else { panic!() };
    let versions = opened.record_versions(uuid).unwrap();
    let told: Vec<(usize, bool)> = versions.iter().map(|v| (v.deliveries.len(), v.is_current)).collect();
    assert_eq!(told, [(1, false), (2, true)]);
    assert_eq!(versions[0].deliveries, [first.id]);
    let origins = opened.origins("2026-10".parse().unwrap(), &Version::Now).unwrap();
    assert_eq!(origins[&uuid].delivery.id, second.id);
    assert!(origins[&uuid].input.path.ends_with("page-1.json"));
}

#[test]
fn two_writers_at_once_are_one_writer_and_a_message() {
    let (_folder, book) = shelf();
    let parcel = Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00");
    parcel.deliver(&book);
    let options = |command: &str| WriterOptions {
        lock_timeout: Duration::ZERO,
        command: command.to_owned(),
        ..WriterOptions::default()
    };
    let held = BookWriter::open_with(&book, &options("usagebook add"), disk()).unwrap();
    let refused = note(BookWriter::open_with(&book, &options("usagebook close"), disk()));
    let holder = format!("locked for writing by \"usagebook add\" (process {} on ", std::process::id());
    assert!(refused.contains(&holder), "{refused}");
    drop(held);
    assert!(!parcel.deliver(&book).is_new);
}

#[test]
fn the_digest_is_that_of_the_listed_records() {
    use sha2::Digest as _;
    let (_folder, book) = shelf();
    let lines =
        "acme cpu hour 2026-10 alice 1.00\nzeta gpu hour 2026-10 bob 2.50\nacme cpu hour 2026-10 bob 3.00";
    Parcel::new("2026-11-01", lines).deliver(&book);
    let closing = close(&book, "2026-10").unwrap();
    let line = format!("list --book {} --all --format ndjson --usage-as string -q", book.display());
    let listed = crate::binary::stdout(&line);
    let mut lines: Vec<&str> = listed.lines().collect();
    lines.sort_unstable();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let digest: String = sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(closing.digest, digest);
}

#[test]
fn records_that_can_not_be_used_make_no_book() {
    let folder = tempfile::TempDir::new().unwrap();
    let book = folder.path().join("book");
    let line = format!("add --new fixtures/broken/bad-date.json --book '{}'", book.display());
    let outcome = crate::binary::run(&line);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(!book.exists());
}

#[test]
fn a_book_reads_as_the_files_that_it_was_made_of() {
    let (_folder, book) = shelf();
    let book = book.display();
    let pages = "fixtures/real/complete";
    crate::binary::stdout(&format!("add --new {pages} --book {book} --pulled-at 2026-11-02T08:00:00Z -q"));
    for command in [
        "report INPUT --format csv --as-of 2026-11-23 --by period,customer,project,offering,component,user -q",
        "report INPUT --format csv --as-of 2026-11-23 --period 2026-10 --compare previous-month -q",
        "list INPUT --all --o username,usage --format csv -q",
        "list INPUT --page 3 -q --customer 'Tartu Ülikool'",
    ] {
        let of_files = crate::binary::stdout(&command.replace("INPUT", pages));
        let of_book = crate::binary::stdout(&command.replace("INPUT", &format!("--book {book}")));
        assert!(!of_files.is_empty());
        assert_eq!(of_book, of_files, "{command}");
    }
}

#[test]
fn a_closed_version_is_that_of_the_months_that_are_asked_for() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-09 alice 1.00\nacme cpu hour 2026-10 alice 2.00")
        .deliver(&book);
    close(&book, "2026-10").expect("it is closed");
    let book = Book::open(&book).expect("a book");
    let october = BillingPeriod::new(2026, 10).expect("a month");
    let version = Version::Closed(1);
    let read = |role: fn(BillingPeriod) -> Role| book.read_months(role, Some(&version), false);
    let role =
        |period| if period == BillingPeriod::new(2026, 10).unwrap() { Role::Asked } else { Role::Compared };
    assert_eq!(read(role).unwrap().accounting.kept, 2);
    let error = read(|_| Role::Asked).unwrap_err().to_string();
    assert!(error.contains("2026-09 has no version v1"), "{error}");
    assert_eq!(book.read(&[PeriodRange::month(october)], Some(&version), false).unwrap().accounting.kept, 1);
}
