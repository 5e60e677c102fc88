//! What files hold, in each format, to records: JSON, CSV, workbooks and Parquet. Opens no file.

pub(crate) mod csv;
pub(crate) mod documents;
pub(crate) mod envelope;
pub(crate) mod json;
pub(crate) mod parquet;
pub(crate) mod plain;
pub(crate) mod shape;
pub(crate) mod sniff;
pub(crate) mod window;
