//! Progress bars: on stderr, for work of known size, only where a person can see them.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts bytes or records, or nothing at all.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over `total` bytes, unless that is not known, the user wants it quiet, or stderr is no terminal.
    pub(crate) fn bytes(total: Option<u64>, quiet: bool) -> Self {
        let template = "{wide_bar} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left";
        total.map_or(Self(None), |total| Self::bar(total, template, quiet))
    }

    /// The same over `total` records.
    pub(crate) fn records(total: u64, quiet: bool) -> Self {
        Self::bar(
            total,
            "{wide_bar} {pos} of {len} records, {eta} left",
            quiet,
        )
    }

    fn bar(total: u64, template: &str, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// Says that `count` more are done.
    pub(crate) fn advance(&self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(count);
        }
    }
}

/// The bar goes when the work is over, whether it went well or not: what is left on the screen are messages.
impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
