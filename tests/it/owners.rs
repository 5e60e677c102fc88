//! A project of two customers, or a resource of two projects, is a state that never was.

use usagebook::Book;
use usagebook::notice::{Code, Notice, Severity};

use crate::binary::run;
use crate::book::{Parcel, close, shelf};
use crate::frames::intake;
use crate::records::{Dumps, uuid};

/// The notices about owners, each with its severity.
fn told(notices: &[Notice]) -> Vec<(Severity, &str)> {
    let of_owners = notices.iter().filter(|notice| notice.code == Code::TwoOwners);
    of_owners.map(|notice| (notice.severity, notice.message.as_str())).collect()
}

/// Acme's project, of which one part is zeta's: another component, in a month.
fn moved(month: &str) -> String {
    format!(
        "acme cpu hour 2026-09 alice 1.00\nacme gpu hour {month} bob 2.00 customer_uuid=zeta customer_name=Zeta"
    )
}

#[test]
fn a_project_under_two_customers_is_a_warning_within_a_month_and_across_months() {
    for (month, words) in [("2026-09", "September 2026"), ("2026-10", "October 2026")] {
        let (_dumps, files) = Dumps::of(&[&moved(month)]);
        let intake = intake(&[&files[0]]);
        let [(severity, message)] = told(&intake.notices)[..] else { panic!("{:?}", intake.notices) };
        let (project, acme, zeta) = (uuid("acme-project"), uuid("acme"), uuid("zeta"));
        let expected = format!(
            "1 project is under more than one customer: \"acme-project\" ({project}) is under \"Zeta\" ({zeta}) in {words} \
             and under \"acme\" ({acme}) in September 2026. It was moved while the portal was read, or between two downloads. \
             Download these months again, one right after the other."
        );
        assert_eq!((severity, message), (Severity::Warning, expected.as_str()));
        for command in ["report", "check"] {
            let outcome = run(&format!("{command} '{}'", files[0]));
            let text = outcome.stdout.clone() + &outcome.stderr;
            assert!(outcome.code == 3 && text.contains("under more than one customer"), "{command}: {text}");
        }
    }
}

#[test]
fn two_dumps_of_two_months_are_compared_too() {
    let (first, second) =
        ("acme cpu hour 2026-09 alice 1.00", "acme cpu hour 2026-10 alice 1.00 customer_uuid=zeta");
    let (_dumps, files) = Dumps::of(&[first, second]);
    assert_eq!(told(&intake(&[&files[0], &files[1]]).notices).len(), 1);
    assert_eq!(told(&intake(&[&files[1]]).notices), []);
}

#[test]
fn a_resource_under_two_projects_is_a_warning() {
    let lines = "acme cpu hour 2026-10 alice 1.00\nacme gpu hour 2026-10 bob 2.00 project_uuid=other project_name=Other";
    let (_dumps, files) = Dumps::of(&[lines]);
    let intake = intake(&[&files[0]]);
    let [(Severity::Warning, message)] = told(&intake.notices)[..] else { panic!("{:?}", intake.notices) };
    assert!(message.starts_with("1 resource is under more than one project: \"acme-resource\""), "{message}");
    assert!(message.contains("\"Other\"") && message.contains("\"acme-project\""), "{message}");
}

#[test]
fn what_a_later_dump_moves_as_a_whole_has_one_owner() {
    let before = "acme cpu hour 2026-10 alice 1.00\nacme gpu hour 2026-10 bob 2.00";
    let after: String =
        before.lines().map(|line| format!("{line} customer_uuid=zeta customer_name=Zeta\n")).collect();
    let (_dumps, files) = Dumps::of(&[before, &after]);
    assert_eq!(told(&intake(&[&files[0], &files[1]]).notices), [], "owner_rewritten says it");
}

#[test]
fn a_closed_month_keeps_its_owner_and_that_is_a_note() {
    let (_folder, book) = shelf();
    Parcel::new("2026-10-02", "acme cpu hour 2026-09 alice 1.00").deliver(&book);
    Parcel::new("2026-11-02", "acme cpu hour 2026-10 alice 1.00 customer_uuid=zeta customer_name=Zeta")
        .deliver(&book);
    let severities = |book| {
        let opened = Book::open(book).unwrap();
        let severities = |keeps_details| {
            let notices = opened.read(&[], None, keeps_details).unwrap().notices;
            told(&notices).iter().map(|(severity, _)| *severity).collect::<Vec<_>>()
        };
        assert_eq!(severities(false), severities(true));
        severities(false)
    };
    assert_eq!(severities(&book), [Severity::Warning]);
    close(&book, "2026-09").unwrap();
    assert_eq!(severities(&book), [Severity::Note]);
    assert_eq!(run(&format!("report --book '{}'", book.display())).code, 0);
}
