//! Numbers in a format string: in digits, or in bytes.

use super::super::number::write_decimal;

/// How a number is written. What does not fit is cut, as rpk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberShape {
    Decimal,
    /// As many digits as it takes.
    Hex,
    /// The lowest digits, so many.
    HexDigits(u8),
    /// The lowest bytes, so many, the highest first.
    Big(u8),
    /// The lowest bytes, so many, the lowest first.
    Little(u8),
    /// `true` or `false`.
    Bool,
}

impl NumberShape {
    /// The shape by its name in a format string.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ascii" | "number" => Self::Decimal,
            "hex" => Self::Hex,
            "hex64" => Self::HexDigits(16),
            "hex32" => Self::HexDigits(8),
            "hex16" => Self::HexDigits(4),
            "hex8" => Self::HexDigits(2),
            "hex4" => Self::HexDigits(1),
            "big64" => Self::Big(8),
            "big32" => Self::Big(4),
            "big16" => Self::Big(2),
            "little64" => Self::Little(8),
            "little32" => Self::Little(4),
            "little16" => Self::Little(2),
            "byte" | "big8" | "little8" => Self::Big(1),
            "bool" => Self::Bool,
            _ => return None,
        })
    }
}

/// Appends a number.
pub(super) fn write_number(number: i64, shape: NumberShape, out: &mut Vec<u8>) {
    match shape {
        NumberShape::Decimal => write_decimal(number, out),
        NumberShape::Hex => out.extend_from_slice(format!("{number:x}").as_bytes()),
        NumberShape::HexDigits(count) => {
            let digits = format!("{number:016x}");
            out.extend_from_slice(&digits.as_bytes()[16 - usize::from(count)..]);
        }
        NumberShape::Big(count) => {
            out.extend_from_slice(&number.to_be_bytes()[8 - usize::from(count)..]);
        }
        NumberShape::Little(count) => {
            out.extend_from_slice(&number.to_le_bytes()[..usize::from(count)]);
        }
        NumberShape::Bool => out.extend_from_slice(if number == 0 { b"false" } else { b"true" }),
    }
}
