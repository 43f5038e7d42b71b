"""Level 1, codes: the systematic walk over all cells with at most one other call in flight, then Hypothesis.

Regressions are replayed before anything else. The first finding ends the level: it is reduced, explained and saved.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from ..model.cells import Graph, explore
from ..model.deviations import Overlaid
from ..model.domains import DOMAINS
from .belief import BoundExceeded
from .coverage import Coverage
from .deviation_cells import DeviationCells
from .exercised import DeviationsSeen, Exercised
from .findings import Finding, load_regression, regressions
from .history import History, Nonconformity
from .laboratory import Bounds, Laboratory, deviations
from .machine import BATCHES, Batch, run_batch, weigh
from .scorecard import Level
from .script import play
from .stale import Record
from .walk import Walk


class Options(Bounds, kw_only=True):
    """What the command line asks of the level."""

    profile: str = "documented"
    seed: int = 0
    regressions: str = ""
    cell: str = ""
    systematic_only: bool = False
    levels: tuple[int, ...] = (1,)


class Report(msgspec.Struct, kw_only=True):
    """What the level found: plain data, as the scorecard and `--json` show it."""

    verdict: str
    calls: int = 0
    histories_replayed: int = 0
    random_examples: int = 0
    exhausted: bool = False  # the systematic part came to its end
    problem: str = ""  # what is wrong with the request
    unknown: str = ""  # why no verdict could be given
    cells_in_model: int = 0  # counted when the systematic part comes to its end
    cells_reachable: int = 0
    cells_covered: int = 0
    cells_exercised: int = 0
    not_exercised: list[str] = []
    codes_seen: dict[int, list[str]] = {}  # of JetBackupInstance: code -> forced, at a hold point
    codes_reachable: list[int] = []
    exercised: Exercised = msgspec.field(default_factory=Exercised)
    deviations: DeviationsSeen | None = None  # of a run with a file of them
    lacking: list[str] = []  # capabilities that the engine does not have
    levels: list[Level] = []  # the levels above the first
    finding: Finding | None = None
    stale: list[str] = []  # regressions that the profile no longer rejects as they were recorded
    only_recorded: list[str] = []  # regressions that no engine can be made to repeat
    unreduced: str = ""  # the file in which it was saved before it was reduced


class Level1:
    """One run of the level: the regressions, the walk, the random half."""

    def __init__(self, laboratory: Laboratory, options: Options) -> None:
        self.laboratory = laboratory
        self.options = options
        self.coverage = Coverage()
        rules = laboratory.contract
        if isinstance(rules, Overlaid):
            found, file = deviations(laboratory.profile)
            self.coverage.deviations = DeviationCells(rules.contract, found, file)
        self.report = Report(verdict="unknown")
        self.failed: History | None = None

    def run(self) -> Report:
        """All parts in their order, up to the first finding."""
        try:
            self._regressions()
            if 1 in self.options.levels:
                self._walk()
            if self.report.exhausted and not self.options.systematic_only and not self.options.cell:
                self._random()
            if 1 in self.options.levels:
                self.report.verdict = "conforms" if self.report.exhausted else "unknown"
            else:
                self.report.verdict = "not-exercised"
        except BoundExceeded as bound:
            self.report.verdict, self.report.unknown = "unknown", str(bound)
        except Nonconformity as problem:
            self.report.verdict = "does-not-conform"
            self.report.finding = self.laboratory.reduce(self.failed, problem, level=1)
        return self._filled()

    def _regressions(self) -> None:
        """Whatever level found them: effects are judged as well, where the profile has clauses for them."""
        self.laboratory.effects = self.laboratory.effects_judge()
        record = Record(self.laboratory.contract, self.laboratory.profile)
        for path in regressions(self.options.regressions):
            trace, script = load_regression(path)
            if record.is_stale(trace):
                self.report.stale.append(path.name)
            if not script:
                self.report.only_recorded.append(path.name)
                continue
            if trace.header.schedule is not None or trace.header.fault is not None:  # levels 5 and 6 make those
                continue
            with self.laboratory.history(path.name) as history:
                self.failed = history
                play(script, history)
            self.report.histories_replayed += 1
        self.laboratory.effects = None  # and if one failed, its reduction is judged as it was

    def _walk(self) -> None:
        wanted = self.options.cell
        for graph in self._graphs():
            walk = Walk(graph, self.laboratory, self.coverage, wanted)
            try:
                ended = walk.run()
            finally:
                self.failed = walk.history
            if not ended:
                return
        self.report.exhausted = not wanted or wanted in self.coverage.covered

    def _graphs(self) -> Iterator[Graph]:
        """The domains, explored one by one as they are wanted; those without the wanted cell are left out."""
        known: set[str] = set()
        for domain in DOMAINS:
            graph = explore(self.laboratory.stepper, domain)
            ids = {cell.id for cells in graph.cells.values() for cell in cells}
            known |= ids
            if not self.options.cell or self.options.cell in ids:
                yield graph
        self.report.cells_in_model = len(known)
        if self.options.cell and self.options.cell not in known:
            self.report.problem = f"cell {self.options.cell!r} is not known: no cell of the profile has this id"

    def _random(self) -> None:
        seen: Counter[str] = Counter()
        for number in range(BATCHES):
            if not self.laboratory.within_budget():
                return
            batch = Batch(self.laboratory, weigh(seen), seen)
            before = self.laboratory.calls
            try:
                run_batch(batch, seed=self.options.seed * BATCHES + number)
            except Nonconformity:
                self.failed = batch.failed[0] if batch.failed else self.failed
                raise
            self.report.random_examples += self.laboratory.calls - before

    def _filled(self) -> Report:
        report, coverage = self.report, self.coverage
        if self.options.cell:
            coverage.known = {one: label for one, label in coverage.known.items() if one == self.options.cell}
        else:
            report.exercised = coverage.exercised_cells()
        if coverage.deviations is not None:
            report.deviations = coverage.deviations.summary()
        report.calls = self.laboratory.calls
        report.cells_reachable = len(coverage.known)
        report.cells_covered = len(coverage.covered & coverage.known.keys())
        report.cells_exercised = len((coverage.exercised - coverage.covered) & coverage.known.keys())
        missed = [cell for cell in coverage.known if cell not in coverage.covered]
        report.not_exercised = [f"{cell} {coverage.known[cell]}" for cell in missed if cell not in coverage.exercised]
        report.codes_seen = {code: sorted(how) for code, how in sorted(coverage.codes.items())}
        report.codes_reachable = sorted(coverage.reachable)
        report.lacking = sorted(coverage.lacking)
        return report
