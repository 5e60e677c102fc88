//! The portal's other dumps: component usages, invoices, customers, projects and offering users.
//!
//! These are few beside records: their objects are read one after the other, in any format, by the readers of records.

mod component_usages;
mod dumps;
mod entities;
mod invoice_item;
mod invoice_quantity;
mod invoices;
mod object;
mod staged;

pub(crate) use self::component_usages::ComponentUsage;
pub use self::component_usages::{ComponentUsageReading, ComponentUsages, read_component_usages};
pub(crate) use self::entities::read_entities;
pub(crate) use self::invoice_item::UnusableItem;
pub(crate) use self::invoice_quantity::InvoiceQuantity;
pub use self::invoices::{InvoiceItems, InvoiceReading, read_invoice_items};
pub use self::staged::stage_component_usages;
