"""Building the bridge: from `bridge.c` beside this module to a program, with the compiler that is there."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("bridge.c")
DEFAULT_FOLDER = Path(".jetconform") / "esent"
BUILD_SECONDS = 120


class BuildError(ValueError):
    """The bridge cannot be built: one line that says why."""


class Target(NamedTuple):
    """A program to build, for which libraries it is, and the compilers that can, the first that is there."""

    program: str
    libraries: str
    compilers: tuple[str, ...]


_CROSS = ("x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-clang")

WINDOWS = Target("bridge.exe", "a DLL", ("cl", "gcc", "clang", *_CROSS))
CROSS = Target("bridge.exe", "a DLL, under Wine", _CROSS)
NATIVE = Target("bridge", "a shared library of this system", ("cc", "gcc", "clang"))


class Built(NamedTuple):
    """A program that was built, and by what."""

    program: Path
    libraries: str
    command: tuple[str, ...]


def build(folder: Path) -> list[Built]:
    """Build every bridge that can be built here into `folder`. BuildError without a compiler, or when one fails."""
    targets = (WINDOWS,) if sys.platform == "win32" else (NATIVE, CROSS)
    found = [(target, compiler) for target in targets if (compiler := _first(target.compilers))]
    if not found:
        wanted = ", ".join(dict.fromkeys(name for target in targets for name in target.compilers))
        raise BuildError(f"no C compiler is there: looked for {wanted}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(f"{folder}: {error.strerror or error}") from None
    return [_compiled(target, compiler, folder) for target, compiler in found]


def _first(compilers: Sequence[str]) -> str | None:
    return next((compiler for compiler in compilers if shutil.which(compiler)), None)


def _compiled(target: Target, compiler: str, folder: Path) -> Built:
    program = folder / target.program
    command = _command(compiler, program, static=target is not NATIVE)
    try:
        done = subprocess.run(  # noqa: S603 - a compiler of the table above
            command, capture_output=True, text=True, errors="replace", timeout=BUILD_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{compiler}: {error}") from None
    if done.returncode != 0:
        said = next((line for line in (done.stdout + done.stderr).splitlines() if "error" in line), "no reason given")
        raise BuildError(f"{compiler} cannot build the bridge: {said.strip()}")
    return Built(program, target.libraries, command)


def _command(compiler: str, program: Path, *, static: bool) -> tuple[str, ...]:
    if compiler == "cl":
        objects = f"/Fo{program.with_suffix('.obj')}"
        return (compiler, "/nologo", "/std:c11", "/O2", "/W3", str(SOURCE), f"/Fe{program}", objects)
    libraries = ("-static",) if static else ("-pthread", "-ldl")
    return (compiler, "-std=c11", "-O2", str(SOURCE), "-o", str(program), *libraries)
