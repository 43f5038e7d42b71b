"""Which deviations of Microsoft's engine explain a rejection by `documented`, by their ids."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ..model.deviations import Deviation
from ..model.rows import Force
from .tally import Rejected


def explaining(rejected: Rejected, deviations: Sequence[Deviation]) -> list[str]:
    """The ids of those that allow what was rejected, in the order of the file; none where the engine is another one.

    What forbids it are a clause, or must rows where it succeeded; what allows it are the rows of `ese` that explain it.
    """
    why = rejected.explanation
    if why.kind == "effect":
        return [one.id for one in deviations if clause_in(why.reason) in one.replaces]
    if not rejected.ese:
        return []
    rows = {row.id for row in rejected.ese}
    forbidding = {row.id for state in why.states for row in state.rows if row.force == Force.MUST.value}
    allowing = [one for one in deviations if rows & set(one.by)]
    lifting = [one for one in deviations if forbidding & set(one.replaces)]
    if rejected.allowed and all(row.force != Force.SUCCESS.value for row in rejected.ese):
        return [one.id for one in allowing or lifting]
    both = [one for one in lifting if one in allowing]
    return [one.id for one in both or lifting or allowing]


def seen(rejected: Iterable[Rejected], deviations: Sequence[Deviation]) -> list[tuple[str, int]]:
    """How many rejections each deviation explains, the most frequent first."""
    counts = Counter(name for one in rejected for name in explaining(one, deviations))
    return counts.most_common()


def clause_in(reason: str) -> str:
    """The id of the clause that an explanation names: `clause ID, on ...`."""
    return reason.removeprefix("clause ").partition(",")[0]
