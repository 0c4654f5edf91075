//! Where the lines of a dump go: results to standard output, damage and notes to stderr.

use std::fmt;
use std::io::Write as _;

use serde::Serialize;

use crate::cli::context::{self, Context};
use crate::cli::dump::named_file::NamedFile;
use crate::error::{Error, Result};

/// Prints what stands in one file.
pub(super) struct Printer<'c> {
    context: &'c mut Context,
    shown: String,
    /// Whether entries and batches are printed as JSON.
    pub(super) json: bool,
    damaged: bool,
}

/// An entry of the file as JSON.
#[derive(Serialize)]
struct FileEntry<'a, T> {
    file: &'a str,
    #[serde(flatten)]
    entry: &'a T,
}

impl<'c> Printer<'c> {
    pub(super) fn new(context: &'c mut Context, file: &NamedFile, json: bool) -> Self {
        Self {
            context,
            shown: file.path.display().to_string(),
            json,
            damaged: false,
        }
    }

    /// Says which file it is.
    pub(super) fn heading(&mut self) -> Result<()> {
        let heading = format!("Dumping {}", self.shown);
        self.remark(format_args!("{heading}"))
    }

    /// Says that there is nothing in the file.
    pub(super) fn is_empty(&mut self) -> Result<()> {
        let remark = format!("{} is empty.", self.shown);
        self.remark(format_args!("{remark}"))
    }

    /// A line that tells people something of the file, and is no entry.
    pub(super) fn remark(&mut self, text: fmt::Arguments<'_>) -> Result<()> {
        if self.json {
            return Ok(());
        }
        let _ = writeln!(self.context.output.buffer(), "{text}");
        self.context.output.pace()
    }

    /// An entry: as Kafka's line `text`, or as JSON with the members of `entry`.
    pub(super) fn entry(&mut self, text: fmt::Arguments<'_>, entry: &impl Serialize) -> Result<()> {
        if !self.json {
            return self.remark(text);
        }
        let buffer = self.context.output.buffer();
        append_json(&self.shown, entry, buffer)?;
        buffer.push(b'\n');
        self.context.output.pace()
    }

    /// Begins an entry that is printed in pieces: the object is left open for further members.
    pub(super) fn open_entry(&mut self, entry: &impl Serialize) -> Result<&mut Vec<u8>> {
        let buffer = self.context.output.buffer();
        append_json(&self.shown, entry, buffer)?;
        buffer.pop();
        Ok(buffer)
    }

    /// The output, to append to; [`Self::pace`] is to follow.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        self.context.output.buffer()
    }

    /// After a piece of output.
    pub(super) fn pace(&mut self) -> Result<()> {
        self.context.output.pace()
    }

    /// Reports damage, after everything that was printed before it.
    pub(super) fn damage(&mut self, error: &Error) -> Result<()> {
        self.damaged = true;
        self.context.output.flush()?;
        context::note(&error.to_string());
        Ok(())
    }

    /// Tells something that is no damage.
    pub(super) fn note(&mut self, text: &str) -> Result<()> {
        self.context.output.flush()?;
        self.context.note(&format!("{}: {text}", self.shown));
        Ok(())
    }

    /// Whether damage was reported.
    pub(super) fn found_damage(&self) -> bool {
        self.damaged
    }
}

fn append_json(file: &str, entry: &impl Serialize, buffer: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(buffer, &FileEntry { file, entry })
        .map_err(|error| Error::failed(format!("cannot write JSON: {error}")))
}
