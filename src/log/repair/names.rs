//! Giving segments their own names back.

use std::collections::BTreeMap;

use crate::error::{IoContext, Result};
use crate::log::check::true_base;
use crate::log::repair::{Mended, Repair};
use crate::log::segment::{SegmentLog, list_segments, segment_path};
use crate::store::names::{parse_suffixed_segment_file_name, suffixed_segment_file_name};
use crate::store::{SegmentFile, SegmentSuffix, durable};

impl Repair<'_> {
    /// Renames the segments whose names can't be right to the first offset in them, unless another has that name by
    /// right. Their indexes are removed: who knows which log they were of.
    pub(super) fn name_segments(&mut self) -> Result<()> {
        let dir = self.partition.dir();
        self.finish_renaming()?;
        let bases = list_segments(dir)?;
        // True base to the one in the name.
        let mut moves = BTreeMap::new();
        for (at, &base) in bases.iter().enumerate() {
            let Some(segment) = SegmentLog::open(dir, base)? else {
                continue;
            };
            if let Some(named) = true_base(
                &segment,
                bases.get(at + 1).copied(),
                self.partition.may_have_gaps(),
            )? {
                // Of two that claim one name neither gets it.
                moves
                    .entry(named)
                    .and_modify(|claimed| *claimed = None)
                    .or_insert(Some(base));
            }
        }
        let moved: Vec<i64> = moves.values().flatten().copied().collect();
        let taken = |named: i64| bases.contains(&named) && !moved.contains(&named);
        let moves: Vec<(i64, i64)> = moves
            .into_iter()
            .filter_map(|(named, base)| Some((base?, named)))
            .filter(|&(_, named)| !taken(named))
            .collect();
        self.rename(&moves)
    }

    /// A whole file that was to get a name and did not: a killed repair leaves one, or a broker's compaction, which
    /// has removed what the file replaces by then.
    fn finish_renaming(&mut self) -> Result<()> {
        let dir = self.partition.dir();
        for entry in std::fs::read_dir(dir).at("list", dir)? {
            let entry = entry.at("list", dir)?;
            let parsed = parse_suffixed_segment_file_name(&entry.file_name());
            let Some((base, SegmentFile::Log, SegmentSuffix::Swap)) = parsed else {
                continue;
            };
            let path = segment_path(dir, base, SegmentFile::Log);
            if !durable::exists(&path)? {
                std::fs::rename(entry.path(), &path).at("rename", &path)?;
                let message = format!("renamed to {}", path.display());
                self.mended.push(Mended::new(entry.path(), message));
            }
        }
        Ok(())
    }

    fn rename(&mut self, moves: &[(i64, i64)]) -> Result<()> {
        let dir = self.partition.dir();
        let aside = |base| {
            let name = suffixed_segment_file_name(base, SegmentFile::Log, SegmentSuffix::Swap);
            dir.join(name)
        };
        for &(base, named) in moves {
            for file in [SegmentFile::Index, SegmentFile::TimeIndex] {
                durable::remove(&segment_path(dir, base, file))?;
                durable::remove(&segment_path(dir, named, file))?;
            }
            let path = segment_path(dir, base, SegmentFile::Log);
            std::fs::rename(&path, aside(named)).at("rename", &path)?;
        }
        for &(base, named) in moves {
            let path = segment_path(dir, named, SegmentFile::Log);
            std::fs::rename(aside(named), &path).at("rename", &path)?;
            let before = segment_path(dir, base, SegmentFile::Log);
            let message = format!(
                "renamed to {}: that is the first offset in it",
                path.display()
            );
            self.mended.push(Mended::new(before, message));
        }
        durable::sync_dir(dir)
    }
}
