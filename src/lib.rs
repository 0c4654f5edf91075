//! kafdir: Kafka's model in a directory.

pub mod cli;
pub mod error;
pub mod record;
pub mod store;
pub mod text;
