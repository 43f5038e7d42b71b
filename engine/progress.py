"""Telling the caller of a long operation how far it is [PF, SNP, SNT, SNG]."""

from collections.abc import Callable

from ..model.vocabulary import JetErr, Snp, Snt
from .failure import JetFailure

StatusCallback = Callable[[Snp, Snt, int, int], int]
TOTAL = 100
_KNOWN = {int(code): code for code in JetErr}


class Progress:
    """Begin, rising progress, complete; a callback that returns a failure ends the operation with it [PF]."""

    def __init__(self, callback: StatusCallback | None, snp: Snp) -> None:
        self._callback = callback
        self._snp = snp
        self._done = 0

    def begin(self) -> None:
        """Nothing is done yet."""
        self._tell(Snt.BEGIN)

    def advance(self, share: float) -> None:
        """This share, between 0 and 1, is done; it never falls."""
        self._done = max(self._done, min(int(share * TOTAL), TOTAL - 1))
        self._tell(Snt.PROGRESS)

    def complete(self) -> None:
        """Everything is done: what the callback answers cannot undo it, so a failure is not heard."""
        self._done = TOTAL
        if self._callback is not None:
            self._callback(self._snp, Snt.COMPLETE, TOTAL, TOTAL)

    def _tell(self, snt: Snt) -> None:
        if self._callback is None:
            return
        answer = self._callback(self._snp, snt, self._done, TOTAL)
        if not isinstance(answer, int):
            raise JetFailure(JetErr.InvalidParameter)
        if answer < 0:
            raise JetFailure(_KNOWN.get(answer, JetErr.BackupAbortByCaller))
