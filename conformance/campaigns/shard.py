"""One shard, wherever the cluster runs it: the worker process under its supervisor, and what comes back of it.

Nothing is kept there: what was found comes back as the bytes of the file in which a finding is saved.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import msgspec

from ..check import Request, ended
from ..findings import save
from ..laboratory import REDUCE_SECONDS
from ..supervisor import Died, Finished, Late, Outcome, Silent, Wrong, run
from ..worker import Job
from .parts import Found
from .plan import Shard

PROFILE = "documented"


class Order(msgspec.Struct, kw_only=True, frozen=True):
    """A shard that is given out."""

    shard: Shard
    call_timeout: float
    seconds: float | None = None  # until the budget of the campaign ends
    scratch: str = ""  # where temporary files go; empty: where the system of that machine puts them


class Answer(msgspec.Struct, kw_only=True):
    """What became of a shard."""

    found: Found
    seconds: float = 0.0
    trace: bytes = b""  # the saved finding
    late: bool = False  # the time was over: the shard is not done
    wrong: str = (
        ""  # it could not be done: the engine SPEC is wrong, or the harness failed; then `crash` is the traceback
    )
    crash: str = ""


def run_shard(order: Order) -> Answer:
    """Do a shard in a child process, which its engine may take along."""
    started = monotonic()
    with TemporaryDirectory(prefix="jetconform-", dir=order.scratch or None) as name:
        folder = Path(name)
        outcome = run(
            Job(task="shard", engine=order.shard.engine, options=_options(order, folder)),
            call_timeout=order.call_timeout,
            deadline=order.seconds,
        )
        left = REDUCE_SECONDS if order.seconds is None else max(0.0, order.seconds - (monotonic() - started))
        answer = _answer(order, outcome, folder, min(left, REDUCE_SECONDS))
    answer.seconds = round(monotonic() - started, 2)
    return answer


def _options(order: Order, folder: Path) -> dict[str, object]:
    return {
        "shard": msgspec.to_builtins(order.shard),
        "profile": PROFILE,
        "call_timeout": order.call_timeout,
        "reduce_seconds": REDUCE_SECONDS if order.seconds is None else min(REDUCE_SECONDS, order.seconds),
        "findings": str(folder),
    }


def _answer(order: Order, outcome: Outcome, folder: Path, reduce_seconds: float) -> Answer:
    match outcome:
        case Finished(result):
            found = msgspec.convert(result, Found, strict=False)
        case Wrong():
            return Answer(found=Found(verdict="unknown"), wrong=outcome.message, crash=outcome.crash)
        case Died() | Silent():
            found = _ended(order, outcome, folder, reduce_seconds)
        case Late():  # what it had found, and was reducing
            saved = sorted(folder.glob("*.jsonl"))
            trace = saved[0].read_bytes() if saved else b""
            return Answer(found=Found(verdict="does-not-conform" if saved else "unknown"), trace=trace, late=True)
    trace = b"" if found.finding is None else save(found.finding, folder).read_bytes()
    found.finding, found.unreduced = None, ""
    return Answer(found=found, trace=trace)


def _ended(order: Order, outcome: Died | Silent, folder: Path, reduce_seconds: float) -> Found:
    request = Request(
        engine=order.shard.engine,
        profile=PROFILE,
        seed=order.shard.seed,
        call_timeout=order.call_timeout,
        levels=(order.shard.level,),
        reduce_seconds=reduce_seconds,
    )
    report = ended(request, outcome, folder)
    if report.finding is not None:
        return Found(verdict="does-not-conform", calls=report.calls, finding=report.finding)
    return Found(verdict="unknown", calls=report.calls, reason="the engine's process ended, as the profile lets it")
