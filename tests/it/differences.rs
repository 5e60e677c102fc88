//! `diff`, `late` and `explain` over a book of real pages, of which one month was closed and then changed.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::Value;
use serde_json::value::RawValue;
use usagebook::quantity::Quantity;

use crate::binary::{run, stdout};
use crate::records::Dumps;

const OCTOBER: &str = "fixtures/real/complete/2026-10";

const LATE: &str = "0e6cafe6d7b3498d9f4e40e11295c974";
const NEW: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LOST: &str = "1fe4e7d0a0944ce6950e5b04929d606d";
const GONE: &str = "50c1ba7d27754837a272d88a677581d9";
const MOVED_PROJECT: &str = "c6103a4789f84bcda5a59e0d2d3a9caf";
const RELABELLED_OFFERING: &str = "3d844eb9fafe4d738479c3094a532d62";
const RENAMED_CUSTOMER: &str = "5af73beacb31465ab0c1735026cf5883";
const TARTU: &str = "5ba88ecc5f2a469b9bce015bc9639663";

/// The tokens of a record's fields.
type Fields = BTreeMap<String, Box<RawValue>>;

/// Records by uuid.
struct Dump(BTreeMap<String, Fields>);

impl Dump {
    fn october() -> Self {
        let lines = stdout(&format!("list {OCTOBER} --all --format ndjson -q"));
        let fields = |line| serde_json::from_str::<Fields>(line).expect("a record");
        Self(lines.lines().map(fields).map(|fields| (text(&fields, "uuid"), fields)).collect())
    }

    /// October as it was closed: its pages had lost a record.
    fn closed() -> Self {
        let mut dump = Self::october();
        dump.0.remove(LOST).expect("the record");
        dump
    }

    /// October as it is later: usage came late, a record is gone, a project moved to another customer, a component has
    /// another unit, a customer another name.
    fn changed() -> Self {
        let mut dump = Self::october();
        dump.0.remove(GONE).expect("the record");
        let late: [(&str, &str); 2] = [("usage", "8.48"), ("modified", "\"2026-11-05T09:00:00Z\"")];
        assert_eq!(dump.set(|fields| text(fields, "uuid") == LATE, &late), 1);
        let mut new = Self(BTreeMap::from([(NEW.to_owned(), dump.0[LATE].clone())]));
        new.set(|_| true, &[("uuid", &format!("{NEW:?}")), ("username", "\"late.user\""), ("usage", "4.0")]);
        dump.0.extend(new.0);
        let tartu = [("customer_uuid", &*format!("{TARTU:?}")), ("customer_name", "\"Tartu Ülikool\"")];
        assert_eq!(dump.set(|fields| text(fields, "project_uuid") == MOVED_PROJECT, &tartu), 7);
        let is_relabelled = |fields: &Fields| {
            text(fields, "offering_uuid") == RELABELLED_OFFERING
                && text(fields, "component_type") == "storage"
        };
        assert_eq!(dump.set(is_relabelled, &[("measured_unit", "\"GB*month\"")]), 12);
        let is_renamed = |fields: &Fields| text(fields, "customer_uuid") == RENAMED_CUSTOMER;
        assert_eq!(dump.set(is_renamed, &[("customer_name", "\"Acme Research GmbH\"")]), 208);
        dump
    }

    /// Gives other values to fields of some records, and says of how many.
    fn set(&mut self, is_wanted: impl Fn(&Fields) -> bool, values: &[(&str, &str)]) -> usize {
        let wanted: Vec<&mut Fields> = self.0.values_mut().filter(|fields| is_wanted(fields)).collect();
        let count = wanted.len();
        for fields in wanted {
            for (field, token) in values {
                let token = RawValue::from_string((*token).to_owned()).expect("a token");
                fields.insert((*field).to_owned(), token).expect("a field");
            }
        }
        count
    }

