//! Staged records, settled and added up by an engine → what a reading of them here gives.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::conditions::username_condition;
use super::connection::{Cluster, Connection};
use super::results::{Results, Row};
use super::source::staged_statements;
use super::text::{self, Kind, Statement};
use super::{Engine, SETTLE};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::ingest::{
    DumpTally, Flags, Intake, Progress, ReadRequest, RewrittenParent, Role, Settled, StagedInputs,
};
use crate::period::BillingPeriod;
use crate::text::uuid_text;
use crate::usage::{Cells, CountedUsers, Counts, Lists, Parents, Records, UsageFrame};

const SEAM: &str = include_str!("sql/seam.sql");

/// The engine at work on one report.
pub(super) struct Desk<'q> {
    connection: &'q dyn Connection,
    progress: &'q Progress,
    /// The statements of results, by name.
    results: HashMap<String, String>,
}

impl<'q> Desk<'q> {
    /// With the statements of results that are in a file.
    pub(super) fn new(connection: &'q dyn Connection, progress: &'q Progress, results: &str) -> Self {
        let results = text::parse(results).into_iter().map(|statement| {
            let text = text::without_comments(&statement.text);
            (statement.name, text)
        });
        Self { connection, progress, results: results.collect() }
    }

    /// Makes views that later statements use. What several of them use is computed once, if the engine keeps it.
    pub(super) fn define(&self, statements: &[Statement]) -> Result<()> {
        for Statement { kind, name, text } in statements {
            self.progress.check()?;
            let query = text::without_comments(text);
            if *kind == Kind::Table && self.connection.keep(name, &query)? {
                continue;
            }
            self.connection.run(&format!("CREATE OR REPLACE TEMPORARY VIEW {name} AS\n{query}"))?;
        }
        Ok(())
    }

    /// The rows of a result, with these texts in the places of names in braces.
    pub(super) fn result(&self, name: &str, columns: usize, places: &[(&str, &str)]) -> Result<Results> {
        self.progress.check()?;
        let mut statement = self.results.get(name).cloned().unwrap_or_default();
        for (place, text) in places {
            statement = statement.replace(place, text);
        }
        self.query(name, &statement, columns)
    }

    pub(super) fn query(&self, name: &str, statement: &str, columns: usize) -> Result<Results> {
        self.progress.check()?;
        Results::new(name, self.connection.query(statement)?, columns)
    }

    /// How many usernames several customers have in these months.
    pub(super) fn shared_usernames(&self, asked: &str) -> Result<u64> {
        let counted = self.result("shared_usernames", 1, &[("{asked}", asked)])?;
        counted.rows().map(|row| row.count(0)).sum()
    }
}

