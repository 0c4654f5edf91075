//! Zig-zag varints, the way a record writes every length, count and delta.
//!
//! They are Protocol Buffers' signed varints: the sign goes to the lowest bit, then come groups of seven bits, the lowest
//! first, with the highest bit of a byte set where another follows
//! (<https://protobuf.dev/programming-guides/encoding/#signed-ints>). A 32-bit number takes at most 5 bytes and a
//! 64-bit one at most 10; Kafka's "varint" and "varlong" of the same number are the same bytes.

/// Bytes of the longest encoded 32-bit number.
const MAX_BYTES_32: usize = 5;

/// Bytes of the longest encoded 64-bit number.
pub(super) const MAX_BYTES_64: usize = 10;

/// Moves the sign to the lowest bit, so that numbers near zero are short whatever their sign.
#[inline]
pub(super) fn zigzag(number: i64) -> u64 {
    (number << 1).cast_unsigned() ^ (number >> 63).cast_unsigned()
}

/// The zig-zag form of a length, which has no sign.
#[inline]
pub(super) fn zigzag_length(length: usize) -> u64 {
    (length as u64) << 1
}

#[inline]
fn unzigzag(zigzag: u64) -> i64 {
    (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
}

/// How many bytes `zigzag` takes.
#[inline]
pub(super) fn encoded_len(zigzag: u64) -> usize {
    let bits = u64::BITS - (zigzag | 1).leading_zeros();
    // The least number of groups of seven for 1 to 64 bits, without a division.
    ((bits * 9 + 64) >> 6) as usize
}

/// Writes `zigzag` to the front of `out` and says how many bytes it took.
///
/// # Panics
/// If `out` is shorter than [`encoded_len`].
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a group is the lowest seven bits"
)]
pub(super) fn put(out: &mut [u8], mut zigzag: u64) -> usize {
    let mut at = 0;
    while zigzag >= 0x80 {
        out[at] = zigzag as u8 | 0x80;
        zigzag >>= 7;
        at += 1;
    }
    out[at] = zigzag as u8;
    at + 1
}

/// The bytes of `zigzag`, which is below 2^21, in a number whose lowest byte is the first; and how many they are.
///
/// For whoever puts several small numbers together in a register before writing them.
#[inline]
pub(super) fn packed(zigzag: u64) -> (u64, usize) {
    let first = zigzag & 0x7f;
    let second = (zigzag & 0x3f80) << 1;
    if zigzag < 0x80 {
        (zigzag, 1)
    } else if zigzag < 0x4000 {
        (first | second | 0x80, 2)
    } else {
        (first | second | (zigzag & 0x1f_c000) << 2 | 0x8080, 3)
    }
}

/// Takes a number of at most three bytes, which is not negative, off `packed`, whose lowest byte comes first: the number,
/// what follows it, and its bytes. Nothing for any other.
#[inline]
pub(super) fn unpack(packed: u64) -> Option<(u64, u64, usize)> {
    let first = (packed & 0x7f) >> 1;
    let second = (packed & 0x7f00) >> 2;
    let unpacked = if packed & 0x80 == 0 {
        (first, packed >> 8, 1)
    } else if packed & 0x8000 == 0 {
        (first | second, packed >> 16, 2)
    } else if packed & 0x80_0000 == 0 {
        (first | second | (packed & 0x7f_0000) >> 3, packed >> 24, 3)
    } else {
        return None;
    };
    (packed & 1 == 0).then_some(unpacked)
}

/// Appends `number` to `out`.
#[cfg(test)]
pub(super) fn write(out: &mut Vec<u8>, number: i64) {
    let mut bytes = [0; MAX_BYTES_64];
    let length = put(&mut bytes, zigzag(number));
    out.extend_from_slice(&bytes[..length]);
}

/// Takes a 32-bit number off the front of `bytes`: nothing if they end before it does, or if it has more than five bytes.
#[inline]
pub(super) fn read_32(bytes: &mut &[u8]) -> Option<i32> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(i32::from(first >> 1) ^ -i32::from(first & 1));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "of the fifth group, Kafka too keeps the bits that fit"
    )]
    read_long(bytes, MAX_BYTES_32).map(|zigzag| unzigzag(u64::from(zigzag as u32)) as i32)
}

/// Takes a 64-bit number off the front of `bytes`: nothing if they end before it does, or if it has more than ten bytes.
#[inline]
pub(super) fn read_64(bytes: &mut &[u8]) -> Option<i64> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(i64::from(first >> 1) ^ -i64::from(first & 1));
    }
    read_long(bytes, MAX_BYTES_64).map(unzigzag)
}

