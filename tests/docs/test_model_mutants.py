"""The listing of the mutants of the model's tables: it is of this model and of these tests, and adds up."""

import json

import pytest

from benchmarks.model_mutants import guard_rows, other_tables
from benchmarks.model_mutants.equivalents import EQUIVALENT
from benchmarks.model_mutants.page import COMMITTED, PAGE, STALE, digest, text

FOUND = json.loads(COMMITTED.read_text(encoding="utf-8"))
NAMES = {mutant.name for mutant in (*guard_rows.mutants(), *other_tables.mutants())}


def test_the_listing_is_not_stale() -> None:
    if FOUND["digest"] != digest():
        pytest.fail(STALE, pytrace=False)


def test_the_numbers_add_up() -> None:
    for column in ("tables", "kinds"):
        assert sum(sum(count.values()) for count in FOUND[column].values()) == FOUND["mutants"]
        nobody = sum(count["nobody"] for count in FOUND[column].values())
        assert nobody == len(FOUND["equivalent"]) + len(FOUND["survivors"])
        assert sum(count["counts only"] for count in FOUND[column].values()) == len(FOUND["counts only"])


def test_the_page_is_made_of_the_listing() -> None:
    assert PAGE.read_text(encoding="utf-8") == "".join(text(FOUND))


def test_what_is_explained_is_a_mutant_that_survives() -> None:
    if FOUND["digest"] != digest():
        pytest.fail(STALE, pytrace=False)
    assert FOUND["mutants"] == len(NAMES)
    assert set(FOUND["survivors"]) | set(FOUND["counts only"]) <= NAMES
    assert FOUND["equivalent"] == EQUIVALENT
    assert all(len(reason) > len("equivalent") for reason in EQUIVALENT.values())
