"""What an exploration domain is: one bounded part of an unbounded world (DESIGN.md section 3)."""

from dataclasses import dataclass

from .calls import Call, Stage


@dataclass(frozen=True)
class Hold:
    """A call that can be kept in flight: at a hold point or in its K-th status callback (`callback:K`); the stage that proves."""

    call: Call
    point: str
    stage: Stage


@dataclass(frozen=True)
class Domain:
    """One bounded world: `calls` move it, `probes` are made in every state of it but lead nowhere further."""

    name: str
    what: str
    calls: tuple[Call, ...]
    setup: tuple[Call, ...] = ()
    probes: tuple[Call, ...] = ()
    holds: tuple[Hold, ...] = ()
    faults: tuple[str, ...] = ()
    depth: int | None = None  # explored to that many steps from its set-up; None: to its end
