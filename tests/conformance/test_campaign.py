"""Campaigns: what is a shard, what is written down, what a death costs, and when two findings are one."""

import json
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jetconform.conformance import cli
from jetconform.conformance.campaigns import campaign, plan, pool
from jetconform.conformance.campaigns.campaign import Campaign, Request
from jetconform.conformance.campaigns.causes import cause_of, take
from jetconform.conformance.campaigns.lock import locked
from jetconform.conformance.campaigns.logbook import State, read
from jetconform.conformance.campaigns.parts import PARTS, Found, Part
from jetconform.conformance.campaigns.plan import Shard, shards
from jetconform.conformance.campaigns.pool import WHY_LOST, Lost
from jetconform.conformance.campaigns.shard import Answer, Order, run_shard
from jetconform.conformance.campaigns.shard import _answer as answer_of
from jetconform.conformance.campaigns.summary import verdict
from jetconform.conformance.errors import CheckError
from jetconform.conformance.explain import Explanation
from jetconform.conformance.findings import Finding, load, save
from jetconform.conformance.supervisor import Late
from jetconform.conformance.trace import CallEvent, Event, FaultEvent, ReturnEvent
from jetconform.conformance.trace import read as read_trace
from jetconform.model.domains import DOMAINS

HERE = Path(__file__).parent
SMALL = "streaming, no recovery"
CLOSING = "streaming, bits that are not public, database closed"
"""Domains of 26 calls; in the second alone a database is closed."""

