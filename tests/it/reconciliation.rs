//! Users against their parents, and usage against invoices: what is found, what is only noted.

use usagebook::notice::Code;

use crate::checks::{Case, figures, parents, told};
use crate::records::{Dumps, page, records, uuid};

/// Parents whose users' sum stands to their total in one way, by SQL on that server's database.
fn in_truth(is_counted: impl Fn(i64, i64, u64) -> bool) -> u64 {
    let truth =
        std::fs::File::open("fixtures/real/truth/component_usage_vs_users.csv.gz").expect("the truth");
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(truth));
    let cents = |text: &str| text.replace('.', "").parse::<i64>().expect("a decimal of two places");
    let total = |text: &str| if text.contains('.') { cents(text) } else { cents(text) * 100 };
    let rows = reader.records().map(|row| row.expect("a line"));
    // Beyond fifteen digits the server prints something else than it holds.
    let rows = rows.filter(|row| row[6].len() < 17);
    rows.filter(|row| is_counted(total(&row[6]), total(&row[7]), row[9].parse().expect("a count"))).count()
        as u64
}

#[test]
fn parents_and_users_differ_as_often_as_the_database_says() {
    let verdict = Case::default().verdict_of(
        &["fixtures/real/complete".to_owned()],
        &["fixtures/real/component-usages".to_owned()],
        &[],
    );
    let count = |code: Code| {
        verdict.checks.iter().find(|check| check.notice.code == code).map_or(0, |check| check.notice.count)
    };
    // One parent of September is not in the dump; its total is its users' sum.
    assert_eq!(count(Code::ParentAbsent), 1);
    let is_rounding = |total: i64, users: i64, rows: u64| 2 * users.abs_diff(total) <= rows + 1;
    assert_eq!(
        count(Code::UsersExceedParent),
        in_truth(|total, users, rows| users > total && total != 0 && !is_rounding(total, users, rows))
    );
    assert_eq!(
        count(Code::UsersShortOfParent),
        in_truth(|total, users, rows| rows > 0 && users < total && !is_rounding(total, users, rows))
    );
    assert_eq!(count(Code::ParentWithoutUsers), in_truth(|total, _, rows| rows == 0 && total != 0));
    assert!(count(Code::UsersExceedParent) > 50 && count(Code::UsersShortOfParent) > 50);
    assert_eq!(count(Code::ParentDiffers) + count(Code::BackfilledParent), 0);
}

