"""The fuzzer's corpus as regressions: each file once reached code that those before it had not."""

import random
from pathlib import Path

import pytest

from benchmarks import fuzz
from benchmarks.hostile import CHECKPOINT, DATABASE, LOG, kind_of, meet, parse, use
from benchmarks.mutation import mend, mutate

CORPUS = sorted((Path(__file__).parents[1] / "data" / "hostile").iterdir())
HONEST = [path for path in CORPUS if path.name.startswith("honest-")]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_every_parser_and_a_whole_engine_answer(path: Path) -> None:
    data = path.read_bytes()
    parse(data)
    use(data)


def test_the_corpus_is_small_and_of_every_kind() -> None:
    assert sum(path.stat().st_size for path in CORPUS) < 200_000
    assert {kind_of(path.read_bytes()) for path in CORPUS} == {DATABASE, LOG, CHECKPOINT}
    assert len(HONEST) == 5


@pytest.mark.parametrize("path", HONEST, ids=lambda path: path.name)
def test_a_file_whose_checksums_are_right_needs_no_mending(path: Path) -> None:
    """Else what the fuzzer makes would never get past them."""
    data = bytearray(path.read_bytes())
    mend(data)
    assert bytes(data) == path.read_bytes()
    data[60] ^= 1
    broken = bytes(data)
    mend(data)
    assert [at for at in range(len(data)) if data[at] != broken[at]][-1] < 4  # the checksum leads


def test_changed_files_give_answers() -> None:
    """A little of what the fuzzer does, without what guides it."""
    generator = random.Random(3)
    for _ in range(400):
        meet(mutate(generator, generator.choice(HONEST).read_bytes()))


def test_the_fuzzer_says_in_one_line_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fuzz, "atheris", None)
    monkeypatch.setattr("sys.argv", ["fuzz"])
    assert fuzz.main() == 2
    assert capsys.readouterr().err == "benchmarks.fuzz: atheris is missing: pip install -e '.[fuzz]'\n"