#[inline]
fn read_long(bytes: &mut &[u8], most: usize) -> Option<u64> {
    let mut zigzag = 0;
    for (index, &byte) in bytes.iter().take(most).enumerate() {
        zigzag |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            *bytes = &bytes[index + 1..];
            return Some(zigzag);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    fn written(number: i64) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, number);
        out
    }

    /// Kafka's own table for 32 bits.
    const TABLE: &[(i32, &[u8])] = &[
        (0, &[0x00]),
        (-1, &[0x01]),
        (1, &[0x02]),
        (63, &[0x7e]),
        (-64, &[0x7f]),
        (64, &[0x80, 0x01]),
        (-65, &[0x81, 0x01]),
        (8191, &[0xfe, 0x7f]),
        (-8192, &[0xff, 0x7f]),
        (8192, &[0x80, 0x80, 0x01]),
        (-8193, &[0x81, 0x80, 0x01]),
        (1_048_575, &[0xfe, 0xff, 0x7f]),
        (-1_048_576, &[0xff, 0xff, 0x7f]),
        (1_048_576, &[0x80, 0x80, 0x80, 0x01]),
        (-1_048_577, &[0x81, 0x80, 0x80, 0x01]),
        (134_217_727, &[0xfe, 0xff, 0xff, 0x7f]),
        (-134_217_728, &[0xff, 0xff, 0xff, 0x7f]),
        (134_217_728, &[0x80, 0x80, 0x80, 0x80, 0x01]),
        (-134_217_729, &[0x81, 0x80, 0x80, 0x80, 0x01]),
        (i32::MAX, &[0xfe, 0xff, 0xff, 0xff, 0x0f]),
        (i32::MIN, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
    ];

    #[test]
    fn matches_kafkas_table_for_32_bits() {
        for &(number, bytes) in TABLE {
            assert_eq!(written(number.into()), bytes, "{number}");
            let mut rest = bytes;
            assert_eq!(read_32(&mut rest), Some(number));
            assert!(rest.is_empty());
            let mut rest = bytes;
            assert_eq!(read_64(&mut rest), Some(number.into()));
        }
    }

    #[test]
    fn matches_kafkas_table_for_64_bits() {
        // The powers of 128 where one more byte is needed, and the ends.
        for bytes in 1..=9_u32 {
            let most = (1_i64 << (7 * bytes - 1)) - 1;
            let mut expected = vec![0xff; bytes as usize];
            expected[0] = 0xfe;
            expected[bytes as usize - 1] &= 0x7f;
            assert_eq!(written(most), expected, "{most}");
            expected[0] |= 1;
            assert_eq!(written(-most - 1), expected);
            let mut expected = vec![0x80; bytes as usize];
            expected.push(0x01);
            assert_eq!(written(most + 1), expected);
            expected[0] = 0x81;
            assert_eq!(written(-most - 2), expected);
        }
        let mut expected = vec![0xff; 9];
        expected.push(0x01);
        assert_eq!(written(i64::MIN), expected);
        expected[0] = 0xfe;
        assert_eq!(written(i64::MAX), expected);
    }

    #[test]
    fn refuses_what_is_too_long_or_cut() {
        let long = [0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(read_32(&mut &long[..]), None);
        let long = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ];
        assert_eq!(read_64(&mut &long[..]), None);
        assert_eq!(read_32(&mut &[][..]), None);
        assert_eq!(read_64(&mut &[0x80, 0x80][..]), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number in any::<i64>(), shift in 0_u32..64, tail in any::<u8>()) {
            let number = number >> shift;
            let mut bytes = written(number);
            prop_assert_eq!(bytes.len(), encoded_len(zigzag(number)));
            bytes.push(tail);
            let mut rest = &bytes[..];
            prop_assert_eq!(read_64(&mut rest), Some(number));
            prop_assert_eq!(rest, &[tail][..]);
            let mut rest = &bytes[..];
            if let Ok(number) = i32::try_from(number) {
                prop_assert_eq!(read_32(&mut rest), Some(number));
            }
        }

        #[test]
        fn packed_is_the_same_bytes(number in 0_u64..1 << 20, shift in 0_u32..20, tail in any::<u64>()) {
            let number = number >> shift;
            let expected = written(number.cast_signed());
            let (bytes, length) = packed(number << 1);
            prop_assert_eq!(length, expected.len());
            prop_assert_eq!(&bytes.to_le_bytes()[..length], &expected[..]);
            let followed = bytes | tail << (8 * length);
            prop_assert_eq!(unpack(followed), Some((number, followed >> (8 * length), length)));
        }

        #[test]
        fn unpacking_agrees_with_reading(packed in any::<u64>()) {
            let bytes = packed.to_le_bytes();
            let mut rest = &bytes[..];
            let read = read_32(&mut rest);
            let unpacked = unpack(packed);
            if let Some((number, _, length)) = unpacked {
                prop_assert_eq!(read.map(i64::from), Some(number.cast_signed()));
                prop_assert_eq!(length, bytes.len() - rest.len());
            } else {
                prop_assert!(read.is_none_or(|number| number < 0) || bytes.len() - rest.len() > 3);
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut rest = &bytes[..];
            let _ = read_32(&mut rest);
            let mut rest = &bytes[..];
            let _ = read_64(&mut rest);
        }
    }
}
