"""From a Graphviz source to an SVG: with the command `dot`, or with its pure port, which is installed with this package."""

import shutil
import subprocess
import sys
from pathlib import Path

from ..errors import CheckError

TIMEOUT = 60
"""Seconds; a picture takes well under one."""


def svg(source: str) -> bytes:
    """The picture. CheckError where it cannot be drawn."""
    beside = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    renderer = beside or shutil.which("graphviz-pure") or shutil.which("dot")
    if renderer is None:
        raise CheckError("no renderer: neither graphviz-pure nor dot was found; install the package graphviz-pure")
    try:
        done = subprocess.run(  # noqa: S603 - the renderer that was found
            [renderer, "-Tsvg"], input=source.encode(), capture_output=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CheckError(f"{renderer} could not be run: {' '.join(str(error).split())}") from None
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").split("\n")[0] or "no message"
        raise CheckError(f"{renderer} failed with status {done.returncode}: {said}")
    return done.stdout
