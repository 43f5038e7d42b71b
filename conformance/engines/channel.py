"""An engine's process, and the lines that go to it and come back, told apart by the calls that they belong to.

Whoever waits for a message reads; what belongs to another call is put into that one's box. So a call that is alone costs one
write and one read, on the thread that makes it. There is no time limit on a read: where one is set and passes, an alarm ends
the process, and then the read comes to its end.
"""

import os
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from ..adapter import EngineDied, EngineSilent, EngineTrouble
from ..processes import Tail, how_it_ended, in_group, kill_group, note, strike
from ..protocol import LINE_LIMIT, Bye, Message, OfCall, ProtocolError, Request, decode_message, encode, name_of

STDERR_TAIL = 64 << 10
CHUNK = 64 << 10
TICK = 0.1
"""Seconds between two looks at the time limit."""

GRACE = 1.0
"""Seconds in which a process that closed its output, or was told to, may come to its end."""


class Channel:
    """A process that speaks the protocol on its standard input and output. Thread-safe.

    After an EngineTrouble nothing works any more: each further message raises it again.
    """

    def __init__(self, command: str | Sequence[str], *, timeout: float) -> None:
        """Raises OSError if the command cannot be run. `timeout`: seconds after which an armed alarm rings."""
        self.timeout = timeout
        self._process = subprocess.Popen(  # noqa: S603 - the command of the user's SPEC, without a shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            **in_group(),
        )
        note(self._process.pid)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._tail = Tail(self._process.stderr, STDERR_TAIL)
        self._buffer = bytearray()
        self._writing = threading.Lock()
        self._turn = threading.Condition()
        self._reading = False  # some thread reads
        self._boxes: dict[int, deque[OfCall]] = {}  # of the calls that are open
        self._last_id = 0
        self._trouble: EngineTrouble | None = None
        self._deadline: float | None = None
        self._rang = False
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="alarm", daemon=True).start()

    # -- calls -----------------------------------------------------------------------------------------------------------

    @property
    def open(self) -> int:
        """How many calls are open."""
        return len(self._boxes)

    @property
    def usable(self) -> bool:
        """Whether nothing went wrong, and no call is open."""
        return self._trouble is None and not self._boxes and not self._ended.is_set()

    def begin(self) -> int:
        """The id of a call that is about to be made. Beside another no time limit holds."""
        with self._turn:
            self._last_id += 1
            self._boxes[self._last_id] = deque()
            if len(self._boxes) > 1:
                self._deadline = None
            return self._last_id

    def end(self, number: int) -> None:
        """That call is over."""
        with self._turn:
            self._deadline = None
            del self._boxes[number]

    def arm(self, deadline: float | None) -> None:
        """End the process at that time, unless the alarm is set anew before; None: at no time. Only a call alone is armed."""
        with self._turn:
            self._deadline = deadline if len(self._boxes) <= 1 else None

    # -- messages --------------------------------------------------------------------------------------------------------

    def send(self, message: Request) -> None:
        """Say something. EngineTrouble if nobody is there to read it."""
        data = memoryview(encode(message))
        try:
            with self._writing:
                while data:
                    data = data[os.write(self._in.fileno(), data) :]
        except (OSError, ValueError):  # closed: at the other end, or here
            raise self.fail(self._end_of_output()) from None

    def receive(self, number: int) -> OfCall:
        """The next message of that call. EngineTrouble if there is none, or what comes is none of an open call."""
        box = self._boxes[number]
        with self._turn:
            while not box and self._reading and self._trouble is None:
                self._turn.wait()
            if box:
                return box.popleft()
            self._raise_trouble()
            self._reading = True
        try:
            while True:
                message = self._read()
                if not isinstance(message, OfCall):
                    raise EngineTrouble(f"said {name_of(message)!r} in the middle of a call")
                if message.id == number:
                    return message
                with self._turn:
                    other = self._boxes.get(message.id)
                    if other is None:
                        said = f"said {name_of(message)!r} of call {message.id}"
                        raise EngineTrouble(f"{said}, which is not open: it was never made, or was answered before")
                    other.append(message)
                    self._turn.notify_all()
        except EngineTrouble as trouble:
            raise self.fail(trouble) from None
        finally:
            with self._turn:
                self._reading = False
                if len(self._boxes) > 1:
                    self._turn.notify_all()

    def ask_now(self, message: Request) -> Message:
        """Say something while no call is open, and hear the answer within the time limit."""
        self.arm(monotonic() + self.timeout)
        try:
            self.send(message)
            return self._read()
        except EngineTrouble as trouble:
            raise self.fail(trouble) from None
        finally:
            self.arm(None)

    def _read(self) -> Message:
        try:
            return decode_message(self._line())
        except ProtocolError as problem:
            raise EngineTrouble(str(problem)) from None

    def _line(self) -> bytes:
        """The next line. What is longer than a line may be is not read to its end."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > LINE_LIMIT:
                raise EngineTrouble(f"wrote a line of more than {LINE_LIMIT:,} bytes")
            try:
                data = os.read(self._out.fileno(), CHUNK)
            except (OSError, ValueError):
                data = b""
            if not data:
                raise self._end_of_output()
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    # -- the end ---------------------------------------------------------------------------------------------------------

    def said(self) -> str:
        """The tail of what it said on its standard error: all of it once it has ended."""
        return self._tail.text(GRACE if self._process.poll() is not None else 0.0)

    def close(self) -> None:
        """Tell it to end, and end it, with everything that it started, if it does not."""
        if self.usable:
            with suppress(EngineTrouble):
                self.send(Bye())
            with suppress(OSError):
                self._in.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        self.kill()

    def kill(self) -> None:
        """End it as if its machine had lost it, with everything that it started. No zombie is left."""
        if self._ended.is_set():
            return
        self._ended.set()
        kill_group(self._process.pid)
        self._process.kill()
        self._process.wait()
        strike(self._process.pid)
        self._tail.close()
        with self._turn:  # who still reads comes to the end of it now
            self._turn.wait_for(lambda: not self._reading, GRACE)
        for stream in (self._in, self._out):
            with suppress(OSError):
                stream.close()

    def _watch(self) -> None:
        """Ring the alarm."""
        while not self._ended.wait(TICK):
            deadline = self._deadline
            if deadline is not None and monotonic() > deadline:
                self._rang = True
                kill_group(self._process.pid)
                return

    def _end_of_output(self) -> EngineTrouble:
        """Why nothing more can be said or heard."""
        if self._rang:
            return EngineSilent(f"no answer within {self.timeout:g} seconds, although no call is held")
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return EngineTrouble("closed its standard input or output, and goes on running")
        return EngineDied(f"the engine's process ended: {how_it_ended(code)}")

    def fail(self, trouble: EngineTrouble) -> EngineTrouble:
        """Note what went wrong, for every call that is open; the first counts."""
        with self._turn:
            if self._trouble is None:
                self._trouble = trouble
            self._turn.notify_all()
            return type(self._trouble)(str(self._trouble))

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise type(self._trouble)(str(self._trouble))
