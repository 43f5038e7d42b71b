"""Level 6 on any engine, sampled: between two of its processes a file is cut off, changed in one bit or one sector, or removed.

What the next ones make of it, JetInit and the restore of every set, is of the classes that the atlas of model/faults.py allows:
complete, an earlier moment, refused. A changed bit may lie where nothing is: then all is complete.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, product
from random import Random

from ...model.faults import ADDED, GONE, SURVIVED, AtlasRow, Role, Verdict, atlas
from ...model.log_folder import LOG_FOLDER
from ...model.vocabulary import BackupGrbit
from ..harm import HARM, ROLES
from ..history import INSTANCE
from ..level3_parts import LostRows
from ..level3_scenarios import TRANSACTION
from .aftermath import Found
from .client import PATH, Act, Client, beginning, drawn
from .promise import SetPromise
from .verdict import Expected

STRUCK = (Role.DATABASE, Role.LOG, Role.CHECKPOINT, Role.SET, Role.SET)
"""What a file is for that is damaged: sets have more of them."""

PAIRS = tuple(product(HARM, STRUCK))
"""In which way which file is damaged, one after another."""

RESTORE = "JetRestoreInstance"

MOST = 1 << 30
"""From which a place in a file is drawn; what is left over by its size is taken."""


@dataclass(frozen=True)
class Round:
    """What is done, whether the instance is then shut down or dies, and which file of that role is damaged in which way.

    `pick`, from 0 to 1, chooses among the files; `at`: the place in the file.
    """

    acts: tuple[Act, ...]
    kind: str
    role: Role
    clean: bool = False
    pick: float = 0.0
    at: int = 0


def rounds(seed: int) -> Iterator[Round]:
    """What the seed draws, without an end: all pairs in turn."""
    number = 0
    while True:
        random = Random(f"damage {seed}/{number}")
        acts = [*beginning(random), *(drawn(random) for _ in range(random.randrange(4)))]
        kind, role = PAIRS[number % len(PAIRS)]
        yield Round(tuple(acts), kind, role, random.random() < 0.3, random.random(), random.randrange(MOST))
        number += 1


@dataclass
class Damaging(Client):
    """The client of an engine whose files are damaged."""

    earlier: dict[str, SetPromise] = field(default_factory=dict)  # sets as they were before incremental backups
    seen: tuple[str, ...] = ()  # every row, where the engine lets one read them

    def play(self, plan: Round) -> None:
        """Do everything. Raises Nonconformity, and NotMade where the engine lacks a call that is needed."""
        self.seen = tuple(self.set_up(plan.acts))
        if plan.clean:
            self.call("JetTerm", instance=INSTANCE)
        path, role = self._damage(plan)
        if not path:
            return
        how = HARM[plan.kind]
        if how == GONE and role == "backup-log" and path.partition("/")[0] in self.earlier:
            how = ADDED
        row, expected = atlas(how, plan.role), Expected(self.seen, _cuts(plan.acts))
        low, high = self.promise.committed, self.promise.invoked
        found = self._recovery()
        self._judge(expected.verdict(found, low, high), row.recovery, f"{plan.kind} of {path}: JetInit", row)
        self._end(found)
        for one in self.promise.sets:
            found = self._set(one.folder)
            verdict = expected.verdict(found, one.low, one.high)
            if verdict is Verdict.UP_TO and len(found.rows) < self.earlier.get(one.folder, one).low:
                verdict = Verdict.WRONG  # not even what it was before
            allowed = row.sets if path.startswith(f"{one.folder}/") else SURVIVED
            allowed |= frozenset() if one.certain else {Verdict.REFUSED}
            self._judge(verdict, allowed, f"{plan.kind} of {path}: the set in {one.folder}", row)
            self._end(found)

    def do(self, act: Act) -> int:
        """Do it; an incremental backup adds to a set, any other makes one."""
        before = self.promise.at(act.folder) if act.folder else None
        code = super().do(act)
        if act.folder and code >= 0:
            if not act.grbit & BackupGrbit.INCREMENTAL:
                self.earlier.pop(act.folder, None)
            elif before is not None:
                self.earlier.setdefault(act.folder, before)
        return code

    def _judge(self, verdict: Verdict, allowed: frozenset[Verdict], what: str, row: AtlasRow) -> None:
        self.count[verdict.value] += 1
        if verdict not in allowed:
            classes = " or ".join(one.value for one in Verdict if one in allowed)
            raise LostRows(f"{what} came to be {verdict.value}, expected {classes} [{row.citation}]", self.last)

    # -- the damage ------------------------------------------------------------------------------------------------------

    def _damage(self, plan: Round) -> tuple[str, str]:
        """Damage a file of that role: its path, and what it is for; nothing where there is none, or it stays as it was."""
        self.history.fault("crash")
        root, folders = self.history.root, [LOG_FOLDER, *(one.folder for one in self.promise.sets)]
        paths = (path for folder in folders for path in (root / folder).rglob("*") if path.is_file())
        roles = {name: self.history.role(name) for name in sorted(path.relative_to(root).as_posix() for path in paths)}
        fitting = [name for name, role in roles.items() if ROLES.get(role) is plan.role]
        path = fitting[int(plan.pick * len(fitting))] if fitting else ""
        if not path or not self.history.fault(plan.kind, path, plan.at):
            return "", ""
        self.count[f"{plan.role.value} files damaged"] += 1
        return path, roles[path]

    # -- what comes of it ------------------------------------------------------------------------------------------------

    def _recovery(self) -> Found:
        self.call("JetCreateInstance", instance=INSTANCE)
        code = self.call("JetInit", instance=INSTANCE)
        return Found("JetInit", code) if code < 0 else self._read(PATH)

    def _set(self, folder: str) -> Found:
        code, to = self.restore(folder)
        if code < 0:
            return Found(RESTORE, code)
        code = self.call("JetInit", instance=INSTANCE)
        return Found("JetInit", code) if code < 0 else self._read(f"{to}/test.edb")

    def _end(self, found: Found) -> None:
        """An instance that has refused its files is not asked for more."""
        if found.call not in ("", RESTORE) or self.call("JetTerm", instance=INSTANCE) < 0:
            self.history.fault("crash")

    def _read(self, path: str) -> Found:
        self.call("JetBeginSession", instance=INSTANCE, session="s1")
        code = self.open(path)
        if code < 0:
            return Found("JetOpenDatabase", code)
        code, number = self.found()
        if code < 0:
            return Found("CountRows", code)
        if "rows" not in self.history.capabilities:
            return Found(rows=("",) * number)
        code, rows = self.history.rows("s1", "d1")
        self.count["rows compared"] += len(rows)
        return Found("rows", code) if code < 0 else Found(rows=tuple(rows))


def _cuts(acts: tuple[Act, ...]) -> frozenset[int]:
    """The numbers of rows between two transactions."""
    sizes = [min(TRANSACTION, act.rows - start) for act in acts for start in range(0, act.rows, TRANSACTION)]
    return frozenset({0, *accumulate(sizes)})
