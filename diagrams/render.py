"""From a Graphviz source to a rendered file, with Graphviz itself or its pure port, whichever is there."""

import shutil
import subprocess
import sys
from pathlib import Path

FORMATS = ("svg", "png")
_TIMEOUT = 60  # seconds; a picture takes well under one


class RenderError(Exception):
    """No renderer is there, or it could not draw the picture; the message is one line."""


def find_renderer() -> str:
    """The command to run: `dot` on the PATH, else `graphviz-pure` beside this Python or on the PATH."""
    beside = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    found = shutil.which("dot") or beside or shutil.which("graphviz-pure")
    if found is None:
        raise RenderError("no renderer: neither dot nor graphviz-pure was found; install the package graphviz-pure")
    return found


def render(renderer: str, source: str, kind: str) -> bytes:
    """The picture in that format."""
    try:
        done = subprocess.run(  # noqa: S603 the command comes from find_renderer
            [renderer, f"-T{kind}"], input=source.encode(), capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RenderError(f"{renderer} could not be run: {' '.join(str(error).split())}") from error
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").split("\n")[0] or "no message"
        raise RenderError(f"{renderer} -T{kind} failed with status {done.returncode}: {said}")
    return done.stdout
