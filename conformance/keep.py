"""`--keep`: of a finding, the trace, the engine's folders before the rejected call and after it, and how to make it again."""

import shlex
from pathlib import Path

from .check import Request, replay
from .scorecard import Scorecard
from .script import from_events
from .trace import Header, write


def keep(card: Scorecard, folder: Path, *, call_timeout: float) -> None:
    """Save what an engineer needs to look into the finding."""
    assert card.finding is not None
    folder.mkdir(parents=True, exist_ok=True)
    trace = folder / "finding.jsonl"
    schedule, choices, fault = card.finding.schedule or None, card.finding.choices, card.finding.fault
    header = Header(
        trace=1,
        engine=card.engine,
        seed=card.seed,
        profile=card.profile,
        schedule=schedule,
        choices=choices,
        fault=fault,
    )
    write(trace, header, card.finding.events)
    command = ["jetconform", "replay", str(trace), "--engine", card.engine, "--profile", card.profile]
    (folder / "replay.txt").write_text(shlex.join(command) + "\n", encoding="utf-8")
    if not card.finding.events or schedule is not None or fault is not None:  # then the files were in memory
        return
    request = Request(engine=card.engine, profile=card.profile, seed=card.seed, call_timeout=call_timeout)
    replay(request, from_events(card.finding.events), keep=folder)
