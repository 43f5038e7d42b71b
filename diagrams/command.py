"""`jetconform diagrams`: write every picture and table of the model, or tell which of them are stale."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from .catalogue import Catalogue, build
from .picture import Picture
from .render import FORMATS, RenderError, find_renderer, render

GENERATED = Path(__file__).with_name("generated")
INDEX = "index.json"


def main(argv: list[str]) -> int:
    """Exit status: 0 written or fresh, 1 stale, 2 wrong usage, no renderer, or a folder that cannot be used."""
    parser = argparse.ArgumentParser(prog="jetconform diagrams", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that are stale")
    parser.add_argument(
        "--out", type=Path, default=GENERATED, metavar="DIR", help="where the files are (default: %(default)s)"
    )
    try:
        options = parser.parse_args(argv)
    except SystemExit as left:
        return int(left.code or 0)
    try:
        if options.check:
            return _check(options.out)
        _write(options.out)
    except (RenderError, OSError, ValueError) as error:
        print(f"jetconform diagrams: {_one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _check(folder: Path) -> int:
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    findings = list(stale(folder, build()))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def stale(folder: Path, catalogue: Catalogue) -> Iterator[str]:
    """One line for each file that is missing, out of date or left over."""
    sources, drawn = catalogue.sources(), _index(catalogue)
    recorded = _recorded(folder / INDEX)
    for name, content in sorted(sources.items()):
        found = _read(folder / name)
        if found != content:
            yield f"{folder / name}: {'missing' if found is None else 'out of date'}"
    for name, digest in sorted(drawn.items()):
        if not _read(folder / name):
            yield f"{folder / name}: missing"
        elif recorded.get(name) != digest:
            yield f"{folder / name}: out of date"
    for path in sorted(folder.iterdir()):
        if path.suffix in (".dot", ".mmd", ".svg", ".png") and path.name not in sources and path.name not in drawn:
            yield f"{path}: left over, no picture has this name"


def _write(folder: Path) -> None:
    """Everything is rendered before anything is written, so that a failure leaves the folder as it was."""
    renderer, catalogue = find_renderer(), build()
    files = catalogue.sources()
    for picture in catalogue.pictures:
        for kind in FORMATS:
            files[f"{picture.name}.{kind}"] = render(renderer, picture.dot, kind)
    files[INDEX] = (json.dumps(_index(catalogue), indent=2, sort_keys=True) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _index(catalogue: Catalogue) -> dict[str, str]:
    """For each rendered file the hash of its source: what a renderer makes of it may differ between versions."""
    return {f"{picture.name}.{kind}": _digest(picture) for picture in catalogue.pictures for kind in FORMATS}


def _digest(picture: Picture) -> str:
    return sha256(picture.dot.encode()).hexdigest()


def _recorded(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(_read(path) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