impl Cluster<'_> {
    /// What reading these inputs here gives, but for usernames that are added up.
    ///
    /// # Errors
    /// Inputs that are not staged, or of which records were rejected; an engine that refuses, or whose results disagree.
    pub(crate) fn read<R: Fn(BillingPeriod) -> Role>(
        &self,
        request: &ReadRequest,
        filters: &Filters,
        progress: &Progress,
        question: impl FnOnce(Option<DateTime<Utc>>) -> R,
    ) -> Result<Intake> {
        let inputs = StagedInputs::open(request)?;
        let role = question(inputs.index_time());
        let desk = Desk::new(self.connection, progress, SEAM);
        if inputs.tables.iter().all(|table| table.parts.is_empty()) {
            return Err(Error::NotByEngine { what: "a report of dumps without any record".to_owned() });
        }
        desk.define(&staged_statements(&inputs.tables, Engine::Spark, self.paths)?)?;
        desk.define(&text::parse(SETTLE))?;

        let fates = Fates::read(&desk)?;
        let (rejected, conflicting) =
            (inputs.rejected(), fates.of("conflicting_version") + fates.of("duplicate_key"));
        if rejected + conflicting > 0 {
            return Err(Error::RejectedInEngine { rejected, conflicting });
        }
        let months = fates.kept_months();
        let in_months = |is_meant: &dyn Fn(BillingPeriod) -> bool| {
            in_months(months.keys().filter(|month| is_meant(**month)))
        };
        let wanted = |month: BillingPeriod| !self.adds_users_up || role(month) != Role::Unused;
        let mut names = Names::read(&desk)?;
        names.frame.months = months.keys().map(|month| month.number()).collect();
        let is_asked = |month| role(month) == Role::Asked;
        let sums = self.sums(&desk, &mut names, &in_months(&wanted), filters, is_asked)?;
        let expected: u64 =
            months.iter().filter(|(month, _)| wanted(**month)).map(|(_, records)| records).sum();
        names.check(expected)?;
        let rewritten = rewritten(&desk, &names)?;
        let shared_usernames = match months.keys().any(|month| is_asked(*month)) {
            true => desk.shared_usernames(&in_months(&is_asked))?,
            false => 0,
        };
        let settled = Settled {
            kept: fates.of("kept"),
            older_versions: fates.of("older_version"),
            exact_repeats: fates.of("exact_repeat"),
            tallies: tallies(&desk, &inputs)?,
            rewritten,
            renamed: names.renamed,
            flags: sums,
            shared_usernames,
            frame: names.frame,
        };
        inputs.intake(request, settled, role)
    }

    /// Puts the sums into the frame of the names. Returns what is special about the records of asked months.
    pub(super) fn sums(
        &self,
        desk: &Desk<'_>,
        names: &mut Names,
        wanted: &str,
        filters: &Filters,
        is_asked: impl Fn(BillingPeriod) -> bool,
    ) -> Result<Flags> {
        let passes = if self.adds_users_up { username_condition(filters)? } else { "1".to_owned() };
        let person = if self.adds_users_up { "''" } else { "username" };
        let places = [("{wanted}", wanted), ("{person}", person), ("{passes}", passes.as_str())];
        Sums::read(desk, names, &places, self.adds_users_up, filters, is_asked)
    }
}

/// The condition that a record is of one of these months.
pub(super) fn in_months<'a>(months: impl Iterator<Item = &'a BillingPeriod>) -> String {
    let days: Vec<String> = months.map(day).collect();
    match days.as_slice() {
        [] => "1 = 0".to_owned(),
        days => format!("billing_period IN ({})", days.join(", ")),
    }
}

fn day(month: &BillingPeriod) -> String {
    format!("DATE '{}'", month.first_day().format("%Y-%m-%d"))
}

/// How many records met each fate in each month.
struct Fates(Vec<(String, BillingPeriod, u64)>);

impl Fates {
    fn read(desk: &Desk<'_>) -> Result<Self> {
        let results = desk.result("counted_fates", 3, &[])?;
        let row = |row: Row<'_>| Ok((row.text(0)?.to_owned(), row.month(1)?, row.count(2)?));
        Ok(Self(results.rows().map(row).collect::<Result<_>>()?))
    }

    fn of(&self, fate: &str) -> u64 {
        self.0.iter().filter(|(other, ..)| other == fate).map(|(.., records)| records).sum()
    }

    /// The months that have records that count, and how many.
    fn kept_months(&self) -> BTreeMap<BillingPeriod, u64> {
        let kept = self.0.iter().filter(|(fate, ..)| fate == "kept");
        kept.map(|(_, month, records)| (*month, *records)).collect()
    }
}

const KINDS: [(&str, Dimension); 4] = [
    ("customer", Dimension::Customer),
    ("project", Dimension::Project),
    ("offering", Dimension::Offering),
    ("resource", Dimension::Resource),
];

/// A frame that has all names and no record yet.
pub(super) struct Names {
    pub frame: UsageFrame,
    lists: Lists,
    renamed: [Vec<(String, u128)>; 4],
}

