//! kafdir: Kafka's model in a directory.

pub mod cli;
pub mod client;
pub mod error;
pub mod log;
pub mod record;
pub mod store;
pub mod text;
