//! `serve` over real connections, as its clients meet it.

mod client;
mod limits;
mod requests;
mod running;
mod walks;
