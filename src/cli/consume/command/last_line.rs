//! The last line that COMMAND wrote to its stderr: its own words for why it failed.

/// As much of a line as is kept, in bytes.
const LONGEST: usize = 1000;

/// Takes in what COMMAND writes, and keeps the last line that is not blank.
#[derive(Debug, Default)]
pub(super) struct LastLine {
    line: Vec<u8>,
    /// What came after the last newline.
    begun: Vec<u8>,
}

impl LastLine {
    /// Takes in the next bytes.
    pub(super) fn take_in(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            let room = LONGEST.saturating_sub(self.begun.len()).min(text.len());
            self.begun.extend_from_slice(&text[..room]);
            if ends {
                self.end_line();
            }
        }
    }

    /// The line, without white space around it; empty if there was none. What follows is another run's.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.end_line();
        std::mem::take(&mut self.line)
    }

    fn end_line(&mut self) {
        let text = self.begun.trim_ascii();
        if !text.is_empty() {
            self.line = text.to_vec();
        }
        self.begun.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn last_of(pieces: &[&[u8]]) -> Vec<u8> {
        let mut last = LastLine::default();
        for piece in pieces {
            last.take_in(piece);
        }
        last.take()
    }

    #[test]
    fn the_last_line_that_says_something() {
        assert_eq!(last_of(&[]), b"");
        assert_eq!(last_of(&[b"one\ntwo\n"]), b"two");
        assert_eq!(last_of(&[b"one\ntw", b"o"]), b"two");
        assert_eq!(last_of(&[b"one\r\n\n  \n"]), b"one");
        assert_eq!(last_of(&[b"\xff\n"]), b"\xff");
    }

    #[test]
    fn a_long_line_is_cut_and_a_run_does_not_inherit() {
        assert_eq!(last_of(&[&[b'x'; 5000]]).len(), LONGEST);
        let mut last = LastLine::default();
        last.take_in(b"one\nhalf");
        assert_eq!(last.take(), b"half");
        assert_eq!(last.take(), b"");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[a\n ]{0,40}", cut in 0_usize..40) {
            let cut = cut.min(text.len());
            let (left, right) = text.as_bytes().split_at(cut);
            let expected = text.lines().map(str::trim).rfind(|line| !line.is_empty());
            prop_assert_eq!(last_of(&[left, right]), expected.unwrap_or_default().as_bytes());
        }
    }
}
