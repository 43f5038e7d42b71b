"""Where restored databases go: made beside their place under a temporary name, put there when all is well [RI]."""

from contextlib import suppress

from ..model.vocabulary import JetErr
from .database import Database
from .failure import JetFailure
from .files import Files, Kind, base, join, parent
from .header import DatabaseHeader
from .instance import Instance
from .records import Attachment
from .storage import make_folders

SUFFIX = ".rst"


def require_folder(files: Files, instance: Instance, folder: str) -> str:
    """A folder to restore into: there, or made if that is allowed; InvalidPath otherwise [RI, IO]."""
    if files.kind(folder) is Kind.ABSENT and instance.parameters.create_path:
        make_folders(files, folder)
    if files.kind(folder) is not Kind.FOLDER:
        raise JetFailure(JetErr.InvalidPath)
    return folder


class Places:
    """The databases of one restore and their places, by signature. `target` None is the original place of each."""

    def __init__(self, files: Files, instance: Instance, target: str | None) -> None:
        self.target = target
        self.databases: dict[bytes, Database] = {}
        self._files = files
        self._instance = instance
        self._places: dict[bytes, str] = {}

    def claim_copy(self, name: str, header: DatabaseHeader) -> str:
        """Claim the place for a copy of a set; the temporary name to make it under."""
        place = join(self.target, name) if self.target is not None else self._original(header.path)
        return self._claim(header.signature, place)

    def claim_created(self, attachment: Attachment) -> str | None:
        """The same for a database that the logs create; None if it is still in its original place."""
        if self.target is None:
            place = self._original(attachment.path)
            if self._files.kind(place) is Kind.FILE:
                return None
        else:
            place = self._files.resolve(join(self.target, base(attachment.path)))  # a log may name anything
            if place in self._places.values():
                place = join(self.target, f"database-{attachment.database_id}-{attachment.signature.hex()}.edb")
        return self._claim(attachment.signature, place)

    def of(self, signature: bytes) -> str:
        """The place of a database."""
        return self._places[signature]

    def fill(self) -> None:
        """Put every database into its place."""
        for signature, database in self.databases.items():
            place = self._places[signature]
            database.close()
            self._files.rename(place + SUFFIX, place)
            self._files.sync_folder(parent(place))

    def discard(self) -> None:
        """After a failure: remove what was made; what lay in the places is still there."""
        for database in self.databases.values():
            database.close()
        for place in self._places.values():
            with suppress(OSError):
                self._files.remove(place + SUFFIX)

    def _original(self, path: str) -> str:
        """Where a database was when it was backed up; a made-up header must not lead out of the root."""
        place = self._files.resolve(path)
        require_folder(self._files, self._instance, parent(place))
        return place

    def _claim(self, signature: bytes, place: str) -> str:
        """Fails if another database of the set has this place, or is made there, or a running instance has one there."""
        taken = {name for other in self._places.values() for name in (other, other + SUFFIX)}
        if not taken.isdisjoint((place, place + SUFFIX)):
            raise JetFailure(JetErr.DatabaseSharingViolation)
        if self._files.kind(place) is Kind.FILE:
            try:
                self._files.close(self._files.open(place, exclusive=True))
            except BlockingIOError:
                raise JetFailure(JetErr.DatabaseSharingViolation) from None
        elif self._files.kind(place) is not Kind.ABSENT:
            raise JetFailure(JetErr.InvalidPath)
        if self._files.kind(place + SUFFIX) is Kind.FILE:
            self._files.remove(place + SUFFIX)  # a restore died here
        self._places[signature] = place
        return place + SUFFIX