TWO = (
    Part(1, "walk", (SMALL, "streaming, circular"), PARTS[0].run),
    Part(3, "random scenarios", ("",), PARTS[0].run, seeded=True),
)
"""A plan of three shards a round, of which one is left in the second."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setattr(plan, "PARTS", TWO)


class Script:
    """A pool without processes: what it answers is made up by a function of the shard, in the order in which they were given."""

    def __init__(self, answer: Callable[[Shard], Answer | Lost], *, slots: int = 2, ends_after: int = -1) -> None:
        self._answer = answer
        self._slots = slots
        self._left = ends_after
        self._todo: deque[Shard] = deque()
        self.orders: list[Order] = []

    def slots(self) -> int:
        return self._slots

    def give(self, order: Order) -> None:
        self.orders.append(order)
        self._todo.append(order.shard)
        assert len(self._todo) <= self._slots

    def answer(self, seconds: float) -> tuple[Shard, Answer | Lost] | None:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        shard = self._todo.popleft()
        return shard, self._answer(shard)

    @property
    def given(self) -> list[Shard]:
        return [order.shard for order in self.orders]


def request(*engines: str, **options: Any) -> Request:
    return Request(engines=engines or ("reference",), levels=(1, 2, 3, 4, 5, 6), seed=7, **options)


def run(folder: Path, script: Script, asked: Request | None = None) -> State:
    folder.mkdir(exist_ok=True)
    return Campaign(asked or request(), folder, script).run()


def conforms(_: Shard) -> Answer:
    return Answer(found=Found(calls=10), seconds=0.5)


def events(client: str, folder: str, code: int, *, number: int = 1, grbit: int = 0) -> list[Event]:
    """An instance that never was initialised is backed up."""
    args: dict[str, Any] = {"instance": "i1", "path": folder, "grbit": grbit}
    return [
        CallEvent(id=number, client=client, call="JetCreateInstance", args={"instance": "i1"}),
        ReturnEvent(id=number, err=0),
        FaultEvent(kind="make-directory", target=folder),
        CallEvent(id=number + 1, client=client, call="JetBackupInstance", args=args),
        ReturnEvent(id=number + 1, err=code),
    ]


def saved(history: list[Event], observed: str = "-505 BackupInProgress", engine: str = "e", **more: Any) -> bytes:
    """The file of a finding."""
    why = Explanation(
        kind="rejected", profile="documented", call_id=2, call="JetBackupInstance(empty, full)", observed=observed
    )
    finding = Finding(events=history, explanation=why, engine=engine, profile="documented", seed=1, **more)
    path = save(finding, Path("saved"))
    return path.read_bytes()


def failing(trace: bytes, *, late: bool = False) -> Answer:
    return Answer(found=Found(verdict="does-not-conform", calls=3), trace=trace, late=late)


def findings(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "findings").iterdir())


# -- the plan --------------------------------------------------------------------------------------------------------------


def test_the_first_round_has_everything_and_the_next_what_a_seed_bears_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PARTS", PARTS)
    first = list(shards(("reference",), (1, 2, 3, 4, 5, 6), 7, 1))
    assert len(set(first)) == len(first)
    assert [shard.item for shard in first if shard.part == "walk" and shard.level == 1] == [one.name for one in DOMAINS]
    assert Counter(shard.level for shard in first) == {1: 43, 2: 16, 3: 70, 4: 10, 5: 45, 6: 53}
    assert {shard.seed for shard in first} == {7}
    third = list(shards(("reference",), (1, 4), 7, 3))
    assert [(shard.level, shard.part, shard.item, shard.seed) for shard in third] == [
        (1, "histories", "1", 9),
        (1, "histories", "2", 9),
        (1, "histories", "3", 9),
        (1, "histories", "4", 9),
        (4, "random plans", "", 9),
    ]


@pytest.mark.parametrize(
    ("level", "part", "item"),
    [
        (1, "walk", SMALL),
        (2, "walk", "arguments, no recovery"),
        (3, "scenario", "streamed"),
        (4, "held", "8 JetRestoreInstance(a full set)"),
        (5, "schedules", "freeze, thaw, insert"),
        (6, "crashes", "recovery twice"),
    ],
)
def test_a_shard_of_every_level_is_done_by_itself(level: int, part: str, item: str) -> None:
    [table] = [one for one in PARTS if (one.level, one.name) == (level, part)]
    assert item in table.items
    answer = run_shard(
        Order(shard=Shard(engine="reference", level=level, part=part, item=item, seed=1), call_timeout=60.0)
    )
    assert (answer.found.verdict, answer.found.reason, answer.wrong) == ("conforms", "", "")
    assert answer.found.calls > 10
    assert answer.found.not_exercised == []


@pytest.mark.parametrize(
    ("engine", "kind", "calls"),
    [
        ("mutant:invalid-path-renamed", "rejected", ["JetCreateInstance", "JetInit", "JetBackupInstance"]),
        ("python:misbehaving:dies", "died", ["JetInit"]),
    ],
)
def test_a_shard_brings_its_finding_along_and_leaves_nothing(
    tmp_path: Path, engine: str, kind: str, calls: list[str]
) -> None:
    shard = Shard(engine=engine, level=1, part="walk", item="arguments", seed=1)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    answer = run_shard(Order(shard=shard, call_timeout=60.0, scratch=str(scratch)))
    assert answer.found.verdict == "does-not-conform"
    cause, file = take(answer.trace, tmp_path / "findings")
    assert cause.kind == kind
    trace, _ = load(tmp_path / "findings" / file)
    assert trace.header.engine == engine
    assert [event.call for event in trace.events if isinstance(event, CallEvent)] == calls
    assert list(scratch.iterdir()) == []


def test_a_shard_is_late_when_its_time_is_over(tmp_path: Path) -> None:
    shard = Shard(engine="reference", level=1, part="walk", item=SMALL, seed=1)
    answer = run_shard(Order(shard=shard, call_timeout=60.0, seconds=1e-6, scratch=str(tmp_path)))
    assert (answer.late, answer.trace, answer.found.verdict) == (True, b"", "unknown")
    assert list(tmp_path.iterdir()) == []


def test_what_a_late_shard_had_found_comes_back(tmp_path: Path) -> None:
    """It was saved before it was reduced, and then the time was over."""
    order = Order(shard=Shard(engine="e", level=1, part="walk", item=SMALL, seed=1), call_timeout=60.0)
    trace = saved(events("A", "bk1", -505))
    answer = answer_of(order, Late([]), Path("saved"), 0.0)
    assert (answer.late, answer.trace, answer.found.verdict) == (True, trace, "does-not-conform")


# -- what is written down --------------------------------------------------------------------------------------------------


def test_a_campaign_does_every_shard_once_and_conforms() -> None:
    script = Script(conforms)
    state = run(Path("c"), script, request(rounds=2))
    assert [(shard.part, shard.item, shard.seed) for shard in script.given] == [
        ("walk", SMALL, 7),
        ("walk", "streaming, circular", 7),
        ("random scenarios", "", 7),
        ("random scenarios", "", 8),
    ]
    assert list(state.done) == script.given
    assert read(Path("c")) == state
    again = Script(conforms)
    run(Path("c"), again, request(rounds=2))
    assert again.given == []


def test_wherever_the_logbook_is_cut_only_what_was_not_done_is_done_again() -> None:
    run(Path("whole"), Script(conforms), request(rounds=2))
    data = Path("whole/campaign.jsonl").read_bytes()
    lines = data.splitlines(keepends=True)
    assert len(lines) == 1 + 2 * 4
    for cut in range(len(lines) + 1):
        for torn in (b"", b'{"line":"done","sha'):
            folder = Path(f"cut{cut}{len(torn)}")
            folder.mkdir()
            (folder / "campaign.jsonl").write_bytes(b"".join(lines[:cut]) + torn)
            done = sum(json.loads(line)["line"] == "done" for line in lines[:cut])
            script = Script(conforms)
            state = run(folder, script, request(rounds=2))
            assert len(script.given) == 4 - done
            assert len(state.done) == 4
            assert read(folder) == state


def test_an_interrupted_campaign_says_what_was_under_way() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Path("c"), Script(conforms, ends_after=1))
    state = read(Path("c"))
    assert state is not None
    assert [shard.item for shard in state.done] == [SMALL]
    assert [shard.item for shard in state.under_way] == ["streaming, circular", ""]
    assert verdict(state) == "unknown"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lines: [lines[0], b"{}\n", *lines[1:]], "campaign.jsonl:2: no line of a campaign"),
        (lambda lines: lines[1:], "campaign.jsonl:1: expected the line that says what the campaign is first"),
        (lambda lines: [lines[0], *lines], "campaign.jsonl:2: expected the line that says what the campaign is first"),
        (lambda lines: [lines[0].replace(b'"format":1', b'"format":9')], "campaign.jsonl: format 9, expected 1"),
    ],
)
def test_a_damaged_logbook_is_one_line(
    damage: Callable[[list[bytes]], list[bytes]], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(Path("c"), Script(conforms))
    path = Path("c/campaign.jsonl")
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    assert cli.main(["campaign", "status", "c"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_two_campaigns_do_not_share_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c").mkdir()
    with locked(Path("c")):
        assert cli.main(["campaign", "run", "c"]) == 2
    assert capsys.readouterr().err == "jetconform: c: another campaign is running there\n"
    with locked(Path("c")):  # it can be locked again
        pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "mutant:init-twice"], "another --engine: reference"),
        (["--level", "2"], "another --level: 6"),
        (["--seed", "8"], "another --seed: 7"),
    ],
)
def test_a_campaign_goes_on_as_what_it_was_begun(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(Path("c"), Script(conforms))
    assert cli.main(["campaign", "run", "c", *options]) == 2
    assert capsys.readouterr().err == f"jetconform: c: the campaign there has {said}\n"


# -- time ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still but for what a test adds to it."""
    now = [100.0]
    monkeypatch.setattr(campaign, "monotonic", lambda: now[0])
    return now