    fn ndjson(&self) -> String {
        self.0.values().map(|fields| serde_json::to_string(fields).expect("text") + "\n").collect()
    }

    /// Hundredths and records by customer and unit.
    fn totals(&self) -> BTreeMap<(String, String), (i128, i64)> {
        let mut totals: BTreeMap<(String, String), (i128, i64)> = BTreeMap::new();
        for fields in self.0.values() {
            let key = (text(fields, "customer_uuid"), text(fields, "measured_unit"));
            let total = totals.entry(key).or_default();
            total.0 += hundredths(fields["usage"].get());
            total.1 += 1;
        }
        totals
    }
}

fn text(fields: &Fields, name: &str) -> String {
    serde_json::from_str(fields[name].get()).expect("text")
}

fn hundredths(token: &str) -> i128 {
    Quantity::parse(token.as_bytes()).expect("a usage").hundredths()
}

/// A book whose October was closed on one dump, and then taken in again.
struct Book {
    folder: Dumps,
    /// The ids of its deliveries.
    deliveries: [String; 2],
}

impl Book {
    fn of_changed_october() -> Self {
        let folder = Dumps::new();
        let book = folder.path("book").display().to_string();
        let add = |name: &str, dump: Dump, time: &str| {
            let file = folder.write(name, dump.ndjson());
            let line = format!(
                "{} '{file}' --book '{book}' --complete 2026-10 --pulled-at {time} -q",
                crate::binary::adding(&book)
            );
            let said = stdout(&line);
            let words: Vec<&str> = said.split_whitespace().collect();
            let [_, id, ..] = words.as_slice() else { panic!("{said}") };
            (*id).to_owned()
        };
        let first = add("first.ndjson", Dump::closed(), "2026-11-02T08:00:00Z");
        assert_eq!(run(&format!("close 2026-10 --book '{book}'")).code, 0);
        let second = add("second.ndjson", Dump::changed(), "2026-11-20T08:00:00Z");
        Self { folder, deliveries: [first, second] }
    }

    /// What a command prints that needs the book.
    fn stdout(&self, line: &str) -> String {
        stdout(&format!("{line} --book '{}'", self.folder.path("book").display()))
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.stdout(&format!("{line} --format json"))).expect("JSON")
    }

    fn code(&self, line: &str) -> i32 {
        run(&format!("{line} --book '{}'", self.folder.path("book").display())).code
    }
}

fn rows<'a>(json: &'a Value, section: &str) -> &'a Vec<Value> {
    json[section].as_array().expect("rows")
}

fn words<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}

/// A table without its title, so that no folder's name stands in it.
fn body(table: &str) -> &str {
    table.split_once("\n\n").expect("a title").1
}

