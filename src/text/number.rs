//! Decimal numbers, many of them: one to four in every record of JSON.

/// Digits of the longest `i64`, its sign included.
const LONGEST: usize = 20;

/// Appends `number` to `out`, decimal.
#[inline]
pub(super) fn write_decimal(number: i64, out: &mut Vec<u8>) {
    let mut digits = [0; LONGEST];
    let mut at = LONGEST;
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(number: i64) -> Vec<u8> {
        let mut out = Vec::new();
        write_decimal(number, &mut out);
        out
    }

    #[test]
    fn ends_of_the_range() {
        for number in [0, 1, -1, 9, 10, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number), number.to_string().as_bytes());
        }
    }

    proptest! {
        #[test]
        fn as_the_standard_library_writes_it(number: i64, shift in 0u32..63) {
            let number = number >> shift;
            prop_assert_eq!(decimal(number), number.to_string().into_bytes());
        }
    }
}
