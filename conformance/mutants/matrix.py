"""The kill matrix: which level finds which seeded bug, after how many calls, and what the levels below make of it.

It takes an hour, so it is written down result by result, goes on where it ended, and is committed with a hash of what it was
measured on: a matrix of another engine or another model says nothing of these.
"""

import ast
import os
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ... import model
from ..errors import CheckError
from .catalogue import MUTANTS
from .load import find
from .measure import CALL_TIMEOUT, SEED, Measured, measure_one
from .mutant import Mutant
from .patch import engine_folder
from .sampling import SAMPLED, sampled_alone

FILE = "kill-matrix.json"
SEEDS = 20
LOWER_SECONDS = 20.0
"""For each level below the one that must find it; whether a level came to its end within them is said."""


class Below(msgspec.Struct, kw_only=True, frozen=True):
    """What a level made of a mutant that it need not find."""

    calls: int
    found: bool
    ended: bool  # else its time was over first
    cpu: float  # seconds


class Row(msgspec.Struct, kw_only=True):
    """One mutant: its own level, by chance alone where that is measured, and the levels below."""

    own: Measured | None = None
    cpu: float = 0.0  # seconds until it was found and its history reduced
    sampled: list[int] = []  # calls until chance alone found it, by seed from 1; 0: it did not
    below: dict[int, Below] = {}


class Matrix(msgspec.Struct, kw_only=True):
    """The whole measure, and the hash of the engine and the model that it was made with."""

    measured_on: str
    seed: int = SEED
    rows: dict[str, Row] = {}

    @property
    def missed(self) -> list[str]:
        """The mutants that their level did not find, or not in time."""
        return [
            name
            for name, row in self.rows.items()
            if row.own is not None and (not row.own.caught or row.own.late or row.own.caught_at != row.own.level)
        ]


class Task(msgspec.Struct, frozen=True):
    """One thing to be measured; level 0: its level by chance alone."""

    mutant: str
    level: int

    @property
    def kind(self) -> str:
        """Where its result goes."""
        if self.level == 0:
            return "sampled"
        return "own" if self.level == _mutant(self.mutant).level else "below"


def _mutant(name: str) -> Mutant:
    found = find(name)
    assert isinstance(found, Mutant)
    return found


# -- what it is measured on ---------------------------------------------------------------------------------------------


def hash_of_today() -> str:
    """Of the engine and of the model as they run: comments, docstrings and what the model exports do not matter."""
    digest = sha256()
    for folder in (engine_folder(), Path(next(iter(model.__path__)))):
        for path in sorted(folder.rglob("*.py")):
            if "exports" not in path.parts:
                digest.update(f"{path.relative_to(folder)}\n{_program(path)}\n".encode())
    return digest.hexdigest()[:16]


def _program(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


# -- what is to be measured ---------------------------------------------------------------------------------------------


def tasks() -> Iterator[Task]:
    """Everything, what matters most first: own levels, calls that overlap by chance alone and below, then the rest below."""
    yield from (Task(one.name, one.level) for one in MUTANTS)
    overlapping = [one for one in MUTANTS if one.level in SAMPLED]
    yield from (Task(one.name, 0) for one in overlapping)
    for group in (overlapping, [one for one in MUTANTS if one.level not in SAMPLED]):
        yield from (Task(one.name, level) for one in group for level in range(1, one.level))


def left(matrix: Matrix) -> list[Task]:
    """What of that is not in the matrix yet."""

    def is_there(task: Task) -> bool:
        row = matrix.rows.get(task.mutant, Row())
        match task.kind:
            case "own":
                return row.own is not None
            case "sampled":
                return bool(row.sampled)
        return task.level in row.below

    return [task for task in tasks() if not is_there(task)]


# -- measuring ----------------------------------------------------------------------------------------------------------


def load(folder: Path) -> Matrix:
    """The matrix that lies in a folder, or an empty one where there is none, or one of another engine or model.

    Raises CheckError for a file that is none.
    """
    path, today = folder / FILE, hash_of_today()
    if not path.exists():
        return Matrix(measured_on=today)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Matrix)
    except (OSError, msgspec.DecodeError) as error:
        raise CheckError(f"{path}: is no kill matrix: {error}") from None
    return found if found.measured_on == today else Matrix(measured_on=today)


def save(matrix: Matrix, folder: Path) -> None:
    """Write it, whole or not at all."""
    beside = folder / f"{FILE}.new"
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(matrix), indent=1) + b"\n")
    beside.replace(folder / FILE)


def fill(matrix: Matrix, histories: Path, on_result: Callable[[Task], None]) -> None:
    """Measure what is left, as much at a time as there are processors. The shortest history of each mutant is kept."""
    context = get_context("spawn")  # a process each: a mutant wants one that has not loaded the engine
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, max_tasks_per_child=1) as pool:
        running = {pool.submit(measured, task, str(histories)): task for task in left(matrix)}
        try:
            for future in as_completed(running):
                task = running[future]
                _enter(matrix.rows.setdefault(task.mutant, Row()), task, future.result())
                on_result(task)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class Result(msgspec.Struct, kw_only=True):
    """What one task brought."""

    measured: Measured | None = None
    cpu: float = 0.0
    sampled: list[int] = []


def _enter(row: Row, task: Task, result: Result) -> None:
    if task.kind == "sampled":
        row.sampled = result.sampled
        return
    found = result.measured
    assert found is not None
    if task.kind == "own":
        row.own, row.cpu = found, result.cpu
    else:
        ended = found.verdict != "unknown"
        row.below[task.level] = Below(calls=found.calls, found=found.caught, ended=ended, cpu=result.cpu)


def measured(task: Task, histories: str) -> Result:
    """Do one task, in a process of its own."""
    mutant = _mutant(task.mutant)
    if task.kind == "sampled":
        seeds = range(1, SEEDS + 1)
        return Result(sampled=sampled_alone(mutant.name, mutant.level, seeds, call_timeout=CALL_TIMEOUT))
    own = task.kind == "own"
    with TemporaryDirectory(prefix="jetconform-") as folder:
        budget = None if own else LOWER_SECONDS
        found = measure_one(mutant, Path(folder), quick=not own, level=task.level, budget=budget)
        if own and found.saved:
            _keep(Path(found.saved), Path(histories) / f"{mutant.name}.jsonl")
    found.saved, found.seconds = "", 0.0  # what another run would not repeat
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Result(measured=found, cpu=round(used.ru_utime + used.ru_stime, 1))


def _keep(saved: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(saved.read_bytes())
