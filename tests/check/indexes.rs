//! Indexes that are missing, cut, padded, of another segment, or have a flipped bit.
//!
//! | what | check | repair | read, append |
//! |---|---|---|---|
//! | missing: the last segment's | clean | - | all |
//! | missing: a closed segment's | harmless | built anew | all |
//! | empty | clean | - | all |
//! | followed by zeros, as a running broker has it | harmless | cut off | all |
//! | zeros in place of entries | found | built anew | all |
//! | cut within an entry, overlong, rubbish, of another segment | found | built anew | all |
//! | any bit of an entry flipped | found | built anew | all |

use std::fs;
use std::path::Path;

use kafdir::log::FindingKind;

use crate::bench::{Bench, RECORDS, Verdict, has};

const BATCHES: i64 = 12;
const SETTINGS: [&str; 1] = ["index.interval.bytes=1"];
const CLOSED: [&str; 2] = ["index.interval.bytes=1", "segment.bytes=600"];

type Spoil = fn(&[u8]) -> Option<Vec<u8>>;

fn spoil(path: &Path, bytes: Option<Vec<u8>>) {
    match bytes {
        Some(bytes) => fs::write(path, bytes).unwrap(),
        None => fs::remove_file(path).unwrap(),
    }
}

#[test]
fn every_kind_of_damage() {
    let kinds: &[(&str, Spoil, Verdict, Verdict)] = &[
        ("missing", |_| None, Verdict::Clean, Verdict::Harmless),
        (
            "empty",
            |_| Some(Vec::new()),
            Verdict::Clean,
            Verdict::Clean,
        ),
        (
            "followed by zeros",
            |bytes| Some([bytes, &[0; 4096]].concat()),
            Verdict::Harmless,
            Verdict::Harmless,
        ),
        (
            "all zeros",
            |bytes| Some(vec![0; bytes.len()]),
            Verdict::Mended,
            Verdict::Mended,
        ),
        (
            "cut within an entry",
            |bytes| Some(bytes[..bytes.len() - 3].to_vec()),
            Verdict::Mended,
            Verdict::Mended,
        ),
        (
            "overlong",
            |bytes| Some([bytes, bytes].concat()),
            Verdict::Mended,
            Verdict::Mended,
        ),
        (
            "an entry behind zeros",
            |bytes| Some([bytes, &[0; 4800], &bytes[..4]].concat()),
            Verdict::Mended,
            Verdict::Mended,
        ),
        (
            "ones",
            |bytes| Some(vec![0xff; bytes.len()]),
            Verdict::Mended,
            Verdict::Mended,
        ),
        (
            "rubbish",
            |bytes| Some(vec![0x5a; bytes.len() + 240]),
            Verdict::Mended,
            Verdict::Mended,
        ),
    ];
    let (active, closed) = (Bench::new(&SETTINGS, BATCHES), Bench::new(&CLOSED, BATCHES));
    for extension in ["index", "timeindex"] {
        for (name, how, if_active, if_closed) in kinds {
            for (bench, verdict) in [(&active, if_active), (&closed, if_closed)] {
                bench.restore();
                let path = bench.log().with_extension(extension);
                spoil(&path, how(bench.good(&path)));
                let what = format!("{extension} {name}, {verdict:?}");
                let found = bench.ordeal(&what, *verdict, BATCHES * RECORDS, |_| true);
                assert!(
                    found.iter().all(|finding| finding.path == path),
                    "{what}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn every_bit() {
    let bench = Bench::new(&SETTINGS, 3);
    for extension in ["index", "timeindex"] {
        let path = bench.log().with_extension(extension);
        for bit in 0..bench.good(&path).len() * 8 {
            bench.restore();
            let mut bytes = bench.good(&path).to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, bytes).unwrap();
            let what = format!("bit {bit} of the {extension}");
            let found = bench.ordeal(&what, Verdict::Mended, 3 * RECORDS, |_| true);
            assert!(has(&found, FindingKind::BadIndex), "{what}: {found:?}");
        }
    }
}

#[test]
fn of_another_segment() {
    let bench = Bench::new(&CLOSED, BATCHES);
    let other = bench.logs()[1].with_extension("index");
    let path = bench.log().with_extension("index");
    let bytes = bench.good(&other).to_vec();
    assert!(!bytes.is_empty() && bytes != bench.good(&path));
    // Offsets in an index are relative to its segment's base: it may even fit, as far as it goes.
    let mut shifted = bytes.clone();
    shifted[7] ^= 0x40;
    for bytes in [shifted, [bytes.as_slice(), &bytes].concat()] {
        bench.restore();
        fs::write(&path, bytes).unwrap();
        bench.ordeal("of another", Verdict::Mended, BATCHES * RECORDS, |_| true);
    }
}
