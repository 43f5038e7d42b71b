"""A proxy between a client program and an engine that speak the process protocol: what goes through becomes a trace.

The client, a test program of whoever wrote the engine, writes to its standard output what the harness would say, and reads
from its standard input what the engine answers (docs/protocol.md). A reset to another folder begins another trace.
"""

import binascii
import subprocess
import threading
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from .processes import in_group, kill_group
from .protocol import (
    LINE_LIMIT,
    Answer,
    Ask,
    Bye,
    Call,
    Callback,
    Greeting,
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
    decode_message,
    decode_request,
)
from .recording import Recording
from .trace import (
    CallbackEvent,
    CallEvent,
    FaultEvent,
    Header,
    HoldEvent,
    NotImplementedEvent,
    ReleaseEvent,
    ResumeEvent,
    ReturnEvent,
)

GRACE = 5.0
"""Seconds in which an engine that was told to end may do so."""

Command = str | Sequence[str]

_FAULTS = {"damage_page": ("damage-page", "path"), "damage_log": ("damage-log", "instance")}
"""Questions that change something if the answer is one, the fault that they are, and the argument that says where."""


class Changed(msgspec.Struct, tag="changed", tag_field="op"):
    """What the client alone may say, and to the recorder alone: it did that to files behind the engine's back."""

    kind: str
    target: str


_CHANGED = msgspec.json.Decoder(Changed)