def test_rounds_follow_until_the_budget_ends(clock: list[float]) -> None:
    def second(shard: Shard) -> Answer:
        clock[0] += 1
        return conforms(shard)

    script = Script(second, slots=1)
    state = run(Path("c"), script, request(budget=5.5))
    assert [shard.seed for shard in script.given] == [7, 7, 7, 8, 9, 10]
    assert [order.seconds for order in script.orders] == [5.5, 4.5, 3.5, 2.5, 1.5, 0.5]
    assert verdict(state) == "conforms"


def test_a_shard_for_which_there_is_no_time_is_not_done(clock: list[float]) -> None:
    def late(shard: Shard) -> Answer:
        clock[0] += 4
        return (
            Answer(found=Found(verdict="unknown"), late=True)
            if shard.item == "streaming, circular"
            else conforms(shard)
        )

    script = Script(late, slots=1)
    state = run(Path("c"), script, request(budget=8.0))
    assert [shard.item for shard in script.given] == [SMALL, "streaming, circular"]
    assert [shard.item for shard in state.done] == [SMALL]
    assert verdict(state) == "unknown"


# -- findings --------------------------------------------------------------------------------------------------------------


def test_the_same_cause_under_other_names_is_one_file() -> None:
    traces = {
        SMALL: saved(events("A", "bk1", -505)),
        "streaming, circular": saved(events("B", "elsewhere", -505, number=5)),
        "": saved(events("A", "bk1", -505, grbit=1)),
    }
    state = run(Path("c"), Script(lambda shard: failing(traces[shard.item])))
    assert sorted(len(cause.shards) for cause in state.causes.values()) == [1, 2]
    assert findings(Path("c")) == sorted(f"rejected-{key}.jsonl" for key in state.causes)
    assert verdict(state) == "does-not-conform"
    [twice] = [cause for cause in state.causes.values() if len(cause.shards) == 2]
    assert (Path("c/findings") / twice.file).read_bytes() == traces[SMALL]
    assert (twice.calls, twice.text) == (2, "JetBackupInstance(empty, full): -505 BackupInProgress")


