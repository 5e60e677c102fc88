use super::*;
use crate::dimension::Dimension;
use crate::letterhead::{Letterhead, Logo};
use crate::pack::PackSpec;
use crate::report::Report;
use crate::usecase::{Preparation, Prepared};
use crate::write::sample;
use crate::{ReadRequest, ReportSpec, read};

fn october(letterhead: Letterhead) -> Pack {
    let intake = read(&ReadRequest::new(["fixtures/real/complete/2026-10"]), &Default::default()).unwrap();
    let report = ReportSpec::monthly("2026-11-23".parse().unwrap());
    let spec = PackSpec { report, has_users: false, is_pseudonymous: false, letterhead };
    Prepared::new(intake, &Preparation::of_pack(&spec)).unwrap().pack(&spec).unwrap()
}

fn html(pack: &Pack) -> String {
    let mut html = Vec::new();
    write(pack, &mut html).unwrap();
    String::from_utf8(html).unwrap().replace('\u{202f}', " ")
}

/// A part of the page, up to what ends it.
fn part<'h>(html: &'h str, start: &str, end: &str) -> &'h str {
    let at = html.find(start).unwrap_or_else(|| panic!("no {start}"));
    html[at..].split(end).next().unwrap()
}

/// The text of the cells of each line of a table.
fn lines(table: &str) -> Vec<Vec<String>> {
    let text = |cell: &str| cell.split('>').nth(1).unwrap_or_default().split('<').next().unwrap().to_owned();
    let line = |line: &str| line.split("<t").skip(2).map(text).collect();
    table
        .lines()
        .filter(|line| line.starts_with("<tr") && !line.contains("scope=\"col\""))
        .map(line)
        .collect()
}

#[rustfmt::skip]
fn priced() -> Report {
    sample::report(
        &[Dimension::Customer, Dimension::Component],
        "customer_uuid customer_name cost_centre component_type measured_unit usage currency amount records",
        &[
            &[sample::ACME, "Acme", "K-1", "cpu", "hour", "1000.00", "EUR", "1250.50", "2"],
            &[sample::ACME, "Acme", "K-1", "gpu", "hour", "2.00", "CHF", "9.00", "1"],
            &[sample::TOKYO, "東京", "~", "cpu", "hour", "3.00", "~", "~", "1"],
        ],
        &[
            &[sample::ACME, "Acme", "K-1", "~", "hour", "1000.00", "EUR", "1250.50", "2"],
            &[sample::ACME, "Acme", "K-1", "~", "hour", "2.00", "CHF", "9.00", "1"],
            &[sample::ACME, "Acme", "K-1", "~", "~", "~", "CHF", "9.00", "1"],
            &[sample::ACME, "Acme", "K-1", "~", "~", "~", "EUR", "1250.50", "2"],
        ],
        &[
            &["~", "~", "~", "~", "hour", "3.00", "~", "~", "1"],
            &["~", "~", "~", "~", "hour", "2.00", "CHF", "9.00", "1"],
            &["~", "~", "~", "~", "hour", "1000.00", "EUR", "1250.50", "2"],
            &["~", "~", "~", "~", "~", "~", "CHF", "9.00", "1"],
            &["~", "~", "~", "~", "~", "~", "EUR", "1250.50", "2"],
        ],
    )
}

#[test]
fn amounts_stand_by_currency_and_currencies_are_never_added() {
    let mut pack = october(Letterhead::default());
    pack.summary = priced();
    let html = html(&pack);
    let cards = part(&html, "<ul class=\"cards\">", "</ul>");
    assert!(cards.contains("<p class=\"unit\">Amount, EUR</p><p class=\"figure\">1 250.50</p>"), "{cards}");
    assert!(cards.contains("<p class=\"unit\">Amount, CHF</p><p class=\"figure\">9.00</p>"), "{cards}");
    assert!(cards.contains("<p class=\"money\">1 250.50 EUR</p>"), "{cards}");
    assert!(!html.contains("1 259.50"), "euros and francs added");
    let table = lines(part(&html, "id=\"by-customer\"", "</table>"));
    assert_eq!(table[0], ["Acme", "cpu", "hour", "1 000.00", "EUR", "1 250.50", "2", "K-1"]);
    let totals: Vec<&Vec<String>> = table.iter().filter(|line| line[0] == "Total").collect();
    assert_eq!(totals[4], &["Total", "", "", "", "EUR", "1 250.50", "2", ""], "no unit and no usage");
    assert_eq!(table.iter().filter(|line| line[0] == "Total Acme").count(), 4);
}

