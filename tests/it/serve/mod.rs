//! `serve` over real connections, as its clients meet it.

mod books;
mod client;
mod limits;
mod requests;
pub mod running;
mod walks;
