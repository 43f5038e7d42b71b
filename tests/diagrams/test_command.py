"""`jetconform diagrams`: what it writes, what it calls stale, and how it fails."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jetconform.diagrams import command, lifecycle, render
from jetconform.diagrams.catalogue import Catalogue
from jetconform.model.state import View

Change = Callable[[Path], object]


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


def test_the_committed_files_are_fresh(known: Catalogue, capsys: pytest.CaptureFixture[str]) -> None:
    status = command.main(["--check"])
    assert (status, capsys.readouterr().out) == (0, "")


def test_what_was_just_written_is_fresh(known: Catalogue, pristine: Path) -> None:
    assert command.main(["--check", "--out", str(pristine)]) == 0


def test_every_picture_is_there_in_four_forms(built: Catalogue, pristine: Path) -> None:
    names = {f"{picture.name}.{kind}" for picture in built.pictures for kind in ("dot", "mmd", "svg", "png")}
    assert {path.name for path in pristine.iterdir()} == names | {"tables.md", "index.json"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pristine.glob("*.png"))
    assert all(b"<svg" in path.read_bytes() for path in pristine.glob("*.svg"))
    assert max(path.stat().st_size for path in command.GENERATED.glob("*.png")) < 500_000


def test_the_same_bytes_every_time(known: Catalogue, pristine: Path, tmp_path: Path) -> None:
    assert command.main(["--out", str(tmp_path)]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in pristine.iterdir()
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / "tables.md").unlink(), ["tables.md: missing"]),
        (lambda folder: (folder / "heat-ese.png").unlink(), ["heat-ese.png: missing"]),
        (lambda folder: (folder / "heat-ese.png").write_bytes(b""), ["heat-ese.png: missing"]),
        (lambda folder: (folder / "heat-ese.dot").write_text("digraph {}"), ["heat-ese.dot: out of date"]),
        (lambda folder: (folder / "old.mmd").write_text(""), ["old.mmd: left over"]),
    ],
)
def test_one_line_a_stale_file(
    known: Catalogue,
    pristine: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Change,
    named: list[str],
) -> None:
    folder = shutil.copytree(pristine, tmp_path / "copy")
    change(folder)
    assert command.main(["--check", "--out", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(named)
    assert all(name in line for name, line in zip(named, lines, strict=True))


@pytest.mark.parametrize("index", [None, "", "[]", "{", '{"heat-ese.png": 1}'])
def test_a_broken_index_makes_the_rendered_files_stale(
    built: Catalogue, pristine: Path, tmp_path: Path, index: str | None
) -> None:
    folder = shutil.copytree(pristine, tmp_path / "copy")
    (folder / "index.json").unlink()
    if index is not None:
        (folder / "index.json").write_text(index)
    assert len(list(command.stale(folder, built))) == 2 * len(built.pictures)


def test_a_changed_row_of_the_lifecycle_makes_its_pictures_stale(
    built: Catalogue, pristine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = lifecycle.LIFECYCLE
    monkeypatch.setattr(lifecycle, "LIFECYCLE", (replace(first, dest=View.RUNNING), *others))
    drawn = {picture.name: picture for picture in map(lifecycle.lifecycle, ("documented", "ese"))}
    pictures = tuple(drawn.get(picture.name, picture) for picture in built.pictures)
    monkeypatch.setattr(command, "build", lambda: replace(built, pictures=pictures))
    assert command.main(["--check", "--out", str(pristine)]) == 1
    out = capsys.readouterr().out
    assert {Path(line.split(":")[0]).name for line in out.splitlines()} == {
        f"lifecycle-{profile}.{kind}" for profile in ("documented", "ese") for kind in ("dot", "mmd", "svg", "png")
    }


def test_without_a_renderer(
    known: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(render.shutil, "which", lambda *_, **__: None)
    assert command.main(["--out", str(tmp_path / "new")]) == 2
    err = capsys.readouterr().err
    assert one_line(err)
    assert "no renderer" in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("body", ["#!/bin/sh\necho broken >&2; echo twice >&2; exit 3\n", "#!/bin/sh\n", "no program"])
def test_with_a_renderer_that_fails(
    known: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    dot = tmp_path / "dot"
    dot.write_text(body)
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert command.main(["--out", str(tmp_path / "new")]) == 2
    assert one_line(capsys.readouterr().err)


@pytest.mark.parametrize("check", [[], ["--check"]])
@pytest.mark.parametrize("out", ["file", "file/below", "nul\0byte"])
def test_a_folder_that_cannot_be_used(
    known: Catalogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    check: list[str],
    out: str,
) -> None:
    monkeypatch.setattr(command, "render", lambda *_: b"drawn")
    (tmp_path / "file").write_text("")
    assert command.main([*check, "--out", str(tmp_path / out)]) == 2
    assert one_line(capsys.readouterr().err)


def test_a_folder_that_is_not_there_cannot_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--check", "--out", str(tmp_path / "none")]) == 2
    assert one_line(capsys.readouterr().err)


@pytest.mark.parametrize(("argv", "status"), [(["--nonsense"], 2), (["--out"], 2), (["--help"], 0)])
def test_usage(argv: list[str], status: int) -> None:
    assert command.main(argv) == status
