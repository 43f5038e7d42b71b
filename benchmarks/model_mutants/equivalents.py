"""Mutants that nobody catches and nobody need catch: each with the reason. One that does not survive is an error here."""

from collections.abc import Mapping

EQUIVALENT: Mapping[str, str] = {}
"""By the name of the mutant, why no engine could be judged otherwise by it."""
