"""The pages of docs/: their commands are run, in order, each page in a folder of its own, and say what the page says.

```python file=NAME     is written to that file
```sh                   is run by bash, which must succeed; `exit=1`: must end with that status
```text                 the output of the last: each line is found in it, in this order; `...` stands for anything
```sh not-run           is only shown: it takes minutes, installs something, or changes the checkout
```sh needs=TOOL,...    is run where these tools are installed; without them its output is not looked at
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from jetconform.conformance.cli import COMMANDS, _parser

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RUN = ("first-verdict", "write-an-adapter", "ci", "change-a-rule", "exports", "learn")
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")

posix = pytest.mark.skipif(sys.platform == "win32", reason="the pages are for bash")


class Block(NamedTuple):
    """A fenced block."""

    language: str
    options: dict[str, str]
    body: str


def blocks(page: str) -> Iterator[Block]:
    for found in FENCE.finditer((DOCS / f"{page}.md").read_text(encoding="utf-8")):
        language, *words = found["info"].split() or [""]
        pairs = (word.partition("=") for word in words)
        yield Block(language, {name: value for name, _, value in pairs}, found["body"])


def ordered(expected: str) -> re.Pattern[str]:
    """Finds these lines in a text, in this order, whatever the blanks between words are."""
    lines = [line.strip() for line in expected.splitlines() if line.strip() not in ("", "...")]
    return re.compile(".*?".join(".*?".join(map(_loose, line.split("..."))) for line in lines), re.DOTALL)


def _loose(text: str) -> str:
    return r"\s+".join(map(re.escape, text.split()))


def environment() -> dict[str, str]:
    scripts = os.pathsep.join([str(Path(sys.executable).parent), sysconfig.get_path("scripts")])
    return os.environ | {"PATH": os.pathsep.join([scripts, os.environ["PATH"]]), "COLUMNS": "200"}


@posix
@pytest.mark.parametrize("page", RUN)
def test_what_a_page_says_can_be_pasted(page: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    output: str | None = ""
    for block in blocks(page):
        if not all(map(shutil.which, filter(None, block.options.get("needs", "").split(",")))):
            output = None
        elif "file" in block.options:
            (tmp_path / block.options["file"]).write_text(block.body, encoding="utf-8")
        elif block.language == "sh" and "not-run" not in block.options:
            command = ["bash", "-euo", "pipefail", "-c", block.body]
            run = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=600)
            output = run.stdout + run.stderr
            assert run.returncode == int(block.options.get("exit", "0")), f"{block.body}\n{output}"
        elif block.language == "text" and output is not None:
            assert ordered(block.body).search(output), f"expected\n{block.body}\nin\n{output}"


def test_the_blocks_of_a_page_are_told_apart() -> None:
    found = list(blocks("first-verdict"))
    assert [block.language for block in found][:3] == ["sh", "sh", "text"]
    assert "not-run" in found[0].options
    assert sum(block.options.get("exit") == "1" for block in found) == 3
    assert [block.options["file"] for block in blocks("ci") if "file" in block.options] == ["lenient.py"]


@pytest.mark.parametrize(
    ("expected", "text", "found"),
    [
        ("a b\nc", "x\na   b\ny\nc d", True),
        ("a ... d", "a b c d", True),
        ("...\nb(...): 0", "a\nb(c, d): 0", True),
        ("a\nb", "b\na", False),
        ("a b", "ab", False),
    ],
)
def test_what_is_expected_is_looked_for_in_its_order(expected: str, text: str, found: bool) -> None:
    assert bool(ordered(expected).search(text)) is found


def test_what_the_workflow_runs_is_a_command_of_this_version() -> None:
    """Its engines are not there; its options are."""
    runs = [
        line.partition("run: ")[2]
        for block in blocks("ci")
        if block.language == "yaml"
        for line in block.body.splitlines()
    ]
    commands = [shlex.split(line) for line in runs if line.startswith("jetconform ")]
    assert [command[1] for command in commands] == ["check", "esent", "check"]
    for command in commands:
        _parser(COMMANDS).parse_args(command[1:])


@pytest.mark.parametrize("page", sorted([*DOCS.glob("*.md"), ROOT / "README.md"]), ids=lambda page: page.name)
def test_no_link_is_broken(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in (found["target"] for found in LINK.finditer(text)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor:
            titles = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in slugs, f"{page.name}: {target}"


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md", "dependencies.md"}
    assert {name for name in pages if f"({name})" not in index} == set()
