//! Tables for people: columns side by side, numbers to the right.

/// Rows of cells under a heading.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column names.
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self {
            rows: vec![heading.iter().map(|&name| name.to_owned()).collect()],
        }
    }

    /// Adds a row; it has as many cells as the heading.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, one line a row, without blanks at the ends of lines.
    pub(crate) fn render(&self) -> String {
        let columns: Vec<(usize, bool)> = (0..self.rows[0].len())
            .map(|column| self.column(column))
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let start = text.len();
            for (cell, &(width, number)) in row.iter().zip(&columns) {
                if text.len() > start {
                    text.push_str("  ");
                }
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if number {
                    (&*padding, "")
                } else {
                    ("", &*padding)
                };
                text.extend([before, cell, after]);
            }
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    /// A column's width in characters, and whether it holds numbers below its name, `-` standing for none.
    fn column(&self, column: usize) -> (usize, bool) {
        let cells = || self.rows.iter().map(|row| &row[column]);
        let width = cells().map(|cell| cell.chars().count()).max().unwrap_or(0);
        let mut below = cells().skip(1);
        let is_number = |cell: &String| cell.parse::<i64>().is_ok();
        (
            width,
            below.clone().any(is_number) && below.all(|cell| cell == "-" || is_number(cell)),
        )
    }
}

/// A cell; `-` where there is nothing to say.
pub(crate) fn cell(content: Option<impl ToString>) -> String {
    content.map_or_else(|| "-".to_owned(), |content| content.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let mut table = Table::new(&["TOPIC", "END", "NOTE"]);
        table.row(["a".into(), "7".into(), String::new()]);
        table.row(["größer".into(), "12345".into(), "x".into()]);
        table.row(["-".into(), "-".into(), "-".into()]);
        assert_eq!(
            table.render(),
            "TOPIC     END  NOTE\n\
             a           7\n\
             größer  12345  x\n\
             -           -  -\n"
        );
    }
}
