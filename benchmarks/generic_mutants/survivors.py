"""Why nobody need find a mechanical mutant: by module, source line and change, so that a reason outlives the lines around it."""

from collections.abc import Mapping

OUTSIDE = ("inspect_", "report")
"""How the modules begin that no call reaches: `jetconform inspect`, and its report."""

# fmt: off
_REASONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
}
# fmt: on

BY_MUTANT = {mutant: reason for reason, mutants in _REASONS.items() for mutant in mutants}


def reason_of(module: str, code: str, what: str) -> str:
    """The reason; empty where there is none."""
    return BY_MUTANT.get((module, code, what), "")
