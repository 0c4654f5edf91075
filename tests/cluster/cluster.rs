//! A mock cluster, and commands that work on it.

use std::ffi::OsStr;

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::harness::{Call, Sandbox};

/// A cluster with one broker, and a directory beside it.
pub(crate) struct Cluster {
    pub(crate) mock: MockCluster<'static, DefaultProducerContext>,
    pub(crate) sandbox: Sandbox,
}

impl Cluster {
    /// One with these topics, each with its number of partitions.
    pub(crate) fn with(topics: &[(&str, i32)]) -> Self {
        let mock = MockCluster::new(1).unwrap();
        for (topic, partitions) in topics {
            mock.create_topic(topic, *partitions, 1).unwrap();
        }
        Self {
            mock,
            sandbox: Sandbox::new(),
        }
    }

    /// kafdir, told of the cluster by its variable.
    #[track_caller]
    pub(crate) fn kafdir<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call {
        self.told(self.sandbox.kafdir(args))
    }

    /// A script whose kafdir works on the cluster.
    #[track_caller]
    pub(crate) fn shell(&self, script: &str) -> Call {
        self.told(self.sandbox.shell(script))
    }

    fn told(&self, call: Call) -> Call {
        call.without_env("KAFDIR")
            .env("KAFDIR_BOOTSTRAP_SERVER", self.mock.bootstrap_servers())
    }

    #[track_caller]
    pub(crate) fn produce(&self, topic: &str, lines: impl AsRef<[u8]>) {
        self.kafdir(["produce", topic]).input(lines).exits(0);
    }
}
