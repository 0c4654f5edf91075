#!/usr/bin/env python3
"""The checker of a group's history on planted faults: each that it is there for is put into a history and must be found,
and histories without a fault must pass."""

from chaos_history import Commit, History, Hold, Life, Taken
from program import Failed
from report import Report


class Story:
    """A history of partition 0, told from its beginning to its end; a tick is a second."""

    def __init__(self, records):
        self.now = 0
        self.history = History(log={0: [f"value {at}" for at in range(records)]})
        self.lives = {}

    def life(self, name):
        return self.lives.setdefault(name, Life(name))

    def tick(self):
        self.now += 1
        return self.now

    def reads(self, name, first, last):
        for offset in range(first, last + 1):
            self.history.taken.append(Taken(self.tick(), self.life(name), 0, offset, f"value {offset}"))

    def commits(self, offset):
        self.history.commits.append(Commit(self.tick(), 0, offset))

    def kills(self, name):
        self.life(name).killed = self.tick()

    def evicts(self, name):
        self.life(name).evicted = self.tick()

    def stopped(self, name, since, held=frozenset({0})):
        self.life(name).stops.append((since, self.tick(), held))

    def faults(self):
        return self.history.faults()


def handed_over_politely():
    story = Story(10)
    story.reads("a", 0, 3)
    story.commits(4)
    story.reads("b", 4, 6)
    story.commits(7)
    story.reads("a", 7, 9)
    story.commits(10)
    return story


def taken_over_from_a_killed_member():
    story = Story(10)
    story.reads("a", 0, 1)
    story.commits(2)
    story.reads("a", 2, 4)
    story.kills("a")
    story.reads("b", 2, 9)
    story.commits(10)
    return story


def what_a_killed_member_wrote_is_read_late():
    story = Story(4)
    story.reads("a", 0, 1)
    story.kills("a")
    story.reads("b", 0, 1)
    story.reads("a", 2, 2)
    story.reads("b", 2, 3)
    story.commits(4)
    return story


def evicted_while_stopped_and_continued():
    story = Story(6)
    story.reads("a", 0, 2)
    since = story.tick()
    story.stopped("a", since)
    story.evicts("a")
    story.reads("b", 0, 3)
    # It does not know it yet.
    story.reads("a", 3, 4)
    story.reads("b", 4, 5)
    story.commits(6)
    return story


def stopped_without_the_partition():
    story = Story(4)
    story.reads("a", 0, 1)
    since = story.tick()
    story.reads("b", 2, 3)
    story.stopped("a", since, frozenset({1}))
    story.commits(4)
    return story


GOOD = [
    handed_over_politely, taken_over_from_a_killed_member, what_a_killed_member_wrote_is_read_late,
    evicted_while_stopped_and_continued, stopped_without_the_partition,
]


def lost(story):
    story.reads("a", 0, 2)
    story.commits(3)
    story.kills("a")
    story.reads("b", 4, 5)
    story.commits(6)


def lost_at_the_end(story):
    story.reads("a", 0, 4)
    story.commits(5)


def another_value(story):
    story.reads("a", 0, 5)
    story.history.taken[3].value = "value 4"
    story.commits(6)


def never_written(story):
    story.reads("a", 0, 6)
    story.commits(6)


def another_partition(story):
    story.reads("a", 0, 5)
    story.commits(6)
    story.history.taken.append(Taken(story.tick(), story.life("a"), 1, 0, "value 0"))


def read_by_two_that_held_it(story):
    story.reads("a", 0, 3)
    story.reads("b", 2, 5)
    story.commits(6)


def read_before_the_other_was_killed(story):
    story.reads("a", 0, 3)
    story.reads("b", 2, 5)
    story.kills("a")
    story.commits(6)


def read_before_the_other_was_evicted(story):
    story.reads("a", 0, 3)
    story.reads("b", 2, 5)
    story.evicts("a")
    story.commits(6)


