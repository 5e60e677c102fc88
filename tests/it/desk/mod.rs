//! The desk as a browser meets it: over HTTP, from the command as a user starts it.

mod answers;
mod behind;
mod doorway;
mod files;
mod running;
mod views;