def cause(trace: bytes) -> str:
    Path("one.jsonl").write_bytes(trace)
    return cause_of(read_trace(Path("one.jsonl"))).key


def test_what_tells_causes_apart() -> None:
    base = saved(events("A", "bk1", -505))
    others = [
        saved(events("A", "bk1", -505), observed="0 Success"),
        saved(events("A", "bk1", -505), engine="f"),
        saved(events("A", "bk1", 0)),
        saved(events("A", "bk1", -505)[:2]),
        saved([*events("A", "bk1", -505)[:2], *events("A", "bk1", -505)[3:]]),
    ]
    assert len({cause(base), *map(cause, others)}) == 6
    assert cause(saved(events("A", "bk1", -505), observed="-505 BackupInProgress: 0x7f31")) == cause(base)


def test_a_finding_that_was_cut_short_gives_way_to_the_reduced_one() -> None:
    unreduced = saved([*events("A", "bk1", 0), *events("A", "bk1", -505, number=3)])
    reduced = saved(events("A", "bk1", -505))
    run(Path("c"), Script(lambda shard: failing(unreduced, late=True) if shard.item == SMALL else conforms(shard)))
    [file] = findings(Path("c"))
    state = run(Path("c"), Script(lambda _: failing(reduced)))
    assert [shard.item for cause in state.causes.values() for shard in cause.shards] == [SMALL]
    [now] = findings(Path("c"))
    assert now != file
    assert (Path("c/findings") / now).read_bytes() == reduced


def test_a_finding_without_a_call_is_counted_and_not_saved() -> None:
    state = run(Path("c"), Script(lambda _: failing(saved([], observed="the engine could not be opened"))))
    [only] = state.causes.values()
    assert (only.file, len(only.shards)) == ("", 3)
    assert findings(Path("c")) == []


# -- what goes wrong -------------------------------------------------------------------------------------------------------


def test_a_shard_that_kills_its_workers_is_unknown_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    run(Path("c"), Script(lambda shard: Lost() if shard.item == SMALL else conforms(shard)))
    assert cli.main(["campaign", "status", "c"]) == 3
    told = capsys.readouterr().out
    assert f"unknown: level 1 walk {SMALL}, seed 7: {WHY_LOST}" in told
    assert "unknown  engine reference, seed 7, round 1, 3 of 3 shards, 20 calls" in told


