//! Copying short byte strings.
//!
//! A value of ten bytes takes less time than the call of the `memcpy` that would copy it. Up to [`SHORT_BYTES`] bytes are
//! copied as two pieces of one fixed size, the first bytes and the last, which overlap: a few loads and stores in place.

/// The longest that is copied without a call.
const SHORT_BYTES: usize = 128;

/// Copies `bytes` to `out`.
///
/// # Panics
/// If `out` is of another length, and `bytes` long.
#[inline]
pub(super) fn copy(out: &mut [u8], bytes: &[u8]) {
    match bytes.len() {
        0 => {}
        1 => copy_ends::<1>(out, bytes),
        2..4 => copy_ends::<2>(out, bytes),
        4..8 => copy_ends::<4>(out, bytes),
        8..16 => copy_ends::<8>(out, bytes),
        16..32 => copy_ends::<16>(out, bytes),
        32..64 => copy_ends::<32>(out, bytes),
        64..=SHORT_BYTES => copy_ends::<64>(out, bytes),
        _ => out.copy_from_slice(bytes),
    }
}

/// The first and the last `N` bytes: all of them where there are `N` to `2 * N`.
#[inline]
fn copy_ends<const N: usize>(out: &mut [u8], bytes: &[u8]) {
    if let (Some(out), Some(first)) = (out.first_chunk_mut::<N>(), bytes.first_chunk()) {
        *out = *first;
    }
    if let (Some(out), Some(last)) = (out.last_chunk_mut::<N>(), bytes.last_chunk()) {
        *out = *last;
    }
}

/// Appends `bytes` to `out`, and says whether `wanted` is one of them: found while they pass through registers.
#[inline]
pub(crate) fn append_looking(out: &mut Vec<u8>, bytes: &[u8], wanted: u8) -> bool {
    match bytes.len() {
        0 => false,
        1 => append_ends::<1>(out, bytes, wanted),
        2..4 => append_ends::<2>(out, bytes, wanted),
        4..8 => append_ends::<4>(out, bytes, wanted),
        8..16 => append_ends::<8>(out, bytes, wanted),
        16..32 => append_ends::<16>(out, bytes, wanted),
        32..64 => append_ends::<32>(out, bytes, wanted),
        64..=SHORT_BYTES => append_ends::<64>(out, bytes, wanted),
        _ => {
            out.extend_from_slice(bytes);
            memchr::memchr(wanted, bytes).is_some()
        }
    }
}

#[inline]
fn append_ends<const N: usize>(out: &mut Vec<u8>, bytes: &[u8], wanted: u8) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) else {
        return false;
    };
    let start = out.len();
    out.extend_from_slice(first);
    out.truncate(start + bytes.len() - N);
    out.extend_from_slice(last);
    holds(first, wanted) | holds(last, wanted)
}

/// Without leaving early, so that it is a few vector instructions.
#[inline]
fn holds<const N: usize>(bytes: &[u8; N], wanted: u8) -> bool {
    bytes
        .iter()
        .fold(0, |found, &byte| found | u8::from(byte == wanted))
        != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn copies_all_and_nothing_else(bytes in vec(any::<u8>(), 0..300)) {
            let mut out = vec![0x55; bytes.len()];
            copy(&mut out, &bytes);
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn appends_all_and_finds(before in vec(any::<u8>(), 0..9), bytes in vec(0_u8..255, 0..300), at in any::<usize>()) {
            let mut out = before.clone();
            prop_assert!(!append_looking(&mut out, &bytes, 255));
            prop_assert_eq!(&out, &[&before[..], &bytes].concat());
            let mut bytes = bytes;
            if !bytes.is_empty() {
                let at = at % bytes.len();
                bytes[at] = 255;
                prop_assert!(append_looking(&mut out, &bytes, 255));
                prop_assert!(out.ends_with(&bytes));
            }
        }
    }

    #[test]
    fn every_short_length() {
        let bytes: Vec<u8> = (0..200).collect();
        for length in 0..bytes.len() {
            let mut out = vec![0xff; length];
            copy(&mut out, &bytes[..length]);
            assert_eq!(out, bytes[..length]);
            out.clear();
            for at in 0..length {
                assert!(append_looking(&mut out, &bytes[..length], bytes[at]));
            }
            assert!(!append_looking(&mut out, &bytes[..length], 0xff));
            assert_eq!(out, bytes[..length].repeat(length + 1));
        }
    }
}
