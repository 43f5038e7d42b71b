"""The process protocol: the messages between the harness and an engine in a process of its own (docs/protocol.md).

One JSON object a line, UTF-8, at most `LINE_LIMIT` bytes. Unknown keys are ignored by both sides, an unknown `op` or `event`
is an error. Calls, arguments and results are those of traces (docs/trace-format.md).
"""

from typing import Any

import msgspec

VERSION = 1
LINE_LIMIT = 16 << 20
"""Bytes of a line at the most: what is longer is refused before it is read to its end."""


class ProtocolError(Exception):
    """What came over the pipe is no message of the protocol: the text says what it is."""


# -- from the harness --------------------------------------------------------------------------------------------------


class Hello(msgspec.Struct, tag="hello", tag_field="op"):
    """The first message: the version that the harness speaks."""

    protocol: int


class Reset(msgspec.Struct, tag="reset", tag_field="op"):
    """Forget everything, as a process that was killed and started anew; all files are below `root` from now on."""

    root: str


class Call(msgspec.Struct, tag="call", tag_field="op"):
    """A client makes a call, on a thread of its own; inside its callback, if it is in one."""

    id: int
    client: str
    call: str
    args: dict[str, Any]


class Resume(msgspec.Struct, tag="resume", tag_field="op"):
    """The status callback of that call returns `err`."""

    id: int
    err: int


class Release(msgspec.Struct, tag="release", tag_field="op"):
    """That call goes on from the point that it reported."""

    id: int


class Watch(msgspec.Struct, tag="watch", tag_field="op"):
    """From now on hold points are reported and waited at, or no longer."""

    points: bool


class Ask(msgspec.Struct, tag="ask", tag_field="op"):
    """Something that is no call of the API: to damage something, or to look at it."""

    id: int
    ask: str
    args: dict[str, Any]


class Bye(msgspec.Struct, tag="bye", tag_field="op"):
    """The engine ends. The end of its standard input means the same."""


Request = Hello | Reset | Call | Resume | Release | Watch | Ask | Bye


# -- from the engine ---------------------------------------------------------------------------------------------------


class Greeting(msgspec.Struct, tag="hello", tag_field="event", omit_defaults=True):
    """The answer to `hello`: what the engine is, and what it can do (conformance/adapter.py: CAPABILITIES)."""

    protocol: int
    engine: str
    capabilities: list[str]
    not_implemented: list[str] = []  # calls that it does not have
    errors: dict[str, int] | None = None  # the JET_ERR of each native code, where the codes are others
    reset_drops: bool = False  # a reset writes nothing more, as a killed process would: it can stand for a crash


class Ready(msgspec.Struct, tag="ready", tag_field="event"):
    """The answer to `reset`."""


class CannotReset(msgspec.Struct, tag="cannot-reset", tag_field="event", omit_defaults=True):
    """The other answer: the harness ends the process and starts another."""

    why: str = ""


class Callback(msgspec.Struct, tag="callback", tag_field="event"):
    """The status callback of that call was entered; the engine waits for `resume`."""

    id: int
    snp: int
    snt: int
    done: int
    total: int


class Point(msgspec.Struct, tag="point", tag_field="event", omit_defaults=True):
    """That call came to a hold point; the engine waits for `release`."""

    id: int
    point: str
    detail: str = ""


class Return(msgspec.Struct, tag="return", tag_field="event", omit_defaults=True):
    """That call came back. JetReadFileInstance gives its bytes in `result` as `data`, in base64."""

    id: int
    err: int
    result: dict[str, Any] | None = None


class NotImplementedHere(msgspec.Struct, tag="not-implemented", tag_field="event"):
    """The engine has no such call, or cannot be asked that; nothing happened."""

    id: int


class Answer(msgspec.Struct, tag="answer", tag_field="event"):
    """The answer to `ask`."""

    id: int
    value: Any


OfCall = Callback | Point | Return | NotImplementedHere | Answer
"""The messages that carry the id of a call or of a question."""

Message = Greeting | Ready | CannotReset | OfCall

_ENCODER = msgspec.json.Encoder()
_MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_REQUEST: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)


def encode(message: Request | Message) -> bytes:
    """One line, with its newline."""
    return _ENCODER.encode(message) + b"\n"


def decode_message(line: bytes) -> Message:
    """What the engine said. ProtocolError for a line that is no message."""
    try:
        return _MESSAGE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"wrote a line that is no message: {_shown(line)} ({error})") from None


def decode_request(line: bytes) -> Request:
    """What the harness said. ProtocolError for a line that is no message."""
    try:
        return _REQUEST.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"read a line that is no message: {_shown(line)} ({error})") from None


def _shown(line: bytes) -> str:
    """A line of unknown origin, short and printable."""
    text = ascii(line[:60].decode(errors="replace"))
    return text if len(line) <= 60 else f"{text}..."


def name_of(message: Request | Message) -> str:
    """What the protocol calls a message."""
    return str(type(message).__struct_config__.tag)


def schema() -> bytes:
    """The JSON Schema of all messages, generated from the types above: docs/protocol.schema.json."""
    (requests, messages), definitions = msgspec.json.schema_components(
        [Request, Message], ref_template="#/$defs/{name}"
    )
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The process protocol of jetconform, version {VERSION}: one line",
        "anyOf": [
            {"title": "from the harness", **requests},
            {"title": "from the engine", **messages},
        ],
        "$defs": definitions,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=2) + b"\n"
