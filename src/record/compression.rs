//! The codecs of a batch's body, in the framings Kafka's clients write and read.
//!
//! What is compressed is all the records of a batch as one stream. What is written here is what Kafka's Java client writes:
//! one gzip member, a snappy stream in xerial's framing, an LZ4 frame of *independent* blocks of 64 KiB (the Java client
//! reads no linked ones), one zstd frame. What is read is more: other clients frame differently, and a broker stores the
//! bytes of a producer as they came.

use std::io::{self, BufRead, Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::snappy::{self, SnappyReader};
use crate::error::{Error, Result};

/// A codec and, where it has one, its level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    #[default]
    None,
    /// gzip: levels 1 to 9, -1 for zlib's own default.
    Gzip {
        /// The level.
        level: i32,
    },
    /// snappy: no levels.
    Snappy,
    /// LZ4: levels 1 to 17. All are taken and all compress alike, like Kafka's default 9: fast.
    Lz4 {
        /// The level.
        level: i32,
    },
    /// Zstandard: levels -131072 to 22.
    Zstd {
        /// The level.
        level: i32,
    },
}

impl Compression {
    /// gzip at Kafka's default level.
    pub const GZIP: Self = Self::Gzip { level: -1 };
    /// LZ4 at Kafka's default level.
    pub const LZ4: Self = Self::Lz4 { level: 9 };
    /// Zstandard at Kafka's default level.
    pub const ZSTD: Self = Self::Zstd { level: 3 };

    /// The codec's number in a batch's attributes.
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip { .. } => 1,
            Self::Snappy => 2,
            Self::Lz4 { .. } => 3,
            Self::Zstd { .. } => 4,
        }
    }

    /// The codec of a number in a batch's attributes, at its default level; nothing if there is none.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::None),
            1 => Some(Self::GZIP),
            2 => Some(Self::Snappy),
            3 => Some(Self::LZ4),
            4 => Some(Self::ZSTD),
            _ => None,
        }
    }

    /// Kafka's name of the codec.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip { .. } => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 { .. } => "lz4",
            Self::Zstd { .. } => "zstd",
        }
    }

    /// The codec of a name, at its default level: a producer's "none" and a topic's "uncompressed" are the same.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "none" | "uncompressed" => Some(Self::None),
            "gzip" => Some(Self::GZIP),
            "snappy" => Some(Self::Snappy),
            "lz4" => Some(Self::LZ4),
            "zstd" => Some(Self::ZSTD),
            _ => None,
        }
    }

    /// The same codec at another level: nothing if it has no levels, or not this one
    /// (KIP-390).
    #[must_use]
    pub fn with_level(self, level: i32) -> Option<Self> {
        match self {
            Self::Gzip { .. } if level == -1 || (1..=9).contains(&level) => {
                Some(Self::Gzip { level })
            }
            Self::Lz4 { .. } if (1..=17).contains(&level) => Some(Self::Lz4 { level }),
            Self::Zstd { .. } if (-131_072..=22).contains(&level) => Some(Self::Zstd { level }),
            _ => None,
        }
    }

    /// Appends `input`, compressed, to `out`. Fails only where the codec refuses its level or finds no memory.
    pub fn compress(self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.try_compress(input, out).map_err(|error| {
            Error::failed(format!("cannot compress with {}: {error}", self.name()))
        })
    }

    fn try_compress(self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => out.extend_from_slice(input),
            Self::Gzip { level } => {
                let level = u32::try_from(level)
                    .map_or_else(|_| flate2::Compression::default(), flate2::Compression::new);
                let mut encoder = GzEncoder::new(out, level);
                encoder.write_all(input)?;
                encoder.finish()?;
            }
            Self::Snappy => snappy::compress(input, out)?,
            Self::Lz4 { .. } => {
                let frame = FrameInfo::new()
                    .block_mode(BlockMode::Independent)
                    .block_size(BlockSize::Max64KB);
                let mut encoder = FrameEncoder::with_frame_info(frame, out);
                encoder.write_all(input)?;
                encoder.finish()?;
            }
            Self::Zstd { level } => {
                let mut encoder = zstd::Encoder::new(out, level)?;
                encoder.set_pledged_src_size(Some(input.len() as u64))?;
                encoder.write_all(input)?;
                encoder.finish()?;
            }
        }
        Ok(())
    }
}

