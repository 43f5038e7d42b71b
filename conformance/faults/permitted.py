"""What a fault of some kind permits: which data may be lost after it, and what a backup that failed may leave behind."""

from ...model.faults import FLIPPED, LOST, MOVED, READ, REST, Cause, Role, atlas
from .image import Image
from .kinds import Kind, role_of
from .verdict import LOGS_KEPT, NOTHING_NEW, Allowed, Broken

HOW = {
    "bit flip on read": READ,
    "bit flip at rest": REST,
    "zeroed sector": REST,
    "bit flip in a write": FLIPPED,
    "lost write": LOST,
    "misdirected write": MOVED,
}
"""The silent kinds in the words of the atlas."""


def after_fault(kind: Kind, path: str) -> Allowed:
    """What a recovery and a restore may come to after a fault of that kind struck that file first."""
    if not kind.silent:
        return Allowed()
    row = atlas(HOW[kind.name], role_of(path))
    own = path.partition("/")[0] if row.role is Role.SET else ""
    return Allowed(row.recovery, row.sets, own)


def left_behind(
    folder: str, before: Image, after: Image, kind: Kind | None, *, circular: bool = False
) -> Broken | None:
    """What a backup that failed left in its folder, or removed [BI, on failure]; None if nothing that it may not.

    A disk that takes nothing cannot be tidied up either. `kind`: of the fault that struck, if one did.
    """
    if kind is not None and kind.stays and kind.cause is Cause.IO:
        return None
    if folder:
        left = sorted(after.files(folder).items() - before.files(folder).items())
        own = kind is not None and kind.silent
        if left and not (own and role_of(left[0][0]) is Role.SET and left[0][0] in before.paths):
            return Broken(NOTHING_NEW, f"the backup failed and left {left[0][0]}", folder)
    gone = sorted(path for path in before.files("db") if _is_closed_log(path) and path not in after.paths)
    if gone and not circular:
        return Broken(LOGS_KEPT, f"the backup failed, and {gone[0]} is gone")
    return None


def _is_closed_log(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(".log") and name not in ("edb.log", "edbtmp.log")