class Listener:
    """Hears both sides, and writes what a trace has of it. Messages of one side come one at a time, of both at once."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.files: list[Path] = []
        self._recording: Recording | None = None
        self._greeting = Greeting(0, "", [])
        self._root = ""
        self._asked_root = ""
        self._calls: dict[int, str] = {}
        self._asks: dict[int, Ask] = {}
        self._points: dict[int, str] = {}
        self.said_bye = False

    def request(self, message: Request) -> None:
        """The client is about to be heard by the engine."""
        match message:
            case Reset(root):
                self._asked_root = root
            case Call(number, client, call, args):
                self._calls[number] = call
                self._now().write(CallEvent(id=number, client=client, call=call, args=args))
            case Resume(number, err):
                self._now().write(ResumeEvent(id=number, err=err))
            case Release(number):
                self._now().write(ReleaseEvent(id=number, point=self._points.get(number, "")))
            case Ask():
                self._ask(message)
            case Bye():
                self.said_bye = True

    def changed(self, message: Changed) -> None:
        """The client did something that the engine is not told."""
        try:
            self._now().changed(message.kind, message.target)
        except ValueError as problem:
            raise ProtocolError(str(problem)) from None

    def message(self, message: Message) -> None:
        """The engine is about to be heard by the client."""
        match message:
            case Greeting():
                self._greeting = message
            case Ready():
                self._begin()
            case Callback(number, snp, snt, done, total):
                self._now().write(CallbackEvent(id=number, snp=snp, snt=snt, done=done, total=total))
            case Point(number, point, detail):
                self._points[number] = f"{point} {detail}" if detail else point
                self._now().write(HoldEvent(id=number, point=self._points[number]))
            case Return():
                self._now().write(self._returned(message))
            case NotImplementedHere(number):
                if self._asks.pop(number, None) is None:
                    self._now().write(NotImplementedEvent(id=number))
            case Answer(number, value):
                self._answered(self._asks.pop(number, None), value)

    def end(self, *, died: bool) -> None:
        """Nothing more is said."""
        if self._recording is not None and not self._recording.ended:
            self._recording.end(died=died)

    def _now(self) -> Recording:
        if self._recording is None:
            raise ProtocolError("the first message after hello must be reset")
        return self._recording

    def _begin(self) -> None:
        """The engine was reset: on the same folder it is as if it had crashed, on another one another trace begins."""
        if self._recording is not None and self._root == self._asked_root:
            self._recording.write(FaultEvent(kind="crash"))
            return
        self.end(died=False)
        number = len(self.files) + 1
        path = self._out if number == 1 else self._out.with_name(f"{self._out.stem}-{number}{self._out.suffix}")
        header = Header(trace=1, engine=self._greeting.engine, capabilities=sorted(self._greeting.capabilities))
        self._recording, self._root = Recording(path, header), self._asked_root
        self.files.append(path)

    def _ask(self, ask: Ask) -> None:
        self._asks[ask.id] = ask
        target = str(ask.args.get("instance", ""))
        if ask.ask == "fail_log_writes":
            self._now().write(FaultEvent(kind=f"fail-log-{ask.args.get('mode')}", target=target))
        elif ask.ask == "expire_snapshot":
            self._now().write(FaultEvent(kind="snapshot-timeout"))

    def _answered(self, ask: Ask | None, value: object) -> None:
        if ask is not None and ask.ask in _FAULTS and value is not None and value is not False:
            kind, argument = _FAULTS[ask.ask]
            self._now().write(FaultEvent(kind=kind, target=str(ask.args.get(argument, ""))))

    def _returned(self, message: Return) -> ReturnEvent:
        """The return as a trace has it: the JET_ERR of a native code, and of what was read how much it was."""
        errors, result = self._greeting.errors, message.result
        if errors is not None and str(message.err) not in errors:
            raise ProtocolError(
                f"returned native code {message.err}, for which the table `errors` of hello has no JET_ERR"
            )
        err = message.err if errors is None else errors[str(message.err)]
        if self._calls.get(message.id) == "JetReadFileInstance":
            try:
                result = {"read": len(b64decode((result or {}).get("data", "")))}
            except (TypeError, ValueError, binascii.Error) as error:
                raise ProtocolError(f"gave as data what is no base64: {error}") from None
        return ReturnEvent(id=message.id, err=err, result=result)


class Proxy:
    """Runs an engine and a client, and passes on what they say, each line after it was written down."""

    def __init__(self, engine: Command, client: Command, listener: Listener) -> None:
        """OSError where one of the two cannot be run."""
        self._listener = listener
        self._engine = _started(engine)
        try:
            self._client = _started(client)
        except OSError:
            _ended(self._engine)
            raise
        self.problem = ""

    def run(self) -> int:
        """Until the client ends; its exit status, 128 and more for a signal. `problem` says what went wrong in between."""
        threads = [
            threading.Thread(target=self._from_client, name="client", daemon=True),
            threading.Thread(target=self._from_engine, name="engine", daemon=True),
        ]
        try:
            for thread in threads:
                thread.start()
            status = self._client.wait()
            threads[0].join()
            with suppress(subprocess.TimeoutExpired):
                self._engine.wait(GRACE)
        finally:
            _ended(self._client)
            _ended(self._engine)
        threads[1].join(GRACE)
        self._listener.end(died=False)
        return status if status >= 0 else 128 - status

    def _from_client(self) -> None:
        def heard(line: bytes) -> bool:
            changed = _as_changed(line)
            if changed is not None:
                self._listener.changed(changed)
                return False
            self._listener.request(decode_request(line))
            return True

        self._pass_on("the client", self._client.stdout, self._engine.stdin, heard)
        self._listener.said_bye = True  # the end of its input tells the engine the same

    def _from_engine(self) -> None:
        def heard(line: bytes) -> bool:
            self._listener.message(decode_message(line))
            return True

        self._pass_on("the engine", self._engine.stdout, self._client.stdin, heard)
        if not self._listener.said_bye and not self.problem:
            self._listener.end(died=True)

    def _pass_on(
        self, who: str, source: IO[bytes] | None, sink: IO[bytes] | None, heard: Callable[[bytes], bool]
    ) -> None:
        """Line by line what is for the other side, until nothing more comes, nobody listens, or what comes is no message."""
        assert source is not None
        assert sink is not None
        try:
            with suppress(BrokenPipeError), sink:
                while line := source.readline(LINE_LIMIT + 1):
                    if len(line) > LINE_LIMIT:
                        raise ProtocolError(f"wrote a line of more than {LINE_LIMIT:,} bytes")
                    if heard(line):
                        sink.write(line)
                        sink.flush()
        except (ProtocolError, OSError) as problem:
            self.problem = self.problem or f"{who}: {problem}"


def _as_changed(line: bytes) -> Changed | None:
    """What is for the recorder alone; None for any other line."""
    try:
        return _CHANGED.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _started(command: Command) -> subprocess.Popen[bytes]:
    options = in_group()
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)  # noqa: S603


def _ended(process: subprocess.Popen[bytes]) -> None:
    """End it, with everything that it started."""
    if process.poll() is None:
        kill_group(process.pid)
    process.wait()
