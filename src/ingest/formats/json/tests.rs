//! Two ways to read a record, and many records at once: always the same.

use proptest::prelude::*;

use super::*;
use crate::ingest::formats::plain::plain_record;
use crate::ingest::records::collector::tests::collector;

const RECORD: &str = concat!(
    r#"{"uuid":"0a000000000000000000000000000001","user":null,"username":"a\"b","component_usage":"https://x/c/"#,
    r#"0b000000000000000000000000000001/","usage":-12.5,"measured_unit":"GB","description":"","created":"#,
    r#""2026-10-02T00:00:00Z","modified":"2026-10-02T00:00:00.000001Z","backend_id":"é","resource_name":"r","#,
    r#""resource_uuid":"0c000000000000000000000000000001","offering_name":"o","#,
    r#""offering_uuid":"0d000000000000000000000000000001","project_name":"p","#,
    r#""project_uuid":"0e000000000000000000000000000001","customer_name":"Acme","#,
    r#""customer_uuid":"0f000000000000000000000000000001","component_type":"ram","#,
    r#""date":"2026-10-02T00:00:00Z","billing_period":"2026-10-01"}"#,
);

/// What the general parser makes of a text: the fields of its record, where it is one.
fn general(text: &[u8], check: impl FnOnce(Option<RawRecord>)) {
    let mut collector = collector();
    match parse_object(text) {
        Ok(entries) => check(record_of(&entries, &mut collector).ok()),
        Err(_) => check(None),
    }
}

#[test]
fn the_servers_way_of_writing_needs_no_general_parser() {
    let mut record = RawRecord::default();
    assert_eq!(plain_record(RECORD.as_bytes(), &mut record), Some(RECORD.len()));
    general(RECORD.as_bytes(), |general| assert_eq!(general, Some(record)));
    let older = RECORD.replace(",\"billing_period\":\"2026-10-01\"", "");
    assert_eq!(plain_record(older.as_bytes(), &mut record), Some(older.len()));
    general(older.as_bytes(), |general| assert_eq!(general, Some(record)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_the_plain_reader_takes_the_general_parser_takes_alike(
        changes in prop::collection::vec(
            (0..RECORD.len(), prop_oneof![any::<u8>(), prop::sample::select(br#""\{}[],:-+.eE0u"#.to_vec())]), 1..4),
    ) {
        let mut text = RECORD.as_bytes().to_vec();
        for (at, byte) in changes {
            text[at] = byte;
        }
        let mut record = RawRecord::default();
        if std::str::from_utf8(&text).is_ok()
            && let Some(end) = plain_record(&text, &mut record)
        {
            general(&text[..end], |general| assert_eq!(general, Some(record)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn records_looked_up_together_are_taken_as_if_they_came_alone(
        records in prop::collection::vec(record(), 0..40), is_page in any::<bool>()
    ) {
        let mut alone = collector();
        for record in &records {
            push_object(record.as_bytes(), 0, Around::File, &mut alone);
        }
        let mut together = collector();
        if is_page {
            let page = format!("[{}]", records.join(","));
            read_documents(&mut Window::new(page.into_bytes(), None::<io::Empty>), &mut together).unwrap();
        } else {
            read_lines(records.join("\n").as_bytes(), 0, &mut together);
        }
        let faults = |collector: &Collector| {
            collector.faults().iter().map(|fault| (fault.record, fault.fault.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(faults(&together), faults(&alone));
        prop_assert_eq!(&together.columns.uuid, &alone.columns.uuid);
        prop_assert_eq!(&together.columns.usage, &alone.columns.usage);
        prop_assert_eq!(&together.columns.parent, &alone.columns.parent);
        prop_assert_eq!(&together.columns.username, &alone.columns.username);
        let parents = |collector: &Collector| format!("{:?}", collector.parents.parents);
        prop_assert_eq!(parents(&together), parents(&alone));
        let names = |collector: &Collector| {
            let names = collector.parents.customers.iter().map(|customer| customer.name().to_vec());
            names.collect::<Vec<_>>()
        };
        prop_assert_eq!(names(&together), names(&alone));
    }
}

/// A record of one of two parents, perhaps with a byte changed, that is an object of JSON on one line.
fn record() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["Acme", "A}", "A},", r#"A\"}"#, "A}]"]);
    let change =
        prop::option::weighted(0.3, (0..RECORD.len(), prop::sample::select(br#""\{}[],:-+.eE0u"#.to_vec())));
    (1..3, name, change).prop_filter_map("no object on a line", |(parent, name, change)| {
        let mut text = RECORD
            .replace("0b000000000000000000000000000001", &format!("{parent:032x}"))
            .replace("Acme", name)
            .into_bytes();
        if let Some((at, byte)) = change {
            *text.get_mut(at)? = byte;
        }
        let text = String::from_utf8(text).ok()?;
        parse_object(text.as_bytes()).is_ok().then_some(text)
    })
}
