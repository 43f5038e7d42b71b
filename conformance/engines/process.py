"""Engines in a process of their own, in any language: `process:COMMAND`, spoken to by the process protocol (docs/protocol.md).

One process serves many histories: between two of them it is told to forget everything. Where it cannot, or where anything
went wrong, or where a crash is wanted, it is ended and another one started.
"""

import base64
import binascii
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn, cast

import msgspec

from ..adapter import CLIENT, Adapter, EngineTrouble, NoSuchCall, PointHandler, StatusCallback, UnmappedCode
from ..invocation import CALLS, Kind, Row
from ..protocol import (
    VERSION,
    Answer,
    Ask,
    Call,
    Callback,
    CannotReset,
    Greeting,
    Hello,
    NotImplementedHere,
    Point,
    Ready,
    Release,
    Reset,
    Resume,
    Return,
    Watch,
    name_of,
)
from . import EngineSpecError
from .channel import Channel


class ProcessFactory:
    """Makes adapters of one command: each speaks to a process that remembers nothing of the one before it."""

    def __init__(self, command: str, *, call_timeout: float) -> None:
        """EngineSpecError if there is no such command."""
        self._command = arguments_of(command)
        self._call_timeout = call_timeout
        self._channel: Channel | None = None
        self._greeting: Greeting | None = None
        self._root: Path | None = None
        self._lacking: set[str] = set()  # calls that it said it does not have
        self.kills = False
        """Whether a process that is to crash is killed in any case."""

    def __call__(self, root: Path) -> Adapter:
        """An adapter over the files below `root`. EngineTrouble if the engine does not answer as it must."""
        if self._channel is not None and not (self._channel.usable and (root != self._root or self._drops())):
            self._channel.kill()  # the same folder again: it is to crash
            self._channel = None
        self._root = root
        channel, greeting = self._reset(root)
        return cast(Adapter, ProcessAdapter(channel, greeting, self._lacking))

    def close(self) -> None:
        """End the process, if one runs."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _drops(self) -> bool:
        return not self.kills and self._greeting is not None and self._greeting.reset_drops

    def _reset(self, root: Path) -> tuple[Channel, Greeting]:
        why = ""
        for _ in range(2):
            channel, greeting = self._running()
            answer = channel.ask_now(Reset(str(root.absolute())))
            if isinstance(answer, Ready):
                return channel, greeting
            if not isinstance(answer, CannotReset):
                self.close()
                raise EngineTrouble(f"answered reset with {name_of(answer)!r}, expected ready or cannot-reset")
            why = answer.why
            self.close()
        raise EngineTrouble(f"cannot be reset even when it was only started: {why}")

    def _running(self) -> tuple[Channel, Greeting]:
        """The process that runs, or a fresh one that said hello."""
        if self._channel is None or self._greeting is None:
            channel = self._channel = Channel(self._command, timeout=self._call_timeout)
            try:
                self._greeting = _greeted(channel)
            except EngineTrouble as trouble:
                self._channel = None
                channel.kill()
                said = channel.said().strip().rpartition("\n")[2]
                raise EngineTrouble(f"{trouble}{said and f' ({said})'}") from None
            self._lacking |= set(self._greeting.not_implemented)
        return self._channel, self._greeting


def arguments_of(command: str) -> str | Sequence[str]:
    """The command of a SPEC without a shell; EngineSpecError if there is no such program.

    It is looked for beside the interpreter, too: `jetconform` lies there.
    """
    if sys.platform == "win32":  # there a program splits its command line itself
        if not command.strip():
            raise EngineSpecError("engine 'process:': expected process:COMMAND")
        return command
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise EngineSpecError(f"engine {'process:' + command!r}: {error}") from None
    if not words:
        raise EngineSpecError(f"engine {'process:' + command!r}: expected process:COMMAND")
    found = shutil.which(words[0]) or shutil.which(words[0], path=str(Path(sys.executable).parent))
    if found is None:
        raise EngineSpecError(f"engine {'process:' + command!r}: {words[0]} is no program that can be run")
    return [found, *words[1:]]


def _greeted(channel: Channel) -> Greeting:
    """The hello of a process that was just started, checked."""
    greeting = channel.ask_now(Hello(VERSION))
    if not isinstance(greeting, Greeting):
        raise EngineTrouble(f"answered hello with {name_of(greeting)!r}, expected hello")
    if greeting.protocol != VERSION:
        raise EngineTrouble(f"speaks version {greeting.protocol} of the protocol, expected {VERSION}")
    unknown = [call for call in greeting.not_implemented if call not in CALLS]
    if unknown:
        raise EngineTrouble(f"says in not_implemented what is no call: {', '.join(map(repr, unknown))}")
    wrong = [native for native in greeting.errors or () if not native.removeprefix("-").isdecimal()]
    if wrong:
        raise EngineTrouble(f"says in errors what is no number: {', '.join(map(repr, wrong))}")
    return greeting


class ProcessAdapter:
    """The adapter of one history. The methods of the calls are made below, from the table of all calls."""

    def __init__(self, channel: Channel, greeting: Greeting, lacking: set[str]) -> None:
        self._channel = channel
        self._errors = greeting.errors
        self._handler: PointHandler | None = None
        self.capabilities = frozenset(greeting.capabilities)
        self.not_implemented = lacking
        """Calls that the engine does not have, as far as it said so: to be read before a call, and kept for all histories."""

    # -- calls -----------------------------------------------------------------------------------------------------------

    def call(self, name: str, args: dict[str, Any], status: StatusCallback | None = None) -> Return:
        """Make a call. NoSuchCall if the engine has none of that name."""
        channel = self._channel
        number = channel.begin()
        try:
            channel.arm(monotonic() + channel.timeout)
            channel.send(Call(number, CLIENT.get(), name, args))
            return self._outcome(number, name, status)
        finally:
            channel.end(number)

    def _outcome(self, number: int, name: str, status: StatusCallback | None) -> Return:
        """Answer what the engine asks in the course of the call, until it is back."""
        channel, waited, started = self._channel, False, monotonic()
        while True:
            message = channel.receive(number)
            if type(message) is Return:
                return message
            asked = monotonic()
            channel.arm(None)
            if isinstance(message, Callback) and status is not None:
                answer: Resume | Release = Resume(number, status(message.snp, message.snt, message.done, message.total))
            elif isinstance(message, Point):
                if self._handler is not None:
                    self._handler(message.point, message.detail)
                answer = Release(number)
            elif isinstance(message, NotImplementedHere) and not waited:
                self.not_implemented.add(name)
                raise NoSuchCall(name)
            else:
                raise channel.fail(EngineTrouble(f"said {name_of(message)!r} in {name}, which cannot be there"))
            waited = True
            started += monotonic() - asked  # the time in which it was held is not its own
            channel.arm(started + channel.timeout)
            channel.send(answer)

    def code(self, returned: Return) -> int:
        """The JET_ERR of a return. UnmappedCode for a native code that hello gave none for."""
        if self._errors is None:
            return returned.err
        try:
            return self._errors[str(returned.err)]
        except KeyError:
            raise UnmappedCode(
                f"native code {returned.err}, for which the table `errors` of hello has no JET_ERR"
            ) from None

    # -- what only the harness asks ----------------------------------------------------------------------------------------

    def _ask(self, name: str, kind: Any, **args: Any) -> Any:
        """Ask something, and check that the answer is of that kind. NoSuchCall if the engine cannot be asked that."""
        channel = self._channel
        number = channel.begin()
        try:
            channel.arm(monotonic() + channel.timeout)
            channel.send(Ask(number, name, args))
            message = channel.receive(number)
        finally:
            channel.end(number)
        if isinstance(message, NotImplementedHere):
            raise EngineTrouble(f"declares what it cannot be asked: {name}")
        if not isinstance(message, Answer):
            said = f"said {name_of(message)!r} when it was asked for {name}, expected answer"
            raise channel.fail(EngineTrouble(said))
        try:
            return msgspec.convert(message.value, kind)
        except msgspec.ValidationError as error:
            raise EngineTrouble(f"answered {name} with something else: {error}") from None

    def damage_page(self, path: str) -> bool:
        """As the adapter protocol says; so are all the others here."""
        return bool(self._ask("damage_page", bool, path=path))

    def damage_log(self, instance: str) -> int | None:
        return cast(int | None, self._ask("damage_log", int | None, instance=instance))

    def fail_log_writes(self, instance: str, mode: str) -> None:
        self._ask("fail_log_writes", None, instance=instance, mode=mode)

    def expire_snapshot(self) -> None:
        self._ask("expire_snapshot", None)

    def classify(self, path: str) -> tuple[str, int | None]:
        return cast(tuple[str, int | None], self._ask("classify", tuple[str, int | None], path=path))

    def header(self, path: str) -> dict[str, list[int]] | None:
        return cast(dict[str, list[int]] | None, self._ask("header", dict[str, list[int]] | None, path=path))

    def events(self, instance: str) -> list[str]:
        return cast(list[str], self._ask("events", list[str], instance=instance))

    def rows(self, session: str, database: str) -> tuple[int, list[str]]:
        err, rows = self._ask("rows", tuple[int, list[str]], session=session, database=database)
        return self.code(Return(0, err)), rows

    def on_point(self, handler: PointHandler | None) -> None:
        if (handler is None) != (self._handler is None):
            self._channel.send(Watch(handler is not None))
        self._handler = handler

    def said(self) -> str:
        """The tail of what the engine said on its standard error."""
        return self._channel.said()

    def close(self) -> None:
        """Leave the process to the next history; where a call is open nothing but its end lets it go."""
        if not self._channel.usable:
            self._channel.kill()


def _method(call: str, row: Row) -> Any:
    """The method of the adapter that makes that call."""

    def plain(self: ProcessAdapter, *values: Any) -> int:
        return self.code(self.call(call, dict(zip(row.arguments, values, strict=True))))

    def with_status(self: ProcessAdapter, *values: Any) -> int:
        return self.code(self.call(call, dict(zip(row.arguments, values, strict=False)), values[-1]))

    def with_output(self: ProcessAdapter, *values: Any) -> tuple[int, Any]:
        returned = self.call(call, dict(zip(row.arguments, values, strict=True)))
        err = self.code(returned)
        nothing = _NOTHING[row.kind] if err < 0 else None
        result = returned.result or {}
        return err, _bytes(result, nothing) if row.kind is Kind.DATA else result.get(row.output, nothing)

    if row.kind is Kind.STATUS:
        return with_status
    return with_output if row.output else plain


_NOTHING: dict[Kind, Any] = {Kind.NUMBER: 0, Kind.FILES: [], Kind.DATA: b""}
"""What a call that failed gives out where the engine says nothing of it."""


def _bytes(result: dict[str, Any], nothing: bytes | None) -> bytes | None:
    """The bytes that a read gave out."""
    data = result.get("data")
    if data is None:
        return nothing
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        _no_base64(error)


def _no_base64(error: Exception) -> NoReturn:
    raise EngineTrouble(f"gave as data what is no base64: {error}") from None


for _call, _row in CALLS.items():
    setattr(ProcessAdapter, _row.method, _method(_call, _row))