#[test]
fn a_letterhead_is_on_the_page_and_its_logo_in_it() {
    let logo = Logo { media_type: "image/png", bytes: b"\x89PNG<".to_vec() };
    let pack = october(Letterhead {
        organisation: Some("Õun & \"Pähkel\"\u{202e}".to_owned()),
        contact: Some("billing@example.org".to_owned()),
        logo: Some(logo),
        decimals: 1,
        component_labels: [("cpu_hours".to_owned(), "Processor <time>".to_owned())].into(),
        ..Letterhead::default()
    });
    let html = html(&pack);
    assert!(html.contains("<title>Usage in October 2026, Õun &amp; &quot;Pähkel&quot;\\u{202e}</title>"));
    assert!(html.contains("<img alt=\"\" src=\"data:image/png;base64,iVBORzw=\">"));
    assert!(!html.contains('\u{202e}'), "what turns the direction of writing is spelled out");
    assert!(html.contains("<p class=\"contact\">billing@example.org</p>"));
    assert!(html.contains("Processor &lt;time&gt;"));
    assert!(!part(&html, "id=\"by-customer\"", "</table>").contains(">cpu_hours<"));
    // 37,667.48 hours, all digits of which are still there.
    assert!(html.contains("<p class=\"figure\" title=\"37 667.48\">37 667.5</p>"));
    assert!(part(&html, "<tfoot>", "</tfoot>").contains("data-v=\"3766748\" title=\"37 667.48\">37 667.5"));
}

#[test]
fn a_table_of_many_rows_is_cut_and_says_what_is_left_out_and_where_it_stands() {
    let count = 20_000;
    let cells: Vec<[String; 4]> = (0..count)
        .map(|row| [format!("{row:032x}"), format!("Customer {row}"), "hour".to_owned(), "1.00".to_owned()])
        .collect();
    let rows: Vec<Vec<&str>> = cells.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let columns = "customer_uuid customer_name measured_unit usage";
    let mut pack = october(Letterhead::default());
    let before = html(&pack).len();
    pack.detail =
        sample::report(&[Dimension::Customer], columns, &rows, &[], &[&["~", "~", "hour", "20000.00"]]);
    let html = html(&pack);
    let detail = part(&html, "id=\"detail\"", "</details>");
    assert!(
        detail.contains("This page holds the first 5 000 of 20 000 rows; all of them are in the workbook")
    );
    assert!(detail.contains("the first 50 rows of 5 000"));
    assert!(detail.contains("Customer 4999&quot;") && !detail.contains("Customer 5000"));
    assert!(detail.contains(">20 000.00"), "the total is over all rows");
    assert!(html.len() - before < 400_000, "{} bytes more", html.len() - before);
}

#[test]
fn a_customer_whose_rows_are_cut_off_keeps_its_subtotal_and_a_quarter_that_is_not_over_its_star() {
    let uuids = [sample::ACME, sample::TOKYO];
    let row = |customer: usize| ["2026-Q4", uuids[customer], ["Acme", "Tokyo"][customer], "hour", "1.00"];
    let cells: Vec<[&str; 5]> = [0, 1].into_iter().flat_map(|customer| vec![row(customer); 3_000]).collect();
    let rows: Vec<&[&str]> = cells.iter().map(|row| &row[..]).collect();
    let columns = "quarter customer_uuid customer_name measured_unit usage";
    let sums: [&[&str]; 2] = [&row(0), &row(1)];
    let by = [Dimension::Quarter, Dimension::Customer];
    let mut pack = october(Letterhead::default());
    pack.summary = sample::report(&by, columns, &rows, &sums, &[&["2026-Q4", "~", "~", "hour", "6000.00"]]);
    let html = html(&pack);
    let summary = part(&html, "id=\"by-customer\"", "</template>");
    assert!(summary.contains(">2026-Q4*<"), "{}", &summary[..1_000]);
    let data = part(summary, "<template>", "texts");
    assert_eq!((data.matches("[0,").count(), data.matches("[1,").count()), (5_000 - SUMMARY_LINES, 2));
}

#[test]
fn what_does_not_tie_out_is_said_at_the_head_and_stands_first_among_the_checks() {
    let mut pack = october(Letterhead::default());
    assert!(html(&pack).contains("<a class=\"badge good\" href=\"#checks\">Tables add up</a>"));
    let last = pack.ties.last_mut().unwrap();
    last.summary.records += 1;
    let unit = last.measured_unit.clone();
    let html = html(&pack);
    assert!(html.contains("<a class=\"badge bad\" href=\"#checks\">Tables do not add up</a>"));
    let checks = part(&html, "Every table comes to the total", "</table>").to_owned();
    assert_eq!(lines(&checks)[0][..2], [unit, "does not add up".to_owned()]);
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write(&october(Letterhead::default()), &mut Full).unwrap_err();
    let crate::Error::Output { source } = error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
}
