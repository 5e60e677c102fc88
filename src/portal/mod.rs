//! The portal's endpoint, from both sides.

pub mod serve;
