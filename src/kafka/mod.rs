//! A real Apache Kafka cluster, by librdkafka: the other engine behind the commands.
//!
//! No part of Kafka's protocol is spoken here. What is: which of librdkafka's clients does what, how its errors become
//! ours, and how what it hands out one by one becomes the batches that the rest of kafdir works with.

mod admin;
mod assignment;
mod batches;
mod bell;
mod certificate;
mod cluster;
mod commit;
mod copy;
mod cursor;
mod deliveries;
mod direct;
mod disconnect;
mod engine;
mod group;
mod handback;
mod headers;
mod hearing;
mod host_lock;
mod intake;
mod jaas;
mod java_names;
mod key_stores;
mod largest_batch;
mod member;
mod member_config;
mod member_partition;
mod partition;
mod producer;
mod queue;
mod reader;
mod refusal;
mod settings;
mod subscribing;
mod topic_config;
mod topic_ids;
mod topics;
mod witness;

pub use cluster::Cluster;
pub use settings::ClusterSettings;
