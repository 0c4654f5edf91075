//! Keys, values and names in a format string.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::super::json::write_text;
use super::super::number::write_decimal;

/// How bytes are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextShape {
    Plain,
    Hex,
    Base64,
    /// Without padding.
    Base64Raw,
    /// A JSON string; `{"base64":"..."}` where they are not UTF-8.
    Json,
    Unpack(Vec<Unpack>),
}

/// A step of taking bytes apart, as Python's struct module does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpack {
    Integer {
        /// As it was called.
        name: char,
        bytes: usize,
        signed: bool,
        little: bool,
    },
    Byte,
    Rest,
    End,
}

impl TextShape {
    /// Appends `bytes`.
    pub(super) fn write(&self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(bytes),
            Self::Hex => {
                for &byte in bytes {
                    for half in [byte >> 4, byte & 15] {
                        out.push(b"0123456789abcdef"[usize::from(half)]);
                    }
                }
            }
            Self::Base64 => out.extend_from_slice(STANDARD.encode(bytes).as_bytes()),
            Self::Base64Raw => out.extend_from_slice(STANDARD_NO_PAD.encode(bytes).as_bytes()),
            Self::Json => write_text(bytes, out),
            Self::Unpack(steps) => unpack(bytes, steps, out),
        }
    }

    /// Taking bytes apart as `layout` says; or what is wrong with it.
    pub(super) fn unpack(layout: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut little = true;
        for name in layout.chars() {
            if matches!(steps.last(), Some(Unpack::Rest)) && name != '$'
                || steps.last() == Some(&Unpack::End)
            {
                return Err(format!("nothing can come after the end, as {name:?} does"));
            }
            let bytes = match name.to_ascii_lowercase() {
                'b' => 1,
                'h' => 2,
                'i' => 4,
                'q' => 8,
                _ => 0,
            };
            steps.push(match name {
                'x' => continue,
                '<' | '>' => {
                    little = name == '<';
                    continue;
                }
                'c' | '.' => Unpack::Byte,
                's' => Unpack::Rest,
                '$' => Unpack::End,
                _ if bytes > 0 => Unpack::Integer {
                    name,
                    bytes,
                    signed: name.is_ascii_lowercase(),
                    little,
                },
                _ => return Err(format!("{:?} unpacks nothing", name.to_string())),
            });
        }
        Ok(Self::Unpack(steps))
    }
}

/// Appends what is unpacked; where bytes are missing or left over, a word on that, as rpk does.
fn unpack(mut bytes: &[u8], steps: &[Unpack], out: &mut Vec<u8>) {
    for step in steps {
        match *step {
            Unpack::Integer {
                name,
                bytes: count,
                signed,
                little,
            } => {
                let Some((taken, rest)) = bytes.split_at_checked(count) else {
                    let have = bytes.len();
                    let word = format!("%!{name}(have {have} bytes, need {count})");
                    out.extend_from_slice(word.as_bytes());
                    bytes = &[];
                    continue;
                };
                write_integer(taken, signed, little, out);
                bytes = rest;
            }
            Unpack::Byte => match bytes.split_first() {
                Some((byte, rest)) => {
                    out.push(*byte);
                    bytes = rest;
                }
                None => out.extend_from_slice(b"%!c(no bytes available)"),
            },
            Unpack::Rest => out.extend_from_slice(std::mem::take(&mut bytes)),
            Unpack::End => {
                if !bytes.is_empty() {
                    out.extend_from_slice(b"%!$(not end-of-input)");
                }
            }
        }
    }
}

fn write_integer(bytes: &[u8], signed: bool, little: bool, out: &mut Vec<u8>) {
    let mut whole = [0; 8];
    for (at, byte) in bytes.iter().enumerate() {
        whole[if little { at } else { bytes.len() - 1 - at }] = *byte;
    }
    let number = u64::from_le_bytes(whole);
    if signed {
        let unused = 64 - 8 * bytes.len();
        write_decimal((number << unused).cast_signed() >> unused, out);
    } else {
        out.extend_from_slice(number.to_string().as_bytes());
    }
}
