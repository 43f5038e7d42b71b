"""Files in memory answer as a file system does: the same operations on both, compared one by one."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from jetconform.engine.files import Files, OpenFile, WriteFault
from jetconform.engine.memory import MemoryFiles

NAMES = ("a", "b", "d", "d/a", "d/e", "d/e/c", "a/x")


def outcome(action: Callable[[], object]) -> object:
    """What came of it: the value, or the number of the error."""
    try:
        return action()
    except OSError as error:
        return type(error).__name__, error.errno


def apart(one: str, other: str) -> bool:
    """Whether neither lies in the other, where systems differ in what they say of a rename."""
    return not f"{one}/".startswith(f"{other}/") and not f"{other}/".startswith(f"{one}/")


def operations(random: Random) -> Callable[[Files, dict[str, OpenFile]], object]:
    """One operation, to be made on either."""
    name, other = random.choice(NAMES), random.choice(NAMES)
    offset, count = random.choice((0, 3, 5000)), random.choice((0, 4, 9000))
    data = random.choice((b"abc", bytes(9000), b"x" * 5000 + bytes(5000)))

    def opened(files: Files, handles: dict[str, OpenFile], **how: bool) -> object:
        if name in handles:
            files.close(handles.pop(name))
        handles[name] = files.open(name, **how)
        return None

    def with_file(action: Callable[[Files, OpenFile], object]) -> Callable[[Files, dict[str, OpenFile]], object]:
        return lambda files, handles: action(files, handles[name]) if name in handles else None

    def close(files: Files, handles: dict[str, OpenFile]) -> None:
        if name in handles:
            files.close(handles.pop(name))

    return random.choice(
        (
            lambda files, handles: opened(files, handles, create=True),
            lambda files, handles: opened(files, handles, write=True),
            lambda files, handles: opened(files, handles),
            lambda files, handles: opened(files, handles, write=True, exclusive=True),
            with_file(lambda files, file: files.write(file, offset, data)),
            with_file(lambda files, file: files.read(file, offset, count)),
            with_file(lambda files, file: files.truncate(file, count)),
            with_file(lambda files, file: files.length(file)),
            close,
            lambda files, handles: files.kind(name),
            lambda files, handles: files.list(name),
            lambda files, handles: files.make_folder(name),
            lambda files, handles: files.remove_folder(name),
            lambda files, handles: files.remove(name),
            lambda files, handles: files.rename(name, other) if apart(name, other) else None,
        )
    )


@pytest.mark.parametrize("seed", range(8))
def test_both_answer_the_same(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    real, memory = Files(tmp_path, sync=False), MemoryFiles()
    handles: tuple[dict[str, OpenFile], dict[str, OpenFile]] = ({}, {})
    for number in range(400):
        operation = operations(random)
        found = [outcome(lambda: operation(files, held)) for files, held in zip((real, memory), handles, strict=True)]  # noqa: B023
        assert found[0] == found[1], number
    for held in handles:
        for file in held.values():
            file.close()


def test_zeros_at_the_end_are_there_although_they_are_not_kept() -> None:
    files = MemoryFiles()
    file = files.open("a", create=True)
    files.write(file, 0, b"head".ljust(100_000, b"\0"))
    assert files.length(file) == 100_000
    assert files.read(file, 99_998, 10) == b"\0\0"
    files.write(file, 50_000, b"tail")
    assert files.read(file, 49_999, 6) == b"\0tail\0"


def test_writes_that_are_refused() -> None:
    files = MemoryFiles()
    file = files.open("edb.log", create=True)
    files.refuse_writes("", ".log", WriteFault.TORN)
    assert outcome(lambda: files.write(file, 0, b"abcd")) == ("PartialWrite", 5)
    assert files.read(file, 0, 4) == b"ab"
    files.refuse_writes("", ".log", WriteFault.NO_SPACE)
    assert outcome(lambda: files.write(file, 0, b"abcd")) == ("OSError", 28)