impl Names {
    pub(super) fn read(desk: &Desk<'_>) -> Result<Self> {
        let mut frame = UsageFrame::default();
        let mut lists = Lists::of(&frame);
        let mut renamed: [Vec<(String, u128)>; 4] = Default::default();
        for row in desk.result("all_names", 4, &[])?.rows() {
            let kind = row.text(0)?;
            let at = KINDS.iter().position(|(name, _)| *name == kind);
            let at = at.ok_or_else(|| Error::EngineDisagrees { reason: format!("names of a {kind:?}") })?;
            let (uuid, name) = (row.uuid(1)?, row.text(2)?);
            lists.entity(&mut frame, KINDS[at].1, uuid, name);
            if row.count(3)? > 1 {
                renamed[at].push((name.to_owned(), uuid));
            }
        }
        for row in desk.result("component_types", 1, &[])?.rows() {
            lists.component_type(&mut frame, row.text(0)?);
        }
        Ok(Self { frame, lists, renamed })
    }

    /// The index of what a row says, which has to have a name.
    fn entity(&mut self, at: usize, uuid: u128) -> Result<u32> {
        let (kind, dimension) = KINDS[at];
        let before = self.frame.entities(dimension).len();
        let place = self.lists.entity(&mut self.frame, dimension, uuid, "");
        match self.frame.entities(dimension).len() == before {
            true => Ok(place),
            false => {
                Err(Error::EngineDisagrees { reason: format!("the {kind} {} has no name", uuid_text(uuid)) })
            }
        }
    }

    /// # Errors
    /// Sums that are not of as many records.
    pub(super) fn check(&self, expected: u64) -> Result<()> {
        let found = self.frame.record_count();
        match found == expected {
            true => Ok(()),
            false => {
                let reason = format!("{expected} records count, and the sums are of {found}");
                Err(Error::EngineDisagrees { reason })
            }
        }
    }

    fn by_uuid(&self, dimension: Dimension) -> HashMap<u128, &str> {
        self.frame.entities(dimension).iter().map(|entity| (entity.uuid, &*entity.name)).collect()
    }
}

/// What was added up. A component usage of a book is there once for each month that has it.
struct Sums {
    known: HashMap<(i32, u128), u32>,
    parents: Vec<(u128, [u32; 6], Option<i64>, i32)>,
    /// Parent, username, usage, and what it is made of.
    rows: Vec<(u32, u32, i128, Counts)>,
}

impl Sums {
    /// Puts the sums into the frame; what is special about the records of asked months.
    fn read(
        desk: &Desk<'_>,
        names: &mut Names,
        places: &[(&str, &str)],
        adds_users_up: bool,
        filters: &Filters,
        is_asked: impl Fn(BillingPeriod) -> bool,
    ) -> Result<Flags> {
        let results = desk.result("sums", 20, places)?;
        let mut sums = Self { known: HashMap::new(), parents: Vec::new(), rows: Vec::new() };
        let mut flags = Flags::default();
        let mut people: HashMap<String, u32> = HashMap::new();
        let mut usernames: Vec<Box<str>> = Vec::new();
        if adds_users_up {
            // A username that passes the filter, and one that does not.
            let part = filters.username_parts().and_then(|parts| parts.first().map(|part| Box::from(*part)));
            usernames = vec![part.unwrap_or_default(), Box::default()];
        }
        for row in results.rows() {
            let parent = sums.parent(&row, names)?;
            let person = match adds_users_up {
                true => u32::from(!row.is_set(10)?),
                false => {
                    let next = usernames.len() as u32;
                    *people.entry(row.text(9)?.to_owned()).or_insert_with_key(|name| {
                        usernames.push(name.as_str().into());
                        next
                    })
                }
            };
            let counts = Counts {
                records: row.count(12)?,
                negative: row.count(13)?,
                zero: row.count(14)?,
                fractional: row.count(15)?,
            };
            sums.rows.push((parent, person, row.usage(11)?, counts));
            if is_asked(row.month(1)?) {
                flags.imprecise += row.count(16)?;
                flags.single += row.count(17)?;
                flags.zoneless += row.count(18)?;
                flags.derived += row.count(19)?;
            }
        }
        names.frame.usernames = usernames;
        sums.into_frame(&mut names.frame, adds_users_up);
        Ok(flags)
    }

