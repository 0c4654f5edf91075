//! Compiling a format string.

use super::super::escape::read_escape;
use super::date::TimeShape;
use super::number::NumberShape;
use super::plain::TextShape;
use super::{HeaderPiece, Number, Piece, Text};
use crate::error::{Error, Result};

/// A verb and its modifier, or what stands for itself.
enum Token<'t> {
    Literal(u8),
    Text(&'t str),
    Verb(char, Option<&'t str>),
}

/// The pieces of a format string; at least one is a token.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let has_tokens = each_token(text, |token| {
        match token {
            Token::Literal(byte) => literal.push(byte),
            Token::Text(text) => literal.extend_from_slice(text.as_bytes()),
            Token::Verb(verb, modifier) => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(piece(verb, modifier)?);
            }
        }
        Ok(())
    })?;
    if !has_tokens {
        return Err(refused("there is no % token in it"));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// The pieces of what is written for each header.
fn header_pieces(text: &str) -> Result<Vec<HeaderPiece>> {
    let mut pieces = Vec::new();
    each_token(text, |token| {
        pieces.push(match token {
            Token::Literal(byte) => HeaderPiece::Literal(vec![byte]),
            Token::Text(text) => HeaderPiece::Literal(text.as_bytes().to_vec()),
            Token::Verb('k', modifier) => HeaderPiece::Name(text_shape('k', modifier)?),
            Token::Verb('v' | 's', modifier) => HeaderPiece::Value(text_shape('v', modifier)?),
            Token::Verb('K', modifier) => HeaderPiece::NameLength(number_shape('K', modifier)?),
            Token::Verb('V' | 'S', modifier) => {
                HeaderPiece::ValueLength(number_shape('V', modifier)?)
            }
            Token::Verb(other, _) => {
                return Err(refused(format!(
                    "%{other} is not of a header, which has %k, %K, %v and %V"
                )));
            }
        });
        Ok(())
    })?;
    Ok(pieces)
}

/// Calls `each` with the tokens, and says whether one began with a percent sign.
fn each_token<'t>(text: &'t str, mut each: impl FnMut(Token<'t>) -> Result<()>) -> Result<bool> {
    let mut any = false;
    let mut rest = text;
    while let Some(at) = rest.find(['%', '\\']) {
        if at > 0 {
            each(Token::Text(&rest[..at]))?;
        }
        let after = &rest[at + 1..];
        if rest.as_bytes()[at] == b'\\' {
            let (byte, after) = read_escape(after)?;
            each(Token::Literal(byte))?;
            rest = after;
            continue;
        }
        any = true;
        let mut chars = after.chars();
        let verb = chars
            .next()
            .ok_or_else(|| refused("a % at the end is not a token"))?;
        rest = chars.as_str();
        if let '%' | '{' | '}' = verb {
            each(Token::Literal(verb as u8))?;
            continue;
        }
        let modifier = match rest.strip_prefix('{') {
            None => None,
            Some(inner) => {
                let length = length_of_modifier(verb, inner)?;
                rest = &inner[length + 1..];
                Some(&inner[..length])
            }
        };
        each(Token::Verb(verb, modifier))?;
    }
    if !rest.is_empty() {
        each(Token::Text(rest))?;
    }
    Ok(any)
}

/// How long a modifier is: up to its closing brace, which is not one that stands in brackets or, of headers, is a token's.
fn length_of_modifier(verb: char, inner: &str) -> Result<usize> {
    let open = || refused(format!("the brace is not closed in %{verb}{{{inner}"));
    if verb == 'h' {
        let (mut depth, mut before) = (1, ' ');
        for (at, letter) in inner.char_indices() {
            match letter {
                '{' if before != '%' => depth += 1,
                '}' if before != '%' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(at);
            }
            // Of %% the second is no beginning.
            before = if before == '%' { ' ' } else { letter };
        }
        return Err(open());
    }
    for word in ["strftime", "go", "unpack"] {
        if let Some(rest) = inner.strip_prefix(word)
            && !rest.starts_with('}')
        {
            let (_, length) = wrapped(rest).ok_or_else(open)?;
            let end = word.len() + length;
            return if inner[end..].starts_with('}') {
                Ok(end)
            } else {
                Err(open())
            };
        }
    }
    inner.find('}').ok_or_else(open)
}

/// What stands between wrappers, `[...]`, `{{...}}`, `###...###`, and how long it is with them.
fn wrapped(text: &str) -> Option<(&str, usize)> {
    let opener = text.chars().next().filter(char::is_ascii)?;
    let count = text.chars().take_while(|letter| *letter == opener).count();
    let closer = match opener {
        '{' => "}",
        '[' => "]",
        '(' => ")",
        _ => &text[..1],
    };
    let closer = closer.repeat(count);
    let inner = &text[count..];
    let length = inner.find(&closer)?;
    Some((&inner[..length], count + length + closer.len()))
}

fn piece(verb: char, modifier: Option<&str>) -> Result<Piece> {
    if let Some(text) = text_of(verb) {
        return Ok(Piece::Text(text, text_shape(verb, modifier)?));
    }
    match (verb, modifier) {
        ('h', None) => return Ok(Piece::Headers),
        ('h', Some(inner)) => return header_pieces(inner).map(Piece::EachHeader),
        ('d', Some(modifier)) if NumberShape::named(modifier).is_none() => {
            return time_shape(modifier).map(Piece::Time);
        }
        ('a', _) => return attribute(modifier),
        _ => {}
    }
    let number = match verb {
        'T' if modifier.is_some() => Number::TopicLength,
        'T' | 'd' => Number::Timestamp,
        'S' | 'R' => Number::ValueLength,
        'V' => Number::ValueBytes,
        'K' => Number::KeyLength,
        'H' => Number::HeaderCount,
        'p' => Number::Partition,
        'o' => Number::Offset,
        'e' => Number::LeaderEpoch,
        'x' => Number::ProducerId,
        'y' => Number::ProducerEpoch,
        '[' => Number::LogStart,
        '|' => Number::LastStable,
        ']' => Number::LogEnd,
        'i' => Number::Count,
        other => return Err(refused(format!("%{other} is not a token"))),
    };
    let shape = match (verb, modifier) {
        ('R', None) => NumberShape::Big(4),
        _ => number_shape(verb, modifier)?,
    };
    Ok(Piece::Number(number, shape))
}

fn text_of(verb: char) -> Option<Text> {
    Some(match verb {
        's' | 'v' => Text::Value,
        'k' => Text::Key,
        't' => Text::Topic,
        _ => return None,
    })
}

fn text_shape(verb: char, modifier: Option<&str>) -> Result<TextShape> {
    let Some(modifier) = modifier else {
        return Ok(TextShape::Plain);
    };
    if let Some(rest) = modifier.strip_prefix("unpack")
        && let Some((layout, _)) = wrapped(rest)
    {
        return TextShape::unpack(layout)
            .map_err(|why| refused(format!("%{verb}{{{modifier}}}: {why}")));
    }
    Ok(match modifier {
        "hex" => TextShape::Hex,
        "base64" => TextShape::Base64,
        "base64raw" => TextShape::Base64Raw,
        "json" => TextShape::Json,
        _ => return Err(no_modifier(verb, modifier)),
    })
}

fn number_shape(verb: char, modifier: Option<&str>) -> Result<NumberShape> {
    let Some(modifier) = modifier else {
        return Ok(NumberShape::Decimal);
    };
    NumberShape::named(modifier).ok_or_else(|| no_modifier(verb, modifier))
}

fn time_shape(modifier: &str) -> Result<TimeShape> {
    let within = |word: &str| modifier.strip_prefix(word).and_then(wrapped);
    let shape = if modifier == "iso" {
        Ok(TimeShape::Iso)
    } else if let Some((format, _)) = within("strftime") {
        TimeShape::strftime(format)
    } else if let Some((layout, _)) = within("go") {
        TimeShape::go(layout)
    } else {
        return Err(no_modifier('d', modifier));
    };
    shape.map_err(|why| refused(format!("%d{{{modifier}}}: {why}")))
}

fn attribute(modifier: Option<&str>) -> Result<Piece> {
    let Some(modifier) = modifier else {
        return Err(refused(
            "%a needs to be told which attribute, as in %a{compression}",
        ));
    };
    let (name, shape) = match modifier.split_once(';') {
        Some((name, shape)) => (name, Some(shape)),
        None => (modifier, None),
    };
    let number = match name {
        "compression" if shape.is_none() => return Ok(Piece::Compression),
        "compression" => Number::CompressionId,
        "timestamp-type" => Number::TimestampType,
        "transactional-bit" => Number::Transactional,
        "control-bit" => Number::Control,
        _ => return Err(no_modifier('a', modifier)),
    };
    let shape = shape.map_or(Some(NumberShape::Decimal), NumberShape::named);
    let shape = shape.ok_or_else(|| no_modifier('a', modifier))?;
    Ok(Piece::Number(number, shape))
}

fn no_modifier(verb: char, modifier: &str) -> Error {
    refused(format!(
        "%{verb}{{{modifier}}} is not a token: a brace behind a token modifies it, %{{ is a brace"
    ))
}

fn refused(message: impl Into<String>) -> Error {
    Error::usage(message).help(
        "the tokens are %v or %s value, %k key, %t topic, %p partition, %o offset, %d timestamp, %h headers, %V %S %K %R \
         lengths, %H number of headers, %e %x %y %a of the batch, %i count, %% a percent sign; 'kafdir consume --help' has \
         all of it",
    )
}
