"""Charts of the model for tools that draw: the life of an instance, and how far a backup is."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..calls import Stage
from ..lifecycle import LIFECYCLE, Move
from ..rows import Force, Profile
from ..state import View
from ..wording import in_words

BACKUP = "JetBackupInstance"
NOWHERE = ""
"""The state in which nothing is there: where a chart begins and ends."""


class Arrow(NamedTuple):
    """From one state to another, with the words that stand at it, a line each."""

    source: str
    dest: str
    words: tuple[str, ...]


class Chart(NamedTuple):
    """States and the arrows between them; from `NOWHERE` and to it there are arrows, too."""

    title: str
    states: tuple[str, ...]
    arrows: tuple[Arrow, ...]


def lifecycle(profile: Profile) -> Chart:
    """The seven states of an instance; of the profile of the pages the moves that the pages know alone."""
    moves = [move for move in LIFECYCLE if profile.ordered or move.is_documented]
    arrows: dict[tuple[str, str], dict[str, None]] = {(NOWHERE, View.UNINITIALIZED.value): {}}
    for move in moves:
        arrows.setdefault((move.source.value, move.dest.value), {})[_trigger(move, moves)] = None
    title = f"The life of an instance, profile {profile.name}"
    drawn = tuple(Arrow(source, dest, tuple(words)) for (source, dest), words in arrows.items())
    return Chart(title, tuple(state.value for state in View), drawn)


def _trigger(move: Move, drawn: Sequence[Move]) -> str:
    """The trigger, with its condition where it leads to several states from here."""
    forks = {other.dest for other in drawn if (other.trigger, other.source) == (move.trigger, move.source)}
    return f"{move.trigger}, if {in_words(move.condition)}" if len(forks) > 1 else move.trigger


def backup(profile: Profile) -> Chart:
    """The stages of JetBackupInstance, and at each the outcomes that may end the call there."""
    stages = [Stage.ISSUED, *(step.stage for step in profile.programs[BACKUP])]
    names = [stage.value for stage in stages]
    arrows = [Arrow(NOWHERE, names[0], ("the call is made",))]
    arrows += [Arrow(here, there, ()) for here, there in pairwise(names)]
    arrows += [Arrow(stage.value, NOWHERE, tuple(_outcomes(profile, stage, stages[-1]))) for stage in stages]
    title = f"How far {BACKUP} is, and what may end it, profile {profile.name}"
    return Chart(title, tuple(names), tuple(arrow for arrow in arrows if arrow.words or arrow.dest != NOWHERE))


def _outcomes(profile: Profile, stage: Stage, last: Stage) -> Iterator[str]:
    """Every code once, with the strongest force of its rows; success after the last stage."""
    found: dict[str, Force] = {}
    for force in (Force.MUST, Force.MAY, Force.SUCCESS):
        for row in profile.rows_of(BACKUP):
            here = stage is last if force is Force.SUCCESS else stage in row.at
            if row.force is force and here:
                found.setdefault(row.outcome, force)
    yield from (f"{outcome} ({force.value})" if force is Force.MAY else outcome for outcome, force in found.items())


CHARTS = {"lifecycle": lifecycle, "backup": backup}
"""The charts by name."""
