"""What a client was promised at one moment: which rows are committed, and which sets restore to which moment."""

from typing import NamedTuple


class SetPromise(NamedTuple):
    """A destination, and how many rows what lies there restores to. Not `certain`: it may also be refused.

    `snapshot`: files copied from under a frozen instance, which recovery brings back; else a set for a restore.
    """

    folder: str
    low: int
    high: int
    certain: bool
    snapshot: bool = False


class Promise(NamedTuple):
    """Rows that are committed, and those whose commit was asked for; the database is there; the sets, the newest last.

    `altered`: a restore over the original has begun, after whose failure files were probably altered [RI]. `circular`:
    logs go by themselves [TL]. `restored`: of the copy that a restore made or was to make. `rolls`: some set is sure to be
    continued by the logs that are there.
    """

    committed: int = 0
    invoked: int = 0
    created: bool = False
    sets: tuple[SetPromise, ...] = ()
    altered: bool = False
    circular: bool = False
    restored: SetPromise | None = None
    rolls: bool = True

    def at(self, folder: str) -> SetPromise | None:
        """What was promised of a destination."""
        return next((one for one in self.sets if one.folder == folder), None)

    def with_set(self, new: SetPromise) -> "Promise":
        """The same with another promise for that destination."""
        return self._replace(sets=(*(one for one in self.sets if one.folder != new.folder), new))

    def backup_began(self, folder: str, *, keeps: bool, during: int = 0, snapshot: bool = False) -> "Promise":
        """From now on the destination may also hold the set that is being made, with what is committed meanwhile.

        `keeps`: the earlier one stays until then.
        """
        before = self.at(folder)
        low = before.low if before is not None else self.committed
        certain = before is not None and before.certain and keeps
        return self.with_set(SetPromise(folder, low, self.invoked + during, certain, snapshot))

    def backup_succeeded(self, folder: str, low: int, *, snapshot: bool = False) -> "Promise":
        """The destination holds a set with at least the rows that were committed when the backup began."""
        return self.with_set(SetPromise(folder, low, self.invoked, True, snapshot))