#[test]
fn users_are_set_against_their_parent_in_both_directions() {
    let records = "
        acme cpu hour 2026-10 alice 1.50
        acme cpu hour 2026-10 bob 2.00
        acme ram GB 2026-10 alice 5.25
        beta cpu hour 2026-10 carol 4.00
        gamma cpu hour 2026-10 carol 3.00";
    let parents = "
        acme cpu hour 2026-10 3.25
        acme ram GB 2026-10 6.00
        beta cpu hour 2026-10 4.0
        gamma cpu hour 2026-10 0
        delta cpu hour 2026-10 7.00";
    let case = Case { dumps: &[records], parents: Some(parents), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(
        told(&verdict),
        [
            "warning users_exceed_parent 1",
            "note shared_username 1",
            "note users_short_of_parent 1",
            "note parent_without_users 1",
            "note backfilled_parent 1",
        ]
    );
    let exceeding = [("users", "3.50".to_owned()), ("component usage", "3.25".to_owned())];
    assert_eq!(figures(&verdict, Code::UsersExceedParent), exceeding);
    let without = verdict.checks.iter().find(|check| check.notice.code == Code::ParentWithoutUsers).unwrap();
    assert_eq!(without.notice.examples[0].labels[1], ("resource_name", "delta-resource".to_owned()));
}

#[test]
fn a_parent_that_is_not_in_its_dump_is_a_warning_and_a_month_that_is_not_there_is_not_looked_at() {
    let records = "
        acme cpu hour 2026-09 alice 1.00
        acme cpu hour 2026-10 alice 1.00
        beta cpu hour 2026-10 alice 2.00";
    let case = Case { dumps: &[records], parents: Some("acme cpu hour 2026-10 1.0"), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(told(&verdict)[0], "warning parent_absent 1");
    let reasons: Vec<&str> = verdict.not_checked.iter().map(|not_checked| &*not_checked.reason).collect();
    assert!(
        reasons.iter().any(|reason| reason.starts_with("September 2026: the component usages")),
        "{reasons:?}"
    );
}

#[test]
fn a_parent_of_another_unit_is_never_compared() {
    let parents = Some("acme cpu minute 2026-10 60");
    let case = Case { dumps: &["acme cpu hour 2026-10 alice 1.00"], parents, ..Case::default() };
    assert_eq!(case.told(), ["warning parent_differs 1"]);
}

#[test]
fn users_that_are_rounded_up_one_by_one_are_no_warning() {
    let records = "
        acme cpu hour 2026-10 alice 2
        acme cpu hour 2026-10 bob 3
        acme cpu hour 2026-10 carol 1";
    let with = |total: &str| {
        let parents = format!("acme cpu hour 2026-10 {total}");
        Case { dumps: &[records], parents: Some(&parents), ..Case::default() }.told()
    };
    assert_eq!(with("6"), Vec::<String>::new());
    assert_eq!(with("4"), ["note rounded_users 1"]);
    assert_eq!(with("3"), ["warning users_exceed_parent 1"]);
}

#[test]
fn users_miss_their_parent_by_half_a_hundredth_each_and_half_a_hundredth_for_the_total() {
    let told = |users: usize, total: &str| {
        let line = |user: usize| format!("acme cpu hour 2026-10 user{user} 1.50\n");
        let records: String = (0..users).map(line).collect();
        let parents = format!("acme cpu hour 2026-10 {total}");
        Case { dumps: &[&records], parents: Some(&parents), ..Case::default() }.told()
    };
    for (users, total) in [(1, "1.51"), (1, "1.49"), (2, "3.01"), (2, "2.99"), (3, "4.52"), (3, "4.48")] {
        assert_eq!(told(users, total), ["note rounded_users 1"], "{users} {total}");
    }
    assert_eq!(told(2, "2.98"), ["warning users_exceed_parent 1"]);
    assert_eq!(told(2, "3.02"), ["note users_short_of_parent 1"]);
    assert_eq!(told(3, "4.47"), ["warning users_exceed_parent 1"]);
    let case = |usage: &str| {
        let records = format!("acme cpu hour 2026-10 alice {usage}");
        Case { dumps: &[&records], parents: Some("acme cpu hour 2026-10 0"), ..Case::default() }.told()
    };
    assert_eq!(case("0.01"), ["note rounded_users 1"]);
    assert_eq!(case("0.02"), ["note backfilled_parent 1"]);
}

#[test]
fn the_portals_own_agent_is_never_a_warning() {
    // Thousandths of hours as they were used: users are rounded one by one, the total once, halves up.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let hundredths = |thousandths: u64| (thousandths + 5) / 10;
    let text = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let (mut records, mut totals) = (String::new(), String::new());
    for parent in 0..300 {
        let used: Vec<u64> = (0..1 + below(50)).map(|_| below(90_000)).collect();
        for (user, used) in used.iter().enumerate() {
            let usage = text(hundredths(*used));
            records += &format!("c{parent} cpu hour 2026-10 user{parent}-{user} {usage}\n");
        }
        let total = text(hundredths(used.iter().sum()));
        totals += &format!("c{parent} cpu hour 2026-10 {total}\n");
    }
    let verdict = Case { dumps: &[&records], parents: Some(&totals), ..Case::default() }.verdict();
    assert!(!verdict.has_warnings(), "{:?}", told(&verdict));
    let rounded = verdict.checks.iter().find(|check| check.notice.code == Code::RoundedUsers).unwrap();
    assert!(rounded.notice.count > 100, "most parents with many users miss by a hundredth or more");
}

#[test]
fn a_total_that_the_portal_made_itself_is_explained() {
    let folder = Dumps::new();
    let record = folder.write("r.json", page(&records("acme cpu hour 2026-10 alice 1.00")));
    let lines = "acme cpu hour 2026-10 1.00\nbeta cpu hour 2026-10 4.00\ngamma cpu hour 2026-10 0";
    let message = |policy: &str| {
        let with = format!("\"missing_usage_policy\":{policy:?},\"modified_by\"");
        let parent = folder.write("p.json", parents(lines).replace("\"modified_by\"", &with));
        let verdict = Case::default().verdict_of(std::slice::from_ref(&record), &[parent], &[]);
        assert_eq!(told(&verdict), ["note parent_without_users 1"]);
        verdict.checks[0].notice.message.clone()
    };
    assert!(message("reuse").contains("For 1 of them the portal reuses the total"), "{}", message("reuse"));
    assert!(!message("none").contains("reuses") && !message("zero").contains("reuses"));
}

#[test]
fn beside_incomplete_component_usages_absent_ones_are_not_checked() {
    let folder = Dumps::new();
    let lines = "acme cpu hour 2026-10 alice 1.00\nbeta cpu hour 2026-10 bob 1.00";
    let record = folder.write("r.json", page(&records(lines)));
    let parent = folder.write("parents/page-1.json", parents("acme cpu hour 2026-10 1.00"));
    folder.write("parents/index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"2"}]"#);
    let invoices = folder.write("i.json", invoice("acme cpu hour usage 1.00\nbeta cpu hour usage 1.00"));
    let verdict = Case::default().verdict_of(&[record], &[parent], &[invoices]);
    assert_eq!(told(&verdict), ["warning incomplete 1"]);
    for code in [Code::ParentAbsent, Code::InvoicedWithoutUsage] {
        assert!(verdict.not_checked.iter().any(|not_checked| not_checked.codes.contains(&code)));
        assert!(!verdict.passed.contains(&code), "{}", code.name());
    }
}

#[test]
fn an_index_that_counts_more_parents_than_there_are_is_an_alarm() {
    let folder = Dumps::new();
    let record = folder.write("records.json", page(&records("acme cpu hour 2026-10 alice 1.00")));
    let page = folder.write("parents/page-1.json", parents("acme cpu hour 2026-10 1.00"));
    folder.write("parents/index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"3"}]"#);
    let verdict = Case::default().verdict_of(std::slice::from_ref(&record), std::slice::from_ref(&page), &[]);
    assert_eq!(told(&verdict)[0], "warning incomplete 2");
    assert!(verdict.checks[0].notice.message.contains("2 component usages missing"));
    std::fs::remove_file(folder.path("parents/index.json")).unwrap();
    folder.write("parents/page-2.json", parents("acme cpu hour 2026-10 1.00"));
    let verdict = Case::default().verdict_of(&[record], &[folder.path("parents").display().to_string()], &[]);
    assert_eq!(told(&verdict)[0], "warning incomplete 1", "parents that come twice have pushed out others");
}

#[test]
fn months_of_parents_in_one_folder_are_all_read_with_their_indexes() {
    let folder = Dumps::new();
    let record = folder.write("r.json", page(&records("acme cpu hour 2026-10 alice 1.00")));
    folder.write("parents/2026-10/page-1.json", parents("acme cpu hour 2026-10 1.00"));
    let index = |count: u64| {
        let url = "http://h/api/marketplace-component-usages/?page=1";
        folder.write(
            "parents/2026-10/index.json",
            format!(r#"[{{"url":"{url}","X-Result-Count":"{count}"}}]"#),
        );
    };
    let told = || {
        told(&Case::default().verdict_of(
            std::slice::from_ref(&record),
            &[folder.path("parents").display().to_string()],
            &[],
        ))
    };
    index(1);
    assert_eq!(told(), Vec::<String>::new());
    index(2);
    assert_eq!(told(), ["warning incomplete 1"]);
}

#[test]
fn the_later_dump_of_parents_counts_and_what_can_not_be_read_is_told() {
    let folder = Dumps::new();
    let record = folder.write("r.json", page(&records("acme cpu hour 2026-10 alice 1.00")));
    let older = folder.write("a.json", parents("acme cpu hour 2026-10 9.00"));
    let newer = folder.write("b.json", parents("acme cpu hour 2026-10 1.00\nacme cpu hour 2026-08 0.001"));
    let verdict =
        Case::default().verdict_of(std::slice::from_ref(&record), &[older.clone(), newer.clone()], &[]);
    assert_eq!(told(&verdict), ["warning unusable 1"]);
    let message = &verdict.checks[0].notice.message;
    assert!(message.contains("record 2") && message.contains("usage is 0.001"), "{message}");
    let verdict = Case::default().verdict_of(&[record], &[newer, older], &[]);
    assert_eq!(told(&verdict), ["warning unusable 1", "note users_short_of_parent 1"]);
}

/// Items of one invoice as `/api/invoices/` gives it.
pub fn invoice(items: &str) -> String {
    let item = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [customer, component, unit, billing_type, quantity] = words.as_slice() else { panic!("{line}") };
        format!(
            "{{\"name\":\"x\",\"quantity\":\"{quantity}\",\"unit\":\"quantity\",\"measured_unit\":{unit:?},\
             \"billing_type\":{billing_type:?},\"resource_uuid\":{:?},\"start\":\"2026-10-01T00:00:00Z\",\
             \"details\":{{\"offering_component_type\":{component:?}}}}}",
            uuid(&format!("{customer}-resource")),
        )
    };
    let items = items.lines().map(str::trim).filter(|line| !line.is_empty()).map(item);
    format!(r#"[{{"uuid":"a","year":2026,"month":10,"items":[{}]}}]"#, items.collect::<Vec<_>>().join(","))
}

pub const USED: &str = "
    acme cpu hour 2026-10 alice 1.50
    acme cpu hour 2026-10 bob 1.00
    acme ram GB 2026-10 alice 3.00
    beta cpu hour 2026-10 carol 4.00
    beta io op 2026-10 carol 9.00";

pub const TOTALS: &str = "
    acme cpu hour 2026-10 2.50
    acme ram GB 2026-10 3.00
    beta cpu hour 2026-10 4.00
    beta io op 2026-10 9.00";

#[test]
fn invoices_that_bill_what_was_used_are_quiet() {
    let invoices = invoice(
        "acme cpu hour usage 2.5000000
         acme ram GB usage 1.00
         acme ram GB usage 2.00
         beta cpu hour usage 4
         beta io op usage 9
         beta disk GB limit 100",
    );
    let case = Case { dumps: &[USED], parents: Some(TOTALS), invoices: Some(&invoices), ..Case::default() };
    assert_eq!(case.told(), ["note skipped_invoice_item 1"]);
}

#[test]
fn invoices_are_set_against_usage_in_every_direction() {
    let invoices = invoice(
        "acme cpu hour usage 2.51
         acme ram TB usage 3.00
         gamma cpu hour usage 7.00",
    );
    let case = Case { dumps: &[USED], parents: Some(TOTALS), invoices: Some(&invoices), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(
        told(&verdict),
        [
            "warning invoice_differs 1",
            "warning invoice_unit_differs 1",
            "warning invoiced_without_usage 1",
            "warning usage_not_invoiced 1",
            "note not_invoiced_by_usage 1",
        ]
    );
    let figures = figures(&verdict, Code::InvoiceDiffers);
    assert_eq!(figures, [("component usage", "2.50".to_owned()), ("invoice", "2.51".to_owned())]);
}

#[test]
fn without_parents_an_invoice_may_exceed_what_users_are_named_for() {
    let told = |quantity: &str| {
        let invoices = invoice(&format!("acme cpu hour usage {quantity}"));
        Case { dumps: &["acme cpu hour 2026-10 alice 2.50"], invoices: Some(&invoices), ..Case::default() }
            .told()
    };
    assert_eq!(told("2.50"), Vec::<String>::new());
    assert_eq!(told("2.60"), ["note invoice_differs 1"]);
    assert_eq!(told("2.40"), ["warning invoice_differs 1"]);
    // One user and the total are each off by half a hundredth at most.
    for within in ["2.49", "2.51", "2.4999999999"] {
        assert_eq!(told(within), ["note invoice_differs 1"], "{within}");
    }
    assert_eq!(told("2.4899999999"), ["warning invoice_differs 1"]);
}

#[test]
fn invoice_items_come_as_invoices_as_items_and_as_tables() {
    let resource = uuid("acme-resource");
    let items = format!(
        r#"[{{"uuid":"b","resource":"https://x/api/marketplace-resources/{resource}/","offering_component_type":"cpu",
            "quantity":"2.50","measured_unit":"hour","unit":"quantity","start":"2026-09-30T22:00:00Z"}},
           {{"uuid":"c","resource":null,"offering_component_type":null,"quantity":"1.00","unit_price":"-3.00"}}]"#
    );
    let lines = items.replace('\n', " ").replace("}, ", "}\n");
    let lines = lines.trim_start_matches('[').trim_end_matches(']');
    let by_month =
        format!("resource_uuid;component_type;quantity;billing_period\n{resource};cpu;2.5;2026-10\n");
    let by_year = format!(
        "\u{feff}resource_uuid,offering_component_type,quantity,year,month\n{resource},cpu,2.50,2026,10\n"
    );
    for (text, skipped) in [(&*items, 1), (lines, 1), (&by_month, 0), (&by_year, 0)] {
        let case = Case {
            dumps: &["acme cpu hour 2026-10 alice 2.50"],
            invoices: Some(text),
            timezone: Some("Europe/Tallinn"),
            ..Case::default()
        };
        let verdict = case.verdict();
        let expected: &[&str] = if skipped > 0 { &["note skipped_invoice_item 1"] } else { &[] };
        assert_eq!(told(&verdict), expected, "{text}");
        assert!(verdict.passed.contains(&Code::InvoiceDiffers), "{text}");
    }
}

/// An item as `/api/invoice-items/` sends it: no `billing_type`, no `credit`.
fn bare_item(name: &str, unit: &str, component: &str, quantity: &str) -> String {
    let resource = uuid("acme-resource");
    format!(
        r#"[{{"uuid":"{}","name":"{name}","unit":"{unit}","quantity":"{quantity}","unit_price":"0.0525000000",
            "measured_unit":"","start":"2026-10-01T00:00:00Z","details":{{"resource_name":"acme-resource",
            "resource_uuid":"{resource}","offering_name":"Cloud \"VM\"","plan_name":"Standard","plan_component_id":7,
            "offering_component_name":"{component}","offering_component_type":"{component}"}}}}]"#,
        uuid(name)
    )
}

