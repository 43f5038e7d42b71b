"""Inferring the machine, in the worker process: AALpy's KV asks and conjectures, the examination refutes, the judge judges.

KV keeps a classification tree (Kearns and Vazirani 1994), with counterexamples taken apart as Rivest and Schapire (1993) do.
"""

from collections import Counter
from contextlib import closing
from time import monotonic
from typing import Any

import msgspec

from ...model.mealy import Machine, machine_of
from ..belief import BoundExceeded
from ..findings import Finding
from ..folders import Workspace
from ..history import History, Nonconformity
from ..journal import Journal
from ..laboratory import Bounds, Laboratory, bounded
from ..suites import projection_of
from ..worker import Job
from .answers import Answer, Unsteady, Word
from .asking import Asker, BudgetEnded, NotSetUp
from .learned import Learned, learned
from .oracle import Confidence, Examination

REPEATS = 10
"""How often an engine that answered one word in two ways is asked it again, to show how it does."""


class Options(Bounds, kw_only=True):
    """What the command line asks."""

    projection: str
    profile: str
    seed: int
    extra: int


class Wavering(msgspec.Struct, kw_only=True):
    """A word that an engine answers in more than one way: how often its last call was answered how."""

    word: Word
    answers: list[tuple[Answer, int]]


class Report(msgspec.Struct, kw_only=True):
    """What came of it."""

    learned: Learned | None = None  # the last conjecture
    complete: bool = False  # whether no word was left that could refute it
    confidence: Confidence = msgspec.field(default_factory=Confidence)
    conjectures: int = 0
    runs: int = 0  # words that were asked of an engine
    hits: int = 0  # words that were answered from memory
    calls: int = 0
    seconds: float = 0.0
    absent: dict[str, str] = {}
    wavering: Wavering | None = None
    unknown: str = ""  # why there is no verdict
    finding: Finding | None = None
    unreduced: str = ""  # the file in which it was saved before it was reduced


def run(job: Job, journal: Journal, workspace: Workspace) -> dict[str, Any]:
    """The task of the worker process."""
    options = msgspec.convert(job.options, Options)
    laboratory = bounded(job.engine, options, journal, workspace, profile=options.profile, seed=options.seed)
    with closing(laboratory):
        machine = machine_of(laboratory.stepper, projection_of(options.projection))
        report: dict[str, Any] = msgspec.to_builtins(infer(laboratory, machine, extra=options.extra))
    return report


def infer(laboratory: Laboratory, machine: Machine, *, extra: int) -> Report:
    """Learn the engine of a laboratory over the calls of a machine of the model, until nothing refutes the conjecture.

    `extra`: states that the engine may have more than were found. What ends it before is in the report.
    """
    return _Learning(laboratory, machine, extra).run()


class _Learning:
    """One run, until the machine stands, or until what ends it before."""

    def __init__(self, laboratory: Laboratory, machine: Machine, extra: int) -> None:
        self.laboratory = laboratory
        self.asker = Asker(laboratory, machine)
        self.examination = Examination(self.asker, extra, laboratory.seed)
        self.report = Report()

    def run(self) -> Report:
        report, asker, started = self.report, self.asker, monotonic()
        ended: tuple[History | None, Nonconformity] | None = None
        try:
            _conjecture(self)
            report.complete = True
        except BudgetEnded:
            report.unknown = "the budget ended"
        except NotSetUp as reason:
            report.unknown = str(reason)
        except OverflowError as error:
            report.unknown = str(error)
        except BoundExceeded as bound:
            report.unknown = str(bound)
        except Unsteady as found:
            report.unknown = "the engine is not deterministic"
            report.wavering = self._again(found)
        except Nonconformity as problem:
            ended = asker.history, problem
        report.confidence = self.examination.confidence
        report.runs, report.hits, report.calls = asker.runs, asker.memory.hits, self.laboratory.calls
        report.seconds, report.absent = monotonic() - started, asker.absent
        if asker.wrong is not None:
            ended = asker.wrong.history, asker.wrong.problem
        if ended is not None:
            report.finding = self.laboratory.reduce(*ended, level=1)
            report.unreduced = str(self.laboratory.saved or "")
        return report

    def conjectured(self, one: Learned) -> None:
        """Note the last conjecture: it is shown if the run ends before the next one."""
        self.report.learned = one
        self.report.conjectures += 1

    def _again(self, found: Unsteady) -> Wavering:
        counts = Counter([found.before, found.now])
        for _ in range(REPEATS - counts.total()):
            try:
                counts[self.asker.run(found.word)[-1]] += 1
            except (BudgetEnded, NotSetUp, Nonconformity):
                break
        return Wavering(word=found.word, answers=counts.most_common())


def _conjecture(learning: _Learning) -> None:
    """Let AALpy conjecture until nothing refutes. It is imported here: only this command needs it."""
    from aalpy.base import SUL, Oracle
    from aalpy.learning_algs import run_KV

    asker, examination = learning.asker, learning.examination
    calls = list(range(len(asker.machine.calls)))

    class Engine(SUL):  # type: ignore[misc]
        """The engine, as AALpy asks it: by whole words, for the memory is the asker's."""

        def query(self, word: Word) -> list[Answer]:
            return asker.ask(tuple(word))

        def pre(self) -> None:
            """Each word is asked of a fresh engine."""

        def post(self) -> None:
            """Each word is asked of a fresh engine."""

        def step(self, letter: int) -> Answer:
            raise NotImplementedError("words are asked as a whole")

    class Examiner(Oracle):  # type: ignore[misc]
        """The examination, as AALpy asks it."""

        def find_cex(self, hypothesis: Any) -> Word | None:
            one = learned(
                hypothesis.initial_state,
                lambda state, call: (state.output_fun[call], state.transitions[call]),
                len(calls),
            )
            learning.conjectured(one)
            return examination.counterexample(one)

    engine = Engine()
    run_KV(calls, engine, Examiner(calls, engine), "mealy", cache_and_non_det_check=False, print_level=0)
