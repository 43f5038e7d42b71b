"""Rounds of level 6 on any engine that a test has planned, in the place of those that a seed draws."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import laboratory
from jetconform.conformance.faults.any_engine import KINDS, Kind, Sample, sample
from jetconform.conformance.history import Nonconformity


def planned(name: str, *plans: Any) -> tuple[Kind, ...]:
    """The kind of that name, with these rounds alone."""

    def rounds(_seed: int) -> Iterator[Any]:
        return iter(plans)

    return tuple(replace(kind, many=len(plans), rounds=rounds) for kind in KINDS if kind.name == name)


def played(folder: Path, spec: str, name: str, *plans: Any) -> tuple[Sample, Nonconformity | None]:
    """What comes of these rounds on that engine."""
    found = Sample()
    with laboratory(folder, spec) as lab:
        failed = sample(lab, 1, found, planned(name, *plans))
        lab.close()
    return found, failed[1] if failed is not None else None
