//! README.

#[test]
fn x() {}
