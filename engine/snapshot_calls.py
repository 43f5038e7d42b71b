"""The API of snapshots: the calls as a client makes them [OP to OTI; documentation 2.14]."""

from ..model.vocabulary import JetErr
from . import snapshot
from .failure import answers, answers_with, answers_with_list
from .registry import Registry
from .snapshot import FrozenInstance


class SnapshotCalls:
    """The part of `Engine` that holds the files still while the client copies them."""

    _registry: Registry

    @answers_with(0)
    def os_snapshot_prepare(self, grbit: int) -> tuple[JetErr, int]:
        """JetOSSnapshotPrepare [OP]: the id of the session."""
        return JetErr.Success, snapshot.prepare(self._registry, grbit)

    @answers
    def os_snapshot_prepare_instance(self, snap_id: int, instance: int, grbit: int) -> JetErr:
        """JetOSSnapshotPrepareInstance [OPI]."""
        return snapshot.prepare_instance(self._registry, snap_id, instance, grbit)

    @answers_with_list
    def os_snapshot_freeze(self, snap_id: int, grbit: int) -> tuple[JetErr, list[FrozenInstance]]:
        """JetOSSnapshotFreeze [OZ]: who is frozen, with the databases of each."""
        return JetErr.Success, snapshot.freeze(self._registry, snap_id, grbit)

    @answers
    def os_snapshot_thaw(self, snap_id: int, grbit: int) -> JetErr:
        """JetOSSnapshotThaw [OT]."""
        return snapshot.thaw(self._registry, snap_id, grbit)

    @answers
    def os_snapshot_truncate_log(self, snap_id: int, grbit: int) -> JetErr:
        """JetOSSnapshotTruncateLog [OTL]."""
        return snapshot.truncate(self._registry, snap_id, grbit)

    @answers
    def os_snapshot_truncate_log_instance(self, snap_id: int, instance: int, grbit: int) -> JetErr:
        """JetOSSnapshotTruncateLogInstance [OTI]."""
        # A null handle is a bad one here, not "all".
        return snapshot.truncate(self._registry, snap_id, grbit, -1 if instance is None else instance)

    @answers
    def os_snapshot_end(self, snap_id: int, grbit: int) -> JetErr:
        """JetOSSnapshotEnd [OE]."""
        return snapshot.end(self._registry, snap_id, grbit)

    @answers
    def os_snapshot_abort(self, snap_id: int, grbit: int) -> JetErr:
        """JetOSSnapshotAbort [OA]."""
        return snapshot.abort(self._registry, snap_id, grbit)
