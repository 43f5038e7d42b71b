"""Engine SPEC `mutant:NAME`: the reference engine with one bug in it, of the catalogue or a generic one."""

from ..engines import EngineSpecError
from .catalogue import MUTANTS
from .generic import PREFIX, Generic, enumerate_all
from .mutant import Mutant
from .patch import NoSourceError, StaleError, install


def find(name: str) -> Mutant | Generic:
    """The mutant of that name. Raises EngineSpecError with the names that there are."""
    if name.startswith(PREFIX):
        everything = enumerate_all()
        found = next((each for each in everything if each.name == name), None)
        if found is None:
            span = f"{everything[0].name} to {everything[-1].name}"
            raise EngineSpecError(f"mutant {name!r} is not known: the generic ones are {span}")
        return found
    for mutant in MUTANTS:
        if mutant.name == name:
            return mutant
    known = ", ".join(each.name for each in MUTANTS)
    raise EngineSpecError(f"mutant {name!r} is not known: known are {known}, and {PREFIX}NNN")


def install_mutant(name: str) -> None:
    """Put the bug into the engine of this process. Raises EngineSpecError where that cannot be done."""
    try:
        mutant = find(name)
        install(mutant.module, mutant.source())
    except (NoSourceError, StaleError, RuntimeError) as error:
        raise EngineSpecError(f"mutant {name!r}: {error}") from None