#[test]
fn every_change_of_a_closed_month_is_told() {
    assert_snapshot!(body(&Book::of_changed_october().stdout("diff 2026-10")), @r#"
    kind                 customer                        project                    offering                          resource       component    user       value before → value                            unit                     usage before                     usage     change
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    added                O'Brien & Søn; A/S              Çınar – İstanbul node      Cloud VM – 北京 region 2          vm-45          cores        sam051                                                     core*hours                                                25.06      25.06
                         Tartu Ülikool                   Eesti keele mudelid        Cloud VM – 北京 region 2          Ørsted-05      cores        late.user                                                  core*hours                                                 4.00       4.00
    removed              O'Brien & Søn; A/S              d'Artagnan                 HPC cluster «Põhjala»               padded  -21  cpu_hours    ngozi017                                                   hours                            2.93                                -2.93
    usage changed        Tartu Ülikool                   Eesti keele mudelid        Cloud VM – 北京 region 2          Ørsted-05      cores        kwame112                                                   core*hours                       6.98                      8.48       1.50
    moved                Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         cores                   Universität Zürich – Forschung → Tartu Ülikool  core*hours                      63.22                               -63.22
                         Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         cores                   Universität Zürich – Forschung → Tartu Ülikool  core*hours                                                63.22      63.22
                         Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         floating_ip             Universität Zürich – Forschung → Tartu Ülikool  hours                            2.50                                -2.50
                         Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         floating_ip             Universität Zürich – Forschung → Tartu Ülikool  hours                                                      2.50       2.50
                         Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         ram                     Universität Zürich – Forschung → Tartu Ülikool  GB*hours                       222.37                              -222.37
                         Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         ram                     Universität Zürich – Forschung → Tartu Ülikool  GB*hours                                                 222.37     222.37
                         Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         snapshot                Universität Zürich – Forschung → Tartu Ülikool  GB*hours                        79.58                               -79.58
                         Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         snapshot                Universität Zürich – Forschung → Tartu Ülikool  GB*hours                                                  79.58      79.58
                         Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         storage                 Universität Zürich – Forschung → Tartu Ülikool  GB*hours                        20.69                               -20.69
                         Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         storage                 Universität Zürich – Forschung → Tartu Ülikool  GB*hours                                                  20.69      20.69
    relabelled           O'Brien & Søn; A/S              Fjord & Fjell              Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                             100.98                              -100.98
                                                                                                                                                                                                             GB*month                                                 100.98     100.98
                         Tartu Ülikool                   Common project [4638b59b]  Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                             970.19                              -970.19
                                                                                                                                                                                                             GB*month                                                 970.19     970.19
                         国立計算科学研究所              大规模语言模型             Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                              27.56                               -27.56
                                                                                                                                                                                                             GB*month                                                  27.56      27.56
                         🚀 Startup Ltd                  to be renamed              Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                             157.64                              -157.64
                                                                                                                                                                                                             GB*month                                                 157.64     157.64
    renamed              Acme Research GmbH                                                                                                                  Acme, Inc. "Research" → Acme Research GmbH
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total added                                                                                                                                                                                              core*hours                                                29.06      29.06
    Total removed                                                                                                                                                                                            hours                            2.93                                -2.93
    Total usage changed                                                                                                                                                                                      core*hours                       6.98                      8.48       1.50
    Total moved                                                                                                                                                                                              GB*hours                       322.64                    322.64       0.00
    Total moved                                                                                                                                                                                              core*hours                      63.22                     63.22       0.00
    Total moved                                                                                                                                                                                              hours                            2.50                      2.50       0.00
    Total relabelled                                                                                                                                                                                         GB                           1,256.37                            -1,256.37
    Total relabelled                                                                                                                                                                                         GB*month                                               1,256.37   1,256.37
    Total                O'Brien & Søn; A/S                                                                                                                                                                  GB                           1,648.47                  1,547.49    -100.98
    Total                O'Brien & Søn; A/S                                                                                                                                                                  GB*month                                                 100.98     100.98
    Total                O'Brien & Søn; A/S                                                                                                                                                                  core*hours                     144.57                    169.63      25.06
    Total                O'Brien & Søn; A/S                                                                                                                                                                  hours                       16,866.03                 16,863.10      -2.93
    Total                Tartu Ülikool                                                                                                                                                                       GB                           5,037.63                  4,067.44    -970.19
    Total                Tartu Ülikool                                                                                                                                                                       GB*hours                     4,751.73                  5,074.37     322.64
    Total                Tartu Ülikool                                                                                                                                                                       GB*month                                                 970.19     970.19
    Total                Tartu Ülikool                                                                                                                                                                       core*hours                  12,133.33                 12,202.05      68.72
    Total                Tartu Ülikool                                                                                                                                                                       hours                          529.84                    532.34       2.50
    Total                Universität Zürich – Forschung                                                                                                                                                      GB*hours                     1,737.48                  1,414.84    -322.64
    Total                Universität Zürich – Forschung                                                                                                                                                      core*hours                     225.73                    162.51     -63.22
    Total                Universität Zürich – Forschung                                                                                                                                                      hours                          219.28                    216.78      -2.50
    Total                国立計算科学研究所                                                                                                                                                                  GB                           1,878.11                  1,850.55     -27.56
    Total                国立計算科学研究所                                                                                                                                                                  GB*month                                                  27.56      27.56
    Total                🚀 Startup Ltd                                                                                                                                                                      GB                           6,171.75                  6,014.11    -157.64
    Total                🚀 Startup Ltd                                                                                                                                                                      GB*month                                                 157.64     157.64
    Other customers                                                                                                                                                                                          GB                          51,098.75                 51,098.75       0.00
    Other customers                                                                                                                                                                                          GB*hours                    85,515.29                 85,515.29       0.00
    Other customers                                                                                                                                                                                          core*hours                   4,462.29                  4,462.29       0.00
    Other customers                                                                                                                                                                                          hours                       20,052.33                 20,052.33       0.00
    Total                                                                                                                                                                                                    (none)                       5,541.32                  5,541.32       0.00
    Total                                                                                                                                                                                                    1k requests                  3,079.62                  3,079.62       0.00
    Total                                                                                                                                                                                                    GB                          65,834.71                 64,578.34  -1,256.37
    Total                                                                                                                                                                                                    GB*hours                    92,004.50                 92,004.50       0.00
    Total                                                                                                                                                                                                    GB*month                                               1,256.37   1,256.37
    Total                                                                                                                                                                                                    IPs                            219.30                    219.30       0.00
    Total                                                                                                                                                                                                    TB                          18,789.51                 18,789.51       0.00
    Total                                                                                                                                                                                                    core*hours                  16,965.92                 16,996.48      30.56
    Total                                                                                                                                                                                                    cores                       25,631.77                 25,631.77       0.00
    Total                                                                                                                                                                                                    hours                       37,667.48                 37,664.55      -2.93
    Total                                                                                                                                                                                                    images                 181,519,570.40            181,519,570.40       0.00
    Total                                                                                                                                                                                                    node-hours                   6,164.02                  6,164.02       0.00
    Total                                                                                                                                                                                                    requests                92,293,990.51             92,293,990.51       0.00
    Total                                                                                                                                                                                                    seats                          135.16                    135.16       0.00
    Total                                                                                                                                                                                                    tokens       1,900,720,019,024,443.31  1,900,720,019,024,443.31       0.00
    "#);
}

#[test]
fn the_ledger_tells_what_was_late_missed_and_retired() {
    assert_snapshot!(body(&Book::of_changed_october().stdout("late")), @r#"
    cause             period   customer                        project                    offering                          resource       component    user       value before → value                            unit        usage before     usage     change
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    late              2026-10  Tartu Ülikool                   Eesti keele mudelid        Cloud VM – 北京 region 2          Ørsted-05      cores        late.user                                                  core*hours                    4.00       4.00
                                                                                                                                                        kwame112                                                   core*hours          6.98      8.48       1.50
    missed            2026-10  O'Brien & Søn; A/S              Çınar – İstanbul node      Cloud VM – 北京 region 2          vm-45          cores        sam051                                                     core*hours                   25.06      25.06
    retired           2026-10  O'Brien & Søn; A/S              d'Artagnan                 HPC cluster «Põhjala»               padded  -21  cpu_hours    ngozi017                                                   hours               2.93                -2.93
    moved             2026-10  Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         cores                   Universität Zürich – Forschung → Tartu Ülikool  core*hours         63.22               -63.22
                               Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         cores                   Universität Zürich – Forschung → Tartu Ülikool  core*hours                   63.22      63.22
                               Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         floating_ip             Universität Zürich – Forschung → Tartu Ülikool  hours               2.50                -2.50
                               Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         floating_ip             Universität Zürich – Forschung → Tartu Ülikool  hours                         2.50       2.50
                               Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         ram                     Universität Zürich – Forschung → Tartu Ülikool  GB*hours          222.37              -222.37
                               Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         ram                     Universität Zürich – Forschung → Tartu Ülikool  GB*hours                    222.37     222.37
                               Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         snapshot                Universität Zürich – Forschung → Tartu Ülikool  GB*hours           79.58               -79.58
                               Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         snapshot                Universität Zürich – Forschung → Tartu Ülikool  GB*hours                     79.58      79.58
                               Universität Zürich – Forschung  Common project [c6103a47]  Cloud VM – 北京 region 2                         storage                 Universität Zürich – Forschung → Tartu Ülikool  GB*hours           20.69               -20.69
                               Tartu Ülikool                   Common project [c6103a47]  Cloud VM – 北京 region 2                         storage                 Universität Zürich – Forschung → Tartu Ülikool  GB*hours                     20.69      20.69
    relabelled        2026-10  O'Brien & Søn; A/S              Fjord & Fjell              Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                100.98              -100.98
                                                                                                                                                                                                                   GB*month                    100.98     100.98
                               Tartu Ülikool                   Common project [4638b59b]  Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                970.19              -970.19
                                                                                                                                                                                                                   GB*month                    970.19     970.19
                               国立計算科学研究所              大规模语言模型             Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                 27.56               -27.56
                                                                                                                                                                                                                   GB*month                     27.56      27.56
                               🚀 Startup Ltd                  to be renamed              Object storage, "cold" & archive                 storage                 GB → GB*month                                   GB                157.64              -157.64
                                                                                                                                                                                                                   GB*month                    157.64     157.64
    renamed           2026-10  Acme Research GmbH                                                                                                                  Acme, Inc. "Research" → Acme Research GmbH
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total late                                                                                                                                                                                                     core*hours          6.98     12.48       5.50
    Total missed                                                                                                                                                                                                   core*hours                   25.06      25.06
    Total retired                                                                                                                                                                                                  hours               2.93                -2.93
    Total moved                                                                                                                                                                                                    GB*hours          322.64    322.64       0.00
    Total moved                                                                                                                                                                                                    core*hours         63.22     63.22       0.00
    Total moved                                                                                                                                                                                                    hours               2.50      2.50       0.00
    Total relabelled                                                                                                                                                                                               GB              1,256.37            -1,256.37
    Total relabelled                                                                                                                                                                                               GB*month                  1,256.37   1,256.37
    Total             2026-10  O'Brien & Søn; A/S                                                                                                                                                                  core*hours                   25.06      25.06
    Total             2026-10  O'Brien & Søn; A/S                                                                                                                                                                  hours               2.93                -2.93
    Total             2026-10  Tartu Ülikool                                                                                                                                                                       core*hours          6.98     12.48       5.50
    Total                                                                                                                                                                                                          core*hours          6.98     37.54      30.56
    Total                                                                                                                                                                                                          hours               2.93                -2.93
    "#);
}

#[test]
fn the_title_says_which_states_are_compared() {
    let book = Book::of_changed_october();
    let diff = book.stdout("diff 2026-10");
    let title: Vec<&str> = diff.lines().take(3).collect();
    assert_snapshot!(title.join("\n"), @"
    Changes in 2026-10 from v1 to now
    v1: CLOSED v1, cut-off 2026-11-02T08:00:00Z, 1,512 records
    now: CLOSED v1, 231 late changes, 1,513 records
    ");
    let late = book.stdout("late");
    let title: Vec<&str> = late.lines().take(2).collect();
    assert_snapshot!(title.join("\n"), @"
    Changes since months were closed
    2026-10: CLOSED v1, cut-off 2026-11-02T08:00:00Z
    ");
}

#[test]
fn the_changes_add_up_to_the_difference_of_the_two_dumps() {
    let json = Book::of_changed_october().json("diff 2026-10");
    let mut expected = Dump::changed().totals();
    for (key, (hundredths, records)) in Dump::closed().totals() {
        let total = expected.entry(key).or_default();
        *total = (total.0 - hundredths, total.1 - records);
    }
    expected.retain(|_, total| *total != (0, 0));
    let mut found: BTreeMap<(String, String), (i128, i64)> = BTreeMap::new();
    for row in rows(&json, "rows").iter().filter(|row| row["measured_unit"].is_string()) {
        let key = (words(row, "customer_uuid").to_owned(), words(row, "measured_unit").to_owned());
        let total = found.entry(key).or_default();
        total.0 += hundredths(words(row, "change"));
        total.1 += row["records"].as_i64().unwrap() - row["records_before"].as_i64().unwrap();
    }
    found.retain(|_, total| *total != (0, 0));
    assert_eq!(found, expected);
    for total in rows(&json, "totals").iter().filter(|row| row["customer_uuid"].is_string()) {
        let key = (words(total, "customer_uuid").to_owned(), words(total, "measured_unit").to_owned());
        let (change, _) = expected.get(&key).copied().unwrap_or_default();
        assert_eq!(hundredths(words(total, "change")), change, "{total}");
    }
}

#[test]
fn the_same_changes_stand_between_deliveries_versions_and_now() {
    let book = Book::of_changed_october();
    let [first, second] = &book.deliveries;
    let closed = book.json("diff 2026-10");
    let deliveries = book.json(&format!("diff 2026-10 --from {first} --to {second}"));
    assert_eq!(deliveries["rows"], closed["rows"]);
    assert_eq!(deliveries["totals"], closed["totals"]);
    assert_eq!(rows(&book.json("diff 2026-10 --from now"), "rows").len(), 0);

    book.stdout("restate 2026-10 --note late");
    assert_eq!(book.json("diff 2026-10 --from v1 --to v2")["rows"], closed["rows"]);
    assert_eq!(rows(&book.json("diff 2026-10"), "rows").len(), 0, "the latest version is what is now");
    let late = book.stdout("late");
    assert!(late.ends_with("Nothing changed since the months were closed.\n"), "{late}");
}

#[test]
fn going_back_turns_every_sign() {
    let book = Book::of_changed_october();
    let changes = |json: &Value| -> Vec<i128> {
        let all = rows(json, "totals").iter().filter(|row| row["customer_uuid"].is_null());
        all.filter(|row| row["kind"] == "total").map(|row| hundredths(words(row, "change"))).collect()
    };
    let there = changes(&book.json("diff 2026-10"));
    let back = changes(&book.json("diff 2026-10 --from now --to v1"));
    assert_eq!(there, back.into_iter().map(|change| -change).collect::<Vec<_>>());
}

#[test]
fn csv_has_a_row_for_each_change_and_its_totals_when_asked() {
    let book = Book::of_changed_october();
    let changes = rows(&book.json("diff 2026-10"), "rows").len();
    let totals = rows(&book.json("diff 2026-10"), "totals").len();
    let records = |text: &str| csv::Reader::from_reader(text.as_bytes()).records().count();
    assert_eq!(records(&book.stdout("diff 2026-10 --format csv")), changes);
    assert_eq!(records(&book.stdout("diff 2026-10 --format csv --totals")), changes + totals);
    let file = book.folder.path("late.csv");
    assert_eq!(book.stdout(&format!("late --csv-profile excel -o '{}'", file.display())), "");
    assert!(std::fs::read_to_string(file).unwrap().starts_with("\u{feff}cause,period,"));
}

#[test]
fn the_records_behind_a_figure_add_up_to_it() {
    let book = Book::of_changed_october();
    for filters in [
        "",
        "--type storage",
        "--customer 'Tartu Ülikool'",
        "--username late",
        "--project-uuid 58de8c70283c43c697146359d0672913",
    ] {
        for version in ["", "--version now", "--version v1"] {
            let report = book.json(&format!("report --period 2026-10 --by period {filters} {version}"));
            let explained = book.json(&format!("explain --period 2026-10 {filters} {version}"));
            let figures = |rows: &Vec<Value>| -> Vec<(String, String, u64)> {
                let figure = |row: &Value| {
                    let records = row["records"].as_u64().unwrap();
                    (words(row, "measured_unit").to_owned(), words(row, "usage").to_owned(), records)
                };
                rows.iter().map(figure).collect()
            };
            assert_eq!(
                figures(rows(&explained, "totals")),
                figures(rows(&report, "rows")),
                "{filters} {version}"
            );
            let mut sums: BTreeMap<String, i128> = BTreeMap::new();
            for row in rows(&explained, "rows") {
                *sums.entry(words(row, "measured_unit").to_owned()).or_default() +=
                    hundredths(words(row, "usage"));
            }
            let totals = rows(&explained, "totals").iter();
            let totals =
                totals.map(|row| (words(row, "measured_unit").to_owned(), hundredths(words(row, "usage"))));
            assert_eq!(sums, totals.collect::<BTreeMap<_, _>>(), "{filters} {version}");
        }
    }
}

#[test]
fn each_record_names_the_delivery_and_the_file_that_it_came_from() {
    let book = Book::of_changed_october();
    let [first, second] = &book.deliveries;
    let json = book.json("explain --period 2026-10 --version now");
    let of = |uuid: &str| {
        let row = rows(&json, "rows").iter().find(|row| row["uuid"] == uuid).expect("the record");
        (words(row, "delivery").to_owned(), words(row, "pulled_at").to_owned(), words(row, "file").to_owned())
    };
    let file = |name: &str| book.folder.path(name).display().to_string();
    let second = (second.clone(), "2026-11-20T08:00:00Z".to_owned(), file("second.ndjson"));
    for uuid in [LATE, NEW, LOST] {
        assert_eq!(of(uuid), second, "{uuid}");
    }
    let closed = book.json("explain --period 2026-10");
    let all_from_first =
        rows(&closed, "rows").iter().all(|row| row["delivery"] == **first && row["version"] == "v1");
    assert!(all_from_first);
    assert_eq!(rows(&closed, "rows").len(), 1_512);
}

#[test]
fn what_can_not_be_compared_is_refused() {
    let book = Book::of_changed_october();
    for (line, code) in [
        ("diff 2026-09", 2),
        ("diff 2026-10 --from v2", 2),
        ("diff 2026-10 --to v9", 2),
        ("diff 2026-10 --from 00000000", 2),
        ("diff 2026-10 --from yesterday", 2),
        ("diff october", 2),
        ("diff 2026-10 --format parquet", 2),
        ("late -o late.parquet", 2),
        ("late -o /nowhere/at/all/late.csv", 1),
        ("late --csv-profile excel", 2),
        ("explain --period soon", 2),
        ("explain --period 2026-10 --customer Nobody", 3),
    ] {
        assert_eq!(book.code(line), code, "{line}");
    }
    assert_eq!(run("late --book fixtures").code, 1);
    let inside = book.folder.path("book/months/late.csv");
    assert_eq!(book.code(&format!("late -o '{}'", inside.display())), 2);
    assert!(!inside.exists(), "a book holds nothing but its own files");
}

#[test]
fn an_open_month_is_compared_from_a_delivery_that_is_named() {
    let folder = Dumps::new();
    let book = folder.path("book").display().to_string();
    let said = stdout(&format!("add --new {OCTOBER} --book '{book}' --pulled-at 2026-11-02T08:00:00Z -q"));
    let outcome = run(&format!("diff 2026-10 --book '{book}'"));
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("needs --from"), "{}", outcome.stderr);
    let id = said.split_whitespace().nth(1).expect("an id");
    let table = stdout(&format!("diff 2026-10 --book '{book}' --from {id}"));
    assert!(table.ends_with("Nothing changed: no record, line or name differs.\n"), "{table}");
    assert!(stdout(&format!("late --book '{book}'")).ends_with("No month of the book is closed.\n"));
}