/// Reads what a codec compressed. Its buffers are bounded by the codec's block or window (4 MiB of LZ4, 128 MiB of zstd at
/// its very highest levels) whatever the stream expands to.
pub struct Decompressor<R: BufRead>(Codec<R>);

enum Codec<R: BufRead> {
    None(R),
    Gzip(MultiGzDecoder<R>),
    Snappy(SnappyReader<R>),
    Lz4(FrameDecoder<R>),
    Zstd(zstd::Decoder<'static, R>),
    /// The stream has ended; some decoders would begin another if asked again.
    Ended,
}

/// What `codec` compressed to `reader`, as it was. The level does not matter.
///
/// Accepts concatenated gzip members and zstd frames, snappy both in xerial's framing and as one bare block, LZ4 frames
/// of any block size, with checksums or without, of independent or linked blocks.
pub fn decompressor<R: BufRead>(codec: Compression, reader: R) -> io::Result<Decompressor<R>> {
    Ok(Decompressor(match codec {
        Compression::None => Codec::None(reader),
        Compression::Gzip { .. } => Codec::Gzip(MultiGzDecoder::new(reader)),
        Compression::Snappy => Codec::Snappy(SnappyReader::new(reader)),
        Compression::Lz4 { .. } => Codec::Lz4(FrameDecoder::new(reader)),
        Compression::Zstd { .. } => Codec::Zstd(zstd::Decoder::with_buffer(reader)?),
    }))
}

impl<R: BufRead> Read for Decompressor<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.0 {
            Codec::None(reader) => reader.read(out),
            Codec::Gzip(decoder) => decoder.read(out),
            Codec::Snappy(decoder) => decoder.read(out),
            Codec::Lz4(decoder) => decoder.read(out),
            Codec::Zstd(decoder) => decoder.read(out),
            Codec::Ended => Ok(0),
        }?;
        if read == 0 {
            self.0 = Codec::Ended;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use proptest::prelude::*;

    pub(crate) const ALL: [Compression; 5] = [
        Compression::None,
        Compression::GZIP,
        Compression::Snappy,
        Compression::LZ4,
        Compression::ZSTD,
    ];

    fn compressed(codec: Compression, input: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        codec.compress(input, &mut out).unwrap();
        out
    }

    fn decompressed(codec: Compression, input: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        decompressor(codec, input)?.read_to_end(&mut out)?;
        Ok(out)
    }

    /// Neither constant nor random: `length` bytes that every codec makes smaller.
    fn text(length: usize) -> Vec<u8> {
        (0..)
            .flat_map(|n: u32| format!("line {} of many\n", n.wrapping_mul(n)).into_bytes())
            .take(length)
            .collect()
    }

    #[test]
    fn names_and_numbers_lead_back() {
        for codec in ALL {
            assert_eq!(Compression::from_name(codec.name()), Some(codec));
            assert_eq!(Compression::from_id(codec.id()), Some(codec));
        }
        assert_eq!(
            Compression::from_name("uncompressed"),
            Some(Compression::None)
        );
        assert_eq!(Compression::from_name("brotli"), None);
        assert_eq!(Compression::from_id(5), None);
    }

    #[test]
    fn takes_the_levels_kafka_takes() {
        for (codec, good, bad) in [
            (Compression::GZIP, vec![-1, 1, 9], vec![-2, 0, 10]),
            (Compression::LZ4, vec![1, 17], vec![0, 18]),
            (
                Compression::ZSTD,
                vec![-131_072, -1, 22],
                vec![-131_073, 23],
            ),
            (Compression::Snappy, vec![], vec![1]),
            (Compression::None, vec![], vec![1]),
        ] {
            for level in good {
                let codec = codec.with_level(level).unwrap();
                let input = text(100_000);
                assert_eq!(
                    decompressed(codec, &compressed(codec, &input)).unwrap(),
                    input
                );
            }
            for level in bad {
                assert_eq!(codec.with_level(level), None, "{codec:?} {level}");
            }
        }
    }

    #[test]
    fn begins_streams_as_the_java_client_does() {
        let lz4 = compressed(Compression::LZ4, &text(200_000));
        assert_eq!(lz4[..7], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
        assert_eq!(lz4[lz4.len() - 4..], [0; 4]);
        let snappy = compressed(Compression::Snappy, b"x");
        assert_eq!(snappy[..8], *b"\x82SNAPPY\0");
        assert_eq!(snappy[8..16], [0, 0, 0, 1, 0, 0, 0, 1]);
        assert_eq!(compressed(Compression::GZIP, b"x")[..3], [0x1f, 0x8b, 8]);
        let zstd = compressed(Compression::ZSTD, b"x");
        assert_eq!(zstd[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    }

    #[test]
    fn reads_concatenated_gzip_members_and_zstd_frames() {
        for codec in [Compression::GZIP, Compression::ZSTD] {
            let mut input = compressed(codec, b"one ");
            input.extend(compressed(codec, b"two"));
            assert_eq!(decompressed(codec, &input).unwrap(), b"one two");
        }
    }

    #[test]
    fn reads_lz4_frames_of_every_shape() {
        let input = text(9 << 20);
        for mode in [BlockMode::Independent, BlockMode::Linked] {
            for size in [
                BlockSize::Max64KB,
                BlockSize::Max256KB,
                BlockSize::Max1MB,
                BlockSize::Max4MB,
            ] {
                for (checksums, content_size) in [(false, None), (true, Some(input.len() as u64))] {
                    let frame = FrameInfo::new()
                        .block_mode(mode)
                        .block_size(size)
                        .block_checksums(checksums)
                        .content_checksum(checksums)
                        .content_size(content_size);
                    let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
                    encoder.write_all(&input).unwrap();
                    let bytes = encoder.finish().unwrap();
                    assert!(decompressed(Compression::LZ4, &bytes).unwrap() == input);
                }
            }
        }
    }

    #[test]
    fn reads_zstd_without_a_content_size() {
        let input = text(300_000);
        let bytes = zstd::encode_all(&input[..], 3).unwrap();
        assert_eq!(decompressed(Compression::ZSTD, &bytes).unwrap(), input);
    }

    #[test]
    fn refuses_streams_that_are_cut_or_foreign() {
        let input = text(70_000);
        for codec in [Compression::GZIP, Compression::Snappy, Compression::ZSTD] {
            let bytes = compressed(codec, &input);
            assert!(
                decompressed(codec, &bytes[..bytes.len() - 9]).is_err(),
                "{codec:?}"
            );
        }
        let lz4 = compressed(Compression::LZ4, &input);
        assert!(decompressed(Compression::LZ4, &lz4[..lz4.len() - 9]).is_err());
        for codec in ALL.into_iter().skip(1) {
            assert!(
                decompressed(codec, b"\xff\xff\xff\xff\xff\xff no codec wrote this").is_err(),
                "{codec:?}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_compressed_is_decompressed(
            piece in proptest::collection::vec(any::<u8>(), 0..3000),
            times in 1_usize..60,
        ) {
            let input = piece.repeat(times);
            for codec in ALL {
                prop_assert!(decompressed(codec, &compressed(codec, &input)).unwrap() == input, "{:?}", codec);
            }
        }

        #[test]
        fn flipped_bits_never_panic(at in any::<proptest::sample::Index>(), bit in 0_u8..8) {
            let input = text(3000);
            for codec in ALL {
                let mut bytes = compressed(codec, &input);
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
                let _ = decompressed(codec, &bytes);
            }
        }
    }
}
