//! What is asked for, in shares: months, where the server filters by them.

use super::PullRequest;
use super::endpoint::Endpoint;
use super::fetch::Page;
use super::server::Server;
use super::share::Share;
use super::slice::{PAGE_SIZE, Pass, Slice};
use super::stop::Stop;
use crate::files::hashing::Digest;
use crate::period::{BillingPeriod, PeriodRange};

/// How far before the earliest and after the latest month that were seen others are looked for, where the server can
/// not order by month.
const MONTHS_AROUND: i32 = 24;

/// No server has more months than this; a date of the year 1 is a mistake.
const MONTHS_MAX: i32 = 1_200;

/// Every combination of one value for each filter and one month, where months are asked for. They share no record.
pub(crate) fn bases(request: &PullRequest, endpoint: Endpoint) -> Vec<Slice> {
    let mut slices = vec![Slice::default()];
    for (name, values) in &endpoint.own_filters(&request.filters) {
        let with = |slice: &Slice, value: &String| {
            let mut slice = slice.clone();
            slice.base.push((name.clone(), value.clone()));
            slice
        };
        slices = slices.iter().flat_map(|slice| values.iter().map(|value| with(slice, value))).collect();
    }
    if request.periods.is_empty() || endpoint.period_filters().is_empty() {
        return slices;
    }
    let in_month = |slice: &Slice, period: &BillingPeriod| Slice { period: Some(*period), ..slice.clone() };
    slices.iter().flat_map(|slice| request.periods.iter().map(|period| in_month(slice, period))).collect()
}

/// The shares that the bases fall into.
pub(crate) fn plan(server: &mut Server, bases: &[Slice]) -> Result<Vec<Share>, Stop> {
    let mut shares = Vec::new();
    let is_one = bases.windows(2).all(|pair| pair[0].base == pair[1].base);
    for base in bases {
        let tag = if is_one { String::new() } else { format!("-{}", hash(&base.base)) };
        let periods = match base.period {
            Some(period) => vec![period],
            None => months(server, base)?,
        };
        if periods.is_empty() {
            shares.push(Share { name: format!("all{tag}"), slice: base.clone() });
        }
        for period in periods {
            let slice = Slice { period: Some(period), ..base.clone() };
            shares.push(Share { name: format!("{period}{tag}"), slice });
        }
    }
    Ok(shares)
}

fn hash(filters: &[(String, String)]) -> String {
    let text: String = filters.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    Digest::of(text.as_bytes()).sha256.expect("a digest of bytes has a hash")[..8].to_owned()
}

/// The months of a base; `None` if it fits on a page, or where the server does not filter by month.
fn months(server: &mut Server, base: &Slice) -> Result<Vec<BillingPeriod>, Stop> {
    let (count, _) = server.count(base)?;
    let filters = server.endpoint.period_filters();
    let is_bound = base.base.iter().any(|(name, _)| filters.contains(&name.as_str()));
    if count <= PAGE_SIZE as u64 || is_bound || !server.knows_periods()? {
        return Ok(Vec::new());
    }
    let range = match server.knows_orders()? {
        true => ordered_range(server, base)?,
        false => None,
    };
    let range = match range {
        Some(range) => Some(range),
        None => guessed_range(server, base, count)?,
    };
    let range = range.filter(|range| range.months() <= MONTHS_MAX);
    Ok(range.map(|range| range.periods().collect()).unwrap_or_default())
}

/// From the first month to the last one, as the server orders them.
fn ordered_range(server: &Server, base: &Slice) -> Result<Option<PeriodRange>, Stop> {
    let mut ends = Vec::new();
    for order in server.endpoint.period_orders() {
        let page = server.look(base, Pass { order, page_size: 1 }, 1)?;
        ends.extend(page.and_then(|page| page.facts.first().and_then(|facts| facts.period)));
    }
    Ok(match ends[..] {
        [first, last] => PeriodRange::new(first, last),
        _ => None,
    })
}

/// From what the first and the last page show, widened until all months together have as many records as the whole.
fn guessed_range(server: &Server, base: &Slice, count: u64) -> Result<Option<PeriodRange>, Stop> {
    let pass = Pass { order: "", page_size: PAGE_SIZE };
    let Some(first) = server.look(base, pass, 1)? else { return Ok(None) };
    let last_page = count.div_ceil(first.facts.len().max(1) as u64) as usize;
    let last = server.look(base, pass, last_page)?;
    let mut seen: Vec<BillingPeriod> = months_of(&first);
    seen.extend(last.iter().flat_map(months_of));
    let (Some(&start), Some(&end)) = (seen.iter().min(), seen.iter().max()) else { return Ok(None) };
    let mut range = PeriodRange { start, end: end.plus_months(1) };
    if range.months() > MONTHS_MAX {
        return Ok(None);
    }
    let mut sum = counted(server, base, range)?;
    for _ in 0..MONTHS_AROUND {
        if sum >= count {
            return Ok(Some(range));
        }
        let before = PeriodRange::month(range.start.plus_months(-1));
        let after = PeriodRange::month(range.end);
        sum += counted(server, base, before)? + counted(server, base, after)?;
        range = before.joined(&after);
    }
    Ok(None)
}

fn months_of(page: &Page) -> Vec<BillingPeriod> {
    page.facts.iter().filter_map(|facts| facts.period.or(facts.date_month)).collect()
}

fn counted(server: &Server, base: &Slice, range: PeriodRange) -> Result<u64, Stop> {
    let slices: Vec<Slice> =
        range.periods().map(|period| Slice { period: Some(period), ..base.clone() }).collect();
    Ok(server.counts(&slices)?.iter().sum())
}