#[test]
fn an_item_without_a_billing_type_bills_usage_only_if_its_name_says_so() {
    let told = |item: &str| {
        let records = "acme cpu hour 2026-10 alice 2.50\nacme setup item 2026-10 alice 3.00";
        Case { dumps: &[records], invoices: Some(item), ..Case::default() }.told()
    };
    let plan = "acme-resource (Cloud \\\"VM\\\" / Standard)";
    let (cpu, setup) = ("acme-resource / cpu", format!("{plan} / setup"));
    let by_usage = ["note not_invoiced_by_usage 1", "note skipped_invoice_item 1"];
    assert_eq!(told(&bare_item(cpu, "quantity", "cpu", "2.5000000000")), by_usage);
    let differs = ["warning invoice_differs 1", by_usage[0], by_usage[1]];
    assert_eq!(told(&bare_item(cpu, "quantity", "cpu", "1.0000000000")), differs);
    // A one-time fee and a total limit are billed by quantity; a fee by the quarter is not.
    for unit in ["quantity", "quarter", "month", "day"] {
        let told = told(&bare_item(&setup, unit, "setup", "1.0000000000"));
        assert_eq!(told, ["note skipped_invoice_item 1", "note skipped_invoice_item 1"], "{unit}");
    }
    assert_eq!(told(&bare_item(cpu, "quarter", "cpu", "1")).len(), 2);
}