def two_that_take_turns(story):
    story.reads("a", 0, 1)
    story.reads("b", 2, 3)
    story.reads("a", 2, 3)
    story.reads("b", 4, 5)
    story.commits(6)


def two_claims_at_once(story):
    story.reads("a", 0, 5)
    story.history.holds.append(Hold(story.tick(), 0, (story.life("a"), story.life("b"))))
    story.commits(6)


def read_again_by_the_same(story):
    story.reads("a", 0, 3)
    story.reads("a", 3, 5)
    story.commits(6)


def went_back(story):
    story.reads("a", 0, 3)
    story.reads("a", 1, 5)
    story.commits(6)


def skipped_and_came_back(story):
    story.reads("a", 0, 1)
    story.reads("a", 4, 5)
    story.kills("a")
    story.reads("b", 2, 5)
    story.commits(6)


def before_the_last_commit(story):
    story.reads("a", 0, 3)
    story.commits(3)
    story.kills("a")
    story.reads("b", 2, 5)
    story.commits(6)


def from_a_stopped_member(story):
    story.reads("a", 0, 2)
    story.commits(3)
    since = story.tick()
    story.reads("b", 3, 4)
    story.stopped("a", since)
    story.reads("b", 5, 5)
    story.commits(6)


def committed_before_it_was_handed_over(story):
    story.reads("a", 0, 2)
    story.commits(4)
    story.reads("a", 3, 5)
    story.commits(6)


def committed_by_an_evicted_member(story):
    story.reads("a", 0, 3)
    story.evicts("a")
    story.reads("b", 0, 1)
    story.commits(2)
    story.commits(6)
    story.reads("b", 2, 5)


def committed_what_was_read_after_the_eviction(story):
    story.reads("a", 0, 1)
    story.evicts("a")
    story.reads("a", 2, 3)
    story.commits(4)
    story.reads("b", 0, 5)
    story.commits(6)


def commit_went_back(story):
    story.reads("a", 0, 4)
    story.commits(5)
    story.commits(3)
    story.reads("a", 5, 5)
    story.commits(6)


def not_committed_at_the_end(story):
    story.reads("a", 0, 5)
    story.commits(5)


# Each in a log of six records, with what must be said of it.
PLANTED = {
    lost: "given to nobody",
    lost_at_the_end: "given to nobody",
    another_value: "which is not there",
    never_written: "which is not there",
    another_partition: "is not in the log",
    read_by_two_that_held_it: "whose claim stood",
    read_before_the_other_was_killed: "whose claim stood",
    read_before_the_other_was_evicted: "whose claim stood",
    two_that_take_turns: "whose claim stood",
    two_claims_at_once: "held by a and b",
    read_again_by_the_same: "had 3 before",
    went_back: "went back from 4",
    skipped_and_came_back: "skipped 2",
    before_the_last_commit: "began before the committed offset 3",
    from_a_stopped_member: "was stopped, holding it",
    committed_before_it_was_handed_over: "4 was committed, and 3 records handed over",
    committed_by_an_evicted_member: "6 was committed, and 4 records handed over",
    committed_what_was_read_after_the_eviction: "4 was committed, and 2 records handed over",
    commit_went_back: "went from 5 back to 3",
    not_committed_at_the_end: "5 is committed",
}


def passes(tell):
    found = tell().faults()
    if found:
        raise Failed(f"a fault in a good history: {found}")


def planted(plant, told):
    story = Story(6)
    plant(story)
    found = story.faults()
    if not any(told in fault for fault in found):
        raise Failed(f"not found, only {found}")


def main():
    report = Report("planted_chaos")
    for tell in GOOD:
        report.check(tell.__name__.replace("_", " "), passes, tell)
    for plant, told in PLANTED.items():
        report.check(plant.__name__.replace("_", " "), planted, plant, told)
    report.end()


if __name__ == "__main__":
    main()
