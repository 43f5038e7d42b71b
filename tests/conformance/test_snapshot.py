"""What is on disk at a moment, also where the engine keeps a file to itself."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jetconform.conformance.adapter import Adapter
from jetconform.conformance.snapshot import take

BARE = cast(Adapter, SimpleNamespace(capabilities=frozenset()))


def test_files_have_sizes_and_digests(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "a.edb").write_bytes(b"abc")
    before = take(BARE, tmp_path, "i1", ()).files["db/a.edb"]
    (tmp_path / "db" / "a.edb").write_bytes(b"abd")
    after = take(BARE, tmp_path, "i1", ()).files["db/a.edb"]
    assert (before.size, after.size) == (3, 3)
    assert before.digest != after.digest


def test_a_file_that_nobody_else_may_read_is_known_by_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.edb"
    file.write_bytes(b"abc")

    def refuse(_: Any) -> bytes:
        raise PermissionError(13, "another process uses the file")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    os.utime(file, ns=(0, 1_000_000_000))
    before = take(BARE, tmp_path, "i1", ()).files["a.edb"]
    os.utime(file, ns=(0, 2_000_000_000))
    after = take(BARE, tmp_path, "i1", ()).files["a.edb"]
    assert (before.size, before.digest) == (3, (1_000_000_000).to_bytes(16, "big"))
    assert after.digest != before.digest
