//! How the program is linked: Cargo runs this before it builds.

use std::env;

/// Without a fixed address the dynamic loader has to mend some 14,000 pointers in 350 KiB of constants at each start,
/// librdkafka's table of settings above all, and to copy every page of them: an eighth of what it takes to produce one
/// record. Heap, stack and libraries lie at random addresses all the same.
fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
