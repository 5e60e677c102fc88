//! Laws of issued documents: notes come to the difference of two versions, whatever changed between them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use usagebook::bill::{NumberPattern, Sender};
use usagebook::book::{BookWriter, CloseRequest, Closed, Issue};
use usagebook::price::{SourceText, TariffText};
use usagebook::usecase::{self, IssueQuestion, KeepQuestion, ToKeep, to_keep};
use usagebook::write::bill::BillFormat;
use usagebook::write::csv::CsvOptions;
use usagebook::{Book, Dimension, Progress};

use crate::book::{Parcel, shelf};
use crate::book_disk::disk;
use crate::prices_laws::{self as laws, Numbers};

/// Customers and projects with usage of October by two users.
fn october() -> impl Strategy<Value = Vec<Numbers>> {
    let record = (0..4_u8, 0..2_u8, 0..2_u8, Just(10_u8), 0..2_u8, -2_000..100_000_i32);
    prop::collection::vec(record, 1..16).prop_map(|mut records| {
        records.sort_by_key(|record| (record.0, record.1, record.2, record.4));
        records.dedup_by_key(|record| (record.0, record.1, record.2, record.4));
        records
    })
}

fn source(name: &str, text: &str) -> SourceText {
    SourceText::new(name.as_ref(), text.as_bytes())
}

/// Closes or restates October, and issues it; `None` if nothing changed.
fn issue(book: &Path, card: &str, rates: &[u8], per: Dimension) -> Option<Issue> {
    let clock = "2026-12-01T00:00:00Z".parse().unwrap();
    let watch: Arc<Progress> = Arc::default();
    let mut writer = BookWriter::open_on(book, None, disk()).unwrap();
    let request = CloseRequest::new("2026-10".parse().unwrap());
    let customers = rates.iter().enumerate().map(|(at, rate)| match rate {
        0 => format!("c{at},\n"),
        rate => format!("c{at},{rate}\n"),
    });
    let attributes = format!("customer_name,vat_rate\n{}", customers.collect::<String>());
    let asked = KeepQuestion {
        tariff: Some(TariffText {
            prices: source("card.toml", card),
            rates: None,
            currency: None,
            unpriced: None,
        }),
        basis: None,
        attributes: vec![source("customers.csv", &attributes)],
    };
    let ToKeep { money, attributes, .. } = to_keep(&writer, &request, &asked, clock, &watch).unwrap();
    let request = CloseRequest { money, attributes, ..request };
    let version = match Book::open(book).unwrap().month(request.period).unwrap().closings.is_empty() {
        true => writer.close(&request).unwrap().version,
        false => match writer.restate(&request).unwrap() {
            Closed::New(closing) => closing.version,
            Closed::Unchanged(_) => return None,
        },
    };
    let question = IssueQuestion {
        period: request.period,
        version,
        per,
        sender: Sender { number: NumberPattern::parse("{n}").unwrap(), ..Sender::default() },
        formats: vec![BillFormat::Csv],
        csv: CsvOptions::default(),
        date: "2026-12-01".parse().unwrap(),
        clock,
    };
    let opened = Book::open(book).unwrap();
    Some(usecase::issue(&mut writer, &opened, &question, &watch).unwrap())
}

fn thousandths(digits: &str) -> i128 {
    usagebook::Amount::parse(digits.as_bytes(), 3).unwrap().thousandths()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_notes_of_a_restated_month_come_to_the_difference_of_its_versions(
        versions in prop::collection::vec((october(), prop::collection::vec(prop::sample::select(vec![0_u8, 10, 24]), 4)), 3),
        mode in prop::sample::select(&laws::MODES),
        rounding in prop::sample::select(&laws::PERS),
        scope in prop::sample::select(&laws::SCOPES),
        per in prop::sample::select(vec![Dimension::Customer, Dimension::Project]),
    ) {
        let (_folder, book) = shelf();
        let (mut next, mut issued_before) = (1, 0_i128);
        let mut paid: BTreeMap<String, i128> = BTreeMap::new();
        // By recipient, whose name has its customer's number, and currency: net and VAT of all documents.
        let mut billed: BTreeMap<(String, String), (i128, i128)> = BTreeMap::new();
        for (at, (records, rates)) in versions.iter().enumerate() {
            let parcel = Parcel::new(&format!("2026-11-{:02}", at + 2), &laws::lines(records)).complete("2026-10");
            parcel.deliver(&book);
            let currency = ["EUR", "USD"][at % 2];
            let card = laws::card(rounding, mode, scope, (currency, 2));
            let card = card.split("[[credit]]").next().unwrap();
            let Some(issue) = issue(&book, card, rates, per) else { continue };
            let opened = Book::open(&book).unwrap();
            let documents = opened.register(&issue).unwrap().documents;
            for document in &documents {
                prop_assert_eq!(document.number.clone(), next.to_string());
                next += 1;
                for amount in &document.amounts {
                    *paid.entry(amount.currency.clone()).or_default() += thousandths(&amount.net);
                    let of_recipient = billed.entry((document.name.clone(), amount.currency.clone())).or_default();
                    of_recipient.0 += thousandths(&amount.net);
                    of_recipient.1 += thousandths(&amount.vat);
                }
            }
            for ((name, currency), (net, vat)) in &billed {
                let customer: usize = name[1..2].parse().unwrap();
                let product = net * i128::from(rates[customer]);
                // To the cent, which is ten thousandths, half up.
                let due = (product + product.signum() * 500) / 1_000 * 10;
                prop_assert_eq!(*vat, due, "VAT of {} {} on {}", name, currency, net);
            }
            paid.retain(|_, sum| *sum != 0);
            let closing = opened.closing(issue.period, issue.version).unwrap();
            let totals = &closing.money.as_ref().unwrap().totals;
            let totals: BTreeMap<String, i128> = totals
                .iter()
                .map(|total| (total.currency.clone(), thousandths(&total.amount)))
                .filter(|(_, total)| *total != 0)
                .collect();
            prop_assert_eq!(&paid, &totals, "all documents come to the version");
            issued_before += documents.len() as i128;
            let clock = "2026-12-01T00:00:00Z".parse().unwrap();
            let watch: Arc<Progress> = Arc::default();
            prop_assert_eq!(usecase::verify(&opened, clock, &watch).unwrap().damage, vec![]);
        }
        prop_assert_eq!(issued_before + 1, next);
    }
}
