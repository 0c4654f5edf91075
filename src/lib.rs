//! Kafka's model in a directory: topics, partitions, offsets, producers, consumers and consumer groups over plain files,
//! with no server.
//!
//! Processes on one host append to a partition and read from it at the same time; nothing else runs. The files that
//! hold the records are Apache Kafka's own, byte for byte. What Kafka leaves to a broker, deciding who may write where
//! and how far the log is safe, is done here by the kernel's file locks and by a small record beside each lock.
//!
//! This page is the specification of the directory: what lies where, by which rules processes share it, and what may be
//! relied upon. For each rule it says what would go wrong without it. The program itself is described by its manual
//! pages and the README; the rooms of the source below: [`record`] (bytes of batches), [`store`] (names, locks, topics),
//! [`log`] (one partition), [`group`] (consumer groups), [`client`] (producer and consumer, and the interface
//! [`client::Engine`] that commands know), [`kafka`] (the same interface to a real cluster), [`text`] (what people and scripts
//! read), [`cli`].
//!
//! # The directory
//!
//! ```text
//! DIR/
//!   meta.properties                 version=1, cluster.id=<UUID>: this is a store, and which one
//!   server.properties               optional defaults, written by people: num.partitions, auto.create.topics.enable,
//!                                   log.retention.ms, log.retention.bytes, compression.type
//!   topics/
//!     orders.json                   id, partitions, config, gaps, state: creating, ready or deleting
//!   logs/                           a Kafka log.dir
//!     orders-0/                     partition 0 of topic orders
//!       00000000000000000000.log        batches, the first at offset 0
//!       00000000000000000000.index      offset -> position, sparse
//!       00000000000000000000.timeindex  time -> offset, sparse
//!       leader-epoch-checkpoint
//!       partition.metadata              the topic's id
//!     orders-0.<32 hex>-delete/     a partition on its way out
//!     recovery-point-offset-checkpoint
//!     log-start-offset-checkpoint
//!     .lock                         keeps a broker out
//!   groups/
//!     billing/                      a consumer group, its name percent-encoded
//!       lock                            lock on group.json; names the boot in which that was made
//!       group.json                      generation, members, who shall read and who reads each partition
//!       offsets.json                    committed offsets
//!       commit-1                        lock on offsets.json, that of commit epoch 1
//!       members/kafdir-<32 hex>         locked while the member lives; the generation it has adopted
//!       claims/orders-0.17              locked by who reads orders-0 for the group, under claim epoch 17
//!     .deleted-<32 hex>/            a group on its way out
//!   imports/nightly/
//!     lock                          held by the run of the import
//!     orders.json, orders.lock      of a copy: for each partition of the source the next offset, and the producers
//!     position.json                 for each file: which one it is, how far it is stored, its producer's id and numbers
//!   locks/
//!     topics                        lock on topics/
//!     checkpoints                   lock on the checkpoint files in logs/
//!     partitions/orders-0           append lock of a partition, and its append record
//!     failed/orders-0               mark: a sync of this partition failed
//!     segments/orders-0             the segment index: which segments a reader found; a cache
//! ```
//!
//! * One module, [`store::names`], formats and parses every name. A topic's name follows Kafka's rule (1 to 249 of
//!   `[a-zA-Z0-9._-]`, neither `.` nor `..`), so that it is a safe file name as it is; two names that differ only in `.`
//!   and `_` collide, as in Kafka. A partition's directory is the name, a `-` and the number without leading zeros. A
//!   segment's files are named by 20 digits of its base offset. A group may be called anything without control characters:
//!   its directory's name is percent-encoded.
//! * Everything but the files of segments, and the index of their names, is small text that a person can read.
//! * A file that is replaced is written beside, synced, renamed over the old one, and its directory is synced
//!   ([`store::durable`]): who reads, and who comes after a power cut, finds the old file or the new one, whole.
//! * A symbolic link, a FIFO, a socket or a device where a file of the store should be is refused: else whoever can write
//!   in the directory could point a writer at any file it may write.
//! * New files take their group from the directory they lie in and are writable for the group where the directory is, so
//!   several users can share a store. Lock files give nobody rights who may not write: who can open one can hold it.
//! * `logs/` can be copied from a broker's log.dir, or to one. What it holds without a file in `topics/` is a topic with
//!   default settings; the first write to it gives it its file. A log.dir elsewhere can be read in place, without a lock
//!   and without a change ([`store::Store::open_log_dir`]).
//! * A copy of a store in use that was taken in the order `groups/`, `topics/`, `logs/` is a store: no group has gone past the
//!   end of a log, and every topic that is named has its directories. `locks/` need not be copied. Within `logs/` there is no
//!   order: a log may end in the middle of a batch that its checkpoint, copied later, calls synced. That looks like damage
//!   done to a log, and so `check --repair` sets it right, and not whoever comes next to write.
//!
//! # The files of a partition
//!
//! The `.log` file of a segment is a row of record batches of message format v2 (magic 2), without anything between or
//! around them (<https://kafka.apache.org/documentation/#recordbatch>). A batch has a header of 61 bytes, big-endian:
//!
//! ```text
//!  0 i64 base offset              23 i32 last offset delta       51 i16 producer epoch
//!  8 i32 length of what follows   27 i64 base timestamp (ms)     53 i32 base sequence
//! 12 i32 partition leader epoch   35 i64 max timestamp (ms)      57 i32 number of records
//! 16 i8  magic, 2                 43 i64 producer id             61 records, compressed together or not
//! 17 u32 CRC-32C of bytes 21 to the end
//! 21 i16 attributes: codec (0-2), timestamp type (3), transactional (4), control (5), delete horizon (6)
//! ```
//!
//! and each record is a zig-zag varint length, attributes (0), timestamp and offset deltas, key, value and headers, whose
//! lengths are varints too, -1 for null. The base offset, the length and the leader epoch lie *outside* the checksum.
//! That allows a batch to be encoded, compressed and summed before its place in the log is known, and it means that a
//! damaged offset must be found by other means: offsets are compared with their neighbours'.
//!
//! `.index` holds entries of 8 bytes (offset relative to the base, position: both i32, big-endian) and `.timeindex` of 12
//! (timestamp i64, relative offset i32), written by Kafka's rule: one for the first batch after `index.interval.bytes`
//! have gone by since the last, never for the first batch of a segment, and a time entry when a segment is closed.
//! **They are a cache.** What an entry says is believed after the batch it points to has been seen there; a missing, short,
//! zero-filled or wrong index costs time and can't give a wrong record. `.txnindex` and `.snapshot` files, which brokers
//! write, are kept with their segment; a snapshot is used to shorten a search and nothing else.
//!
//! **The segment index** spares readers to list a directory of ten thousand segments. Whoever listed one notes the base
//! offsets, the bytes of the closed segments, and the largest timestamp up to each one's end, as far as somebody asked, with
//! the boot id and the directory's device, inode and ctime (`log::segment_index` has the format). Where the directory still
//! has these three, the names in it are those that were noted, since each that comes, goes or changes sets the ctime: a
//! roll, a trim, a repair, and what any foreign program does. So nobody has to keep the index true, and everything it could
//! be wrong about makes it one that is not believed.
//!
//! * The ctime is read *before* the directory is listed. Read after it: R lists, W rolls, R reads the ctime that W set, and
//!   notes it for a list without W's segment.
//! * The ctime must be 100 ms older than the clock that the kernel takes it from, and no whole number of milliseconds. That
//!   clock moves in ticks: W1 rolls, R reads the ctime and lists, W2 rolls within the same tick, and the list without W2's
//!   segment bears the ctime of the directory that has it. Where a file system keeps whole seconds only, or the clock was
//!   set back behind the ctime, directories are listed.
//! * A closed segment is never written to: who closes it holds the append lock until the next one has its name, a repair
//!   puts a new file in its place, and a recovery that cuts it takes away what follows it. Who overwrites one in place by
//!   hand runs `check --repair`, which removes the index.
//! * Entries and header carry checksums; one that is damaged, or that names a segment which is not there, is not used, and
//!   the directory is listed. The last segment, which grows, is asked itself.
//! * It is written by readers that may, never under the append lock, from 64 segments on, beside and renamed, and not
//!   synced: another boot does not believe it. Those who hold the lock, check or repair list the directory itself, and a
//!   log.dir elsewhere gets none.
//!
//! A new segment is begun (Kafka's `LogSegment.shouldRoll`) before a batch that would take the file past
//! `segment.bytes`, that is `segment.ms` (less a random `segment.jitter.ms`) younger than the segment's first batch, for
//! which an index is full, or whose offsets an index entry can't express.
//!
//! # Locks
//!
//! All locks are `flock` locks on files that exist only for that, taken by one function ([`store::lock`]): open, lock, see
//! that the file is still what its path names, else open again. (Two processes that hold the lock of two files of the same
//! name exclude nobody.) The kernel frees them when their process dies, however it dies. Whether a lock is held is asked
//! with a shared, non-blocking lock, so that two who ask don't find each other.
//!
//! * The order is: topics, a group's commits, group, partition, checkpoints. Readers take none.
//! * SIGTSTP, SIGTTIN, SIGTTOU, SIGINT, SIGTERM and SIGHUP wait while a lock is held for a few steps, the last three not
//!   while it is waited for: a writer stopped by Ctrl-Z in the middle of an append would stop all others.
//! * Nothing is said under a lock; what is to be said is collected and said afterwards. A stderr that nobody reads must not
//!   stop all writers.
//! * After the append lock is let go its holder yields the processor once. `flock` is not fair: a holder who comes back at
//!   once has the lock again before those who waited have woken, and the unluckiest gets nothing.
//! * `logs/.lock` is different: an fcntl lock (not a flock, which a broker would not see), held shared by whoever writes
//!   here and exclusively by a running broker, so that either refuses to start beside the other.
//!
//! # The append record
//!
//! A partition's lock file holds one line of JSON, 1024 bytes long, with a CRC-32C of itself as its last member
//! ([`store::AppendRecord`]): boot id; device and inode of the lock file; generation; topic id; base offset, inode and
//! size of the active segment; next offset; the offset below which the log is synced; what the indexes need; and whether a
//! change is under way, the topic was deleted, or a sync failed. It is written under the lock with one write, after each
//! append, and never synced. A writer learns from it in one read where the log ends.
//!
//! * **It is a hint**, good in the boot it was written in and for the file it was written to: after a restart of the
//!   machine the log may be shorter, and a copy of the directory is another log. It is used if the active segment has that
//!   inode, a name, and exactly that size. Otherwise the log is looked at (see *Recovery*).
//! * **The generation** is raised before anything but a plain append happens: a roll, a cut, a trim, a deletion, new
//!   settings, a repair. What a writer remembers of a log (open files, settings) is good under the same generation only.
//!   Without it: W1 rolls; W2 finds the old segment as long as it remembers and appends there, giving offsets a second time.
//! * **Changing** is set with it and cleared when the change is complete: who finds it set and the lock free knows that
//!   somebody was killed half-way.
//!
//! # Appending
//!
//! 1. Records are encoded into a batch of at most 1 MiB, `max.message.bytes` or `segment.bytes`, whichever is least; the
//!    batch is compressed and the checksum of its records computed. Nobody waits meanwhile.
//! 2. Under the append lock: the end of the log is learned; if a sync had failed, the append is refused; if the topic was
//!    deleted, or is another one of the same name by now, it fails; if it is time, the segment is rolled and retention
//!    applied; base offset and leader epoch are stamped (that of the last batch, else of the checkpoint, else 0: a higher
//!    one would make a broker's consumers wait), and with `LogAppendTime` the maximum timestamp, whose part of the checksum
//!    is combined with that of the records; one write appends; index entries that are due are written; the record is
//!    replaced.
//! 3. The lock is let go.
//!
//! Reading input, compressing and syncing never happen under the lock, so a slow producer makes nobody wait. A write that
//! fails is taken back by cutting the file to where it ended; if that fails too, a torn tail is left, with which the next
//! writer deals. An index entry or a record that can't be written is a warning: the batch is in the log.
//!
//! **Batching is natural.** Whatever input is there goes into batches; when the input pauses, they go out. If less than
//! 64 KiB is held then, the producer yields once and looks again: whoever writes the other end of a pipe may be about to.
//! All open batches of a producer together hold at most 8 MiB.
//!
//! # Syncing and acknowledging
//!
//! With `acks=all` a record counts when it is on disk *with everything before it*: every segment from the last synced
//! offset to its own, and the directory that names them. Without the prefix: W1 leaves the tail of segment A unsynced, W2
//! rolls to B, syncs B and exits with 0; the power fails, recovery cuts A where it is torn, and with it W2's records.
//! For the same reason a new segment lowers the synced offset below its base: its name is not on disk yet.
//!
//! * Syncing runs beside appending, in a thread of its own; what is appended meanwhile is covered by the next sync, one for
//!   all of it. At most 8 MiB run ahead of it.
//! * A producer's last act is to sync and to write into the record how far; an offset that another process has synced needs
//!   no second sync.
//! * After a roll the closed segments are synced and the recovery point is moved, whatever `acks` is.
//! * **A failed sync is final.** The kernel marks the pages clean: the next sync, by anyone, would succeed over a hole. So
//!   the partition is marked, in the record and by a file in `locks/failed/`, and nothing more is appended to it before
//!   `kafdir check --repair` has written the unsynced part anew.
//!
//! With `acks=1` (and 0, which is the same here) a record counts when it is written: it survives the death of every
//! process, and not that of the machine.
//!
//! # Recovery
//!
//! Whoever holds the append lock and finds no record that fits looks at the log, from the last batch that is beyond doubt.
//!
//! * **In the same boot** everything that was written is still there, so the end can only be what a killed write leaves. The
//!   tail is cut if it begins right after a valid batch, is shorter than it declares, declares no more than the largest
//!   batch allowed, carries magic 2 and the offset that was due, and holds no whole batch anywhere. Everything else is
//!   damage and is refused. Without these conditions one flipped bit in a length would cut off hundreds of megabytes of
//!   good records behind it. A log that has become shorter than its record is damage if what is missing was synced; else it
//!   is said: a mount that was torn away takes its cache with it.
//! * **After a restart of the machine** the log is verified from the recovery point on (`recovery-point-offset-checkpoint`;
//!   below it everything was synced), checksums and offsets, and ends at the first batch that is bad. What is cut and holds
//!   a whole batch is kept in a file beside and named on stderr. The result is synced before the record of the new boot says
//!   that it is there. A bad batch below the recovery point is damage.
//! * Indexes are rebuilt for what was verified.
//! * A log that ends below its log start offset begins anew at that offset: offsets are not given out a second time. For the
//!   same reason a partition without any segment is damage if it is known to have had one above its log start offset.
//!
//! Damage is never cut silently. It is an error with file and position; `kafdir check` shows all of it, and its `--repair`
//! keeps every byte it takes out of a log.
//!
//! # Reading
//!
//! Readers hold no lock, map no file, and see records as soon as these are written.
//!
//! * A batch is read whole, from its start, each time: half of one that was seen before may have been a torn batch that was
//!   cut and overwritten since. Before a record leaves it, its checksum and its offsets are checked. Batches over a MiB (a
//!   broker's can have a hundred) are checked in one pass and decoded in a second, through a window.
//! * Less than a batch at the end of the last segment is the end of the log: a writer is about to complete it, or was
//!   killed.
//! * A bad batch in the last segment, past the recovery point and past what the append record says is synced, is looked at
//!   again as long as the generation changes; then it is the end of the log, which is said once. Anywhere else it is damage.
//! * A reader goes on by offset, never to "the next file". At the end of a segment it looks for the segments there are now,
//!   if the directory changed, takes the one with the greatest base not above the wanted offset, and reads the old one to
//!   its end once more first: a batch may have been appended just before the roll, and compaction may have merged what came
//!   next. A file that was replaced is another inode.
//! * Offsets must follow each other without a gap, unless the topic is compacted, once was, or came from elsewhere.
//! * Followers are woken by file-change events on directories and look once a second anyway; where the kernel gives no
//!   events (there are few instances for each user) they look every 50 ms. Deleting a topic ends them with an error.
//!
//! The end of a bounded read is pinned when it starts: it is reached across control batches, gaps and empty partitions,
//! and not moved by who writes meanwhile.
//!
//! **Isolation.** By default records are those of committed transactions and of none ([`log::Isolation`]). Reading stops at
//! the last stable offset, the first offset of the oldest transaction that is still open. Whether a transaction was
//! committed or aborted is found by looking ahead for its marker, not in `.txnindex`, which a copied directory may lack.
//!
//! **What is read may not be on disk yet.** After a power cut such records can be gone, and their offsets be given to
//! others. Who must not see that can let the producer finish first: once it has exited with 0, its records stay.
//!
//! # Retention and trimming
//!
//! Whole segments go, oldest first: those below the log start offset, then those over
//! `retention.bytes`, then those older than `retention.ms` (Kafka's `deleteOldSegments`). A segment's age is the largest
//! timestamp in it, from batch headers where the time index does not reach its end: a lost entry must not make records look
//! older. Producers do this to the closed segments when they roll; `kafdir clean` does it on demand, to the active one too,
//! which is closed for that. Segments are set aside as `.deleted` first, so that who reads them can finish, and removed by a
//! roll after `file.delete.delay.ms`, or by the next `clean`. **By default nothing is deleted**: `retention.ms` is -1
//! here, and seven days with Kafka.
//!
//! Trimming syncs the log up to the new log start offset, then writes that into `log-start-offset-checkpoint`, under one
//! lock since all topics share the file. In the other order a power cut leaves a log that ends before its start.
//!
//! # Topics
//!
//! `topics/NAME.json` is what makes and ends a topic. It is put in place in state *creating*, before the directories, and
//! replaced in state *ready* after them; deletion begins by replacing it in state *deleting* and ends by removing it. Whoever
//! meets one of the other states, and may write, finishes what was begun, under the topics' lock; who may not takes the topic
//! for absent. A missing partition directory is damage in state ready only. Directories without such a file are a topic if
//! they came from elsewhere; if there is a lock file of ours for them, they are what is left of a topic whose file was lost,
//! and no topic.
//!
//! Deleting takes each partition's append lock, marks its record deleted, raises the generation, renames the directory, and
//! removes the topic from every checkpoint. A writer that gets the lock afterwards finds the mark, or another topic id, and
//! fails with "was deleted" rather than write into a file without a name or into another topic's partition. Followers
//! notice the same by the directory's inode and the topic's id.
//!
//! More partitions: the new directories first, then the file that counts them. Changed settings: the file first, then
//! every generation is raised, upon which producers read them again.
//!
//! # Consumer groups
//!
//! A group's members share the partitions of the topics they subscribe to ([`group`]). Nobody coordinates them, and no
//! timer decides who lives: a member holds the lock on its file in `members/` from its first moment to its last, and the
//! kernel frees that when it dies, however it dies. A member that hangs lives; it can be put out by hand.
//!
//! **`group.json`** says who is a member and, for each partition, who *shall* read it (`owner`, what the assignor gave) and
//! who *does* (`holder`, with the epoch of its claim). It is changed only under the group lock, replaced whole, and read
//! without a lock. Whoever meets a member whose lock is free takes it out and rebalances; so does whoever sees that
//! a topic, a pattern's topics, or a number of partitions are not those of the file. A rebalance gives every partition an
//! owner and raises the generation. What the group wants to read is looked up before its lock is taken (the topics'
//! lock comes first), and under it one look at `topics/` tells whether it has changed since.
//!
//! **Claims.** Nobody reads a partition for a group without the lock on its claim's file. A partition changes hands so:
//! its holder sees that another owns it, commits what it has read and closes the file; the owner takes the group lock,
//! finds the last claim free, makes a new one under a new epoch, and writes itself down as holder. Partitions that stay are
//! not interrupted, and a stopped or slow member keeps what it holds. Epochs are given out once in a group's life, whatever
//! the partition, so that no lock of an earlier holder, of a deleted topic or of a member that was put out can be taken for
//! a later one's. An epoch is not raised by a rebalance elsewhere: a join must not refuse the commit of somebody who is busy.
//!
//! **Commits.** The log is synced up to the offset (else a power cut lets the group skip what gets those offsets next; for
//! the same reason a partition in which a sync failed refuses it). Under the lock of the commit epoch `offsets.json` is
//! read, and written and synced beside. Then, under the group lock, `group.json` must still name the member as holder,
//! under the epoch that it has, and that commit epoch; the file is renamed into place, and after the group lock was let go
//! the directory is synced. A partition that is not held any more is refused, and nothing of it is committed. Without the
//! look under the lock: M1 has written the file and is stopped; M1 is put out, M2 reads on and commits; M1 goes on
//! and sets the group back. Offsets name the topic's id: those of a topic that was deleted are not those of the next of its
//! name. The committed offset is read after the claim was taken; before, the last holder may still commit. Where there is no
//! `offsets.json` yet, the name of the group's directory is synced before the first is put into it: nothing else of a group
//! need outlive a power cut, and so joining and leaving sync nothing. (After it, a crash between the two would let the
//! next commit find the file and count.)
//!
//! **Putting a member out** takes it from the file, gives its claims new epochs, and raises the commit epoch. It may hold
//! its locks as long as it likes: they are not looked at any more. Were there one commit lock, a member that is stopped
//! while it syncs would keep all others from committing even when it was put out. Who waits for a commit lock looks every
//! 20 ms whether it is still the one that counts.
//!
//! **Waking.** Members watch the group's directory, `members/` and `claims/`. A file that was open for writing and is closed
//! is told (those who ask for a lock open it for reading only, and so are not); the kernel tells it up to 0.1 ms before
//! the lock is free, so that a look which finds the lock taken is repeated for 100 ms. Once a second everybody looks anyway.
//! Each partition that is taken makes a new `group.json`, which wakes everybody: who waits for nothing and owes nothing
//! reads only its first line, as long as that names the same generation and commit epoch.
//! Who does not follow and is alone looks every 20 ms instead, until others come or there is time to wait: letting go what
//! the kernel tells by takes longer than such a run.
//!
//! **What a crash leaves.** A member's death between any two steps leaves `group.json` as it was or as it was to be. Files
//! of members and claims that it does not name are harmless, never used, and removed by who joins next. Of another boot
//! nothing counts but `offsets.json`: `group.json` is made anew, with greater numbers. One that can't be read is what a
//! power cut left if the lock file names another boot (it is not synced), and damage if it names this one. `offsets.json`
//! that can't be read is damage: taken for empty it would send the group back to the beginning.
//!
//! Deleting a group renames its directory under the group lock, so that who waits for that lock finds the group gone.
//!
//! # What the reader of standard output took
//!
//! A group's offset moves past a record only once that was handed over whole. A regular file is synced before the commit. A
//! terminal and `/dev/null` have taken what was written. Of a pipe the kernel says how much of it is still unread:
//!
//! * What was read counts once the reader has come back for more: `head -5` reads all there is, prints five lines and goes.
//! * When nothing more comes, a reader has taken everything if nothing is left in the pipe, and 10 ms later it is still there.
//! * With `-n`, everything that was asked for counts once it was read, whether the reader is still there or not.
//!
//! A local stream socket says only when nothing is left unread, so that at most 64 KiB are given to its reader before it has
//! read them. Other sockets say what the other host's kernel has; they need `--commit-on-write`. Which record ends where in the
//! stream is known for each record as long as they are few, else for every 4 KiB: a reader that dies may be given that much
//! once more, and is never spared a record.
//!
//! A partition that is to be let go waits for the reader until that has taken what it was given of it, `--drain-timeout` at
//! most. What was not written yet is taken back at once, and the next owner reads it.
//!
//! # What a COMMAND has done
//!
//! `consume -g GROUP -- COMMAND` moves the offsets of a batch when the run that was given it has exited with 0, whether it read
//! all of its input or not.
//!
//! * A run is given records of one partition, whose claim is held until the run has ended and its commit is synced. So two runs
//!   of kafdir's never work on one batch at a time, with one gap: after a kill -9 of kafdir the kernel sends the COMMAND itself
//!   SIGTERM as the locks become free, and what COMMAND started, or a COMMAND that takes its time to end, is not waited for.
//! * While a run lasts, partitions that the group gives to others are let go, but for the one it is about.
//! * A run that fails is repeated as `--max-attempts` says. If others are to have the partition by then, they begin anew.
//! * With `--dead-letter` the last attempt is halved down to single records. Each piece is committed when it is settled; a
//!   record is on disk in the dead-letter topic before the offset moves past it.
//! * Not the records' fault, so nothing is moved: COMMAND can't be started, or ends with 126 or 127; it ends with 75; it is ended
//!   by SIGHUP, SIGINT, SIGTERM or SIGPIPE, or with 128 and the number of one of them, as a shell tells it of what it ran; or kafdir was
//!   told to stop before it ended.
//!
//! # Imports
//!
//! `produce --resume NAME` can be killed at any moment and started again without losing a line of its files or storing one
//! twice. Each file has a producer of its own, which numbers its records in each partition (KIP-98; epoch 0 for ever, an id
//! of at least 2^40, since a broker's own begin at 0).
//!
//! * `position.json` is written before the first record of a new producer's, and then only after the log is synced: what it
//!   calls stored survives a power cut. Without the first rule a killed run's records would be nobody's.
//! * A run reads each file from its position on, and looks through each partition, from the end that is noted for it, for the
//!   producer's last number. As many records as the log is ahead are left out, partition by partition, and synced before they
//!   count: who wrote them was killed before it could do that.
//! * So nothing but the records and their order may decide where they go: the key's hash, a fixed partition, or each in turn.
//!   Partitions that were added are used once everything is left out that was stored before they were there.
//! * A noted end below the log's start, after an interrupted run, is an error: what was stored in between can't be told.
//! * A file is known by device, inode, and checksums of its first 1024 bytes and of those before the position. One that was
//!   renamed is looked for in its directory by these, one that was copied and truncated by the checksums alone. A file that
//!   came and was renamed between two runs was never seen, and isn't looked for.
//!
//! # Guarantees
//!
//! 1. When `produce` exits with 0 (default `acks=all`), every record it was given is on disk, in the order given within
//!    each partition, with everything that was in the partition before.
//! 2. Each record gets one offset, and offsets have no hole, whatever the number of writers and whenever any of them is
//!    killed. A killed producer leaves a prefix of its records.
//! 3. A record is handed out only from a batch whose checksum is right and whose offsets fit those around it.
//! 4. Nothing that was synced is removed, except by a deletion, a trim or retention that was asked for.
//! 5. Apache Kafka reads every file in `logs/`.
//! 6. No two members of a group read a partition at the same time, but for one that was put out and does not know yet;
//!    its commits are refused. A group's offset is moved by who reads the partition, or by hand while nobody does.
//!
//! # Assumptions about the medium
//!
//! * All processes run on one kernel. `flock`, `fcntl` locks, the page cache and file-change events are shared through it.
//!   Network file systems and FUSE, which promise some of that and keep less, are refused.
//! * `fsync` and `fdatasync` return 0 only once the data, and the size needed to reach them, would survive a loss of power.
//!   Disks that lie about it are not made honest by us.
//! * A write that was not synced may be there after a power cut, or part of it, in any order, or zeros; what was synced is
//!   there as it was written. A rename is atomic.
//! * `flock` locks are freed when the last descriptor of an open file is closed. Those of kafdir are close-on-exec.
//! * The boot id that Linux gives changes with every start of the machine.
//!
//! # It is not
//!
//! * a network server: nothing listens. Hosts that are to share a topic need Apache Kafka, which can take the directories
//!   over.
//! * a replicated store: there is one copy, on the disk the directory lies on.
//! * a database: there are no updates and no queries, only appending, and reading by offset or time.
//! * a way around the file system's rights: who may write in the directory may destroy what is in it.

#![cfg_attr(
    not(feature = "cluster"),
    allow(
        unused_imports,
        reason = "what rooms hand to the engine of a cluster alone"
    )
)]

pub mod cli;
pub mod client;
mod count;
pub mod error;
pub mod group;
#[cfg(feature = "cluster")]
pub mod kafka;
#[cfg(not(feature = "cluster"))]
#[path = "kafka/absent.rs"]
pub mod kafka;
pub mod log;
pub mod record;
pub mod store;
pub mod text;