def test_an_engine_that_is_none_ends_the_campaign_and_the_folder_is_free(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Answer(found=Found(verdict="unknown"), wrong="engine 'x' is not known")
    with pytest.raises(CheckError, match="engine 'x' is not known"):
        run(Path("c"), Script(lambda _: wrong), request("x"))
    state = run(Path("c"), Script(conforms), request("reference"))
    assert state.begun.engines == ("reference",)
    assert len(state.done) == 3


def test_a_failure_of_the_harness_is_kept_and_the_campaign_goes_on() -> None:
    crash = Answer(found=Found(verdict="unknown"), wrong="the harness itself failed: KeyError", crash="Traceback\n")
    state = run(Path("c"), Script(lambda shard: crash if shard.item == SMALL else conforms(shard)))
    [done] = [one for one in state.done.values() if one.verdict == "unknown"]
    [file] = Path("c").glob("harness-*.txt")
    assert done.reason == f"the harness itself failed: KeyError; please report it with {file}"
    assert file.read_text() == "Traceback\n"


def test_of_the_reference_engine_everything_is_required() -> None:
    lacking = Answer(found=Found(verdict="not-exercised", reason="greenlet is not installed"))
    assert verdict(run(Path("c"), Script(lambda _: lacking))) == "unknown"
    assert verdict(run(Path("d"), Script(lambda _: lacking), request("python:my:factory"))) == "conforms"


def test_the_commands_in_docs_are_those_of_this_version() -> None:
    page = (HERE.parents[1] / "docs" / "campaigns.md").read_text(encoding="utf-8")
    commands = [line.split() for line in page.splitlines() if line.startswith("jetconform campaign ")]
    assert [command[2] for command in commands] == ["run", "status", "run"]
    for command in commands:
        cli._parser(["campaign"]).parse_args(command[1:])


def test_without_dask_it_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert cli.main(["campaign", "run", "c"]) == 2
    assert capsys.readouterr().err == (
        "jetconform: a campaign needs dask.distributed, which is not installed (pip install 'jetconform[campaign]')\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "c", "--level", "9"], "level 9 is not known: known are 1, 2, 3, 4, 5, 6"),
        (["run", "c", "--workers", "0"], "--workers 0: expected at least 1"),
        (["run", "c", "--rounds", "0"], "--rounds 0: expected at least 1"),
        (["run", "c", "--budget", "0"], "--budget 0: expected a time above 0"),
        (["run", "file"], "file: File exists"),
        (["status", "c"], "c: there is no campaign (jetconform campaign run begins one)"),
    ],
)
def test_wrong_input_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").touch()
    assert cli.main(["campaign", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"jetconform: {said}")


# -- processes -------------------------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(sys.platform == "win32", reason="the engines that kill do it by signals")


def status(folder: str) -> State:
    state = read(Path(folder))
    assert state is not None
    return state


@posix
def test_a_worker_that_is_killed_is_replaced_and_its_shard_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(plan, "PARTS", (Part(1, "walk", (SMALL,), PARTS[0].run),))
    options = ["--engine", "python:murderous:once", "--workers", "1", "--seed", "1"]
    assert cli.main(["campaign", "run", "c", *options]) == 0
    assert Path("deaths").read_text() == "killed\n"
    [done] = status("c").done.values()
    assert (done.verdict, done.calls) == ("conforms", 26)
    assert sorted(path.name for path in Path("c").iterdir()) == ["campaign.jsonl", "lock"]


@posix
def test_a_shard_that_kills_three_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(plan, "PARTS", (Part(1, "walk", (SMALL,), PARTS[0].run),))
    engines = ["--engine", "python:murderous:always", "--engine", "reference"]
    assert cli.main(["campaign", "run", "c", *engines, "--workers", "1", "--seed", "1"]) == 3
    assert Path("deaths").read_text().splitlines() == ["killed"] * 3
    assert [(done.shard.engine, done.verdict, done.reason) for done in status("c").done.values()] == [
        ("python:murderous:always", "unknown", WHY_LOST),
        ("reference", "conforms", ""),
    ]


CAMPAIGN = f"""
import sys
from jetconform.conformance import cli
from jetconform.conformance.campaigns import plan
from jetconform.conformance.campaigns.parts import PARTS, Part
if __name__ == "__main__":
    plan.PARTS = (Part(1, "walk", ({SMALL!r}, {CLOSING!r}), PARTS[0].run),)
    sys.exit(cli.main(["campaign", "run", "c", "--engine", "python:murderous:campaign", "--workers", "1", "--seed", "1"]))
"""


@posix
def test_a_campaign_that_is_killed_goes_on_where_it_was() -> None:
    """The first domain closes no database; the second kills the campaign."""
    pytest.importorskip("distributed")
    Path("main.py").write_text(CAMPAIGN)
    command = [sys.executable, "main.py"]
    assert subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == -9
    before = status("c")
    assert [shard.item for shard in before.done] == [SMALL]
    assert [shard.item for shard in before.under_way] == [CLOSING]
    assert subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == 0
    after = status("c")
    assert [shard.item for shard in after.done] == [SMALL, CLOSING]
    assert after.under_way == []
    lines = [json.loads(line)["line"] for line in Path("c/campaign.jsonl").read_text().splitlines()]
    assert lines == ["campaign", "given", "done", "given", "given", "done"]


def test_shards_are_run_by_a_scheduler_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(plan, "PARTS", (Part(1, "walk", (SMALL, "streaming, circular"), PARTS[0].run),))
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    ) as cluster:
        assert cli.main(["campaign", "run", "c", "--seed", "1", "--scheduler", cluster.scheduler_address]) == 0
    assert [done.calls for done in sorted(status("c").done.values(), key=lambda one: one.shard.item)] == [44, 26]