#[test]
fn ten_decimals_of_a_quantity_are_compared_exactly() {
    let told = |quantity: &str| {
        let invoices = invoice(&format!("acme cpu hour usage {quantity}\nacme cpu hour usage 0.0009765625"));
        let case = Case {
            dumps: &["acme cpu hour 2026-10 alice 2.50"],
            parents: Some("acme cpu hour 2026-10 2.50"),
            invoices: Some(&invoices),
            ..Case::default()
        };
        case.told()
    };
    assert_eq!(told("2.4990234375"), Vec::<String>::new());
    assert_eq!(told("2.4990234376"), ["warning invoice_differs 1"]);
}

#[test]
fn canceled_invoices_bill_nothing_and_pending_ones_are_not_compared() {
    let told = |state: &str, quantity: &str| {
        let of = |items: &str, state: &str, customer: &str| {
            let named = format!(
                "\"uuid\":{:?},\"customer\":\"https://x/api/customers/{}/\"",
                uuid(customer),
                uuid(customer)
            );
            let text = invoice(items).replace("\"uuid\":\"a\"", &format!("{named},\"state\":{state:?}"));
            text.trim_start_matches('[').trim_end_matches(']').to_owned()
        };
        let acme = of(&format!("acme cpu hour usage {quantity}"), state, "acme");
        let beta = of("beta cpu hour usage 4", "paid", "beta");
        let invoices = format!("{acme}\n{beta}");
        let records = "
            acme cpu hour 2026-10 alice 2.50
            acme ram GB 2026-10 alice 3.00
            beta cpu hour 2026-10 carol 4.00
            beta ram GB 2026-10 carol 0.00";
        let case = Case { dumps: &[records], invoices: Some(&invoices), ..Case::default() };
        let mut told = case.told();
        told.retain(|line| line.contains("invoice"));
        told
    };
    let not_by_usage = "note not_invoiced_by_usage 1";
    // The running month's invoice is pending as a matter of course.
    let running =
        invoice("acme cpu hour usage 9").replace("\"month\":10", "\"month\":11,\"state\":\"pending\"");
    let billed = invoice("acme cpu hour usage 1").replace("\"a\"", "\"b\"");
    let both = format!("{billed}\n{running}");
    let dumps = &["acme cpu hour 2026-10 alice 1.00"];
    let case = Case { dumps, invoices: Some(&both), ..Case::default() };
    let verdict = case.verdict();
    assert!(verdict.not_checked.iter().all(|not_checked| !not_checked.reason.contains("pending")));
    for state in ["created", "paid"] {
        assert_eq!(told(state, "2.50"), [not_by_usage], "{state}");
        assert_eq!(told(state, "1.00"), ["warning invoice_differs 1", not_by_usage], "{state}");
    }
    for state in ["pending", "pending_finalization"] {
        assert_eq!(told(state, "1.00"), Vec::<String>::new(), "{state}");
    }
    let expected = ["warning usage_not_invoiced 1", not_by_usage, "note skipped_invoice_item 1"];
    assert_eq!(told("canceled", "2.50"), expected);
}

