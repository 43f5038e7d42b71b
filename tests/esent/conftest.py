"""The stub library and the bridge, compiled once a run; tests skip, with the reason, where a tool is missing."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from jetconform.conformance.engines.esent.build import DEFAULT_FOLDER, build

STUB = Path(__file__).with_name("stub_jet.c")
CROSS = "x86_64-w64-mingw32-gcc"


def compiler(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def wine() -> str:
    for name in ("wine64", "wine"):
        if found := shutil.which(name):
            return found
    pytest.skip("neither wine64 nor wine is installed")


def compile_stub(cc: str, library: Path, *flags: str) -> Path:
    shared = ("-static",) if library.suffix == ".dll" else ("-fPIC",)
    command = (cc, "-std=gnu11", "-O1", "-w", "-shared", *shared, "-pthread", *flags, str(STUB), "-o", str(library))
    subprocess.run(command, check=True)
    return library


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every bridge that can be built here is where `--engine esent` looks for it."""
    compiler("cc")
    folder = tmp_path_factory.mktemp("esent")
    build(folder / DEFAULT_FOLDER)
    return folder


@pytest.fixture(scope="session")
def stub(workplace: Path) -> Callable[..., Path]:
    """Makes the stub library, with bugs as -D flags say."""

    def make(*bugs: str) -> Path:
        library = workplace / f"{'_'.join(('stub', *bugs))}.so"
        flags = [f"-D{bug}" for bug in bugs]
        return library if library.exists() else compile_stub(compiler("cc"), library, *flags)

    return make


class Bridge:
    """A bridge that is spoken to line by line, as the harness would."""

    def __init__(self, command: Sequence[str], root: Path) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
        )
        self.number = 0
        self.greeting = self.ask(op="hello", protocol=1)
        assert self.reset(root) == {"event": "ready"}

    def say(self, **message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the bridge ended: {self.process.wait(10)}"
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, **message: Any) -> dict[str, Any]:
        self.say(**message)
        return self.hear()

    def reset(self, root: Path) -> dict[str, Any]:
        return self.ask(op="reset", root=str(root))

    def begin(self, name: str, client: str = "A", **args: Any) -> int:
        """Make a call without waiting for anything; its id."""
        self.number += 1
        self.say(op="call", id=self.number, client=client, call=name, args=args)
        return self.number

    def call(self, name: str, client: str = "A", **args: Any) -> dict[str, Any]:
        """The next that is heard after a call was made; without its id."""
        number = self.begin(name, client, **args)
        heard = self.hear()
        assert heard.pop("id") == number
        return heard

    def codes(self, *calls: tuple[str, dict[str, Any]]) -> list[int]:
        return [self.call(name, **args)["err"] for name, args in calls]

    def question(self, name: str, **args: Any) -> Any:
        self.number += 1
        return self.ask(op="ask", id=self.number, ask=name, args=args)["value"]

    def close(self) -> int:
        self.say(op="bye")
        status = self.process.wait(30)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return status


@pytest.fixture
def open_bridge(workplace: Path, tmp_path: Path) -> Iterator[Callable[..., Bridge]]:
    """Opens bridges over a fresh root, and ends them."""
    made: list[Bridge] = []

    def opened(library: Path, *launcher: str, program: str = "bridge") -> Bridge:
        root = tmp_path / "root"
        root.mkdir(exist_ok=True)
        made.append(Bridge([*launcher, str(workplace / DEFAULT_FOLDER / program), str(library)], root))
        return made[-1]

    yield opened
    for bridge in made:
        if bridge.process.poll() is None:
            bridge.process.kill()
            bridge.process.wait()