def test_a_scheduler_that_is_not_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(pool, "CONNECT_SECONDS", 0.2)
    assert cli.main(["campaign", "run", "c", "--scheduler", "tcp://127.0.0.1:1"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("jetconform: --scheduler tcp://127.0.0.1:1: no scheduler answers")
    assert len(told.splitlines()) == 1


def test_a_cluster_without_workers_ends_the_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody:
        def nthreads(self) -> dict[str, int]:
            return {}

    there = pool.DaskPool(Nobody(), "the cluster")
    assert there.answer(0.001) is None
    monkeypatch.setattr(pool, "WORKERLESS_SECONDS", -1.0)
    with pytest.raises(CheckError, match="the cluster has no worker any more; the same command goes on where it was"):
        there.answer(0.001)


def test_workers_that_cannot_be_started_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    distributed = pytest.importorskip("distributed")

    def fails(**_: object) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", fails)
    assert cli.main(["campaign", "run", "c"]) == 2
    assert capsys.readouterr().err == "jetconform: the workers cannot be started: Nanny failed to start.\n"
    assert sorted(path.name for path in Path("c").iterdir()) == ["lock"]


def test_a_cluster_of_this_machine_listens_to_this_machine_alone(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pool.local(1, tmp_path) as there:
        info = there._client.scheduler_info()
        assert there.slots() == 1
    assert info["address"].startswith("tcp://127.0.0.1:")
    assert [address.startswith("tcp://127.0.0.1:") for address in info["workers"]] == [True]


def test_a_scheduler_that_goes_away_ends_the_campaign(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pool.local(1, tmp_path) as there:
        shard = Shard(engine="reference", level=1, part="walk", item=SMALL, seed=1)
        there.give(Order(shard=shard, call_timeout=60.0))
        there._client.cancel(list(there._futures))
        with pytest.raises(CheckError, match="the local cluster is gone; the same command goes on where it was"):
            there.answer(60.0)


def test_the_lines_of_the_logbook_are_what_docs_say() -> None:
    run(Path("c"), Script(lambda _: failing(saved(events("A", "bk1", -505)))))
    lines = [msgspec.json.decode(line) for line in Path("c/campaign.jsonl").read_bytes().splitlines()]
    assert [line["line"] for line in lines[:3]] == ["campaign", "given", "given"]
    assert lines[0] == {
        "line": "campaign",
        "format": 1,
        "engines": ["reference"],
        "levels": [1, 2, 3, 4, 5, 6],
        "seed": 7,
    }
    shard = {"engine": "reference", "level": 1, "part": "walk", "item": SMALL, "seed": 7}
    assert lines[1] == {"line": "given", "shard": shard}
    assert lines[3]["line"] == "finding"
    assert (lines[3]["shard"], lines[3]["calls"]) == (shard, 2)
    assert lines[4] == {"line": "done", "shard": shard, "verdict": "does-not-conform", "calls": 3, "seconds": 0.0}
