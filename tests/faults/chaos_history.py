"""What the members of a group did, as seen from outside, and whether that can be what a group does.

Times are seconds of one clock. A record is known by when the read that brought it *began*: it was taken after that. A member
that was killed or evicted wrote its records before that moment, whenever they were read.
"""

from dataclasses import dataclass, field


@dataclass
class Life:
    """One process that was a member, from its start to its end."""

    name: str
    killed: float | None = None
    evicted: float | None = None
    # When it certainly stood still, (from, to), and the partitions whose claims it held then.
    stops: list = field(default_factory=list)

    def last_moment(self):
        """From then on its claims are void, or None."""
        moments = [moment for moment in (self.killed, self.evicted) if moment is not None]
        return min(moments, default=None)


@dataclass(slots=True)
class Taken:
    """A record that came out of a member."""

    began: float
    life: Life
    partition: int
    offset: int
    value: str

    def moment(self):
        """When it was written, at the latest."""
        killed = self.life.killed
        return self.began if killed is None else min(self.began, killed)


@dataclass(slots=True)
class Commit:
    """The committed offset was seen."""

    seen: float
    partition: int
    offset: int


@dataclass
class Hold:
    """Both were seen to hold a claim on the partition."""

    seen: float
    partition: int
    lives: tuple


@dataclass
class History:
    # {partition: [value]}, from offset 0.
    log: dict = field(default_factory=dict)
    # In the order of `began`.
    taken: list = field(default_factory=list)
    # In the order of `seen`.
    commits: list = field(default_factory=list)
    holds: list = field(default_factory=list)

    def faults(self):
        """What is wrong; an empty list is the verdict that nothing is."""
        found = []
        all_taken, all_commits = _by_partition(self.taken), _by_partition(self.commits)
        for partition, values in sorted(self.log.items()):
            taken, commits = all_taken.pop(partition, []), all_commits.get(partition, [])
            found += _wrong_records(partition, values, taken)
            found += _lost(partition, values, taken)
            found += _order_at_members(partition, taken)
            counted = sorted(filter(_while_member, taken), key=Taken.moment)
            found += _handovers(partition, counted, commits)
            found += _read_from_the_stopped(partition, counted)
            found += _commits(partition, list(filter(_while_member, taken)), commits, len(values))
        found += [f"partition {partition} is not in the log" for partition in all_taken]
        found += [f"{hold.partition}: held by {' and '.join(life.name for life in hold.lives)} at {hold.seen:.3f}"
                  for hold in self.holds]
        return found


def _by_partition(events):
    partitions = {}
    for event in events:
        partitions.setdefault(event.partition, []).append(event)
    return partitions


def _while_member(record):
    """What an evicted member that does not know it yet still writes, it does not write as a member."""
    return record.life.evicted is None or record.began <= record.life.evicted


def _wrong_records(partition, values, taken):
    for record in taken:
        if record.offset >= len(values) or values[record.offset] != record.value:
            yield f"{partition}@{record.offset}: {record.life.name} was given {record.value[:40]!r}, which is not there"
            return


def _lost(partition, values, taken):
    missing = sorted(set(range(len(values))) - {record.offset for record in taken})
    if missing:
        yield f"{partition}: {len(missing)} records were given to nobody, such as {missing[:3]}"


def _order_at_members(partition, taken):
    last = {}
    for record in taken:
        before = last.get(record.life.name)
        if before is not None and record.offset <= before:
            yield f"{partition}@{record.offset}: {record.life.name} had {before} before"
        last[record.life.name] = record.offset


def _handovers(partition, taken, commits):
    """Each record is the one after the last, or another member took over from one whose claim was void, and then it begins
    no earlier than at the last commit."""
    following, last = 0, None
    commits = iter(commits)
    commit, committed = next(commits, None), 0
    for record in taken:
        while commit and commit.seen <= record.began:
            committed = max(committed, commit.offset)
            commit = next(commits, None)
        where = f"{partition}@{record.offset}: {record.life.name}"
        takes_over = last is None or record.life is not last.life
        if record.offset > following:
            yield f"{where} skipped {following}"
        elif record.offset < following:
            if not takes_over:
                yield f"{where} went back from {following}"
            elif not _void(last.life, record):
                yield f"{where} read what {last.life.name}, whose claim stood, had read up to {following}"
        if takes_over and record.offset < committed:
            yield f"{where} began before the committed offset {committed}"
        following, last = record.offset + 1, record


def _void(life, record):
    """Whether the claims of `life` were void when the record was taken by another."""
    moment = life.last_moment()
    return moment is not None and moment <= record.moment()


def _read_from_the_stopped(partition, taken):
    stops = [(life, since, until) for life in {id(record.life): record.life for record in taken}.values()
             for since, until, held in life.stops if partition in held]
    for life, since, until in stops:
        for record in taken:
            if record.life is not life and since < record.moment() < until:
                yield f"{partition}@{record.offset}: {record.life.name} read it while {life.name} was stopped, holding it"
                break


def _commits(partition, taken, commits, end):
    records = iter(sorted(taken, key=lambda record: record.began))
    record, handed_over, before = next(records, None), 0, 0
    for commit in commits:
        while record and record.began <= commit.seen:
            handed_over = max(handed_over, record.offset + 1)
            record = next(records, None)
        if commit.offset > handed_over:
            yield f"{partition}: {commit.offset} was committed, and {handed_over} records handed over"
        if commit.offset < before:
            yield f"{partition}: the committed offset went from {before} back to {commit.offset}"
        before = commit.offset
    if before != end:
        yield f"{partition}: all was read, up to {end}, and {before} is committed"