    fn parent(&mut self, row: &Row<'_>, names: &mut Names) -> Result<u32> {
        let (uuid, month) = (row.uuid(0)?, row.month(1)?.number());
        if let Some(parent) = self.known.get(&(month, uuid)) {
            return Ok(*parent);
        }
        let mut links = [0; 6];
        for (at, link) in links[..4].iter_mut().enumerate() {
            *link = names.entity(at, row.uuid(3 + at)?)?;
        }
        links[4] = names.lists.component_type(&mut names.frame, row.text(7)?);
        links[5] = names.lists.measured_unit(&mut names.frame, row.text(8)?);
        let parent = self.parents.len() as u32;
        self.parents.push((uuid, links, row.optional_number(2)?, month));
        self.known.insert((month, uuid), parent);
        Ok(parent)
    }

    /// In the order of months and uuids, whatever order they came in.
    fn into_frame(self, frame: &mut UsageFrame, adds_users_up: bool) {
        let Self { parents, mut rows, .. } = self;
        let mut order: Vec<u32> = (0..parents.len() as u32).collect();
        order.sort_unstable_by_key(|parent| {
            let (uuid, .., month) = parents[*parent as usize];
            (month, uuid)
        });
        let mut places = vec![0; parents.len()];
        (0..).zip(&order).for_each(|(place, parent)| places[*parent as usize] = place);
        rows.iter_mut().for_each(|row| row.0 = places[row.0 as usize]);
        rows.sort_unstable_by(|one, other| {
            let name = |row: &(u32, u32, i128, Counts)| &frame.usernames[row.1 as usize];
            (one.0, name(one), one.1).cmp(&(other.0, name(other), other.1))
        });
        let sorted = || order.iter().map(|parent| &parents[*parent as usize]);
        frame.parents = Parents::new(
            sorted().map(|(uuid, ..)| *uuid).collect(),
            std::array::from_fn(|at| sorted().map(|(_, links, ..)| links[at]).collect()),
            sorted().map(|(.., date, _)| *date),
            sorted().map(|(.., month)| *month).collect(),
        );
        let records = Records::new(
            rows.iter().map(|(parent, ..)| *parent).collect(),
            rows.iter().map(|(_, person, ..)| *person).collect(),
            rows.iter().map(|(.., usage, _)| *usage).collect(),
            None,
        );
        let users = adds_users_up.then(|| Arc::new(CountedUsers::default()));
        let counts = rows.into_iter().map(|(.., counts)| counts).collect();
        frame.records = records.into_cells(Cells { counts, users });
    }
}

fn rewritten(desk: &Desk<'_>, names: &Names) -> Result<Vec<RewrittenParent>> {
    let results = desk.result("rewritten", 10, &[])?;
    let [customers, projects, resources] = [Dimension::Customer, Dimension::Project, Dimension::Resource]
        .map(|dimension| names.by_uuid(dimension));
    let name = |names: &HashMap<u128, &str>, uuid| names.get(&uuid).copied().unwrap_or_default().to_owned();
    let parent = |row: Row<'_>| {
        let uuid = row.uuid(0)?;
        let labels = vec![
            ("customer_name", name(&customers, row.uuid(2)?)),
            ("project_name", name(&projects, row.uuid(3)?)),
            ("resource_name", name(&resources, row.uuid(4)?)),
            ("component_type", row.text(5)?.to_owned()),
            ("measured_unit", row.text(6)?.to_owned()),
            ("component_usage", uuid_text(uuid)),
        ];
        let about =
            vec![("customer_uuid", uuid_text(row.uuid(2)?)), ("resource_uuid", uuid_text(row.uuid(4)?))];
        let kinds = [row.is_set(7)?, row.is_set(8)?, row.is_set(9)?];
        Ok(RewrittenParent { period: row.month(1)?, uuid, kinds, labels, about })
    };
    results.rows().map(parent).collect()
}

