//! Consumer groups: who is a member, who reads which partition, how far it got.

pub mod assignor;

pub use assignor::{Assignor, Subscriber};
