"""What the contract says of what was found: clauses by which a run of level 6 can fail, each judged on the data."""

from collections.abc import Iterator
from typing import NamedTuple

from ...model.effects import CLAUSES
from ...model.faults import SURVIVED, Verdict
from ...model.vocabulary import JetErr, code_name
from .aftermath import Aftermath, Found
from .image import Image
from .promise import Promise, SetPromise

DURABLE, SET, INTACT, HALF = "Insert.durable", "BI.full", "BI.atomic-keeps", "BI.no-set"
TRUNCATED, NOTHING_NEW, LOGS_KEPT, RESTORED = "BI.truncated", "BI.nothing-new", "BI.logs-kept", "RI.clean"
CODE, ANSWER, USABLE = "code", "answer", "usable"
"""Clauses of level 6 that are no effects: the code is permitted; a call answers; what could be done before can be done."""

_OWN = {
    CODE: "a call that a fault struck returns a code that the fault permits (model/faults.py, each row with its page)",
    ANSWER: "a call answers with a JET_ERR, a 32-bit integer [JE]",
    USABLE: "after a fault that is over the instance works, or says LogWriteFail or InstanceUnavailable [BI Return value; L14]",
}


class Broken(NamedTuple):
    """A clause that does not hold, and what was seen instead. `folder`: the set, where it is about one."""

    clause: str
    text: str
    folder: str = ""


def clause_text(clause: str) -> str:
    """The clause in words, with its citation."""
    if clause in _OWN:
        return f"clause {clause}: {_OWN[clause]}"
    found = next(one for one in CLAUSES["documented"] if one.id == clause)
    return f"clause {found.id}, on {found.when.value}: {found.text} [{found.citation}]"


class Expected(NamedTuple):
    """The rows that a client saw, and between which of them a cut may lie."""

    rows: tuple[str, ...]
    cuts: frozenset[int]

    def verdict(self, found: Found, low: int, high: int) -> Verdict:
        """The class of what came back, where at least `low` and at most `high` rows were promised."""
        if found.failed:
            return Verdict.REFUSED
        count = len(found.rows)
        known = min(count, len(self.rows))
        if found.rows[:known] != self.rows[:known] or count not in self.cuts or count > high:
            return Verdict.WRONG
        return Verdict.COMPLETE if count >= low else Verdict.UP_TO


class Allowed(NamedTuple):
    """Which classes a recovery and a restore may come to; without damage both are complete. `own`: the folder whose set
    may be so, where it is not all."""

    recovery: frozenset[Verdict] = SURVIVED
    sets: frozenset[Verdict] = SURVIVED
    own: str = ""

    def of(self, folder: str) -> frozenset[Verdict]:
        """The classes that a restore of that set may come to."""
        return self.sets if self.own in ("", folder) else SURVIVED


def broken_data(
    aftermath: Aftermath, image: Image, promise: Promise, expected: Expected, allowed: Allowed
) -> Iterator[Broken]:
    """Everything that was promised and does not come back from what lies on the disk."""
    yield from _recovery(aftermath, image, promise, expected, allowed)
    for one in promise.sets if promise.created else ():
        yield from _set(aftermath, image, one, expected, allowed)
    if allowed.recovery == allowed.sets == SURVIVED:
        yield from _roll_forward(aftermath, image, promise, expected)
        yield from _again(aftermath, image, promise)
    if promise.restored is not None and promise.created:
        yield from _copy(aftermath, image, promise.restored, expected, allowed)


