//! The portal's side of the endpoint.

pub mod pull;
