"""What became of recorded calls under one profile: calls = explained + rejected + unjudged, and what that exercised."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from ..model.rows import Force, Profile
from .explain import Explanation, RowText
from .unjudged import Unjudged


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded call that the profile cannot explain, or that left behind what a clause forbids."""

    file: str
    line: int
    call: str
    observed: str
    allowed: list[str]
    explanation: Explanation
    ese: list[RowText] = []  # the rows of Microsoft's engine that do explain it

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...], str]:
        """What two rejections have in common that say the same."""
        clause = self.explanation.reason if self.explanation.kind == "effect" else ""
        return self.call, self.observed if not clause else "", tuple(self.allowed), clause


@dataclass
class Tally:
    """The counts of one profile."""

    profile: Profile
    traces: int = 0
    calls: int = 0
    explained: int = 0
    unjudged: Counter[Unjudged] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    traces_rejected: int = 0
    traces_unknown: int = 0
    sequential: int = 0  # returns of calls that nothing overlapped
    sharp: int = 0  # of these, with exactly one allowed code
    codes: Counter[int | None] = field(default_factory=Counter)  # that were explained
    rows: Counter[str] = field(default_factory=Counter)  # by which a return was explained
    clauses: Counter[str] = field(default_factory=Counter)  # that spoke of what a call left behind
    quirks: Counter[str] = field(default_factory=Counter)  # rows of ese that explain what was rejected here

    @property
    def verdict(self) -> str:
        """`does-not-conform`, `unknown` or `conforms`, as of a level (DESIGN.md section 4)."""
        if self.rejected:
            return "does-not-conform"
        return "unknown" if self.unjudged.total() else "conforms"

    @property
    def never_fired(self) -> list[str]:
        """The rows for a failure, or for the end of the process, that explained no return."""
        failing = (row for row in self.profile.rows if row.force is not Force.SUCCESS and row.fails)
        return [row.id for row in failing if not self.rows[row.id]]

    @property
    def codes_never_seen(self) -> list[int]:
        """The codes that some row of the profile gives and that explained no return, from success down."""
        given = {row.number for row in self.profile.rows if row.number is not None}
        return sorted(given - set(self.codes), reverse=True)

    def as_json(self) -> dict[str, object]:
        """The counts as plain values, for `--json`."""
        return {
            "profile": self.profile.name,
            "verdict": self.verdict,
            "traces": self.traces,
            "calls": self.calls,
            "explained": self.explained,
            "unjudged": self.unjudged.total(),
            "unjudged_by_reason": {
                reason.name.lower().replace("_", "-"): self.unjudged[reason]
                for reason in Unjudged
                if self.unjudged[reason]
            },
            "rejected": [
                {"file": one.file, "line": one.line, "call": one.call, "observed": one.observed, "allowed": one.allowed}
                for one in self.rejected
            ],
            "sequential": self.sequential,
            "sharp": self.sharp,
            "rows": dict(sorted(self.rows.items())),
            "rows_never": self.never_fired,
            "codes": {"died" if code is None else str(code): number for code, number in self.codes.items()},
            "codes_never": self.codes_never_seen,
            "clauses": dict(sorted(self.clauses.items())),
            "quirks": dict(sorted(self.quirks.items())),
        }
