"""Where traces lie: files, folders and packed archives, and what is wrong with them."""

import io
import tarfile
from pathlib import Path

import pytest
from jetconform.conformance import archive
from jetconform.conformance.archive import traces
from jetconform.conformance.trace import Trace, TraceError

TRACE = b'{"trace":1,"engine":"x"}\n{"event":"end","reason":"done"}\n'


def pack(path: Path, members: dict[str, bytes], *, link: str = "") -> Path:
    """An archive with these files and, if asked, a link."""
    with tarfile.open(path, "w:gz") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            packed.addfile(info)
    return path


def names(found: list[Trace | TraceError]) -> list[str]:
    return [one.name if isinstance(one, Trace) else f"invalid {one}" for one in found]


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(TRACE)
    assert names(list(traces([file]))) == [str(file)]


def test_a_folder_is_read_in_order_and_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "notes.txt", "deep/c.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(TRACE)
    assert names(list(traces([tmp_path]))) == [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl", "deep/c.jsonl")]


def test_an_archive_is_read_without_being_unpacked(tmp_path: Path) -> None:
    packed = pack(tmp_path / "t.tar.gz", {"t/b.jsonl": TRACE, "../../a.jsonl": TRACE, "t/README": b"x"}, link="l.jsonl")
    assert names(list(traces([packed]))) == [f"{packed}/t/b.jsonl", f"{packed}/../../a.jsonl"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["t.tar.gz"]
    assert not (tmp_path.parent.parent / "a.jsonl").exists()


def test_one_bad_trace_does_not_hide_the_others(tmp_path: Path) -> None:
    packed = pack(tmp_path / "t.tar.gz", {"a.jsonl": TRACE, "b.jsonl": b"no\n", "c.jsonl": TRACE})
    found = names(list(traces([packed])))
    assert (found[0], found[2]) == (f"{packed}/a.jsonl", f"{packed}/c.jsonl")
    assert found[1].startswith(f"invalid {packed}/b.jsonl:1: no trace header")


def test_a_member_that_would_fill_the_memory_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SIZE_LIMIT", 10)
    packed = pack(tmp_path / "t.tar.gz", {"a.jsonl": TRACE})
    assert names(list(traces([packed]))) == [
        f"invalid {packed}/a.jsonl:1: 57 bytes, at most 10 are read of a packed trace"
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.jsonl", None, "no such file"),
        ("gone.tar.gz", None, "No such file or directory"),
        ("bad.tar.gz", b"this is no archive", "not an archive of traces, or damaged"),
        ("empty.tgz", b"", "not an archive of traces, or damaged"),
        ("folder", "folder", "the folder holds no trace"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes | str | None, said: str) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(TraceError, match=said) as caught:
        list(traces([path]))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_an_archive_that_breaks_off(tmp_path: Path) -> None:
    packed = pack(tmp_path / "t.tar.gz", {f"{number}.jsonl": TRACE * 50 for number in range(50)})
    packed.write_bytes(packed.read_bytes()[:200])
    with pytest.raises(TraceError, match="damaged"):
        list(traces([packed]))


def test_an_archive_without_a_trace(tmp_path: Path) -> None:
    packed = pack(tmp_path / "t.tar.gz", {"README": b"x"})
    with pytest.raises(TraceError, match="the archive holds no trace"):
        list(traces([packed]))
