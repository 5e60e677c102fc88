//! `serve` over real connections, as its clients meet it.

mod books;
mod client;
mod limits;
mod requests;
mod running;
mod walks;
