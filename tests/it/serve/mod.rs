//! `serve` over real connections, as its clients meet it.

mod books;
mod client;
mod component_usages;
mod limits;
mod requests;
pub mod running;
mod walks;
