"""The scenarios of level 3 as literal data, and how further ones are put together at random."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

TRANSACTION = 50
"""Rows that Insert commits together at the most (docs/trace-format.md)."""

FULL, INCREMENTAL, ATOMIC, BOTH = 0, 1, 4, 5


@dataclass(frozen=True)
class Insert:
    """Commit rows in a database, by its number in the scenario."""

    rows: int
    database: int = 0


@dataclass(frozen=True)
class Backup:
    """A backup; `during` rows are committed by another client while it is held in a callback of it: the first, or a later."""

    folder: str
    grbit: int = FULL
    during: int = 0
    stopped: bool = False  # it is stopped while it is held
    at: int = 1  # the callback: by the second, pages have been copied that what is committed now will change


@dataclass(frozen=True)
class Streamed:
    """A streaming backup whose client writes what it reads to a folder; `during` rows are committed while it reads."""

    folder: str
    grbit: int = FULL
    during: int = 0
    truncate: bool = True  # otherwise it says at the end that it did
    begun: int = 0  # rows that are committed before it opens the first file


@dataclass(frozen=True)
class Frozen:
    """A snapshot whose client copies the files to a folder; `during` rows wait for the thaw, or are committed at last."""

    folder: str
    during: int = 0


@dataclass(frozen=True)
class NullPath:
    """A call with a null path: it truncates the logs."""


@dataclass(frozen=True)
class Restart:
    """The instance is terminated and initialised again, or its process is killed."""

    crash: bool = False


@dataclass(frozen=True)
class Reattach:
    """Databases are detached, and attached again in another order, by their numbers in the scenario."""

    databases: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Detach:
    """A database is detached, by its number in the scenario."""

    database: int


@dataclass(frozen=True)
class Attach:
    """A database is attached again, by its number in the scenario."""

    database: int


@dataclass(frozen=True)
class Beside:
    """The set in a folder is restored elsewhere, and attached beside what is there."""

    folder: str


@dataclass(frozen=True)
class NewLogs:
    """The instance is terminated, its logs are removed, and the databases are attached to one that begins anew."""


@dataclass(frozen=True)
class Without:
    """The instance is terminated, a database is removed, and the instance is initialised without it, then with an empty one."""

    database: int = 0


Part = (
    Insert | Backup | Streamed | Frozen | NullPath | Restart | Reattach | Detach | Attach | Beside | NewLogs | Without
)


@dataclass(frozen=True)
class Scenario:
    """Databases, what is done, and from which set all is restored: into an empty place, or over what is there."""

    name: str
    parts: tuple[Part, ...]
    restore: str
    databases: tuple[str, ...] = ("db/test.edb",)
    parameters: tuple[tuple[str, int], ...] = ()
    over: bool = False  # restore to the original place, with the logs that are still there
    in_place: bool = False  # restore to the original place, which was emptied

    @property
    def needs(self) -> tuple[str, ...]:
        """The capabilities without which an engine cannot play it."""
        kinds = {type(part) for part in self.parts}
        return tuple(name for kind, name in ((Streamed, "streaming"), (Frozen, "snapshot")) if kind in kinds)

    @property
    def copied(self) -> bool:
        """Whether what comes back is a copy of frozen files: JetInit recovers them, there is no set [OZ, Remarks]."""
        return any(isinstance(part, Frozen) and part.folder == self.restore for part in self.parts)


W = Insert(120)
GROWING = tuple(part for number in range(2, 14) for part in (Insert(120), NullPath(), Backup(f"bk{number}")))
"""Copies and buffers have round sizes: a database is backed up at sizes below, at and above one, its pages in older logs."""

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("full", (W, Backup("bk1"), W), "bk1"),
    Scenario("full while writing", (W, Backup("bk1", during=130), W), "bk1"),
    Scenario("full while writing behind the copy", (W, Backup("bk1", during=130, at=2), W), "bk1"),
    Scenario("full of nothing", (Backup("bk1", during=10),), "bk1"),
    Scenario("full of no database", (Backup("bk1"), NullPath(), Backup("bk1", INCREMENTAL)), "bk1", databases=()),
    Scenario("full, many generations", (Insert(3000), Backup("bk1", during=1500), W), "bk1"),
    Scenario("full, many generations behind the copy", (Insert(3000), Backup("bk1", during=3000, at=2), W), "bk1"),
    Scenario("full and incremental", (W, Backup("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario(
        "full and three incrementals",
        (W, Backup("bk1", during=60), W, Backup("bk1", INCREMENTAL), Insert(3000), Backup("bk1", INCREMENTAL), W,
         Backup("bk1", INCREMENTAL), W),
        "bk1",
    ),
    Scenario("full, restart, incremental", (W, Backup("bk1"), W, Restart(), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("full, crash, incremental", (W, Backup("bk1"), W, Restart(crash=True), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("full over a full", (W, Backup("bk1"), Insert(700), Backup("bk1", during=60), W), "bk1"),
    Scenario(
        "full over a full and its incremental",
        (W, Backup("bk1"), W, Backup("bk1", INCREMENTAL), W, Backup("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1",
    ),
    Scenario("full over a full, stopped", (W, Backup("bk1"), W, Backup("bk1", during=20, stopped=True, at=2), W), "bk1"),
    Scenario("an incremental that is stopped, another", (W, Backup("bk1"), Insert(700),
             Backup("bk1", INCREMENTAL, stopped=True), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario("an incremental, while another set grows", (W, Backup("bk1"), W, Backup("bk2"), W, Backup("bk2", INCREMENTAL), W),
             "bk2"),
    Scenario("full, detached and attached, incremental", (W, Backup("bk1"), W, Reattach(), W, Backup("bk1", INCREMENTAL), W),
             "bk1"),
    Scenario("atomic, many generations, incremental", (Insert(3000), Backup("bk1", ATOMIC), Insert(3000), Backup("bk1", BOTH),
             Insert(3000), Backup("bk1", BOTH), W), "bk1"),
    *(
        Scenario(f"full, written behind callback {at}, incremental", (W, Backup("bk1", during=3000, at=at), W,
                 Backup("bk1", INCREMENTAL), W), "bk1")
        for at in (3, 4)
    ),
    Scenario("full, null path, incremental", (W, Backup("bk1"), W, NullPath(), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("full after a null path", (W, NullPath(), W, Backup("bk1"), W, NullPath()), "bk1"),
    Scenario("an older full", (W, Backup("bk1"), W, Backup("bk2"), W, Backup("bk3"), W), "bk1"),
    Scenario("atomic", (W, Backup("bk1", ATOMIC, during=130), W), "bk1"),
    Scenario("atomic twice", (W, Backup("bk1", ATOMIC), W, Backup("bk1", ATOMIC, during=70), W), "bk1"),
    Scenario("atomic, then one that is stopped", (W, Backup("bk1", ATOMIC), W, Backup("bk1", ATOMIC, 20, stopped=True)), "bk1"),
    Scenario("atomic and incremental", (W, Backup("bk1", ATOMIC), W, Backup("bk1", BOTH), W), "bk1"),
    Scenario("full, then atomic beside it", (W, Backup("bk1"), W, Backup("bk1", ATOMIC, during=30), W), "bk1"),
    Scenario("atomic, then full beside it", (W, Backup("bk1", ATOMIC), W, Backup("bk1"), W, Backup("bk1", INCREMENTAL)), "bk1"),
    Scenario("stopped, then full", (W, Backup("bk2", during=10, stopped=True), W, Backup("bk1"), W), "bk1"),
    Scenario("circular", (Insert(3000), Backup("bk1", during=500), Insert(3000)), "bk1", parameters=(("circular_log", 1),)),
    Scenario(
        "circular, generations behind the copy", (W, Backup("bk1", during=3000, at=2), W), "bk1",
        parameters=(("circular_log", 1),),
    ),
    Scenario(
        "two databases", (W, Insert(70, 1), Backup("bk1", during=40), Insert(30, 1), Backup("bk1", INCREMENTAL)), "bk1",
        databases=("db/test.edb", "db/second.edb"),
    ),
    Scenario(
        "two databases of one file name", (W, Insert(70, 1), Backup("bk1", during=40)), "bk1",
        databases=("db/test.edb", "db2/test.edb"), in_place=True,
    ),
    Scenario(
        "two databases, atomic twice", (W, Insert(700, 1), Backup("bk1", ATOMIC), W, Insert(70, 1), Backup("bk1", ATOMIC, 40),
        Insert(30, 1), Backup("bk1", BOTH), W), "bk1", databases=("db/test.edb", "db/second.edb"),
    ),
    Scenario(
        "two databases, over what is there", (W, Insert(700, 1), Backup("bk1", during=40), W, Insert(70, 1)), "bk1",
        databases=("db/test.edb", "db/second.edb"), over=True,
    ),
    Scenario(
        "two databases, attached in another order", (W, Insert(700, 1), Reattach((0, 1)), Insert(300), Insert(30, 1),
        Backup("bk1"), Reattach((1, 0)), W, Insert(90, 1), Backup("bk1", INCREMENTAL), W), "bk1",
        databases=("db/test.edb", "db/second.edb"),
    ),
    Scenario("attached after the full, incremental", (W, Insert(70, 1), Detach(1), NullPath(), Backup("bk1"), Attach(1), W,
             Insert(30, 1), Backup("bk1", INCREMENTAL), W), "bk1", databases=("db/test.edb", "db/second.edb")),
    Scenario("new logs, attached after the full, incremental", (W, Insert(70, 1), Backup("bk2"), NewLogs(), Detach(1), W,
             Backup("bk1"), Attach(1), W, Insert(30, 1), Backup("bk1", INCREMENTAL), W), "bk1",
             databases=("db2/test.edb", "db2/second.edb")),
    Scenario("restored beside, incremental", (W, Backup("bk1"), W, Beside("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario("new logs, incremental", (W, Backup("bk1"), W, NewLogs(), W, Backup("bk1", INCREMENTAL), W, Backup("bk2"), W), "bk2",
             databases=("db2/test.edb",)),
    Scenario("a database removed after the end", (W, Insert(70, 1), Without(1), W, Backup("bk1"), W), "bk1",
             databases=("db/test.edb", "db2/second.edb")),
    Scenario("in place, with an incremental", (W, Backup("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1", in_place=True),
    Scenario("over what is there, many generations", (Insert(3000), Backup("bk1", during=300), Insert(3000)), "bk1", over=True),
    Scenario("in place", (W, Backup("bk1", during=50), W), "bk1", in_place=True),
    Scenario("after a crash", (W, Backup("bk1"), W, Restart(crash=True)), "bk1"),
    Scenario("over what is there", (W, Backup("bk1"), W), "bk1", over=True),
    Scenario("streamed", (W, Streamed("bk1"), W), "bk1"),
    Scenario("streamed while writing", (W, Streamed("bk1", during=130), W), "bk1"),
    Scenario("streamed, grown before it is opened", (W, Streamed("bk1", begun=700), W), "bk1"),
    Scenario("streamed, many generations", (Insert(3000), Streamed("bk1", during=3000), Insert(3000)), "bk1"),
    Scenario(
        "streamed, and two incrementals", (W, Streamed("bk1", during=60), W, Streamed("bk1", INCREMENTAL), Insert(9000),
        Streamed("bk1", INCREMENTAL, during=90), W), "bk1",
    ),
    Scenario("streamed, without truncation", (W, Streamed("bk1", truncate=False), W, Backup("bk2", INCREMENTAL), W), "bk1"),
    Scenario("streamed, then incremental", (W, Streamed("bk1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario("full, then streamed incremental", (W, Backup("bk1"), W, Streamed("bk1", INCREMENTAL), W), "bk1"),
    Scenario("streamed, circular", (W, Streamed("bk1", during=3000), W), "bk1", parameters=(("circular_log", 1),)),
    Scenario(
        "streamed, two databases", (W, Insert(70, 1), Streamed("bk1", during=40), Insert(30, 1), Streamed("bk1", INCREMENTAL)),
        "bk1", databases=("db/test.edb", "db/second.edb"),
    ),
    Scenario("streamed, after a crash", (W, Streamed("bk1", during=20), W, Restart(crash=True)), "bk1"),
    Scenario("streamed, over what is there", (W, Streamed("bk1"), W), "bk1", over=True),
    Scenario("snapshot", (W, Frozen("sn1"), W), "sn1"),
    Scenario("snapshot while writing", (W, Frozen("sn1", during=130), W), "sn1"),
    Scenario("snapshot, many generations", (Insert(3000), Frozen("sn1", during=3000), Insert(3000)), "sn1"),
    Scenario("snapshot after a crash", (W, Restart(crash=True), W, Frozen("sn1"), W), "sn1"),
    Scenario("snapshot, then a crash", (Insert(3000), Frozen("sn1"), W, Restart(crash=True), W, Backup("bk1")), "bk1"),
    Scenario("snapshot, circular", (Insert(3000), Frozen("sn1"), Insert(3000)), "sn1", parameters=(("circular_log", 1),)),
    Scenario("an older snapshot", (W, Frozen("sn1"), W, Frozen("sn2"), W, Backup("bk1"), W), "sn1"),
    Scenario("full, snapshot, incremental", (W, Backup("bk1"), W, Frozen("sn1"), W, Backup("bk1", INCREMENTAL), W), "bk1"),
    Scenario(
        "large, growing page by page across a mebibyte", (Insert(31_000), *GROWING, Insert(14_000), Backup("bk1"), W), "bk1"
    ),
    Scenario("over what is there, after a crash", (W, Backup("bk1"), Insert(300), Restart(crash=True), W), "bk1", over=True),
)  # fmt: skip


def random_scenarios(seed: int, count: int) -> Iterator[Scenario]:
    """Scenarios put together at random: valid orders of the same parts."""
    random = Random(seed)
    for number in range(count):
        databases = random.choice((("db/test.edb",), ("db/test.edb",), ("db/test.edb", "db/second.edb")))
        grbit = random.choice((FULL, ATOMIC))
        parts: list[Part] = [_insert(random, databases)]
        parts.append(Backup("bk1", grbit, during=random.choice((0, 30, 400)), at=random.choice((1, 2, 3))))
        parts += [_part(random, databases, grbit) for _ in range(random.randrange(1, 8))]
        # Logs that a later backup truncated cannot be rolled forward with: then a restore over them may be refused.
        alone = sum(isinstance(part, Backup | Streamed | NullPath) for part in parts) == 1
        over = alone and random.random() < 0.5
        in_place = not over and random.random() < 0.3
        name = f"random {seed}/{number}"
        yield Scenario(name, tuple(parts), "bk1", databases=databases, over=over, in_place=in_place)


def _insert(random: Random, databases: tuple[str, ...]) -> Insert:
    return Insert(random.choice((10, 120, 1500)), random.randrange(len(databases)))


def _part(random: Random, databases: tuple[str, ...], grbit: int) -> Part:
    """One more part, where the set in bk1 was made with that option."""
    return random.choice(
        (
            _insert(random, databases),
            _insert(random, databases),
            Backup("bk1", INCREMENTAL if grbit == FULL else BOTH, during=random.choice((0, 0, 60))),
            Backup(
                "bk1", grbit, during=random.choice((0, 30)), stopped=random.random() < 0.5, at=random.choice((1, 2, 3))
            ),
            Backup("bk2", ATOMIC, during=random.choice((0, 60))),
            NullPath(),
            Restart(crash=random.random() < 0.5),
            Reattach(tuple(random.sample(range(len(databases)), random.randrange(1, len(databases) + 1)))),
            Streamed("bk3", truncate=random.random() < 0.5, during=random.choice((0, 40))),
        )
    )