/// What the records of each dump are among each other. Pages that are copies as a whole do not count as repeats.
fn tallies(desk: &Desk<'_>, inputs: &StagedInputs) -> Result<Vec<DumpTally>> {
    let by_rank = |pages: &str| -> Result<HashMap<u64, (u64, DumpTally)>> {
        let results = desk.result("tallies", 4, &[("{pages}", pages)])?;
        let tally = |row: Row<'_>| {
            let tally = DumpTally { distinct: row.count(2)?, repeats: row.count(3)?, copied_pages: 0 };
            Ok((row.count(0)?, (row.count(1)?, tally)))
        };
        results.rows().map(tally).collect()
    };
    let mut tallies = by_rank("1 = 1")?;
    if tallies.values().any(|(_, tally)| tally.repeats > 0) {
        let copies = copied_pages(desk)?;
        if !copies.is_empty() {
            tallies = by_rank(&format!("NOT ({})", pages_condition(copies.iter())))?;
            for (dump, _) in copies {
                if let Some((_, tally)) = tallies.get_mut(&dump) {
                    tally.copied_pages += 1;
                }
            }
        }
    }
    let of_table = |table: &crate::ingest::StagedTable| {
        let (records, tally) = tallies.remove(&u64::from(table.rank)).unwrap_or_default();
        let expected = table.records - table.rejected;
        match records == expected {
            true => Ok(tally),
            false => {
                let reason = format!("{} has {expected} records, and {records} were read", table.label);
                Err(Error::EngineDisagrees { reason })
            }
        }
    };
    inputs.tables.iter().map(of_table).collect()
}

/// Files that are copies of earlier ones of their dump, by dump and number.
fn copied_pages(desk: &Desk<'_>) -> Result<Vec<(u64, u64)>> {
    type Ends = (u64, u64, u128, u128, [i64; 2], [i128; 2]);
    let mut alike: HashMap<Ends, Vec<(u64, u64)>> = HashMap::new();
    for row in desk.result("pages", 9, &[])?.rows() {
        let ends: Ends = (
            row.count(0)?,
            row.count(2)?,
            row.uuid(3)?,
            row.uuid(4)?,
            [row.number(5)?, row.number(6)?],
            [row.usage(7)?, row.usage(8)?],
        );
        alike.entry(ends).or_default().push((row.count(0)?, row.count(1)?));
    }
    let candidates: Vec<(u64, u64)> = alike.into_values().filter(|pages| pages.len() > 1).flatten().collect();
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let condition = pages_condition(candidates.iter());
    /// Uuids, times of change and usage.
    type Content = Vec<(u128, i64, i128)>;
    let mut contents: BTreeMap<(u64, u64), Content> = BTreeMap::new();
    for row in desk.result("page_records", 5, &[("{pages}", &condition)])?.rows() {
        let content = contents.entry((row.count(0)?, row.count(1)?)).or_default();
        content.push((row.uuid(2)?, row.number(3)?, row.usage(4)?));
    }
    let mut seen = HashSet::new();
    let mut copies = Vec::new();
    for ((dump, file), mut content) in contents {
        content.sort_unstable();
        if !seen.insert((dump, content)) {
            copies.push((dump, file));
        }
    }
    Ok(copies)
}

fn pages_condition<'a>(pages: impl Iterator<Item = &'a (u64, u64)>) -> String {
    let page = |(dump, file): &(u64, u64)| format!("(dump = {dump} AND file = {file})");
    pages.map(page).collect::<Vec<_>>().join(" OR ")
}
