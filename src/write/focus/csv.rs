//! FOCUS as RFC 4180 has CSV: a header, commas, CR LF, quotes where they are needed. Null is an empty field.
//!
//! ```text
//! BilledCost,BillingAccountId,BillingAccountName,…,BillingPeriodStart,…
//! 12.50,7b93a930612c40d7918e454192169f83,Acme,…,2026-10-01T00:00:00Z,…
//! ```

use std::io::Write;
use std::ops::Range;

use chrono::SecondsFormat;
use rayon::prelude::*;

use crate::error::Result;
use crate::price::{FocusData, FocusValue};
use crate::write::put;

/// How many rows one core spells at a time.
const ROWS_AT_A_TIME: usize = 4 << 10;
/// How many pieces of rows are in memory at a time.
const PIECES_AT_A_TIME: usize = 64;

const IN_MEMORY: &str = "writing to memory does not fail";

pub(super) fn write(data: &impl FocusData, out: &mut dyn Write) -> Result<()> {
    let mut header = writer();
    header.write_record(data.names()).expect(IN_MEMORY);
    put(&header.into_inner().expect(IN_MEMORY), out)?;
    let ranges: Vec<Range<usize>> = (0..data.row_count())
        .step_by(ROWS_AT_A_TIME)
        .map(|start| start..data.row_count().min(start + ROWS_AT_A_TIME))
        .collect();
    for ranges in ranges.chunks(PIECES_AT_A_TIME) {
        let pieces: Vec<Vec<u8>> = ranges.par_iter().map(|rows| spelled(data, rows.clone())).collect();
        pieces.iter().try_for_each(|piece| put(piece, out))?;
    }
    Ok(())
}

fn spelled(data: &impl FocusData, rows: Range<usize>) -> Vec<u8> {
    let (mut writer, fields) = (writer(), data.names().len());
    for row in rows {
        for field in 0..fields {
            let field = match data.value(row, field) {
                FocusValue::Null => writer.write_field(""),
                FocusValue::Text(text) => writer.write_field(&*text),
                FocusValue::Time(time) => writer.write_field(time.to_rfc3339_opts(SecondsFormat::Secs, true)),
                FocusValue::Decimal(decimal) => writer.write_field(decimal.to_string()),
                FocusValue::Amount(amount) => writer.write_field(amount.to_string()),
            };
            field.expect(IN_MEMORY);
        }
        writer.write_record(None::<&[u8]>).expect(IN_MEMORY);
    }
    writer.into_inner().expect(IN_MEMORY)
}

fn writer() -> ::csv::Writer<Vec<u8>> {
    ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new())
}
