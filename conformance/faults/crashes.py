"""Part B of level 6: the power goes after every change of the disk, and whatever may then lie there is looked at."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...model.vocabulary import code_name
from ..trace import Event, FaultEvent
from .aftermath import Aftermath
from .disk import Disk
from .image import Image
from .operations import Change
from .persistence import Crash, Persistence, Recording, Tree
from .play import Factory, Misbehaved, Play
from .promise import Promise
from .scenario import Scenario, Step
from .verdict import Allowed, Broken, Expected, broken_data

SECOND_LIFE = 500
"""The life of the process that finds what a crash left, and is struck by another."""

Promises = dict[int, list[Promise]]
"""By the number of changes that were made."""


class Unplayable(Exception):  # noqa: N818 - about an engine, not an error of this program
    """A scenario fails on this engine although nothing was done to its disk."""


class State(NamedTuple):
    """What a crash leaves, and what was promised then: twice, where a call came back without a change of the disk."""

    crash: Crash
    model: Persistence
    image: Image
    promises: tuple[Promise, ...]


class Crashes:
    """One run, recorded once: of a scenario, or of what is done after a crash of one."""

    def __init__(self, aftermath: Aftermath, play: Play, start: Tree, promises: Promises, expected: Expected) -> None:
        self.enumerated = 0
        self._aftermath = aftermath
        self._play = play
        self._promises = promises
        self._expected = expected
        self.recording = Recording(start, play.disk.changes or [])
        self._seen: set[tuple[bytes, tuple[Promise, ...]]] = set()

    @classmethod
    def of(cls, factory: Factory, scenario: Scenario, aftermath: Aftermath) -> "Crashes":
        """The steps of a scenario. Unplayable where they fail without any crash."""
        play = set_up(factory, scenario)
        start, before, known = Tree.of(play.disk), play.promise, len(play.events)
        play.disk.changes, play.promises = [], []
        play_whole(play, scenario)
        play.stamped = [(event, 0) for event in play.events[:known]] + play.stamped
        promises = _in_force(before, play.promises, len(play.disk.changes))
        return cls(aftermath, play, start, promises, Expected(tuple(play.rows), frozenset(play.cuts)))

    def second(self, factory: Factory, state: "State", steps: tuple[Step, ...]) -> "Crashes":
        """What the next process does with a state that a crash left, to be struck by a crash again."""
        play = Play(factory, Disk(state.image), SECOND_LIFE)
        start = Tree.of(play.disk)
        play.disk.changes = []
        play.play(steps)
        promises = {point: list(state.promises) for point in range(len(play.disk.changes) + 1)}
        again = Crashes(self._aftermath, play, start, promises, self._expected)
        play.stamped = [(event, 0) for event in self.events(state)] + play.stamped
        return again

    @property
    def points(self) -> int:
        """Crash points: before the first change, and after each."""
        return len(self.recording.changes) + 1

    @property
    def distinct(self) -> int:
        """States that were looked at, each with what was promised there."""
        return len(self._seen)

    @property
    def calls(self) -> int:
        """Calls that were made to record it."""
        return self._play.calls

    def states(self) -> Iterator[State]:
        """Every state that differs from all before it, by every persistence model."""
        points = frozenset(range(self.points))
        for model in Persistence:
            for crash, image in self.recording.crashes(model, points):
                self.enumerated += 1
                promises = tuple(self._promises[crash.changes])
                key = (image.key, promises)
                if key not in self._seen:
                    self._seen.add(key)
                    yield State(crash, model, image, promises)

    def state(self, crash: Crash, model: Persistence) -> State:
        """That state. KeyError where such a crash cannot happen here."""
        return State(crash, model, self.recording.after(crash, model), tuple(self._promises[crash.changes]))

    def broken(self, state: State) -> Broken | None:
        """The first clause that does not hold of a state."""
        for promise in state.promises:
            for found in broken_data(self._aftermath, state.image, promise, self._expected, Allowed()):
                return found
        return None

    def events(self, state: State) -> list[Event]:
        """The calls up to the crash: those that had returned, and the one that was under way."""
        kept = [event for event, changes in self._play.stamped if changes <= state.crash.changes]
        return [*kept, FaultEvent(kind="crash", target=told_of(self.recording.changes, state.crash, state.model))]


def told_of(changes: Sequence[Change], crash: Crash, model: Persistence) -> str:
    """Where a crash was, and what it lost, in words."""
    last = changes[crash.changes - 1] if crash.changes else None
    text = f"after change {crash.changes}" + (f" ({_words(last)})" if last else "")
    if crash.names is not None:
        text += f", of the unsynced names the first {crash.names} survive"
    for index, loss in crash.losses:
        text += f", write {index + 1} {loss}"
    return f"{text}; persistence {model.value}"


def set_up(factory: Factory, scenario: Scenario) -> Play:
    """A play at the point where the steps of a scenario begin. Unplayable where the engine cannot be brought there."""
    play = Play(factory)
    missing = sorted(scenario.needs - play.adapter.capabilities)
    if missing:
        raise Unplayable(f"{scenario.name}: the engine has no {', '.join(missing)}")
    try:
        failed = play.set_up(scenario)
    except Misbehaved as problem:
        raise Unplayable(f"{scenario.name}: {problem}") from None
    if failed:
        raise Unplayable(f"{scenario.name}: its set-up fails with {code_name(failed)}")
    return play


def play_whole(play: Play, scenario: Scenario) -> None:
    """All steps, on a whole disk. Unplayable where one fails: the other levels say why."""
    try:
        failed = play.play(scenario.steps)
    except Misbehaved as problem:
        raise Unplayable(f"{scenario.name}: {problem}") from None
    if failed:
        raise Unplayable(f"{scenario.name}: without a fault it fails with {code_name(failed)}")


def _in_force(before: Promise, made: list[tuple[int, Promise]], changes: int) -> Promises:
    """Which promises hold after how many changes: each from where it was made to where the next one was."""
    found: Promises = defaultdict(list)
    begins = [(0, before), *made]
    ends = [count for count, _ in made] + [changes]
    for (begin, promise), end in zip(begins, ends, strict=True):
        for point in range(begin, end + 1):
            found[point].append(promise)
    return found


def _words(change: Change) -> str:
    where = f" at {change.offset}" if change.kind == "write" else ""
    return f"{change.kind} {change.new or change.name}".strip() + where