#[test]
fn use_beyond_a_prepaid_balance_and_usage_without_a_price_are_no_warnings() {
    let told = |from: &str, to: &str, items: &str| {
        let invoices = invoice(items).replacen(from, to, 1);
        let records = "acme prepaid GB 2026-10 alice 120.00\nacme cpu hour 2026-10 alice 2.50";
        Case { dumps: &[records], invoices: Some(&invoices), ..Case::default() }.told()
    };
    let items = "acme overage GB usage 20\nacme cpu hour usage 2.50";
    let overage =
        told("\"offering_component_type\"", "\"is_overage\":true,\"offering_component_type\"", items);
    assert_eq!(overage, ["note not_invoiced_by_usage 1", "note skipped_invoice_item 1"]);
    let items = "acme cpu hour usage 2.50\nacme prepaid GB one 100";
    let price = "\"unit_price\":\"0.0000000000\",\"name\"";
    let unpriced = told("\"name\"", price, items);
    assert_eq!(unpriced.len(), 3, "{unpriced:?}");
    assert_eq!(unpriced[..2], ["note not_invoiced_by_usage 1", "note not_invoiced_by_usage 1"]);
}

#[test]
fn the_old_slurm_plugin_bills_the_hours_of_minutes() {
    let told = |quantity: &str| {
        let invoices = invoice(&format!("acme cpu hours usage {quantity}"));
        let invoices = invoices.replace(
            "{\"offering_component_type",
            "{\"offering_type\":\"SlurmInvoices.SlurmPackage\",\"offering_component_type",
        );
        let parents = Some("acme cpu hours 2026-10 121");
        Case {
            dumps: &["acme cpu hours 2026-10 alice 121"],
            parents,
            invoices: Some(&invoices),
            ..Case::default()
        }
        .told()
    };
    assert_eq!(told("3.0000000000"), Vec::<String>::new());
    assert_eq!(told("121"), Vec::<String>::new());
    assert_eq!(told("2"), ["warning invoice_differs 1"]);
}

