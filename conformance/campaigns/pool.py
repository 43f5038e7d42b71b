"""Where shards are run: a cluster of `dask.distributed`, of processes of this machine or of whatever a scheduler has.

`distributed` is imported when a campaign is run, and by nothing else.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from time import monotonic
from typing import Any, Protocol

from ..errors import CheckError
from .plan import Shard
from .shard import Answer, Order, run_shard

DEATHS = 3
"""As often a worker may die under one shard, each time another worker, before nobody tries it again."""

WHY_LOST = f"the process that ran it died {DEATHS} times, each time another one"
CONNECT_SECONDS = 10.0
WORKERLESS_SECONDS = 60.0
"""How long a cluster may be without any worker before the campaign ends."""

SETTINGS = {
    "distributed.scheduler.allowed-failures": DEATHS - 1,
    "distributed.scheduler.http.routes": [],  # no pages: nobody asked for any
    "distributed.worker.http.routes": [],
}
"""Of a cluster of this machine; a scheduler that is running already has its own."""

PAGES = "127.0.0.1:0"
"""Where the scheduler serves its pages, none though there are: any free port, for another campaign may have the usual one."""


class Lost:
    """Nobody can say what became of a shard: the workers that ran it died."""


class Pool(Protocol):
    """Runs shards, some at a time, somewhere."""

    def slots(self) -> int:
        """How many shards it can run at a time; that may change."""

    def give(self, order: Order) -> None:
        """Have a shard run."""

    def answer(self, seconds: float) -> tuple[Shard, Answer | Lost] | None:
        """What became of one shard; None if none came to its end in so many seconds. CheckError where no more will."""


class DaskPool:
    """A pool that is a cluster."""

    def __init__(self, client: Any, place: str) -> None:
        self._client = client
        self._place = place
        self._futures: dict[Any, Shard] = {}
        self._ended: Queue[Any] = Queue()
        self._seen = monotonic()  # when there was a worker last

    def slots(self) -> int:
        """The threads of all its workers."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error

    def give(self, order: Order) -> None:
        """Have a shard run by any of its workers."""
        future = self._client.submit(run_shard, order, pure=False)
        self._futures[future] = order.shard
        future.add_done_callback(self._ended.put)

    def answer(self, seconds: float) -> tuple[Shard, Answer | Lost] | None:
        """What became of one shard."""
        try:
            future = self._ended.get(timeout=seconds)
        except Empty:
            self._require_workers()
            return None
        shard = self._futures.pop(future)
        if future.status == "finished":
            return shard, future.result()
        if future.status != "error":
            raise self._gone()
        from distributed import KilledWorker

        error = future.exception()
        if isinstance(error, KilledWorker):
            return shard, Lost()
        raise CheckError(f"a worker of {self._place} cannot run {shard.name}: {type(error).__name__}: {error}")

    def _require_workers(self) -> None:
        """CheckError when there has been no worker for long: one that died while it started is not always replaced."""
        if self.slots():
            self._seen = monotonic()
        elif monotonic() - self._seen > WORKERLESS_SECONDS:
            raise CheckError(f"{self._place} has no worker any more; the same command goes on where it was")

    def _gone(self) -> CheckError:
        return CheckError(f"{self._place} is gone; the same command goes on where it was")


@contextmanager
def local(workers: int, scratch: Path) -> Iterator[DaskPool]:
    """A cluster of processes of this machine, which ends with the block; it listens on the loopback interface alone.

    A worker that dies is replaced. CheckError where `distributed` is not installed, or no worker can be started.
    """
    distributed, dask = _imported()
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({**SETTINGS, "temporary-directory": str(scratch)}))
        try:
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": PAGES},
                memory_limit=0,  # what needs memory is the engine, in a process of its own
                silence_logs=logging.CRITICAL,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise CheckError(f"the workers cannot be started: {error}") from None
        stack.enter_context(cluster)
        yield DaskPool(stack.enter_context(distributed.Client(cluster)), "the local cluster")


@contextmanager
def remote(address: str) -> Iterator[DaskPool]:
    """The cluster of the scheduler at that address. CheckError where none answers, and where `distributed` is not installed."""
    distributed, _ = _imported()
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise CheckError(f"--scheduler {address}: no scheduler answers ({error})") from None
    try:
        yield DaskPool(client, f"the scheduler {address}")
    finally:
        with suppress(OSError, TimeoutError):
            client.close()


def _imported() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError:
        raise CheckError(
            "a campaign needs dask.distributed, which is not installed (pip install 'jetconform[campaign]')"
        ) from None
    for name in ("distributed", "distributed.client"):  # what a user must know is said here, in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed, dask
