//! The lines of a bill as a table: one row for each line and credit, whose amounts add up to the net total.

use std::io::Write;

use super::words;
use crate::bill::Bill;
use crate::error::Result;
use crate::report::{Cell, charge_category};
use crate::text::uuid_text;
use crate::write::csv::{CsvOptions, Dialect};

/// The columns, in order.
const COLUMNS: [&str; 18] = [
    "period",
    "customer_name",
    "project_uuid",
    "project_name",
    "offering_uuid",
    "offering_name",
    "resource_uuid",
    "resource_name",
    "component_type",
    "component",
    "charge_category",
    "charge_description",
    "quantity",
    "measured_unit",
    "price",
    "vat_rate",
    "currency",
    "amount",
];

pub(super) fn write(bill: &Bill, options: &CsvOptions, out: &mut dyn Write) -> Result<()> {
    let dialect = Dialect::new(options)?;
    dialect.write_named(&COLUMNS, out)?;
    for part in &bill.parts {
        for (project, offering, line) in part.lines() {
            let uuids = [project.uuid, offering.uuid, line.resource_uuid].map(uuid_text);
            let period = line.period.to_string();
            let text = Cell::Text;
            dialect.write_cells(
                &COLUMNS,
                &[
                    text(&period),
                    text(&project.customer),
                    text(&uuids[0]),
                    text(&project.name),
                    text(&uuids[1]),
                    text(&offering.name),
                    text(&uuids[2]),
                    text(&line.resource),
                    text(&line.component_type),
                    text(&line.component),
                    text("Usage"),
                    line.side.map_or(Cell::Empty, |side| text(side.in_words())),
                    Cell::Quantity(line.quantity),
                    text(&line.unit),
                    text(&line.price),
                    text(line.vat_rate.as_deref().unwrap_or_default()),
                    text(part.currency.code()),
                    Cell::Amount(line.amount),
                ],
                out,
            )?;
        }
        for credit in &part.credits {
            let mut cells = [Cell::Empty; COLUMNS.len()];
            let period = credit.period.to_string();
            cells[0] = Cell::Text(&period);
            cells[1] = Cell::Text(&credit.customer);
            cells[3] = credit.project.as_deref().map_or(Cell::Empty, Cell::Text);
            cells[10] = Cell::Text(charge_category(credit.amount));
            let reason = words::reason(credit);
            cells[11] = Cell::Text(&reason);
            cells[14] = credit.price.as_deref().map_or(Cell::Empty, Cell::Text);
            cells[15] = credit.vat_rate.as_deref().map_or(Cell::Empty, Cell::Text);
            cells[16] = Cell::Text(part.currency.code());
            cells[17] = Cell::Amount(credit.amount);
            dialect.write_cells(&COLUMNS, &cells, out)?;
        }
    }
    Ok(())
}