#[test]
fn beside_an_incomplete_dump_of_invoices_there_is_one_warning() {
    let folder = Dumps::new();
    let customers = || (0..200).map(|number| format!("c{number}"));
    let lines: String = customers().map(|name| format!("{name} cpu hour 2026-10 {name} 2.50\n")).collect();
    let record = folder.write("r.json", page(&records(&lines)));
    let items =
        "c0 cpu hour usage 2.50\nc1 cpu hour usage 1.00\nc2 cpu hour usage 9.00\nnobody cpu hour usage 1.00";
    let dump = folder.write("invoices/page-1.json", invoice(items));
    let index = |count: u64| {
        let text = format!(r#"[{{"url":"http://h/api/invoices/?page=1","X-Result-Count":"{count}"}}]"#);
        folder.write("invoices/index.json", text);
    };
    let verdict =
        || Case::default().verdict_of(std::slice::from_ref(&record), &[], std::slice::from_ref(&dump));
    index(200);
    let incomplete = verdict();
    let expected = ["warning incomplete 199", "note invoice_differs 1", "note invoiced_without_usage 1"];
    assert_eq!(told(&incomplete), expected, "an invoice that is missing explains no more than was used");
    let lacks = |code| incomplete.not_checked.iter().any(|not_checked| not_checked.codes.contains(&code));
    assert!(lacks(Code::UsageNotInvoiced) && lacks(Code::InvoiceDiffers));
    assert!(!incomplete.passed.contains(&Code::UsageNotInvoiced));
    index(1);
    let expected = ["warning invoice_differs 1", "warning usage_not_invoiced 197"];
    assert_eq!(told(&verdict())[..2], expected);
}

#[test]
fn an_invoice_in_two_dumps_counts_once_as_the_later_one_has_it() {
    let folder = Dumps::new();
    let page = page(&records("acme cpu hour 2026-10 alice 2.50"));
    let record = [folder.write("r.json", page)];
    let invoice = |quantity: &str| {
        invoice(&format!("acme cpu hour usage {quantity}"))
            .replace("\"uuid\":\"a\"", &format!("\"uuid\":{:?}", uuid("i")))
    };
    let older = folder.write("a.json", invoice("9.00"));
    let newer = folder.write("b.json", invoice("2.50"));
    let told = |invoices: &[String]| told(&Case::default().verdict_of(&record, &[], invoices));
    assert_eq!(told(&[older.clone(), newer.clone()]), Vec::<String>::new());
    assert_eq!(told(&[newer, older]), ["note invoice_differs 1"]);
}

#[test]
fn a_file_that_is_no_dump_of_parents_or_invoices_is_named() {
    let told = |text: &str| {
        let case =
            Case { dumps: &["acme cpu hour 2026-10 alice 2.50"], invoices: Some(text), ..Case::default() };
        let verdict = case.verdict();
        assert_eq!(told(&verdict)[0], "warning unusable 1", "{text}");
        verdict.checks[0].notice.message.clone()
    };
    assert!(told("").contains("[empty_file]"));
    assert!(told("<html>").contains("[not_records]"));
    assert!(told(r#"[{"uuid":"a""#).contains("[truncated]"));
    assert!(told(r#"[{"quantity":"1"},"#).contains("[truncated]"));
    assert!(told("[1]").contains("[not_records]"));
    for nothing in ["[{}]", r#"{"detail":"Authentication credentials were not provided."}"#, r#"{"data":[]}"#]
    {
        assert!(told(nothing).contains("[not_records]"), "{nothing}");
    }
    let resource = uuid("acme-resource");
    let table = |quantity: &str| {
        format!("resource_uuid,component_type,quantity,billing_period\n{resource},cpu,{quantity},2026-10\n")
    };
    assert!(told(&table("1.00000000001")).contains("quantity is \"1.00000000001\""));
    assert!(told(&table("1").replace("2026-10", "October")).contains("billing_period is \"October\""));
}

#[test]
fn real_responses_of_two_servers_give_no_false_warning() {
    for server in ["2024-10", "newest-overlay"] {
        for invoices in ["invoices", "invoice-items"] {
            let folder = Dumps::new();
            let copy = |name: &str| {
                let text = std::fs::read_to_string(format!("fixtures/portal/{name}.{server}.json"));
                let page = folder.write(&format!("{name}/page-1.json"), text.expect("a response"));
                let index = r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"112"}]"#;
                folder.write(&format!("{name}/index.json"), index);
                page
            };
            let (records, parents, invoices) =
                (copy("component-user-usages"), copy("component-usages"), copy(invoices));
            let verdict = Case::default().verdict_of(&[records], &[parents], &[invoices]);
            let mut warnings = told(&verdict);
            warnings.retain(|line| line.starts_with("warning"));
            // The responses are excerpts, and nothing that follows from that is told as well.
            assert!(warnings.iter().all(|line| line.starts_with("warning incomplete ")), "{warnings:?}");
            assert_eq!(warnings.len(), 3, "{warnings:?}");
        }
    }
}
