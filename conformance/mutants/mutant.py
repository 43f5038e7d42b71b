"""An entry of the catalogue: one bug, and the level that must find it."""

from dataclasses import dataclass

from .patch import Edit, patched


@dataclass(frozen=True)
class Mutant:
    """One bug: what takes the place of what in which module, and at which level, within how many calls, it must be found."""

    name: str
    module: str
    fragment: str
    replacement: str
    bug: str
    within: int
    level: int = 1

    def source(self) -> str:
        """The module's source with the bug in it. Raises StaleError if the patch does not fit the engine any more."""
        return patched(Edit(self.module, self.fragment, self.replacement))
