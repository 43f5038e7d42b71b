"""The API of streaming ("external") backups: the calls as a client makes them [BEI to E2; documentation 2.13]."""

from ..model.vocabulary import EndBackupGrbit, JetErr
from . import streaming, streaming_end
from .failure import answers, answers_with, answers_with_list
from .registry import Registry


class StreamingCalls:
    """The part of `Engine` that lets a client read a backup file by file."""

    _registry: Registry

    @answers
    def begin_external_backup_instance(self, instance: int, grbit: int) -> JetErr:
        """JetBeginExternalBackupInstance [BEI, BE]."""
        return streaming.begin(self._registry, instance, grbit)

    @answers_with_list
    def get_attach_info_instance(self, instance: int) -> tuple[JetErr, list[str]]:
        """JetGetAttachInfoInstance [GA]: the databases to be read."""
        return JetErr.Success, streaming.attach_info(self._registry, instance)

    def open_file_instance(self, instance: int, path: str) -> tuple[JetErr, int, int]:
        """JetOpenFileInstance [OF]: the handle of the file and its size in bytes."""
        code, (file, size) = self._open_file(instance, path)
        return code, file, size

    @answers_with((0, 0))
    def _open_file(self, instance: int, path: str) -> tuple[JetErr, tuple[int, int]]:
        return JetErr.Success, streaming.open_file(self._registry, instance, path)

    @answers_with(b"")
    def read_file_instance(self, instance: int, file: int, size: int) -> tuple[JetErr, bytes]:
        """JetReadFileInstance [RF]: up to `size` further bytes; none at the end of the file."""
        return JetErr.Success, streaming.read_file(self._registry, instance, file, size)

    @answers
    def close_file_instance(self, instance: int, file: int) -> JetErr:
        """JetCloseFileInstance [CF]."""
        return streaming.close_file(self._registry, instance, file)

    @answers_with_list
    def get_log_info_instance(self, instance: int) -> tuple[JetErr, list[str]]:
        """JetGetLogInfoInstance [GL]: the logs to be read; this engine has no patch files."""
        return JetErr.Success, streaming.log_info(self._registry, instance)

    @answers_with_list
    def get_truncate_log_info_instance(self, instance: int) -> tuple[JetErr, list[str]]:
        """JetGetTruncateLogInfoInstance [GT]: the logs that may be deleted after a success."""
        return JetErr.Success, streaming_end.truncate_log_info(self._registry, instance)

    @answers
    def truncate_log_instance(self, instance: int) -> JetErr:
        """JetTruncateLogInstance [TR]."""
        return streaming_end.truncate_log(self._registry, instance)

    @answers
    def end_external_backup_instance(self, instance: int) -> JetErr:
        """JetEndExternalBackupInstance [EE]: JetEndExternalBackupInstance2 with EndNormal."""
        call, grbit = "JetEndExternalBackupInstance", int(EndBackupGrbit.NORMAL)
        return streaming_end.end(self._registry, instance, grbit, call)

    @answers
    def end_external_backup_instance2(self, instance: int, grbit: int) -> JetErr:
        """JetEndExternalBackupInstance2 [E2]."""
        return streaming_end.end(self._registry, instance, grbit, "JetEndExternalBackupInstance2")
