"""The engine SPEC `esent[:LIBRARY]`: which bridge loads the library, and what runs that bridge."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .. import EngineSpecError
from .build import DEFAULT_FOLDER, NATIVE, WINDOWS

WINE = ("wine64", "wine")


def command(library: str) -> str:
    """The command that speaks the process protocol for that library; empty: the system's esent.dll.

    EngineSpecError where the library is not there, the bridge is not built, or nothing can run it.
    """
    spec = f"esent:{library}" if library else "esent"
    words: list[str] = []
    if library:
        path = Path(library)
        if not path.is_file():
            raise EngineSpecError(f"engine {spec!r}: there is no file {library}")
        words = [str(path.absolute())]
    windows = not library or library.lower().endswith(".dll")
    if sys.platform == "win32":
        return subprocess.list2cmdline([_bridge(spec, WINDOWS.program), *words])
    if not windows:
        return shlex.join([_bridge(spec, NATIVE.program), *words])
    wine = next((found for name in WINE if (found := shutil.which(name))), None)
    if wine is None:
        raise EngineSpecError(f"engine {spec!r}: a DLL runs here under Wine, and neither {' nor '.join(WINE)} is there")
    if not library:
        raise EngineSpecError(f"engine {spec!r}: Wine has no working esent.dll: name a DLL, esent:PATH")
    return shlex.join([wine, _bridge(spec, WINDOWS.program), *words])


def _bridge(spec: str, program: str) -> str:
    path = (DEFAULT_FOLDER / program).absolute()
    if not path.is_file():
        raise EngineSpecError(f"engine {spec!r}: there is no {DEFAULT_FOLDER / program}: run `jetconform esent build`")
    return str(path)
