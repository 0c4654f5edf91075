//! What stands for the engine of a cluster where kafdir is built without it: whoever asks for one hears so.
//!
//! librdkafka's build wants a C++ compiler and make besides a C compiler. Without them `--no-default-features` builds
//! all that works on directories.

use std::path::Path;
use std::sync::Arc;

use crate::client::Engine;
use crate::error::{Error, Result};
use crate::store::Patience;

/// What was set for a cluster: nothing can be.
#[derive(Debug, Clone)]
pub struct ClusterSettings {}

/// A Kafka cluster, of which there is none.
#[derive(Debug, Clone)]
pub enum Cluster {}

impl ClusterSettings {
    /// An error.
    pub fn new(_: Option<&Path>, _: &[String]) -> Result<Self> {
        Err(absent())
    }
}

impl Cluster {
    /// An error.
    pub fn open(_: &str, _: ClusterSettings, _: String, _: Patience) -> Result<Arc<dyn Engine>> {
        Err(absent())
    }

    /// An error.
    pub fn check_address(_: &str) -> Result<()> {
        Err(absent())
    }
}

fn absent() -> Error {
    Error::usage("this kafdir was built without what talks to a cluster").help(
        "'cargo install --path .' without --no-default-features builds one with it; it takes a C++ compiler and make",
    )
}
