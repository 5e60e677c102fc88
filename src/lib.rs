pub mod dimension;
pub mod error;
pub mod fault;
pub mod finding;
pub mod period;
pub mod quantity;
pub mod report;
pub mod usage;
