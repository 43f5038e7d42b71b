"""SPIN on an export of the model: what it finds, and how long its search takes."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jetconform.model.exports.promela import CC, PAN, SPIN

_TIMEOUT = 1200  # seconds


class SpinError(Exception):
    """SPIN, the compiler or the search did not end as it should; the message is what it said."""


class Found(NamedTuple):
    """What SPIN found. Errors are assertions that do not hold, and a search that did not come to its end."""

    states: int
    transitions: int
    errors: int
    compiling: float  # CPU seconds of spin and of the compiler
    searching: float  # CPU seconds of the search


def missing() -> str:
    """What is not installed here of what is needed, or nothing."""
    return " and ".join(tool for tool in ("spin", "gcc") if shutil.which(tool) is None)


def run(source: str, folder: Path, *, compiler: Sequence[str] = CC) -> Found:
    """Search all states of a Promela source, in that folder.

    SPIN adds to the transitions one that leads to the first state; it is not counted here. SpinError when something fails.
    """
    (folder / "model.pml").write_text(source, encoding="utf-8")
    before = _cpu()
    _call(folder, "spin", *SPIN, "model.pml")
    _call(folder, "gcc", *compiler, "-o", "pan", "pan.c")
    compiled = _cpu()
    said = _call(folder, "./pan", *PAN)
    return Found(
        states=_number(r"([\d.e+]+) states, stored", said),
        transitions=_number(r"([\d.e+]+) transitions \(= stored\+matched\)", said) - 1,
        errors=_number(r"errors: (\d+)", said) + ("max search depth too small" in said),
        compiling=compiled - before,
        searching=_cpu() - compiled,
    )


def _call(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode:
        raise SpinError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _number(pattern: str, text: str) -> int:
    return int(float(_match(pattern, text)))


def _match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SpinError(f"the search did not say {pattern!r}:\n{text[-2000:]}")
    return found[1]
