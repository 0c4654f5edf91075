//! A real Apache Kafka cluster, by librdkafka.

mod jaas;
mod java_names;
mod settings;

pub use settings::ClusterSettings;
