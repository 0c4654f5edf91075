//! `kafdir consume TOPIC... -g GROUP -- COMMAND`: each run of COMMAND gets a batch, and the offsets move only when it
//! exits 0.

mod backoff;
mod child;
mod ending;
mod environment;
mod last_line;
mod letter;
mod pieces;