def _recovery(
    aftermath: Aftermath, image: Image, promise: Promise, expected: Expected, allowed: Allowed
) -> Iterator[Broken]:
    low, high = promise.committed, promise.invoked
    if promise.altered:
        folder = promise.sets[-1].folder
        found = aftermath.restore_again(image, folder)
        verdict = expected.verdict(found, low, high)
        if verdict not in allowed.recovery | allowed.sets:
            yield Broken("RI.rolled-forward", f"restored over the original once more: {found.told}", folder)
        return
    found = aftermath.recover(image)
    if found.problem:
        yield Broken(ANSWER, f"recovery: {found.problem}")
        return
    verdict = expected.verdict(found, low, high)
    if verdict is Verdict.REFUSED and not promise.created and found.call in ("JetAttachDatabase", "JetOpenDatabase"):
        return  # the database is not there yet, and nobody was told that it is
    if verdict not in allowed.recovery:
        clause = "IN.recovered" if verdict is Verdict.REFUSED else DURABLE
        wanted = f"{low}" if low == high else f"{low} to {high}"
        yield Broken(clause, f"after recovery: {found.told}, {verdict.value}; {wanted} rows were committed")


def _set(aftermath: Aftermath, image: Image, one: SetPromise, expected: Expected, allowed: Allowed) -> Iterator[Broken]:
    found = (aftermath.snapshot if one.snapshot else aftermath.restore)(image, one.folder)
    if found.problem:
        yield Broken(ANSWER, f"restore of {one.folder}: {found.problem}", one.folder)
        return
    verdict = expected.verdict(found, one.low, one.high)
    if verdict in allowed.of(one.folder) or (verdict is Verdict.REFUSED and not one.certain):
        return
    wanted = f"{one.low}" if one.low == one.high else f"{one.low} to {one.high}"
    clause = SET if one.certain else HALF
    yield Broken(clause, f"{one.folder} restored: {found.told}, {verdict.value}; it was to have {wanted}", one.folder)


def _roll_forward(aftermath: Aftermath, image: Image, promise: Promise, expected: Expected) -> Iterator[Broken]:
    """The logs that are left continue a set: the database alone may be lost, and no commit is."""
    sets = [one for one in promise.sets if not one.snapshot]
    if (
        promise.circular
        or promise.altered
        or not (promise.rolls and promise.created)
        or not any(one.certain for one in sets)
    ):
        return
    told = []
    for one in reversed(sets):
        found = aftermath.roll_forward(image, one.folder)
        if expected.verdict(found, promise.committed, promise.invoked) is Verdict.COMPLETE:
            return
        told.append(f"{one.folder}: {found.told}")
    text = f"no set can be rolled forward to the {promise.committed} rows that were committed: {'; '.join(told)}"
    yield Broken(TRUNCATED, text, sets[-1].folder)


def _again(aftermath: Aftermath, image: Image, promise: Promise) -> Iterator[Broken]:
    """The next backup into a folder is as good as any, whatever lies there; that something does may be a reason to refuse."""
    for one in promise.sets if promise.created and not promise.altered else ():
        found = None if one.snapshot else aftermath.backed_up_again(image, one.folder)
        if found is None:
            continue
        if found.problem:
            yield Broken(ANSWER, f"a backup into {one.folder} after recovery: {found.problem}", one.folder)
        elif found.err < 0 and found.err != JetErr.BackupDirectoryNotEmpty:
            yield Broken(USABLE, f"a backup into {one.folder} after recovery: {code_name(found.err)}", one.folder)
        elif found.restored is not None and found.restored.rows != found.rows:
            text = f"a backup into {one.folder} after recovery, restored: {found.restored.told}, of {len(found.rows)}"
            yield Broken(SET, text, one.folder)


def _copy(
    aftermath: Aftermath, image: Image, one: SetPromise, expected: Expected, allowed: Allowed
) -> Iterator[Broken]:
    """What a restore made beside the original: all of it, or nothing that could be taken for it."""
    found = aftermath.recover(image.below(one.folder), f"{one.folder}/a.edb")
    verdict = expected.verdict(found, one.low, one.high)
    if verdict in allowed.sets | allowed.recovery or (verdict is Verdict.REFUSED and not one.certain):
        return
    yield Broken(
        RESTORED, f"what the restore made: {found.told}, {verdict.value}; it was to have {one.low} rows", one.folder
    )
