"""What a call of a systematic walk wants to find, made where it is not there: by calls like any others, and judged."""

from ..model.calls import Call, Place
from ..model.external import Amount, Target
from .history import INSTANCE, History


def make_sets(history: History, call: Call) -> None:
    """Make the backup that the call wants to find. LookupError where none can be made now."""
    if call.place in (Place.FULL_SET, Place.ATOMIC_SET) and history.find(call.place) is None:
        if history.open_calls():
            raise LookupError(call.place.value)
        grbit = 4 if call.place is Place.ATOMIC_SET else 0
        history.perform(Call("JetBackupInstance", call.instance, Place.EMPTY, grbit))


def read_other_logs(history: History, call: Call) -> None:
    """Where one log shall be the last to be read, read those before it."""
    if call.target is not Target.LAST_LOG:
        return
    reading = history.judge.reading(INSTANCE)
    instance = {"instance": INSTANCE}
    if not reading.logs:  # JetGetTruncateLogInfo rolled the log, and did not say which ones are to be read
        history.make("JetGetLogInfoInstance", instance)
    for path in sorted(reading.logs - reading.read)[:-1]:
        history.make("JetOpenFileInstance", {**instance, "file": "f1", "path": path})
        size = reading.bytes_of(Amount.REST)
        history.make("JetReadFileInstance", {**instance, "file": "f1", "bytes": size})
        history.make("JetCloseFileInstance", {**instance, "file": "f1"})
