//! What changes come to in money, by numbers that one can add in the head.

use std::path::Path;

use insta::assert_snapshot;

use crate::binary::{run, stdout};
use crate::book::{Parcel, close, shelf};
use crate::records::uuid;

/// The first ten hours cost 1.00 each, the others 0.50; an hour on a graphics processor costs 2 dollars.
const PRICES: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
tiers = [{ up_to = 10, unit_price = "1" }, { unit_price = "0.50" }]

[[price]]
component_type = "gpu"
measured_unit = "hour"
currency = "USD"
unit_price = "2"
"#;

const CLOSED: &str = "
    acme  cpu hour 2026-10 alice 10.00
    acme  gpu hour 2026-10 bob   4.00
    beta  cpu hour 2026-10 carol 5.00
    gamma cpu hour 2026-10 dora  7.00
";

/// Two hours more on the second tier, the graphics processor gone, a project under another customer.
const LATER: &str = "
    acme  cpu hour 2026-10 alice 12.00 modified=2026-11-05T00:00:00Z
    beta  cpu hour 2026-10 carol 5.00  modified=2026-11-05T00:00:00Z customer_uuid=delta customer_name=delta
    gamma cpu hour 2026-10 dora  7.00
";

/// A book whose October was closed and changed then.
fn changed(book: &Path) {
    Parcel::new("2026-11-02", CLOSED).complete("2026-10").deliver(book);
    close(book, "2026-10").unwrap();
    Parcel::new("2026-11-09", LATER).complete("2026-10").deliver(book);
}

#[test]
fn a_difference_in_money_has_tiers_moves_and_what_is_gone() {
    let (folder, book) = shelf();
    changed(&book);
    let prices = folder.path().join("prices.toml");
    std::fs::write(&prices, PRICES).unwrap();
    let named = format!("--book '{}' --prices '{}'", book.display(), prices.display());
    let table = |command: &str| {
        let drawn = stdout(&format!("{command} {named}"));
        drawn.split_once("\n\n").expect("a title and a table").1.to_owned()
    };
    let diff = table("diff 2026-10");
    assert_snapshot!(diff, @"
    kind             period   customer  project       currency  amount before  amount  change
    ─────────────────────────────────────────────────────────────────────────────────────────
    changed          2026-10  acme      acme-project  EUR               10.00   11.00    1.00
    removed          2026-10  acme      acme-project  USD                8.00           -8.00
                              beta      beta-project  EUR                5.00           -5.00
    added            2026-10  delta     beta-project  EUR                        5.00    5.00
    ─────────────────────────────────────────────────────────────────────────────────────────
    Total added                                       EUR                        5.00    5.00
    Total removed                                     EUR                5.00           -5.00
    Total removed                                     USD                8.00           -8.00
    Total changed                                     EUR               10.00   11.00    1.00
    Total                     acme                    EUR               10.00   11.00    1.00
    Total                     acme                    USD                8.00           -8.00
    Total                     beta                    EUR                5.00           -5.00
    Total                     delta                   EUR                        5.00    5.00
    Other customers                                   EUR                7.00    7.00    0.00
    Total                                             EUR               22.00   23.00    1.00
    Total                                             USD                8.00           -8.00
    ");
    assert_eq!(table("late"), diff);
    let csv = stdout(&format!("diff 2026-10 {named} --format csv"));
    let row = format!(
        "changed,2026-10,{},acme,{},acme-project,EUR,10.00,11.00,1.00",
        uuid("acme"),
        uuid("acme-project")
    );
    assert_eq!(csv.lines().nth(1), Some(row.as_str()));
    assert_eq!(csv.lines().count(), 5, "{csv}");
}

#[test]
fn usage_without_a_price_stops_a_difference_in_money_or_is_warned_of() {
    let (folder, book) = shelf();
    changed(&book);
    let prices = folder.path().join("prices.toml");
    std::fs::write(&prices, &PRICES[..PRICES.rfind("[[price]]").unwrap()]).unwrap();
    let line = format!("late --book '{}' --prices '{}'", book.display(), prices.display());
    let refused = run(&line);
    assert!(refused.code == 1 && refused.stderr.contains("gpu"), "{}", refused.stderr);
    let warned = run(&format!("{line} --unpriced omit"));
    assert!(warned.code == 3 && warned.stderr.contains("usage without a price"), "{}", warned.stderr);
}

#[test]
fn a_month_that_is_as_it_was_closed_has_no_difference_in_money() {
    let (folder, book) = shelf();
    let prices = folder.path().join("prices.toml");
    std::fs::write(&prices, PRICES).unwrap();
    let late = format!("late --book '{}' --prices '{}'", book.display(), prices.display());
    Parcel::new("2026-11-02", CLOSED).complete("2026-10").deliver(&book);
    assert!(stdout(&late).ends_with("No month of the book is closed.\n"));
    close(&book, "2026-10").unwrap();
    assert!(stdout(&late).ends_with("No amount changed since the months were closed.\n"));
    let over = run(&format!("{late} -o '{}'", prices.display()));
    assert!(over.code != 0 && std::fs::read_to_string(&prices).unwrap() == PRICES, "{}", over.stderr);
}
