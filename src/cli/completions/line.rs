//! A command line as it stands in a shell, cut into words.

/// The words before the cursor, as the shell would hand them to the command, and the one at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) before: Vec<String>,
    /// Empty after a blank.
    pub(super) current: String,
}

impl Line {
    /// Cuts `text`, which ends at the cursor. Quotes and backslashes mean what they mean to all shells; an expansion is
    /// left as it stands, but for a tilde in front.
    pub(super) fn cut(text: &str, home: Option<&str>) -> Self {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match (letter, quote) {
                ('\'' | '"', Some(open)) if letter == open => quote = None,
                ('\'' | '"', None) => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                ('\\', None | Some('"')) => {
                    let next = letters.next();
                    word.get_or_insert_default().extend(next);
                }
                ('~', None) if word.is_none() => {
                    let home = home.unwrap_or("~");
                    word = Some(home.to_owned());
                }
                (blank, None) if blank.is_whitespace() => words.extend(word.take()),
                (letter, _) => word.get_or_insert_default().push(letter),
            }
        }
        Self {
            before: words,
            current: word.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> (Vec<String>, String) {
        let line = Line::cut(text, Some("/home/anna"));
        (line.before, line.current)
    }

    #[test]
    fn words_end_at_blanks_outside_of_quotes() {
        for (text, before, current) in [
            ("", &[][..], ""),
            ("kafdir", &[], "kafdir"),
            ("kafdir ", &["kafdir"], ""),
            ("kafdir  consume or", &["kafdir", "consume"], "or"),
            ("a 'b c' d\\ e ", &["a", "b c", "d e"], ""),
            ("a \"b 'c\\\"\" 'd", &["a", "b 'c\""], "d"),
            ("a '' b", &["a", ""], "b"),
            ("a 'x\\y' b\\", &["a", "x\\y"], "b"),
            (
                "~/bin/kafdir --dir=~/x ",
                &["/home/anna/bin/kafdir", "--dir=~/x"],
                "",
            ),
            ("a '~", &["a"], "~"),
        ] {
            let expected: Vec<String> = before.iter().map(|&word| word.to_owned()).collect();
            assert_eq!(cut(text), (expected, current.to_owned()), "{text}");
        }
    }
}
