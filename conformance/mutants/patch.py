"""Patched engines: a module of the reference engine, compiled in memory from a source with a bug in it.

Nothing on disk is changed, and the engine knows nothing of it: an import hook hands out the patched module instead of the real
one. So it must be in place before the engine is imported, which a worker process does when it loads its engine.
"""

import ast
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

ENGINE = "jetconform.engine"


class NoSourceError(Exception):
    """The sources of the reference engine are not there: without them there is nothing to patch."""


class StaleError(Exception):
    """A patch does not fit the engine any more: the catalogue must follow it."""


@dataclass(frozen=True)
class Edit:
    """One bug: a fragment of a module's source, which must be there exactly once, and what takes its place."""

    module: str
    fragment: str
    replacement: str


def engine_folder() -> Path:
    """Where the engine lies. Raises NoSourceError where it has no sources."""
    spec = importlib.util.find_spec(ENGINE)
    folder = Path(spec.origin).parent if spec is not None and spec.origin is not None else None
    if folder is None or not (folder / "backup.py").is_file():
        raise NoSourceError("the sources of the reference engine are not installed: there is nothing to put a bug into")
    return folder


@cache
def source_of(module: str) -> str:
    """The source of a module of the engine."""
    path = engine_folder() / f"{module}.py"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StaleError(f"the engine has no module {module}: {error.strerror or error}") from None


def patched(edit: Edit) -> str:
    """The module's source with the bug in it. Raises StaleError unless the fragment is there exactly once."""
    source = source_of(edit.module)
    found = source.count(edit.fragment) if edit.fragment else 0
    if found != 1:
        first = edit.fragment.strip().partition("\n")[0]
        raise StaleError(f"engine/{edit.module}.py holds {first!r} and what follows {found} times, not once")
    source = source.replace(edit.fragment, edit.replacement)
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise StaleError(f"engine/{edit.module}.py does not compile with the bug in it: {error}") from None
    return source


class PatchedModule(SourceFileLoader):
    """Loads a module from the patched source. Its path stays the real one, for tracebacks; no bytecode is written."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        """The code of the patched source, from no cache."""
        return compile(self.source, self.get_filename(fullname), "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - the signature of the import system
        """The patched source."""
        return self.source


class PatchedFinder(MetaPathFinder):
    """Finds the patched module before the real one is looked for."""

    def __init__(self, module: str, source: str) -> None:
        self.name = f"{ENGINE}.{module}"
        self.path = str(engine_folder() / f"{module}.py")
        self.source = source

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the signature of the import system
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """The patched module, if it is the one that is wanted."""
        if fullname != self.name:
            return None
        loader = PatchedModule(self.name, self.path, self.source)
        return importlib.util.spec_from_file_location(self.name, self.path, loader=loader)


def install(module: str, source: str) -> None:
    """From now on this process has the patched module, and once only. Raises RuntimeError if it has the engine already."""
    loader = getattr(sys.modules.get(f"{ENGINE}.{module}"), "__loader__", None)
    if isinstance(loader, PatchedModule) and loader.source == source:
        return
    if any(name == ENGINE or name.startswith(f"{ENGINE}.") for name in sys.modules):
        raise RuntimeError("this process has loaded the engine already: a mutant needs a process of its own")
    sys.meta_path.insert(0, PatchedFinder(module, source))
