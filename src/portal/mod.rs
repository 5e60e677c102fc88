//! The portal's endpoint, from both sides.

pub mod pull;
pub mod serve;
