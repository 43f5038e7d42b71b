"""Where engines of one source differ: rows that one flavour alone has, beside the profile `ese` (DESIGN.md section 3).

The profile is that of the engine that was recorded, the open-source build, retail, under Wine: what it does the flavours `ese`
and `wine` do. Microsoft's esent.dll is built from the same source with the macro ESENT (source, introduction), which compiles a
test of handles into it.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from .guards.documented import IN_SESSION
from .guards.ese import ESE
from .guards.external_calls import BE, CF, E2, EE, GA, GL, GT, OF, OPI, OTI, RF, TR
from .rows import ENTER, MAY, MUST, Flavour, Profile, Row
from .vocabulary import JetErr as E

_ONE_BY_ONE = ("JetBackupInstance", *BE, *GA, *OF, *RF, *CF, *GL, *GT, *TR, *EE, *E2)
_OTHERS = ("JetBeginSession", "JetTerm", "JetTerm2", "JetStopServiceInstance", "JetStopServiceInstance2", "JetStopBackupInstance", *OPI, *OTI)  # fmt: skip

# fmt: off
FLAVOURED: tuple[Row, ...] = (
    Row("XX.esent-handle", _ONE_BY_ONE, ENTER, "handle_bad & not handle_nil", E.InvalidInstance, MAY, "source 1.2 step 0, 2.1 G0: [ESENT] alone, a handle that is neither nil nor a live instance", flavour=Flavour.ESENT),
    Row("RI.esent-handle", ("JetRestoreInstance",), ENTER, "handle_bad & not handle_nil", E.InvalidInstance, MAY, "source 4.1 item 1: [ESENT] alone", flavour=Flavour.ESENT),
    Row("XY.esent-handle", _OTHERS, ENTER, "handle_bad & not handle_nil", E.InvalidInstance, MAY, "J:12499, 22269-22274, 22598-22636, 23076, 23122 with J:5234-5271: the same test, [ESENT] alone", flavour=Flavour.ESENT),
    Row("SE.esent-session", IN_SESSION, ENTER, "session_bad", E.InvalidSesid, MAY, "source 1.3: before it JET_VALIDATE_SESID, which in [ESENT] alone looks whether it is a session", flavour=Flavour.ESENT),
)
# fmt: on
"""Each is tried before the rows of the profile: the test comes before anything else that the call does."""


@cache
def of_flavour(flavour: Flavour | None) -> Profile:
    """The profile `ese` of one flavour, or, for None, of all: then what one flavour alone does is allowed, and nothing more.

    Of one flavour its own rows bind, as every row of that profile does.
    """
    return replace(ESE, rows=(*_bound(flavour), *ESE.rows))


def _bound(flavour: Flavour | None) -> Iterable[Row]:
    if flavour is None:
        return FLAVOURED
    return (replace(row, force=MUST) for row in FLAVOURED if row.flavour is flavour)
