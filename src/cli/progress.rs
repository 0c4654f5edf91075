//! Progress bars: on stderr, for work of known size, only where a person can see them.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts bytes, or nothing at all.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over `total` bytes, unless that is not known, the user wants it quiet, or stderr is no terminal.
    pub(crate) fn bytes(total: Option<u64>, quiet: bool) -> Self {
        let Some(total) = total.filter(|_| !quiet && std::io::stderr().is_terminal()) else {
            return Self(None);
        };
        let bar = ProgressBar::new(total);
        let template = "{wide_bar} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// Says that `bytes` more are done.
    pub(crate) fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(bytes);
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
