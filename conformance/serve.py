"""The other end of the process protocol (docs/protocol.md): an adapter, spoken to on a pair of pipes.

Whoever has nothing else to do reads: the thread that makes a call while no other is open makes it itself and reads on, also
inside a callback, so that a call costs no change of threads. A call beside another runs on its client's own thread. If the
thread that read last stays in the engine, another one takes over after a moment: a call is never in the way of the next.
"""

import base64
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, cast

from .adapter import CLIENT, Adapter, ExpiringAdapter, Factory, Observer
from .invocation import CALLS, Kind, invocation, return_event
from .protocol import (
    VERSION,
    Answer,
    Ask,
    Bye,
    Call,
    Callback,
    CannotReset,
    Greeting,
    Hello,
    Message,
    NotImplementedHere,
    Point,
    ProtocolError,
    Ready,
    Release,
    Request,
    Reset,
    Resume,
    Return,
    Watch,
    decode_request,
    encode,
)

MOMENT = 0.05
"""Seconds after which someone else reads."""

CHUNK = 64 << 10


class Over(Exception):  # noqa: N818 - no error
    """The harness said bye, or is gone."""


class _Client:
    """A client: how many of its calls are open, and what is said to the innermost of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.inbox: SimpleQueue[Call | Resume | Release] = SimpleQueue()
        self.work: SimpleQueue[Call] | None = None  # of its own thread, where it has one


class Server:
    """Serves one harness, with one engine at a time."""

    def __init__(self, engine: str, factory: Factory, capabilities: frozenset[str], source: int, sink: int) -> None:
        """`source` and `sink` are file descriptors."""
        self._greeting = Greeting(VERSION, engine, sorted(capabilities), reset_drops=True)
        self._factory = factory
        self._source, self._sink = source, sink
        self._buffer = bytearray()
        self._adapter: Adapter | None = None
        self._reads = threading.Lock()  # who has it reads
        self._lock = threading.Lock()
        self._open = 0  # calls
        self._clients: dict[str, _Client] = {}
        self._owner: dict[int, _Client] = {}
        self._here = threading.local()
        self._ended: SimpleQueue[BaseException] = SimpleQueue()

    def run(self) -> None:
        """Serve until the harness says bye. ProtocolError for what is no message, or cannot be there."""
        for number in (1, 2):
            threading.Thread(target=self._lead, name=f"reader {number}", daemon=True).start()
        end = self._ended.get()
        if not isinstance(end, Over):
            raise end

    def _lead(self) -> None:
        """Read, and make the calls that are alone."""
        nobody = _Client("")
        try:
            while True:
                self._next(nobody)
        except BaseException as end:
            self._ended.put(end)

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _next(self, client: _Client) -> Call | Resume | Release | None:
        """Wait for a moment for something that is said to this client; meanwhile read what is said to others."""
        try:
            return client.inbox.get_nowait()
        except Empty:
            pass
        if not self._reads.acquire(blocking=False):
            try:
                return client.inbox.get(timeout=MOMENT)
            except Empty:
                return None
        try:
            alone = self._take(self._read())
        finally:
            self._reads.release()
        if alone is not None:
            self._make(*alone)
        return None

    def _read(self) -> Request:
        while (end := self._buffer.find(b"\n")) < 0:
            data = os.read(self._source, CHUNK)
            if not data:
                raise Over
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return decode_request(line)

    def _take(self, message: Request) -> tuple[_Client, Call] | None:
        """Do what is said, or pass it on; a call that is alone is given back."""
        match message:
            case Call():
                return self._call(message)
            case Resume() | Release():
                owner = self._owner.get(message.id)
                if owner is None:
                    raise ProtocolError(f"call {message.id} is not open")
                owner.inbox.put(message)
            case Reset(root):
                self._say(self._reset(Path(root)))
            case Hello(version):
                if version != VERSION:
                    raise ProtocolError(f"version {version} of the protocol, this program speaks {VERSION}")
                self._say(self._greeting)
            case Watch(points):
                self._engine().on_point(self._at_point if points else None)
            case Ask():
                self._say(self._answer(message))
            case Bye():
                raise Over
        return None

    def _call(self, message: Call) -> tuple[_Client, Call] | None:
        client = self._clients.get(message.client)
        if client is None:
            client = self._clients[message.client] = _Client(message.client)
        if client.depth:
            client.inbox.put(message)
            return None
        with self._lock:
            alone = self._open == 0
            self._open += 1
            client.depth += 1
        self._owner[message.id] = client
        if alone:
            return client, message
        if client.work is None:
            client.work = SimpleQueue()
            threading.Thread(target=self._work, args=(client, client.work), name=client.name, daemon=True).start()
        client.work.put(message)
        return None

    def _reset(self, root: Path) -> Message:
        with self._lock:
            if self._open:
                return CannotReset("a call is open")
        if self._adapter is not None:
            self._adapter.close()
        self._adapter = self._factory(root)
        return Ready()

    def _engine(self) -> Adapter:
        if self._adapter is None:
            raise ProtocolError("the first message after hello must be reset")
        return self._adapter

    def _say(self, message: Message) -> None:
        data = memoryview(encode(message))
        with self._lock:
            while data:
                data = data[os.write(self._sink, data) :]

    # -- calls -----------------------------------------------------------------------------------------------------------

    def _work(self, client: _Client, work: SimpleQueue[Call]) -> None:
        """The thread of a client."""
        try:
            while True:
                self._make(client, work.get())
        except BaseException as end:
            self._ended.put(end)

    def _make(self, client: _Client, call: Call) -> None:
        """Make a call, and say what it answered."""
        outer = getattr(self._here, "call", None)
        self._here.call = client, call.id
        CLIENT.set(client.name)
        answer = self._made(client, call)
        self._here.call = outer
        with self._lock:
            client.depth -= 1
            self._open -= 1
        del self._owner[call.id]
        self._say(answer)

    def _made(self, client: _Client, call: Call) -> Message:
        if call.call not in CALLS or CALLS[call.call].capability not in ("", *self._engine().capabilities):
            return NotImplementedHere(call.id)
        try:
            made = invocation(self._engine(), call.call, call.args)
        except ValueError as wrong:
            raise ProtocolError(str(wrong)) from None
        event = return_event(call.id, made, made.make(partial(self._status, client, call.id)))
        result = event.result
        if made.kind is Kind.DATA and result is not None:
            result["data"] = base64.b64encode(made.data).decode()
        return Return(call.id, event.err, result)

    def _status(self, client: _Client, number: int, snp: int, snt: int, done: int, total: int) -> int:
        """The status callback of a call."""
        self._say(Callback(number, int(snp), int(snt), int(done), int(total)))
        return self._wait(client)

    def _at_point(self, point: str, detail: str) -> None:
        """A call came to a hold point; which, the thread tells."""
        client, number = self._here.call
        self._say(Point(number, point, detail))
        self._wait(client)

    def _wait(self, client: _Client) -> int:
        """Wait for the word to go on; meanwhile make the calls of this client inside the callback."""
        while True:
            said = self._next(client)
            if isinstance(said, Resume):
                return said.err
            if isinstance(said, Release):
                return 0
            if isinstance(said, Call):
                with self._lock:
                    client.depth += 1
                    self._open += 1
                self._owner[said.id] = client
                self._make(client, said)

    # -- questions -------------------------------------------------------------------------------------------------------

    def _answer(self, ask: Ask) -> Message:
        asked, engine = _ASKS.get(ask.ask), self._engine()
        if asked is None or ask.ask not in engine.capabilities:
            return NotImplementedHere(ask.id)
        try:
            return Answer(ask.id, asked(engine, **ask.args))
        except TypeError as wrong:
            raise ProtocolError(f"ask {ask.ask!r}: {wrong}") from None


def _observer(engine: Adapter) -> Observer:
    return cast(Observer, engine)


_ASKS: dict[str, Callable[..., Any]] = {
    "damage_page": lambda engine, path: engine.damage_page(path),
    "damage_log": lambda engine, instance: engine.damage_log(instance),
    "fail_log_writes": lambda engine, instance, mode: engine.fail_log_writes(instance, mode),
    "expire_snapshot": lambda engine: cast(ExpiringAdapter, engine).expire_snapshot(),
    "classify": lambda engine, path: _observer(engine).classify(path),
    "header": lambda engine, path: _observer(engine).header(path),
    "events": lambda engine, instance: _observer(engine).events(instance),
    "rows": lambda engine, session, database: _observer(engine).rows(session, database),
}
"""What can be asked, each with the capability of its name."""
