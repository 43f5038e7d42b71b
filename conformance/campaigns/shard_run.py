"""One shard, in the worker process under its supervisor."""

from contextlib import closing
from typing import Any

import msgspec
from hypothesis.configuration import set_hypothesis_home_dir

from ..belief import BoundExceeded
from ..findings import Finding
from ..folders import Workspace
from ..journal import Journal
from ..laboratory import Bounds, Laboratory, bounded
from ..worker import Job
from .parts import PARTS, Found, Part
from .plan import Shard

WITH_EFFECTS = (2, 4)
"""Levels whose findings are reduced with effects judged, for they were found so."""


class Options(Bounds, kw_only=True):
    """What the campaign asks of the worker process."""

    shard: Shard
    profile: str


def run(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process."""
    options = msgspec.convert(job.options, Options)
    set_hypothesis_home_dir(workspace.folder)  # else it leaves a folder where the user stands
    laboratory = bounded(job.engine, options, journal, workspace, profile=options.profile, seed=options.shard.seed)
    with closing(laboratory):
        found = _found(laboratory, options.shard)
    answer: dict[str, Any] = msgspec.to_builtins(found)
    return answer


def _found(laboratory: Laboratory, shard: Shard) -> Found:
    found = Found()
    try:
        outcome = part_of(shard).run(laboratory, shard.item, shard.seed, found)
    except BoundExceeded as bound:
        found.verdict, found.reason = "unknown", str(bound)
        outcome = None
    found.calls += laboratory.calls
    if isinstance(outcome, tuple):
        laboratory.effects = laboratory.effects_judge() if shard.level in WITH_EFFECTS else None
        outcome = laboratory.reduce(*outcome, level=shard.level)
    if isinstance(outcome, Finding):
        found.verdict, found.finding, found.unreduced = "does-not-conform", outcome, str(laboratory.saved or "")
    return found


def part_of(shard: Shard) -> Part:
    """The part that a shard is of. KeyError for one that this version does not have."""
    for part in PARTS:
        if (part.level, part.name) == (shard.level, shard.part) and shard.item in part.items:
            return part
    raise KeyError(shard.name)
