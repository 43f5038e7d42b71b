"""What a status callback was told in the course of one call: the checks of the clauses on progress [PF; SNP; SNT; SNG].

They speak of calls whose callback was called at all: no page says how often, or that it must be.
"""

from collections.abc import Mapping

from ..model.vocabulary import Snp, Snt
from .effects import Completed, Judged

LISTED: Mapping[int, str] = {
    2: "Repair", 4: "Compact", 8: "Restore", 9: "Backup", 10: "Upgrade", 11: "Scrub", 12: "UpgradeRecordFormat",
}  # fmt: skip
"""The operations that the page SNP lists; Microsoft's engine tells of others too while it recovers."""

OPERATION: Mapping[str, Snp] = {"JetBackupInstance": Snp.BACKUP, "JetRestoreInstance": Snp.RESTORE}


def _progress(done: Completed) -> str:
    operation = OPERATION[done.call.name]
    reached = 0
    for event in done.told:
        if event.snp != operation:
            if event.snp in LISTED:
                return f"its callback was told of snp {event.snp} {LISTED[event.snp]}"
            continue
        if event.done is None or event.total is None:
            continue
        if event.done > event.total:
            return f"its callback was told of {event.done} units done, of {event.total}"
        if event.done < reached:
            return f"its callback was told of {event.done} units done, after {reached}"
        reached = event.done
    return ""


def _completed(done: Completed) -> str:
    steps = [event.snt for event in done.told if event.snp == OPERATION[done.call.name]]
    if not steps:
        return ""
    if steps[0] != Snt.BEGIN:
        return f"the first thing that its callback was told is snt {steps[0]}, not the beginning"
    if steps[-1] != Snt.COMPLETE:
        return f"the last thing that its callback was told is snt {steps[-1]}, not the completion"
    return ""


TOLD_CHECKS: Mapping[str, tuple[Judged, ...]] = {
    "BI.progress": (Judged(_progress, told=True),),
    "BI.completed": (Judged(_completed, told=True),),
    "RI.progress": (Judged(_progress, told=True),),
    "RI.completed": (Judged(_completed, told=True),),
}
"""Recordings do not always tell whose callback it was, so that only a live engine is judged by these."""
