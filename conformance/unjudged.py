"""Why a recorded call is not judged: every reason in one place. What is not judged is never counted as explained."""

from enum import Enum
from typing import NamedTuple

from ..model.rows import Profile
from ..model.vocabulary import JetErr as E


class Unjudged(Enum):
    """A reason, as it is shown."""

    __hash__ = object.__hash__  # the names need not be hashed anew each time

    UNKNOWN_CALL = "a call, or arguments, that the model does not know"
    AFTER_UNKNOWN = "after such a call, until the instance is destroyed"
    LEFT_OUT = "a code that the model leaves out on purpose"
    AFTER_LEFT_OUT = "after such a code, until the instance is destroyed"
    AFTER_REJECTION = "after a rejection that no row of ese explains, until the instance is destroyed"
    BOUND = "more states are possible than the judge keeps"
    NOT_BACK = "the recording stops before the call is back"


class LeftOut(NamedTuple):
    """A code that the model leaves out: why, and where the engine's source or pages have it."""

    code: E
    why: str
    citation: str


_MACHINE = "a resource of the machine ran out, or failed: a trace does not show when"

LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut(E.OutOfMemory, _MACHINE, "source 8.2: I/O, access, memory, handles; DESIGN section 3: resource codes"),
    LeftOut(E.DiskIO, _MACHINE, "source 8.2: I/O, access, memory, handles; DESIGN section 3: resource codes"),
    LeftOut(E.DiskFull, _MACHINE, "source 8.2: target disk full; DESIGN section 3: resource codes"),
    LeftOut(E.LogDiskFull, _MACHINE, "source 8.2: log disk full; DESIGN section 3: resource codes"),
    LeftOut(E.OutOfThreads, _MACHINE, "DESIGN section 3: resource codes"),
)
"""What the model leaves out on purpose, of every call that has no row for it: the answer is then unknown, not wrong."""

_LEFT_OUT = frozenset(int(one.code) for one in LEFT_OUT)


def is_left_out(profile: Profile, call: str, code: int) -> bool:
    """Whether the profile leaves that code of that call out: a row for it would know its causes."""
    return code in _LEFT_OUT and all(row.code != code for row in profile.rows_of(call))
